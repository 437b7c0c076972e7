"""Which documents the public is to have, what each depends on, and how it is made: from state and language, nothing else."""

from collections.abc import Callable, Iterator
from functools import partial

from portal.cases.tracking import start_page
from portal.incidents import feed, selection
from portal.incidents import pages as incident_pages
from portal.incidents.rules import IncidentKind
from portal.organisation.views import theme_document
from portal.promises import api as response_times
from portal.publication.making import Planned, basis
from portal.publication.state import State
from portal.status import pages as status_pages
from portal.status import programs, statuspage
from portal.status.card import Card
from portal.web.documents import Document, page_document
from portal.web.errors import unavailable_page
from portal.web.pages import LANGUAGES, language

FIRST, NEXT, THEN, LAST = range(4)  # what worried people look at, what tells programs, the channels, and what stays
_PERIOD = ("from", "to")


def plan(state: State, release: str) -> Iterator[Planned]:
    """Every public document of this state. `release` names the program that makes them: another one may make other bytes."""
    spoken = [
        *_fixed(state),
        *_status_page(state),
        *_incidents(state),
        *_services(state),
        *_channels(state),
        *_feeds(state),
        *_programs(state),
    ]
    common = basis(release, state.company)
    for spoken_in in LANGUAGES:
        root = "" if spoken_in == "nl" else f"/{spoken_in}"
        for each in spoken:
            yield _at(each, root + each.path, common)
    for each in (*_once(state), *_response_times(state)):
        yield _at(each, each.path, common)


def _at(planned: Planned, path: str, common: str) -> Planned:
    return Planned(path, f"{planned.basis}-{common}", planned.make, planned.reads, planned.stale, planned.rank)


def _fixed(state: State) -> Iterator[Planned]:
    for name, template in (("/accessibility", "status/accessibility.html"), ("/privacy", "status/privacy.html")):
        yield Planned(name, "", partial(page_document, template), rank=LAST)
    yield Planned("/track", "", start_page, rank=FIRST)
    yield Planned("/unavailable", "", unavailable_page, rank=FIRST)  # for whoever stands in front of a portal that is down
    if state.organisation is None:
        yield Planned("/", "", status_pages.before_set_up, rank=FIRST)


def _status_page(state: State) -> Iterator[Planned]:
    if state.organisation is None:
        return
    seen, page = basis(state.overview), status_pages.StatusPage(state.overview)
    yield Planned("/", seen, page.home, stale="page", rank=FIRST)
    yield Planned("/fragments/status", seen, page.fragment, stale="page", rank=FIRST)
    yield Planned("/fragments/status/stopped", seen, page.stopped_fragment, stale="page", rank=FIRST)


def _incidents(state: State) -> Iterator[Planned]:
    prints = state.fingerprints
    for each in state.situations:
        yield Planned(
            f"/incidents/{each.slug}",
            prints[each.id],
            partial(incident_pages.incident_page, each),
            stale="page",
            rank=LAST if each.is_over else NEXT,
        )
    this = incident_pages.month_of(state.now, state.zone)
    for first in sorted({this, *(first for first, _ in state.months)}, reverse=True):
        start, end = incident_pages.bounds(first, state.zone)
        begun = selection.begun_between(state.situations, start, end, state.now)
        depends = basis(first, state.months, [prints[each.id] for each in begun])
        make = partial(incident_pages.history_page, first, begun, state.months)
        rank = NEXT if first == this else LAST
        yield Planned(f"/history/{first:%Y-%m}", depends, make, stale="page", rank=rank)
        if first == this:
            until_next = partial(incident_pages.this_months_page, begun, state.months)
            yield Planned("/history", depends, until_next, stale="page", rank=NEXT)


def _services(state: State) -> Iterator[Planned]:
    touching = state.touching
    for node in state.nodes:
        yield Planned(
            f"/services/{node.slug}",
            basis(node, [state.fingerprints[each.id] for each in touching[node.id]]),
            partial(incident_pages.service_page, node, touching[node.id]),
            stale="page",
            rank=NEXT,
        )


