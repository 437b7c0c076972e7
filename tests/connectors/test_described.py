"""What docs/messages.md says is what the portal reads."""

import json
import re
from pathlib import Path

import pytest

from portal.cases.rules import Change
from portal.connectors.reading import read_delivery, read_line
from portal.errors import Invalid

DESCRIBED = (Path(__file__).parents[2] / "docs" / "messages.md").read_text()


def examples(language: str) -> str:
    return "".join(re.findall(rf"^```{language}\n(.+?)^```", DESCRIBED, re.MULTILINE | re.DOTALL))


def test_the_example_of_a_webhook_is_a_message() -> None:
    delivery = read_delivery(examples("json").encode())
    assert delivery.message
    assert delivery.message.text == "Rijdt lijn 12?"


def test_each_line_of_the_example_file_is_a_message() -> None:
    lines = [read_line(line.encode()) for line in examples("jsonl").splitlines()]
    changes = [line.message.change for line in lines if line]
    assert changes == [Change.CREATED, Change.CREATED, Change.EDITED, Change.DELETED]


def test_each_field_of_the_table_is_read() -> None:
    fields = {name for row in re.findall(r"^\| (`[^|]+) \|", DESCRIBED, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert len(fields) == 18
    with pytest.raises(Invalid) as refused:
        read_line(json.dumps({"channel": "x"} | {field: {"not": "this"} for field in fields}).encode())
    assert {fault.field for fault in refused.value.faults} == fields
