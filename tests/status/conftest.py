"""A company with a few channels, at two in the afternoon on a Tuesday."""

from datetime import datetime, timedelta

import pytest

from portal.hours.schedule import Calendar, Range
from portal.hours.store import save_schedule
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.services import Services


def every_day(*hours: tuple[int, int]) -> Calendar:
    return Calendar("Europe/Amsterdam", (tuple(Range(opens * 60, closes * 60) for opens, closes in hours),) * 7)


@pytest.fixture
def company(services: Services, now: datetime) -> dict[str, int]:
    """Channel ids by slug: X is open until ten, mail has gone home, the phone is open, the form has no hours; one is hidden."""
    facts = {
        "x": (ChannelKind.X, "X", "https://x.com/veer", every_day((9, 22))),
        "mail": (ChannelKind.EMAIL, "E-mail", "mailto:veer@example.nl", every_day((9, 12))),
        "phone": (ChannelKind.PHONE, "Telefoon", "tel:+31880000000", every_day((8, 18))),
        "form": (ChannelKind.FORM, "Formulier", "https://example.nl/vraag", None),
        "hidden": (ChannelKind.OTHER, "Verborgen", "", every_day((9, 17))),
    }
    ids = {}
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=now, actor_id=None)
        for slug, (kind, name, address, calendar) in facts.items():
            channel = add_channel(
                session,
                slug=slug,
                kind=kind,
                name=name,
                address=address,
                is_public=slug != "hidden",
                now=now,
                actor_id=None,
            )
            ids[slug] = channel.id
            if calendar:
                begin = now - timedelta(days=60)
                save_schedule(session, channel.id, calendar, valid_from=begin, now=now, actor_id=None)
    return ids
