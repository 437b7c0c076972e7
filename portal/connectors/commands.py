from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import OperationalError

from portal import services
from portal.connectors import store
from portal.connectors.importing import Import, Summary
from portal.connectors.rehearsal import Rehearsal
from portal.organisation.store import channel_by_slug
from portal.terminal import plainly


@click.command("hook-secret")
@click.argument("channel")
@with_appcontext
def make_hook_secret(channel: str) -> None:
    """Make a secret with which messages to /hooks/CHANNEL are signed, and print it once."""
    current = services.current()
    with plainly(), current.database.transaction() as session:
        channel_id = channel_by_slug(session, channel).id
        secret = store.add_secret(session, current.vault, channel_id, now=current.clock.now(), actor_id=None)
    click.echo(secret)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and judge everything, take nothing.")
@click.option("--create-channels", is_flag=True, help="Make the channels that the file names and the portal lacks.")
@with_appcontext
def import_messages(file: Path, *, dry_run: bool, create_channels: bool) -> None:
    """Bring in history: FILE holds one message per line, as JSON.

    Run it again after a crash: what is there already stays as it is. Lines that cannot be taken go to FILE.rejected.
    """
    current = services.current()
    kind = Rehearsal if dry_run else Import
    run = kind(current.database, file, now=current.clock.now(), create_channels=create_channels)
    with Progress(*_COLUMNS, console=Console(stderr=True)) as progress:
        task = progress.add_task(file.name, total=max(file.stat().st_size, 1), taken=0)
        try:
            summary = run.run(lambda place: progress.update(task, completed=place, taken=run.summary.taken))
        except OperationalError as error:
            raise click.ClickException(f"The database stopped answering: {error.orig}. Run it again to go on.") from error
    click.echo(told(summary, file, dry_run=dry_run))


_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    TaskProgressColumn(),
    TextColumn("{task.fields[taken]} taken"),
    TimeRemainingColumn(),
)


def told(summary: Summary, file: Path, *, dry_run: bool) -> str:
    """The summary in lines; the four counts add up to what was read."""
    taken = "would be taken" if dry_run else "taken"
    lines = [
        (
            f"{summary.read} lines read = {summary.taken} {taken} + {summary.already_there} already there"
            f" + {summary.ignored} ignored + {summary.rejected} rejected"
        ),
    ]
    if summary.channels_made:
        lines.append(f"Channels {'to be made' if dry_run else 'made'}: {summary.channels_made}")
    if not dry_run:
        lines += [f"  {outcome.value.replace('_', ' ')}: {n}" for outcome, n in sorted(summary.outcomes.items())]
    if summary.rejected:
        lines.append(f"See {file}.rejected for the lines that could not be taken, with the reasons.")
    return "\n".join(lines)
