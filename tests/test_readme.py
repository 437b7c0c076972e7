"""What the README says about settings and commands is so."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.cli import portal
from portal.config import Config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SHOWN_AS = {
    "PORTAL_PUBLIC_URL": "http://HOST:PORT",
    "PORTAL_DATABASE_URL": "sqlite:///INSTANCE/portal.db",
    "PORTAL_HOOK_PORT": "PORTAL_PORT",
    "PORTAL_PUBLIC_FOLDER": "INSTANCE/public",
    "PORTAL_QUEUE_URL": "sqlite:///INSTANCE/queue.db",
    "PORTAL_SECRET_KEY": None,
    "PORTAL_DEMO": "1",
    "PORTAL_SMTP_URL": None,
    "PORTAL_MAIL_FROM": None,
}


class Asked(Mapping[str, str]):
    """An environment without settings that remembers which were asked for."""

    def __init__(self, instance: Path) -> None:
        self.instance, self.names = str(instance), set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        if name == "PORTAL_INSTANCE":
            return self.instance
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def settings_in_the_readme() -> dict[str, str]:
    """The column "without it" by name."""
    return dict(re.findall(r"^\| `(PORTAL_\w+)` \| (.+?) \| ", README, re.MULTILINE))


def test_the_readme_describes_every_setting_and_no_other(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    Config.from_env(asked)
    assert set(settings_in_the_readme()) == asked.names


def test_the_defaults_in_the_readme_are_the_defaults(tmp_path: Path) -> None:
    config = Config.from_env({"PORTAL_INSTANCE": str(tmp_path)})
    found = {
        "PORTAL_ENV": config.environment.value,
        "PORTAL_HOST": config.host,
        "PORTAL_PORT": config.port,
        "PORTAL_INSTANCE": "instance",
        "PORTAL_THREADS": config.threads,
        "PORTAL_TRUSTED_PROXIES": config.trusted_proxies,
        "PORTAL_LIMITS_URL": config.limits_url,
        "PORTAL_HOOK_MAX_BYTES": config.hook_max_bytes,
        "PORTAL_HOOK_TOLERANCE_SECONDS": int(config.hook_tolerance.total_seconds()),
        **SHOWN_AS,
    }
    for name, said in settings_in_the_readme().items():
        if found[name] is not None:
            assert said.startswith(f"`{found[name]}`"), name


def test_the_commands_in_the_readme_exist() -> None:
    named = set(re.findall(r"flask portal ([a-z-]+)", README))
    assert named
    assert named <= set(portal.commands)
    for script in re.findall(r"script/(\w+)", README):
        assert (ROOT / "script" / script).exists()


def test_the_tests_and_benchmarks_in_the_readme_and_the_docs_exist() -> None:
    """What is said to be proved or measured is so by something that is there."""
    pages = [README, *(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))]
    named = {name for page in pages for name in re.findall(r"`((?:tests|benchmarks|portal|deploy)/[\w./-]+)`", page)}
    modules = {name.replace(".", "/") for page in pages for name in re.findall(r"\b(benchmarks\.\w+)", page)}
    named |= {f"{name}/__main__.py" if (ROOT / name).is_dir() else f"{name}.py" for name in modules}
    assert len(named) > 10
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_pictures_of_the_readme_exist_and_are_small() -> None:
    for picture in re.findall(r"\]\((docs/img/[^)]+)\)", README):
        assert (ROOT / picture).stat().st_size < 150_000, picture
