"""Who waits at a desk, in order of receipt, and how many of them stand before a request."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

RECENT_ANSWERS = 20  # the last answers of a class show where its line begins
A_LINE = 10  # waiting, without which the place of the one answered says nothing of the order
SKIPPING_WEIGHT = 0.005  # the order of work is a habit: it follows about the last two hundred answers
BLOCK = 512  # a block of the ordered line is moved as a whole in well under a microsecond

Place = tuple[float, int]  # the desk's clock at receipt, then the request: nobody shares a place


@dataclass(slots=True)
class Waiting:
    """One request without an answer, with what was announced for it."""

    request: int
    rank: int
    since: float
    queue: float
    rest: float
    alone: bool  # nobody waited when it came
    counted: bool = True  # false once the desk has passed it over: it keeps nobody waiting
    broken: bool = False  # its own estimate has passed

    @property
    def place(self) -> Place:
        return (self.since, self.request)

    def as_json(self) -> list[Any]:
        return [self.request, self.rank, self.since, self.queue, self.rest, self.alone, self.counted, self.broken]


class Ordered:
    """A sorted line in blocks: joining, leaving and counting cost O(log n) comparisons and one short block."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        ordered = sorted(places)
        self._blocks = [ordered[at : at + BLOCK] for at in range(0, len(ordered), BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]
        self._length = len(ordered)

    def __len__(self) -> int:
        return self._length

    def first(self) -> Place | None:
        return self._blocks[0][0] if self._blocks else None

    def add(self, place: Place) -> None:
        self._length += 1
        if not self._blocks:
            self._blocks, self._lasts = [[place]], [place]
            return
        at = min(bisect_left(self._lasts, place), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, place)
        if len(block) > 2 * BLOCK:
            self._blocks[at : at + 1] = [block[:BLOCK], block[BLOCK:]]
            self._lasts[at : at + 1] = [block[BLOCK - 1], block[-1]]
        else:
            self._lasts[at] = block[-1]

    def remove(self, place: Place) -> None:
        """Take a place out that is in the line."""
        at = bisect_left(self._lasts, place)
        block = self._blocks[at]
        del block[bisect_left(block, place)]
        self._length -= 1
        if block:
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def before(self, place: Place) -> int:
        """How many places of the line come before this one."""
        at = bisect_left(self._lasts, place)
        if at == len(self._blocks):
            return self._length
        return sum(map(len, self._blocks[:at])) + bisect_left(self._blocks[at], place)


class Line:
    """The open requests of one desk.

    A request that the desk has passed over, because most of the last answers of its class went to later ones, no longer
    counts as standing before others. Without that a few requests that nobody ever answers spoil the length of the line.
    """

    def __init__(self) -> None:
        self._open: dict[int, Waiting] = {}
        self._ranks: dict[int, Ordered] = {}
        self._answered: dict[int, deque[float]] = {}
        self._skipping = 0.0

    def __contains__(self, request: int) -> bool:
        return request in self._open

    @property
    def counted(self) -> int:
        """How many wait, without those passed over."""
        return sum(map(len, self._ranks.values()))

    def get(self, request: int) -> Waiting | None:
        return self._open.get(request)

    def join(self, waiting: Waiting) -> None:
        self._open[waiting.request] = waiting
        if waiting.counted:
            self._rank(waiting.rank).add(waiting.place)

    @property
    def skipping(self) -> float:
        """The share of answers that go to anybody in line instead of to its front: 0 oldest first, 1 at random or newest first.

        At random the one answered stands on average in the middle of the line.
        """
        return min(1.0, 2 * self._skipping)

    def leave(self, request: int) -> Waiting | None:
        """Take a request out; what is known of it, or None when it does not wait here."""
        waiting = self._open.pop(request, None)
        if waiting is not None and waiting.counted:
            self._ranks[waiting.rank].remove(waiting.place)
        return waiting

    def ahead(self, rank: int, place: Place | None = None) -> int:
        """How many of the same or a higher class wait; with a place, only those who came before it."""
        lines = [line for of, line in self._ranks.items() if of <= rank]
        return sum(len(line) if place is None else line.before(place) for line in lines)

    def answered(self, answered: Waiting) -> None:
        """Take note that this request, which has just left, has its answer, and pass over who was left behind."""
        rank = answered.rank
        line = self._rank(rank)
        if len(line) >= A_LINE and answered.counted:
            self._skipping += SKIPPING_WEIGHT * (line.before(answered.place) / len(line) - self._skipping)
        recent = self._answered.setdefault(rank, deque(maxlen=RECENT_ANSWERS))
        recent.append(answered.since)
        if len(recent) < RECENT_ANSWERS:
            return
        front = sorted(recent)[RECENT_ANSWERS // 2]
        while (first := line.first()) is not None and first[0] < front:
            line.remove(first)
            self._open[first[1]].counted = False

    def _rank(self, rank: int) -> Ordered:
        return self._ranks.setdefault(rank, Ordered())

    def as_json(self) -> dict[str, Any]:
        return {
            "open": [waiting.as_json() for waiting in self._open.values()],
            "skipping": self._skipping,
            "answered": [[rank, list(recent)] for rank, recent in self._answered.items()],
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Line":
        line = cls()
        line._skipping = found["skipping"]
        line._open = {each[0]: Waiting(*each) for each in found["open"]}
        places: dict[int, list[Place]] = {}
        for each in line._open.values():
            if each.counted:
                places.setdefault(each.rank, []).append(each.place)
        line._ranks = {rank: Ordered(of) for rank, of in places.items()}
        line._answered = {rank: deque(recent, maxlen=RECENT_ANSWERS) for rank, recent in found["answered"]}
        return line
