"""`flask portal ...`: each command reads its arguments, calls a store and says what happened."""

import sys

import click

from portal import migrating, services
from portal.errors import Unavailable
from portal.jobs import worker as jobs_worker
from portal.organisation.commands import print_setup_code
from portal.serving import start
from portal.staff.commands import add_member


@click.group()
def portal() -> None:
    """Commands of this installation."""


portal.add_command(print_setup_code)
portal.add_command(add_member)


@portal.command()
def migrate() -> None:
    """Bring the database to this release's shape."""
    revision = migrating.upgrade(services.current().database)
    click.echo(f"The database is at revision {revision}.")


@portal.command()
def worker() -> None:
    """Do the work in the background, until stopped."""
    jobs_worker.run(services.current())


@portal.command()
def serve() -> None:
    """Run the web server and the worker, until stopped."""
    try:
        sys.exit(start.serve(services.current(), click.echo))
    except Unavailable as error:
        raise click.ClickException(error.message) from error
