"""What goes on beside the visitors of a busy day; started by benchmarks/serving.py, each as a program of its own.

    python -m benchmarks.disturbance messages PORT SLUG SECRET A_SECOND    signed messages, so many a second
    python -m benchmarks.disturbance updates A_SECOND                      updates to an incident of the portal in PORTAL_INSTANCE

Each prints "begun" when it begins, and at its end, on SIGTERM, how many a second it has sent and how many were refused.
"""

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Event, Thread

from portal import wiring
from portal.clock import SystemClock
from portal.config import Config
from portal.connectors.standard_webhooks import secret_key, signature
from portal.incidents.rules import State
from portal.incidents.store import add_update, publish_incident

SENDERS = 8  # connections over which messages come, so that one slow answer does not hold up the rest


def main() -> None:
    what, *facts = sys.argv[1:]
    stop, results = Event(), list[bool]()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if what == "messages":
        port, slug, secret, a_second = facts
        senders = [(messages(port, slug, secret, sender), float(a_second) / SENDERS) for sender in range(SENDERS)]
    else:
        senders = [(updates(), float(facts[0]))]
    begun = time.monotonic()
    threads = [Thread(target=evenly, args=(a_second, act, stop, results)) for act, a_second in senders]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    print(f"{len(results) / took:.1f} {what} a second, {results.count(False)} refused", flush=True)


def messages(port: str, slug: str, secret: str, sender: int) -> Callable[[int], bool]:
    """What sends a new question to a channel; it says whether it was taken."""
    clock, key = SystemClock(), secret_key(secret)
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    run = f"{os.getpid()}-{sender}-{time.monotonic_ns()}"

    def send(number: int) -> bool:
        moment = clock.now()
        name, stamp = f"{run}-{number}", str(int(moment.timestamp()))
        facts = {"message_id": name, "thread_ref": name, "author_id": name, "author_handle": f"@{name}", "visibility": "public"}
        data = {**facts, "text": f"Waar blijft lijn {number % 400}?", "language": "nl"}
        body = json.dumps({"type": "message.created", "timestamp": moment.isoformat(), "data": data}).encode()
        signed = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature(key, name, stamp, body)}
        connection.request("POST", f"/hooks/{slug}", body, {"Content-Type": "application/json", **signed})
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200

    return send


def updates() -> Callable[[int], bool]:
    """What tells something new about one incident."""
    services = wiring.build(Config.from_env(os.environ))
    now = services.clock.now()
    with services.database.transaction() as session:
        incident_id = publish_incident(session, title_nl="Storing", body_nl="Het begin.", now=now, actor_id=None).id

    def tell(number: int) -> bool:
        with services.database.transaction() as session:
            now = services.clock.now()
            add_update(session, incident_id, state=State.INVESTIGATING, body_nl=f"Nummer {number}.", now=now, actor_id=None)
        return True

    return tell


def evenly(a_second: float, act: Callable[[int], bool], stop: Event, results: list[bool]) -> None:
    """Acts so many times a second until it is to stop. Who falls behind does not catch up by a burst."""
    due, number = time.monotonic(), 0
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + 1 / a_second, time.monotonic())
        number += 1
        results.append(act(number))


if __name__ == "__main__":
    main()
