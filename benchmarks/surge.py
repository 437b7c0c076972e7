"""Whether unusual inflow is noticed, and how often it is noticed in vain: `python benchmarks/surge.py [--data FOLDER]`.

Runs the product's own rule over streams that it was not set by (their seeds begin at 9,000): quiet ones of half a year, with
office days, nights, weekends, holidays, growth and days that differ, for false alarms against the rate that the rule states;
and the same streams with a surge in the last week, for the minutes and requests until it is noticed. With the folder of real
data the tickets of an IT desk of eleven weeks are gone through too, by group; what they hold of real surges nobody knows.
"""

import argparse
import csv
import gzip
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from portal.promises.inflow import DAY, FALSE_ALARM_ONCE_IN, WEEK, WEEKS, Inflow, Span

FIRST_SEED = 9_000
STREAMS = 6  # of each kind
QUIET_WEEKS = 26
MONTH = 365.25 / 12 * DAY
VOLUMES = (2, 20, 250, 2_000)  # requests a working day
DAYS_DIFFER = (0.15, 0.3, 0.5)  # standard deviation of the logarithm of a day's level


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of the real tickets")
    parser.add_argument("--volumes", type=int, nargs="+", default=VOLUMES, help="requests a working day (2 20 250 2000)")
    options = parser.parse_args()
    stated = MONTH / FALSE_ALARM_ONCE_IN
    print(f"false alarms in quiet streams of {QUIET_WEEKS} weeks; stated: at most {stated:.2f} a month for each stream\n")
    print(f"{'a day':>8}{'days differ':>14}{'months':>9}{'alarms':>9}{'a month':>10}{'of the stated':>16}")
    for volume in options.volumes:
        for differ in DAYS_DIFFER:
            alarms, months = quiet(volume, differ)
            rate = alarms / months
            print(f"{volume:8}{differ:14}{months:9.0f}{alarms:9}{rate:10.3f}{rate / stated:16.2f}")
    print(f"\n{'a day':>8}{'surge':>10}{'noticed':>10}{'median minutes':>17}{'longest':>9}{'median requests':>18}")
    for volume in options.volumes:
        for times in (3, 6, 20, 100):
            show_noticing(volume, times)
    if options.data:
        real(options.data / "itsm_first_updates.csv.gz", stated)


def quiet(volume: float, differ: float) -> tuple[int, float]:
    """The alarms in quiet streams, and how many months these were; looking begins after the first week."""
    alarms = quarters = 0
    for number in range(STREAMS):
        chance = random.Random(FIRST_SEED + number)
        counts = [len(each) for each in stream(chance, volume, differ, QUIET_WEEKS)]
        alarms += sum(1 for _ in noticed(counts, WEEK))
        quarters += len(counts) - WEEK
    return alarms, quarters / MONTH


def show_noticing(volume: float, times: float) -> None:
    """From ten o'clock of a working day on there come so many times as many as usual."""
    minutes, requests, missed = [], [], 0
    for number in range(4 * STREAMS):
        chance = random.Random(FIRST_SEED + 1_000 + number)
        start = 9 * WEEK + chance.randrange(5) * DAY + 40
        arrivals = list(stream(chance, volume, 0.3, 10, surge=(start, start + 7 * 4), times=times))
        found = first_minute([len(each) for each in arrivals], arrivals, start)
        if found is None:
            missed += 1
        else:
            minutes.append(found[0])
            requests.append(found[1])
    all_of_them = len(minutes) + missed
    told = f"{median(minutes):17.0f}{max(minutes):9.0f}{median(requests):18.0f}" if minutes else ""
    print(f"{volume:8}{times:9}x{len(minutes):6}/{all_of_them}{told}")


def first_minute(counts: Sequence[int], arrivals: Sequence[Sequence[float]], start: int) -> tuple[float, int] | None:
    """The minutes and requests from the start of the surge until it is noticed, looking each minute; None when it is not."""
    for quarter in range(start, start + 7 * 4 + 1):
        inflow = look_at(counts[: quarter + 1], quarter)
        if inflow.unusual(quarter) is None:
            continue
        before = sum(counts[start:quarter])
        for minute in range(1, 16):
            so_far = sum(1 for each in arrivals[quarter] if each <= minute)
            if look_at([*counts[:quarter], so_far], quarter).unusual(quarter):
                return (quarter - start) * 15 + minute, before + so_far
    return None


