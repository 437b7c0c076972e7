"""The company as it stands before its first customer writes: colleagues, channels, hours, services, priorities."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.demo import company
from portal.hours.schedule import Calendar
from portal.hours.store import save_schedule
from portal.incidents.service_store import add_service
from portal.organisation.models import Channel
from portal.organisation.store import add_channel, save_organisation
from portal.phrases import Phrases
from portal.promises.priorities import add_rule
from portal.promises.rules import Impact, Urgency
from portal.staff.rules import DEMO_PHRASE, Role
from portal.staff.store import add_member

_RULES = (
    (("rolstoel", "lift", "hulphond", "scootmobiel", "blind*"), Impact.HIGH, Urgency.HIGH),
    (("kinderen", "ziekenhuis", "uitgevallen", "niet gekomen", "staan stil"), Impact.NORMAL, Urgency.HIGH),
    (("vergoed*", "geld terug", "afgeschreven", "abonnement"), Impact.NORMAL, Urgency.LOW),
    (("compliment*", "vouwfiets"), Impact.LOW, Urgency.LOW),
)


@dataclass(frozen=True)
class Founded:
    """What the conversations and the incidents refer to."""

    channels: Mapping[str, Channel]
    services: Mapping[str, int]
    agents: tuple[int, ...]
    communication: int


def found(session: Session, calendars: Mapping[str, Calendar], phrases: Phrases, now: datetime) -> Founded:
    """Sets the company up. All accounts share the demo phrase, so it is hashed once."""
    save_organisation(
        session,
        name=company.NAME,
        timezone=company.TIMEZONE,
        accent=company.ACCENT,
        email=company.EMAIL,
        site_url=company.SITE_URL,
        about_nl=company.ABOUT_NL,
        about_en=company.ABOUT_EN,
        is_demo=True,
        now=now,
        actor_id=None,
    )
    hashed = phrases.hash(DEMO_PHRASE)
    members = [
        add_member(
            session,
            email=each.email,
            name=each.name,
            role=each.role,
            phrase_hash=hashed,
            is_demo=True,
            now=now,
            actor_id=None,
        )
        for each in company.MEMBERS
    ]
    administrator = members[0].id
    for words, impact, urgency in _RULES:
        add_rule(session, words=words, impact=impact, urgency=urgency, now=now, actor_id=administrator)
    return Founded(
        channels=_channels(session, calendars, now, administrator),
        services=_services(session, now, administrator),
        agents=tuple(member.id for member in members if member.role is Role.AGENT),
        communication=next(member.id for member in members if member.role is Role.COMMUNICATION),
    )


def _channels(session: Session, calendars: Mapping[str, Calendar], now: datetime, actor_id: int) -> dict[str, Channel]:
    made = {}
    for each in company.CHANNELS:
        channel = add_channel(
            session,
            slug=each.slug,
            kind=each.kind,
            name=each.name,
            account=each.account,
            address=each.address,
            note_nl=each.note_nl,
            note_en=each.note_en,
            now=now,
            actor_id=actor_id,
        )
        save_schedule(session, channel.id, calendars[each.slug], valid_from=now, now=now, actor_id=actor_id)
        made[each.slug] = channel
    return made


def _services(session: Session, now: datetime, actor_id: int) -> dict[str, int]:
    made: dict[str, int] = {}
    for each in company.SERVICES:
        service = add_service(
            session,
            name_nl=each.name_nl,
            name_en=each.name_en,
            parent_id=made[each.parent] if each.parent else None,
            now=now,
            actor_id=actor_id,
        )
        made[each.slug] = service.id
    return made
