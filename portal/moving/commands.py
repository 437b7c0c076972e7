from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import make_url

from portal import services
from portal.moving.course import move as move_all
from portal.terminal import plainly


def _postgresql(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value.startswith("postgresql://"):
        raise click.BadParameter("postgresql://USER@HOST/NAME is needed")
    return value


def shown(url: str) -> str:
    """The address without its password, wherever in it that stands."""
    return make_url(url).difference_update_query(["password"]).render_as_string()


@click.command()
@click.option("--to", "url", required=True, callback=_postgresql, metavar="URL", help="postgresql://USER@HOST/NAME, empty.")
@with_appcontext
def move(url: str) -> None:
    """Copy this installation from SQLite to an empty PostgreSQL, with the portal stopped.

    Every row is read back and compared. Interrupted, it goes on where it was when the same is typed again. The SQLite file
    stays as it is. A password may stand in the environment as PGPASSWORD, where nobody else on the machine reads it.
    """
    current = services.current()
    current.database.close()
    tasks: dict[str, Any] = {}
    with plainly(), Progress(*_COLUMNS, console=Console(stderr=True)) as progress:

        def tell(table: str, done: int, total: int) -> None:
            if total and table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            if total:
                progress.update(tasks[table], completed=done)

        moved = move_all(current.config, url.replace("postgresql://", "postgresql+psycopg://", 1), tell)
    click.echo(f"Moved {moved.rows} rows in {moved.tables} tables; each was read back and is what it was.")
    click.echo(f"Now set PORTAL_DATABASE_URL={shown(url)} and start the portal.")
    click.echo("The secret key stays: sealed secrets open with no other. Keep the SQLite file until all is well.")


_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
