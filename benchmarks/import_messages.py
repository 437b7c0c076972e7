"""What bringing history in costs: `python benchmarks/import_messages.py [--small 100000] [--large 1000000]`.

Generates files of so many lines, brings each into an empty portal with `flask portal import`, and prints messages per second,
peak memory of that process, and the ratio of both peaks: memory does not grow with the file.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generated import lines

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    lines: int
    seconds: float
    processor_seconds: float
    peak_mb: float
    told: str


def measured(number: int, folder: Path) -> Run:
    """One import of so many generated lines into an empty portal in this folder."""
    folder.mkdir()
    file = folder / "history.jsonl"
    with file.open("w", encoding="utf-8") as output:
        output.writelines(f"{line}\n" for line in lines(number))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "portal"]
    environ = {**os.environ, "PORTAL_INSTANCE": str(folder), "PORTAL_DEMO": "0"}
    subprocess.run([*command, "migrate"], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "import", "--create-channels", str(file)], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("the import failed")
    seconds = time.perf_counter() - started
    return Run(number, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, told.splitlines()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [measured(number, Path(folder) / str(number)) for number in (chosen.small, chosen.large)]
    for run in runs:
        print(run.told)
        print(
            f"  {run.lines / run.seconds:8.0f} a second ({run.lines / run.processor_seconds:.0f} a second of processor time),"
            f" peak memory {run.peak_mb:.0f} MB"
        )
    print(f"  memory, {chosen.large} to {chosen.small} lines: ratio {runs[1].peak_mb / runs[0].peak_mb:.3f}")


if __name__ == "__main__":
    main()
