"""The agents' queue and the page of a case, as plain forms and with htmx."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import claims_store, store
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import CaseState, Direction
from portal.clock import FixedClock
from portal.promises import store as promises
from portal.promises.rules import Impact
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.cases.builders import START, asked
from tests.cases.tracking_builders import a_channel
from tests.pages import Page, PageClient
from tests.staff.builders import SignedIn
from tests.statements import statements

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(client: PageClient, signed_in: SignedIn) -> Member:
    return signed_in(client, Role.AGENT)


@pytest.fixture
def case(services: Services, now: datetime) -> Case:
    return take(services, now)


def take(services: Services, at: datetime, **facts: object) -> Case:
    """A case that came in through the cases' own door."""
    with services.database.transaction() as session:
        channel = a_channel(session, at)
        minutes = (at - START) / timedelta(minutes=1)
        message = asked(minutes, **{"thread_ref": f"t-{at.isoformat()}-{facts}", **facts})
        taken = store.take_message(session, channel, message, at)
        assert taken.case is not None
        return taken.case


def address(case: Case, act: str = "") -> str:
    return f"/console/cases/{case.reference}{act and '/'}{act}"


def form_of(page: Page, act: str) -> dict[str, str]:
    """The hidden fields of the form of this act."""
    form = next(each for each in page.all("form") if each.get("action", "").endswith(f"/{act}"))
    return {each.get("name"): each.get("value") for each in form.iter() if each.get("type") == "hidden"}


def do(client: PageClient, case: Case, act: str, status: int = 303, **values: str) -> Page:
    """Opens the page, fills in the form of this act and sends it."""
    form = form_of(client.get(address(case)), act)
    return client.post(address(case, act), {**form, **values}, status=status)


def now_is(services: Services, case: Case) -> Case:
    with services.database.reading() as session:
        return session.get_one(Case, case.id)


def test_the_queue_shows_first_what_breaks_first(client: PageClient, agent: Member, services: Services, now: datetime) -> None:
    late = take(services, now - timedelta(hours=9), text="De late vraag")
    fresh = take(services, now, text="De nieuwe vraag")
    page = client.get("/console/cases")
    summaries = [page.words(each) for each in page.all("p", class_="console-queue__summary")]
    assert summaries == [late.summary, fresh.summary]
    assert [tag.get("data-state") for tag in page.all("span", class_="tag")] == ["broken", "waiting"]
    assert "Te laat" in page.text


