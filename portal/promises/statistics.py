"""Response times kept as histograms with logarithmic buckets: small, additive, right within a stated relative error.

The buckets are those of Masson, Rim and Lee, "DDSketch" (2019): bucket i holds (g^(i-1), g^i] and stands for the value whose
largest relative error in that range is smallest.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate

GROWTH = 1.01 / 0.99
LOG_GROWTH = math.log(GROWTH)
ZERO = 0
MINIMUM_COUNT = 10
_HARDLY_LONGER = 1.1  # times: less is no reason to say that a time may still grow


@dataclass(frozen=True)
class Scale:
    """How seconds fall into buckets: bucket 0 is less than a second, `fold` fine buckets make one."""

    fold: int = 1

    @property
    def error(self) -> float:
        """The largest relative error of `seconds(bucket(x))`, for x of a second or more."""
        return math.tanh(self.fold * LOG_GROWTH / 2)

    def bucket(self, seconds: float) -> int:
        """The bucket of a wait; negative waits (a skewed clock) count as none."""
        if seconds < 1:
            return ZERO
        fine = 1 + max(0, math.ceil(math.log(seconds) / LOG_GROWTH - 1e-9))
        return -(-fine // self.fold)

    def seconds(self, bucket: int) -> float:
        """The value that a bucket stands for."""
        return _middle(bucket, self.fold)


@lru_cache(maxsize=8192)
def _middle(bucket: int, fold: int) -> float:
    if bucket == ZERO:
        return 0.0
    top = bucket * fold - 1
    low, high = GROWTH ** (top - fold), GROWTH**top
    return 2 * low * high / (low + high)


FINE = Scale()
COARSE = Scale(fold=5)


@dataclass(frozen=True)
class Histogram:
    """How many waits fell into each bucket of one scale."""

    counts: Mapping[int, int]
    scale: Scale = FINE

    @classmethod
    def of(cls, waits: Iterable[float], scale: Scale = FINE) -> "Histogram":
        """The histogram of waits in seconds."""
        counts: dict[int, int] = {}
        for seconds in waits:
            bucket = scale.bucket(seconds)
            counts[bucket] = counts.get(bucket, 0) + 1
        return cls(counts, scale)

    @classmethod
    def merged(cls, parts: Iterable["Histogram"], scale: Scale = FINE) -> "Histogram":
        """One histogram of all parts, which must be of that scale; their order does not matter."""
        counts: Counter[int] = Counter()
        for part in parts:
            if part.scale != scale:
                raise ValueError(f"cannot merge a histogram of fold {part.scale.fold} into fold {scale.fold}")
            counts.update(part.counts)
        return cls(counts, scale)

    @cached_property
    def total(self) -> int:
        """How many waits are in it."""
        return sum(self.counts.values())

    def bucket_at(self, rank: int) -> int | None:
        """The bucket of the wait with this rank, the shortest having rank 0; None beyond the last."""
        buckets, ends = self._ranks
        place = bisect_right(ends, rank)
        return buckets[place] if place < len(buckets) else None

    @cached_property
    def _ranks(self) -> tuple[list[int], list[int]]:
        """The buckets in order, and beside each how many waits are in it and those before."""
        buckets = sorted(self.counts)
        return buckets, list(accumulate(self.counts[bucket] for bucket in buckets))


@dataclass(frozen=True)
class Quantile:
    """A wait in seconds; `is_at_least` when open requests can still make it longer."""

    seconds: float
    is_at_least: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it says nothing yet: longer than less than a minute is any wait."""
        return self.is_at_least and self.seconds < 60  # noqa: PLR2004 - a minute is the finest that pages say


def quantile(answered: Histogram, waiting: Histogram, part: Fraction) -> Quantile | None:
    """The quantile of answered waits and of the ages of the requests still waiting; None of nothing.

    Interpolated between neighbours, as percentile_cont of SQL and the default of NumPy, so its relative error is that of the
    scale. It is "at least" when the requests that wait, if they waited for ever, would lengthen it by more than a tenth.
    """
    return _quantile(answered, Histogram.merged([answered, waiting], answered.scale), part)


def _quantile(answered: Histogram, everything: Histogram, part: Fraction) -> Quantile | None:
    if everything.total == 0:
        return None
    place = (everything.total - 1) * part
    seconds = _at(everything, place)
    assert seconds is not None
    settled = _at(answered, place)
    return Quantile(seconds, is_at_least=settled is None or settled > seconds * _HARDLY_LONGER)


def _at(waits: Histogram, place: Fraction) -> float | None:
    """The seconds at this place of the waits in order; None beyond the last one."""
    below = math.floor(place)
    buckets = [waits.bucket_at(rank) for rank in (below, math.ceil(place))]
    seconds = [waits.scale.seconds(bucket) for bucket in buckets if bucket is not None]
    return seconds[0] + float(place - below) * (seconds[1] - seconds[0]) if len(seconds) == len(buckets) else None


MEDIAN = Fraction(1, 2)
P90 = Fraction(9, 10)


@dataclass(frozen=True)
class Spread:
    """Median and 90th percentile over a number of requests; both None when there are too few to say."""

    number: int
    waiting: int
    median: Quantile | None
    p90: Quantile | None


def spread(answered: Histogram, waiting: Histogram, minimum: int = MINIMUM_COUNT) -> Spread:
    """Median and P90 of the requests of both histograms together, if there are at least `minimum`."""
    number = answered.total + waiting.total
    if number < minimum:
        return Spread(number, waiting.total, None, None)
    everything = Histogram.merged([answered, waiting], answered.scale)
    return Spread(number, waiting.total, _quantile(answered, everything, MEDIAN), _quantile(answered, everything, P90))
