"""What a published page costs beside nginx serving the same files: `.venv/bin/python -m benchmarks.serving [--disturbed]`.

Compared are, each alone on core 0 with the load on core 1 (wrk, 50 kept-alive connections):

- the web process of `flask portal serve` (granian, 8 threads, all headers of the portal's policy), and
- nginx with one worker, the settings of Debian's nginx.conf (sendfile, tcp_nopush, an access log, no cache of open files) and
  `gzip_static on` instead of compressing on the fly, from the folder of files that the publisher writes.

`--tuned` adds nginx with `open_file_cache` and without access log, and nginx that also sends the portal's headers.

Rounds are interleaved; medians of their ratios are printed. "per processor second" is what the server itself took, which other
work on the machine does not change; requests a second and p99 are what visitors see, which it does.

`--disturbed` compares the status page with itself while 200 signed messages a second come in and an incident is updated every
second, each update published at once. The web process stays alone on core 0, load and senders on core 1. `--beside` says where
all else runs (publisher, the door for webhooks where it is a process of its own, worker, updates, and with SQLite in each of them
the database): by default on core 1 too, so that the load has less of it. How much of a core all of that took is printed.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.loading import LOAD_CORE, Load, Server, check_tools, environ, load, nginx, pin, portal, settle
from portal.web import policy
from tests.running import COMMAND, ROOT, Run

PATHS = ("/", "/feed.atom", "/feed.rss", "/api/v2/summary.json")
LEAST_RATIO, MOST_P99, LEAST_DISTURBED = 0.65, 3.0, 0.8
MESSAGES_A_SECOND, UPDATES_A_SECOND = 200, 1
CHANNEL = "x"
WEB = {"portal.serving.front:front"}


@dataclass(frozen=True)
class Way:
    """A way to ask: with which headers, and what the answer is to be."""

    name: str
    headers: dict[str, str]
    status: int = 200


WAYS = (
    Way("plain", {}),
    Way("gzip", {"Accept-Encoding": "gzip"}),
    Way("304", {"Accept-Encoding": "gzip"}, 304),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run (3)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (5)")
    parser.add_argument("--connections", type=int, default=50, help="connections that are kept alive (50)")
    parser.add_argument("--tuned", action="store_true", help="also nginx tuned, and nginx with the portal's headers")
    parser.add_argument("--disturbed", action="store_true", help="the status page while messages and updates come in")
    parser.add_argument("--beside", default="1", help="cores for all but web process and load, with --disturbed (1)")
    options = parser.parse_args()
    check_tools()
    with tempfile.TemporaryDirectory(prefix="serving-") as name, portal(Path(name)) as run:
        folder = Path(name)
        folder.chmod(0o755)
        web = Server("portal", run.port, [child for child in run.family() if WEB & {*child.cmdline()}])
        settle(5)
        if options.disturbed:
            disturbed(run, web, folder, options)
        else:
            beside_nginx(web, folder, options)


def beside_nginx(web: Server, folder: Path, options: argparse.Namespace) -> None:
    public = folder / "public"
    with contextlib.ExitStack() as stack:
        servers = [web, stack.enter_context(nginx("nginx", folder, public))]
        if options.tuned:
            servers.append(stack.enter_context(nginx("nginx tuned", folder, public, is_tuned=True)))
            headers = policy.headers(is_secure=False)
            servers.append(stack.enter_context(nginx("nginx with our headers", folder, public, headers=headers)))
        for path in PATHS:
            if not (public / "current" / (path.removeprefix("/") or "index.html")).exists():
                print(f"{path:22} skipped: it is not published")
                continue
            for way in WAYS:
                compare(servers, path, way, options)


def compare(servers: Sequence[Server], path: str, way: Way, options: argparse.Namespace) -> None:
    """Prints how the first server does against each of the others."""
    rounds = [[loaded(server, path, way, options) for server in servers] for _ in range(options.rounds)]
    for place, other in enumerate(servers[1:], start=1):
        ours, its = [each[0] for each in rounds], [each[place] for each in rounds]
        a_second = middle(one.a_second / two.a_second for one, two in zip(ours, its, strict=True))
        own = middle(one.a_processor_second / two.a_processor_second for one, two in zip(ours, its, strict=True))
        p99 = middle(one.p99_ms / two.p99_ms for one, two in zip(ours, its, strict=True))
        print(
            f"{path:22}{way.name:6}{middle(one.a_second for one in ours):7.0f} a second | {other.name}"
            f" {middle(two.a_second for two in its):.0f} | ratio {a_second:.2f}{_verdict(a_second >= LEAST_RATIO, place)}"
            f" | per processor second {own:.2f} | p99 {middle(one.p99_ms for one in ours):.2f} ms, ratio {p99:.2f}"
            f"{_verdict(p99 <= MOST_P99, place)}",
            flush=True,
        )


def _verdict(is_well: bool, place: int) -> str:  # noqa: FBT001 - what was found
    """Only nginx as Debian has it is what is asked for."""
    return "" if place > 1 else " (well)" if is_well else " (NOT as asked)"


def disturbed(run: Run, web: Server, folder: Path, options: argparse.Namespace) -> None:
    family = run.family()
    door = any("door" in " ".join(child.cmdline()) for child in family)
    cores = {int(core) for core in options.beside.split(",")}
    for process in psutil.Process().children(recursive=True):
        if not WEB & {*process.cmdline()}:
            pin(process, cores)
    port = int(psutil.Process(run.process.pid).environ()["PORTAL_HOOK_PORT"]) if door else run.port
    print(f"Messages go to {'the door, a process of its own' if door else 'the web process itself'};", end=" ")
    print(f"all but the web process (core 0) and the load (core 1) runs on {options.beside}.")
    way = WAYS[1]
    pairs: list[tuple[Load, Load]] = []
    for _ in range(options.rounds):
        quiet = loaded(web, "/", way, options)
        with disturbance(folder, port, cores):
            settle(2)
            before = others_seconds()
            loud = loaded(web, "/", way, options, is_steady=False)
            print(f"  all else took {(others_seconds() - before) / loud.seconds:.2f} of a core;", end="")
            pairs.append((quiet, loud))
    ratio = middle(loud.a_second / quiet.a_second for quiet, loud in pairs)
    own = middle(loud.a_processor_second / quiet.a_processor_second for quiet, loud in pairs)
    quiet_ms, loud_ms = middle(quiet.p99_ms for quiet, _ in pairs), middle(loud.p99_ms for _, loud in pairs)
    verdict = "well" if ratio >= LEAST_DISTURBED else "NOT as asked"
    print(
        f"/ gzip {middle(quiet.a_second for quiet, _ in pairs):.0f} a second, disturbed"
        f" {middle(loud.a_second for _, loud in pairs):.0f} | ratio {ratio:.2f} ({verdict}) | per processor second {own:.2f}"
        f" | p99 {quiet_ms:.2f} ms, disturbed {loud_ms:.2f} ms"
    )


def others_seconds() -> float:
    """Processor time so far of all that we have started, but for the web process and wrk."""
    family = psutil.Process().children(recursive=True)
    return sum(sum(each.cpu_times()[:2]) for each in family if not WEB & {*each.cmdline()})


@contextlib.contextmanager
def disturbance(folder: Path, port: int, cores: set[int]) -> Iterator[None]:
    """Messages and updates for as long as it is open; prints how many came through."""
    hook = subprocess.run(
        [*COMMAND[:-1], "hook-secret", CHANNEL], cwd=ROOT, env=environ(folder), check=True, capture_output=True, text=True
    )
    secret = hook.stdout.split()[-1]
    sender = ["messages", str(port), CHANNEL, secret, str(MESSAGES_A_SECOND)]
    both = {tuple(sender): {LOAD_CORE}, ("updates", str(UPDATES_A_SECOND)): cores}
    programs = []
    for what, where in both.items():
        line = ["taskset", "-c", ",".join(map(str, sorted(where))), sys.executable, "-m", "benchmarks.disturbance", *what]
        programs.append(subprocess.Popen(line, cwd=ROOT, env=environ(folder), stdout=subprocess.PIPE, text=True))
    try:
        for program in programs:
            assert program.stdout is not None
            program.stdout.readline()  # it has begun
        yield
    finally:
        for program in programs:
            program.terminate()
        print("  " + "; ".join(program.communicate(timeout=30)[0].strip() for program in programs), flush=True)


def loaded(server: Server, path: str, way: Way, options: argparse.Namespace, *, is_steady: bool = True) -> Load:
    facts = {"status": way.status, "seconds": options.seconds, "connections": options.connections}
    return load(server, path, way.headers, **facts, is_steady=is_steady)


def middle(values: Iterator[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
