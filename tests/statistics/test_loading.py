"""A user's tables lie over the shipped ones, for one run or for good, and can be taken away again."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri import statistics
from meguri.errors import InputError, MeguriError, NotFound
from meguri.statistics import home as home_module
from meguri.statistics import loading
from meguri.statistics.package import Package, shipped

ADDED = date(2026, 11, 24)
SHIPPED = statistics.load(home=Path("/nowhere"))


def table(folder: Path, text: str = "年,販売台数\n2024,60000\n2026,70000\n", name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sales(loaded: statistics.Statistics) -> dict[int, int]:
    return dict(loaded.table("new_bev_sales").frame.select("year", "bev_passenger_units").rows())


def test_a_file_for_one_run_overrides_by_key_and_extends(tmp_path: Path) -> None:
    loaded = statistics.load(extra=[table(tmp_path)], home=tmp_path, added_on=ADDED)
    assert sales(loaded) == sales(SHIPPED) | {2024: 60000, 2026: 70000}
    assert loaded.table("new_bev_sales").overridden
    assert not loaded.table("metal_prices").overridden
    row = loaded.resolve("new_bev_sales:2024")
    assert (row.source.title, row.locator, row.status) == ("mine.csv", "row 2", "published")
    assert loaded.citing(row.source.id) == ("new_bev_sales:2024", "new_bev_sales:2026")
    assert sales(statistics.load(home=tmp_path)) == sales(SHIPPED)


def test_a_file_with_a_problem_leaves_no_trace(tmp_path: Path) -> None:
    path = table(tmp_path, "年,販売台数\n2024,60000\n2026,x\n")
    with pytest.raises(InputError):
        statistics.load(extra=[path], home=tmp_path)
    with pytest.raises(InputError):
        statistics.add(path, home=tmp_path, added_on=ADDED)
    assert statistics.kept(tmp_path) == ()
    assert not (tmp_path / "tables").exists()


def test_a_table_added_for_good_is_there_in_every_run_until_removed(tmp_path: Path) -> None:
    added = statistics.add(table(tmp_path), home=tmp_path, added_on=ADDED)
    assert statistics.kept(tmp_path) == (added,)
    assert sales(statistics.load(home=tmp_path))[2026] == 70000
    assert statistics.load(home=tmp_path).resolve("new_bev_sales:2026").source.date == "2026-11-24"
    assert statistics.remove(added.id, tmp_path) == added
    assert statistics.load(home=tmp_path).fingerprint == SHIPPED.fingerprint
    with pytest.raises(NotFound, match=r"Added tables: none"):
        statistics.remove(added.id, tmp_path)


def test_adding_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    first = statistics.add(table(tmp_path), home=tmp_path, added_on=ADDED)
    assert statistics.add(table(tmp_path), home=tmp_path, added_on=date(2027, 1, 1)) == first
    assert len(statistics.kept(tmp_path)) == 1


def test_a_file_kept_may_also_be_given_for_one_run(tmp_path: Path) -> None:
    path = table(tmp_path)
    statistics.add(path, home=tmp_path, added_on=ADDED)
    loaded = statistics.load(extra=[path], home=tmp_path)
    assert loaded.resolve("new_bev_sales:2026").source.date == "2026-11-24"


def test_two_sheets_of_one_workbook_are_kept_apart(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for year in (2026, 2027):
            sheet = book.add_worksheet(str(year))
            sheet.write_row(0, 0, ["年", "販売台数"])
            sheet.write_row(1, 0, [year, year])
    for name in ("2026", "2027"):
        statistics.add(tmp_path / "a.xlsx", home=tmp_path, added_on=ADDED, sheet=name)
    assert sales(statistics.load(home=tmp_path)) == sales(SHIPPED) | {2026: 2026, 2027: 2027}


def test_the_later_of_two_added_tables_wins_and_a_file_for_one_run_wins_over_both(tmp_path: Path) -> None:
    statistics.add(table(tmp_path, "年,販売台数\n2024,1\n2026,1\n", "b.csv"), home=tmp_path, added_on=ADDED)
    statistics.add(table(tmp_path, "年,販売台数\n2024,2\n", "a.csv"), home=tmp_path, added_on=ADDED)
    assert {year: sales(statistics.load(home=tmp_path))[year] for year in (2024, 2026)} == {2024: 2, 2026: 1}
    run = table(tmp_path, "年,販売台数\n2024,3\n", "c.csv")
    assert sales(statistics.load(extra=[run], home=tmp_path))[2024] == 3


def test_the_home_is_named_by_the_environment() -> None:
    assert statistics.default_home({"MEGURI_HOME": "/data/meguri"}) == Path("/data/meguri")
    assert statistics.default_home({}) == Path.home() / ".meguri"
    assert statistics.default_home() == Path(os.environ["MEGURI_HOME"])


def test_added_tables_are_found_in_the_default_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path))
    statistics.add(table(tmp_path), added_on=ADDED)
    assert sales(statistics.load())[2026] == 70000


def test_dates_numbers_and_blanks_survive_being_kept(tmp_path: Path) -> None:
    text = "対象,正極材,金属,kg_per_kwh,基準容量,区分,公知日,備考\nvehicle,LFP,Li,0.1,,仮定,2025-03-01,試験\n"
    statistics.add(table(tmp_path, text), home=tmp_path, added_on=ADDED)
    row = statistics.load(home=tmp_path).resolve("metals_per_ev:vehicle/LFP/Li")
    assert (row.values["kg_per_kwh"], row.values["reference_kwh"]) == (0.1, None)
    assert (row.status, row.known_from, row.note) == ("assumed", date(2025, 3, 1), "試験")


def test_fiscal_tables_and_blank_months_survive_being_kept(tmp_path: Path) -> None:
    statistics.add(
        table(tmp_path, "都道府県,年度,車種,台数\n東京,2024,EV,9999\n"), home=tmp_path, added_on=ADDED
    )
    statistics.add(
        table(tmp_path, "年,月,輸出先,台数\n2024,,韓国,3200\n", "c.csv"), home=tmp_path, added_on=ADDED
    )
    loaded = statistics.load(home=tmp_path)
    assert loaded.resolve("cev_subsidies_by_prefecture_year:13/2024/bev").values["units"] == 9999
    assert loaded.resolve("used_bev_exports_customs:2024/-/103").values["units"] == 3200


def test_a_kept_table_that_is_damaged_or_outdated_is_named(tmp_path: Path) -> None:
    added = statistics.add(table(tmp_path), home=tmp_path, added_on=ADDED)
    path = tmp_path / "tables" / f"{added.id}.json"
    path.write_bytes(
        msgspec.json.encode(msgspec.structs.replace(added, columns=("gone", *added.columns[1:])))
    )
    with pytest.raises(InputError, match="no longer fit"):
        statistics.load(home=tmp_path)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(added, table="gone")))
    with pytest.raises(NotFound, match="belongs to no table"):
        statistics.load(home=tmp_path)
    path.write_text("{")
    with pytest.raises(MeguriError, match="cannot be read"):
        statistics.load(home=tmp_path)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(home_module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        statistics.add(table(tmp_path), home=tmp_path, added_on=ADDED)
    assert list((tmp_path / "tables").iterdir()) == []


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(MeguriError, match="cannot be kept"):
        statistics.add(table(tmp_path), home=tmp_path / "home", added_on=ADDED)


def test_kept_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    added = statistics.add(table(tmp_path), home=tmp_path, added_on=ADDED)
    assert stat.S_IMODE((tmp_path / "tables" / f"{added.id}.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", sorted(SHIPPED.tables))
@given(day=st.dates(date(2009, 1, 1), date(2027, 1, 1)))
@settings(max_examples=10)
def test_as_of_shows_just_what_was_known(name: str, day: date) -> None:
    past = statistics.load(home=Path("/nowhere"), as_of=day).table(name).frame
    now = SHIPPED.table(name).frame
    assert past.equals(now.filter(pl.col("known_from") <= day))


def test_a_revision_not_yet_public_gives_way_to_the_row_it_replaced(tmp_path: Path) -> None:
    path = table(tmp_path, "年,販売台数,公知日\n2024,60000,2026-06-01\n")
    before = statistics.load(extra=[path], home=tmp_path, as_of=date(2026, 5, 31))
    after = statistics.load(extra=[path], home=tmp_path, as_of=date(2026, 6, 1))
    assert (sales(before)[2024], sales(after)[2024]) == (59736, 60000)


ROWS = st.dictionaries(st.integers(1990, 2040), st.integers(0, 10**6), min_size=1, max_size=8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_the_difference_tells_just_what_was_put_in(tmp_path: Path, rows: dict[int, int]) -> None:
    path = table(tmp_path, "年,販売台数\n" + "".join(f"{year},{units}\n" for year, units in rows.items()))
    loaded = statistics.load(extra=[path], home=tmp_path)
    (told,) = statistics.difference(SHIPPED, loaded)
    old = sales(SHIPPED)
    assert set(told.added) == {f"new_bev_sales:{year}" for year in rows.keys() - old.keys()}
    assert told.removed == ()
    changed = {
        change.row_id: (change.before, change.after)
        for change in told.changed
        if change.field == "bev_passenger_units"
    }
    assert changed == {
        f"new_bev_sales:{year}": (old[year], units)
        for year, units in rows.items()
        if year in old and old[year] != units
    }
    (back,) = statistics.difference(loaded, SHIPPED)
    assert (set(back.removed), back.added) == (set(told.added), ())


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_no_fingerprint(
    tmp_path: Path, rows: dict[int, int], random: object
) -> None:
    lines = [f"{year},{units},x,2020-01-01\n" for year, units in rows.items()]
    text = "年,販売台数,locator,公知日\n"
    first = statistics.load(extra=[table(tmp_path, text + "".join(lines))], home=tmp_path).table(
        "new_bev_sales"
    )
    random.shuffle(lines)  # type: ignore[attr-defined]
    second = statistics.load(extra=[table(tmp_path, text + "".join(lines))], home=tmp_path).table(
        "new_bev_sales"
    )
    assert first.frame.drop("source_id").equals(second.frame.drop("source_id"))


def test_a_copy_sent_to_another_process_holds_the_same() -> None:
    assert pickle.loads(pickle.dumps(SHIPPED)).fingerprint == SHIPPED.fingerprint


def test_nothing_differs_from_itself() -> None:
    assert statistics.difference(SHIPPED, statistics.load(home=Path("/nowhere"))) == ()


def test_a_table_only_one_side_has_is_told_row_by_row() -> None:
    less = statistics.Statistics(
        {n: t for n, t in SHIPPED.tables.items() if n != "trade_codes"}, SHIPPED.sources
    )
    (told,) = statistics.difference(less, SHIPPED)
    assert (told.table, len(told.added)) == ("trade_codes", 6)


def test_two_packages_cannot_hold_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    twice: tuple[Package, ...] = (*shipped(), shipped()[0])
    monkeypatch.setattr(loading, "shipped", lambda: twice)
    with pytest.raises(MeguriError, match="Two packages hold a table"):
        statistics.load()


def test_what_is_not_there_is_said_with_what_is() -> None:
    with pytest.raises(NotFound, match="new_bev_sales"):
        SHIPPED.table("nothing")
    with pytest.raises(NotFound, match="A row id is new_bev_sales:<year>"):
        SHIPPED.resolve("new_bev_sales:1066")
    with pytest.raises(NotFound, match="no source “x”"):
        SHIPPED.citing("x")
    with pytest.raises(NotFound, match="no column “x”"):
        SHIPPED.table("new_bev_sales").field("x")
    assert SHIPPED.table("new_bev_sales").field("year").type == "integer"


def test_search_finds_tables_sources_and_rows_in_both_languages() -> None:
    assert SHIPPED.search("中古EV 輸出 月別") == ("used_bev_exports_customs",)
    assert "usgs-mcs-cobalt" in SHIPPED.search("cobalt lme")
    assert "trade_countries:103" in SHIPPED.search("韓国")
    assert len(SHIPPED.search("2024", limit=7)) == 7
    assert SHIPPED.search("  ") == ()
    assert len(SHIPPED.search("の", limit=1)) == 1


def test_every_row_resolves_to_itself() -> None:
    for shipped_table in SHIPPED.tables.values():
        for row_id in shipped_table.frame["row_id"].to_list()[:50]:
            row = SHIPPED.resolve(row_id)
            assert row.row_id == row_id
            assert row.source.id == row.values["source_id"]


def test_importing_meguri_alone_stays_light() -> None:
    told = "import sys, meguri, meguri.errors; print(any(m in sys.modules for m in ('polars', 'openpyxl', 'numpy')))"
    assert (
        subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )


def test_the_workbook_reader_is_loaded_only_for_workbooks() -> None:
    told = "import sys; from meguri import statistics; statistics.load(); print('openpyxl' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )
