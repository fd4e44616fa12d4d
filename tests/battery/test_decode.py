"""Whatever is sent as events is taken in canonical form or refused with the row that is at fault; nothing in between."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from meguri.battery import Event, Part, checked, decode_events
from meguri.errors import InputError
from tests.ledger.events import START, battery, told

MODULE = "https://id.gs1.org/01/09520000000059/21/M1"


def refused(*events: Event) -> set[tuple[int | None, str]]:
    """Row and field of everything that is wrong, asked of the values and of their JSON."""
    with pytest.raises(InputError) as of_values:
        checked(events)
    found = {(problem.row, problem.column) for problem in of_values.value.problems}
    try:
        data = msgspec.json.encode(events)
    except UnicodeEncodeError:
        return found
    if b"null" not in data:
        with pytest.raises(InputError) as of_json:
            decode_events(data)
        assert {(problem.row, problem.column) for problem in of_json.value.problems} == found
    return found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cycles", -4),
        ("cycles", "many"),
        ("soh_percent", 151),
        ("soh_percent", float("nan")),
        ("temperature_c", float("inf")),
        ("note", ""),
        ("note", "x" * 2001),
        ("country", "Japan"),
        ("country", "JP\n"),
        ("time", datetime(2026, 4, 1)),  # noqa: DTZ001
        ("time", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        ("time", datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14)))),
        ("id", "x" * 36),
        ("id", "01A20D3E-0A8E-7E42-B110-C8155F82055F"),
        ("battery", "serial:maker/77"),
        ("evidence", ("x",) * 101),
    ],
)
def test_an_event_that_is_none_is_refused_by_row_and_field_whether_sent_or_made_here(field, value):
    good = told("measured", cycles=5)
    wrong = msgspec.structs.replace(told("measured"), **{field: value})
    assert refused(good, wrong) == {(2, field)}


@pytest.mark.parametrize("word", ["corrected", "erased"])
def test_an_event_about_another_names_it_by_its_uuid(word):
    more = {"corrects": "x" * 36} if word == "corrected" else {"erases": "x" * 36, "classes": ("public",)}
    assert refused(told(word, reason="wrong", **more)) == {
        (1, "corrects" if word == "corrected" else "erases")
    }


@pytest.mark.parametrize("right", ["yesterday", "2026-04-01T09:00:00", "9999-12-31T23:59:59-14:00", 5])
def test_the_right_time_of_an_event_is_a_time(right):
    wrong = told("corrected", corrects=told("measured").id, reason="clock", replacement={"time": right})
    with pytest.raises(InputError) as caught:
        checked([wrong])
    assert caught.value.problems[0].row == 1


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800", "\udfff!"])
def test_text_that_some_databases_cannot_keep_is_refused_by_all(text):
    made = [told("measured", note=text), told("enrolled", vkey="k", roles=(), operator=text)]
    key_of_a_mapping = told("corrected", corrects=told("measured").id, reason="x", replacement={text: 1})
    for event in (*made, key_of_a_mapping):
        assert {row for row, _ in refused(told("measured"), event)} == {2}


def test_a_backslash_before_u0000_is_text_like_any_other():
    event = told("measured", note="\\u0000 is how JSON writes it")
    assert checked([event]) == decode_events(msgspec.json.encode([event])) == [event]


def test_what_is_made_of_lists_and_other_spellings_becomes_what_would_be_read_from_json():
    event = told("split", parts=[Part(id=f" {MODULE.replace('https', 'HTTPS')}")])
    event = msgspec.structs.replace(event, battery=battery().replace("id.gs1.org", "example.com"))
    (found,) = checked([event])
    assert found.parts == (Part(id=MODULE),)
    assert found.battery == battery()
    assert decode_events(msgspec.json.encode([event])) == checked(checked([event])) == [found]


@pytest.mark.parametrize("right", [2**53, -(2**53), 2.0**53, 1e300, float("inf"), "", "x" * 2001])
def test_a_correction_gives_values_that_can_be_written_again(right):
    correction = told("corrected", corrects=told("measured").id, reason="x", replacement={"cycles": right})
    with pytest.raises(InputError):
        checked([correction])


def test_a_correction_may_take_a_field_away():
    event = told(
        "corrected", corrects=told("measured").id, reason="x", replacement={"note": None, "cycles": 7}
    )
    assert checked([event]) == decode_events(msgspec.json.encode(event)) == [event]


def test_every_event_of_a_batch_that_is_wrong_is_named():
    events = [told("measured", cycles=-1 if k in (2, 5, 8) else k) for k in range(1, 10)]
    assert refused(*events) == {(row, "cycles") for row in (2, 5, 8)}


def test_an_offset_from_utc_is_kept():
    event = msgspec.structs.replace(told("measured"), time=START.astimezone(timezone(timedelta(hours=9))))
    assert checked([event])[0].time.utcoffset() == timedelta(hours=9)
    assert checked([event])[0].time == START == START.astimezone(UTC)


def test_files_that_are_too_long_are_not_read(monkeypatch):
    monkeypatch.setattr("meguri.battery.decode.MOST_BYTES", 10)
    with pytest.raises(InputError, match="10 bytes"):
        decode_events(b" " * 11)
