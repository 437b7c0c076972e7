"""Streams of facts for tests of the estimator: orderly desks, and streams in which anything may come at any time."""

import random
from dataclasses import replace

from hypothesis import strategies as st

from portal.promises.estimator import Announcement, Desk, Fact, Happening

STATED = 240.0
A_DAY = 480.0


def fact(happening: Happening, request: int, clock: float, **facts: float) -> Fact:
    """A fact at this clock; received then and of the highest class unless said otherwise, on days of eight hours."""
    day = int(facts.pop("day", clock // A_DAY))
    rank = int(facts.pop("rank", 0))
    return Fact(happening, request, clock, day, rank, **{"since": clock, **facts})


def receive(desk: Desk, request: int, clock: float, rank: int = 0) -> Announcement:
    """The request is received and told what the desk announces."""
    told = desk.announce(rank, clock, stated=STATED)
    desk.hear(fact(Happening.RECEIVED, request, clock, rank=rank, queue=told.queue, rest=told.rest))
    return told


def answer(desk: Desk, request: int, clock: float, since: float, rank: int = 0) -> None:
    desk.hear(fact(Happening.ANSWERED, request, clock, rank=rank, since=since))


def worked(days: int, a_day: int = 20, minutes: float = 15.0, seed: int = 1) -> Desk:
    """A desk at which one person took about so many minutes for each request, oldest first, for so many days."""
    desk, dice, free = Desk(), random.Random(seed), 0.0
    events: list[tuple[float, bool, int, float]] = []
    for request, at in enumerate(sorted(dice.uniform(0, days * A_DAY) for _ in range(days * a_day))):
        free = max(free, at) + dice.expovariate(1 / minutes)
        events += [(at, False, request, at), (free, True, request, at)]
    for clock, is_answer, request, since in sorted(events):
        if is_answer:
            answer(desk, request, clock, since)
        else:
            receive(desk, request, clock)
    return desk


@st.composite
def streams(draw: st.DrawFn) -> list[Fact]:
    """Facts as a portal may tell them: mostly sound, some unknown, repeated, about the past, in another class."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    clock, facts = 0.0, []
    classes = draw(st.integers(1, 4))
    for _ in range(draw(st.integers(0, 250))):
        clock += dice.choice([0.0, 0.0, dice.expovariate(1 / 8), dice.expovariate(1 / 90)])
        happening = dice.choices(list(Happening), [10, 9, 1, 1, 1])[0]
        told = {"queue": dice.expovariate(1 / 30), "rest": dice.uniform(-20, 300)} if dice.random() < 0.9 else {}
        since = clock if happening is Happening.RECEIVED else clock - dice.expovariate(1 / 60)
        facts.append(
            fact(
                happening,
                dice.randrange(60),
                clock,
                rank=dice.randrange(classes),
                since=since,
                strength=dice.choice([1, 1, 1, 3, 0]),
                **told,
            )
        )
    return facts


def moved_back(found: Fact, by: float) -> Fact:
    """The same fact from a clock that was set back."""
    return replace(found, clock=found.clock - by, day=found.day - 1)
