"""The files for several machines name things that exist. No container is started: what is read here is what can be read."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.cli import portal
from portal.config import Config
from tests.programs import program

DEPLOY = Path(__file__).parent.parent / "deploy"
GIVEN = {"PORTAL_PUBLIC_URL": "https://status.example.nl", "PORTAL_SECRET_KEY": "s" * 40, "DATABASE_PASSWORD": "geheim"}
UNITS = sorted((DEPLOY / "several").glob("*.service"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if service["image"] == "bereikbaar"}


def check_command(words: list[str]) -> None:
    """Raises what a person would be told who types this."""
    portal.commands[words[0]].make_context(words[0], words[1:])


def test_each_program_of_ours_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    assert {"migrate", "web", "worker"} <= set(ours(compose))
    for service in ours(compose).values():
        check_command(service["command"])


def test_the_settings_are_taken_and_say_that_everything_is_shared(compose: dict[str, Any], tmp_path: Path) -> None:
    for service in ours(compose).values():
        settings = {name: _filled(value) for name, value in service["environment"].items()}
        config = Config.from_env({**settings, "PORTAL_INSTANCE": str(tmp_path)})
        assert (config.is_secure, config.demo, config.trusted_proxies) == (True, False, 1)
        shared = (config.database_url, config.queue_url, config.limits_url)
        assert [url.partition(":")[0] for url in shared] == ["postgresql+psycopg", "redis", "redis"]
        assert not (tmp_path / "secret_key").exists(), "a key of one machine's own would open nothing of another's"


def _filled(value: str) -> str:
    return re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda found: GIVEN[found[1]], value)


def test_what_the_programs_lean_on_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        for volume in service.get("volumes", ()):
            place = volume.partition(":")[0]
            assert (DEPLOY / place).exists() if place.startswith(".") else place in compose["volumes"]
    build = compose["services"]["web"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).exists()


def test_nginx_takes_its_settings(tmp_path: Path) -> None:
    settings = (
        (DEPLOY / "compose.nginx.conf").read_text().replace("/var/cache/nginx", str(tmp_path)).replace("listen 80", "listen 8")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ access_log off; {settings} }}"
    )
    asked = [program("nginx"), "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_unit_starts_a_command_that_exists_with_a_folder_of_its_own(unit: Path) -> None:
    text = unit.read_text()
    command = re.search(r"^ExecStart=\S+/flask --app wsgi portal (.+)$", text, re.MULTILINE)
    assert command
    check_command(command[1].split())
    assert "PORTAL_INSTANCE=/var/lib/bereikbaar/%p-%i" in text
    assert "StateDirectory=bereikbaar/%p-%i" in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_one_machine_is_guarded_by_guards_each_of_several(unit: Path) -> None:
    def guards(text: str) -> set[str]:
        return set(re.findall(r"^(?:Protect|Private|Restrict|NoNew|Lock|Capability|SystemCall|UMask).+$", text, re.MULTILINE))

    assert guards(unit.read_text()) == guards((DEPLOY / "bereikbaar.service").read_text())


def test_the_example_settings_for_several_machines_are_taken(tmp_path: Path) -> None:
    lines = (DEPLOY / "several" / "bereikbaar.env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    config = Config.from_env({**environ, "PORTAL_INSTANCE": str(tmp_path)})
    assert config.queue_url.startswith("redis://")
    assert config.database_url.startswith("postgresql+psycopg://")


def test_the_image_leaves_out_what_is_of_this_machine() -> None:
    left_out = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {".git", ".venv", "instance", "node_modules"} <= set(left_out)
