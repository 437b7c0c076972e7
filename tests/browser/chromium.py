"""Which Chromium the browser tests drive: the machine's own where it really starts, else the one that Playwright installed."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # the tests may run as root, and visit only pages of our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = "There is no Chromium for the browser tests. Type: script/chromium"


def executable() -> str | None:
    """The path of a Chromium that answers to --version; None when there is none. Ubuntu's stub for the snap does not answer."""
    for name in NAMES:
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0:
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = executable()
    sys.stdout.write(f"{found or ADVICE}\n")
    sys.exit(0 if found else 1)
