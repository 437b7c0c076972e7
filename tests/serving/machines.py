"""Machines that serve one portal from one PostgreSQL, and those who send to it, write in it and read it meanwhile."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import httpx
import psutil
from sqlalchemy.exc import DBAPIError
from standardwebhooks.webhooks import Webhook

from portal.clock import SystemClock
from portal.connectors.store import add_secret
from portal.db import Database
from portal.incidents.rules import State
from portal.incidents.store import add_update, publish_incident
from portal.organisation.store import save_organisation
from portal.vault import Vault
from tests.cases.builders import a_channel
from tests.connectors.builders import a_body
from tests.running import Run, free_port, wait_until

SECRET_KEY = "the same on all machines, and known to tests alone"
_UPDATE_EVERY_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.1
_SEND_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Look:
    """What a reader found who asked at an instant and had it at another; `newest` is the number of the newest update on the page.

    Both are None when nobody answered.
    """

    at: float
    until: float
    status: int | None = None
    newest: int | None = None


class Company:
    """What stands in the database before the machines start; later, the editor's updates and when each was committed."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        now = SystemClock().now()
        with self.database.transaction() as session:
            save_organisation(session, name="Veer Noord", now=now, actor_id=None)
            channel = a_channel(session)
            self.secret = add_secret(session, Vault(SECRET_KEY), channel.id, now=now, actor_id=None)
            incident = publish_incident(session, title_nl="De pont ligt stil", body_nl="Bericht 0.", now=now, actor_id=None)
            self.incident_id, self.page = incident.id, f"/incidents/{incident.slug}"
        self.committed: list[float] = [time.monotonic()]

    def update(self) -> None:
        """One more update; tried again when the database does not take it."""
        text = f"Bericht {len(self.committed)}."
        try:
            with self.database.transaction() as session:
                now = SystemClock().now()
                add_update(session, self.incident_id, state=State.IDENTIFIED, body_nl=text, now=now, actor_id=None)
        except DBAPIError:
            return
        self.committed.append(time.monotonic())

    @property
    def newest(self) -> int:
        return len(self.committed) - 1


class Machine:
    """One of them. Whoever keeps services running on it, such as systemd, starts the portal again when that has ended."""

    def __init__(self, folder: Path, company: Company, *options: str, **settings: str) -> None:
        self.folder, self._company, self._options = folder, company, options
        self.port, self.hook_port = free_port(), free_port()
        self._settings = settings | {"PORTAL_PORT": str(self.port), "PORTAL_HOOK_PORT": str(self.hook_port)}
        self._settings |= {"PORTAL_SECRET_KEY": SECRET_KEY}
        self.run = self._start()
        self.looks: list[Look] = []
        self.disturbed: list[tuple[float, float]] = []  # while it or its publisher, or the database, was away and came back
        self.without_web: list[tuple[float, float]] = []

    def _start(self) -> Run:
        return Run(self.folder, *self._options, **self._settings)

    def keep_running(self) -> None:
        if self.run.process.poll() is not None:
            self.run = self._start()

    def look(self) -> Look:
        """Reads the status page and the incident's."""
        at = time.monotonic()
        try:
            with httpx.Client(base_url=self.run.address, timeout=30) as reader:
                answers = [reader.get(path) for path in ("/", self._company.page)]
        except httpx.TransportError:
            return Look(at, time.monotonic())
        status = next((each.status_code for each in answers if each.status_code != httpx.codes.OK), httpx.codes.OK)
        found = [int(number) for number in re.findall(r"Bericht (\d+)\.", answers[-1].text)]
        newest = max(found, default=None)
        return Look(at, time.monotonic(), status, newest)

    @property
    def shown(self) -> int:
        """The number of the newest update that the last look showed."""
        return (self.looks[-1].newest or 0) if self.looks else 0

    @contextmanager
    def disturbance(self, *, of_web: bool) -> Iterator[None]:
        """Inside the block something of it is taken away; it lasts until an update that came afterwards is seen here."""
        began = time.monotonic()
        yield
        newest, since = self._company.newest + 1, time.monotonic()
        wait_until(
            lambda: any(look.at > since and (look.newest or 0) >= newest for look in self.looks[-20:]),
            120,
            why=lambda: self.run.said[-5_000:],
        )
        self.disturbed.append((began, time.monotonic()))
        if of_web:
            self.without_web.append(self.disturbed[-1])

    def kill(self, program: str) -> None:
        """Ends one of its programs as the kernel does it when memory is short."""
        for child in self.run.family():
            try:
                if program in " ".join(child.cmdline()):
                    child.kill()
                    return
            except psutil.NoSuchProcess:
                continue
        raise AssertionError(f"no {program} on {self.folder.name}")

    def delays(self) -> dict[int, tuple[float, int]]:
        """By update: after how many seconds and looks it was seen here, of those committed while nothing was disturbed."""
        found: dict[int, tuple[float, int]] = {}
        for number, at in enumerate(self._company.committed):
            after = [look for look in self.looks if look.at > at]
            looks = next((place for place, look in enumerate(after, 1) if (look.newest or 0) >= number), len(after))
            seen_at = after[looks - 1].at if after else at
            if at >= self.looks[0].at and not any(began < seen_at and at < ended for began, ended in self.disturbed):
                found[number] = (seen_at - at, looks)
        return found


@dataclass
class Life:
    """Threads that send, write and read until it ends."""

    machines: list[Machine]
    company: Company
    acknowledged: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    _ending: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        jobs = [(self._send, str(number)) for number in range(3)]
        threads = [Thread(target=self._until_the_end, args=job) for job in jobs]
        threads += [Thread(target=self._until_the_end, args=(self._read, machine)) for machine in self.machines]
        threads += [Thread(target=self._until_the_end, args=(self._edit, None))]
        threads += [Thread(target=self._until_the_end, args=(self._keep_running, None))]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]

    def _until_the_end(self, job: object, about: object) -> None:
        try:
            job(about)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - it is told when all has ended
            self.failures.append(error)

    def _send(self, sender: str) -> None:
        """One message after the other, each as often as is needed, to whichever machine is next."""
        number = tries = 0
        body = self._message(f"{sender}-{number}")
        while not self._ending.wait(_SEND_EVERY_SECONDS):
            name = f"{sender}-{number}"
            machine = self.machines[tries % len(self.machines)]
            tries += 1
            if self._deliver(machine, name, body):
                with self._lock:
                    self.acknowledged.append(name)
                number += 1
                body = self._message(f"{sender}-{number}")

    def _message(self, name: str) -> str:
        return json.dumps(a_body(at=SystemClock().now().isoformat(), message_id=f"m-{name}", thread_ref=f"t-{name}"))

    def _deliver(self, machine: Machine, name: str, body: str) -> bool:
        now = SystemClock().now()
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.company.secret).sign(name, now, body),
        }
        try:
            address = f"http://127.0.0.1:{machine.hook_port}/hooks/x"
            return httpx.post(address, content=body, headers=headers, timeout=30).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _read(self, machine: Machine) -> None:
        while not self._ending.wait(_LOOK_EVERY_SECONDS):
            machine.looks.append(machine.look())

    def _edit(self, _about: object) -> None:
        while not self._ending.wait(_UPDATE_EVERY_SECONDS):
            self.company.update()

    def _keep_running(self, _about: object) -> None:
        while not self._ending.wait(_LOOK_EVERY_SECONDS):
            for machine in self.machines:
                machine.keep_running()
