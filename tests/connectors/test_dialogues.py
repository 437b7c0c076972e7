"""Real conversations of 25 brands, imported: the portal shows the true figures. Read where the shared data is present."""

import json
import math
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case, CaseMessage
from portal.connectors.importing import Import
from portal.db import Database
from portal.organisation.store import channels
from portal.promises.statistics import MINIMUM_COUNT
from portal.promises.store import figures_of

ROOT = Path(__file__).parent.parent.parent
NAMES = ("customer_care_dialogues_dev.json", "customer_care_dialogues_test.json")
SHARED = Path(os.environ.get("PORTAL_SHARED_DATA", ROOT.parent / "shared" / "data"))
SOURCES = ["made up", "real"] if all((SHARED / name).is_file() for name in NAMES) else ["made up"]
START = datetime(2020, 3, 1, 10, 0, tzinfo=UTC)


def tweet_id(minutes: float) -> str:
    """The id of a tweet sent so many minutes after START."""
    milliseconds = int((START + timedelta(minutes=minutes)).timestamp() * 1000) - 1288834974657
    return str(milliseconds << 22)


def tweet(who: str, minutes: float, text: str = "Waar is de bus?") -> dict[str, str]:
    moment = (START + timedelta(minutes=minutes)).isoformat()
    return {who: "somebody", "datetime": moment, "message": text, "tweet_ID": tweet_id(minutes)}


def dialogue(name: str, last: float, *tweets: dict[str, str], company: str = "Ringlijn_Help") -> dict[str, Any]:
    link = {"tweet_ID": tweet_id(last), "turn": "2", "url": "https://example.nl", "url_utterance": "Kijk hier", "doc_id": "1"}
    return {"dialogHeader": {"company": company, "sessionID": name}, "dialogContent": list(tweets), "agentURL": link}


def made_up() -> list[dict[str, Any]]:
    """In the shape of the dataset: three brands, replies in the middle or only at the end, a guest, a shared tweet."""
    dice, found = Random(3), []
    for number in range(60):
        at = number * 100 + dice.random()
        wait = dice.lognormvariate(3, 1.5)
        tweets = [tweet("client", at), tweet("client1", at + 0.1, "")]
        if number % 7 == 0:
            tweets.append(tweet("agent", at + wait / 2))
        found.append(dialogue(f"d{number}", at + wait, *tweets, company=f"Brand{number % 3}"))
        if number % 20 == 0:
            found.append(dialogue(f"e{number}", at + wait + 1, tweets[0], company=f"Brand{number % 3}"))
    return found


def convert(paths: Iterable[Path], target: Path) -> Path:
    with target.open("wb") as output:
        subprocess.run([sys.executable, ROOT / "benchmarks" / "dialogues.py", *paths], stdout=output, check=True)
    return target


def percentile(values: list[float], part: float) -> float:
    """Interpolated between neighbours, computed here on its own."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def first_responses(dialogues: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Seconds to the first reply of each conversation by brand, from the files alone. A tweet in two conversations joins them."""
    conversation_of: dict[str, int] = {}
    sides: dict[int, tuple[str, list[datetime], list[datetime]]] = {}
    for number, dialogue in enumerate(dialogues):
        tweets = [(next(iter(set(t) - {"datetime", "message", "tweet_ID"})), t["tweet_ID"]) for t in dialogue["dialogContent"]]
        tweets.append(("agent", dialogue["agentURL"]["tweet_ID"]))
        mine = min((conversation_of[tweet_id] for _who, tweet_id in tweets if tweet_id in conversation_of), default=number)
        _brand, asked, replied = sides.setdefault(mine, (dialogue["dialogHeader"]["company"], [], []))
        for who, tweet_id in tweets:
            conversation_of[tweet_id] = mine
            at = datetime.fromtimestamp(((int(tweet_id) >> 22) + 1288834974657) / 1000, UTC)
            (replied if who == "agent" else asked).append(at)
    found: dict[str, list[float]] = defaultdict(list)
    for brand, asked, replied in sides.values():
        first = min(asked)
        found[brand].append(min((at - first).total_seconds() for at in replied if at >= first))
    return found


def test_conversations_that_share_a_tweet_are_one(sqlite_database: Database, tmp_path: Path, now: datetime) -> None:
    source = tmp_path / "dialogues.json"
    question = tweet("client", 0)
    source.write_text(
        json.dumps([dialogue("a", 30, question, tweet("client1", 5, "")), dialogue("b", 40, question, tweet("agent", 20))])
    )
    summary = Import(sqlite_database, convert([source], tmp_path / "lines.jsonl"), now=now, create_channels=True).run()
    assert (summary.read, summary.taken, summary.already_there, summary.rejected) == (6, 5, 1, 0)
    with sqlite_database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert session.scalar(select(func.count(CaseMessage.id)).where(CaseMessage.case_id == case.id)) == 5
    assert case.first_answered_at
    assert (case.first_answered_at - case.received_at).total_seconds() == 1200


@pytest.mark.parametrize("source", SOURCES)
def test_every_brand_has_its_true_median_and_ninetieth_percentile(
    source: str, shared_data: Path | None, sqlite_database: Database, tmp_path: Path, now: datetime
) -> None:
    if source == "real":
        assert shared_data
        paths = [shared_data / name for name in NAMES]
    else:
        paths = [tmp_path / "made_up.json"]
        paths[0].write_text(json.dumps(made_up()))
    dialogues = [each for path in paths for each in json.loads(path.read_text())]
    summary = Import(sqlite_database, convert(paths, tmp_path / "lines.jsonl"), now=now, create_channels=True).run()
    assert summary.rejected == summary.ignored == 0
    assert summary.taken + summary.already_there == summary.read == sum(len(each["dialogContent"]) + 1 for each in dialogues)
    expected = first_responses(dialogues)
    if source == "real":
        assert (summary.read, len(expected), sum(map(len, expected.values()))) == (2350, 25, 1022)
    with sqlite_database.reading() as session:
        found = {channel.name: channel.id for channel in channels(session)}
        assert set(found) == set(expected)
        for brand, waits in expected.items():
            figures = figures_of(session, found[brand], date(2018, 1, 1), date(2020, 12, 31), now)
            assert figures.tally.received == figures.answered.total == len(waits), brand
            assert (figures.waiting.ages.total, figures.error <= 0.0101) == (0, True), brand
            if len(waits) < MINIMUM_COUNT:
                assert figures.spread.median is None
                continue
            for quantile, part in ((figures.spread.median, 0.5), (figures.spread.p90, 0.9)):
                assert quantile
                assert quantile.seconds == pytest.approx(percentile(waits, part), rel=figures.error + 1e-4, abs=1), brand
