"""The people who write to the demo company. None of them exists."""

from dataclasses import dataclass
from random import Random

from portal.demo.topics import FIRST_NAMES, LAST_NAMES

_HOW_MANY = 600


@dataclass(frozen=True)
class Person:
    author_id: str
    handle: str
    name: str


def crowd(random: Random) -> list[Person]:
    """The same people for the same state of `random`."""
    people = []
    for number in range(1, _HOW_MANY + 1):
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        handle = f"{first}{last.split()[-1]}{random.randrange(1, 99)}".lower()
        people.append(Person(f"demo-{number:04}", handle, f"{first} {last}"))
    return people
