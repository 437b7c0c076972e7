"""Pass phrases at rest: argon2id, with a cost that the installation chooses (tests choose a low one)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Phrases:
    """Hashes and recognises pass phrases. The default cost is above OWASP's least and needs 32 MiB for each comparison."""

    def __init__(self, *, rounds: int = 3, memory_kib: int = 32_768) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._nobody = self._hasher.hash("the pass phrase of nobody at all")

    def hash(self, phrase: str) -> str:
        """The phrase as it may be stored: salted, so another text each time."""
        return self._hasher.hash(_composed(phrase))

    def is_right(self, phrase: str, hashed: str | None) -> bool:
        """Whether this is the phrase behind `hashed`.

        Without a hash (an unknown account, or one that has no phrase yet) the answer is no, and takes as long as any other.
        """
        try:
            return self._hasher.verify(hashed or self._nobody, _composed(phrase)) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False


def _composed(phrase: str) -> str:
    """The same letters on every keyboard: macOS sends é as two characters, others as one."""
    return unicodedata.normalize("NFC", phrase)
