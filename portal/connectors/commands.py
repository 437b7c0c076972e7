import click
from flask.cli import with_appcontext

from portal import services
from portal.connectors import store
from portal.errors import PortalError
from portal.organisation.store import channel_by_slug


@click.command("hook-secret")
@click.argument("channel")
@with_appcontext
def make_hook_secret(channel: str) -> None:
    """Make a secret with which messages to /hooks/CHANNEL are signed, and print it once."""
    current = services.current()
    try:
        with current.database.transaction() as session:
            channel_id = channel_by_slug(session, channel).id
            secret = store.add_secret(session, current.vault, channel_id, now=current.clock.now(), actor_id=None)
    except PortalError as error:
        raise click.ClickException(error.message) from error
    click.echo(secret)
