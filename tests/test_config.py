from pathlib import Path

import pytest

from portal.config import Config
from portal.errors import Invalid


def test_without_settings_it_runs_for_development_on_sqlite(tmp_path: Path) -> None:
    config = Config.from_env({"PORTAL_INSTANCE": str(tmp_path / "instance")})
    assert config.database_url == f"sqlite:///{tmp_path}/instance/portal.db"
    assert config.public_url == "http://127.0.0.1:8000"
    assert config.demo


def test_all_faults_are_reported_at_once_with_name_value_and_what_is_right(tmp_path: Path) -> None:
    environ = {
        "PORTAL_INSTANCE": str(tmp_path),
        "PORTAL_PORT": "eighty",
        "PORTAL_DATABASE_URL": "mysql://root:geheim@db/portal",
        "PORTAL_PUBLIC_URL": "status.example.nl",
    }
    with pytest.raises(Invalid) as caught:
        Config.from_env(environ)
    faults = {fault.field: str(fault) for fault in caught.value.faults}
    assert set(faults) == {"PORTAL_PORT", "PORTAL_DATABASE_URL", "PORTAL_PUBLIC_URL"}
    assert "'eighty'" in faults["PORTAL_PORT"]
    assert "1 to 65535" in faults["PORTAL_PORT"]
    assert "geheim" not in faults["PORTAL_DATABASE_URL"], "a password does not belong in a log"


def test_a_production_start_refuses_demo_data(tmp_path: Path) -> None:
    environ = {
        "PORTAL_ENV": "production",
        "PORTAL_DEMO": "1",
        "PORTAL_PUBLIC_URL": "https://status.example.nl",
        "PORTAL_INSTANCE": str(tmp_path),
    }
    with pytest.raises(Invalid, match="PORTAL_DEMO"):
        Config.from_env(environ)


def test_a_secret_that_nobody_set_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    environ = {"PORTAL_INSTANCE": str(tmp_path / "instance")}
    first, second = Config.from_env(environ), Config.from_env(environ)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        Config.from_env({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_PUBLIC_ULR": "https://status.example.nl", "PORTAL_PROT": "80"})
    meant = {fault.field: fault.expected for fault in caught.value.faults}
    assert set(meant) == {"PORTAL_PUBLIC_ULR", "PORTAL_PROT"}
    assert "PORTAL_PUBLIC_URL" in meant["PORTAL_PUBLIC_ULR"]
    assert "PORTAL_PORT" in meant["PORTAL_PROT"]


def test_pages_and_webhooks_need_a_port_each(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="another port than PORTAL_PORT"):
        Config.from_env({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_PORT": "8000", "PORTAL_HOOK_PORT": "8000"})


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("smtp://jan:geheim@mail.example.nl:587", True),
        ("smtps://jan:geheim@mail.example.nl", True),
        ("smtp+plain://127.0.0.1", True),
        ("mail.example.nl", False),
        ("http://mail.example.nl", False),
        ("smtp://", False),
        ("smtp://mail.example.nl:99999", False),
        ("smtp://jan@mail.example.nl", False),
        ("smtp://jan:geheim@mail.example.nl/inbox", False),
    ],
)
def test_the_mail_server_is_checked_at_the_start(tmp_path: Path, url: str, is_right: bool) -> None:  # noqa: FBT001 - a table
    settings = {"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SMTP_URL": url, "PORTAL_MAIL_FROM": "klant@example.nl"}
    if is_right:
        assert Config.from_env(settings).smtp_url == url
    else:
        with pytest.raises(Invalid, match="PORTAL_SMTP_URL") as refused:
            Config.from_env(settings)
        assert "geheim" not in refused.value.message


def test_mail_needs_an_address_that_it_comes_from(tmp_path: Path) -> None:
    settings = {"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SMTP_URL": "smtp://mail.example.nl"}
    with pytest.raises(Invalid, match="PORTAL_MAIL_FROM"):
        Config.from_env(settings)
    with pytest.raises(Invalid, match="one plain address"):
        Config.from_env({**settings, "PORTAL_MAIL_FROM": "Klantenservice <klant@example.nl>"})


def test_a_name_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    assert Config.from_env({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SERVICE_ACCOUNT": "kept by something else"})
