"""A published set placed in a bucket that speaks the S3 protocol: only what is different is sent, and nothing is ever missing.

Bytes are sent as they are, not compressed: a bucket sends one form to everybody, also to programs that do not take gzip, and
what stands in front of a bucket compresses by itself. A page has two keys, because some servers look for `history/index.html`
and others for `history` itself.

`.published.json` tells of every object that we ever sent and may have to remove. It is written before and after, so that a run
which is killed half-way leaves nothing that the next one does not know of; objects of others in the bucket are left alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore import exceptions as wrong
from botocore.config import Config

from portal.errors import Invalid, Unavailable
from portal.publication.published import Published
from portal.publication.shelf import CHECKED, CURRENT, is_page, place_of

KNOWN = ".published.json"
_SCHEME = "s3://"
_SENDERS = 8
_REGION = "eu-west-1"  # where nobody names one: servers of one's own do not mind, and AWS says which would be right
_ADVICE = {
    "NoSuchBucket": "There is no bucket {bucket}. Make it first, or name another one.",
    "AccessDenied": "These keys may not write into {bucket}. They need ListBucket, GetObject, PutObject and DeleteObject.",
    "InvalidAccessKeyId": "The bucket's server does not know AWS_ACCESS_KEY_ID. Look whether it is of this server.",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not that of AWS_ACCESS_KEY_ID.",
    "PermanentRedirect": "The bucket {bucket} is in another region. Name it in AWS_DEFAULT_REGION.",
}

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Sending:
    """An object as it is to be: the file with its bytes, and what the bucket tells with them. Lower waves go first."""

    key: str
    file: Path
    content_type: str
    cache_control: str
    etag: str
    wave: int

    @property
    def digest(self) -> str:
        """Another one as soon as the object would be another."""
        return hashlib.sha256(repr((self.etag, self.content_type, self.cache_control)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Placed:
    """How many objects were sent, removed, and found to be right."""

    sent: int
    removed: int
    kept: int


class Bucket:
    """Raises Unavailable, with what to do, when its server refuses or does not answer."""

    def __init__(self, address: str) -> None:
        """`address` is s3://BUCKET/PREFIX; the server and the keys are those of AWS's own environment variables."""
        self.name, self._prefix = read_address(address)
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            max_pool_connections=_SENDERS,
            # Servers other than AWS's own often do not know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with self._plainly():
            session = boto3.session.Session()
            self._client: Any = session.client("s3", config=config, region_name=session.region_name or _REGION)

    def look(self) -> None:
        """Finds out before any work is done whether the bucket may be read."""
        with self._plainly():
            self._there()

    def place(self, shelf: Path, documents: Iterable[Published], spared: Iterable[str], tell: Tell) -> Placed:
        """Makes the bucket hold this set of a shelf; documents at `spared` paths stay as they are there.

        `tell` hears how much of how much is done.
        """
        wanted = {each.key: each for each in sendings(shelf, documents)}
        with self._plainly():
            known, there = self._known(), self._there()
            due = [each for key, each in wanted.items() if known.get(key) != f"{each.digest} {there.get(key)}"]
            kept_anyway = {key for path in spared for key in keys_of(path, is_page=True)}
            gone = sorted(key for key in known if key in there and key not in wanted and key not in kept_anyway)
            now_there = {key: found for key, found in known.items() if key in there and key not in gone}
            if due or gone:
                self._write_down({**known, **{each.key: "" for each in due}})
            done, of = 0, len(due) + len(gone)
            tell(done, of)
            with ThreadPoolExecutor(_SENDERS) as senders:
                for wave in sorted({each.wave for each in due}):
                    for key, found in senders.map(self._send, [each for each in due if each.wave == wave]):
                        now_there[key] = found
                        tell(done := done + 1, of)
                for _ in senders.map(self._remove, gone):
                    tell(done := done + 1, of)
            if due or gone:
                self._write_down(now_there)
            self._put(CHECKED, (shelf / CHECKED).read_bytes(), "application/json", "no-store")
        return Placed(len(due), len(gone), len(wanted) - len(due))

    def _known(self) -> dict[str, str]:
        """What we sent, by key: its digest and the bucket's own tag for it; "" for what was perhaps not sent whole."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=self._prefix + KNOWN)
            known = json.loads(answer["Body"].read())
            return {str(key): str(found) for key, found in known.items()}
        except (self._client.exceptions.NoSuchKey, ValueError, AttributeError):
            return {}

    def _there(self) -> dict[str, str]:
        """The tags of all objects that are there, by key."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self._prefix)
        return {each["Key"][len(self._prefix) :]: each["ETag"] for page in pages for each in page.get("Contents", ())}

    def _write_down(self, known: Mapping[str, str]) -> None:
        self._put(KNOWN, json.dumps(known, sort_keys=True).encode(), "application/json", "no-store")

    def _send(self, each: Sending) -> tuple[str, str]:
        tag = self._put(each.key, each.file.read_bytes(), each.content_type, each.cache_control)
        return each.key, f"{each.digest} {tag}"

    def _put(self, key: str, body: bytes, content_type: str, cache_control: str) -> str:
        answer = self._client.put_object(
            Bucket=self.name, Key=self._prefix + key, Body=body, ContentType=content_type, CacheControl=cache_control
        )
        return str(answer["ETag"])

    def _remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=self._prefix + key)

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """What the S3 library says, as one error of ours that says what to do."""
        try:
            yield
        except wrong.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            said = _ADVICE.get(code, "The bucket's server refuses: {error}. Run it again to go on.")
            raise Unavailable(said.format(bucket=self.name, error=error)) from error
        except (wrong.NoCredentialsError, wrong.PartialCredentialsError) as error:
            raise Unavailable("There are no keys for the bucket. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.") from error
        except (wrong.HTTPClientError, wrong.BotoCoreError, ValueError) as error:
            said = f"The bucket's server cannot be reached: {error}. See AWS_ENDPOINT_URL_S3; run it again to go on."
            raise Unavailable(said) from error


def read_address(address: str) -> tuple[str, str]:
    """Bucket and prefix; the prefix is "" or ends in a slash. Raises Invalid for what is no address of a bucket."""
    name, _, prefix = address.removeprefix(_SCHEME).partition("/")
    if not address.startswith(_SCHEME) or not name:
        raise Invalid("--to", address, "a folder, or s3://BUCKET/PREFIX")
    prefix = prefix.strip("/")
    return name, f"{prefix}/" if prefix else ""


def sendings(shelf: Path, documents: Iterable[Published]) -> Iterator[Sending]:
    """Every object for the current set of this shelf."""
    for document in documents:
        folders, name = place_of(document.path, is_page=is_page(document))
        file = Path(shelf, CURRENT, *folders, name)
        headers = document.headers
        for key in keys_of(document.path, is_page=is_page(document)):
            yield Sending(key, file, headers["Content-Type"], headers["Cache-Control"], document.etag, wave_of(document))


def keys_of(path: str, *, is_page: bool) -> set[str]:
    """The keys under which the document at this path lies."""
    plain = path.strip("/")
    return ({path[1:], plain, f"{plain}/index.html".lstrip("/")} if is_page else {plain}) - {""}


def wave_of(document: Published) -> int:
    """Style sheets and the like first, then what pages and feeds lead to; last the pages with which people begin."""
    path = document.path
    if path.startswith("/static/") or path == "/theme.css":
        return 0
    if path in {"/", "/en/"} or "/fragments/" in path:
        return 3
    return 1 if is_page(document) else 2
