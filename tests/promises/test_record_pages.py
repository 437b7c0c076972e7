"""The public record as people and programs read it."""

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import FixedClock
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises import store
from portal.promises.figures import Period
from portal.promises.record import Account, OfChannel, Record
from portal.promises.record_files import DAYS_HEAD, MONTHS_HEAD, days_csv, months_csv
from portal.promises.rules import SetAside
from portal.promises.settings import save_settings
from portal.services import Services
from tests.pages import PageClient
from tests.promises.conftest import LONG_AGO, NINE_TO_FIVE, local

DAY, MONTH = date(2026, 3, 9), date(2026, 3, 1)
PERIOD = Period(date(2026, 2, 11), date(2026, 3, 10))


def a_record(name: str = "X", account: Account | None = None) -> Record:
    told = account or Account(kept=12, broken=2, told=1)
    return Record(PERIOD, (MONTH,), (OfChannel("x", name, DAY, {DAY: told}, {MONTH: told}, {}, {}, {}),))


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


@pytest.fixture
def company(services: Services, now: datetime) -> int:
    """A channel with twelve promises that were kept, three that were not, one that is open and one that was withdrawn."""
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=LONG_AGO, actor_id=None)
        save_settings(session, announces_norm=True, shows_queue=False, now=LONG_AGO, actor_id=None)
        channel = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=LONG_AGO, actor_id=None)
        calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": NINE_TO_FIVE})
        save_schedule(session, channel.id, calendar, valid_from=LONG_AGO, now=LONG_AGO, actor_id=None)
        for case_id in range(1, 18):
            at = now - timedelta(minutes=30) if case_id == 16 else local("2026-03-09 09:00") + timedelta(minutes=case_id)
            store.make_promise(session, case_id=case_id, channel_id=channel.id, received_at=at, now=at)
            if case_id <= 14:
                wait = timedelta(minutes=25) if case_id <= 12 else timedelta(hours=6)
                store.record_answer(session, case_id, at + wait, now, known_at=at + wait)
        store.withdraw(session, [17], now=local("2026-03-09 10:00"))
        return channel.id


@pytest.mark.usefixtures("company")
def test_the_record_says_in_one_breath_what_was_promised_and_kept(client: PageClient) -> None:
    lead = client.get("/promises").one("p", class_="page__lead")
    assert " ".join(" ".join(lead.itertext()).split()) == (
        "In de laatste 4 weken beloofden we 16 keer een tijd. Van 15 daarvan weten we hoe het afliep. "
        "12 keer waren we op tijd (80 %). "
        "Bij 0 van de 3 andere lieten we het vooraf weten. 1 daarvan heeft nog geen antwoord. "
        "Nog 1 vraag heeft geen antwoord; daar kunnen we nog op tijd zijn."
    )


@pytest.mark.usefixtures("company")
def test_the_record_speaks_english_too_and_says_since_when_it_is_measured(client: PageClient) -> None:
    page = client.get("/en/promises")
    said = " ".join(page.text.split())
    assert "we promised a time 16 times. Of 15 of those we know how it went. We were on time 12 times (80%)." in said
    assert "We have measured this since Monday 9 March." in page.text
    assert "This portal lets nobody change that time or delete a promise, not even us." in said
    assert "no question was removed afterwards and no answer was reported afterwards." in said
    assert page.one("figure", class_="plot") is not None


@pytest.mark.usefixtures("company")
def test_each_channel_and_month_has_its_line(client: PageClient) -> None:
    page = client.get("/promises")
    texts = [page.words(row) for row in page.all("tr")]
    assert "X 16 12 80 % 3 0 1 1" in texts
    assert "maart 2026 16 12 80 % 3 0 1 1" in texts
    assert "Alles samen 16 12 80 % 3 0 1 1" in texts
    assert "apart tellen" not in page.text, "there is nothing of the kind"


@pytest.mark.usefixtures("company")
def test_what_was_changed_after_the_promised_time_is_told_in_words_and_numbers(
    client: PageClient, services: Services, now: datetime
) -> None:
    with services.database.transaction() as session:
        store.set_aside(session, 15, SetAside.SPAM, now=now)
        store.record_answer(session, 13, local("2026-03-09 10:00"), now)
        store.record_answer(session, 14, local("2026-03-09 10:00"), now)
    page = client.get("/promises")
    assert "In de laatste 4 weken is 1 vraag achteraf weggehaald. 2 antwoorden zijn achteraf als op tijd gemeld." in " ".join(
        page.text.split()
    )
    texts = [page.words(row) for row in page.all("tr")]
    assert "X 15 14 100 % 0 0 1 2" in texts
    assert "X 2 1 0 0" in texts, "what is counted apart"
    (row,) = rows(client.http.get("/promises.csv").data)
    assert (row["set_aside_after_time"], row["reported_after_time"], row["kept"]) == ("1", "2", "14")


