"""The state machine of a battery's life as a picture: a column for each stage, a line for each word that moves it.

A dot stands at each stage where the word may be said, a ring at the stage that follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from meguri.battery import LINKS, RULES, STAGES
from meguri.report import battery_words

LEFT, TOP, COLUMN, LINE = 232, 140, 30, 22
LOOK = 'role="img" aria-labelledby="stages-title" font-size="11" fill="currentColor" stroke="none"'
RING = 'fill="none" stroke="var(--color-brand-primary, #0F6E6E)" stroke-width="2.4"'


def rows() -> list[tuple[str, Sequence[str], str]]:
    """What is drawn: label, the stages where it may happen, the stage that follows."""
    words = battery_words("ja")
    own = [(f"{rule.event} · {words.events[rule.event]}", rule.at, rule.to) for rule in RULES if rule.to]
    named = [
        (f"{link.event}: {link.field} · {words.events[link.event]}", link.at, link.to)
        for link in LINKS
        if link.to
    ]
    return [*own, *named]


def drawing() -> str:
    """An SVG that takes its colours from the page."""
    lines = rows()
    width, height = LEFT + COLUMN * len(STAGES) + 70, TOP + LINE * len(lines) + 8
    title = "Stages of a battery's life and the events that lead from one to another · 電池の段階と移り変わり"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {LOOK}>',
            f'<title id="stages-title">{title}</title>',
            *_columns(height),
            *(part for at, row in enumerate(lines) for part in _line(TOP + LINE * at + LINE / 2, *row)),
            "</svg>",
        )
    )


def _columns(height: float) -> Iterator[str]:
    words = battery_words("ja")
    for index, stage in enumerate(STAGES):
        x = _x(stage)
        if index % 2 == 0:
            yield (
                f'<rect x="{x - COLUMN / 2:g}" y="{TOP - 6}" width="{COLUMN}" height="{height - TOP + 2:g}" '
                'opacity="0.06"/>'
            )
        yield (
            f'<text transform="translate({x + 4:g} {TOP - 12}) rotate(-55)">'
            f"{escape(f'{stage} · {words.stages[stage]}')}</text>"
        )


def _line(y: float, label: str, at: Sequence[str], to: str) -> Iterator[str]:
    end = _x(to)
    ends = [_x(stage) for stage in at]
    yield f'<g class="row"><text x="{LEFT - 24}" y="{y + 4:g}" text-anchor="end">{escape(label)}</text>'
    low, high = min([*ends, end]), max([*ends, end])
    if low < high:
        yield f'<path d="M{low:g} {y:g}H{high:g}" stroke="currentColor" opacity="0.45"/>'
    yield from (f'<circle class="from" cx="{x:g}" cy="{y:g}" r="3.2"/>' for x in ends)
    yield f'<circle class="to" cx="{end:g}" cy="{y:g}" r="7" {RING}/></g>'


def _x(stage: str) -> float:
    return LEFT + COLUMN * (next(at for at, known in enumerate(STAGES) if known == stage) + 0.5)
