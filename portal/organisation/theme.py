"""The company's colour as a style sheet of its own. Contrast is computed, so that no company can pick an illegible one."""

import colorsys
from dataclasses import dataclass

_Colour = tuple[int, int, int]

# The grounds of static/css/tokens.css on which the accent is read: the darkest light one, the lightest dark one.
_SUNKEN, _PAPER, _SURFACE_AT_NIGHT = (233, 232, 223), (244, 243, 237), (24, 33, 31)
_WHITE, _INK = (255, 255, 255), (20, 32, 30)
_BY_DAY, _AT_NIGHT = 4.5, 6.0  # WCAG 2.2, 1.4.3 asks 4.5; thin letters of light on dark need more
_SHARES_OF_SOFT = (0.14, 0.11, 0.08, 0.05, 0.02)


@dataclass(frozen=True)
class Shades:
    """What becomes of a company's colour. `contrast` is that of the colour itself, by day; the rest is #rrggbb."""

    contrast: float
    chosen: str
    by_day: str
    at_night: str

    @property
    def is_kept(self) -> bool:
        return self.by_day == self.chosen


def shades(accent: str) -> Shades:
    """The shades of `accent` (#rrggbb) in which letters and buttons are shown."""
    colour = _parse(accent)
    light, dark = _by_day(colour), _at_night(colour)
    return Shades(contrast(colour, _SUNKEN), accent.lower(), _hex(light), _hex(dark))


def _by_day(colour: _Colour) -> _Colour:
    return _legible(colour, _SUNKEN, 0, _BY_DAY)


def _at_night(colour: _Colour) -> _Colour:
    return _legible(colour, _SURFACE_AT_NIGHT, 1, _AT_NIGHT)


def style_sheet(accent: str) -> str:
    """Tokens for light and dark. `accent` is #rrggbb; in each scheme it is moved towards legibility until it reads well."""
    colour = _parse(accent)
    light, dark = _by_day(colour), _at_night(colour)
    return (
        f"@layer tokens{{:root{{{_tokens(light, _INK, _PAPER)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_tokens(dark, _WHITE, _SURFACE_AT_NIGHT)}}}}}}}\n"
    )


def _tokens(accent: _Colour, ink: _Colour, ground: _Colour) -> str:
    softs = [_mixed(ground, accent, share) for share in _SHARES_OF_SOFT]
    soft = next((each for each in softs if contrast(accent, each) >= _BY_DAY), softs[-1])
    colours = {"accent": accent, "accent-strong": _mixed(accent, ink, 0.35), "accent-soft": soft, "on-accent": _on(accent)}
    return ";".join(f"--{name}:{_hex(colour)}" for name, colour in colours.items())


def contrast(one: _Colour, other: _Colour) -> float:
    """The contrast ratio of two sRGB colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: _Colour) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB

    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _legible(colour: _Colour, ground: _Colour, end: float, least: float) -> _Colour:
    """The colour, made lighter or darker towards `end` (0 to 1) in the same hue until it has this contrast with the ground."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    for step in range(41):
        parts = colorsys.hls_to_rgb(hue, lightness + (end - lightness) * step / 40, saturation)
        red, green, blue = (round(part * 255) for part in parts)
        if contrast((red, green, blue), ground) >= least:
            return red, green, blue
    raise AssertionError("black and white are legible on any ground of ours")


def _mixed(one: _Colour, other: _Colour, share: float) -> _Colour:
    """`one` with this share of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _on(colour: _Colour) -> _Colour:
    return _WHITE if contrast(colour, _WHITE) >= contrast(colour, _INK) else _INK


def _parse(accent: str) -> _Colour:
    return int(accent[1:3], 16), int(accent[3:5], 16), int(accent[5:7], 16)


def _hex(colour: _Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
