"""What stands in production, each program by itself on loopback: the portal's own, and the real nginx and Caddy in front."""

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal import migrating, wiring
from portal.config import Config
from portal.demo.company import CHANNELS, TIMEZONE
from portal.demo.deeds import play
from portal.demo.founding import found
from portal.demo.happenings import happenings
from portal.demo.opening import calendar_of
from portal.demo.telling import told
from portal.services import Services
from portal.serving.start import web_command
from tests.running import ROOT, free_port, wait_until

DEPLOY = ROOT / "deploy"
NGINX, CADDY = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("caddy")
DOOR, PORTAL, SHELF = "127.0.0.1:8001", "127.0.0.1:8000", "/var/cache/bereikbaar-public"


def settings_in(folder: Path, **others: str) -> dict[str, str]:
    """The settings of a portal in production, all of it in this folder."""
    return {
        "PORTAL_INSTANCE": str(folder / "instance"),
        "PORTAL_PUBLIC_FOLDER": str(folder / "public"),
        "PORTAL_PUBLIC_URL": "https://status.example.nl",
        "PORTAL_TRUSTED_PROXIES": "1",
        "PORTAL_DEMO": "0",
        **others,
    }


def services_of(settings: dict[str, str]) -> Services:
    return wiring.build(Config.from_env(settings))


def a_company(settings: dict[str, str]) -> Services:
    """The demo company as customers see it: channels, hours, services and what is wrong; nobody has written to it yet."""
    services = services_of(settings)
    migrating.upgrade(services.database)
    now, zone = services.clock.now(), ZoneInfo(TIMEZONE)
    first = now.astimezone(zone).date() - timedelta(weeks=8)
    calendars = {channel.slug: calendar_of(channel, first, now.date()) for channel in CHANNELS}
    start = datetime.combine(first, datetime.min.time(), zone).astimezone(UTC) - timedelta(days=1)
    with services.database.transaction() as session:
        play(session, told(happenings(now, zone), found(session, calendars, services.phrases, start), now), lambda _d, _a: None)
    return services


class Program:
    """A program of a test's own. `answers` tells whether it is up."""

    def __init__(self, command: list[str], folder: Path, answers: Callable[[], bool], **environ: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self._command, self._environ, self._answers = command, {**inherited, **environ}, answers
        self._output = folder / f"{Path(command[0]).name}-{free_port()}.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def pid(self) -> int:
        assert self._process, "it does not run"
        return self._process.pid

    def start(self, **environ: str) -> None:
        """Returns when it is up. `environ` is for this time alone."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environ | environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, why=lambda: self.said)

    def kill(self) -> None:
        """As the power does it; nothing of it is left."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None


def status_of(address: str) -> int | None:
    try:
        return httpx.get(address, verify=trusting(), timeout=5).status_code
    except httpx.TransportError:
        return None


def trusting() -> ssl.SSLContext:
    """Takes the certificate that the test made for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def portal_web(folder: Path, port: int, **settings: str) -> Program:
    """The web process of the portal, as `flask portal serve` starts it."""
    command = web_command(replace(Config.from_env(settings), host="127.0.0.1", port=port))
    return Program(command, folder, lambda: status_of(f"http://127.0.0.1:{port}/healthz") == httpx.codes.OK, **settings)


class Proxy:
    """One of the repository's two configurations, with other ports, paths and certificates; all else is as in production."""

    def __init__(self, name: str, folder: Path, public: Path, portal: int, door: int) -> None:
        self.name, self.port = name, free_port()
        self.codings = ("", "gzip") if name == "nginx" else ("", "gzip", "br")
        folder.mkdir()
        certificate(folder)
        write = _nginx if name == "nginx" else _caddy
        command = write(folder, self.port, {PORTAL: f"127.0.0.1:{portal}", DOOR: f"127.0.0.1:{door}", SHELF: str(public)})
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.program = Program(command, folder, lambda: status_of(self.address + "/checked.json") is not None, **home)
        self.folder = folder

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def written_down(self) -> str:
        """All that it wrote into logs."""
        return self.program.said + "".join(path.read_text() for path in self.folder.glob("*.log"))


def _replaced(name: str, folder: Path, changes: dict[str, str]) -> str:
    text = (DEPLOY / name).read_text()
    for before, after in changes.items():
        assert before in text, f"{before} is not in {name}"
        text = text.replace(before, after)
    return text


def _nginx(folder: Path, port: int, changes: dict[str, str]) -> list[str]:
    assert NGINX, "nginx is not installed. Type: apt-get install nginx"
    live = "/etc/letsencrypt/live/status.example.nl"
    changes |= {live: str(folder), "/var/log/nginx": str(folder)}
    text = _replaced("nginx.conf", folder, changes)
    text = re.sub(r"listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    (folder / "site.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    kept = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; worker_processes 2; events {{}}\n"
        f"http {{ default_type application/octet-stream; gzip on; sendfile on; {kept} include {folder}/site.conf; }}\n"
    )
    return [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _caddy(folder: Path, port: int, changes: dict[str, str]) -> list[str]:
    assert CADDY, "Caddy is not installed. Type: apt-get install caddy"
    own = f"admin off\n\tauto_https disable_redirects\n\tdefault_sni 127.0.0.1\n\thttp_port {free_port()}\n"
    site = f"https://127.0.0.1:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/fullchain.pem {folder}/privkey.pem\n"
    changes |= {"status.example.nl {\n": site, "\n{\n\t#": f"\n{{\n\t{own}\t#"}
    (folder / "Caddyfile").write_text(_replaced("Caddyfile", folder, changes))
    return [CADDY, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def certificate(folder: Path) -> None:
    """A certificate for this machine that nobody vouches for: fullchain.pem and privkey.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    signed = builder.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
