"""Whatever the file is called, what is in it decides how it is read."""

import codecs

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.errors import InputError, MeguriError, NotFound
from meguri.ledger.exchange import iter_file, read_file, reading, template, to_epcis
from tests.ledger.events import to_market, told

EVENTS = [*to_market(1), *to_market(2), told("stored", 3)]
ARRAY = msgspec.json.encode(EVENTS)
LINES = msgspec.json.Encoder().encode_lines(EVENTS)
EPCIS = msgspec.json.encode(to_epcis(EVENTS))


@pytest.mark.parametrize("before", [b"", b" \r\n", codecs.BOM_UTF8])
@pytest.mark.parametrize("data", [ARRAY, LINES, EPCIS, msgspec.json.format(EPCIS), LINES.rstrip()])
@pytest.mark.parametrize("name", ["x.json", "x.csv", ""])
def test_json_is_told_from_its_contents(tmp_path, before, data, name):
    (tmp_path / "file").write_bytes(before + data)
    assert read_file(before + data, name) == EVENTS
    assert read_file(tmp_path / "file") == EVENTS
    assert [event for some in iter_file(tmp_path / "file", name) for event in some] == EVENTS


def test_one_event_alone_is_read():
    assert read_file(msgspec.json.encode(EVENTS[0])) == EVENTS[:1]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_sheets_are_told_from_their_contents(tmp_path, form):
    (tmp_path / "file").write_bytes(template("measured", form, "ja"))
    assert read_file(tmp_path / "file") == []
    assert list(iter_file(tmp_path / "file")) == [[]]


def test_many_lines_come_a_part_at_a_time_and_faults_keep_their_row(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 2)
    file = tmp_path / "file.ndjson"
    file.write_bytes(LINES)
    assert [len(some) for some in iter_file(file)] == [2, 2, 1]
    file.write_bytes(LINES + b'{"type":"stored"}\n')
    read = iter_file(file)
    assert next(read) == EVENTS[:2]
    with pytest.raises(InputError) as caught:
        list(read)
    assert [(held.row, held.file) for held in caught.value.problems] == [(6, "file.ndjson")]


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_LINE", 5000)
    (tmp_path / "file").write_bytes(LINES + b'{"note":"' + b"x" * 9000)
    with pytest.raises(InputError):
        list(iter_file(tmp_path / "file"))


def test_faults_in_a_sheet_are_told_together():
    with pytest.raises(InputError) as caught:
        read_file("出来事,電池ID,日付\n測定,x,2026-04-01\n測定,,\n".encode("cp932"), "sheet.csv")
    assert {held.row for held in caught.value.problems} == {2, 3}
    assert caught.value.what.startswith("2 of 2")


@pytest.mark.parametrize("missing", ["nothing", "."])
def test_a_file_that_is_not_there_is_told(tmp_path, missing):
    for read in (read_file, lambda path: list(iter_file(path))):
        with pytest.raises(NotFound):
            read(tmp_path / missing)


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200)
    | st.sampled_from([ARRAY, LINES, EPCIS]).flatmap(
        lambda data: st.integers(0, len(data)).map(lambda end: data[:end])
    )
    | st.sampled_from(
        [
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"PK\3\4",
            b"PAR1",
            b"\xff\xfe",
            b"{}",
            b"[]",
            b"{",
            b"[{}]",
            b'{"type":7}',
        ]
    )
)
def test_no_file_brings_the_reader_down(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(data)
    for read in (lambda: read_file(data), lambda: [event for some in iter_file(file) for event in some]):
        try:
            events = read()
        except MeguriError:
            continue
        assert all(event.id for event in events)
