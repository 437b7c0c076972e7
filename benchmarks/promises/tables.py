"""The figures as tables for people."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from benchmarks.promises.baselines import MEAN
from benchmarks.promises.companies import BANDS, ColdStart
from benchmarks.promises.desks import KINDS
from benchmarks.promises.replay import OURS
from benchmarks.promises.runs import Run
from benchmarks.promises.scores import PLACES
from benchmarks.promises.verdict import AIM, Line, by_kind, deviation, geometric


def kinds_table(runs: Sequence[Run]) -> Iterator[str]:
    """What this portal announces, by kind of desk; means over the seeds, the worst week of all of them."""
    yield "kind             coverage  worst week  weeks < 75  in surge  pinball  announced  real    noticed  notices (true)"
    for has_plan in (False, True):
        for kind, of_kind in by_kind([run for run in runs if run.has_plan == has_plan]).items():
            ours = [run.scores[OURS] for run in of_kind]
            name = f"{kind}{', plan' if has_plan else ''}"
            weeks = [each.worst_week for each in ours if each.worst_week is not None]
            low = [each.low_weeks for each in ours if each.low_weeks is not None]
            surge = [each.surge for each in ours if each.surge is not None]
            pinball = geometric([run.relative[OURS] for run in of_kind])
            true = [each.noticed_true for each in ours if each.noticed_true is not None]
            notices = f"{fmean(each.notices for each in ours):3.0f} % ({fmean(true):.0f} %)"
            yield (
                f"{name:16} {fmean(each.coverage for each in ours):6.1f} %  {_or_dash(weeks and min(weeks)):>8}  "
                f"{_or_dash(low and fmean(low)):>9}  {_or_dash(surge and fmean(surge)):>8}  {pinball:7.2f}  "
                f"{fmean(each.announced for each in ours):7.1f} h {fmean(each.real for each in ours):6.1f} h  "
                f"{min(each.noticed for each in ours):5.1f} %  {notices}"
            )


def methods_table(runs: Sequence[Run]) -> Iterator[str]:
    """Our promises against what others announce, over the eight kinds without a plan."""
    eight = [run for run in runs if run.name in KINDS and not run.has_plan]
    if not eight:
        return
    yield "method               mean deviation from 90   coverage, lowest to highest kind   calamity / x6   pinball"
    for method in eight[0].scores:
        kinds = {kind: fmean(run.scores[method].coverage for run in of_kind) for kind, of_kind in by_kind(eight).items()}
        surges = [
            f"{fmean(run.scores[method].surge or 0.0 for run in of_kind):.0f}"
            for of_kind in by_kind([run for run in eight if run.scores[method].surge is not None]).values()
        ]
        yield (
            f"{method:20} {deviation(eight, method):12.1f} {min(kinds.values()):23.0f} to {max(kinds.values()):3.0f} "
            f"{' / '.join(surges):>27} {geometric([run.relative[method] for run in eight]):11.2f}"
        )


def places_table(runs: Sequence[Run]) -> Iterator[str]:
    """The n-th message of the calamity: announced against real, in clock hours, of the first seed."""
    first = {run.has_plan: run for run in reversed([run for run in runs if run.name == "calamity"])}
    if not first:
        return
    yield f"calamity, hours (seed {first[False].seed})  " + "".join(f"{place:>7}" for place in PLACES)
    rows = [("real", [place.real for place in first[False].places])]
    rows += [(name, [place.announced[name] for place in first[False].places]) for name in first[False].scores]
    rows += [(f"{OURS}, plan", [place.announced[OURS] for place in first[True].places])]
    for name, hours in rows:
        yield f"{name:28}  " + "".join(f"{hour or 0:7.0f}" for hour in hours)


def companies_table(companies: Sequence[ColdStart]) -> Iterator[str]:
    """Coverage of a new company's first two hundred promises, and the median announced clock hours."""
    if not companies:
        return
    yield "new companies         " + "".join(f"{f'{first}-{last}':>14}" for first, last in BANDS)
    for method in companies[0].coverage:
        cells = [
            f"{fmean(each.coverage[method][band] for each in companies):.0f} "
            f"({fmean(each.announced[method][band] for each in companies):.1f} h)"
            for band in BANDS
        ]
        yield f"{method:22}" + "".join(f"{cell:>14}" for cell in cells)


def real_table(runs: Sequence[Run]) -> Iterator[str]:
    """Real streams by source: how far each method is from 90, and its pinball."""
    for source in sorted({run.name.partition(",")[0] for run in runs}):
        of_source = [run for run in runs if run.name.partition(",")[0] == source]
        requests = sum(run.scores[MEAN].requests for run in of_source)
        yield f"real {source}: {len(of_source)} streams, {requests} requests; mean deviation from {AIM:.0f}, and pinball"
        for method in of_source[0].scores:
            pinball = geometric([run.relative[method] for run in of_source])
            yield f"{method:20} {deviation(of_source, method):6.1f}  {pinball:6.2f}"


def verdict_table(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        seeds = "" if line.seeds is None else f"; by itself in {line.seeds[0]} of {line.seeds[1]} seeds"
        yield f"{'met   ' if line.is_met else 'MISSED'}  {line.what}: asked {line.asked}, found {line.found}{seeds}"


def _or_dash(found: object) -> str:
    return f"{found:.0f}" if isinstance(found, float) else "-"
