import click
from flask.cli import with_appcontext

from portal import services
from portal.organisation.store import channel_by_slug, channels
from portal.promises.counting import counts_of, recompute
from portal.promises.desk_upkeep import rebuild
from portal.promises.store import move_recent
from portal.promises.surges import forget_old
from portal.terminal import plainly


@click.group("figures")
def figures() -> None:
    """The kept counts behind the published response times."""


@figures.command("recompute")
@with_appcontext
def recompute_figures() -> None:
    """Make all counts again from the promises, and say where they differed."""
    database, now = services.current().database, services.current().clock.now()
    with database.reading() as session:
        known = [(channel.id, channel.slug) for channel in channels(session)]
    for channel_id, slug in known:
        with database.transaction() as session:
            forget_old(session, now, most=None)
            before = counts_of(session, channel_id)
            number = recompute(session, channel_id)
            forget_old(session, now, most=None)
            state = "as they were" if counts_of(session, channel_id) == before else "corrected"
        click.echo(f"{slug}: {number} promises, counts {state}")
    with database.transaction() as session:
        move_recent(session, now)


@click.command("rebuild-desks")
@click.argument("channel", default="")
@with_appcontext
def rebuild_desks(channel: str) -> None:
    """Let every desk, or that of CHANNEL (its slug), learn anew from the promises of the last weeks."""
    current = services.current()
    with plainly(), current.database.reading() as session:
        known = [channel_by_slug(session, channel)] if channel else channels(session)
    for each in known:
        rebuild(current.database, each.id, current.clock.now())
        click.echo(f"{each.slug}: rebuilt")
