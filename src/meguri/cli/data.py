"""`meguri data`: look at the tables, check and add your own, and see what that changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.failure import BAD_INPUT, error_console, list_problems
from meguri.cli.language import Say, labelled, language, translator
from meguri.cli.output import (
    Columns,
    Csv,
    Json,
    Lang,
    Parquet,
    To,
    Xlsx,
    console,
    grid,
    output,
    worded,
    write_document,
    write_tables,
)
from meguri.cli.run import Draws, Method, Period, asked
from meguri.errors import InputError, NotFound, Said

if TYPE_CHECKING:
    from meguri.statistics import DataFile, Kept, Report, Statistics

_ = translator(language())

app = typer.Typer(
    help=_("Browse the tables, check and add your own, and see what changed."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help=_("A CSV or XLSX file."))]
Table = Annotated[
    str | None,
    typer.Option(
        "--table",
        metavar="NAME",
        help=_("The table that the file belongs to, where its headers fit several."),
    ),
]
Sheet = Annotated[str | None, typer.Option("--sheet", metavar="NAME", help=_("The sheet of a workbook."))]


@app.command("list", help=_("List the tables, and those that you added."))
def list_(json: Json = False, lang: Lang = None) -> None:
    from meguri.statistics import default_home, kept, load

    chosen, say = worded(lang)
    statistics, added = load(), kept(default_home())
    if json:
        return write_document(
            {
                "tables": [
                    {
                        "table": table.name,
                        "package": table.package,
                        "title_ja": table.title("ja"),
                        "title_en": table.title("en"),
                        "rows": table.frame.height,
                        "statuses": _statuses(table.frame),
                        "overridden": table.overridden,
                        "licence": table.licence,
                        "fingerprint": table.fingerprint,
                    }
                    for table in statistics.tables.values()
                ],
                "added": [_kept(one) for one in added],
                "fingerprint": statistics.fingerprint,
            },
            output(json=True),
        )
    screen = console()
    rows = [
        (
            f"{table.name} *" if table.overridden else table.name,
            table.title(chosen),
            f"{table.frame.height:,}",
        )
        for table in statistics.tables.values()
    ]
    columns: Columns = ((say("table"), "left"), (say("what it holds"), "left"), (say("rows"), "right"))
    screen.print(grid(columns, rows, wraps=(1,)))
    if added:
        columns = (
            (say("name"), "left"),
            (say("file"), "left"),
            (say("added on"), "left"),
            (say("rows"), "right"),
        )
        cells = [(one.id, one.file, str(one.added_on), f"{len(one.rows):,}") for one in added]
        screen.print(grid(columns, cells, title=say("Added by you (marked *)"), wraps=(0, 1)))
    screen.print(say("A table in full: meguri data show TABLE. Documents: meguri sources."), style="dim")
    return None


@app.command(help=_("Show a table: what it holds, its columns with units, its rows with source and status."))
def show(
    table: Annotated[str, typer.Argument(metavar="TABLE", help=_("Name of the table."))],
    to: To = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help=_("Rows to print; 0 for all."))
    ] = 20,
    json: Json = False,
    csv: Csv = False,
    parquet: Parquet = False,
    xlsx: Xlsx = False,
    lang: Lang = None,
) -> None:
    from meguri.cli.shelf import show_table
    from meguri.statistics import load

    chosen, say = worded(lang)
    out = output(json=json, csv=csv, parquet=parquet, xlsx=xlsx, to=to)
    statistics = load()
    held = statistics.table(table)
    if out.kind == "text":
        show_table(console(), held, rows, chosen, say)
    elif out.kind == "json":
        write_document(_document(held, statistics), out)
    else:
        write_tables({table: held.frame}, out, say)


@app.command(help=_("Check a file, using nothing of it: every problem with its place and how to mend it."))
def check(
    file: File,
    table: Table = None,
    period: Period = None,
    sheet: Sheet = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri import statistics

    _chosen, say = worded(lang)
    try:
        report = statistics.check(file, table=table, period=period or "", sheet=sheet)
    except InputError as fault:
        if not json:
            raise
        write_document(_refused(file, fault), output(json=True))
        raise typer.Exit(BAD_INPUT) from fault
    if json:
        write_document(_report(report), output(json=True))
    elif report.ok:
        _accepted(report, say)
    else:
        screen = error_console()
        screen.print(_count(report.problem_count, report.file, say), style="bold", markup=False)
        list_problems(screen, report.problems, report.problem_count, say)
    if not report.ok:
        raise typer.Exit(BAD_INPUT)


@app.command(help=_("Add a file's rows for good (all of them or none), then tell what that changes."))
def add(
    file: File,
    table: Table = None,
    period: Period = None,
    sheet: Sheet = None,
    method: Method = "meguri",
    draws: Draws = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri import statistics
    from meguri.cli import change

    chosen, say = worded(lang)
    today = datetime.now(UTC).date()
    before = statistics.load()
    after = statistics.load(extra=[_data_file(file, table, period, sheet)], added_on=today)
    told = change.told(before, after, asked(method, draws=draws), say)
    kept = statistics.add(file, added_on=today, table=table, period=period or "", sheet=sheet)
    if json:
        return write_document({"added": _kept(kept), **change.document(told)}, output(json=True))
    screen = console()
    screen.print(
        say("Added {rows} rows of {file} to the table {table}, as {name}.").format(
            rows=f"{len(kept.rows):,}", file=kept.file, table=kept.table, name=kept.id
        ),
        style="bold",
        markup=False,
    )
    change.show(screen, told, chosen, say)
    screen.print(say("To take it away again: meguri data remove {name}").format(name=kept.id), style="dim")
    return None


@app.command(help=_("Take an added table away again, then tell what that changes."))
def remove(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=_("Its name in `meguri data list`, its file or its table."))
    ],
    method: Method = "meguri",
    draws: Draws = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri import statistics
    from meguri.cli import change

    chosen, say = worded(lang)
    home = statistics.default_home()
    before = statistics.load()
    gone = statistics.remove(_identity(name, statistics.kept(home)), home)
    told = change.told(before, statistics.load(), asked(method, draws=draws), say)
    if json:
        return write_document({"removed": _kept(gone), **change.document(told)}, output(json=True))
    screen = console()
    screen.print(
        say("Removed {name} ({file}).").format(name=gone.id, file=gone.file), style="bold", markup=False
    )
    change.show(screen, told, chosen, say)
    return None


@app.command(
    help=_(
        "Tell what your added tables change in the tables and in the headline results; with FILE, what that file"
        " would change if it were added. Nothing is kept."
    )
)
def diff(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", show_default=False, help=_("A CSV or XLSX file."))
    ] = None,
    table: Table = None,
    period: Period = None,
    sheet: Sheet = None,
    method: Method = "meguri",
    draws: Draws = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri import statistics
    from meguri.cli import change

    chosen, say = worded(lang)
    if file is None:
        before, after = statistics.load(home=change.NO_HOME), statistics.load()
    else:
        before = statistics.load()
        after = statistics.load(extra=[_data_file(file, table, period, sheet)])
    told = change.told(before, after, asked(method, draws=draws), say)
    if json:
        write_document(change.document(told), output(json=True))
    else:
        change.show(console(), told, chosen, say)


def _data_file(file: Path, table: str | None, period: str | None, sheet: str | None) -> DataFile:
    from meguri.statistics import DataFile

    return DataFile(file, table, "fiscal" if period == "fiscal" else "calendar" if period else "", sheet)


def _identity(name: str, kept: tuple[Kept, ...]) -> str:
    """The added table that a name means: its own name, or its file or table where only one fits."""
    if any(one.id == name for one in kept):
        return name
    fitting = [one.id for one in kept if name in (one.file, one.table)]
    if len(fitting) > 1:
        raise NotFound(
            Said("“{name}” fits several added tables", name=name),
            mend=Said("Name one of: {fitting}", fitting=tuple(fitting)),
        )
    return fitting[0] if fitting else name


def _count(count: int, file: str, say: Say) -> str:
    one = say("{file} has 1 problem; nothing of it was used.")
    many = say("{file} has {count} problems; nothing of it was used.")
    return (one if count == 1 else many).format(file=file, count=f"{count:,}")


def _accepted(report: Report, say: Say) -> None:
    screen = console()
    screen.print(say("{file} can be used.").format(file=report.file), style="bold", markup=False)
    told = [
        (say("table"), report.table),
        (say("rows"), f"{report.row_count:,}"),
        (say("sheet"), report.sheet),
        (say("encoding"), report.encoding),
        (say("years"), say(f"{report.period} years") if report.period else ""),
        (say("columns not used"), ", ".join(report.ignored)),
    ]
    for label, text in told:
        if text:
            screen.print("  " + labelled(label, text, say), markup=False)
    screen.print(say("See what it changes: meguri data diff FILE"), style="dim")


def _statuses(frame: Any) -> dict[str, int]:
    counted = frame["status"].value_counts(sort=True).iter_rows()
    return {str(status): int(count) for status, count in sorted(counted)}


def _document(table: Any, statistics: Statistics) -> dict[str, Any]:
    return {
        "table": table.name,
        "package": table.package,
        "title_ja": table.title("ja"),
        "title_en": table.title("en"),
        "description_ja": table.description("ja"),
        "description_en": table.description("en"),
        "licence": table.licence,
        "overridden": table.overridden,
        "key": table.key,
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "unit": field.unit,
                "title_ja": field.title_ja,
                "title_en": field.title,
                "meaning_ja": field.meaning("ja"),
                "meaning_en": field.meaning("en"),
                "headers": field.aliases,
            }
            for field in table.fields
        ],
        "rows": table.frame.rows(named=True),
        "sources": [statistics.sources[key] for key in sorted(set(table.frame["source_id"]))],
        "fingerprint": table.fingerprint,
    }


def _kept(one: Kept) -> dict[str, Any]:
    return {
        "name": one.id,
        "table": one.table,
        "file": one.file,
        "sha256": one.sha256,
        "added_on": one.added_on,
        "rows": len(one.rows),
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "file": report.file,
        "sha256": report.sha256,
        "encoding": report.encoding,
        "sheet": report.sheet,
        "table": report.table,
        "period": report.period,
        "rows": report.row_count,
        "ignored": report.ignored,
        "problem_count": report.problem_count,
        "problems": report.problems,
    }


def _refused(file: Path, fault: InputError) -> dict[str, Any]:
    return {
        "ok": False,
        "file": file.name,
        "problem_count": len(fault.problems),
        "problems": fault.problems,
    }
