"""The company's colour as a style sheet of its own. Contrast is computed, so that no company can pick an illegible one."""

_WHITE, _INK, _NIGHT = (255, 255, 255), (17, 24, 28), (18, 24, 27)
_LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def style_sheet(accent: str) -> str:
    """Tokens for light and dark. `accent` is #rrggbb; in each scheme it is moved towards legibility until it reads at 4.5:1."""
    colour = _parse(accent)
    light = _legible(colour, _WHITE, _INK)
    dark = _legible(colour, _NIGHT, _WHITE)
    return (
        "@layer tokens{"
        f":root{{--accent:{_hex(light)};--on-accent:{_hex(_on(light))}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{_hex(dark)};--on-accent:{_hex(_on(dark))}}}}}"
        "}\n"
    )


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast ratio of two sRGB colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB

    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _legible(colour: tuple[int, int, int], ground: tuple[int, int, int], towards: tuple[int, int, int]) -> tuple[int, int, int]:
    for step in range(21):
        red, green, blue = (round(c + (t - c) * step / 20) for c, t in zip(colour, towards, strict=True))
        if contrast((red, green, blue), ground) >= _LEAST_CONTRAST:
            return red, green, blue
    return towards


def _on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    return _WHITE if contrast(colour, _WHITE) >= contrast(colour, _INK) else _INK


def _parse(accent: str) -> tuple[int, int, int]:
    return int(accent[1:3], 16), int(accent[3:5], 16), int(accent[5:7], 16)


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
