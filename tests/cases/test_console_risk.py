"""The page of what may be answered too late: one reason for many at once, told now or kept ready."""

from datetime import datetime, timedelta

import pytest

from portal.cases import at_risk, contesting, noticing, store
from portal.cases.models import Case, CaseMessage
from portal.clock import FixedClock
from portal.events.models import Event
from portal.organisation.models import Channel
from portal.promises import store as promises
from portal.promises.models import PromiseRevision
from portal.promises.rules import RevisionReason
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.cases.builders import START, answered, asked
from tests.cases.console_builders import address, do, take
from tests.pages import Page, PageClient
from tests.staff.builders import SignedIn
from tests.statements import statements

PAGE = "/console/at-risk"
ILL = {"reason": "illness", "sentence_nl": "Er zijn twee collega's ziek.", "sentence_en": "Two colleagues are ill."}


@pytest.fixture
def twelve(services: Services, now: datetime) -> list[Case]:
    """Questions whose answers were promised within the next two hours."""
    return [take(services, now - timedelta(minutes=150 + number), text=f"Vraag {number}") for number in range(12)]


def told(services: Services, cases: list[Case]) -> list[list[PromiseRevision]]:
    with services.database.reading() as session:
        return [list(promises.revisions_of(session, case.id)) for case in cases]


def choose(client: PageClient, *, status: int = 303, **values: object) -> Page:
    """Fills in the page's form as a browser without script does."""
    form = client.get(PAGE).one("form", action=f"{PAGE}?hours=4")
    hidden = {each.get("name"): each.get("value") for each in form.iter() if each.get("type") == "hidden"}
    return client.post(PAGE, {**hidden, **values}, status=status)


def test_what_breaks_next_is_shown_by_channel_the_first_on_top(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, now: datetime
) -> None:
    take(services, now - timedelta(hours=3, minutes=20), text="Die het eerst breekt")
    take(services, now, text="Die nog lang heeft")
    page = client.get(f"{PAGE}?hours=2")
    labels = [page.words(each) for each in page.all("label", class_="console-risk__summary")]
    assert labels[0] == "Die het eerst breekt"
    assert set(labels[1:]) == {f"Vraag {number}" for number in range(12)}
    assert "Mastodon (13)" in page.text
    assert "Die nog lang heeft" in client.get(f"{PAGE}?hours=24").text


def test_one_reason_is_chosen_for_all_of_a_channel_in_one_click(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, now: datetime
) -> None:
    channel_id = str(twelve[0].channel_id)
    page = client.follow(choose(client, all=channel_id, **ILL))
    assert "12 klanten zien de nieuwe tijd en de reden." in page.text
    for (notice,) in told(services, twelve):
        assert (notice.number, notice.reason, notice.made_by) == (1, RevisionReason.ILLNESS, agent.id)
        assert notice.promised_at is not None
        assert notice.promised_at > now
    with services.database.reading() as session:
        events = session.query(Event).filter_by(kind="promise.revised").all()
    assert {each.actor_id for each in events} == {agent.id}
    assert len(events) == 12


def test_only_the_ticked_ones_are_told_and_one_time_may_go_for_all(
    client: PageClient, agent: Member, twelve: list[Case], services: Services
) -> None:
    ticked = [str(case.id) for case in twelve[:3]]
    choose(client, case=ticked, until="2026-03-10T20:00", **ILL)
    found = told(services, twelve)
    assert [len(each) for each in found] == [1] * 3 + [0] * 9
    assert {each[0].promised_at.isoformat() for each in found[:3] if each[0].promised_at} == {"2026-03-10T19:00:00+00:00"}


def test_what_is_kept_ready_goes_out_by_itself_with_the_chosen_reason(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, now: datetime
) -> None:
    page = client.follow(choose(client, all=str(twelve[0].channel_id), when="ready", **ILL))
    assert "Dit staat klaar voor 12 klanten." in page.text
    assert page.text.count("Klaar: Er zijn collega's ziek. Er zijn twee collega's ziek.") == 12
    assert told(services, twelve) == [[]] * 12
    with services.database.reading() as session:
        assert session.query(Event).filter_by(kind="promise.reason_chosen", actor_id=agent.id).count() == 12
    assert noticing.tell_in_time(services.database, now + timedelta(hours=2)) == 12
    for (notice,) in told(services, twelve):
        assert (notice.reason, notice.sentence_en, notice.made_by) == (
            RevisionReason.ILLNESS,
            "Two colleagues are ill.",
            agent.id,
        )


