"""Fills the braces in what people write; within one conversation the same brace keeps its value."""

from datetime import datetime, timedelta
from random import Random

from portal.demo.topics import LINES, STOPS


class Words:
    def __init__(self, random: Random, local: datetime) -> None:
        stop, other = random.sample(STOPS, 2)
        earlier = local - timedelta(minutes=random.randrange(10, 90))
        self._values = {
            "line": random.choice(LINES),
            "stop": stop,
            "other": other,
            "later": f"{(local + timedelta(hours=2)).hour}.30 uur",
            "minutes": str(random.randrange(6, 35)),
            "time": f"{earlier.hour}.{earlier.minute:02} uur",
            "euro": f"{random.randrange(4, 38)},{random.randrange(0, 100, 5):02}",
        }

    def fill(self, text: str) -> str:
        filled = text.format_map(self._values)
        return filled[0].upper() + filled[1:]
