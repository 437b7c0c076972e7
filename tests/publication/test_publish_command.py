"""`flask portal publish --to`: a folder for another machine's web server, or a bucket of a real server that speaks S3."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as BotoConfig
from click.testing import Result

from portal import migrating
from portal.app import create_app
from portal.clock import FixedClock
from portal.publication import bucket as buckets
from portal.publication.bucket import Bucket, keys_of, read_address
from portal.publication.publisher import Publisher, alone
from portal.publication.shelf import CURRENT, Shelf, is_page
from portal.services import Services
from tests.publication.standing import Program, services_of, settings_in, status_of
from tests.running import ROOT, free_port, wait_until

pytestmark = pytest.mark.xdist_group("publish-command")

BUCKET = "s3://status/site"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A portal that was just installed: few documents, of every kind but incidents. Its clock stands still."""
    services = services_of(settings_in(tmp_path_factory.mktemp("company")))
    migrating.upgrade(services.database)
    yield replace(services, clock=FixedClock(services.clock.now()))
    services.database.close()


@pytest.fixture(scope="module")
def run(company: Services) -> Run:
    app = create_app(services=company)
    return lambda *args: app.test_cli_runner().invoke(args=["portal", "publish", *args])


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = Program(command, tmp_path_factory.mktemp("s3"), lambda: status_of(address) is not None)
    server.start()
    yield address
    server.kill()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an empty bucket `status`, whose server is named as one does it: by the environment."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": s3_server,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", region_name="us-east-1", config=BotoConfig(retries={"max_attempts": 1}))
    client.create_bucket(Bucket="status")
    yield client
    for key in keys_in(client):
        client.delete_object(Bucket="status", Key=key)
    client.delete_bucket(Bucket="status")
    client.close()


def keys_in(client: Any) -> set[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="status")
    return {each["Key"] for page in pages for each in page.get("Contents", ())}


def body_of(client: Any, key: str) -> bytes:
    answer = client.get_object(Bucket="status", Key=f"site/{key}")
    with answer["Body"] as body:
        return bytes(body.read())


def missing_assets(client: Any) -> set[str]:
    """What pages in the bucket name and the bucket does not have."""
    there = {key.removeprefix("site/") for key in keys_in(client)}
    pages = [body_of(client, key).decode() for key in there if key.endswith("index.html")]
    named = {name for page in pages for name in re.findall(r'(?:href|src)="/(static/[^"]+|theme\.css)"', page)}
    return named - there


def assert_holds(client: Any, shelf: Shelf) -> None:
    """The bucket has exactly the documents of this shelf, each with its own bytes and headers."""
    expected = {buckets.KNOWN, "checked.json"}
    for document in shelf.documents().values():
        for key in keys_of(document.path, is_page=is_page(document)):
            expected.add(key)
            answer = client.get_object(Bucket="status", Key=f"site/{key}")
            file = shelf.folder / CURRENT / document.path[1:]
            with answer["Body"] as body:
                assert body.read() == (file / "index.html" if is_page(document) else file).read_bytes(), key
            assert answer["ContentType"] == document.headers["Content-Type"], key
            assert answer["CacheControl"] == document.headers["Cache-Control"], key
            assert "ContentEncoding" not in answer, "anybody can read it"
    assert keys_in(client) == {f"site/{key}" for key in expected}


@pytest.fixture(scope="module")
def shelf(company: Services) -> Shelf:
    """The same state on a shelf, for comparison."""
    Publisher(create_app(services=company), company).publish_all()
    return Shelf(company.config.public_folder)


def test_a_folder_gets_everything_and_is_served_like_the_publishers_own(run: Run, tmp_path: Path) -> None:
    first = run("--to", str(tmp_path / "site"))
    assert first.exit_code == 0, first.output
    assert re.search(r"(\d+) documents are in .*/site, \1 of them made now\.", first.output)
    folder = tmp_path / "site"
    assert (folder / CURRENT / "index.html").stat().st_mode & 0o777 == 0o644
    assert (folder / "checked.json").exists()
    assert len(Shelf(folder).documents()) > 20


