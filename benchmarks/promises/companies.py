"""New companies: how the first two hundred promises of each do, by their number."""

import random
from dataclasses import dataclass, replace
from math import exp, log
from statistics import median

from benchmarks.promises.desks import KINDS, draw
from benchmarks.promises.replay import replay
from benchmarks.promises.scores import share

COMPANIES = 150
BANDS = ((1, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, 200))
FIRST = (1, 20)
NEXT = (21, 200)


@dataclass(frozen=True, slots=True)
class ColdStart:
    """By method and band of request numbers: coverage in per cent, and the median announced wait in clock hours."""

    coverage: dict[str, dict[tuple[int, int], float]]
    announced: dict[str, dict[tuple[int, int], float]]


def cold_start(seed: int, companies: int = COMPANIES) -> ColdStart:
    """So many companies of every size, from 2 to 400 messages a day, all new."""
    kept: dict[str, dict[tuple[int, int], list[bool]]] = {}
    hours: dict[str, dict[tuple[int, int], list[float]]] = {}
    for number in range(companies):
        dice = random.Random(f"company {seed} {number}")
        a_day = exp(dice.uniform(log(2), log(400)))
        pattern = KINDS["tiny" if a_day < 8 else "small" if a_day < 60 else "middle" if a_day < 300 else "large"]
        staff = None if pattern.ordinary_staff is None else max(1, round(a_day / pattern.a_day))
        stream = draw("new company", replace(pattern, a_day=a_day, weeks=30, ordinary_staff=staff), dice, BANDS[-1][1])
        for method, told in replay(stream).announced.items():
            for first, last in (*BANDS, FIRST, NEXT):
                of_band = list(zip(stream.received, stream.answered, told, strict=True))[first - 1 : last]
                good = kept.setdefault(method, {}).setdefault((first, last), [])
                good += [answer is not None and answer <= promised for _, answer, promised in of_band]
                hours.setdefault(method, {}).setdefault((first, last), []).extend((told - at) / 60 for at, _, told in of_band)
    return ColdStart(
        {method: {band: share(good) for band, good in bands.items()} for method, bands in kept.items()},
        {method: {band: median(waits) for band, waits in bands.items()} for method, bands in hours.items()},
    )
