"""Tables as files: JSON rows, CSV, Parquet and XLSX — the same bytes for the same result, on every machine and day.

Text that a spreadsheet would run as a formula is defused. A workbook has a sheet per table and one that says what
the figures are: method, options, version, fingerprint, citation and sources.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec
import polars as pl

from meguri.errors import MeguriError, NotFound, Said
from meguri.flows import OutflowEstimate
from meguri.report.language import Language, translator
from meguri.report.names import method_name
from meguri.statistics import Source, Statistics

__all__ = [
    "Kind", "about", "cite", "data_date", "documents", "encoded", "reference", "rows", "sources_of", "to_csv", "to_json",
    "to_parquet", "to_xlsx", "together",
]  # fmt: skip

Kind = Literal["json", "csv", "parquet", "xlsx"]
About = Sequence[tuple[str, str]]

ABOUT_SHEET: Final = "about"
BOM: Final = b"\xef\xbb\xbf"
RUNS_AS_FORMULA: Final = r"^[=+\-@\t\r\n]"
MOST_SHEET_ROWS: Final = 1_048_575
MOST_SHEET_COLUMNS: Final = 16_384
MOST_CELL_CHARACTERS: Final = 32_767
LEADING: Final = (
    "table",
    "year",
    "destination",
    "element",
    "quantity",
    "unit",
    "p05",
    "p50",
    "p95",
    "status",
    "sources",
)
EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's creation date has no zone


def rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The table as JSON-ready objects: dates as ISO text, a number that does not exist as null."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.iter_rows(named=True)]


def to_json(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Tables by name, each a list of row objects."""
    return msgspec.json.encode({name: rows(table) for name, table in tables.items()}) + b"\n"


