"""From events of the journal to messages: who is told what, by which way, and in which words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.addresses import tracking_url
from portal.cases.customers import is_of_one_customer
from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.rules import UNANSWERED, AuthorKind, Direction
from portal.cases.store import tell
from portal.db import insert_or_ignore
from portal.events.models import Event
from portal.notifications import rules
from portal.notifications.default_texts import NORM, REASONS
from portal.notifications.lengths import limit_of
from portal.notifications.models import Delivery
from portal.notifications.rules import DeliveryState, MessageKind, Way
from portal.notifications.texts import Choice, Words, choices, texts_in_use
from portal.notifications.ways import Post, fingerprint_of, is_a_customers, way_to
from portal.notifications.wording import compose, harmless, harmless_name
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import channels, zone_of
from portal.promises.models import Promise
from portal.promises.rules import SetAside
from portal.promises.store import promises_of, promises_revised, revisions_of, revisions_until
from portal.web.formats import day_and_time

OPENED, SPLIT_OFF, REVISED = "case.opened", "case.split_off", "promise.revised"
KINDS = frozenset({OPENED, SPLIT_OFF, REVISED})
LINK = "{link}"  # in a text that is to be mailed: the address that opens the case is made when it is sent


@dataclass(frozen=True)
class Setting:
    """What is the same for all messages of a pass, read once."""

    post: Post
    zone: ZoneInfo
    texts: Mapping[MessageKind, Words]
    channels: Mapping[int, Channel]
    choices: Mapping[int, Choice]


@dataclass(frozen=True)
class Telling:
    """One thing to be told: the kind of message, the id that makes it one of its kind, and what is said in it."""

    kind: MessageKind
    message_id: str
    times: Mapping[str, datetime | None]
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """Before when a customer expects an answer, or to hear more; and whether that is the company's norm."""

    answer_before: datetime | None = None
    hear_by: datetime | None = None
    is_norm: bool = False


def tell_of(session: Session, events: Iterable[Event], post: Post, now: datetime) -> int:
    """Makes the messages and deliveries that these events ask for, and tells how many messages; again changes nothing.

    Nine queries for each event that somebody is told of, ten for a split, twelve for what became part of another case, and
    nine for all together.
    """
    wanted = [event for event in events if event.kind in KINDS and event.at > now - rules.TOO_OLD]
    if not wanted:
        return 0
    setting = _setting(session, post)
    cases = _locked(session, wanted)
    assert cases is not None  # they are kept by this name, so that each is found in the session below
    make = {OPENED: _acknowledge, SPLIT_OFF: _acknowledge, REVISED: _notify}
    return sum(make[event.kind](session, event, setting, now) for event in wanted)


def _locked(session: Session, events: Sequence[Event]) -> Sequence[Case]:
    """The cases that these events are about by now, and those that they became part of, which nobody changes meanwhile.

    All are locked in one order, as for a merger; where one came in between, it is done again, with nothing locked.
    """
    while True:
        homes = _homes(session, events)
        place = session.begin_nested()
        in_order = select(Case.id).where(Case.id.in_(set(homes.values()))).order_by(Case.id)
        session.execute(in_order.with_for_update()).all()
        if _homes(session, events) == homes:
            place.commit()
            ids = {*homes, *homes.values()}
            return session.scalars(select(Case).where(Case.id.in_(ids)), execution_options={"populate_existing": True}).all()
        place.rollback()


def _homes(session: Session, events: Sequence[Event]) -> Mapping[int, int]:
    """In which case what each event is about is answered, by its own case. Two queries."""
    revised = promises_revised(session, [event.facts.get("revision", 0) for event in events if event.kind == REVISED])
    ids = {promise.case_id for promise in revised.values()}
    ids |= {int(event.subject.partition(":")[2]) for event in events if event.kind != REVISED}
    places = session.execute(select(Case.id, Case.merged_into_id).where(Case.id.in_(ids)))
    return {row.id: row.merged_into_id or row.id for row in places}


