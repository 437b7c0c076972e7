"""What the console's pages about hours ask, and how a schedule being typed is shown again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.errors import Fault, Invalid
from portal.hours.draft import ClosureRow, Draft, ExceptionRow, control_of, draft_of, starts_at
from portal.hours.holidays import Proposal, proposals
from portal.hours.reading import EXPECTED_DATE, parse_calendar
from portal.hours.schedule import WEEKDAYS, Calendar, Closure
from portal.hours.wording import period, weekday
from portal.web import formats
from portal.web.forms import Form, real_local_time
from portal.web.local_time import instant
from portal.web.localized import Localized
from portal.web.pages import language

_LABELS = {
    "first": _l("Day"),
    "last": _l("Up to and including"),
    "hours": _l("Hours"),
    "reason-nl": _l("Reason in Dutch"),
    "reason-en": _l("Reason in English"),
    "starts": _l("From"),
    "ends": _l("Until"),
    "valid_from": _l("These hours count from"),
}
_HOLIDAYS_AHEAD = timedelta(days=400)


class ClosureForm(Form):
    """We are closed now, until."""

    def __init__(self, channels_known: list[tuple[int, str]] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.channels.choices = channels_known or []

    channels = SelectMultipleField(
        _l("Which channels are closed?"),
        [InputRequired(_l("Choose at least one channel."))],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    until = DateTimeLocalField(
        _l("Closed until"),
        [InputRequired(_l("Choose the day and time at which you open again.")), real_local_time],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    reason_nl = StringField(
        _l("Reason in Dutch"),
        [DataRequired(_l("Write in Dutch why you are closed.")), Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("Customers read this, for example: storing in ons gebouw."),
    )
    reason_en = StringField(
        _l("Reason in English"),
        [Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("Without it, English readers see the Dutch reason."),
    )

    def closure(self, now: datetime, zone: ZoneInfo) -> Closure:
        reason = Localized((self.reason_nl.data or "").strip(), (self.reason_en.data or "").strip())
        return Closure(now, instant(self.until.data, zone), reason)


@dataclass(frozen=True)
class HolidayChoice:
    """A proposed day as it stands in the form: the value that is sent when it is ticked, and its words."""

    proposal: Proposal
    text: str

    @property
    def value(self) -> str:
        return f"{self.proposal.on.isoformat()} {self.proposal.name.nl}"


@dataclass
class ScheduleForm:
    """A draft with its faults and proposals. `seen` is the newest version that the editor knows of (0: none)."""

    draft: Draft
    seen: int
    blank_rows: int = 1
    errors: dict[str, list[str]] = field(default_factory=dict)
    holidays: list[HolidayChoice] = field(default_factory=list)
    overtaken_by: int | None = None  # the version that somebody else saved in the meantime

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Puts each fault beside its control, once."""
        for fault in faults:
            errors = self.errors.setdefault(control_of(fault.field), [])
            errors += [text for text in corrections([fault]) if text not in errors]

    def calendar(self) -> Calendar | None:
        """The calendar that was typed; None, with the faults beside their controls, when there is none."""
        try:
            return parse_calendar(self.draft.json)
        except Invalid as refused:
            self.refuse(refused.faults)
            return None

    def starts_at(self, now: datetime) -> datetime | None:
        at = starts_at(self.draft.valid_from, self.draft.timezone, now)
        if at is None:
            self.refuse([Fault("valid_from", self.draft.valid_from, EXPECTED_DATE)])
        return at

    def label_of(self, control: str) -> str:
        """What the control with this name asks, with its row where there are several."""
        kind, _dash, rest = control.partition("-")
        if kind == "week":
            return next((label for name, label, _text in self.week if name == control), control)
        number, _dash, part = rest.partition("-")
        label = str(_LABELS.get(part, _LABELS.get(control, control)))
        return f"{label} ({int(number) + 1})" if number.isdecimal() else label

    @property
    def week(self) -> list[tuple[str, str, str]]:
        """(control, name of the day, text), Monday first."""
        return [(f"week-{name}", weekday(number, language()), self.draft.week[number]) for number, name in enumerate(WEEKDAYS)]

    @property
    def exceptions(self) -> list[ExceptionRow]:
        """The rows of the draft, and blank ones to fill."""
        return [*self.draft.exceptions, *[ExceptionRow()] * self.blank_rows]

    @property
    def closures(self) -> tuple[ClosureRow, ...]:
        return self.draft.closures


def corrections(faults: Iterable[Fault]) -> list[str]:
    """What to do about each fault, in the language of the page."""
    return [_("Fill in %(expected)s.", expected=_(fault.expected)) for fault in faults]


def schedule_form(calendar: Calendar, seen: int, now: datetime, language: str) -> ScheduleForm:
    """The form that means this calendar from `now` on: what is over is left out."""
    draft = draft_of(calendar.since(now))
    return ScheduleForm(draft, seen, holidays=holiday_choices(draft, now, language))


def holiday_choices(draft: Draft, now: datetime, language: str) -> list[HolidayChoice]:
    """The holidays of the coming thirteen months on which the draft says nothing yet, the usual closing days first."""
    today = now.astimezone(ZoneInfo(draft.timezone)).date()
    offered = (each for year in (today.year, today.year + 1) for each in proposals(year))
    chosen = [
        HolidayChoice(each, _words(each, language, today))
        for each in offered
        if today <= each.on <= today + _HOLIDAYS_AHEAD and not _is_covered(each.on, draft)
    ]
    return sorted(chosen, key=lambda choice: (not choice.proposal.is_usual, choice.proposal.on))


def with_holidays(form: ScheduleForm, ticked: Iterable[str], now: datetime, language: str) -> ScheduleForm:
    """The form with the ticked holidays as exceptions; those that are left stay on offer."""
    wanted = set(ticked)
    chosen = [choice for choice in holiday_choices(form.draft, now, language) if choice.value in wanted]
    form.draft = form.draft.with_exceptions(choice.proposal.exception for choice in chosen)
    form.holidays = holiday_choices(form.draft, now, language)
    return form


def _words(proposal: Proposal, language: str, today: date) -> str:
    words = f"{formats.day(proposal.on, language, today=today)}: {proposal.name.in_(language)}"
    return f"{words} ({', '.join(period(each, language) for each in proposal.hours)})" if proposal.hours else words


def _is_covered(on: date, draft: Draft) -> bool:
    return any(row.first and row.first <= on.isoformat() <= (row.last or row.first) for row in draft.exceptions)