def to_csv(table: pl.DataFrame, *, bom: bool = False) -> bytes:
    """UTF-8 CSV with lists joined by a space; `bom` helps old spreadsheets to see the encoding."""
    flat = _flat(table).with_columns(pl.col(pl.Float64, pl.Float32).fill_nan(None))
    flat = flat.with_columns(
        pl.when(pl.col(pl.String).str.contains(RUNS_AS_FORMULA))
        .then("'" + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
    return (BOM if bom else b"") + flat.write_csv(float_scientific=False).encode()


def to_parquet(table: pl.DataFrame) -> bytes:
    """Parquet with the columns as they are; lists stay lists."""
    out = io.BytesIO()
    table.write_parquet(out, compression="zstd")
    return out.getvalue()


def to_xlsx(tables: Mapping[str, pl.DataFrame], about: About = ()) -> bytes:
    """A workbook: what the figures are (when `about` is given), then a sheet per table.

    Raises MeguriError for a table that a sheet cannot hold.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    book.set_properties({"created": EPOCH, "author": "Meguri"})
    bold, wrapped = (
        book.add_format({"bold": True, "bottom": 1}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    if about:
        sheet = book.add_worksheet(ABOUT_SHEET)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100, wrapped)
        for at, (label, value) in enumerate(about):
            sheet.write_string(at, 0, _cell(label))
            sheet.write_string(at, 1, _cell(value))
    taken = {ABOUT_SHEET}
    for name, table in tables.items():
        if table.height > MOST_SHEET_ROWS or table.width > MOST_SHEET_COLUMNS:
            raise MeguriError(
                Said(
                    "The table {name} has {height:,} rows and {width:,} columns, more than a sheet holds",
                    name=name,
                    height=table.height,
                    width=table.width,
                ),
                where="xlsx",
                mend=Said("Take it as CSV or Parquet."),
            )
        _fill(book.add_worksheet(_sheet_name(name, taken)), _flat(table), bold)
    book.close()
    return out.getvalue()


def encoded(tables: Mapping[str, pl.DataFrame], kind: Kind, *, about: About = ()) -> bytes:
    """Tables in one file. CSV and Parquet hold several tables as one, with the column `table`."""
    if kind == "json":
        return to_json(tables)
    if kind == "xlsx":
        return to_xlsx(tables, about)
    one = next(iter(tables.values())) if len(tables) == 1 else together(tables)
    return to_csv(one) if kind == "csv" else to_parquet(one)


def together(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Tables in one long table; a dimension that a row does not have is blank."""
    named = [table.select(pl.lit(name).alias("table"), pl.all()) for name, table in tables.items()]
    if not named:
        return pl.DataFrame()
    joined = pl.concat(named, how="diagonal_relaxed")
    return joined.select(sorted(joined.columns, key=lambda name: _place(str(name), joined.columns)))


def about(
    statistics: Statistics, estimate: OutflowEstimate, lang: Language, tables: Iterable[pl.DataFrame] = ()
) -> About:
    """What the figures of an estimate are: one line each of method, options, version, citation, then the sources."""
    _ = translator(lang)
    options = estimate.options
    told = [
        (_("Estimate"), _("Outflow of used electric vehicles and their batteries from Japan")),
        (_("Method"), method_name(options.method, lang)),
        (
            _("Options"),
            " ".join(f"{key}={value}" for key, value in options.to_query().items()) or _("defaults"),
        ),
        (_("Draws"), f"{options.draws:,}"),
        (_("Seed"), str(options.seed)),
        (_("Data as of"), data_date(statistics, estimate)),
        (_("Version"), f"Meguri {estimate.version}"),
        (_("Fingerprint"), estimate.fingerprint),
        (_("How to cite"), cite(estimate, lang)),
        (_("Columns p05, p50, p95"), _("1 in 20 draws lies below p05, half below p50, 1 in 20 above p95.")),
    ]
    chosen = list(tables) or list(estimate.tables.values())
    told += [(_("Source"), f"{source.id}: {reference(source)}") for source in sources_of(statistics, chosen)]
    return tuple(told)


def cite(estimate: OutflowEstimate, lang: Language) -> str:
    """How to name the result in another text, so that a reader can reproduce it."""
    _ = translator(lang)
    return _(
        "Meguri contributors: Outflow of used electric vehicles from Japan. Meguri {version}, {method}, {draws} draws, "
        "seed {seed}{as_of}, fingerprint {fingerprint}."
    ).format(
        version=estimate.version,
        method=method_name(estimate.options.method, lang),
        draws=f"{estimate.options.draws:,}",
        seed=estimate.options.seed,
        as_of=_(", data known on {date}").format(date=estimate.options.as_of)
        if estimate.options.as_of
        else "",
        fingerprint=estimate.fingerprint[:16],
    )


def data_date(statistics: Statistics, estimate: OutflowEstimate) -> str:
    """ISO date of the data: the day chosen, else the day on which the newest row became public."""
    if estimate.options.as_of:
        return estimate.options.as_of.isoformat()
    return max(str(table.frame["known_from"].max() or "") for table in statistics.tables.values())


def sources_of(statistics: Statistics, tables: Iterable[pl.DataFrame]) -> tuple[Source, ...]:
    """The documents behind the `sources` of tables, in the order in which they are first named."""
    named = dict.fromkeys(
        word
        for table in tables
        if "sources" in table.columns
        for word in table["sources"].explode().drop_nulls()
    )
    found: dict[str, Source] = {}
    for word in named:
        for source in documents(statistics, word):
            found.setdefault(source.id, source)
    return tuple(found.values())


def documents(statistics: Statistics, word: str) -> tuple[Source, ...]:
    """The documents behind a word of a `sources` column: a row id, the name of a table, or a source id."""
    if word in statistics.sources:
        return (statistics.sources[word],)
    name, is_row, _ = word.partition(":")
    try:
        if is_row:
            return (statistics.resolve(word).source,)
        return tuple(
            statistics.sources[held]
            for held in statistics.table(name).frame["source_id"].unique(maintain_order=True)
        )
    except NotFound:
        return ()


def reference(source: Source) -> str:
    """A document in one line: title, publisher, date, place."""
    return ", ".join(part for part in (source.title, source.publisher, source.date, source.url) if part)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by a space, everything else as it is."""
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(
        pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(" ") for name in lists
    )


def _fill(sheet: Any, table: pl.DataFrame, bold: Any) -> None:
    for at, name in enumerate(table.columns):
        sheet.write_string(0, at, _cell(name), bold)
        for row, value in enumerate(table[name], start=1):
            if isinstance(value, bool):
                sheet.write_boolean(row, at, value)
            elif isinstance(value, int | float):
                if math.isfinite(value):
                    sheet.write_number(row, at, value)
            elif isinstance(value, date):
                sheet.write_datetime(row, at, value)
            elif value is not None:
                sheet.write_string(row, at, _cell(str(value)))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, table.height, max(table.width - 1, 0))


def _cell(text: str) -> str:
    """Text that fits a cell; Excel keeps no control characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)[:MOST_CELL_CHARACTERS]


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel accepts and that no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\']", "_", name)[:31] or "table"
    chosen, count = plain, 1
    while chosen.lower() in taken:
        count += 1
        chosen = f"{plain[: 30 - len(str(count))]}_{count}"
    taken.add(chosen.lower())
    return chosen


def _place(name: str, columns: Sequence[str]) -> tuple[int, int]:
    return (LEADING.index(name) if name in LEADING else len(LEADING), columns.index(name))
