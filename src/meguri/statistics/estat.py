"""The official customs file: commodity by country, as e-Stat gives it, turned into rows of the export table.

One line holds a commodity and a country with the year's and each month's two quantities and value; used BEVs are
counted by the second quantity, value is in thousand yen. Months that are not published yet hold zeros, so months
after the last one with any trade in the whole file are left out: blank is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meguri.errors import InputError, Problem, Said
from meguri.statistics import limits
from meguri.statistics.cells import folded, is_blank
from meguri.statistics.files import Cells
from meguri.statistics.table import Table

TABLE = "used_bev_exports_customs"
CODES = "trade_codes"
HEADER: Cells = ("year", "month", "country_code", "units", "value_thousand_jpy")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EXPORT = "1"


def recognises(header: Cells) -> bool:
    """Whether a header row is that of the official file."""
    told = {_plain(cell) for cell in header}
    return {"exp or imp", "year", "hs", "country", "quantity2-year", "value-year"} <= told


def customs_rows(
    file: str, header: Cells, rows: Iterable[tuple[int, Cells]], tables: Mapping[str, Table]
) -> tuple[Cells, Iterator[tuple[int, Cells]]]:
    """Header and rows of `used_bev_exports_customs` for the used BEVs in the file. Raises `InputError` when none are."""
    places = {_plain(cell): place for place, cell in enumerate(header)}
    codes = tables[CODES].frame
    wanted = set(codes.filter(codes["drive"] == "bev")["hs9"])
    months = [
        name for name in MONTHS if f"quantity2-{name.lower()}" in places and f"value-{name.lower()}" in places
    ]
    found: list[tuple[int, Cells]] = []
    problems: list[Problem] = []
    published = 0
    for number, cells in rows:
        if len(cells) < len(header):
            problems.append(
                Problem(
                    Said("the line breaks off"),
                    Said("Download the file anew."),
                    file=file,
                    row=number,
                    value=str(len(cells)),
                )
            )
            break
        traded = [n for n, name in enumerate(months, 1) if _traded(cells, places, name)]
        published = max([published, *traded])
        if _plain(cells[places["exp or imp"]]) == _EXPORT and _code(cells[places["hs"]]) in wanted:
            found.append((number, cells))
    if problems or not found:
        raise _refused(file, problems, wanted)
    return HEADER, _turned(found, places, months[:published])


def _turned(
    found: Iterable[tuple[int, Cells]], places: Mapping[str, int], months: list[str]
) -> Iterator[tuple[int, Cells]]:
    for number, cells in found:
        start = (cells[places["year"]],)
        country = _code(cells[places["country"]])
        if not months:
            yield number, (*start, None, country, *_pair(cells, places, "year"))
        for place, name in enumerate(months, 1):
            yield number, (*start, place, country, *_pair(cells, places, name))


def _pair(cells: Cells, places: Mapping[str, int], period: str) -> Cells:
    return cells[places[f"quantity2-{period.lower()}"]], cells[places[f"value-{period.lower()}"]]


def _traded(cells: Cells, places: Mapping[str, int], month: str) -> bool:
    return any(not is_blank(cell) and _plain(cell) not in ("0", "-") for cell in _pair(cells, places, month))


def _refused(file: str, problems: list[Problem], wanted: set[str]) -> InputError:
    if not problems:
        told = tuple(sorted(wanted))
        problems = [
            Problem(
                Said("no export of used BEVs is in the file (code {told})", told=told),
                Said("Choose the file of chapter 87, exports."),
                file=file,
            )
        ]
    held = tuple(problems[: limits.MAX_PROBLEMS])
    return InputError(
        Said("{file} was not read: {what}", file=file, what=held[0].what), held, where=file, mend=held[0].mend
    )


def _plain(cell: object) -> str:
    return "" if cell is None else folded(str(cell)).removeprefix("'").casefold()


def _code(cell: object) -> str:
    return _plain(cell).removesuffix(".0")
