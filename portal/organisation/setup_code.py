"""The code that proves, on the first visit, that the visitor is also the one who started the server."""

import hmac
import re
import secrets
from pathlib import Path

from portal.kept import kept_secret

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, none of which looks like another
_LENGTH = 16  # 80 bits


def setup_code(instance: Path) -> str:
    """The code, in groups of four. Made on the first call, readable by its owner alone; one, even when several ask at once."""
    return kept_secret(_path(instance), _drawn)


def is_setup_code(instance: Path, typed: str) -> bool:
    """Whether this is the code, with or without hyphens, spaces and capitals. Without a code nothing is."""
    try:
        code = _path(instance).read_text()
    except FileNotFoundError:
        return False
    return bool(_plain(code)) and hmac.compare_digest(_plain(code).encode(), _plain(typed).encode())


def void_setup_code(instance: Path) -> None:
    """Ends the code, once somebody has used it; without a code it does nothing."""
    _path(instance).unlink(missing_ok=True)


def _path(instance: Path) -> Path:
    return instance / "setup_code"


def _plain(code: str) -> str:
    return re.sub(r"[\s-]+", "", code).upper()


def _drawn() -> str:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(code[start : start + 4] for start in range(0, _LENGTH, 4))
