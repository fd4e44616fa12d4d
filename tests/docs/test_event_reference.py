"""The page of events and stages shows the whole table that the ledger checks by."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from meguri.battery import FIELDS, LINKS, ROLES, RULES, STAGES

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "_ext"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    yield
    for name in ("stage_drawing", "event_reference", "markdown_table"):
        sys.modules.pop(name, None)


def test_the_drawing_has_a_line_for_every_move_and_a_dot_for_every_stage_it_starts_from():
    from stage_drawing import drawing

    picture = ET.fromstring(drawing())
    lines = picture.findall(f"{SVG}g")
    moves = [move for move in (*RULES, *LINKS) if move.to]
    assert len(lines) == len(moves)
    for line, move in zip(lines, moves, strict=True):
        assert line.find(f"{SVG}text").text.startswith(move.event)
        assert len(line.findall(f"{SVG}circle[@class='from']")) == len(move.at)
        assert len(line.findall(f"{SVG}circle[@class='to']")) == 1
    labels = [text.text for text in picture.findall(f"{SVG}text")]
    assert [label.split(" · ")[0] for label in labels] == list(STAGES)


def test_everything_drawn_and_written_is_inside_the_picture():
    from stage_drawing import drawing

    picture = ET.fromstring(drawing())
    _, _, width, height = map(float, picture.get("viewBox").split())
    for circle in picture.iter(f"{SVG}circle"):
        assert 0 < float(circle.get("cx")) < width
        assert 0 < float(circle.get("cy")) < height


def test_the_page_names_every_stage_event_field_and_role():
    from event_reference import event_page

    page = event_page()
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert rows >= {*STAGES, *FIELDS, *ROLES, *(rule.event for rule in RULES)}
