"""States, severities and levels in words."""

from flask_babel import lazy_gettext as _l

from portal.incidents.rules import Level, Severity, State

STATE_NAMES = {
    State.INVESTIGATING: _l("Looking for the cause"),
    State.IDENTIFIED: _l("Cause found"),
    State.MONITORING: _l("Watching"),
    State.RESOLVED: _l("Resolved"),
    State.SCHEDULED: _l("Planned"),
    State.IN_PROGRESS: _l("In progress"),
    State.VERIFYING: _l("Being checked"),
    State.COMPLETED: _l("Completed"),
    State.CANCELLED: _l("Cancelled"),
}
SEVERITY_NAMES = {
    Severity.MINOR: _l("Few people notice"),
    Severity.MAJOR: _l("Many people notice"),
    Severity.CRITICAL: _l("Nearly everyone notices"),
}
LEVEL_NAMES = {
    Level.NONE: _l("No trouble known"),
    Level.MAINTENANCE: _l("Planned work"),
    Level.MINOR: _l("Some trouble"),
    Level.MAJOR: _l("Much trouble"),
    Level.CRITICAL: _l("Serious trouble"),
}
QUICK_TEXT_NAMES = {
    "no_news": _l("No news yet"),
    "many_messages": _l("Many messages"),
    "moved": _l("Moved"),
}
