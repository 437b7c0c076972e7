"""Every setting comes from the environment and is checked once, at start; all faults are reported together."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from portal.errors import Fault, Invalid
from portal.kept import kept_secret

_LAST_PORT = 65535
_SECRET_LENGTH = 32
_SECRET_BYTES = 48
_RESEMBLES = 0.85  # of 1: a letter or two apart
SMTP_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}  # smtp demands STARTTLS of other machines; smtp+plain does not
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Config:
    environment: Environment
    instance: Path
    database_url: str
    secret_key: str
    public_url: str
    host: str
    port: int
    hook_port: int
    public_folder: Path
    queue_url: str
    threads: int
    demo: bool
    hook_max_bytes: int
    hook_tolerance: timedelta
    trusted_proxies: int
    limits_url: str
    smtp_url: str = ""
    mail_from: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether visitors reach the portal over https, so that cookies may demand it."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """The settings of this installation.

        Creates the instance folder and, where no PORTAL_SECRET_KEY is set, a secret key in it (mode 0600).
        Raises Invalid with one fault per wrong setting: its name, its value and what would be right.
        """
        read = _Reader(environ)
        environment = Environment(read.choice("PORTAL_ENV", Environment.DEVELOPMENT, [kind.value for kind in Environment]))
        production = environment is Environment.PRODUCTION
        host = read.text("PORTAL_HOST", "127.0.0.1")
        port = read.number("PORTAL_PORT", 8000, 1, _LAST_PORT)
        instance = Path(read.text("PORTAL_INSTANCE", "instance")).absolute()
        config = cls(
            environment=environment,
            instance=instance,
            database_url=read.database("PORTAL_DATABASE_URL", f"sqlite:///{instance / 'portal.db'}"),
            secret_key=read.secret("PORTAL_SECRET_KEY"),
            public_url=read.address("PORTAL_PUBLIC_URL", f"http://{host}:{port}", production=production),
            host=host,
            port=port,
            hook_port=read.number("PORTAL_HOOK_PORT", port % _LAST_PORT + 1, 1, _LAST_PORT),
            public_folder=Path(read.text("PORTAL_PUBLIC_FOLDER", str(instance / "public"))).absolute(),
            queue_url=read.queue("PORTAL_QUEUE_URL", f"sqlite:///{instance / 'queue.db'}"),
            threads=read.number("PORTAL_THREADS", 8, 1, 256),
            demo=read.switch("PORTAL_DEMO", default=not production),
            hook_max_bytes=read.number("PORTAL_HOOK_MAX_BYTES", 1_000_000, 1_000, 100_000_000),
            hook_tolerance=timedelta(seconds=read.number("PORTAL_HOOK_TOLERANCE_SECONDS", 300, 1, 86_400)),
            trusted_proxies=read.number("PORTAL_TRUSTED_PROXIES", 0, 0, 10),
            limits_url=read.limits("PORTAL_LIMITS_URL", "memory://"),
            smtp_url=read.smtp("PORTAL_SMTP_URL"),
            mail_from=read.mailbox("PORTAL_MAIL_FROM"),
        )
        if config.smtp_url and not config.mail_from:
            read.fault("PORTAL_MAIL_FROM", "", "the address that mail comes from, such as klant@example.nl")
        if config.hook_port == port:
            read.fault("PORTAL_HOOK_PORT", config.hook_port, "another port than PORTAL_PORT")
        if production and config.demo:
            read.fault(
                "PORTAL_DEMO",
                environ.get("PORTAL_DEMO"),
                "0 in production: demo data and passwords are public",
            )
        read.finish()
        if config.secret_key:
            return config
        return replace(config, secret_key=kept_secret(instance / "secret_key", lambda: secrets.token_urlsafe(_SECRET_BYTES)))


class _Reader:
    """Reads settings and collects faults instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._faults: list[Fault] = []
        self._known: list[str] = []

    def fault(self, name: str, value: object, expected: str) -> None:
        self._faults.append(Fault(name, value, expected))

    def finish(self) -> None:
        """Raises Invalid when there were faults. A misspelt name is one too: it would set nothing, and nobody would see."""
        for name in sorted(self._environ):
            if name.startswith("PORTAL_") and name not in self._known:
                for meant in get_close_matches(name, self._known, n=1, cutoff=_RESEMBLES):
                    self.fault(name, self._environ[name], f"the name {meant}; this one is not a setting")
        if self._faults:
            raise Invalid.many(self._faults)

    def text(self, name: str, default: str) -> str:
        self._known.append(name)
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if re.fullmatch(r"\d{1,12}", value) and least <= int(value) <= most:
            return int(value)
        self.fault(name, value, f"a whole number from {least} to {most}")
        return default

    def switch(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value not in _BOOLEANS:
            self.fault(name, value, "1 or 0")
        return _BOOLEANS.get(value, default)

    def choice(self, name: str, default: str, choices: list[str]) -> str:
        value = self.text(name, default)
        if value in choices:
            return value
        self.fault(name, value, " or ".join(choices))
        return default

    def secret(self, name: str) -> str:
        value = self.text(name, "")
        if value and len(value) < _SECRET_LENGTH:
            self.fault(name, f"{len(value)} characters", f"at least {_SECRET_LENGTH} random characters, or nothing")
        return value

    def database(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if re.match(r"(sqlite:///|postgresql://)", value):
            return value.replace("postgresql://", "postgresql+psycopg://", 1)
        self.fault(name, _without_password(value), "sqlite:///PATH or postgresql://USER@HOST/NAME")
        return default

    def queue(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not re.match(r"(sqlite:///|postgresql://|redis://|rediss://)", value):
            self.fault(name, _without_password(value), "sqlite:///PATH, postgresql://USER@HOST/NAME or redis://HOST:PORT")
        return value

    def limits(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not re.match(r"(memory://|redis://|rediss://)", value):
            self.fault(name, _without_password(value), "memory:// or redis://HOST:PORT")
        return value

    def smtp(self, name: str) -> str:
        value = self.text(name, "")
        if not value:
            return ""
        expected = "smtp://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST, or smtp+plain://HOST without encryption"
        try:
            parts = urlsplit(value)
            is_right = parts.scheme in SMTP_PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            is_right = False
        if not is_right or parts.path.strip("/") or parts.query or parts.fragment or bool(parts.username) != bool(parts.password):
            self.fault(name, _without_password(value), expected)
        return value

    def mailbox(self, name: str) -> str:
        value = self.text(name, "")
        if value and not re.fullmatch(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", value):
            self.fault(name, value, "one plain address, such as klant@example.nl")
        return value

    def address(self, name: str, default: str, *, production: bool) -> str:
        value = self.text(name, "" if production else default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            self.fault(
                name,
                value,
                "the address that visitors type, such as https://status.example.nl, without a path",
            )
        return value


def _without_password(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//...@", url)
