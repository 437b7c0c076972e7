"""How fast a desk answers while somebody waits, in opening minutes per answer at ordinary strength."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

FAST_WEIGHT = 0.05  # the fast pace follows about the last twenty answers
HALF_LIFE = 480.0  # busy minutes: the slow pace remembers about a working day
LONE_KEPT = 25  # waits of requests that found nobody waiting
LONE_NEEDED = 5
RATE_HALF_LIFE = 2400.0  # opening minutes: inflow is judged over about a working week
RATE_PRIOR = 480.0  # a desk that listens for less than a day is not believed to be flooded
CROWDED = 0.9  # higher classes never take more than this part of the work in a forecast


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a staff plan as seen from an instant: opening minutes from then, and strength beside the ordinary."""

    starts: float
    ends: float
    factor: float


def time_for(work: float, plan: Sequence[Stretch]) -> float:
    """The opening minutes that this work (minutes at ordinary strength) takes along the plan.

    Outside every stretch the strength is ordinary; of stretches that overlap the last one holds.
    """
    at = 0.0
    edges = sorted({edge for each in plan for edge in (each.starts, each.ends) if edge > 0})
    for edge in edges:
        factor = strength_at(at, plan)
        done = (edge - at) * factor
        if factor > 0 and done >= work:
            return at + work / factor
        work -= done
        at = edge
    return at + work


def strength_at(minute: float, plan: Sequence[Stretch]) -> float:
    """The planned strength at this minute from now; 1 is ordinary."""
    return next((max(0.0, each.factor) for each in reversed(plan) if each.starts <= minute < each.ends), 1.0)


class Pace:
    """Minutes of work per answer, counted only across gaps between answers in which somebody waited."""

    def __init__(self) -> None:
        self._gaps = 0
        self._fast = 0.0
        self._time = 0.0
        self._answers = 0.0
        self._lone: deque[float] = deque(maxlen=LONE_KEPT)
        self._busy_since: float | None = None  # the last answer after which somebody still waited

    @property
    def known(self) -> bool:
        return self._gaps > 0 or len(self._lone) >= LONE_NEEDED

    def answered(self, clock: float, strength: float, *, somebody_waits: bool) -> None:
        if self._busy_since is not None:
            work = max(0.0, clock - self._busy_since) * strength
            self._gaps += 1
            self._fast += max(FAST_WEIGHT, 1 / self._gaps) * (work - self._fast)
            fading = 0.5 ** (work / HALF_LIFE)
            self._time = self._time * fading + work
            self._answers = self._answers * fading + 1
        self._busy_since = clock if somebody_waits else None

    def idle(self) -> None:
        """Nobody waits any more, though nothing was answered."""
        self._busy_since = None

    def found_nobody(self, wait: float) -> None:
        """A request that found nobody waiting had its answer after this long."""
        self._lone.append(wait)

    def per_answer(self, clock: float, strength: float) -> float:
        """Minutes of ordinary strength per answer; the slower of two memories, 0 when nothing is known.

        An answer that lets itself be waited for longer than usual counts already.
        """
        pending = 0.0 if self._busy_since is None else max(0.0, clock - self._busy_since) * strength
        paces = [0.0]
        if self._gaps:
            paces = [
                self._fast + max(FAST_WEIGHT, 1 / (self._gaps + 1)) * max(0.0, pending - self._fast),
                (self._time + max(0.0, pending - self._fast)) / self._answers,
            ]
        lone = median(self._lone) if len(self._lone) >= LONE_NEEDED else None
        if lone is None:
            return max(paces)
        return min(max(paces), lone) if self._gaps else lone

    def as_json(self) -> dict[str, Any]:
        return {
            "gaps": self._gaps,
            "fast": self._fast,
            "time": self._time,
            "answers": self._answers,
            "lone": list(self._lone),
            "busy_since": self._busy_since,
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Pace":
        pace = cls()
        pace._gaps, pace._fast, pace._time, pace._answers = (found[key] for key in ("gaps", "fast", "time", "answers"))
        pace._lone.extend(found["lone"])
        pace._busy_since = found["busy_since"]
        return pace


class Inflow:
    """Requests per opening minute by class, over about a working week."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._time = 0.0
        self._counts: dict[int, float] = {}

    def received(self, rank: int, clock: float) -> None:
        self._fade(clock)
        self._counts[rank] = self._counts.get(rank, 0.0) + 1

    def above(self, rank: int) -> float:
        """Requests per minute of classes higher than this one."""
        return sum(count for of, count in self._counts.items() if of < rank) / (self._time + RATE_PRIOR)

    def _fade(self, clock: float) -> None:
        passed = clock - (clock if self._at is None else self._at)
        self._at = clock
        if passed > 0:
            fading = 0.5 ** (passed / RATE_HALF_LIFE)
            self._time = self._time * fading + passed
            self._counts = {rank: count * fading for rank, count in self._counts.items()}

    def as_json(self) -> dict[str, Any]:
        return {"at": self._at, "time": self._time, "counts": list(self._counts.items())}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Inflow":
        inflow = cls()
        inflow._at, inflow._time, inflow._counts = found["at"], found["time"], dict(found["counts"])
        return inflow
