"""What a person types: it works twice, and where something is missing it says in one line what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSIONS = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts alone."""
    shutil.copytree(ROOT / "script", tmp_path / "checkout" / "script")
    return tmp_path / "checkout"


def run(checkout: Path, *command: str, stubs: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a script with programs of these names replaced by these lines of shell."""
    folder = checkout / "stubs"
    folder.mkdir(exist_ok=True)
    for name, body in (stubs or {}).items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    environ = {**os.environ, "PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=False)


def test_without_a_python_that_is_new_enough_one_line_says_what_to_install(checkout: Path) -> None:
    done = run(checkout, "script/setup", stubs=dict.fromkeys(VERSIONS, "exit 1"))
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is missing. On Debian or Ubuntu: apt-get install python3 python3-venv\n"


def test_without_the_venv_module_one_line_says_what_to_install(checkout: Path) -> None:
    done = run(checkout, "script/setup", stubs=dict.fromkeys(VERSIONS, 'case "$2" in *ensurepip*) exit 1 ;; esac'))
    assert done.returncode == 1
    assert done.stderr == "The venv module of python3 is missing. On Debian or Ubuntu: apt-get install python3-venv\n"
    assert not (checkout / ".venv").exists()


def test_an_unknown_option_is_answered_with_the_usage(checkout: Path) -> None:
    done = run(checkout, "script/setup", "--production")
    assert (done.returncode, done.stderr) == (1, "Usage: script/setup [--dev]\n")


def test_a_second_set_up_has_nothing_to_say() -> None:
    subprocess.run(["script/setup", "--dev"], cwd=ROOT, check=True)
    for command in (["script/setup", "--dev"], ["script/setup"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_was_set_up_without_development_tools_counts_the_second_time_too(checkout: Path) -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, checkout / name)
    (checkout / "static" / "vendor").mkdir(parents=True)
    (checkout / "static" / "vendor" / "htmx.min.js").touch()
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/bin/true")

    def stamp(name: str, *files: str) -> None:
        joined = b"".join((checkout / file).read_bytes() for file in files)
        summed = subprocess.run(["cksum"], input=joined, capture_output=True, check=True).stdout.decode()
        (checkout / ".venv" / f"{name}.stamp").write_text(summed.replace(" ", "").strip())

    stamp("requirements", "requirements.txt")
    stamp("assets", "package.json", "package-lock.json")
    (checkout / ".venv" / "environment.stamp").write_text(str(checkout))
    done = run(checkout, "script/setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_continuous_integration_runs_the_tests_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith(("#", "set "))] == ['exec "$(dirname "$0")/../script/test"']
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_without_the_programs_that_tests_run_one_line_says_what_to_type(checkout: Path) -> None:
    bare = checkout / "bare"
    bare.mkdir()
    for name in ("bash", "dirname"):
        (bare / name).symlink_to(str(shutil.which(name)))
    (bare / "id").write_text("#!/bin/sh\necho 1000\n")
    (bare / "id").chmod(0o755)
    done = subprocess.run(
        [str(bare / "bash"), "script/programs"],
        cwd=checkout,
        env={"PATH": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "The tests need these programs, and they cannot be installed from here. Type: sudo apt-get install "
    )
    assert {"redis-server", "wrk"} <= set(done.stderr.split())
