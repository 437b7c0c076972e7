"""Turns the "Twitter Conversations Dataset" (Ganhotra et al., EMNLP 2020) into lines for `flask portal import`.

    python benchmarks/dialogues.py dev.json test.json > dialogues.jsonl
    flask portal import --create-channels dialogues.jsonl

One channel per brand. The dataset names authors by their part in a conversation (client, client1), so a person is one only
within it. The last tweet of the agent stands apart, without a time: its id says when it was sent. Conversations that share a
tweet are one conversation.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MILLISECOND = 1_288_834_974_657
_FACTS = frozenset({"datetime", "message", "tweet_ID"})


def sent_at(tweet_id: str) -> datetime:
    """When a tweet was sent, as its id says it: milliseconds stand above the lowest 22 bits."""
    return _EPOCH + timedelta(milliseconds=(int(tweet_id) >> 22) + _FIRST_MILLISECOND)


def slug(company: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", company.lower()).strip("-")


def tweets_of(dialogue: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Who, id, time and text of each tweet, the agent's last one included."""
    for tweet in dialogue["dialogContent"]:
        (who,) = set(tweet) - _FACTS
        yield {"who": who, "id": tweet["tweet_ID"], "at": tweet["datetime"], "text": tweet["message"]}
    last = dialogue["agentURL"]
    text = f"{last['url_utterance']} {last['url']}".strip()
    yield {"who": "agent", "id": last["tweet_ID"], "at": sent_at(last["tweet_ID"]).isoformat(), "text": text}


def conversations(dialogues: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each dialogue with the name of its conversation: that of the first dialogue with which it shares a tweet."""
    names: dict[str, str] = {}
    for dialogue in dialogues:
        ids = [tweet["id"] for tweet in tweets_of(dialogue)]
        name = next((names[tweet_id] for tweet_id in ids if tweet_id in names), dialogue["dialogHeader"]["sessionID"])
        names.update(dict.fromkeys(ids, name))
        yield dialogue, name


def lines(dialogues: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Messages in the common model."""
    for dialogue, name in conversations(dialogues):
        company = dialogue["dialogHeader"]["company"]
        for tweet in tweets_of(dialogue):
            is_ours = tweet["who"] == "agent"
            yield {
                "channel": slug(company),
                "channel_name": company,
                "account": company,
                "message_id": tweet["id"],
                "thread_ref": name,
                "direction": "outbound" if is_ours else "inbound",
                "author_id": company if is_ours else f"{name}/{tweet['who']}",
                "visibility": "public",
                "created_at": tweet["at"],
                "language": "en",
                "text": tweet["text"],
            }


def main(paths: list[str]) -> None:
    for line in lines(dialogue for path in paths for dialogue in json.loads(Path(path).read_text(encoding="utf-8"))):
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
