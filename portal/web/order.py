"""Lists that staff put in order: one step at a time, by a form that sends `direction`. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from portal.errors import Invalid

Each = TypeVar("Each")


class Step(StrEnum):
    UP = "up"
    DOWN = "down"


def step_in(text: str) -> Step:
    """What a form sent as `direction`. Raises Invalid."""
    if text not in list(Step):
        raise Invalid("direction", text, "up or down")
    return Step(text)


def stepped(order: Sequence[Each], each: Each, step: Step) -> list[Each]:
    """The list in which `each` changed places with its neighbour; at an end nothing changes."""
    changed = list(order)
    place = changed.index(each)
    to = place - 1 if step is Step.UP else place + 1
    if 0 <= to < len(changed):
        changed[place], changed[to] = changed[to], changed[place]
    return changed
