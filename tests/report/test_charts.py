import json
import re
from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import NotFound
from meguri.flows import OutflowEstimate
from meguri.report import LANGUAGES, Language, charts, palette
from meguri.report.charts.chart import Look, spread
from meguri.report.charts.maps import thresholds
from meguri.report.charts.outlines import japan, world
from meguri.statistics import Statistics

NAMES = tuple(charts.CHARTS)
TEXT = re.compile(r'<text[^>]*transform="translate\(([-\d.]+),([-\d.]+)\)[^"]*"[^>]*>')


def drawn(name: str, frames: charts.Frames, lang: Language = "ja", **choices: Any) -> str:
    return charts.svg(charts.spec(name, frames, lang, **choices))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_valid_vega_lite(frames: charts.Frames, name: str, lang: Language) -> None:
    made = charts.spec(name, frames, lang)
    datasets = made.pop("datasets")
    assert set(charts.rows(name, frames, lang)) <= set(datasets)
    alt.Chart.from_dict(made, validate=True)
    json.dumps(datasets)


@pytest.mark.parametrize("width", [charts.WIDE, charts.PHONE])
@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_as_wide_as_asked(frames: charts.Frames, name: str, width: int) -> None:
    found = re.search(r'width="(\d+)"', drawn(name, frames, width=width))
    assert found is not None
    assert int(found[1]) == width


@pytest.mark.parametrize("name", NAMES)
def test_page_print_and_file_share_one_definition(frames: charts.Frames, name: str) -> None:
    def bare(theme: palette.Theme) -> str:
        told = json.dumps(
            {
                key: value
                for key, value in charts.spec(name, frames, "ja", theme=theme).items()
                if key != "config"
            }
        )
        for role, colour in palette.THEMES[theme].items():
            told = told.replace(f'"{colour}"', f'"{role}"' if theme == "page" else f'"<{colour}>"')
        return told

    shape = re.compile(r'"(<#[0-9a-f]{6}>|' + "|".join(palette.LIGHT) + r')"')
    assert shape.sub('"colour"', bare("light")) == shape.sub('"colour"', bare("page"))


def test_colours_of_a_page_follow_its_style(frames: charts.Frames) -> None:
    told = drawn("value", frames, theme="page")
    assert "var(--element-li)" in told
    assert "var(--quiet)" in told
    assert not re.search(r'(fill|stroke)="#', told)


def test_labels_are_in_the_readers_language(frames: charts.Frames) -> None:
    assert "リチウム" in drawn("mass", frames, "ja")
    assert "Lithium" in drawn("mass", frames, "en")
    assert "韓国" in drawn("destinations", frames, "ja")
    assert "South Korea" in drawn("destinations", frames, "en")
    assert "海外へ" in drawn("flow", frames, "ja")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_message_is_a_sentence_with_figures(frames: charts.Frames, name: str, lang: Language) -> None:
    told = charts.describe(name, frames, lang)
    assert told.endswith("。" if lang == "ja" else ".")
    assert re.search(r"\d", told)
    assert charts.title(name, lang)
    if lang == "en":
        assert not re.search(r"[぀-ヿ]", charts.title(name, lang))


@pytest.mark.parametrize("name", ["exports", "mass", "value", "yearly"])
def test_bars_and_lines_start_at_zero(frames: charts.Frames, name: str) -> None:
    told = json.dumps(charts.spec(name, frames, "en"))
    assert '"zero": true' in told


def test_years_beyond_the_data_are_marked_and_drawn_lighter(
    statistics: Statistics, nowcast: OutflowEstimate
) -> None:
    rows = charts.rows("exports", charts.frames(nowcast), "en")["exports"]
    assert [row["year"] for row in rows if row["beyond"]] == [2025, 2026, 2027]
    told = charts.svg(charts.spec("exports", charts.frames(nowcast), "en"))
    assert 'opacity="0.35"' in told


def test_rows_can_be_swapped_under_the_same_drawing(frames: charts.Frames, nowcast: OutflowEstimate) -> None:
    other = charts.frames(nowcast, anchors=frames["anchors"])
    made = charts.spec("outflow_ratio", frames, "ja")
    made["datasets"] |= charts.rows("outflow_ratio", other, "ja")
    assert charts.svg(made) != drawn("outflow_ratio", frames)


