"""Whether announced times come true: `.venv/bin/python -m benchmarks.promises [--seeds 2000-2004] [--accept]`.

Replays streams of requests and announces at each arrival from what was known then, with the portal's own estimator, and with
what others announce: the all-time mean, the mean of 30 days, the median and the 90th percentile of the last 200, adaptive
conformal inference, and the method from which ours began (r3). Synthetic desks of eight kinds (2 to 400 messages a day, with
illness, holidays, a staff cut, a calamity of 2,000 messages on one day in place of 20, a surge of six times, round the clock),
a calamity to which nobody comes, desks that answer newest first or work several classes with the same people, new companies,
and real pairs where present.
The portal's promises are rounded as in the product; the others are as published: no floor, no rounding.

Seeds 1000-1039 were used to tune the estimator, and 2000-2019 for the verdict alone. Of several seeds a figure is the mean; the
worst week is the median of the seeds' worst. Weeks with fewer than 30 requests are not judged.
The cost is processor time of the thread, which others on the machine do not lengthen.
A surge desk is also replayed with a staff plan, entered so many hours (--plan-after) after the surge began.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.promises.baselines import BASELINES, MEAN
from benchmarks.promises.companies import ColdStart, cold_start
from benchmarks.promises.desks import KINDS, MORE_KINDS
from benchmarks.promises.runs import FIRST_METHOD, Run, desk_runs, real_runs
from benchmarks.promises.tables import companies_table, kinds_table, methods_table, places_table, real_table, verdict_table
from benchmarks.promises.verdict import Line, verdict

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("PORTAL_SHARED_DATA", ROOT.parent / "shared" / "data"))


def main() -> None:
    options = arguments().parse_args()
    methods = [MEAN] if options.quick else [*BASELINES, FIRST_METHOD]
    runs: list[Run] = []
    companies: list[ColdStart] = []
    for seed in options.seeds:
        for run in desk_runs(seed, options.kinds, methods, options.plan_after):
            _tell(f"seed {run.seed}, {run.name}{', plan' if run.has_plan else ''}")
            runs.append(run)
        if not options.quick:
            _tell(f"seed {seed}, new companies")
            companies.append(cold_start(seed))
    real = [] if options.quick else real_of(options.data)
    lines = verdict(runs, companies, real)
    if options.json:
        print(json.dumps(shown(runs, companies, real, lines), indent=1))
    else:
        tables = (kinds_table(runs), methods_table(runs), places_table(runs), companies_table(companies), real_table(real))
        print("\n\n".join("\n".join(table) for table in map(list, tables) if table))
    if options.accept:
        print("\n".join(["", *verdict_table(lines)]), file=sys.stderr if options.json else sys.stdout)
        sys.exit(0 if all(line.is_met for line in lines) else 1)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=seeds, default="2000-2004", help="one, or the first and the last (2000-2004)")
    parser.add_argument("--kinds", type=kinds, default="all", help="names with commas between, 'eight', or 'all'")
    parser.add_argument("--plan-after", type=float, default=2.0, help="hours from the beginning of a surge to its staff plan (2)")
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder of the real pairs (../shared/data)")
    parser.add_argument("--quick", action="store_true", help="desks alone, and of the others only the all-time mean")
    parser.add_argument("--accept", action="store_true", help="print what was asked and found; exit 1 when something is missed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def kinds(text: str) -> list[str]:
    known = [*KINDS, *MORE_KINDS]
    chosen = {"all": known, "eight": list(KINDS)}.get(text) or text.split(",")
    if unknown := set(chosen) - set(known):
        raise argparse.ArgumentTypeError(f"no kind is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return chosen


def real_of(folder: Path) -> list[Run]:
    """The real streams replayed; a word about their absence where the folder does not hold them."""
    _tell("real pairs")
    found = list(real_runs(folder))
    if not found:
        print(f"No real pairs in {folder}: that line of the verdict is left out.", file=sys.stderr)
    return found


def shown(runs: Sequence[Run], companies: Sequence[ColdStart], real: Sequence[Run], lines: Sequence[Line]) -> dict[str, object]:
    return {
        "desks": [asdict(run) | {"relative_pinball": run.relative} for run in runs],
        "new_companies": [
            {
                method: {f"{first}-{last}": share for (first, last), share in bands.items()}
                for method, bands in each.coverage.items()
            }
            for each in companies
        ],
        "real": [asdict(run) | {"relative_pinball": run.relative} for run in real],
        "verdict": [asdict(line) for line in lines],
    }


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
