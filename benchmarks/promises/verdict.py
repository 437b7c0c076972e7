"""What was asked of the announced times, against what was found."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean, median

from benchmarks.promises.baselines import BASELINES
from benchmarks.promises.companies import FIRST, NEXT, ColdStart
from benchmarks.promises.desks import KINDS
from benchmarks.promises.replay import OURS
from benchmarks.promises.runs import Run

AIM = 90.0
NARROW, WIDE = (88.0, 92.0), (85.0, 95.0)
KINDS_ASKED = 7
SURGE_WITH_PLAN, SURGE_WITHOUT = 88.0, 95.0
PINBALL = 0.22
WORST_WEEK, LOW_WEEKS = 60.0, 10.0
FIRST_TWENTY, NEXT_HUNDREDS = 85.0, 86.0
MOST_MICROSECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was asked. `seeds`: how many of the seeds meet it by themselves, of how many."""

    what: str
    asked: str
    found: str
    is_met: bool
    seeds: tuple[int, int] | None = None


def verdict(runs: Sequence[Run], companies: Sequence[ColdStart], real: Sequence[Run]) -> list[Line]:
    """Each acceptance line for which something was run. Figures are means over seeds, the worst week their median."""
    eight = [run for run in runs if run.name in KINDS and not run.has_plan]
    surges = [run for run in runs if run.name in KINDS and run.scores[OURS].surge is not None]
    lines = [*_coverage(eight), *_surge(surges), *_pinball(eight), *_weeks(eight)]
    return [*lines, *_notices([*runs, *real]), *_companies(companies), *_real(real), *_cost(runs)]


def _coverage(runs: Sequence[Run]) -> Iterator[Line]:
    kinds = by_kind(runs)
    if len(kinds) < len(KINDS):
        return
    means = {kind: fmean(run.scores[OURS].coverage for run in of_kind) for kind, of_kind in kinds.items()}
    inside = [kind for kind, mean in means.items() if _within(mean, NARROW)]
    outside = "".join(f"; {kind} {mean:.1f}" for kind, mean in means.items() if kind not in inside)
    seeds = by_seed(runs)
    good = sum(sum(_within(run.scores[OURS].coverage, NARROW) for run in each) >= KINDS_ASKED for each in seeds)
    yield Line(
        "coverage 88 to 92",
        f"in {KINDS_ASKED} of 8 kinds",
        f"in {len(inside)}{outside}",
        len(inside) >= KINDS_ASKED,
        (good, len(seeds)),
    )
    good = sum(all(_within(run.scores[OURS].coverage, WIDE) for run in each) for each in seeds)
    span = f"{min(means.values()):.1f} to {max(means.values()):.1f}"
    yield Line("coverage 85 to 95", "in all kinds", span, all(_within(mean, WIDE) for mean in means.values()), (good, len(seeds)))


def _surge(runs: Sequence[Run]) -> Iterator[Line]:
    for has_plan, asked in ((True, SURGE_WITH_PLAN), (False, SURGE_WITHOUT)):
        for kind, of_kind in by_kind(
            [run for run in runs if run.has_plan == has_plan and run.scores[OURS].surge is not None]
        ).items():
            found = [run.scores[OURS].surge or 0.0 for run in of_kind]
            what = f"in the {kind}, {'with' if has_plan else 'without'} a plan"
            yield _at_least(what, asked, found)


def _pinball(runs: Sequence[Run]) -> Iterator[Line]:
    if len(by_kind(runs)) < len(KINDS):
        return
    found = [geometric(run.relative[OURS] for run in each) for each in by_seed(runs)]
    mean = geometric(found)
    good = sum(each <= PINBALL for each in found)
    yield Line("pinball, relative to the all-time mean", f"at most {PINBALL}", f"{mean:.3f}", mean <= PINBALL, (good, len(found)))


def _weeks(runs: Sequence[Run]) -> Iterator[Line]:
    worst, low = [], []
    for each in by_seed(runs):
        weeks = [run.scores[OURS].worst_week for run in each if run.scores[OURS].worst_week is not None]
        shares = [run.scores[OURS].low_weeks for run in each if run.scores[OURS].low_weeks is not None]
        if weeks:
            worst.append(min(week for week in weeks if week is not None))
            low.append(fmean(share for share in shares if share is not None))
    if worst:
        good = sum(week >= WORST_WEEK for week in worst)
        found = f"{median(worst):.0f} (of all seeds {min(worst):.0f})"
        yield Line("worst week", f"at least {WORST_WEEK:.0f}", found, median(worst) >= WORST_WEEK, (good, len(worst)))
        good = sum(share <= LOW_WEEKS for share in low)
        yield Line(
            "weeks below 75", f"at most {LOW_WEEKS:.0f} %", f"{fmean(low):.1f} %", fmean(low) <= LOW_WEEKS, (good, len(low))
        )


def _notices(runs: Sequence[Run]) -> Iterator[Line]:
    if runs:
        noticed = min(run.scores[OURS].noticed for run in runs)
        yield Line("broken promises noticed 30 minutes ahead", "every one", f"{noticed:.1f} %", noticed == 100.0)


def _companies(companies: Sequence[ColdStart]) -> Iterator[Line]:
    for band, asked in ((FIRST, FIRST_TWENTY), (NEXT, NEXT_HUNDREDS)):
        if companies:
            found = [each.coverage[OURS][band] for each in companies]
            yield _at_least(f"promises {band[0]} to {band[1]} of a new company", asked, found)


def _real(runs: Sequence[Run]) -> Iterator[Line]:
    if not runs:
        return
    deviations = {name: deviation(runs, name) for name in (OURS, *BASELINES)}
    best = min(BASELINES, key=lambda name: deviations[name])
    found, limit = deviations[OURS], deviations[best]
    yield Line("real pairs, mean deviation from 90", f"at most {limit:.1f} ({best})", f"{found:.1f}", found <= limit)


def _cost(runs: Sequence[Run]) -> Iterator[Line]:
    if runs:
        most = max(run.microseconds for run in runs)
        yield Line(
            "the estimator, a message",
            f"at most {MOST_MICROSECONDS / 1000:.0f} ms",
            f"{most / 1000:.3f} ms",
            most <= MOST_MICROSECONDS,
        )


def _at_least(what: str, asked: float, found: list[float]) -> Line:
    good = sum(each >= asked for each in found)
    lowest = f" (lowest seed {min(found):.1f})" if len(found) > 1 else ""
    return Line(what, f"at least {asked:.0f} %", f"{fmean(found):.1f} %{lowest}", fmean(found) >= asked, (good, len(found)))


def deviation(runs: Sequence[Run], method: str) -> float:
    """How far the coverage is from 90, on average over the streams."""
    return fmean(abs(run.scores[method].coverage - AIM) for run in runs)


def geometric(found: "Sequence[float] | Iterator[float]") -> float:
    return exp(fmean(log(each) for each in found))


def by_kind(runs: Sequence[Run]) -> dict[str, list[Run]]:
    kinds: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        kinds[run.name].append(run)
    return kinds


def by_seed(runs: Sequence[Run]) -> list[list[Run]]:
    seeds: dict[int | None, list[Run]] = defaultdict(list)
    for run in runs:
        seeds[run.seed].append(run)
    return list(seeds.values())


def _within(found: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= found <= bounds[1]
