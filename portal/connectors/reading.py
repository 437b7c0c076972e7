"""Reads the common message model out of JSON. Pure: bytes in, values out, every fault named."""

import html
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import nh3

from portal.cases.rules import LONGEST_ID, Change, Direction, Message, Visibility
from portal.errors import Fault, Invalid

CREATED, EDITED, DELETED = "message.created", "message.edited", "message.deleted"
_CHANGES = {CREATED: Change.CREATED, EDITED: Change.EDITED, DELETED: Change.DELETED}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_TEXT = 100_000
_MOST_ATTACHMENTS = 50
_RESERVED = "portal:"  # begins the ids of what the portal itself says, which cannot be taken, changed or deleted from outside
_NOT_TO_ANSWER = frozenset({"bulk", "list", "junk", "auto_reply"})  # RFC 3834 and what came before it
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # Unicode's marks of direction
_SPOKEN = (Direction.INBOUND, Direction.OUTBOUND)
_VISIBILITIES = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)


@dataclass(frozen=True)
class Delivery:
    """What a webhook's body says; `message` is None when it is about something else than a message."""

    kind: str
    message: Message | None


def read_delivery(body: bytes) -> Delivery:
    """The message in the body of a webhook: {"type": "message.created", "timestamp": ..., "data": {...}}.

    Raises Invalid that names each field which cannot be taken, such as data.message_id.
    """
    content = _json_object(body)
    fields = _Fields(content, "")
    kind = fields.text("type", required=True)
    sent_at = fields.instant("timestamp")
    if kind and not re.fullmatch(r"[a-zA-Z0-9_.]{1,100}", kind):
        fields.fault("type", "a name of letters, digits, points and underscores, such as message.created")
    change = _CHANGES.get(kind)
    if change is None:
        fields.finish()
        return Delivery(kind, None)
    data = content.get("data")
    if not isinstance(data, dict):
        fields.fault("data", "an object with the message")
        fields.finish()
    inner = _Fields(data if isinstance(data, dict) else {}, "data.", fields.faults)
    message = _message(inner, change, sent_at)
    inner.finish()
    assert message
    return Delivery(kind, message)


@dataclass(frozen=True)
class Line:
    """A line of JSON Lines: the message, the slug of its channel, and how to name that channel if it is to be made."""

    channel: str
    message: Message
    account: str = ""
    channel_name: str = ""


def read_line(line: bytes) -> Line | None:
    """What one line of JSON Lines says; None for something else than a message (a `type` that we do not know).

    An edit has `edited_of`, a deletion `deleted: true`. Raises Invalid that names each field which cannot be taken.
    """
    fields = _Fields(_json_object(line), "")
    channel = fields.text("channel", required=True)
    kind = fields.text("type") or CREATED
    change = _CHANGES.get(kind)
    if fields.flag("deleted"):
        change = Change.DELETED
    elif fields.id("edited_of"):
        change = Change.EDITED
    if change is None:
        fields.finish()
        return None
    message = _message(fields, change, None)
    fields.finish()
    assert message
    return Line(channel, message, fields.text("account"), fields.text("channel_name"))


def _message(fields: "_Fields", change: Change, sent_at: datetime | None) -> Message | None:
    is_new = change is Change.CREATED
    target = fields.own_id("edited_of") if change is Change.EDITED else ""
    message_id = target or fields.own_id("message_id", required=True)
    direction = fields.choice("direction", Direction.INBOUND, _SPOKEN)
    created_at = fields.instant("created_at" if is_new or "created_at" in fields else "edited_at") or sent_at
    if created_at is None and not any(fault.field.endswith(("created_at", "edited_at", "timestamp")) for fault in fields.faults):
        fields.fault("created_at", "the time at which it was written, such as 2026-03-10T14:00:00+01:00")
    marked = fields.long_text("html")
    auto_submitted, precedence = (fields.line(name).strip().lower() for name in ("auto_submitted", "precedence"))
    text = fields.long_text("text") or html.unescape(nh3.clean(marked, tags=set())).strip()
    found = Message(
        message_id=message_id,
        direction=direction,
        created_at=created_at or _EARLIEST,
        text=text,
        html=marked,
        thread_ref=fields.id("thread_ref"),
        parent_ref=fields.id("parent_ref"),
        author_id=fields.id("author_id", required=is_new and direction is Direction.INBOUND),
        author_handle=fields.line("author_handle"),
        author_name=fields.line("author_name"),
        visibility=fields.choice("visibility", Visibility.DIRECT, _VISIBILITIES),
        is_automatic=fields.flag("automatic") or auto_submitted.startswith("auto-replied"),
        is_full_answer=fields.flag("full_answer"),
        language=_primary(fields.text("language")),
        attachments=fields.attachments("attachments"),
        change=change,
        takes_no_reply=auto_submitted not in {"", "no"} or precedence in _NOT_TO_ANSWER or bool(fields.line("list_id")),
    )
    return None if fields.faults else found


