"""What is published, when it is made anew, and that one document that cannot be made stops no other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.clock import FixedClock
from portal.db import Database
from portal.errors import Unavailable
from portal.hours.schedule import Closure
from portal.hours.store import close_now
from portal.incidents.rules import State
from portal.incidents.store import add_update, publish_incident
from portal.organisation.store import save_organisation
from portal.publication.publisher import Publisher, alone
from portal.services import Services
from portal.web.localized import Localized
from tests.pages import PageClient
from tests.publication.reading import page, whole_set


def made(publisher: Publisher) -> set[str]:
    """The paths of the documents whose bytes this building changed."""
    edition = publisher.publish()
    changed = set(edition.bodies)
    while not edition.is_whole:
        edition = publisher.publish()
        changed |= set(edition.bodies)
    return changed


@pytest.mark.usefixtures("outage")
def test_every_public_page_is_published_in_both_languages(publisher: Publisher, folder: Path) -> None:
    publisher.publish_all()
    found = set(whole_set(folder))
    both = {
        "/",
        "/accessibility",
        "/channels/form",
        "/channels/mail",
        "/channels/phone",
        "/channels/x",
        "/channels/x/answer.html",
        "/channels/x/answer.json",
        "/channels/x/answer.svg",
        "/fragments/status",
        "/fragments/status/stopped",
        "/history",
        "/history/2026-03",
        "/incidents/2026-03-10-de-pont-vaart-niet",
        "/incidents/2026-03-10-nieuwe-steiger",
        "/privacy",
        "/promises",
        "/services/kaartjes",
        "/services/veer",
        "/track",
    }
    assert both <= found
    assert {f"/en{path}" for path in both} <= found
    assert "/channels/hidden" not in found
    once = {"/bereikbaar-answer.js", "/channels.json", "/promises.csv", "/promises.json", "/promises/days.csv", "/theme.css"}
    assert once <= found


@pytest.mark.usefixtures("outage")
def test_a_published_document_is_what_the_application_answers(
    publisher: Publisher, folder: Path, client: PageClient, services: Services
) -> None:
    publisher.publish_all()
    for path, document in whole_set(folder).items():
        if path.endswith("/unavailable"):  # of whoever stands in front of an application that does not answer
            continue
        answer = client.http.get(path)
        assert answer.status_code == 200, path
        assert answer.get_etag()[0] == document.etag, path
        assert {name: answer.headers[name] for name in document.headers} == dict(document.headers), path


@pytest.mark.usefixtures("outage")
def test_the_same_state_and_time_give_the_same_bytes(app: Flask, services: Services, tmp_path: Path) -> None:
    sets = []
    for name in ("one", "other"):
        Publisher(app, services, tmp_path / name).publish_all()
        sets.append({path: (each.etag, each.headers) for path, each in whole_set(tmp_path / name).items()})
    assert sets[0] == sets[1]


@pytest.mark.usefixtures("outage")
def test_a_command_that_has_a_context_makes_the_same_bytes(app: Flask, services: Services, tmp_path: Path) -> None:
    Publisher(app, services, tmp_path / "without").publish_all()
    with app.app_context():
        Publisher(app, services, tmp_path / "with").publish_all()
    sets = [{path: each.etag for path, each in whole_set(tmp_path / name).items()} for name in ("without", "with")]
    assert sets[0] == sets[1]


@pytest.mark.usefixtures("outage")
def test_nothing_is_made_again_when_nothing_has_changed(publisher: Publisher, clock: FixedClock) -> None:
    publisher.publish_all()
    clock.advance(timedelta(seconds=10))
    edition = publisher.publish_all()
    assert (edition.made, edition.bodies) == (0, {})


def test_an_update_changes_what_tells_of_it_and_nothing_else(
    publisher: Publisher, services: Services, clock: FixedClock, outage: int
) -> None:
    publisher.publish_all()
    clock.advance(timedelta(seconds=10))
    with services.database.transaction() as session:
        add_update(session, outage, state=State.IDENTIFIED, body_nl="Gevonden.", now=clock.now(), actor_id=None)
    changed = {path for path in made(publisher) if not path.startswith("/en") and "." not in path}
    assert {"/", "/incidents/2026-03-10-de-pont-vaart-niet", "/services/veer", "/channels/x"} <= changed
    assert not changed & {"/services/kaartjes", "/incidents/2026-03-10-nieuwe-steiger", "/channels/mail", "/track", "/privacy"}


@pytest.mark.usefixtures("outage")
def test_a_channel_that_closes_says_so_at_the_next_minute_without_anybody(
    publisher: Publisher, folder: Path, clock: FixedClock, now: datetime
) -> None:
    closing = now.replace(hour=17, second=0)  # six in Amsterdam
    clock.set(closing - timedelta(seconds=30))
    publisher.publish_all()
    assert "We zijn open tot" in page(folder, "/channels/phone")
    assert publisher.next_due == closing
    clock.set(publisher.next_due)
    assert publisher.is_due(clock.now())
    publisher.publish_all()
    assert "We zijn nu gesloten" in page(folder, "/channels/phone")


def test_a_last_minute_closure_is_published(
    publisher: Publisher, folder: Path, services: Services, company: dict[str, int], now: datetime
) -> None:
    publisher.publish_all()
    with services.database.transaction() as session:
        close_now(session, [company["x"]], Closure(now, now + timedelta(hours=1), Localized("Storm")), now=now, actor_id=None)
    assert "/channels/x" in made(publisher)
    assert "Storm" in page(folder, "/channels/x")


@pytest.mark.usefixtures("outage")
def test_words_that_name_today_are_right_again_after_midnight(
    publisher: Publisher, folder: Path, clock: FixedClock, now: datetime
) -> None:
    publisher.publish_all()
    assert "vandaag 14.00 uur" in page(folder, "/incidents/2026-03-10-de-pont-vaart-niet")
    clock.set(now.replace(hour=23, second=0))  # midnight in Amsterdam
    publisher.publish_all()
    assert "gisteren, dinsdag 10 maart" in page(folder, "/incidents/2026-03-10-de-pont-vaart-niet")


@pytest.mark.usefixtures("outage")
def test_a_clock_that_was_set_back_an_hour_is_believed(
    publisher: Publisher, folder: Path, clock: FixedClock, now: datetime
) -> None:
    publisher.publish_all()
    clock.set(now - timedelta(hours=1))
    assert "/" in made(publisher)
    assert "13.00 uur" in page(folder, "/")


def test_a_new_name_of_the_company_is_on_every_page(
    publisher: Publisher, folder: Path, services: Services, outage: int, now: datetime
) -> None:
    publisher.publish_all()
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Noord", now=now + timedelta(seconds=1), actor_id=None)
    publisher.publish_all()
    for path in whole_set(folder):
        if "." not in path and not path.endswith(("/fragments/status", "/stopped")):
            assert "Veer Noord" in page(folder, path), path


def test_one_poisoned_document_does_not_stop_the_others(
    publisher: Publisher, folder: Path, app: Flask, outage: int, clock: FixedClock
) -> None:
    publisher.publish_all()
    clock.advance(timedelta(seconds=10))
    before = page(folder, "/incidents/2026-03-10-nieuwe-steiger")

    def poison(text: str) -> str:
        if "gif" in text:
            raise ValueError("poison")
        return text

    plain = app.jinja_env.filters["markdown"]
    app.jinja_env.filters["markdown"] = lambda text: plain(poison(text))
    with app.extensions["portal"].database.transaction() as session:
        add_update(session, outage, state=State.IDENTIFIED, body_nl="gif", now=clock.now(), actor_id=None)
        publish_incident(session, title_nl="De app hapert", body_nl="We zoeken.", now=clock.now(), actor_id=None)
    edition = publisher.publish_all()
    assert "/incidents/2026-03-10-de-pont-vaart-niet" in edition.failed
    assert "We zoeken." in page(folder, "/incidents/2026-03-10-de-app-hapert"), "the others go on"
    assert "De motor is stuk." in page(folder, "/incidents/2026-03-10-de-pont-vaart-niet"), "the last good one stays"
    kept = whole_set(folder)["/incidents/2026-03-10-de-pont-vaart-niet"]
    assert kept.true_until == clock.now(), "but it is the last known state, and no longer the state of now"
    assert page(folder, "/incidents/2026-03-10-nieuwe-steiger") == before


@pytest.mark.usefixtures("outage")
def test_a_publisher_that_starts_again_makes_only_what_is_no_longer_so(
    publisher: Publisher, app: Flask, services: Services, clock: FixedClock
) -> None:
    publisher.publish_all()
    clock.advance(timedelta(seconds=5))
    again = Publisher(app, services)
    assert again.publish_all().made == 0
    clock.advance(timedelta(minutes=1))
    remade = Publisher(app, services).publish_all()
    assert 0 < remade.made < len(remade.documents) / 2


@pytest.mark.usefixtures("outage")
def test_a_damaged_shelf_is_filled_anew(publisher: Publisher, folder: Path, app: Flask, services: Services) -> None:
    publisher.publish_all()
    for facts in folder.glob("objects/*/.documents.json"):
        facts.write_text("{")
    Publisher(app, services).publish_all()
    assert "/incidents/2026-03-10-de-pont-vaart-niet" in whole_set(folder)


def test_before_the_set_up_nothing_is_said_to_be_well(publisher: Publisher, folder: Path) -> None:
    publisher.publish_all()
    assert "nog niet ingericht" in page(folder, "/")


def test_what_is_no_longer_public_is_no_longer_published(
    publisher: Publisher, folder: Path, services: Services, company: dict[str, int], now: datetime
) -> None:
    from portal.organisation.store import change_channel, channel_by_id  # noqa: PLC0415 - of this test alone

    publisher.publish_all()
    assert "/channels/mail" in whole_set(folder)
    with services.database.transaction() as session:
        channel = channel_by_id(session, company["mail"])
        facts = {name: getattr(channel, name) for name in ("name", "account", "address", "note_nl", "note_en")}
        change_channel(session, channel, **facts, is_public=False, now=now, actor_id=None)
    publisher.publish_all()
    assert "/channels/mail" not in whole_set(folder)
    assert not (folder / "current" / "channels" / "mail").exists()


def test_only_one_publishes_into_a_folder(folder: Path) -> None:
    with alone(folder), pytest.raises(Unavailable, match="already"), alone(folder):
        pass


def test_it_publishes_from_either_database(
    database: Database, app_on: Callable[[Database], tuple[Flask, Services]], folder: Path, now: datetime
) -> None:
    app, services = app_on(database)
    with database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=now, actor_id=None)
        publish_incident(session, title_nl="De app hapert", body_nl="We zoeken.", now=now, actor_id=None)
    Publisher(app, services).publish_all()
    assert "De app hapert" in page(folder, "/")
