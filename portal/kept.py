"""Secrets that nobody set: drawn on the first start and kept in the instance folder, readable by their owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, draw: Callable[[], str]) -> str:
    """What the file holds; drawn and written (mode 0600) when there is none. One, even when several ask at once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(draw())
        try:
            os.link(draft, path)  # whole or not at all, and never over another's
        except FileExistsError:
            pass  # another was first; what it drew is the secret
        finally:
            draft.unlink()
    return path.read_text().strip()