def test_what_cannot_be_done_is_one_line_that_says_what_to_do(run: Run, s3: Any, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("")
    with alone(tmp_path / "busy"):
        busy = run("--to", str(tmp_path / "busy"))
    gone = run("--to", "s3://nobody/site")
    nameless = run("--to", "s3://")
    file = run("--to", str(tmp_path / "file"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    refused = run("--to", BUCKET)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    keyless = run("--to", BUCKET)
    for result, said in {
        busy: "Somebody publishes into",
        gone: "There is no bucket nobody. Make it first",
        nameless: "expected a folder, or s3://BUCKET/PREFIX",
        file: "Name a folder that this user may fill",
        refused: "See AWS_ENDPOINT_URL_S3",
        keyless: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    }.items():
        assert result.exit_code == 1
        last = result.output.strip().splitlines()[-1]
        assert last.startswith("Error: "), result.output
        assert said in last
        assert "Traceback" not in result.output


def test_a_bucket_gets_everything_once_and_then_only_what_is_different(run: Run, s3: Any, shelf: Shelf) -> None:
    first = run("--to", BUCKET)
    assert first.exit_code == 0, first.output
    assert_holds(s3, shelf)
    assert missing_assets(s3) == set()
    assert "\n0 objects sent, 0 removed, " in "\n" + run("--to", BUCKET).output.splitlines()[-1]
    s3.put_object(Bucket="status", Key="site/theme.css", Body=b"somebody else's")
    s3.delete_object(Bucket="status", Key="site/history")
    assert "2 objects sent, 0 removed, " in run("--to", BUCKET).output
    assert_holds(s3, shelf)


def test_what_is_published_no_more_is_removed_and_what_is_others_stays(run: Run, s3: Any, shelf: Shelf) -> None:
    run("--to", BUCKET)
    documents = shelf.documents()
    gone = next(each for each in documents.values() if each.path == "/privacy")
    s3.put_object(Bucket="status", Key="site/robots.txt", Body=b"ours")
    left = [each for each in documents.values() if each is not gone]
    placed = Bucket(BUCKET).place(shelf.folder, left, (), lambda _done, _of: None)
    assert (placed.sent, placed.removed) == (0, 2)
    assert keys_of(gone.path, is_page=True).isdisjoint(key.removeprefix("site/") for key in keys_in(s3))
    assert "site/robots.txt" in keys_in(s3)


def test_what_could_not_be_made_stays_in_the_bucket_as_it_was(s3: Any, shelf: Shelf) -> None:
    documents = list(shelf.documents().values())
    Bucket(BUCKET).place(shelf.folder, documents, (), lambda _done, _of: None)
    left = [each for each in documents if each.path != "/history"]
    assert Bucket(BUCKET).place(shelf.folder, left, ("/history",), lambda _done, _of: None).removed == 0
    assert_holds(s3, shelf)
    assert Bucket(BUCKET).place(shelf.folder, left, (), lambda _done, _of: None).removed == 2


class Stopped(Exception):
    pass


def test_wherever_it_is_stopped_no_page_names_what_is_not_there_and_the_next_run_is_right(s3: Any, shelf: Shelf) -> None:
    documents = shelf.documents()
    extra = [each for each in documents.values() if each.path != "/accessibility"]

    def stop_at(number: int) -> Callable[[int, int], None]:
        def tell(done: int, _of: int) -> None:
            if done == number:
                raise Stopped

        return tell

    for number in (3, 8, 30):
        with pytest.raises(Stopped):
            Bucket(BUCKET).place(shelf.folder, documents.values(), (), stop_at(number))
        assert missing_assets(s3) == set()
    Bucket(BUCKET).place(shelf.folder, documents.values(), (), lambda _done, _of: None)
    with pytest.raises(Stopped):
        Bucket(BUCKET).place(shelf.folder, extra, (), stop_at(2))
    Bucket(BUCKET).place(shelf.folder, documents.values(), (), lambda _done, _of: None)
    assert_holds(s3, shelf)


@pytest.mark.slow
def test_a_run_that_was_killed_is_made_good_by_the_next(
    run: Run, s3: Any, shelf: Shelf, company: Services, s3_server: str
) -> None:
    settings = settings_in(company.config.instance.parent)
    server = {"AWS_ENDPOINT_URL_S3": s3_server, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "publish", "--to", BUCKET]
    with subprocess.Popen(command, cwd=ROOT, env={"PATH": "", **settings, **server}, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: len(keys_in(s3)) > 3, seconds=120)
        process.send_signal(signal.SIGKILL)
    assert missing_assets(s3) == set()
    assert run("--to", BUCKET).exit_code == 0
    assert_holds(s3, shelf)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("s3://status", ("status", "")), ("s3://status/", ("status", "")), ("s3://status/a/b/", ("status", "a/b/"))],
)
def test_an_address_names_a_bucket_and_perhaps_a_folder_in_it(address: str, expected: tuple[str, str]) -> None:
    assert read_address(address) == expected
