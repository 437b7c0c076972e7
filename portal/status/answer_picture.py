"""What a channel says about answers as a picture, for the company's own contact page. Pure: the same lines, the same bytes.

It stands alone: no script, no letters from elsewhere. It is light or dark as the reader's machine is; its colours are those of
static/css/tokens.css.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from portal.status.unchecked import Lines

CONTENT_TYPE = "image/svg+xml; charset=utf-8"
# The only style that may stand in it is its own, and it may fetch nothing at all.
DIRECTIVES = {
    "script_src": "'none'",
    "style_src": "'unsafe-inline'",
    "img_src": "'none'",
    "font_src": "'none'",
    "connect_src": "'none'",
    "manifest_src": "'none'",
    "form_action": "'none'",
}
LIGHT = {"ground": "#fffefb", "ink": "#14201e", "soft": "#46524f", "edge": "#67716d", "accent": "#0b5a5e"}
DARK = {"ground": "#18211f", "ink": "#eef1ec", "soft": "#b4beba", "edge": "#84908c", "accent": "#7cc9c2"}
_TEXT, _NOTE = 8.1, 6.3  # the width of a letter, to which letters are set whatever face the reader's machine has
_MARGIN, _BAR = 14, 4
_TEXT_LETTERS, _NOTE_LETTERS = 32, 41  # of a line: the picture fits on a page of 320 px with margins of 16
_STYLE = ".ground{{fill:{ground};stroke:{edge}}}.accent{{fill:{accent}}}.ink{{fill:{ink}}}.soft{{fill:{soft}}}"
_PICTURE = Markup("""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="said" xml:lang="{language}">
<title id="said">{title}</title>
<style>{light}@media (prefers-color-scheme:dark){{{dark}}}</style>
<rect class="ground" x=".5" y=".5" width="{inner}" height="{inner_height}" rx="3"/>
<rect class="accent" width="{bar}" height="{height}" rx="1"/>
<g font-family="&quot;Segoe UI&quot;, &quot;Noto Sans&quot;, &quot;Liberation Sans&quot;, Arial, sans-serif" aria-hidden="true">
{lines}</g>
</svg>
""")
_LINE = Markup("""\
<text class="{colour}" x="{margin}" y="{y}" {face} textLength="{length}" lengthAdjust="spacingAndGlyphs">{words}</text>
""")
_BOLD, _PLAIN = Markup('font-size="15" font-weight="700"'), Markup('font-size="12.5"')


@dataclass(frozen=True)
class _Line:
    words: str
    length: int
    is_note: bool


def picture(lines: Lines, name: str, language: str) -> bytes:
    """The picture, as wide as its longest line; `name` is that of the channel, for who cannot see it, "" without one."""
    drawn = list(_broken(lines))
    width = max(line.length for line in drawn) + 2 * _MARGIN
    body, y = Markup(), 8
    for line in drawn:
        y += 18 if line.is_note else 20
        colour, face = ("soft", _PLAIN) if line.is_note else ("ink", _BOLD)
        body += _LINE.format(colour=colour, margin=_MARGIN, y=y, face=face, length=line.length, words=line.words)
    height = y + _MARGIN
    return _PICTURE.format(
        width=width,
        height=height,
        inner=width - 1,
        inner_height=height - 1,
        bar=_BAR,
        language=language,
        light=Markup(_STYLE.format(**LIGHT)),
        dark=Markup(_STYLE.format(**DARK)),
        title=f"{name}: {lines.text}. {lines.note}" if name else f"{lines.text}. {lines.note}",
        lines=body,
    ).encode()


def _broken(lines: Lines) -> Iterator[_Line]:
    """The text and the note, broken into lines that fit on a phone. A picture cannot break them by itself."""
    for words in wrap(lines.text, _TEXT_LETTERS, break_on_hyphens=False):
        yield _Line(words, round(len(words) * _TEXT), is_note=False)
    for words in wrap(lines.note, _NOTE_LETTERS, break_on_hyphens=False):
        yield _Line(words, round(len(words) * _NOTE), is_note=True)