@pytest.mark.usefixtures("company")
def test_promised_and_real_stand_in_one_table(client: PageClient) -> None:
    texts = [client.get("/promises").words(row) for row in client.get("/promises").all("tr")]
    assert "9 mrt 15 25 minuten 6 uur en 4 minuten 4 uur en 24 minuten 4 uur en 30 minuten 12 van 15" in texts


def test_a_company_without_questions_has_a_record_that_says_so(client: PageClient, services: Services, now: datetime) -> None:
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=now, actor_id=None)
    assert "In de laatste 4 weken beloofden we niemand een tijd." in client.get("/promises").text
    assert "We hebben nog niemand een tijd beloofd." in client.get("/promises").text
    assert client.http.get("/promises.csv").text == ",".join(MONTHS_HEAD) + "\r\n"


@pytest.mark.usefixtures("company")
def test_the_file_for_spreadsheets_has_the_numbers_of_the_page(client: PageClient) -> None:
    answer = client.http.get("/promises.csv")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (row,) = rows(answer.data)
    assert tuple(row) == MONTHS_HEAD
    assert row["month"] == "2026-03"
    numbers = {name: row[name] for name in ("promised", "kept", "broken", "told_beforehand", "unanswered", "open", "set_aside")}
    assert numbers == {
        "promised": "16",
        "kept": "12",
        "broken": "3",
        "told_beforehand": "0",
        "unanswered": "1",
        "open": "1",
        "set_aside": "1",
    }
    assert row["share_kept"] == "0.8"
    assert answer.data.endswith(b"\r\n")


@pytest.mark.usefixtures("company")
def test_the_file_by_day_holds_promised_and_real_times_of_each_day(client: PageClient) -> None:
    found = rows(client.http.get("/promises/days.csv").data)
    assert [(row["day"], row["promised"], row["kept"], row["real_number"]) for row in found] == [
        ("2026-03-09", "15", "12", "15"),
        ("2026-03-10", "1", "0", "1"),
    ]
    assert tuple(found[0]) == DAYS_HEAD
    assert float(found[0]["promised_median_seconds"]) == pytest.approx(4.3 * 3600, rel=0.05)
    assert (found[0]["real_p90_at_least"], found[1]["real_p90_seconds"]) == ("0", "")


@pytest.mark.usefixtures("company")
def test_programs_read_the_same(client: PageClient, clock: FixedClock) -> None:
    facts: dict[str, Any] = json.loads(client.http.get("/promises.json").data)
    months = rows(client.http.get("/promises.csv").data)
    assert facts["measured_since"] == "2026-03-09"
    assert facts["last_four_weeks"]["all"]["share_kept"] == 0.8
    (channel,) = facts["channels"]
    assert channel["last_four_weeks"] == facts["last_four_weeks"]["all"]
    for name, value in channel["months"][0].items():
        assert str(value) == months[0][name], name
    (step,) = [each for each in facts["last_four_weeks"]["steps"] if each["from"] == "2026-03-09"]
    assert step["promised_time"]["number"] == 15
    assert step["real_time"]["p90"] == {"seconds": pytest.approx(6 * 3600, rel=0.01), "at_least": False}


@given(st.text(max_size=12))
def test_any_name_comes_back_from_the_file_as_it_is_unless_it_looks_like_a_formula(name: str) -> None:
    for body in (months_csv(a_record(name)), days_csv(a_record(name))):
        (row,) = rows(body)
        assert row["channel_name"] in {name, f"'{name}"}
        assert not row["channel_name"].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert row["kept"] == "12"


def test_channels_that_are_hidden_have_a_line_without_a_name() -> None:
    record = Record(PERIOD, (MONTH,), (OfChannel("", "", DAY, {}, {MONTH: Account(broken=1)}, {}, {}, {}),))
    (row,) = rows(months_csv(record))
    assert (row["channel"], row["broken"], row["share_kept"]) == ("(no longer public)", "1", "")
