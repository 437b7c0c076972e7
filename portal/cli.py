"""`flask portal ...`: each command reads its arguments, calls a store and says what happened."""

import sys
from pathlib import Path

import click

from portal import backup, migrating, services
from portal.connectors.commands import import_messages, make_hook_secret
from portal.instance_lock import in_use
from portal.jobs import worker as jobs_worker
from portal.moving.commands import move
from portal.organisation.commands import print_setup_code
from portal.promises.commands import figures, rebuild_desks
from portal.publication.commands import publish, publisher
from portal.serving import start
from portal.staff.commands import add_member
from portal.terminal import plainly


@click.group()
def portal() -> None:
    """Commands of this installation."""


portal.add_command(print_setup_code)
portal.add_command(add_member)
portal.add_command(figures)
portal.add_command(rebuild_desks)
portal.add_command(make_hook_secret)
portal.add_command(import_messages)
portal.add_command(publisher)
portal.add_command(move)
portal.add_command(publish)


@portal.command()
def migrate() -> None:
    """Bring the database to this release's shape."""
    revision = migrating.upgrade(services.current().database)
    click.echo(f"The database is at revision {revision}.")


@portal.command()
def worker() -> None:
    """Do the work in the background, until stopped."""
    current = services.current()
    with plainly(), in_use(current.config.instance):
        jobs_worker.run(current)


@portal.command("backup")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
def back_up(archive: Path) -> None:
    """Write database and secret key to ARCHIVE, while the portal runs."""
    with plainly():
        backup.back_up(services.current().config, archive)
    click.echo(f"Backed up to {archive}. It holds the secret key: keep it where nobody else can read it.")


@portal.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also when there is data already; that is kept beside it.")
def restore(archive: Path, *, replace: bool) -> None:
    """Put what a backup holds in place, with the portal stopped."""
    current = services.current()
    current.database.close()
    with plainly():
        revision = backup.restore(current.config, archive, replace=replace)
    click.echo(f"Restored; the database is at revision {revision}.")


@portal.command()
@click.option("--no-worker", is_flag=True, help="Without the worker, where workers run elsewhere.")
def serve(*, no_worker: bool) -> None:
    """Run the web server, the webhook door, the publisher and the worker, until stopped."""
    current = services.current()
    with plainly(), in_use(current.config.instance):
        sys.exit(start.serve(current, click.echo, with_worker=not no_worker))
