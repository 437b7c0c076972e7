import click
from flask.cli import with_appcontext

from portal import services
from portal.organisation.starting import pending_setup_code


@click.command("setup-code")
@with_appcontext
def print_setup_code() -> None:
    """Print the one-time code of the first visit."""
    current = services.current()
    code = pending_setup_code(current)
    if code is None:
        raise click.ClickException("This portal has been set up already; the code is void.")
    click.echo(f"Open {current.config.public_url}/console/setup and type this code: {code}")