def _channels(state: State) -> Iterator[Planned]:
    for card in state.overview.cards:
        yield Planned(
            f"/channels/{card.channel.slug}",
            _basis_of(card, state),
            partial(_channel, state, card),
            reads=_PERIOD,
            stale="page",
            rank=THEN,
        )


def _channel(state: State, card: Card) -> Document:
    return status_pages.channel(card, state.reach.opening_of(card.channel.id), state.response_times(card.channel.id))


def _basis_of(card: Card, state: State) -> str:
    """All but the figures: those are read anew with each minute's page, not with each answer."""
    return basis(card.channel, card.announced, card.incidents, state.reach.opening_of(card.channel.id).versions)


def _response_times(state: State) -> Iterator[Planned]:
    for card in state.overview.cards:
        way = card.channel
        yield Planned(
            f"/channels/{way.slug}/response-times.json",
            basis(way, card.announced, state.reach.opening_of(way.id).versions),
            partial(_times, state, card),
            reads=_PERIOD,
            rank=THEN,
        )


def _times(state: State, card: Card) -> Document:
    way = card.channel
    document = response_times.document(way.slug, way.name, state.response_times(way.id), state.zone.key, card.announced)
    return document.holding_until(status_pages.end_of_minute(state.now))


def _once_a_language(make: Callable[[], Document]) -> Callable[[], Document]:
    """The same document for each address that it has."""
    made: dict[str, Document] = {}

    def once() -> Document:
        if language() not in made:
            made[language()] = make()
        return made[language()]

    return once


def _feeds(state: State) -> Iterator[Planned]:
    prints, newest = state.fingerprints, selection.newest_of(state.situations)
    everything = basis([prints[each.id] for each in newest])
    touching = state.touching
    for kind in feed.KINDS:
        make = _once_a_language(partial(feed.of_all, kind, newest))
        yield Planned(f"/feed.{kind}", everything, make, rank=FIRST)
        if kind != "json":  # where Statuspage has them
            yield Planned(f"/history.{kind}", everything, make, rank=NEXT)
        for node in state.nodes:
            depends = basis(node, [prints[each.id] for each in touching[node.id]])
            yield Planned(
                f"/services/{node.slug}/feed.{kind}", depends, partial(feed.of_one_service, kind, node, touching[node.id])
            )
        for each in state.situations:
            of_this = partial(feed.of_one_incident, kind, each)
            yield Planned(f"/incidents/{each.slug}/feed.{kind}", prints[each.id], of_this, rank=LAST if each.is_over else NEXT)
    planned = [each for each in state.told_to_programs.situations if each.kind is IncidentKind.MAINTENANCE]
    depends = basis([prints[each.id] for each in planned])
    yield Planned("/maintenance.ics", depends, partial(feed.planned_work, planned))


def _programs(state: State) -> Iterator[Planned]:
    known = state.told_to_programs
    seen = basis([state.fingerprints[each.id] for each in known.situations], known.nodes, known.lifetimes)
    if state.organisation is None:
        yield Planned("/badge.svg", "", partial(programs.badge_document, None), stale="badge", rank=FIRST)
        return
    telling = programs.Telling(state.organisation, known)
    for name in statuspage.NAMES:
        stale = "statuspage" if name in statuspage.WITH_STATUS else ""
        yield Planned(f"/api/v2/{name}", seen, partial(telling.document, name), stale=stale, rank=FIRST)
    banner = state.overview.trouble.banner
    yield Planned("/badge.svg", basis(banner), partial(programs.badge_document, banner), stale="badge", rank=FIRST)


def _once(state: State) -> Iterator[Planned]:
    yield Planned("/theme.css", "", partial(theme_document, state.organisation), rank=FIRST)
