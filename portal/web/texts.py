"""Texts of the interface that rules and stores name, but cannot translate: whoever shows them does."""


def to_translate(text: str) -> str:
    """The text itself. The call is what the catalogues are made from."""
    return text
