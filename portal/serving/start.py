"""What happens between the command and the first page: ports, database, first contents, then the programs."""

import errno
import http.client
import socket
import sys
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from portal import migrating
from portal.config import Config
from portal.connectors.door_app import THREADS
from portal.db import is_passing
from portal.errors import Unavailable
from portal.organisation.starting import refuse_demo_in_production
from portal.publication.places import threads_for
from portal.publication.shelf import current_object
from portal.services import Services
from portal.serving.supervisor import Child, Supervisor
from portal.serving.welcome import fill_first_time, welcome

_LAST_PORT = 65535

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to listen everywhere is asked for; we ask at home


def serve(services: Services, say: Callable[[str], None], *, with_worker: bool = True) -> int:
    """Runs the portal until it is stopped; returns the exit status. Raises Unavailable when it cannot start.

    Without its worker when workers run elsewhere; several machines may start at once, and one of them migrates the database.
    While the database does not answer, what was published before is served and messages are taken; the rest begins when it does.
    """
    config = services.config
    refuse_taken_port(config.host, config.port, "PORTAL_PORT")
    refuse_taken_port(config.host, config.hook_port, "PORTAL_HOOK_PORT")
    later = [_command("publisher"), *([_command("worker")] if with_worker else [])]
    if _is_prepared(services, say):
        supervisor = Supervisor(_web(services), [_door(services), *later], say)
    elif current_object(config.public_folder) is None:
        raise Unavailable("The database does not answer, and nothing has been published yet. Start again when it does.")
    else:
        say("The database does not answer. What was published before is served until it does.")
        supervisor = Supervisor(_web(services), [_door(services)], say, later)
    return supervisor.run(
        is_up=lambda: answers(config.host, config.port),
        when_up=lambda: say(welcome(services)),
        has_come=lambda: _is_prepared(services, say),
    )


def _is_prepared(services: Services, say: Callable[[str], None]) -> bool:
    """Makes the database ready for this release; False when it does not answer. Raises Unavailable when it is not for us."""
    try:
        refuse_demo_in_production(services)
        migrating.upgrade(services.database)
        fill_first_time(services, say)
    except DBAPIError as error:
        if not is_passing(error):
            raise
        return False
    finally:
        services.database.close()  # the children open it themselves
    return True


def refuse_taken_port(host: str, port: int, setting: str) -> None:
    """Raises Unavailable when someone else listens there, or when this address is not ours to listen on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < _LAST_PORT else 8000
                advice = f"Stop what listens there, or choose another port: {setting}={other}"
                raise Unavailable(f"Port {port} on {host} is in use. {advice}") from error
            raise Unavailable(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from error


def answers(host: str, port: int) -> bool:
    """Whether the web server answers to /healthz by now."""
    connection = http.client.HTTPConnection(_ANY.get(host, host), port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def web_command(config: Config) -> list[str]:
    """The command that starts the web server."""
    return [*_granian("portal.serving.front:front", config.host, config.port, threads=threads_for(config.threads)), "--factory"]


def _web(services: Services) -> Child:
    return Child("web server", web_command(services.config))


def _door(services: Services) -> Child:
    config = services.config
    target = "portal.serving.door:create_door"
    return Child("webhook door", [*_granian(target, config.host, config.hook_port, threads=THREADS), "--factory"])


def _granian(target: str, host: str, port: int, *, threads: int) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": "1",
        "--blocking-threads": str(threads),
        "--log-level": "error",  # it warns of more threads than cores; ours wait for the database most of the time
        "--workers-kill-timeout": "3",
    }
    command = [sys.executable, "-m", "granian", "--no-ws"]
    return [*command, *(part for pair in options.items() for part in pair), target]


def _command(name: str) -> Child:
    """The program that is also started by hand, as `flask portal NAME`."""
    return Child(name, [sys.executable, "-m", "flask", "--app", "wsgi", "portal", name])