def noticed(counts: Sequence[int], start: int) -> Iterator[tuple[int, float]]:
    """When something unusual is noticed, each surge once, and how many times the usual it is.

    What was noticed is not taken for usual later.
    """
    spans: list[Span] = []
    inflow, since = look_at(counts, start), 0
    for quarter in range(start, len(counts)):
        if quarter % DAY == 0:
            inflow = look_at(counts, quarter, spans)
        if not since:
            unusual = inflow.unusual(quarter, spans[-1][1] if spans else 0)
            if unusual:
                since = quarter
                yield quarter, unusual.seen / unusual.usual
        elif inflow.is_usual_again(quarter):
            spans.append((since - 15, quarter))
            inflow, since = look_at(counts, quarter, spans), 0


def look_at(counts: Sequence[int], quarter: int, spans: Sequence[Span] = ()) -> Inflow:
    """What is known in this quarter, with the rest of its day, of which the rule asks only when it comes."""
    first = max(0, quarter - (WEEKS * WEEK + DAY))
    return Inflow(counts[first : quarter - quarter % DAY + DAY], first=first, known_from=0, now=quarter, surges=spans)


def stream(
    chance: random.Random, volume: float, differ: float, weeks: int, *, surge: Span = (0, 0), times: float = 1.0
) -> Iterator[list[float]]:
    """For each quarter of an hour the minutes at which requests come in."""
    week = hours_of_a_week()
    for day in range(weeks * 7):
        level = volume * drawn(chance, differ) * 1.01 ** (day / 7) * (0.3 if chance.random() < 0.02 else 1)
        hours = [drawn(chance, 0.2) for _ in range(24)]
        for quarter in range(DAY):
            expected = level * week[day % 7 * DAY + quarter] * hours[quarter // 4]
            expected *= times if surge[0] <= day * DAY + quarter < surge[1] else 1
            yield sorted(chance.random() * 15 for _ in range(poisson(chance, expected)))


def hours_of_a_week() -> list[float]:
    """The share of a working day's requests in each quarter: office hours most, evenings some, nights nearly none."""
    shares = []
    for day in range(7):
        for quarter in range(DAY):
            hour = quarter / 4
            share = 1.0 if 9 <= hour < 17 else 0.25 if 7 <= hour < 23 else 0.03
            shares.append(share if day < 5 else 0.4 * share)
    return [share / sum(shares[:DAY]) for share in shares]


def drawn(chance: random.Random, deviation: float) -> float:
    return math.exp(chance.gauss(-deviation * deviation / 2, deviation))


def poisson(chance: random.Random, expected: float) -> int:
    if expected > 60:
        return max(0, round(chance.gauss(expected, math.sqrt(expected))))
    limit, number, product = math.exp(-expected), 0, chance.random()
    while product > limit:
        number, product = number + 1, product * chance.random()
    return number


def real(path: Path, stated: float) -> None:
    """Alarms in real streams: the desk as a whole, and each group with a ticket a day or more."""
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [(row["group"], datetime.fromisoformat(row["opened_local"])) for row in csv.DictReader(file)]
    begin = min(at for _, at in rows).replace(hour=0, minute=0)
    by_group: dict[str, Counter[int]] = defaultdict(Counter)
    for group, at in rows:
        quarter = int((at - begin).total_seconds() // 900)
        by_group["all"][quarter] += 1
        by_group[group][quarter] += 1
    length = max(by_group["all"]) + 1
    daily = [counts for counts in by_group.values() if counts.total() > 77]
    streams = [[counts[place] for place in range(length)] for counts in daily]
    found = [times for counts in streams for _, times in noticed(counts, WEEK)]
    months = len(streams) * (length - WEEK) / MONTH
    rate = len(found) / months
    print(f"\nreal tickets: {len(found)} alarms in {months:.0f} months of {len(streams)} streams, {rate:.3f} a month,")
    print(f"{rate / stated:.2f} of what is stated for quiet streams; half of them told of {median(found):.0f} times the usual")


if __name__ == "__main__":
    main()
