from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.errors import Invalid
from portal.hours.opening_time import OpeningTimes, State
from portal.organisation.models import Channel
from portal.promises.strength import MOST_PEOPLE
from portal.web.forms import Form, WholeNumberField, real_local_time
from portal.web.local_time import instant, local_time
from portal.web.numbers import number_in
from portal.web.texts import to_translate

_LOCAL = "%Y-%m-%dT%H:%M"
EXPECTED_MOMENT = to_translate("a day and a time")
_EXPECTED_PEOPLE = NumberRange(1, MOST_PEOPLE, _l("Give a number of people from 1 to 5,000."))
_MOST_CHANGES = 100  # of opening and closing in a week; more is no week that anybody keeps


@dataclass(frozen=True)
class Moments:
    """What one most likely means: tomorrow when the channel opens, and the end of the week."""

    morning: datetime
    end_of_week: datetime


def moments(opening: OpeningTimes, now: datetime, zone: ZoneInfo) -> Moments:
    """The next opening after today, and the last closing of the week; of the week after when that is sooner.

    Midnight where the channel never opens or never closes.
    """
    today = now.astimezone(zone).date()
    tomorrow = datetime.combine(today + timedelta(days=1), time(), zone)
    morning = opening.next_open(tomorrow) or tomorrow
    for weeks in (1, 2):
        monday = datetime.combine(today - timedelta(days=today.weekday()) + timedelta(weeks=weeks), time(), zone)
        closing = _last_closing(opening, now, monday)
        if closing > morning:
            return Moments(morning, closing)
    return Moments(morning, morning + timedelta(days=7))


def _last_closing(opening: OpeningTimes, since: datetime, until: datetime) -> datetime:
    if opening.is_open(until):
        return until
    last, change = since, opening.next_change(since)
    for _ in range(_MOST_CHANGES):
        if change is None or change.at > until:
            break
        last = change.at if change.state is State.CLOSED else last
        change = opening.next_change(change.at)
    return last


class StaffForm(Form):
    """How many people there are, from when, until when. `incident` is the calamity that it was asked about."""

    channel_id = SelectField(_l("Which channel?"), coerce=int)
    usual = WholeNumberField(_l("How many people usually answer it?"), [InputRequired(_l("Give a number.")), _EXPECTED_PEOPLE])
    people = WholeNumberField(_l("How many will there be?"), [InputRequired(_l("Give a number.")), _EXPECTED_PEOPLE])
    begin = RadioField(_l("From when?"), [InputRequired(_l("Choose a day and a time."))], default="now")
    starts_at = DateTimeLocalField(_l("Another time"), [MayBeEmpty(), real_local_time], format=_LOCAL)
    ends_at = DateTimeLocalField(
        _l("Until when?"), [InputRequired(_l("Choose a day and a time.")), real_local_time], format=_LOCAL
    )
    incident = HiddenField()

    def offer(self, channels: Sequence[Channel], morning: str) -> None:
        """What may be chosen; `morning` says in words when the channel opens next after today."""
        self.channel_id.choices = [SelectChoice(0, gettext("every channel"))]
        self.channel_id.choices += [SelectChoice(channel.id, channel.name) for channel in channels]
        self.begin.choices = [
            SelectChoice("now", gettext("from now on")),
            SelectChoice("morning", gettext("from %(time)s", time=morning)),
            SelectChoice("other", gettext("from another time")),
        ]

    def fill(self, found: Moments, usual: int | None, zone: ZoneInfo) -> None:
        """The answers to start from."""
        self.usual.data = usual
        self.starts_at.data = local_time(found.morning, zone)
        self.ends_at.data = local_time(found.end_of_week, zone)

    @property
    def incident_id(self) -> int | None:
        return number_in(self.incident.data)

    def values(self, found: Moments, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
        """The arguments of `plan_staff`. Raises Invalid when another time was chosen and none given."""
        starts_at = now if self.begin.data == "now" else found.morning
        if self.begin.data == "other":
            if self.starts_at.data is None:
                raise Invalid("starts_at", "", EXPECTED_MOMENT)
            starts_at = instant(self.starts_at.data, zone)
        return {
            "channel_id": self.channel_id.data or None,
            "usual": self.usual.data,
            "people": self.people.data,
            "starts_at": starts_at,
            "ends_at": instant(self.ends_at.data, zone),
        }

    def refuse_faults(self, error: Invalid) -> None:
        """Shows at each field what is wrong with it."""
        for fault in error.faults:
            self.refuse(fault.field, gettext("Expected here: %(what)s.", what=gettext(fault.expected)))
