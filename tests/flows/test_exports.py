"""The joint export table: statements honoured, contradictions named, records in place of reconstructions."""

import numpy as np
import polars as pl
import pytest

from meguri.errors import InputError
from meguri.flows import ExportTable, OutflowEstimate, export_table, parse_options, statements
from meguri.flows.exports import draw_exports
from meguri.flows.statements import compile_statements, month_index
from meguri.statistics import Statistics

PRIOR = {
    "total_units": 8000,
    "total_start": 1.0,
    "total_step": 0.4,
    "place_start": 2.0,
    "place_step": 0.8,
    "span_noise": 0.5,
    "cell_noise": 0.7,
    "other_score": 2.0,
    "edge_of_range": 0.15,
    "edge_least": 0.005,
    "doubt": 0.001,
    "doubt_width": 0.5,
}


def statement(name: str, start: str, end: str, low: float, high: float, **more: object) -> dict[str, object]:
    return {
        "row_id": f"t:{name}",
        "observation": name,
        "measure": "units",
        "period_start": start,
        "period_end": end,
        "destination": "all",
        "reference_start": None,
        "reference_end": None,
        "reference_destination": None,
        "value": None,
        "low": low,
        "high": high,
    } | more


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema_overrides={
            **dict.fromkeys(("low", "high", "value"), pl.Float64),
            **dict.fromkeys(("reference_start", "reference_end", "reference_destination"), pl.String),
        },
    )


def test_years_published_to_the_vehicle_are_exact_in_every_draw(exports: ExportTable) -> None:
    year = exports.units[:, exports.years.index(2017)]
    np.testing.assert_allclose(year.sum(axis=1), 4029, rtol=1e-12)
    np.testing.assert_allclose(year[:, exports.destinations.index("New Zealand")], 2063)
    np.testing.assert_allclose(year[:, exports.destinations.index("Russia")], 1048)


def test_russia_receives_nothing_once_the_ban_was_widened(exports: ExportTable) -> None:
    assert (exports.units[:, exports.years.index(2024), exports.destinations.index("Russia")] == 0).all()


def test_every_statement_is_shown_with_how_well_it_is_honoured(
    meguri: OutflowEstimate, figures: Statistics
) -> None:
    table = statements(meguri)
    published = figures.table("used_bev_exports_observations").frame.filter(
        pl.col("high").is_null() | (pl.col("high") > 0)
    )
    assert set(table["observation"]) == set(published["observation"])
    assert table["honoured"].is_between(0, 1).all()
    consistent = table.filter(~pl.col("contradicts"))
    assert consistent["honoured"].min() > 0.5


def test_the_fiscal_year_statement_that_contradicts_the_rest_is_named(meguri: OutflowEstimate) -> None:
    table = statements(meguri)
    named = set(table.filter("contradicts")["observation"])
    assert named
    assert named <= {"fy2018_total", "fy2018_on_fy2017"}


def test_the_published_total_is_honoured(exports: ExportTable) -> None:
    totals = exports.units.sum(axis=(1, 2))
    assert np.median(totals) == pytest.approx(94_000, rel=0.005)


def test_a_statement_that_two_others_rule_out_loses_its_weight() -> None:
    drawn = draw_exports(
        frame(
            statement("first_half", "2017-01", "2017-06", 500, 500),
            statement("second_half", "2017-07", "2017-12", 500, 500),
            statement("whole", "2017-01", "2017-12", 1000, 1000),
            statement("wrong", "2017-01", "2017-12", 3000, 3000),
        ),
        PRIOR,
        last_year=2017,
        seed=1,
    )
    flags = dict(drawn.honours.select("observation", "contradicts").iter_rows())
    assert flags == {"first_half": False, "second_half": False, "whole": False, "wrong": True}