def test_what_was_answered_while_the_page_stood_open_is_passed_over_and_said_so(
    client: PageClient, agent: Member, twelve: list[Case], services: Services
) -> None:
    do(client, twelve[0], "answer", text="Hij komt eraan.")
    chosen = [str(case.id) for case in twelve[:2]]
    page = client.follow(choose(client, case=chosen, **ILL))
    assert "1 klant ziet de nieuwe tijd en de reden." in page.text
    assert "1 vraag is overgeslagen." in page.text
    assert [len(each) for each in told(services, twelve[:2])] == [0, 1]


def test_the_second_notice_is_sent_by_a_person_and_there_is_no_third(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, clock: FixedClock
) -> None:
    clock.set(clock.now() + timedelta(hours=1))
    noticing.tell_in_time(services.database, clock.now())
    page = client.get(f"{PAGE}?hours=24")
    assert page.text.count("al één keer gemeld") == 12
    everyone = str(twelve[0].channel_id)
    for until in ("2026-03-12T10:00", "2026-03-13T10:00"):
        client.post(PAGE, {"all": everyone, f"of-{everyone}": " ".join(str(case.id) for case in twelve), "until": until, **ILL})
        assert {len(each) for each in told(services, twelve)} == {2}
    assert [each.made_by for each in told(services, twelve)[0]] == [None, agent.id]


def test_what_is_kept_ready_for_who_was_told_before_is_passed_over_and_the_way_to_tell_is_said(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, clock: FixedClock
) -> None:
    clock.set(clock.now() + timedelta(hours=1))
    noticing.tell_in_time(services.database, clock.now())
    first = take(services, clock.now() - timedelta(minutes=150), text="Nog niet gemeld")
    do(client, twelve[1], "answer", text="Hij komt eraan.")
    page = client.follow(choose(client, case=[str(twelve[0].id)], when="ready", **ILL))
    assert "1 vraag is overgeslagen. De klant hoorde al eerder dat het later komt." in page.text
    assert "Een tweede keer moet u zelf sturen: kies Zeg het nu." in page.text
    assert "klaar voor" not in page.text
    assert "Er is al antwoord" not in page.text
    chosen = [str(case.id) for case in (*twelve[:3], first)]
    page = client.follow(choose(client, case=chosen, when="ready", **ILL))
    assert "Dit staat klaar voor 1 klant." in page.text
    assert "2 vragen zijn overgeslagen. De klanten hoorden al eerder dat het later komt." in page.text
    assert "1 vraag is overgeslagen. Er is al antwoord" in page.text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": ""}, "Kies de reden die de klant leest."),
        ({"until": "2026-03-10T13:59"}, "Kies een dag en tijd die nog"),
        ({"until": "2026-03-29T02:30"}, "29-03-2026 02:30 bestaat niet"),
        ({"sentence_nl": "x" * 301}, ""),
        ({"case": []}, "Kies ten minste één vraag"),
    ],
)
@pytest.mark.usefixtures("agent")
def test_what_is_missing_is_said_and_what_was_ticked_stays_ticked(
    client: PageClient, twelve: list[Case], services: Services, values: dict[str, object], said: str
) -> None:
    sent = {"case": [str(twelve[0].id)], **ILL, **values}
    page = choose(client, status=422, **sent)
    assert said in page.text
    assert len(page.all("input", name="case", checked="")) == len(sent["case"])
    assert told(services, twelve) == [[]] * 12


def test_numbers_that_nobody_was_shown_change_nothing(client: PageClient, agent: Member, twelve: list[Case]) -> None:
    page = client.follow(choose(client, case=["99999999999999", "-1", "x", "4711"], all="7", **ILL))
    assert "1 vraag is overgeslagen." in page.text
    assert "0 klanten" not in page.text


