"""What rows come down to, equal for equal values whatever database they were read from. Pure."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

_BYTES = 32
_WRAP = 1 << 8 * _BYTES


@dataclass
class Digest:
    """How many rows, and the sum of what each comes down to: a row more, less or otherwise gives another one."""

    count: int = 0
    total: int = 0

    def add(self, row: Sequence[Any]) -> None:
        canonical = json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=True)
        hashed = hashlib.blake2b(canonical.encode(), digest_size=_BYTES).digest()
        self.count += 1
        self.total = (self.total + int.from_bytes(hashed)) % _WRAP

    def __str__(self) -> str:
        return f"{self.count} rows, {self.total:064x}"


def digest_of(rows: Iterable[Sequence[Any]]) -> Digest:
    """The digest of all these rows, in whatever order."""
    digest = Digest()
    for row in rows:
        digest.add(row)
    return digest


def _plain(value: Any) -> Any:
    """The value for JSON, with its kind where JSON has none: a text that looks like a date is not a date."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return {"instant": value.astimezone(UTC).isoformat()}
        case date():
            return {"day": value.isoformat()}
        case bytes() | memoryview():
            return {"bytes": bytes(value).hex()}
        case dict() | list():
            return {"json": value}
        case _:
            return value
