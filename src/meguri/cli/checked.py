"""The estimate beside what was published: anchors first, then readings, band, alternatives and independent checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from meguri import flows
from meguri.cli.headline import deviation, ends, number
from meguri.cli.language import Language, Say, labelled
from meguri.cli.output import Columns, grid
from meguri.cli.result import heading, told_by

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from meguri.flows import OutflowEstimate
    from meguri.statistics import Statistics

WIDE = 110
FAR = 0.02
HONOURED = 0.5


def tables(statistics: Statistics, estimate: OutflowEstimate) -> dict[str, pl.DataFrame]:
    """Every check by name."""
    return {
        "anchors": flows.anchors(statistics, estimate),
        "statements": flows.statements(estimate),
        "readings": flows.compare_readings(statistics, estimate),
        "band": flows.ratio_band(statistics, estimate),
        "alternatives": flows.alternatives(statistics, estimate),
        "stock_check": flows.stock_check(statistics, estimate),
        "subsidy_check": flows.subsidy_check(statistics),
    }


def document(estimate: OutflowEstimate, checks: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """The checks as lists of row objects."""
    return {**heading(estimate), **{name: table.rows(named=True) for name, table in checks.items()}}


def show(
    screen: Console, estimate: OutflowEstimate, checks: Mapping[str, pl.DataFrame], lang: Language, say: Say
) -> None:
    """Print the checks."""
    rows = {name: table.rows(named=True) for name, table in checks.items()}
    _anchors(screen, rows["anchors"], lang, say)
    _readings(screen, rows["readings"], rows["band"], lang, say)
    _alternatives(screen, rows["alternatives"], lang, say)
    _stock(screen, rows["stock_check"], lang, say)
    _subsidies(screen, rows["subsidy_check"], say)
    _statements(screen, rows["statements"], say)
    screen.print(told_by(estimate, say), style="dim", markup=False)


def _anchors(screen: Console, rows: Sequence[Mapping[str, Any]], lang: Language, say: Say) -> None:
    wide = screen.width >= WIDE
    cells = []
    for row in rows:
        unit = row["unit"]
        ours = (
            [number(row[name], unit, lang) for name in ("p05", "p50", "p95")]
            if wide
            else [number(row["p50"], unit, lang), ends(row, lang)]
        )
        yes = say("yes") if row["circular"] else say("no")
        published = number(row["published"], unit, lang)
        cells.append((row["anchor"], published, *ours, deviation(row["deviation"]), yes))
    names = ("p05", "p50", "p95") if wide else ("p50", "p05–p95")
    columns: Columns = [
        (say("anchor"), "left"),
        (say("published"), "right"),
        *((name, "right") for name in names),
        (say("deviation"), "right"),
        (say("circular"), "left"),
    ]
    title = say("Published figures of the white paper (2025, section 3.3) and ours")
    screen.print(grid(columns, cells, title=title, wraps=(0,)))
    screen.print()
    far = [row for row in rows if abs(row["deviation"]) > FAR]
    if far:
        screen.print(say("Why ours is more than 2 % away:"), style="bold")
        for row in far:
            wording, reason = (
                (row["wording_ja"], row["reason_ja"]) if lang == "ja" else (row["wording"], row["reason"])
            )
            told = say("{anchor} (published: {wording}): {reason}")
            screen.print(
                "  " + told.format(anchor=row["anchor"], wording=wording, reason=reason), markup=False
            )
    if any(row["circular"] for row in rows):
        screen.print(
            say(
                "circular “yes”: an input was derived from that published figure, so agreement is no confirmation."
            ),
            style="dim",
        )
    screen.print()


def _readings(
    screen: Console,
    rows: Sequence[Mapping[str, Any]],
    band: Sequence[Mapping[str, Any]],
    lang: Language,
    say: Say,
) -> None:
    compared = ("used_cum_2024", "ratio_2017", "ratio_2019", "ratio_2024")
    cells = [
        (
            row["reading"],
            *(
                number(row[name], "vehicle" if name == "used_cum_2024" else "1", lang)
                + (" ✓" if row[f"meets_{name}"] else "  ")
                for name in compared
            ),
            say("yes") if row["circular"] else say("no"),
        )
        for row in rows
    ]
    columns: Columns = [
        (say("reading"), "left"),
        *((name, "right") for name in compared),
        (say("circular"), "left"),
    ]
    screen.print(
        grid(columns, cells, title=say("Readings of the survey (✓ meets the published figure)"), wraps=(0,))
    )
    for row in band:
        told = say("The 2024 ratio may lie anywhere from {low} to {high}: {basis}.")
        screen.print(
            told.format(
                low=number(row["low"], "1", lang),
                high=number(row["high"], "1", lang),
                basis=row[f"title_{lang}"],
            ),
            markup=False,
        )
    screen.print()


def _alternatives(screen: Console, rows: Sequence[Mapping[str, Any]], lang: Language, say: Say) -> None:
    cells = [
        (
            say(row["kind"]),
            row[f"title_{lang}"],
            f"{row['metal_t_2017_2024']:,.0f} t",
            deviation(row["metal_deviation"]),
            number(row["value_jpy_2017_2024"], "JPY", lang),
            deviation(row["value_deviation"]),
        )
        for row in rows
    ]
    columns: Columns = (
        (say("kind"), "left"),
        (say("alternative"), "left"),
        (say("metals"), "right"),
        (say("deviation"), "right"),
        (say("value"), "right"),
        (say("deviation"), "right"),
    )
    title = say(
        "Public alternatives for content and price, 2017 to 2024, and how far they land from the paper"
    )
    screen.print(grid(columns, cells, title=title, wraps=(1,)))


def _stock(screen: Console, rows: Sequence[Mapping[str, Any]], lang: Language, say: Say) -> None:
    screen.print(say("Cars in use = sold − exported − scrapped, stock by stock:"), style="bold")
    by_verdict: dict[str, list[str]] = {}
    for row in rows:
        left = f"{row['p50']:+,.0f}".replace("-", "−")
        verdict = row["verdict_ja" if lang == "ja" else "verdict"]
        by_verdict.setdefault(verdict, []).append(f"{row['as_of']} {row['scope']} {left}")
    for verdict, stocks in by_verdict.items():
        screen.print("  " + labelled(verdict, "", say), markup=False)
        screen.print(Padding(Text(", ".join(stocks), style="dim"), (0, 0, 0, 4)))
    screen.print()


def _subsidies(screen: Console, rows: Sequence[Mapping[str, Any]], say: Say) -> None:
    broken = [str(row["fiscal_year"]) for row in rows if not row["holds"]]
    if not rows:
        return
    told = (
        say(
            "Subsidised BEVs stay below our sales in each of {count} fiscal years, and in all ({granted} of {sold})."
        )
        if not broken
        else say("Subsidised BEVs exceed our sales in {years}; in all {granted} of {sold}.")
    )
    last = rows[-1]
    screen.print(
        told.format(
            count=len(rows),
            years=say(", ").join(broken),
            granted=f"{last['subsidised_cum']:,}",
            sold=f"{last['sales_cum_to_then']:,.0f}",
        ),
        markup=False,
    )


def _statements(screen: Console, rows: Sequence[Mapping[str, Any]], say: Say) -> None:
    contrary = [row["observation"] for row in rows if row["contradicts"]]
    told = say(
        "{honoured} of {count} published statements on exports are honoured by more than half of the draws."
    )
    screen.print(told.format(honoured=sum(row["honoured"] > HONOURED for row in rows), count=len(rows)))
    if contrary:
        screen.print(
            say("These contradict the rest: {names}").format(names=", ".join(contrary)), markup=False
        )
    screen.print(
        say("Each statement, reading and check in full: --json, or --csv --table statements."), style="dim"
    )