def test_the_white_papers_points_are_open_circles(frames: charts.Frames) -> None:
    published = charts.rows("outflow_ratio", frames, "en")["published"]
    assert {row["year"]: row["value"] for row in published} == {2017: 0.2, 2019: 0.5, 2024: 0.83}
    assert "○ white paper of 2025" in drawn("outflow_ratio", frames, "en")


def test_ribbons_are_as_wide_as_their_figures(frames: charts.Frames) -> None:
    rows = charts.rows("flow", frames, "en")
    widths = {row["flow"]: row["y2"] - row["y"] for row in rows["ribbons"]}
    sizes = {
        row["process_to"]: row["p50"]
        for row in frames["account"].filter(pl.col("good") == "vehicle").iter_rows(named=True)
    }
    scale = widths["used_trade"] / sizes["used_trade"]
    assert widths["export_vehicle"] == pytest.approx(sizes["export_vehicle"] * scale, abs=0.1)
    assert widths["used_use"] == pytest.approx(sizes["used_use"] * scale, abs=0.1)


@pytest.mark.parametrize("width", [charts.WIDE, charts.PHONE])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_name_in_the_flow_lies_on_a_ribbon(frames: charts.Frames, lang: Language, width: int) -> None:
    rows = charts.rows("flow", frames, lang, width=width)
    for label in rows["labels"]:
        for point in rows["ribbons"]:
            near = label["x"] <= point["x"] <= label["x"] + 60
            assert not (near and point["y"] < label["y"] < point["y2"]), label["name"]


def test_a_contradicting_statement_comes_first_and_is_named(frames: charts.Frames) -> None:
    rows = charts.rows("statements", frames, "en")["statements"]
    assert rows[0]["contradicts"]
    assert rows[0]["name"] in charts.describe("statements", frames, "en")
    for row in rows:
        assert row["p05"] <= row["p50"] <= row["p95"]


def test_maps_hold_every_prefecture_and_every_named_destination(frames: charts.Frames) -> None:
    outlines = {shape["properties"]["N03_001"] for shape in japan()}
    rows = charts.rows("japan", frames, "ja")["prefectures"]
    assert {row["prefecture"] for row in rows} == outlines
    assert len(outlines) == 47
    named = set(frames["by_destination"]["destination"]) - {"other"}
    told = {
        row["label"].split("\n")[0] for row in charts.rows("world", frames, "en")["places"] if row["label"]
    }
    assert told == named
    assert len(world()) > 150


def test_every_destination_of_the_customs_list_has_a_place_on_the_map(statistics: Statistics) -> None:
    from meguri.report.charts import maps

    listed = set(statistics.table("trade_countries").frame["destination"]) - {"all"}
    assert listed <= set(maps._points())


def test_a_map_shows_the_year_that_its_parameter_names(frames: charts.Frames) -> None:
    made = charts.spec("japan", frames, "en")
    latest = charts.svg(made)
    made["params"][0]["value"] = 2012
    assert charts.svg(made) != latest


@given(st.floats(1, 1e6))
def test_limits_of_colours_are_round_and_below_the_largest(most: float) -> None:
    limits = thresholds(most)
    assert limits == sorted(set(limits))
    assert len(limits) == 4
    assert limits[-1] <= max(most, 100)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=5), st.floats(1, 50))
def test_labels_keep_their_order_and_distance(values: list[float], gap: float) -> None:
    placed = spread(values, gap)
    order = sorted(range(len(values)), key=lambda at: values[at])
    for one, other in pairwise(order):
        assert placed[other] - placed[one] >= gap * 0.5
    assert sum(placed) == pytest.approx(sum(values), abs=1e-6 * (1 + sum(values)))


def test_drawings_are_the_same_each_time(frames: charts.Frames) -> None:
    assert drawn("world", frames) == drawn("world", frames)


def test_a_picture_is_a_png_with_japanese_text(frames: charts.Frames) -> None:
    made = charts.spec("outflow_ratio", frames, "ja", width=charts.PHONE)
    assert charts.png(made).startswith(b"\x89PNG")


def test_an_unknown_chart_is_named_with_those_there_are(frames: charts.Frames) -> None:
    with pytest.raises(NotFound, match="no chart “pie”"):
        charts.spec("pie", frames, "en")


def test_a_look_knows_a_phone() -> None:
    assert Look("ja", width=320).narrow
    assert not Look("ja").narrow
