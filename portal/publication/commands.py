import signal
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.exc import DatabaseError

from portal import services
from portal.errors import Unavailable
from portal.instance_lock import in_use
from portal.publication import publisher as publishing
from portal.publication.building import Edition
from portal.publication.publisher import Publisher
from portal.terminal import plainly


@click.command("publisher")
def publisher() -> None:
    """Make the public documents and keep them true, until stopped."""
    current, stop = services.current(), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with plainly(), in_use(current.config.instance):
        publishing.run(current_app._get_current_object(), current, stop)  # type: ignore[attr-defined]  # noqa: SLF001 - as Flask documents it


@click.command("publish")
@click.option("--to", "to", required=True, help="A folder, or s3://BUCKET/PREFIX.")
@with_appcontext
def publish(to: str) -> None:
    """Make every public document once, and place them in a folder or a bucket.

    The folder is as that of the publisher, for nginx or Caddy on another machine. The bucket's server and keys are named by
    AWS's own variables: AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. Run it again when it was stopped.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with plainly(), Progress(*columns, console=Console(stderr=True)) as progress:
        edition, said = (_to_bucket if to.startswith("s3://") else _to_folder)(to, progress)
    click.echo(said)
    if edition.failed:
        raise click.ClickException(f"These could not be made and stay as they were: {', '.join(edition.failed)}")


def _to_folder(to: str, progress: Progress) -> tuple[Edition, str]:
    folder = Path(to).absolute()
    try:
        with publishing.alone(folder):
            edition = _made(folder, progress)
    except OSError as error:
        raise Unavailable(f"Cannot publish into {folder}: {error.strerror}. Name a folder that this user may fill.") from error
    return edition, f"{len(edition.documents)} documents are in {folder}, {edition.made} of them made now."


def _to_bucket(to: str, progress: Progress) -> tuple[Edition, str]:
    from portal.publication.bucket import Bucket  # noqa: PLC0415 - it takes a second that no other command should wait

    bucket = Bucket(to)
    bucket.look()
    with TemporaryDirectory() as folder:
        edition = _made(Path(folder), progress)
        task = progress.add_task("sent")
        placed = bucket.place(
            Path(folder),
            edition.documents.values(),
            edition.failed,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    return edition, f"{placed.sent} objects sent, {placed.removed} removed, {placed.kept} were there already: {to}"


def _made(folder: Path, progress: Progress) -> Edition:
    """Everything there is to publish, on a shelf in this folder."""
    made = 0

    def tell(done: int, of: int) -> None:
        nonlocal made
        made = done
        progress.update(task, completed=done, total=max(done, of))

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - as Flask documents it
    task = progress.add_task("made")
    publisher = Publisher(app, services.current(), folder)
    try:
        edition = publisher.publish_all(tell)
    except DatabaseError as error:
        raise Unavailable(f"The database does not answer: {error.orig}. Nothing was published.") from error
    publisher.tidy()
    progress.update(task, total=made)
    return replace(edition, made=made)
