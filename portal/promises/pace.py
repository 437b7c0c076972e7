"""How fast a desk answers while somebody waits, in opening minutes per answer at ordinary strength."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log
from statistics import median
from typing import Any

FAST_WEIGHT = 0.02  # the fast pace follows about the last fifty answers; fewer are noise where handling varies
HALF_LIFE = 480.0  # busy minutes: the slow pace remembers about a working day
ORDINARY_HALF_LIFE = 4800.0  # busy minutes, two working weeks
LASTS = 1.4  # calendar days of opening, as long as an office day: so much of a line is worked at the slowness of just now
LUCK = 0.15  # a pace better than the ordinary is believed but for this power: who helps today may be gone tomorrow
BAND_NEEDED = 60.0  # answers in lines of about this length; with twenty, one lucky hour passes for what a desk can do
LONE_KEPT = 25  # waits of requests that found nobody waiting
LONE_NEEDED = 5
RATE_HALF_LIFE = 2400.0  # opening minutes: inflow is judged over about a working week
RATE_PRIOR = 480.0  # a desk that listens for less than a day is not believed to be flooded
EXPERIENCE_DAYS = 28  # days on which promises were kept
USUAL = 0.75  # on one day in four the longest line is unusual
UNUSUAL_MARGIN = 0.3  # of the part of a line that is longer than usual: there a pace is known to about so much
HELP_COMES = 2.8  # calendar days of opening, two office days: a longer line is not left to the ordinary staff alone
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
    """Minutes of work per answer, counted only across gaps between answers in which somebody waited.

    It is kept by the length of the line: with two waiting nobody hurries and some have nothing to do, so that what is
    measured there says little about a line of two hundred. How much slower than usual it goes just now is one figure
    for all lengths.
    """

    def __init__(self) -> None:
        self._bands: dict[int, tuple[float, float]] = {}  # by the number of binary digits of the line: time, answers
        self._ordinary = (0.0, 0.0)  # time and answers, whatever the length of the line, over weeks
        self._lately = 0.0  # minutes per answer lately, and what was usual in lines of those lengths
        self._usually = 0.0
        self._lone: deque[float] = deque(maxlen=LONE_KEPT)
        self._busy_since: float | None = None  # the last answer after which somebody still waited
        self._waiting = 0

    @property
    def ordinary(self) -> float:
        """Minutes of ordinary strength per answer, whatever the length of the line; 0 when nothing is known."""
        time, answers = self._ordinary
        return time / answers if answers else 0.0

    @property
    def known(self) -> bool:
        return bool(self._bands) or len(self._lone) >= LONE_NEEDED

    def answered(self, clock: float, strength: float, waiting: int) -> None:
        """An answer came, and so many wait still."""
        if self._busy_since is not None:
            work = max(0.0, clock - self._busy_since) * strength
            usual = self._usual(self._waiting.bit_length()) if self._bands else work
            self._lately += FAST_WEIGHT * (work - self._lately)
            self._usually += FAST_WEIGHT * (usual - self._usually)
            band = self._waiting.bit_length()
            self._bands[band] = _faded(self._bands.get(band, (0.0, 0.0)), work, HALF_LIFE)
            self._ordinary = _faded(self._ordinary, work, ORDINARY_HALF_LIFE)
        self._busy_since = clock if waiting else None
        self._waiting = waiting

    def idle(self) -> None:
        """Nobody waits any more, though nothing was answered."""
        self._busy_since = None

    def found_nobody(self, wait: float) -> None:
        """A request that found nobody waiting had its answer after this long."""
        self._lone.append(wait)

    def per_answer(self, clock: float, strength: float, ahead: int, a_day: float) -> float:
        """Minutes of ordinary strength per answer in a line of this length; 0 when nothing is known.

        A longer line never takes less work than a shorter one. An answer that lets itself be waited for longer than usual
        counts already.
        """
        lone = median(self._lone) if len(self._lone) >= LONE_NEEDED else None
        if not self._bands:
            return lone or 0.0
        pending = 0.0 if self._busy_since is None else max(0.0, clock - self._busy_since) * strength
        late = max(0.0, pending - self._usual(self._waiting.bit_length()))
        most = inf if lone is None else lone
        work = self._usual_work(ahead, most)
        soon = min(1.0, LASTS * a_day / work) if work > 0 else 1.0
        pace = work / max(1, ahead) * (1 + soon * (self._slowness(late) - 1))
        ordinary = min(self.ordinary, most)
        return pace * (ordinary / pace) ** LUCK if 0 < pace < ordinary else pace

    def _slowness(self, late: float) -> float:
        """How many times as long as usual an answer takes lately; at least 1, for good luck does not last."""
        return max(1.0, (self._lately + FAST_WEIGHT * late) / self._usually) if self._usually > 0 else 1.0

    def _usual_work(self, ahead: int, most: float) -> float:
        """Minutes for a line of this length: between the most that any shorter and the least that any longer line takes.

        Paces are known by lengths apart; where people hurry more in a longer line, it would seem to take less time in all.
        """
        if not ahead:
            return 0.0
        own = ahead.bit_length()
        paces = {band: min(self._usual(band), most) for band in range(1, max(own, *self._bands) + 1)}
        shorter = max(min(ahead, (1 << band) - 1) * pace for band, pace in paces.items() if band <= own)
        longer = min(max(ahead, 1 << (band - 1)) * pace for band, pace in paces.items() if band >= own)
        return (shorter + longer) / 2

    def _usual(self, band: int) -> float:
        """Minutes per answer in lines of this length; in shorter and longer ones as well until enough are known."""
        time = answers = 0.0
        farthest = max(self._bands) + band
        for step in range(farthest + 1):
            for near in {band - step, band + step}:
                of = self._bands.get(near, (0.0, 0.0))
                time, answers = time + of[0], answers + of[1]
            if answers >= BAND_NEEDED:
                break
        return time / answers

    def as_json(self) -> dict[str, Any]:
        return {
            "bands": [[band, *of] for band, of in self._bands.items()],
            "ordinary": list(self._ordinary),
            "lately": self._lately,
            "usually": self._usually,
            "lone": list(self._lone),
            "busy_since": self._busy_since,
            "waiting": self._waiting,
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Pace":
        pace = cls()
        pace._bands = {band: (time, answers) for band, time, answers in found["bands"]}
        pace._lately, pace._usually, pace._waiting = found["lately"], found["usually"], found["waiting"]
        pace._ordinary = tuple(found["ordinary"])
        pace._lone.extend(found["lone"])
        pace._busy_since = found["busy_since"]
        return pace


def _faded(known: tuple[float, float], work: float, half_life: float) -> tuple[float, float]:
    """Time and answers after one more answer that took this much work."""
    fading = 0.5 ** (work / half_life)
    return known[0] * fading + work, known[1] * fading + 1


class Arrivals:
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
    def from_json(cls, found: dict[str, Any]) -> "Arrivals":
        arrivals = cls()
        arrivals._at, arrivals._time, arrivals._counts = found["at"], found["time"], dict(found["counts"])
        return arrivals


class Experience:
    """The longest waits in line that were foreseen in time lately, by day."""

    def __init__(self) -> None:
        self._days: dict[int, float] = {}
        self._usual = self._longest = 0.0  # a view on the days

    def worked_off(self, day: int, wait: float) -> None:
        """On this day a promise was kept, and this much of the wait had been announced as the queue."""
        if day in self._days and wait <= self._days[day]:
            return
        self._days[day] = wait
        if len(self._days) > EXPERIENCE_DAYS:
            del self._days[min(self._days)]
        self._look()

    def foreseen(self, work: float, a_day: float) -> float:
        """The minutes that a line with so much work takes when nobody has said how many people will be there.

        What is longer than usual gets a margin. What would take more than
        days, and more than twice what was seen here, grows by its logarithm: a desk gets help before it works for weeks on
        one day's requests.
        """
        work += UNUSUAL_MARGIN * max(0.0, work - self._usual)
        alone = max(HELP_COMES * a_day, 2 * self._longest)
        return work if work <= alone else alone * (1 + log(work / alone))

    def _look(self) -> None:
        seen = sorted(self._days.values())
        self._usual, self._longest = seen[int(USUAL * (len(seen) - 1))], seen[-1]

    def as_json(self) -> list[tuple[int, float]]:
        return list(self._days.items())

    @classmethod
    def from_json(cls, found: list[tuple[int, float]]) -> "Experience":
        experience = cls()
        experience._days = dict(found)
        if found:
            experience._look()
        return experience
