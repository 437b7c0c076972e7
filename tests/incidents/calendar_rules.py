"""What RFC 5545 and RFC 7986 ask of a published calendar, as a function that returns every fault. Knows nothing of the portal."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

UTC_INSTANT = re.compile(r"\d{8}T\d{6}Z")
ESCAPED = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
TEXTS = {"NAME", "DESCRIPTION", "SUMMARY", "UID", "PRODID", "X-WR-CALNAME", "X-WR-CALDESC"}
ONCE_IN_CALENDAR = ("VERSION", "PRODID", "UID", "NAME", "URL", "LAST-MODIFIED", "REFRESH-INTERVAL", "SOURCE")
ONCE_IN_EVENT = ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "STATUS", "URL")

Line = tuple[str, str, str]  # name, parameters, value


def faults(body: bytes, *, address: str) -> list[str]:
    """Every fault of a calendar that was fetched from `address`."""
    return list(_bytes(body)) or list(_calendar(body, address))


def _bytes(body: bytes) -> Iterator[str]:
    """Section 3.1: every line ends in CRLF, has at most 75 octets, and is UTF-8 once it is unfolded."""
    if not body.endswith(b"\r\n") or re.search(rb"(?<!\r)\n|\r(?!\n)", body):
        yield "a line does not end in CRLF"
    yield from (f"a line of {len(line)} octets" for line in body.split(b"\r\n") if len(line) > 75)
    text = body.replace(b"\r\n ", b"").decode("utf-8", "strict")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        yield "a control character"


def _calendar(body: bytes, address: str) -> Iterator[str]:
    lines = [_line(each) for each in body.replace(b"\r\n ", b"").decode().split("\r\n") if each]
    if lines[0] != ("BEGIN", "", "VCALENDAR") or lines[-1] != ("END", "", "VCALENDAR"):
        yield "no VCALENDAR"
    own, events = _parts(lines)
    yield from _once(own, ONCE_IN_CALENDAR, "calendar")
    expected = {
        "VERSION": ("", "2.0"),
        "REFRESH-INTERVAL": (";VALUE=DURATION", "PT1H"),
        "SOURCE": (";VALUE=URI", address),
    }
    for name, parameters, value in own:
        if name in expected and expected[name] != (parameters, value):
            yield f"{name}{parameters} is {value}"
    for line in (*own, *(line for event in events for line in event)):
        yield from _value(*line)
    for event in events:
        yield from _event(event)
    ids = [value for event in events for name, _, value in event if name == "UID"]
    if len(ids) != len(set(ids)):
        yield "two events with one UID"


def _event(event: list[Line]) -> Iterator[str]:
    yield from _once(event, ONCE_IN_EVENT, "event")
    facts = {name: value for name, _, value in event}
    if facts.get("DTEND", "") <= facts.get("DTSTART", ""):
        yield "an event ends before it starts"
    if not facts.get("SEQUENCE", "").isdigit():
        yield f"SEQUENCE is {facts.get('SEQUENCE')}"
    if facts.get("STATUS") not in {"TENTATIVE", "CONFIRMED", "CANCELLED"}:
        yield f"STATUS is {facts.get('STATUS')}"


def _value(name: str, parameters: str, value: str) -> Iterator[str]:
    if name in {"DTSTAMP", "DTSTART", "DTEND", "LAST-MODIFIED", "CREATED"} and (parameters or not UTC_INSTANT.fullmatch(value)):
        yield f"{name} is no instant in UTC: {parameters} {value}"
    if name in TEXTS and not ESCAPED.fullmatch(value):
        yield f"{name} is not escaped: {value}"
    if name == "URL" and not urlsplit(value).netloc:
        yield f"URL is {value}"


def _once(lines: list[Line], names: tuple[str, ...], what: str) -> Iterator[str]:
    for name in names:
        count = sum(line[0] == name and bool(line[2]) for line in lines)
        if count != 1:
            yield f"{count} {name} in a {what}"


def _line(text: str) -> Line:
    head, _, value = text.partition(":")
    name, semicolon, parameters = head.partition(";")
    return name, semicolon + parameters, value


def _parts(lines: list[Line]) -> tuple[list[Line], list[list[Line]]]:
    """The calendar's own properties, and those of each event."""
    own: list[Line] = []
    events: list[list[Line]] = []
    is_inside = False
    for line in lines:
        if line[:1] + line[2:] == ("BEGIN", "VEVENT"):
            events.append([])
            is_inside = True
        elif line[:1] + line[2:] == ("END", "VEVENT"):
            is_inside = False
        elif line[0] not in {"BEGIN", "END"}:
            (events[-1] if is_inside else own).append(line)
    return own, events
