"""The schedule of one channel: typed, seen as customers will see it, saved as a new version, copied to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.errors import Conflict, Invalid, NotFound
from portal.hours import store
from portal.hours.display import hours_of
from portal.hours.draft import draft_sent
from portal.hours.forms import ScheduleForm, schedule_form, with_holidays
from portal.hours.models import Schedule
from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.schedule import WEEKDAYS, Calendar
from portal.organisation.models import Channel
from portal.organisation.store import channel_by_slug, channels
from portal.staff import store as staff
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import htmx, see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.jinja import zone
from portal.web.numbers import number_in
from portal.web.pages import LANGUAGES, language

blueprint = Blueprint("schedule_console", __name__, url_prefix="/console/hours/<slug>")

_MOST_BLANK_ROWS = 20


@dataclass(frozen=True)
class _Known:
    """What is known of the channel before anything is typed. `authors` names members by id."""

    channel: Channel
    versions: Sequence[Schedule]
    authors: dict[int, str]
    others: list[tuple[Channel, int]]
    opening: OpeningTimes

    @property
    def newest(self) -> int:
        return self.versions[0].number if self.versions else 0

    @property
    def coming(self) -> list[Schedule]:
        """Versions that will take over, the first to do so first; of those with the same start the newest."""
        by_start = {version.valid_from: version for version in reversed(self.versions)}
        return [version for start, version in sorted(by_start.items()) if start > now()]

    @property
    def timezone(self) -> str:
        return self.opening.zone_at(now()).key


@blueprint.get("")
@requires(Permission.EDIT_HOURS)
def page(slug: str) -> Response:
    known = _known(slug)
    return _page(known, schedule_form(_calendar_to_edit(known), known.newest, now(), language()))


@blueprint.post("/preview")
@requires(Permission.EDIT_HOURS)
def preview(slug: str) -> Response:
    """What customers would read. Nothing is saved; `rows` asks for more rows to fill."""
    known = _known(slug)
    form = _sent(known)
    if wants_part() and htmx.target == "schedule-preview":
        return shown("hours/_preview.html", form=form, views=_customers_view(known, form))
    return _page(known, form)


@blueprint.post("")
@requires(Permission.EDIT_HOURS)
def save(slug: str) -> Response:
    known = _known(slug)
    form = _sent(known)
    calendar, valid_from = form.calendar(), form.starts_at(now())
    if calendar is None or valid_from is None:
        return _page(known, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction() as session:
            store.save_schedule(
                session,
                known.channel.id,
                calendar,
                valid_from=valid_from,
                now=now(),
                actor_id=current_member().id,
                seen=form.seen,
            )
    except Invalid as refused:
        form.refuse(refused.faults)
        return _page(known, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict:
        known = _known(slug)
        form.overtaken_by, form.seen = form.seen + 1, known.newest
        return _page(known, form, HTTPStatus.CONFLICT)
    flash(_("The opening hours have been saved."))
    return see_other(url_for(".page", slug=slug))


@blueprint.post("/copies")
@requires(Permission.EDIT_HOURS)
def copy(slug: str) -> Response:
    chosen = filter(None, map(number_in, request.form.getlist("to")))
    seen = {channel: number_in(request.form.get(f"seen-{channel}")) or 0 for channel in chosen}
    with transaction() as session:
        channel = channel_by_slug(session, slug)
        store.copy_schedule(session, channel.id, seen, now=now(), actor_id=current_member().id)
    flash(_("The opening hours have been copied."))
    return see_other(url_for(".page", slug=slug))


def _known(slug: str) -> _Known:
    with reading() as session:
        channel = channel_by_slug(session, slug)
        numbers = store.newest_numbers(session)
        return _Known(
            channel=channel,
            versions=store.versions_of(session, channel.id),
            authors={member.id: member.name for member in staff.members(session)},
            others=[(other, numbers.get(other.id, 0)) for other in channels(session) if other.id != channel.id],
            opening=store.opening_times_of(session, channel.id),
        )


def _calendar_to_edit(known: _Known) -> Calendar:
    """The version that `?version=` names, else the one in force, else an empty week."""
    number = number_in(request.args.get("version"))
    if number is None:
        return known.opening.calendar_at(now()) or Calendar(known.timezone, ((),) * len(WEEKDAYS))
    named = [version.calendar for version in known.versions if version.number == number]
    if not named:
        raise NotFound(f"There is no version {number} of these hours.")
    return named[0]


def _sent(known: _Known) -> ScheduleForm:
    draft = draft_sent(request.form, known.timezone)
    form = ScheduleForm(draft, seen=number_in(request.form.get("seen")) or 0)
    form.blank_rows = max(1, min(number_in(request.args.get("rows")) or 1, _MOST_BLANK_ROWS))
    return with_holidays(form, request.form.getlist("holidays"), now(), language())


def _page(known: _Known, form: ScheduleForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    views = _customers_view(known, form)
    return shown("hours/schedule.html", status, known=known, form=form, views=views)


def _customers_view(known: _Known, form: ScheduleForm) -> dict[str, Markup]:
    """What customers would read from the start of the draft on, by language; nothing while there are faults."""
    calendar, valid_from = form.calendar(), form.starts_at(now())
    if calendar is None or valid_from is None:
        return {}
    opening = OpeningTimes((*known.opening.versions, Version(valid_from, calendar)), known.timezone)
    views = {}
    for name in LANGUAGES:
        hours = hours_of(opening, max(now(), valid_from), name, zone())
        with force_locale(name):
            views[name] = Markup(render_template("hours/_customers_view.html", hours=hours))
    return views
