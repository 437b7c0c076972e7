"""The files for production name things that exist."""

import re
from pathlib import Path

from portal.config import Config

ROOT = Path(__file__).parent.parent


def test_the_example_settings_are_taken_for_production(tmp_path: Path) -> None:
    lines = (ROOT / "deploy" / "bereikbaar.env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    config = Config.from_env({**environ, "PORTAL_INSTANCE": str(tmp_path)})
    assert config.is_secure
    assert not config.demo
    assert config.trusted_proxies == 1, "one proxy stands in front, and it overwrites what visitors say of themselves"


def test_the_unit_starts_a_command_that_exists() -> None:
    unit = (ROOT / "deploy" / "bereikbaar.service").read_text()
    command = re.search(r"^ExecStart=\S+/flask (.+)$", unit, re.MULTILINE)
    assert command
    assert command[1] == "--app wsgi portal serve"


def test_no_proxy_hands_on_a_body_before_it_has_all_of_it() -> None:
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "\tbuffer_requests\n" in caddy
    assert caddy.count("import whole_bodies") == caddy.count("reverse_proxy ") == 2
    assert "proxy_request_buffering off" not in (ROOT / "deploy" / "nginx.conf").read_text(), "it is on by itself"


def test_both_proxies_lead_to_the_ports_that_the_portal_listens_on(tmp_path: Path) -> None:
    default = Config.from_env({"PORTAL_INSTANCE": str(tmp_path)})
    for name in ("Caddyfile", "nginx.conf"):
        text = (ROOT / "deploy" / name).read_text()
        assert f"{default.host}:{default.port}" in text
        assert f"{default.host}:{default.hook_port}" in text


def test_the_files_lie_where_everybody_looks_for_them() -> None:
    """The unit makes the folder, so that the web server may read it; the portal writes it; both configurations serve it."""
    unit = (ROOT / "deploy" / "bereikbaar.service").read_text()
    name = re.search(r"^CacheDirectory=(.+)$", unit, re.MULTILINE)
    assert name
    assert "\nCacheDirectoryMode=0755\n" in unit
    folder = f"/var/cache/{name[1]}"
    assert f"\nPORTAL_PUBLIC_FOLDER={folder}\n" in (ROOT / "deploy" / "bereikbaar.env.example").read_text()
    assert f"root {folder}/current;" in (ROOT / "deploy" / "nginx.conf").read_text()
    assert f"root {folder}/current\n" in (ROOT / "deploy" / "Caddyfile").read_text()
