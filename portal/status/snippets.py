"""The lines of HTML with which a company shows on its own page when an answer comes. Pure."""

from dataclasses import dataclass

from markupsafe import Markup

_TITLES = {"nl": "Wanneer krijgt u antwoord?", "en": "When will you have an answer?"}
_PICTURE = Markup("""<a href="{page}"><img src="{base}.svg" alt="{title}"></a>""")
_FRAME = Markup("""<iframe src="{base}.html" title="{title}" width="100%" height="200" loading="lazy"></iframe>""")
_ELEMENT = Markup("""\
<script src="{script}" async></script>
<bereikbaar-answer src="{base}.json"><a href="{page}">{title}</a></bereikbaar-answer>""")


@dataclass(frozen=True)
class Snippets:
    """Ready to be copied, and the local address of each document for a look at it."""

    picture: str
    frame: str
    element: str
    base: str
    page: str
    title: str


def snippets_of(address: str, slug: str, name: str, language: str, script: str) -> Snippets:
    """The three ways for this channel, in this language; `address` is that of the portal."""
    path = f"{'/en' if language == 'en' else ''}/channels/{slug}"
    base, page = f"{address}{path}/answer", f"{address}{path}"
    title = f"{name}: {_TITLES[language]}"
    return Snippets(
        picture=str(_PICTURE.format(page=page, base=base, title=title)),
        frame=str(_FRAME.format(base=base, title=title)),
        element=str(_ELEMENT.format(script=f"{address}{script}", base=base, page=page, title=title)),
        base=f"{path}/answer",
        page=path,
        title=title,
    )
