import re
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from portal.organisation.theme import contrast, style_sheet


def parse(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


SUNKEN, NIGHT = (233, 232, 223), (24, 33, 31)  # the grounds of tokens.css that are hardest to read on


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_a_company_picks_its_links_and_buttons_stay_legible(number: int) -> None:
    colours = map(parse, re.findall(r"#[0-9a-f]{6}", style_sheet(f"#{number:06x}")))
    for ground, ink in ((SUNKEN, (20, 32, 30)), (NIGHT, (238, 241, 236))):
        accent, strong, soft, on_accent = islice(colours, 4)
        assert contrast(accent, ground) >= 4.5
        assert contrast(accent, on_accent) >= 4.5
        assert contrast(strong, on_accent) >= 4.5
        assert contrast(ink, soft) >= 7
        assert contrast(accent, soft) >= 4.5


def test_contrast_is_as_the_guidelines_define_it() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == 21
    assert round(contrast((119, 119, 119), (255, 255, 255)), 2) == 4.48
