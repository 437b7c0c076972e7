"""Secrets at rest: texts that we must be able to read again are sealed, tokens that we only recognise are fingerprinted."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from portal.errors import Unavailable


class Vault:
    """Keys derived from the installation's secret key; a copy of the database alone opens nothing."""

    def __init__(self, secret_key: str) -> None:
        root = secret_key.encode()
        self._seal = Fernet(base64.urlsafe_b64encode(_derive(root, b"seal")))
        self._print = _derive(root, b"fingerprint")

    def encrypt(self, text: str) -> str:
        """The text sealed, for `decrypt` of the same installation."""
        return self._seal.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """The text that was sealed.

        Raises Unavailable when the installation's secret key is no longer the one that sealed it.
        """
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable(
                "A stored secret cannot be opened: PORTAL_SECRET_KEY differs from the key that sealed it."
            ) from error

    def fingerprint(self, token: str) -> str:
        """64 hexadecimal digits by which a random token is recognised; the token itself is not stored."""
        return hmac.digest(self._print, token.encode(), "sha256").hex()


def _derive(root: bytes, purpose: bytes) -> bytes:
    return hmac.digest(root, b"bereikbaar/" + purpose, hashlib.sha256)
