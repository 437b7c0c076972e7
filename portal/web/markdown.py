"""Text by staff: Markdown, cleaned on the way out."""

import re
from functools import lru_cache
from urllib.parse import urljoin

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "code", "pre", "h3", "h4", "hr"}


@lru_cache(maxsize=4_096)  # the same texts stand on many pages, and are asked for with each of them
def to_html(text: str, *, base: str = "") -> Markup:
    """Clean HTML: no scripts, styles, images or headings above h3; links carry rel="noopener nofollow ugc".

    With `base`, the absolute address of the page that the text stands on, every link is absolute: for feeds and mail.
    """

    def absolute(_tag: str, _attribute: str, value: str) -> str | None:
        try:
            return urljoin(base, value)
        except ValueError:  # such as http://[ : no address at all
            return None

    html = re.sub(r"<(/?)h[12]>", r"<\1h3>", _PARSER.render(text))
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow ugc",
        attribute_filter=absolute if base else None,
    )
    return Markup(clean)


@lru_cache(maxsize=4_096)
def to_text(text: str) -> str:
    """The words alone, on one line: for titles, descriptions and plain-text feeds."""
    plain = nh3.clean(_PARSER.render(text), tags=set())
    return " ".join(Markup(plain).unescape().split())