def test_who_only_reads_cases_sees_the_page_and_chooses_nothing(
    client: PageClient, signed_in: SignedIn, twelve: list[Case], services: Services
) -> None:
    signed_in(client, Role.COMMUNICATION)
    page = client.get(PAGE)
    assert "Vraag 3" in page.text
    assert page.all("input", name="case") == []
    assert "Een medewerker, manager of beheerder kiest hier wat ze lezen." in page.text
    assert "Kies hier wat ze lezen" not in page.text
    queue = client.get("/console/cases").text
    assert "Een medewerker, manager of beheerder kiest wat deze klanten lezen." in queue
    assert "en kies wat deze klanten lezen" not in queue
    client.http.post(PAGE, data={"case": str(twelve[0].id), **ILL})
    assert told(services, twelve) == [[]] * 12


def test_the_queue_says_how_many_are_at_risk_and_leads_there(client: PageClient, agent: Member, twelve: list[Case]) -> None:
    page = client.get("/console/cases")
    assert "12 vragen moeten binnen 4 uur antwoord hebben of zijn al te laat." in page.text
    assert "en kies wat deze klanten lezen" in page.text
    assert page.all("a", href=PAGE)


def test_a_question_with_two_promises_has_one_box_and_is_counted_once(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    case = take(services, now - timedelta(minutes=200), text="Hielp niet", thread_ref="twee", author_id="jan")
    minutes = (now - START) / timedelta(minutes=1)
    for message in (
        answered(minutes - 190, thread_ref="twee", is_automatic=True, is_full_answer=True),
        asked(minutes - 180, thread_ref="twee", author_id="jan"),
    ):
        with services.database.transaction() as session:
            store.take_message(session, session.get_one(Channel, case.channel_id), message, message.created_at)
    with services.database.transaction() as session:
        answer = session.query(CaseMessage).filter_by(counts_as_answer=True).one()
        contesting.contest(session, answer, now - timedelta(minutes=170))
    assert [each.get("id") for each in client.get(PAGE).all("input", name="case")] == [f"case-{case.id}"]
    page = client.follow(choose(client, case=[str(case.id)], **ILL))
    assert "1 klant ziet de nieuwe tijd en de reden." in page.text
    assert "overgeslagen" not in page.text
    assert len(told(services, [case])[0]) == 1


@pytest.fixture
def in_time(services: Services, now: datetime) -> list[Case]:
    """Questions that were promised just what the desk would promise now."""
    return [take(services, now, text=f"Op tijd {number}") for number in range(4)]


def test_what_is_expected_in_time_is_shown_below_and_neither_counted_nor_chosen_with_all(
    client: PageClient, agent: Member, in_time: list[Case], services: Services, now: datetime
) -> None:
    late = [take(services, now - timedelta(minutes=230 + number), text=f"Te laat {number}") for number in range(3)]
    page = client.get(PAGE)
    labels = [page.words(each) for each in page.all("label", class_="console-risk__summary")]
    assert labels == [f"Te laat {number}" for number in range(3)] + [f"Op tijd {number}" for number in range(4)]
    assert page.text.count("Binnenkort, waarschijnlijk op tijd: vóór") == 4
    assert "Mastodon (3)" in page.text
    assert "Alle 3 van Mastodon" in page.text
    assert "7 vragen moeten binnen 4 uur antwoord hebben of zijn al te laat." in client.get("/console/cases").text
    assert "3 klanten" in client.follow(choose(client, all=str(late[0].channel_id), **ILL)).text
    assert [len(each) for each in told(services, [*late, *in_time])] == [1] * 3 + [0] * 4


def test_the_queue_counts_what_is_late_after_one_notice_and_nothing_that_was_closed(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, clock: FixedClock
) -> None:
    clock.set(clock.now() + timedelta(hours=1))
    noticing.tell_in_time(services.database, clock.now())
    do(client, twelve[0], "close")
    with services.database.reading() as session:
        later = clock.now() + timedelta(hours=3)
        assert at_risk.ahead(session, later) == at_risk.Ahead(11, 0)


def test_what_is_late_since_yesterday_is_counted_and_listed_but_does_not_hide_what_is_due(
    client: PageClient, agent: Member, twelve: list[Case], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = services.clock.now()
    for number in range(3):
        take(services, now - timedelta(hours=20 + 24 * number), text=f"Al lang te laat {number}")
    assert "15 vragen moeten binnen 4 uur antwoord hebben of zijn al te laat." in client.get("/console/cases").text
    labels = [each.text for each in client.get(PAGE).all("label", class_="console-risk__summary")]
    assert labels[:3] == [f"Al lang te laat {number}" for number in (2, 1, 0)]
    assert len(labels) == 15
    monkeypatch.setattr(at_risk, "PORTION", 14)
    page = client.get(PAGE)
    assert "Al lang te laat 1" in page.text
    assert "Al lang te laat 2" not in page.text
    assert "Vraag 11" in page.text
    assert "Er zijn er meer." in page.text


def test_where_all_are_expected_in_time_nobody_is_alarmed(client: PageClient, agent: Member, in_time: list[Case]) -> None:
    page = client.get(PAGE)
    assert "Op tijd 3" in page.text
    assert page.all("input", name="all") == []
    assert [page.words(each) for each in page.all("legend")] == ["Mastodon"]


def test_one_question_is_chosen_by_its_own_box_alone(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    take(services, now - timedelta(minutes=150), text="De enige")
    page = client.get(PAGE)
    assert "Mastodon (1)" in page.text
    assert len(page.all("input", name="case")) == 1
    assert page.all("input", name="all") == []


def test_all_that_is_missing_stands_in_one_summary_that_leads_to_the_boxes(
    client: PageClient, agent: Member, twelve: list[Case]
) -> None:
    page = choose(client, status=422, **{**ILL, "reason": ""})
    summary = page.one("div", class_="error-summary")
    links = {page.words(each): each.get("href") for each in summary.iter() if each.get("href")}
    assert links == {
        "Reden: Kies de reden die de klant leest.": "#reason",
        "Kies ten minste één vraag": f"#{page.all('input', name='case')[0].get('id')}",
    }


def test_that_there_are_more_is_said_only_where_some_were_left_out(
    client: PageClient, agent: Member, twelve: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(client, case=[str(case.id) for case in twelve[:6]], **ILL)
    for as_many_as_there_are_or_more in (6, 10):
        monkeypatch.setattr(at_risk, "PORTION", as_many_as_there_are_or_more)
        page = client.get(f"{PAGE}?hours=24")
        assert len(page.all("input", name="case")) == 12
        assert "Er zijn er meer." not in page.text
    monkeypatch.setattr(at_risk, "PORTION", 5)
    assert "Er zijn er meer." in client.get(f"{PAGE}?hours=24").text


def test_the_page_and_the_choice_cost_the_same_however_many_there_are(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    seen_on_page, seen_on_choice = [], []
    for number in (2, 30):
        cases = [take(services, now - timedelta(minutes=150 + each, seconds=number), text="Vraag") for each in range(number)]
        with statements(services.database) as seen:
            client.get(PAGE)
        seen_on_page.append(len(seen))
        values = {"case": [str(case.id) for case in cases], **ILL}
        with statements(services.database) as seen:
            client.post(PAGE, values)
        seen_on_choice.append(len(seen))
    assert seen_on_page[0] == seen_on_page[1]
    assert seen_on_choice[0] + 1 >= seen_on_choice[1]


def test_the_same_form_stands_on_the_page_of_a_case(
    client: PageClient, agent: Member, twelve: list[Case], services: Services
) -> None:
    case = twelve[0]
    do(client, case, "revise", when="ready", **ILL)
    page = client.get(address(case))
    assert f"{agent.name} zette dit klaar" in page.text
    assert told(services, [case]) == [[]]
    do(client, case, "revise", **ILL)
    ((notice,),) = told(services, [case])
    assert notice.promised_at is not None
    assert "houdt dit klaar" not in client.get(address(case)).text
