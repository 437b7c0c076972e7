"""What a channel says about answers as a picture, for the company's own contact page. Pure: the same lines, the same bytes.

It stands alone: no script, no letters from elsewhere. It is light or dark as the reader's machine is; its colours are those of
static/css/tokens.css.
"""

from markupsafe import Markup

from portal.status.saying import Lines

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
_MARGIN, _BAR, _HEIGHT = 14, 4, 62
_STYLE = ".ground{{fill:{ground};stroke:{edge}}}.accent{{fill:{accent}}}.ink{{fill:{ink}}}.soft{{fill:{soft}}}"
_PICTURE = Markup("""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="said" xml:lang="{language}">
<title id="said">{title}</title>
<style>{light}@media (prefers-color-scheme:dark){{{dark}}}</style>
<rect class="ground" x=".5" y=".5" width="{inner}" height="{inner_height}" rx="3"/>
<rect class="accent" width="{bar}" height="{height}" rx="1"/>
<g font-family="&quot;Segoe UI&quot;, &quot;Noto Sans&quot;, &quot;Liberation Sans&quot;, Arial, sans-serif" aria-hidden="true">
<text class="ink" x="{margin}" y="27" font-size="15" font-weight="700" textLength="{text_length}" \
lengthAdjust="spacingAndGlyphs">{text}</text>
<text class="soft" x="{margin}" y="48" font-size="12.5" textLength="{note_length}" lengthAdjust="spacingAndGlyphs">{note}</text>
</g>
</svg>
""")


def picture(lines: Lines, name: str, language: str) -> bytes:
    """The picture, as wide as its longer line; `name` is that of the channel, for who cannot see it, "" without one."""
    text_length, note_length = round(len(lines.text) * _TEXT), round(len(lines.note) * _NOTE)
    width = max(text_length, note_length) + 2 * _MARGIN
    return _PICTURE.format(
        width=width,
        height=_HEIGHT,
        inner=width - 1,
        inner_height=_HEIGHT - 1,
        bar=_BAR,
        margin=_MARGIN,
        language=language,
        light=Markup(_STYLE.format(**LIGHT)),
        dark=Markup(_STYLE.format(**DARK)),
        title=f"{name}: {lines.text}. {lines.note}" if name else f"{lines.text}. {lines.note}",
        text=lines.text,
        note=lines.note,
        text_length=text_length,
        note_length=note_length,
    ).encode()
