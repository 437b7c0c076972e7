"""What is run for one seed: every kind of desk, and those with a surge also with a staff plan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.promises.baselines import BASELINES, MEAN
from benchmarks.promises.desks import Stream, drawn
from benchmarks.promises.r3 import R3
from benchmarks.promises.real import real_streams
from benchmarks.promises.replay import OURS, plan_of, replay
from benchmarks.promises.scores import Place, Score, scored, surge_places

FIRST_METHOD = "r3"


@dataclass(frozen=True, slots=True)
class Run:
    """One stream replayed: by method its score, and what the messages of a surge were told."""

    name: str
    seed: int | None
    has_plan: bool
    scores: dict[str, Score]
    places: list[Place]
    microseconds: float

    @property
    def relative(self) -> dict[str, float]:
        """By method the pinball loss relative to that of the all-time mean."""
        return {name: score.pinball / self.scores[MEAN].pinball for name, score in self.scores.items()}


def desk_runs(seed: int, kinds: Iterable[str], methods: Iterable[str], plan_after: float) -> Iterator[Run]:
    for kind in kinds:
        stream = drawn(kind, seed)
        yield _run(stream, seed, methods)
        if stream.surge:
            yield _run(stream, seed, (MEAN,), plan_after)


def real_runs(folder: Path) -> Iterator[Run]:
    yield from (_run(stream, None, BASELINES) for stream in real_streams(folder))


def _run(stream: Stream, seed: int | None, methods: Iterable[str], plan_after: float | None = None) -> Run:
    methods = list(methods)
    plans = () if plan_after is None or stream.surge is None else (plan_of(stream.surge, plan_after),)
    done = replay(stream, [each for each in methods if each != FIRST_METHOD], plans)
    announced = done.announced
    if FIRST_METHOD in methods:
        announced = announced | {FIRST_METHOD: replay(stream, (), desk=R3()).announced[OURS]}
    scores = {name: scored(stream, told) for name, told in announced.items()}
    return Run(stream.name, seed, bool(plans), scores, surge_places(stream, announced), done.microseconds)
