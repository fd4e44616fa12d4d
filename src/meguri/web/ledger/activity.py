"""What was recorded lately: the newest events first, counted by word and by day, and the days as a small chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from markupsafe import Markup, escape

from meguri.ledger import Ledger, Recorded
from meguri.report import Language
from meguri.web.battery.words import JAPAN, day

__all__ = ["Days", "by_day", "newest", "tally"]

MOST_DAYS = 30
WIDTH, BAR, GAP = 340, 18, 10
NAMED, COUNTED = 116, 44


class Days(tuple[tuple[str, int], ...]):
    """Days with how much was recorded on each, newest first."""

    @property
    def chart(self) -> Markup:
        """The days as bars from zero, as SVG for a phone's width."""
        most, length = max((count for _, count in self), default=1), WIDTH - NAMED - COUNTED
        bars = []
        for place, (name, count) in enumerate(self):
            y = place * (BAR + GAP)
            width = max(count / most * length, 1)
            bars.append(
                f'<text x="0" y="{y + 13}" fill="var(--quiet)">{escape(name)}</text>'
                f'<rect x="{NAMED}" y="{y}" width="{width:.1f}" height="{BAR}" fill="var(--accent)"/>'
                f'<text x="{NAMED + width + 6:.1f}" y="{y + 13}" fill="var(--ink)">{count:,}</text>'
            )
        height = max(len(self) * (BAR + GAP), 1)
        return Markup(  # noqa: S704
            f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-size="13" '
            f'xmlns="http://www.w3.org/2000/svg" aria-hidden="true">{"".join(bars)}</svg>'
        )


def newest(ledger: Ledger, before: int, count: int) -> list[Recorded]:
    """Up to `count` events below index `before`, newest first."""
    reach = count
    while True:
        held = [one for one in ledger.read(max(before - reach, 0) - 1, reach) if one.index < before]
        if len(held) >= count or reach >= before or reach > 4 * count:
            return held[::-1][:count]
        reach *= 2


def tally(names: Sequence[str]) -> list[tuple[str, int, float]]:
    """Names by how often they come, with their share of the most frequent."""
    counted = Counter(names).most_common()
    return [(name, count, count / counted[0][1]) for name, count in counted]


def by_day(times: Sequence[datetime], language: Language) -> Days:
    """How much was recorded on each of the newest days, on the clock of Japan."""
    counted: Counter[date] = Counter(time.astimezone(JAPAN).date() for time in times)
    return Days(
        tuple((day(one, language), counted[one]) for one in sorted(counted, reverse=True)[:MOST_DAYS])
    )
