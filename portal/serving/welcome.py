"""What a first start puts in an empty database, and what the person at the terminal needs to know to get in."""

import sys
from collections.abc import Callable
from datetime import timedelta

from rich.progress import Progress
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.demo.claim import new_demo_claim
from portal.demo.fill import fill
from portal.organisation.starting import pending_setup_code
from portal.organisation.store import the_organisation
from portal.services import Services
from portal.staff.rules import DEMO_PHRASE
from portal.staff.store import members

_FRESH_FOR = timedelta(days=2)


def fill_first_time(services: Services, say: Callable[[str], None]) -> None:
    """Fills an empty database with the demo company, when the settings ask for it."""
    if not services.config.demo:
        return
    with services.database.reading() as session:
        if the_organisation(session) is not None:
            return
    say("The first start: the demo company lives through eight weeks of questions and answers.")
    with Progress(transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("Eight weeks", total=None)
        fill(services, lambda done, all_: bar.update(task, completed=done, total=all_))


def welcome(services: Services) -> str:
    """Where the portal is, and how one gets into its console."""
    address = services.config.public_url
    code = pending_setup_code(services)
    with services.database.reading() as session:
        demo = [member for member in members(session) if member.is_demo and member.is_active]
    lines = [f"Bereikbaar is at {address}/ - Ctrl-C stops it."]
    if code:
        lines.append(f"Nobody works here yet. Begin at {address}/console/setup with this code: {code}")
    if demo:
        lines.append(f"Sign in at {address}/console/ with the pass phrase '{DEMO_PHRASE}' as")
        lines += [f"  {member.email:<34} {member.role}" for member in demo]
        lines += [*_as_a_customer(services), *_age(services)]
    services.database.close()
    return "\n".join(lines)


def _as_a_customer(services: Services) -> list[str]:
    with services.database.transaction() as session:
        claim = new_demo_claim(session, services.vault, services.clock.now())
    if claim is None:
        return []
    address = services.config.public_url
    return [
        f"Follow a question as its customer does: {address}/track/claim/{claim.token}",
        f"  or type at {address}/track the code {claim.code}",
    ]


def _age(services: Services) -> list[str]:
    """The demo company lives up to the day on which it was made; after that it only grows older."""
    with services.database.reading() as session:
        last = session.scalar(select(func.max(Case.received_at)))
    if last is None or services.clock.now() - last < _FRESH_FOR:
        return []
    return [
        f"Its last question came in on {last:%Y-%m-%d}. For a fresh company remove {services.config.instance} and start again."
    ]