def _setting(session: Session, post: Post) -> Setting:
    known = channels(session)
    own = {channel.account.casefold() for channel in known if channel.kind is ChannelKind.EMAIL and channel.account}
    return Setting(
        replace(post, own_addresses=post.own_addresses | own),
        zone_of(session),
        texts_in_use(session),
        {channel.id: channel for channel in known},
        choices(session, known),
    )


def _home_of(session: Session, case: Case) -> Case:
    """The case in which this one is answered: the one that it became part of, or itself."""
    return session.get_one(Case, case.merged_into_id) if case.merged_into_id else case


def _acknowledge(session: Session, event: Event, setting: Setting, now: datetime) -> bool:
    """The one message with which a customer hears that a question came in, and before when the answer comes.

    What was split off is a question that its customer must hear of too, as if it had come in at the split.
    """
    case = session.get(Case, int(event.subject.partition(":")[2]))
    if case is None or case.merged_into_id is not None:
        return False
    channel, is_split_off = setting.channels[case.channel_id], event.kind == SPLIT_OFF
    came_in_at = event.at if is_split_off else case.received_at
    is_history = came_in_at <= now - rules.TOO_OLD
    if is_history or not setting.choices[channel.id].acknowledges:
        return False
    expects = _expected_at(session, event, case)
    makes_sense = rules.is_acknowledged(
        state=case.state,
        received_at=came_in_at,
        promised_at=expects.answer_before,
        oldest_unanswered_at=case.oldest_unanswered_at,
        now=now,
    )
    if not makes_sense or not _may_be_answered(session, case, channel, setting):
        return False
    kind = MessageKind.ACKNOWLEDGEMENT if expects.answer_before else MessageKind.NO_PROMISE
    message_id = (
        rules.split_acknowledgement_id(case.id)
        if is_split_off
        else rules.acknowledgement_id(channel.kind, case.thread_ref, case.contact_id, case.episode, is_public=case.is_public)
    )
    words = {"norm": NORM.in_(_language(session, case)).text} if expects.is_norm else {}
    before = {"before": expects.answer_before or expects.hear_by}
    return _tell(session, event, case, setting, Telling(kind, message_id, before, words), now=now)


def _expected_at(session: Session, event: Event, case: Case) -> Expected:
    """What the customer of a case expected at this event. What is told after it has a notice of its own.

    A promise that came along with a split may have been followed by other times before; one that is new has only its own.
    """
    made = promises_of(session, [case.id]).get(case.id)
    if not made:
        return Expected()
    later = revisions_of(session, case.id) if event.kind == SPLIT_OFF else ()
    told = [each for each in later if each.promise_id == made[0].id and each.made_at <= event.at]
    if told:
        return Expected(told[-1].promised_at, told[-1].hear_by)
    return Expected(made[0].told_first, made[0].hear_by, made[0].is_norm)


def _may_be_answered(session: Session, case: Case, channel: Channel, setting: Setting) -> bool:
    """Whether a program may answer the first message of this case: not what a list or a program sent, nor one's own."""
    first = session.scalar(
        select(CaseMessage)
        .where(CaseMessage.case_id == case.id, CaseMessage.direction == Direction.INBOUND)
        .order_by(CaseMessage.created_at, CaseMessage.id)
        .limit(1)
    )
    if first is None or first.author_kind is not AuthorKind.CUSTOMER or first.takes_no_reply or first.deleted_at is not None:
        return False
    author = session.get(Identity, first.identity_id) if first.identity_id else None
    return channel.kind is not ChannelKind.EMAIL or author is None or is_a_customers(author, setting.post)


