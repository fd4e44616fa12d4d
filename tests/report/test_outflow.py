import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from meguri.errors import InputError, MeguriError
from meguri.flows import OutflowEstimate
from meguri.report import LANGUAGES, outflow, outflow_headline, write_outflow
from meguri.report.outflow import Edition, Record
from meguri.report.outflow.blocks import Grid, Heading, Listing, Paragraph, Picture
from meguri.report.outflow.changes import changes
from meguri.statistics import Statistics


@pytest.fixture(scope="module", params=LANGUAGES)
def edition(request: pytest.FixtureRequest, statistics: Statistics, estimate: OutflowEstimate) -> Edition:
    return outflow.edition(statistics, estimate, request.param)


@pytest.fixture(scope="module")
def english(statistics: Statistics, estimate: OutflowEstimate) -> Edition:
    return outflow.edition(statistics, estimate, "en")


@pytest.fixture(scope="module")
def printed(edition: Edition) -> bytes:
    return outflow.as_pdf(edition, outflow.document(edition))


class Page(HTMLParser):
    """Links, anchors, headings and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.levels: list[int] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if held.get("id"):
            self.anchors.add(str(held["id"]))
        if tag == "a":
            self.links.append(str(held.get("href")))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.outside += [str(value) for name, value in attrs if name in ("src", "srcset", "data") and value]


def test_the_report_holds_the_computed_numbers_and_every_section(edition: Edition) -> None:
    told = outflow.document(edition)
    lead = next(block for block in told.blocks if isinstance(block, Paragraph) and block.lead)
    assert lead.text == outflow_headline(edition.estimate, edition.lang).sentence
    assert [block.anchor for block in told.blocks if isinstance(block, Heading)] == [
        "summary", "exports", "ratio", "metals", "published", "uncertainty", "method", "by-year", "changes", "sources", "cite",
    ]  # fmt: skip
    assert edition.estimate.fingerprint in told.blocks[-1].text  # type: ignore[union-attr]


def test_every_picture_has_a_caption_and_a_text_alternative(edition: Edition) -> None:
    pictures = [block for block in outflow.document(edition).blocks if isinstance(block, Picture)]
    assert {
        "exports",
        "destinations",
        "yearly",
        "cumulative",
        "cumulative_used",
        "outflow_ratio",
        "value",
    } <= {picture.chart for picture in pictures}
    for picture in pictures:
        assert picture.caption
        assert picture.alternative
        assert picture.note


def test_every_table_is_full(edition: Edition) -> None:
    grids = [block for block in outflow.document(edition).blocks if isinstance(block, Grid)]
    assert len(grids) >= 10
    for grid in grids:
        assert grid.rows, grid.caption
        for row in grid.rows:
            assert len(row) == len(grid.columns)
            assert not any(re.search(r"\b(nan|None|inf)\b", cell) for cell in row)


def test_sources_name_the_rows_taken_from_them(edition: Edition) -> None:
    grid = [block for block in outflow.document(edition).blocks if isinstance(block, Grid)][-1]
    told = "\n".join("\n".join(row) for row in grid.rows)
    assert "new_bev_sales:" in told
    assert "used_bev_exports_observations:" in told


def test_the_page_is_whole_in_itself_and_its_links_lead_somewhere(edition: Edition) -> None:
    page = Page()
    told = outflow.as_html(edition, outflow.document(edition)).decode()
    page.feed(told)
    assert page.links
    for link in page.links:
        assert link.startswith("#")
        assert link[1:] in page.anchors
    assert page.outside == []
    assert "<script" not in told
    assert page.levels[0] == 1
    assert set(page.levels[1:]) == {2}
    assert f'lang="{edition.lang}"' in told


def test_a_pdf_opens_in_the_language_with_a_japanese_font(printed: bytes) -> None:
    data = printed
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    objects = data + b"".join(_inflated(data))
    assert b"NotoSansCJK" in objects
    assert b"/Lang" in objects
    assert len(re.findall(rb"/Type\s*/Page\b", objects)) >= 8


def _inflated(data: bytes) -> list[bytes]:
    """The streams of a PDF that are packed."""
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            continue
    return found


def test_a_pdf_says_japanese_words(printed: bytes) -> None:
    maps = b"".join(_inflated(printed)).upper()
    for letter in "電池":
        assert f"{ord(letter):04X}".encode() in maps


def test_a_report_is_the_same_each_time(statistics: Statistics, edition: Edition, printed: bytes) -> None:
    again = outflow.edition(statistics, edition.estimate, edition.lang)
    told = outflow.document(again)
    assert told == outflow.document(edition)
    assert outflow.as_pdf(again, told) == printed


def test_writing_leaves_page_pdf_and_record_and_nothing_else(
    statistics: Statistics, estimate: OutflowEstimate, tmp_path: Path
) -> None:
    written = write_outflow(statistics, estimate, lang="ja", folder=tmp_path / "reports")
    assert sorted(path.name for path in written) == ["outflow.ja.html", "outflow.ja.json", "outflow.ja.pdf"]
    assert sorted((tmp_path / "reports").iterdir()) == sorted(written)
    record = json.loads((tmp_path / "reports" / "outflow.ja.json").read_bytes())
    assert record["fingerprint"] == estimate.fingerprint
    assert record["figures"][0]["figure"] == "outflow_ratio:2024"
    again = outflow.read_record(tmp_path / "reports" / "outflow.ja.json")
    assert again == outflow.edition(statistics, estimate, "ja").record


def test_a_folder_that_cannot_be_written_is_said(
    statistics: Statistics, estimate: OutflowEstimate, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(MeguriError, match="cannot be written"):
        write_outflow(statistics, estimate, lang="en", folder=tmp_path / "taken" / "reports")


def test_a_last_edition_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"lang": "ja"}')
    with pytest.raises(InputError, match="last edition cannot be read"):
        outflow.read_record(tmp_path / "broken.json")
    with pytest.raises(InputError, match="last edition cannot be read"):
        outflow.read_record(tmp_path / "missing.json")


def with_previous(edition: Edition, **changed: object) -> Edition:
    from dataclasses import replace

    return replace(edition, previous=msgspec.structs.replace(edition.record, **changed))


def test_changes_tell_figures_then_and_now_and_why(english: Edition) -> None:
    first = english.record.figures[0]
    old = msgspec.structs.replace(first, figure="outflow_ratio:2023", p50=0.5, p05=0.4, p95=0.6)
    grid, reasons = changes(
        with_previous(
            english,
            fingerprint="0",
            statistics="1",
            data_date="2025-01-01",
            year=2023,
            version="0.0.1",
            options={"method": "whitepaper"},
            figures=[old],
        )
    )
    assert isinstance(grid, Grid)
    assert "about 50% (40–60%)" in grid.rows[0][1]
    assert grid.rows[1][1] == "not in the last edition"
    assert isinstance(reasons, Listing)
    told = " ".join(reasons.items)
    for words in ("2025-01-01", "2023", "0.0.1", "method=whitepaper"):
        assert words in told


def test_no_change_and_no_last_edition_are_said(english: Edition) -> None:
    (same,) = changes(with_previous(english))
    assert isinstance(same, Paragraph)
    assert same.text.startswith("Nothing")
    (first,) = changes(english)
    assert isinstance(first, Paragraph)
    assert "without an earlier one" in first.text
    _, reasons = changes(with_previous(english, fingerprint="0"))
    assert isinstance(reasons, Listing)
    assert reasons.items == ["The way of computing changed within the same version."]


def test_the_record_is_the_same_struct_after_reading(english: Edition) -> None:
    assert msgspec.json.decode(msgspec.json.encode(english.record), type=Record) == english.record


def test_the_white_papers_method_has_its_own_words(statistics: Statistics, estimate: OutflowEstimate) -> None:
    from meguri.account import national_outflow
    from meguri.flows import parse_options

    paper = national_outflow(statistics, parse_options({"method": "whitepaper", "draws": "500"}, statistics))
    told = outflow.document(outflow.edition(statistics, paper, "en"))
    text = " ".join(block.text for block in told.blocks if isinstance(block, Paragraph))
    assert "the same amount of lithium" in text
    assert "one price for all years" in text


def test_formulas_are_told_in_the_language(statistics: Statistics, estimate: OutflowEstimate) -> None:
    from meguri.report.outflow.sections import FORMULAS

    used = {step.formula for step in estimate.provenance.steps}
    assert set(FORMULAS) <= used
    for formula in used - set(FORMULAS):
        assert not re.search(r"[a-z]{3,}", formula.replace("content", "").replace("price", "")), formula
