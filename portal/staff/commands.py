from typing import TextIO

import click
from flask.cli import with_appcontext

from portal import services
from portal.staff import store
from portal.staff.rules import Role, phrase_fault
from portal.staff.signing_in import new_invitation
from portal.terminal import plainly


@click.command("add-member")
@click.option("--email", required=True, help="The address to sign in with.")
@click.option("--name", required=True, help="The name that colleagues read.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.AGENT.value, show_default=True)
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option("--phrase", type=click.File(), help="A file with the pass phrase; - reads it from the input.")
@with_appcontext
def add_member(email: str, name: str, role: str, language: str, phrase: TextIO | None) -> None:
    """Give somebody an account. Without --phrase it prints a link to choose one."""
    current = services.current()
    chosen = phrase.read().strip("\r\n") if phrase else ""
    if phrase and (fault := phrase_fault(chosen, (name, email))):
        raise click.ClickException(f"This pass phrase is {fault.replace('_', ' ')}; use four words that do not belong together.")
    token, invitation = new_invitation()
    with plainly(), current.database.transaction() as session:
        store.add_member(
            session,
            email=email,
            name=name,
            role=Role(role),
            language=language,
            phrase_hash=current.phrases.hash(chosen) if phrase else "",
            invitation_hash=None if phrase else invitation,
            now=current.clock.now(),
            actor_id=None,
        )
    click.echo(f"{name} can sign in at {current.config.public_url}/console/" if phrase else _link(token))


def _link(token: str) -> str:
    address = f"{services.current().config.public_url}/console/invitation/{token}"
    return f"This link works once, for three days: {address}"
