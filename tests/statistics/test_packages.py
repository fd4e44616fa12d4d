"""The shipped figures: valid packages, every row with a source, and sums that agree with what was published."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from frictionless import validate

from meguri import statistics
from meguri.errors import MeguriError, NotFound
from meguri.statistics.package import SHIPPED, packages_in, read_package, shipped
from meguri.statistics.sources import Source, merged
from meguri.statistics.table import STATUSES

PACKAGES = sorted(path.parent.name for path in SHIPPED.glob("*/datapackage.json"))
LOADED = statistics.load(home=Path("/nowhere"))
TABLES = sorted(LOADED.tables)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_valid_to_an_outside_judge(package: str) -> None:
    report = validate(str(SHIPPED / package / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])[:10]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_a_source_that_exists_and_a_status_that_is_known(name: str) -> None:
    frame = LOADED.table(name).frame
    assert set(frame["source_id"]) <= LOADED.sources.keys()
    assert set(frame["status"]) <= set(STATUSES)
    assert frame["known_from"].null_count() == 0
    assert frame["row_id"].n_unique() == frame.height


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_keeps_the_limits_of_its_column(name: str) -> None:
    from meguri.statistics.cells import read_cell

    table = LOADED.table(name)
    for row in table.frame.iter_rows(named=True):
        for field in table.fields:
            assert read_cell(row[field.name], field) == row[field.name], (row["row_id"], field.name)


@pytest.mark.parametrize("package", ["geography", "japan"])
def test_every_column_has_meaning_and_unit_in_both_languages(package: str) -> None:
    for table in LOADED.tables.values():
        if table.package == package:
            assert table.title("en")
            assert table.title("ja")
            assert table.description("ja") != table.description("en")
            assert table.licence
            for field in table.fields:
                assert all(
                    (field.meaning("en"), field.meaning("ja"), field.label("en"), field.label("ja"))
                ), field
                assert field.unit_label("en"), field
                assert field.unit_label("ja"), field


def test_a_unit_without_a_japanese_form_is_shown_as_it_is() -> None:
    assert statistics.Field("energy_kwh", "number", unit="kWh").unit_label("ja") == "kWh"


def test_every_source_tells_publisher_licence_and_credit() -> None:
    for source in LOADED.sources.values():
        assert all((source.title, source.publisher, source.licence, source.credit)), source


def test_subsidised_bevs_sum_to_the_published_total() -> None:
    frame = LOADED.table("cev_subsidies_by_prefecture_year").frame
    assert frame.filter(pl.col("kind") == "bev")["units"].sum() == 342_296
    assert frame["jis_code"].n_unique() == 47


def test_kinds_of_subsidised_vehicles_sum_to_their_total() -> None:
    frame = LOADED.table("cev_subsidies_by_prefecture_year").frame
    sums = frame.group_by("jis_code", "fiscal_year").agg(
        total=pl.col("units").filter(pl.col("kind") == "total").sum(),
        parts=pl.col("units").filter(pl.col("kind") != "total").sum(),
    )
    assert sums.filter(pl.col("total") != pl.col("parts")).is_empty()


def test_registered_and_kei_cars_sum_to_the_sales_where_both_are_given() -> None:
    frame = LOADED.table("new_bev_sales").frame.drop_nulls(["registered_car_units", "kei_car_units"])
    assert frame.height >= 5
    assert (frame["registered_car_units"] + frame["kei_car_units"]).equals(frame["bev_passenger_units"])


def test_monthly_registrations_sum_to_the_yearly_ones() -> None:
    years = LOADED.table("new_bev_sales").frame.select("year", "registered_car_units")
    months = LOADED.table("new_bev_sales_registered_monthly").frame
    sums = months.group_by("year").agg(pl.len(), pl.col("registered_bev_units").sum()).join(years, on="year")
    assert sums.height == 4
    assert set(sums["len"]) == {12}
    assert sums["registered_bev_units"].equals(sums["registered_car_units"])


def test_no_prefecture_has_more_subsidised_bevs_than_the_nation_sold() -> None:
    subsidies = LOADED.table("cev_subsidies_by_prefecture_year").frame.filter(pl.col("kind") == "bev")
    assert subsidies["units"].sum() < LOADED.table("new_bev_sales").frame["bev_passenger_units"].sum()


def test_prefectures_are_those_of_the_map() -> None:
    names = set(LOADED.table("prefectures").frame["name_ja"])
    for name in ("japan_s0001", "japan_s0010"):
        geometry = statistics.geometry(name)
        (collection,) = json.loads(geometry.content)["objects"].values()
        assert {shape["properties"]["N03_001"] for shape in collection["geometries"]} == names
        assert "国土数値情報" in LOADED.sources[geometry.source_id].credit


def test_large_destinations_are_on_the_map_of_the_world() -> None:
    world = json.loads(statistics.geometry("world_110m").content)["objects"]["countries"]["geometries"]
    countries = LOADED.table("trade_countries").frame.filter(
        pl.col("destination").is_in(
            ["South Korea", "Russia", "New Zealand", "Australia", "Georgia", "Cyprus"]
        )
    )
    assert countries.height == 6
    assert set(countries["iso_numeric"]) <= {country.get("id") for country in world}


def test_a_geometry_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="world_110m"):
        statistics.geometry("mars")


def test_the_customs_table_ships_empty() -> None:
    assert LOADED.table("used_bev_exports_customs").frame.is_empty()


def test_a_recalled_figure_is_not_called_published() -> None:
    row = LOADED.resolve("new_bev_sales:2015")
    assert row.status == "recalled"
    assert row.source.publisher == "一般社団法人次世代自動車振興センター"


def test_a_model_tells_which_of_its_cells_were_read() -> None:
    row = LOADED.resolve("models:Ariya B6")
    assert row.status == "recalled"
    assert row.status_of("battery_kwh") == "published"
    assert row.status_of("chemistry") == "recalled"
    for model in LOADED.table("models").frame.iter_rows(named=True):
        assert set((model["published_fields"] or "").split()) <= set(model)


def test_packages_are_read_once() -> None:
    assert shipped() is shipped()


def _write_package(folder: Path, rows: str = "2020,1,s,p,published,2021-01-01,\n", **changes: object) -> Path:
    common = [
        {"name": name, "type": "date" if name == "known_from" else "string"}
        for name in ("source_id", "locator", "status", "known_from", "note")
    ]
    resource = {
        "name": "things",
        "path": "things.csv",
        "title": "Things",
        "title_ja": "もの",
        "schema": {
            "fields": [{"name": "year", "type": "integer"}, {"name": "units", "type": "integer"}, *common],
            "primaryKey": ["year"],
        },
    }
    resource["schema"] |= changes  # type: ignore[operator]
    source = {"id": "s", "title": "S", "publisher": "P"}
    described = {"name": "p", "title": "P", "title_ja": "P", "sources": [source], "resources": [resource]}
    folder.mkdir(exist_ok=True)
    (folder / "things.csv").write_text("year,units,source_id,locator,status,known_from,note\n" + rows)
    (folder / "datapackage.json").write_text(json.dumps(described))
    return folder / "datapackage.json"


def test_a_folder_with_a_descriptor_is_found_without_code(tmp_path: Path) -> None:
    _write_package(tmp_path / "new")
    (package,) = packages_in(tmp_path)
    assert package.tables[0].frame["row_id"].to_list() == ["things:2020"]


def test_a_row_that_occurs_twice_is_named(tmp_path: Path) -> None:
    path = _write_package(tmp_path, rows="2020,1,s,p,published,2021-01-01,\n" * 2)
    with pytest.raises(MeguriError, match="things:2020 occurs twice"):
        read_package(path)


def test_a_table_that_does_not_fit_its_schema_is_named(tmp_path: Path) -> None:
    path = _write_package(tmp_path, rows="2020,many,s,p,published,2021-01-01,\n")
    with pytest.raises(MeguriError, match=r"things\.csv"):
        read_package(path)


def test_a_table_without_sources_is_refused(tmp_path: Path) -> None:
    path = _write_package(tmp_path, fields=[{"name": "year", "type": "integer"}])
    with pytest.raises(MeguriError, match="lacks the columns source_id"):
        read_package(path)


def test_a_broken_descriptor_is_named(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(MeguriError, match=r"datapackage\.json"):
        read_package(tmp_path / "datapackage.json")


def test_one_source_id_cannot_stand_for_two_documents() -> None:
    with pytest.raises(MeguriError, match="two documents"):
        merged([[Source("a", "One", "P")], [Source("a", "Two", "P")]])
