import pytest

from portal.errors import Unavailable
from portal.vault import Vault

VAULT = Vault("a key that is long enough for a test of it")


def test_what_was_sealed_can_be_read_again_and_does_not_show() -> None:
    sealed = VAULT.encrypt("whsec_geheim")
    assert "geheim" not in sealed
    assert VAULT.decrypt(sealed) == "whsec_geheim"


def test_another_key_opens_nothing_and_says_which_setting_is_wrong() -> None:
    with pytest.raises(Unavailable, match="PORTAL_SECRET_KEY"):
        Vault("another key that is long enough for a test").decrypt(VAULT.encrypt("x"))


def test_a_token_is_recognised_by_a_print_that_depends_on_the_installation() -> None:
    assert VAULT.fingerprint("token") == VAULT.fingerprint("token")
    assert VAULT.fingerprint("token") != Vault("another key that is long enough for a test").fingerprint("token")
    assert len(VAULT.fingerprint("token")) == 64