def _json_object(body: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        content = json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid("body", body[:80].decode("utf-8", "replace"), f"JSON ({error})") from error
    if not isinstance(content, dict):
        raise Invalid("body", content, "a JSON object")
    return content


class _Fields:
    """Takes values out of a JSON object and collects faults instead of stopping at the first."""

    def __init__(self, content: Mapping[str, Any], prefix: str, faults: list[Fault] | None = None) -> None:
        self._content = content
        self._prefix = prefix
        self.faults: list[Fault] = [] if faults is None else faults

    def __contains__(self, name: str) -> bool:
        return self._content.get(name) is not None

    def fault(self, name: str, expected: str) -> None:
        self.faults.append(Fault(self._prefix + name, self._content.get(name), expected))

    def finish(self) -> None:
        if self.faults:
            raise Invalid.many(self.faults)

    def text(self, name: str, *, required: bool = False) -> str:
        """A line of text, cleaned of what no database keeps. Too long a line is cut by who stores it."""
        value = self._content.get(name)
        if value is None or value == "":
            if required:
                self.fault(name, "a text")
            return ""
        if not isinstance(value, str):
            self.fault(name, "a text")
            return ""
        return _storable(value)

    def line(self, name: str) -> str:
        """A name as others show it: on one line, and without the marks that turn around what stands behind it on our page."""
        return "".join(c for c in self.text(name) if unicodedata.category(c) != "Cc" and c not in _TURNS)

    def long_text(self, name: str) -> str:
        value = self.text(name)
        if len(value) > _LONGEST_TEXT:
            self.fault(name, f"at most {_LONGEST_TEXT} characters")
        return value

    def id(self, name: str, *, required: bool = False) -> str:
        """An opaque id; a number is one too, because some channels send both."""
        value = self._content.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if required:
                self.fault(name, "an id: a text or a whole number")
            return ""
        if not isinstance(value, str) or len(value) > LONGEST_ID or _storable(value) != value or value != value.strip():
            self.fault(name, f"an id of at most {LONGEST_ID} characters, without spaces around it")
            return ""
        return value

    def own_id(self, name: str, *, required: bool = False) -> str:
        """The id of a message of the channel itself, and not of one that the portal wrote."""
        value = self.id(name, required=required)
        if value.casefold().startswith(_RESERVED):
            self.fault(name, f"the channel's own id, which does not begin with {_RESERVED}")
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self._content.get(name, False)
        if not isinstance(value, bool | None):
            self.fault(name, "true or false")
        return value is True

    def choice(self, name: str, default: Any, choices: tuple[Any, ...]) -> Any:
        value = self._content.get(name)
        if value is None:
            return default
        found = next((choice for choice in choices if choice == value), None)
        if found is None:
            self.fault(name, " or ".join(choices))
            return default
        return found

    def instant(self, name: str) -> datetime | None:
        value = self._content.get(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or found < _EARLIEST:
            self.fault(name, "a time after 1999 with its offset, such as 2026-03-10T14:00:00+01:00")
            return None
        try:
            return found.astimezone(UTC)
        except OverflowError:
            self.fault(name, "a time that the calendar knows")
            return None

    def attachments(self, name: str) -> tuple[dict[str, Any], ...]:
        value = self._content.get(name)
        if value is None:
            return ()
        fits = isinstance(value, list) and len(value) <= _MOST_ATTACHMENTS and all(isinstance(each, dict) for each in value)
        if not fits:
            self.fault(name, f"a list of at most {_MOST_ATTACHMENTS} objects")
            return ()
        kept = ("url", "name", "content_type")
        return tuple({key: _storable(str(each[key])) for key in kept if each.get(key)} for each in value)


def _primary(language: str) -> str:
    """The language itself of a tag such as nl-BE; empty for what cannot be one, because it stands in the pages' `lang`."""
    found = re.match(r"([a-z]{2,3})(?:[-_]|$)", language.lower())
    return found[1] if found else ""


def _storable(text: str) -> str:
    """The text without NUL and half surrogate pairs, which no database keeps."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()
