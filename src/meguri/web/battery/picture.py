"""The genealogy of a battery as a picture: what it came from above it, what became of it below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from meguri.web.battery.kin import Line

__all__ = ["Labelled", "picture"]

ROW, INDENT, WIDTH, LEFT = 34, 18, 340, 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """What stands beside a line, and at the right end of it."""

    name: str
    right: str


def picture(lines: Sequence[Line], label: Callable[[Line], Labelled]) -> Markup:
    """The picture as SVG for a phone's width; colours are those of the page."""
    drawn = [_branch(lines, place) for place in range(len(lines)) if lines[place].neighbour is not None]
    drawn += [_mark(line, place, label(line)) for place, line in enumerate(lines)]
    height = ROW * len(lines)
    return Markup(  # noqa: S704
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-size="13" '
        f'xmlns="http://www.w3.org/2000/svg" aria-hidden="true">{"".join(drawn)}</svg>'
    )


def _at(line: Line, place: int) -> tuple[float, float]:
    return LEFT + INDENT * line.depth, ROW * (place + 0.5)


def _branch(lines: Sequence[Line], place: int) -> str:
    near = lines[place].neighbour
    assert near is not None
    x, y = _at(lines[place], place)
    trunk, from_y = _at(lines[near], near)
    return f'<path d="M{trunk:g} {from_y:g}V{y:g}H{x:g}" fill="none" stroke="var(--quiet)" stroke-width="1"/>'


def _mark(line: Line, place: int, label: Labelled) -> str:
    x, y = _at(line, place)
    own = line.depth == 0
    dot = (
        ""
        if line.left_out
        else f'<circle cx="{x:g}" cy="{y:g}" r="{6 if own else 4.5}" fill="var(--accent)"/>'
    )
    weight = ' font-weight="600"' if own else ""
    text = f'<text x="{x + 12:g}" y="{y + 4.5:g}" fill="var(--ink)"{weight}>{escape(label.name)}</text>'
    right = (
        f'<text x="{WIDTH}" y="{y + 4.5:g}" text-anchor="end" fill="var(--quiet)">{escape(label.right)}</text>'
        if label.right
        else ""
    )
    return dot + text + right