def test_the_same_seed_draws_the_same_table() -> None:
    rows = frame(statement("total", "2017-01", "2017-12", 900, 1100))
    one, two, other = (draw_exports(rows, PRIOR, last_year=2017, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.units, two.units)
    assert not np.array_equal(one.units, other.units)
    low, high = np.quantile(np.log(one.units.sum(axis=(1, 2))), (0.05, 0.95))
    soft = 2 * PRIOR["edge_of_range"] * np.log(1100 / 900)
    assert np.log(900) - soft < low < high < np.log(1100) + soft


def test_spans_are_the_coarsest_common_to_all_periods() -> None:
    compiled = compile_statements(
        frame(
            statement("half", "2017-01", "2017-06", 1, 2),
            statement("fiscal", "2017-04", "2018-03", 1, 2),
            statement("outside", "2019-01", "2019-12", 1, 2),
        ),
        last_year=2018,
    )
    assert compiled.months.tolist() == [3, 3, 6, 3, 9]
    assert compiled.names == ("half", "fiscal")
    assert month_index("2017-03") - month_index("2017-01") == 2


@pytest.mark.parametrize(("low", "high"), [(3.0, 2.0), (None, None), (-5.0, -1.0)])
def test_a_statement_without_a_usable_range_is_refused(low: float | None, high: float | None) -> None:
    rows = frame(statement("broken", "2017-01", "2017-12", 0, 0) | {"low": low, "high": high})
    with pytest.raises(InputError, match="no usable range"):
        compile_statements(rows, last_year=2017)


def customs(figures: Statistics, rows: list[tuple[int, int | None, str, int]]) -> Statistics:
    from dataclasses import replace
    from datetime import date

    table = figures.table("used_bev_exports_customs")
    added = pl.DataFrame(
        [
            {
                "row_id": f"used_bev_exports_customs:{year}/{month or '-'}/{index}",
                "year": year,
                "month": month,
                "destination": place,
                "units": units,
                "status": "published",
                "known_from": date(2026, 1, 1),
                "source_id": "user",
            }
            for index, (year, month, place, units) in enumerate(rows)
        ],
        schema_overrides={"month": pl.Int64},
    )
    frame = pl.concat([table.frame, added], how="diagonal_relaxed").select(table.frame.columns)
    return replace(figures, tables={**figures.tables, table.name: replace(table, frame=frame)})


def test_a_complete_customs_series_makes_the_bands_collapse(figures: Statistics) -> None:
    rows = [
        (year, None, place, units)
        for year in range(2017, 2025)
        for place, units in (("Russia", 600), ("Chile", 400))
    ]
    rows += [(2024, month, "Chile", 5) for month in range(1, 13)]
    recorded = export_table(customs(figures, rows), parse_options({}, figures))
    assert recorded.units.shape[0] == 1
    np.testing.assert_array_equal(recorded.units.sum(axis=(0, 2)), [1000] * 8)
    assert "Chile" in recorded.destinations
    compared = dict(recorded.honours.select("observation", "contradicts").iter_rows())
    assert compared["cy2017_order"]
    assert compared["cy2022_russia_share"]
    assert not compared["cy2023_ru_nz_share"]


def test_a_year_on_record_is_exact_and_the_others_stay_drawn(figures: Statistics) -> None:
    rows = [(2024, month, place, 700) for month in range(1, 13) for place in ("South Korea", "other")]
    drawn = export_table(customs(figures, rows), parse_options({}, figures))
    by_year = drawn.units.sum(axis=2)
    np.testing.assert_allclose(by_year[:, drawn.years.index(2024)], 16_800, rtol=1e-9)
    assert np.ptp(by_year[:, drawn.years.index(2021)]) > 1000


def test_a_new_month_from_customs_joins_the_statements(figures: Statistics) -> None:
    from meguri.flows.customs import with_customs

    extended = customs(figures, [(2025, 1, "Chile", 1000), (2025, 1, "Russia", 0), (2016, 1, "Chile", 5)])
    rows, recorded = with_customs(
        figures.table("used_bev_exports_observations").frame, extended.table("used_bev_exports_customs").frame
    )
    assert recorded is None
    added = rows.filter(pl.col("observation").str.starts_with("customs"))
    assert added.select("period_start", "value").rows() == [("2025-01", 1000.0)]


def test_customs_that_speak_against_a_statement_of_none_are_believed(figures: Statistics) -> None:
    rows = [
        (2024, month, place, 400) for month in range(1, 13) for place in ("Russia", "South Korea", "Chile")
    ]
    drawn = export_table(customs(figures, rows), parse_options({}, figures))
    russia = drawn.units[:, drawn.years.index(2024), drawn.destinations.index("Russia")]
    np.testing.assert_allclose(russia, 4800)
    np.testing.assert_allclose(drawn.units[:, drawn.years.index(2024)].sum(axis=1), 14_400)
    assert np.isfinite(drawn.units).all()
    named = dict(drawn.honours.select("observation", "contradicts").iter_rows())
    assert named["2023_08_on_ru_zero"]


def test_a_destination_that_customs_give_as_none_receives_nothing(figures: Statistics) -> None:
    rows = [
        (2024, None, place, units)
        for place, units in (("Russia", 0), ("Georgia", 0), ("South Korea", 3000), ("other", 9000))
    ]
    drawn = export_table(customs(figures, rows), parse_options({}, figures))
    year = drawn.units[:, drawn.years.index(2024)]
    assert (year[:, drawn.destinations.index("Russia")] == 0).all()
    assert np.median(year[:, drawn.destinations.index("Georgia")]) < 1
    assert np.isfinite(drawn.units).all()
