import re

from hypothesis import given
from hypothesis import strategies as st

from portal.organisation.theme import contrast, style_sheet


def parse(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_a_company_picks_its_links_and_buttons_stay_legible(number: int) -> None:
    light, on_light, dark, on_dark = map(parse, re.findall(r"#[0-9a-f]{6}", style_sheet(f"#{number:06x}")))
    assert contrast(light, (255, 255, 255)) >= 4.5
    assert contrast(light, on_light) >= 4.5
    assert contrast(dark, (18, 24, 27)) >= 4.5
    assert contrast(dark, on_dark) >= 4.5


def test_contrast_is_as_the_guidelines_define_it() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == 21
    assert round(contrast((119, 119, 119), (255, 255, 255)), 2) == 4.48
