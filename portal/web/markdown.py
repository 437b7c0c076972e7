"""Text by staff: Markdown, cleaned on the way out."""

import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "code", "pre", "h3", "h4", "hr"}


def to_html(text: str) -> Markup:
    """Clean HTML: no scripts, styles, images or headings above h3; links carry rel="noopener nofollow ugc"."""
    html = re.sub(r"<(/?)h[12]>", r"<\1h3>", _PARSER.render(text))
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow ugc",
    )
    return Markup(clean)


def to_text(text: str) -> str:
    """The words alone, on one line: for titles, descriptions and plain-text feeds."""
    plain = nh3.clean(_PARSER.render(text), tags=set())
    return " ".join(Markup(plain).unescape().split())
