"""Problem documents (RFC 9457), as every program that the portal refuses is told what is wrong. Pure."""

import json
from collections.abc import Iterable
from http import HTTPStatus

from portal.errors import Fault

MIMETYPE = "application/problem+json"


def problem_document(status: HTTPStatus, detail: str, **members: object) -> bytes:
    """The document: `detail` is for people, further members are for programs."""
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **members}
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def named(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """The faults as a problem document names them; a value is cut, because it can be as long as what was sent."""
    return [{"field": each.field, "value": repr(each.value)[:200], "expected": each.expected} for each in faults]
