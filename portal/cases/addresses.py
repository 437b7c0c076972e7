"""Addresses of a case's pages, for those who answer programs and know no routes. Pure; a test holds them against the routes."""


def tracking_url(public_url: str, reference: str, language: str, *, is_public: bool) -> str:
    """The public page of the case; of a private one the page where its customer types the code."""
    start = f"{public_url}{'/en' if language == 'en' else ''}/track"
    return f"{start}/{reference}" if is_public else start