def _notify(session: Session, event: Event, setting: Setting, now: datetime) -> bool:
    """Another time than the customer was told before, with its reason; of the question that its promise is for by now.

    It goes to who asked that, by that question's own number, also where it became part of another customer's.
    """
    revisions = revisions_until(session, event.facts.get("revision", 0))
    if not revisions:
        return False
    revision, earlier = revisions[-1], revisions[:-1]
    promise = session.get_one(Promise, revision.promise_id)
    case = session.get(Case, promise.case_id)
    if case is None:
        return False
    is_open = _home_of(session, case).state in UNANSWERED
    still_waits = promise.answered_at is None and promise.set_aside is SetAside.NONE and is_open
    told = revision.promised_at or revision.hear_by
    if not still_waits or told is None or told <= now:
        return False
    before = earlier[-1].promised_at if earlier else promise.told_first
    language = _language(session, case)
    reason, sentence = REASONS[revision.reason.value].in_(language).text, harmless(revision.sentence.in_(language).text)
    kind = rules.kind_of_notice(before, revision.promised_at)
    times, words = {"before": told, "promised_before": before}, {"reason": reason, "sentence": sentence}
    return _tell(session, event, case, setting, Telling(kind, rules.notice_id(event.id), times, words), now=now)


def _language(session: Session, case: Case) -> str:
    """The customer's own, when we speak it; else the company's first."""
    contact = session.get(Contact, case.contact_id) if case.contact_id else None
    spoken = (case.language, contact.language if contact else "")
    return next((language for language in spoken if language in ("nl", "en")), "nl")


def _tell(session: Session, event: Event, case: Case, setting: Setting, telling: Telling, *, now: datetime) -> bool:
    """Makes the message, in the case's conversation and in the ledger; False when the customer was told before."""
    language = _language(session, case)
    text, values = setting.texts[telling.kind].text.in_(language).text, _values(session, case, setting, telling, now)
    limit = limit_of(setting.channels[case.channel_id].kind, is_public=case.is_public)
    said = compose(telling.kind, text, values, limit).text
    row = tell(session, case.id, message_id=telling.message_id, text=said, is_public=case.is_public, now=now)
    if row is None:
        return False
    delivery = {
        "event_id": event.id,
        "kind": telling.kind,
        "rank": rules.rank_of(telling.kind),
        "case_id": case.id,
        "message_id": row,
        "language": language,
        "tries": 0,
        "made_at": now,
        "sent_at": None,
        "error": "",
    }
    mailbox, why_not = way_to(session, case, setting.channels, setting.post, now)
    if mailbox is None:
        delivery |= {"recipient": f"case:{case.id}", "mailbox": None, "way": Way.PAGE, "text": said}
        delivery |= {"state": DeliveryState.SHOWN_ON_PAGE, "next_try_at": None}
    else:
        mailed = compose(telling.kind, text, {**values, "link": LINK}).text
        delivery |= {"recipient": f"identity:{mailbox.id}", "mailbox": fingerprint_of(setting.post, mailbox)}
        delivery |= {"way": Way.EMAIL, "text": mailed, "state": DeliveryState.OWED, "next_try_at": now}
    insert_or_ignore(session, Delivery, delivery | {"why_not": why_not}, unique=["event_id", "recipient", "way"])
    return True


def _has_page(session: Session, case: Case) -> bool:
    """Whether its customer can be shown how it stands: no longer where it became part of a case that is not theirs alone."""
    return case.merged_into_id is None or is_of_one_customer(session, _home_of(session, case))


def _values(session: Session, case: Case, setting: Setting, telling: Telling, now: datetime) -> Mapping[str, str]:
    """What stands in the place of each placeholder; "" for what has no value now."""
    channel, language = setting.channels[case.channel_id], _language(session, case)
    contact = session.get(Contact, case.contact_id) if case.contact_id else None
    link = tracking_url(setting.post.public_url, case.reference, language, is_public=case.is_public)
    return {
        **telling.words,
        **{name: day_and_time(at, setting.zone, language, now=now) for name, at in telling.times.items() if at is not None},
        "reference": case.reference,
        "channel": harmless(channel.name),
        "name": harmless_name(contact.name) if contact and not case.is_public else "",
        "link": link if setting.choices[channel.id].with_link and _has_page(session, case) else "",
    }
