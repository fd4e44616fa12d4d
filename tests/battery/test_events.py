"""Each word of a life is whole: a class, a rule, fields with readers, names in both languages."""

import uuid
from datetime import UTC, datetime
from typing import Literal, get_origin

import msgspec
import pytest

from meguri.battery.access import CLASSES
from meguri.battery.events import EVENTS, Event, Happening, Kind, Part, Role
from meguri.battery.fields import FIELDS
from meguri.battery.stages import LINK, RULE, STAGES
from meguri.battery.words import ACCESS_NAMES, EVENT_NAMES, KIND_NAMES, ROLE_NAMES, STAGE_NAMES, VALUE_NAMES
from meguri.report import in_language

WORDS = sorted(EVENTS)


def test_the_union_of_events_is_every_word() -> None:
    assert set(Event.__args__) == set(EVENTS.values()) == set(Happening.__subclasses__())


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_a_rule_and_a_reader_for_each_field(word: str) -> None:
    assert RULE[word].event == word
    assert {*EVENTS[word].__struct_fields__, "type"} <= FIELDS.keys()


def test_no_rule_and_no_field_is_left_over() -> None:
    used = {name for kind in EVENTS.values() for name in kind.__struct_fields__} | {"type"}
    assert RULE.keys() == EVENTS.keys()
    assert FIELDS.keys() == used


def test_the_header_of_every_event_is_public() -> None:
    assert {FIELDS[name].access for name in ("id", "type", "battery", "time")} == {"public"}


def test_every_field_that_names_things_says_what_it_does_to_them() -> None:
    naming = {(word, name) for word, kind in EVENTS.items() for name in kind.names}
    holding = {
        (word, field.name)
        for word, kind in EVENTS.items()
        for field in msgspec.structs.fields(kind)
        if field.type is Part or "Part" in str(field.type)
    }
    assert naming == holding == LINK.keys()


@pytest.mark.parametrize(
    ("names", "named"),
    [
        (EVENT_NAMES, EVENTS),
        (STAGE_NAMES, STAGES),
        (ROLE_NAMES, Role.__args__),
        (KIND_NAMES, Kind.__args__),
        (ACCESS_NAMES, CLASSES),
        ({name: field.meaning for name, field in FIELDS.items()}, FIELDS),
    ],
    ids=["events", "stages", "roles", "kinds", "access", "fields"],
)
def test_all_have_names_in_japanese_and_english(names, named) -> None:
    assert list(names) == list(named) or set(names) == set(named)
    for english in names.values():
        japanese = in_language(english, "ja")
        assert japanese != english
        assert any(ord(letter) > 0x3000 for letter in japanese), english


def test_every_choice_of_a_field_has_a_name() -> None:
    for name, values in VALUE_NAMES.items():
        (chosen,) = (
            field.type.__args__
            for kind in EVENTS.values()
            for field in msgspec.structs.fields(kind)
            if field.name == name and get_origin(field.type) is Literal
        )
        assert set(chosen) == values.keys()
        assert all(in_language(value, "ja") != value for value in values.values())


@pytest.mark.parametrize("names", [EVENT_NAMES, STAGE_NAMES, ROLE_NAMES], ids=["events", "stages", "roles"])
def test_no_two_things_of_a_sort_share_a_name(names) -> None:
    for lang in ("en", "ja"):
        said = [in_language(name, lang) for name in names.values()]
        assert len(set(said)) == len(said)


def test_an_event_is_its_json() -> None:
    event = EVENTS["split"](
        id=str(uuid.UUID(int=7)),
        battery="P",
        time=datetime(2031, 4, 1, 9, tzinfo=UTC),
        parts=(Part(id="M", elements_kg={"Li": 0.5}),),
    )
    again = msgspec.json.decode(msgspec.json.encode(event), type=Event)
    assert again == event
    assert again.type == "split"


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "melted"},
        {"time": "2031-04-01T09:00:00"},
        {"country": "Japan"},
        {"colour": "red"},
        {"soh_percent": 400},
        {"battery": ""},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_no_event_is_refused(wrong) -> None:
    right = {"type": "measured", "id": "0" * 36, "battery": "P", "time": "2031-04-01T09:00:00+09:00"}
    assert msgspec.convert(right, Event, strict=True).type == "measured"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(right | wrong, Event, strict=True)
