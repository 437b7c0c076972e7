"""The state in one small picture, for other sites to show. Pure: a state gives always the same bytes.

It stands alone: no script, no style sheet, no letters from elsewhere. Its colours are those of static/css/tokens.css.
"""

from markupsafe import Markup

from portal.status.glance import State

CONTENT_TYPE = "image/svg+xml; charset=utf-8"
COLOURS = {
    State.WELL: ("#dfeedd", "#123f25"),
    State.MAINTENANCE: ("#dfe9f6", "#12345f"),
    State.DISTURBED: ("#ffc247", "#2b1a00"),
    State.CALAMITY: ("#9c1916", "#fff"),
    None: ("#d6d6d0", "#22292a"),
}
WORDS = {
    "nl": {
        State.WELL: "geen storing bekend",
        State.MAINTENANCE: "gepland werk",
        State.DISTURBED: "er is hinder",
        State.CALAMITY: "ernstige hinder",
        None: "onbekend",
    },
    "en": {
        State.WELL: "no trouble known",
        State.MAINTENANCE: "planned work",
        State.DISTURBED: "some trouble",
        State.CALAMITY: "serious trouble",
        None: "unknown",
    },
}
_LETTER, _MARGIN, _HEIGHT = 6.4, 8, 20  # letters are set to this width, whatever face the reader's machine has
_LABEL = "status"
_PICTURE = Markup("""\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{height}" viewBox="0 0 {whole} {height}" role="img" \
aria-labelledby="state" xml:lang="{language}">
<title id="state">Status: {words}</title>
<rect width="{whole}" height="{height}" rx="3" fill="{fill}"/>
<path d="M3 0h{label_edge}v{height}h-{label_edge}a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#46524f"/>
<g font-family="Verdana, &quot;DejaVu Sans&quot;, sans-serif" font-size="11" aria-hidden="true">
<text x="{margin}" y="14" fill="#fff" textLength="{label_length}">{label}</text>
<text x="{start}" y="14" fill="{ink}" textLength="{length}">{words}</text>
</g>
</svg>
""")


def badge(state: State | None, language: str) -> bytes:
    """The picture in words and colour; without a state it is grey and says that it is not known."""
    words = WORDS[language][state]
    fill, ink = COLOURS[state]
    label_length, length = round(len(_LABEL) * _LETTER), round(len(words) * _LETTER)
    label_width = label_length + 2 * _MARGIN
    picture = _PICTURE.format(
        whole=label_width + length + 2 * _MARGIN,
        height=_HEIGHT,
        margin=_MARGIN,
        language=language,
        label=_LABEL,
        label_edge=label_width - 3,
        label_length=label_length,
        start=label_width + _MARGIN,
        length=length,
        words=words,
        fill=fill,
        ink=ink,
    )
    return picture.encode()
