"""How soon a web process answers: `.venv/bin/python -m benchmarks.cold_start [--rounds 5]`.

From the start of the web process, as the portal starts it, to the first whole status page of the company that is there:
with a set on the shelf, from which it is served, and with an empty shelf, for which the application has to be loaded and to
make it from the database. Files are in the cache of the machine. Prints medians and their ratio.
"""

import argparse
import os
import socket
import statistics
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from portal import migrating, wiring
from portal.app import create_app
from portal.config import Config
from portal.incidents.store import publish_incident
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.publication.publisher import Publisher
from portal.serving.start import web_command
from tests.running import ROOT, free_port

MOST_SECONDS = 1.5
COMPANY = "Veer Zuid"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="starts of each kind, of which the median counts (5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cold-start-") as name:
        settings = {"PORTAL_INSTANCE": name, "PORTAL_DEMO": "0"}
        found(settings)
        empty = str(Path(name, "empty"))
        started(settings), started({**settings, "PORTAL_PUBLIC_FOLDER": empty})  # the first reads files into the cache
        rounds = [(started(settings), started({**settings, "PORTAL_PUBLIC_FOLDER": empty})) for _ in range(options.rounds)]
    full, bare = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    print(
        f"with a set on the shelf  {full:.2f} s to the first status page ({'well' if full <= MOST_SECONDS else 'NOT as asked'})"
    )
    print(f"with an empty shelf      {bare:.2f} s, by the application; ratio {full / bare:.2f}")


def found(settings: dict[str, str]) -> None:
    """A small company in an installation of its own, with everything published."""
    services = wiring.build(Config.from_env(settings))
    migrating.upgrade(services.database)
    now = services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name=COMPANY, now=now, actor_id=None)
        channel = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None)
        began = now - timedelta(minutes=5)
        publish_incident(session, title_nl="Storing", body_nl="Stuk.", channel_ids=[channel.id], now=began, actor_id=None)
    Publisher(create_app(services=services), services).publish_all()
    services.database.close()


def started(settings: dict[str, str]) -> float:
    """Seconds from the start of a web process to its first whole and right status page."""
    port = free_port()
    environ = {"PATH": os.environ["PATH"], **settings, "PORTAL_PORT": str(port)}
    command = web_command(Config.from_env(environ))
    begun = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        while COMPANY.encode() not in (page := _page(port)) or b"Storing" not in page or b"</html>" not in page:
            if server.poll() is not None or time.perf_counter() - begun > 60:
                raise SystemExit("the web process did not answer")
            time.sleep(0.005)
        return time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(30)


def _page(port: int) -> bytes:
    """What is answered for the status page; nothing when nobody answers."""
    page = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: portal.test\r\nConnection: close\r\n\r\n")
            while part := connection.recv(65_536):
                page += part
    except OSError:
        return b""
    return page if page.startswith(b"HTTP/1.1 200") else b""


if __name__ == "__main__":
    main()
