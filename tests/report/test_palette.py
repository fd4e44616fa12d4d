from itertools import combinations

import pytest

from meguri.report import palette
from meguri.report.palette import DARK, GRAPHIC_ROLES, LIGHT, TEXT_ROLES, contrast

# How a colour looks without one kind of cone: Viénot, Brettel and Mollon (1999), on linear light.
PROTAN = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, -0.0), (0.00401, -0.00401, 1.0))
DEUTAN = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, -0.0), (-0.02234, 0.02234, 1.0))


def linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]


def lab(light: list[float]) -> tuple[float, float, float]:
    red, green, blue = (min(max(value, 0.0), 1.0) for value in light)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: str, kind: tuple[tuple[float, float, float], ...] | None) -> tuple[float, float, float]:
    light = linear(colour)
    if kind:
        light = [sum(weight * value for weight, value in zip(row, light, strict=True)) for row in kind]
    return lab(light)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_stands_out_from_the_paper(theme: dict[str, str]) -> None:
    for role in TEXT_ROLES:
        assert contrast(theme[role], theme["paper"]) >= 4.5, role


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_marks_stand_out_from_the_paper(theme: dict[str, str]) -> None:
    for role in GRAPHIC_ROLES:
        assert contrast(theme[role], theme["paper"]) >= 3, role


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("kind", [None, PROTAN, DEUTAN])
def test_elements_are_told_apart_by_every_eye(
    theme: dict[str, str], kind: tuple[tuple[float, ...], ...] | None
) -> None:
    for one, other in combinations(("element-li", "element-ni", "element-co"), 2):
        distance = (
            sum((a - b) ** 2 for a, b in zip(seen(theme[one], kind), seen(theme[other], kind), strict=True))
            ** 0.5
        )
        assert distance > 15, (one, other)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_darker_steps_of_the_ramp_follow_each_other(theme: dict[str, str]) -> None:
    steps = [contrast(theme[f"ramp-{step}"], theme["paper"]) for step in range(5)]
    assert steps == sorted(steps)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_both_themes_and_the_style_sheet_have_every_role() -> None:
    assert set(LIGHT) == set(DARK) == set(palette.PAGE)
    sheet = palette.stylesheet()
    for role in LIGHT:
        assert f"--{role}: {LIGHT[role]};" in sheet
        assert f"--{role}: {DARK[role]};" in sheet