def test_the_queue_costs_the_same_queries_however_long_it_is(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    counts = []
    for number in (1, 12):
        for minute in range(number):
            take(services, now - timedelta(minutes=minute, seconds=number))
        with statements(services.database) as seen:
            client.get("/console/cases")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_the_page_of_a_case_costs_the_same_queries_however_long_it_is(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    client.get(address(case))
    with statements(services.database) as short:
        client.get(address(case))
    with services.database.transaction() as session:
        for minute in range(1, 20):
            store.add_customer_message(session, case.id, text=f"Bericht {minute}", now=now + timedelta(minutes=minute))
    with statements(services.database) as long:
        client.get(address(case))
    assert len(short) == len(long)


@pytest.mark.parametrize(
    "narrowed",
    [
        ("", ["Een", "Twee"]),
        ("?whose=mine", ["Een"]),
        ("?whose=nobodys", ["Twee"]),
        ("?shelf=closed", []),
        ("?shelf=nonsense&whose=nonsense&channel=x&after=~", ["Een", "Twee"]),
        ("?class=P3", ["Een", "Twee"]),
        ("?class=P1", []),
        ("?search=jan", ["Een"]),
        ("?search=@JAN", ["Een"]),
        ("?search=%25", []),
        ("?search=nobody", []),
        ("?channel=99999", []),
        ("?channel=99999999999999999999", ["Een", "Twee"]),
    ],
)
def test_the_queue_is_narrowed(
    client: PageClient, agent: Member, services: Services, now: datetime, narrowed: tuple[str, list[str]]
) -> None:
    query, found = narrowed
    one = take(services, now, text="Een", author_id="1", author_handle="@Jan", author_name="Jan Jansen")
    take(services, now + timedelta(seconds=1), text="Twee", author_id="2", author_handle="@piet")
    with services.database.transaction() as session:
        store.assign(session, one.id, to=agent.id, member_id=agent.id, now=now, version=None)
    page = client.get(f"/console/cases{query}")
    assert [page.words(each) for each in page.all("p", class_="console-queue__summary")] == found


def test_a_case_is_found_by_its_number_wherever_it_is(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    do(client, case, "close")
    page = client.get(f"/console/cases?search={case.reference.lower().replace('-', '')}")
    assert [page.words(each) for each in page.all("p", class_="console-queue__summary")] == [case.summary]


def test_pages_follow_one_another_without_gaps_or_repeats(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    for number in range(53):
        take(services, now - timedelta(minutes=number % 7), text=f"Vraag {number}", message_id=f"n{number}")
    first = client.get("/console/cases")
    links = [a.get("href") for a in first.all("a") if "after=" in a.get("href", "")]
    second = client.get(links[0])
    seen = [page.words(each) for page in (first, second) for each in page.all("p", class_="console-queue__summary")]
    assert len(seen) == len(set(seen)) == 53
    assert not [a for a in second.all("a") if "after=" in a.get("href", "")]


def test_htmx_gets_the_list_alone(client: PageClient, agent: Member, case: Case) -> None:
    page = client.get("/console/cases", headers=HTMX)
    assert page.html.lstrip().startswith('<div class="stack" id="queue"')


def test_an_answer_by_a_plain_form_stops_the_clock_and_says_so(
    client: PageClient, agent: Member, services: Services, case: Case, clock: FixedClock
) -> None:
    clock.advance(timedelta(minutes=5))
    page = client.follow(do(client, case, "answer", text="Over tien minuten."))
    assert "Uw antwoord staat op de pagina van de klant." in page.words(page.one("div", id="toast"))
    assert now_is(services, case).state is CaseState.ANSWERED
    with services.database.reading() as session:
        assert promises.promise_of(session, case.id).answered_at == clock.now()


def test_an_answer_by_htmx_swaps_the_case_and_announces_itself(client: PageClient, agent: Member, case: Case) -> None:
    values = form_of(client.get(address(case)), "answer") | {"text": "Over tien minuten."}
    page = client.post(address(case, "answer"), values, status=200, headers=HTMX)
    assert not page.all("header")
    assert "Over tien minuten." in page.words(page.one("section", id="conversation"))
    assert page.one("div", id="toast").get("data-hx-swap-oob") == "innerHTML"
    assert page.words(page.one("textarea", id="answer")) == "", "what was sent is not offered again"


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000])
def test_an_answer_that_cannot_be_is_refused_and_kept(
    client: PageClient, agent: Member, services: Services, case: Case, text: str
) -> None:
    page = do(client, case, "answer", status=422, text=text)
    assert page.one("textarea", id="answer").get("aria-invalid") == "true"
    assert page.words(page.one("textarea", id="answer")) == text.strip()
    assert now_is(services, case).state is CaseState.NEW


def test_two_agents_answer_and_the_second_is_shown_the_first(
    client: PageClient, agent: Member, signed_in: SignedIn, services: Services, case: Case
) -> None:
    other = PageClient(client.http.application)
    colleague = signed_in(other, Role.AGENT)
    mine, theirs = (form_of(each.get(address(case)), "answer") for each in (client, other))
    other.post(address(case, "answer"), {**theirs, "text": "Het eerste antwoord"})
    page = client.post(address(case, "answer"), {**mine, "text": "Het tweede antwoord"}, status=409)
    notice = page.words(page.one("div", id="refused"))
    assert colleague.name in notice
    assert "Het eerste antwoord" in notice
    assert page.words(page.one("textarea", id="answer")) == "Het tweede antwoord"
    with services.database.reading() as session:
        said = session.scalars(select(CaseMessage.text).where(CaseMessage.direction == Direction.OUTBOUND)).all()
    assert said == ["Het eerste antwoord"]
    client.post(address(case, "answer"), {**form_of(page, "answer"), "text": "Het tweede antwoord"})
    with services.database.reading() as session:
        assert len(session.scalars(select(CaseMessage).where(CaseMessage.direction == Direction.OUTBOUND)).all()) == 2


def test_a_customer_who_writes_while_an_agent_types_is_read_first(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    mine = form_of(client.get(address(case)), "answer")
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Laat maar, hij is er!", now=now)
    page = client.post(address(case, "answer"), {**mine, "text": "Over tien minuten"}, status=409, headers=HTMX)
    assert "Laat maar, hij is er!" in page.words(page.one("div", id="refused"))
    assert page.words(page.one("textarea", id="answer")) == "Over tien minuten"


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_form_without_a_true_version_changes_nothing(
    client: PageClient, agent: Member, services: Services, case: Case, version: str
) -> None:
    do(client, case, "answer", status=409, text="Antwoord", version=version)
    assert now_is(services, case).state is CaseState.NEW


def presence_of(client: PageClient, case: Case) -> str:
    """What the page of the case hears when it asks who else is there."""
    values = {"version": str(case.version)}
    return client.post(address(case, "presence"), values, status=200, headers=HTMX).text


def test_who_has_the_case_open_is_shown_until_a_minute_later(
    client: PageClient, agent: Member, signed_in: SignedIn, case: Case, clock: FixedClock
) -> None:
    other = PageClient(client.http.application)
    colleague = signed_in(other, Role.AGENT)
    assert "ook open" not in presence_of(client, case)
    presence_of(other, case)
    presence_of(other, case)
    assert f"{colleague.name} heeft deze vraag ook open." in presence_of(client, case)
    assert f"{colleague.name} heeft deze vraag ook open." in client.get(address(case)).text
    assert colleague.name in client.get("/console/cases").text
    clock.advance(timedelta(seconds=60))
    assert colleague.name not in presence_of(client, case)


def test_the_page_hears_that_the_case_has_changed(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    assert "veranderd" not in presence_of(client, case)
    with services.database.transaction() as session:
        store.add_customer_message(session, case.id, text="Nog iets", now=now)
    assert "veranderd" in presence_of(client, case)


def test_a_note_is_for_colleagues_alone(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    page = client.follow(do(client, case, "note", text="Belt vaker hierover"))
    assert "Belt vaker hierover" in page.text
    assert now_is(services, case).first_answered_at is None


@pytest.mark.parametrize("act", ["close", "spam"])
def test_closing_and_opening_again(client: PageClient, agent: Member, services: Services, case: Case, act: str) -> None:
    do(client, case, act)
    assert now_is(services, case).state.value in {"closed", "spam"}
    do(client, case, "reopen")
    assert now_is(services, case).state is CaseState.OPEN


def test_assigning_to_oneself_and_giving_back(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    do(client, case, "assign")
    assert now_is(services, case).assigned_to == agent.id
    do(client, case, "assign", to="nobody")
    assert now_is(services, case).assigned_to is None


def test_a_side_act_by_htmx_brings_new_versions_to_the_forms_in_which_one_types(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    page = client.get(address(case))
    answered = client.post(address(case, "assign"), form_of(page, "assign"), status=200, headers=HTMX)
    fields = {each.get("name"): each.get("value") for each in answered.one("div", id="answer-seen").iter()}
    assert fields["version"] == str(now_is(services, case).version)
    form = next(each for each in page.all("form") if each.get("action", "").endswith("/assign"))
    assert "#answer-seen" in form.get("data-hx-select-oob")


def test_the_priority_is_overruled_with_a_reason_and_the_promise_stays(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    with services.database.reading() as session:
        before = promises.promise_of(session, case.id).promised_at
    do(client, case, "priority", status=422, impact="high", urgency="high", why="")
    page = client.follow(do(client, case, "priority", impact="high", urgency="high", why="Gestrand met kind"))
    assert "P1: Gestrand met kind" in page.text
    with services.database.reading() as session:
        promise = promises.promise_of(session, case.id)
    assert promise.current_class_code == "P1"
    assert promise.current_impact is Impact.HIGH
    assert promise.promised_at == before


def test_a_new_time_is_told_in_the_companys_zone_with_its_reason(
    client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    values = {"until": "2026-03-11T10:30", "reason": "illness", "sentence_nl": "Twee collega's zijn ziek."}
    do(client, case, "revise", **values)
    with services.database.reading() as session:
        (revision,) = promises.revisions_of(session, case.id)
    assert revision.promised_at.isoformat() == "2026-03-11T09:30:00+00:00"
    page = client.get(f"/track/{case.reference}")
    assert "Ons antwoord komt later" in page.text
    assert "ziek" not in page.text


def test_no_reason_for_a_new_time_is_chosen_by_itself(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    choice = client.get(f"/console/cases/{case.reference}").one("select", name="reason")
    assert choice[0].get("value") == "", "the first is no reason yet"
    assert [option for option in choice if option.get("selected") is not None and option.get("value")] == []
    page = do(client, case, "revise", status=422, until="2026-03-11T10:30", reason="")
    assert "Kies de reden die de klant leest." in page.text
    with services.database.reading() as session:
        assert not promises.revisions_of(session, case.id)


@pytest.mark.parametrize("until", ["", "gisteren", "2026-03-10T13:59", "0001-01-01T00:00"])
def test_a_new_time_must_still_come(client: PageClient, agent: Member, case: Case, until: str) -> None:
    page = do(client, case, "revise", status=422, until=until, reason="illness")
    assert page.one("input", name="until").get("aria-invalid") == "true"


@pytest.mark.parametrize(
    ("language", "until", "words"),
    [
        ("nl", "2026-03-29T02:30", "29-03-2026 02:30 bestaat niet"),
        ("en", "2026-03-29T02:30", "29-03-2026 02:30 does not exist"),
        ("nl", "2026-10-25T02:30", "25-10-2026 02:30 komt twee keer voor"),
        ("en", "2026-10-25T02:30", "25-10-2026 02:30 comes twice"),
    ],
)
def test_a_new_time_in_an_hour_that_the_clock_skips_or_repeats_is_refused(
    console_in: Callable[[str], PageClient], case: Case, language: str, until: str, words: str
) -> None:
    page = do(console_in(language), case, "revise", status=422, until=until, reason="illness")
    assert words in page.words(page.one("p", id="until-error"))


def test_merging_keeps_one_and_ends_the_claims_of_two_people(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1), author_id="iemand-anders")
    with services.database.transaction() as session:
        secret = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)
    sent = do(client, case, "merge", reference=other.reference)
    assert sent.response.headers["Location"] == address(other)
    assert now_is(services, case).merged_into_id == other.id
    assert client.get(address(case), status=303).response.headers["Location"] == address(other)
    with services.database.reading() as session:
        assert claims_store.by_link(session, services.vault, secret.token, now) is None


def test_merging_within_one_person_lets_the_claims_move_along(
    client: PageClient, agent: Member, services: Services, case: Case, now: datetime
) -> None:
    other = take(services, now + timedelta(minutes=1))
    assert other.contact_id == case.contact_id
    with services.database.transaction() as session:
        secret = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)
    do(client, case, "merge", reference=other.reference)
    with services.database.reading() as session:
        claim = claims_store.by_link(session, services.vault, secret.token, now)
    assert claim is not None
    assert claim.case_id == other.id


def test_two_contacts_become_one_person(client: PageClient, agent: Member, services: Services, case: Case, now: datetime) -> None:
    other = take(services, now + timedelta(minutes=1), author_id="iemand-anders")
    do(client, case, "same-person", status=422, reference="BR-XXXX-YYYY")
    do(client, case, "same-person", reference=other.reference)
    assert now_is(services, case).contact_id == now_is(services, other).contact_id
    do(client, case, "same-person", status=409, reference=other.reference)


def test_a_claim_is_shown_once_and_opens_the_case(
    app: Flask, client: PageClient, agent: Member, services: Services, case: Case
) -> None:
    page = do(client, case, "claims", status=200)
    code, link = (page.words(each) for each in page.all("code"))
    assert link.startswith("http://portal.test/track/claim/")
    assert code not in client.get(address(case)).html
    assert link not in client.get(address(case)).html
    customer = PageClient(app)
    customer.post("/track", {"reference": code})
    assert "Waar blijft mijn bus?" in customer.follow(customer.get("/track/mine", status=303)).text
    with services.database.reading() as session:
        (claim,) = claims_store.of_case(session, case.id)
    do(client, case, f"claims/{claim.id}/revoke")
    customer.get("/track/mine", status=404)


def test_who_only_reads_cases_gets_no_forms_and_may_do_nothing(
    app: Flask, client: PageClient, signed_in: SignedIn, services: Services, case: Case
) -> None:
    signed_in(client, Role.COMMUNICATION)
    page = client.get(address(case))
    assert not [form for form in page.all("form") if "/console/cases/" in form.get("action", "")]
    for act in ("answer", "note", "close", "spam", "assign", "priority", "revise", "merge", "same-person", "claims", "erasure"):
        client.post(address(case, act), {"text": "x", "version": str(case.version)}, status=403)
    assert now_is(services, case).version == case.version


def test_strangers_are_led_to_the_sign_in_page(client: PageClient, case: Case) -> None:
    for path in ("/console/cases", address(case)):
        assert "/console/sign-in" in client.get(path, status=303).response.headers["Location"]


def test_what_a_customer_types_never_becomes_html(client: PageClient, agent: Member, services: Services, now: datetime) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} & \"'"
    case = take(services, now, text=evil, author_name="<b>Jan</b>", author_handle="<i>@jan</i>")
    for page in (client.get(address(case)), client.get("/console/cases")):
        assert "<script>alert" not in page.html
        assert not page.all("img", src="x")
        assert not page.all("b")
    assert "49" not in client.get(address(case)).words(client.get(address(case)).one("section", id="conversation"))


def test_an_unknown_case_is_not_found(client: PageClient, agent: Member) -> None:
    client.get("/console/cases/BR-XXXX-YYYY", status=404)
    client.get("/console/cases/nonsense", status=404)
