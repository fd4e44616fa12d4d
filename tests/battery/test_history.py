"""A life is told the same however its events came in, and every past time can be asked for."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.corrections import Header, Told, as_corrected
from meguri.battery.events import EVENTS, Part
from meguri.battery.history import fold
from meguri.battery.stages import STEPS
from meguri.report import in_language

START = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = sorted(word for _, word in STEPS if word not in {"corrected", "erased"})
FILLED = {
    "exported": {"destination": "NZ"},
    "imported": {"origin": "JP"},
    "sorted": {"decision": "reuse"},
    "split": {"parts": (Part(id="M"),)},
    "assembled": {"parts": (Part(id="M"),)},
    "shredded": {"into": Part(id="L")},
    "refined": {"outputs": (Part(id="R"),)},
    "attested": {"claim": "c"},
    "enrolled": {"vkey": "k", "roles": ()},
    "rotated": {"vkey": "k"},
    "revoked": {"reason": "r"},
    "corrected": {"reason": "r"},
    "erased": {"reason": "r", "classes": ("interest",)},
}


def happened(word, day, battery="B", **fields):
    return EVENTS[word](
        id=str(uuid.uuid4()), battery=battery, time=START + timedelta(day), **FILLED.get(word, {}) | fields
    )


def recorded(events, first=100):
    """Events recorded in the order given, one a day."""
    return [Told(index, START + timedelta(first + index), event) for index, event in enumerate(events)]


def stages(life):
    return [(place.event.id, place.before, place.after) for place in life.places]


@st.composite
def lives(draw):
    """Events at days of their own, corrections among them, in an order of arrival."""
    days = draw(st.lists(st.integers(0, 90), min_size=1, max_size=12, unique=True))
    events = []
    for day in days:
        word = draw(st.sampled_from([*PLAIN, "corrected", "corrected"]))
        if word != "corrected" or not events:
            events.append(happened("stored" if word == "corrected" else word, day))
            continue
        right = draw(
            st.sampled_from([None, {"note": "n"}, {"country": "JP"}, {"battery": "C"}, {"colour": "red"}])
        )
        corrects = draw(st.sampled_from(events)).id
        events.append(happened("corrected", day, corrects=corrects, replacement=right))
    return draw(st.permutations(events))


@given(events=lives(), seed=st.integers())
def test_the_order_of_arrival_does_not_matter(events, seed) -> None:
    again = list(events)
    random.Random(seed).shuffle(again)
    one, two = fold(recorded(events), "B"), fold(recorded(again), "B")
    assert one.stage == two.stage
    assert stages(one) == stages(two)
    assert [(p.event, p.void, p.corrected_by, p.because, p.seen_after_export) for p in one.places] == [
        (p.event, p.void, p.corrected_by, p.because, p.seen_after_export) for p in two.places
    ]


@given(events=lives(), data=st.data(), order=st.sampled_from(["event time", "record time"]))
def test_what_was_known_then_is_the_fold_of_what_was_recorded_by_then(events, data, order) -> None:
    told = recorded(events)
    then = data.draw(st.sampled_from(told)).recorded
    past = [one for one in told if one.recorded <= then]
    assert fold(told, "B", as_of=then, order=order).places == fold(past, "B", order=order).places


@given(events=lives(), order=st.sampled_from(["event time", "record time"]))
def test_no_event_is_lost_and_stages_follow_on_each_other(events, order) -> None:
    life = fold(recorded(events), "B", order=order)
    moved = {event.id for event in events if getattr(event, "replacement", None) == {"battery": "C"}}
    assert life.order == order
    assert len(life.places) >= len(events) - len(moved)
    assert all(one.after == two.before for one, two in pairwise(life.places))
    assert life.stage == (life.places[-1].after if life.places else "none")


def test_a_late_event_takes_its_place_and_says_how_late_it_was() -> None:
    made, installed, use = happened("manufactured", 0), happened("installed", 10), happened("registered", 20)
    life = fold(recorded([made, use, installed]), "B")
    assert [place.event for place in life.places] == [made, installed, use]
    assert [place.late for place in life.places] == [timedelta(0), timedelta(10), timedelta(0)]
    assert (life.stage, life.impossible) == ("use", ())
    as_recorded = fold(recorded([made, use, installed]), "B", order="record time")
    assert [place.event for place in as_recorded.places] == [made, use, installed]
    assert [place.event for place in as_recorded.impossible] == [use, installed]


def test_a_correction_gives_right_values_and_keeps_the_event() -> None:
    made = happened("manufactured", 0)
    wrong = happened("measured", 5, soh_percent=48, note="by hand")
    fixed = happened(
        "corrected",
        9,
        corrects=wrong.id,
        replacement={"soh_percent": 84, "time": "2026-01-03T00:00:00Z", "note": None},
    )
    told = recorded([made, wrong, fixed])
    place = fold(told, "B").places[1]
    assert (place.event.soh_percent, place.event.note, place.event.id) == (84, None, wrong.id)
    assert place.event.time == START + timedelta(2)
    assert place.corrected_by == (fixed.id,)
    assert fold(told, "B", as_of=told[1].recorded).places[1].event == wrong


def test_a_voided_event_moves_nothing_until_its_voiding_is_taken_back() -> None:
    made, gone = happened("manufactured", 0), happened("exported", 5)
    void = happened("corrected", 6, corrects=gone.id)
    back = happened("corrected", 7, corrects=void.id)
    told = recorded([made, gone, void, back])
    assert fold(told[:2], "B").stage == "abroad"
    life = fold(told[:3], "B")
    assert (life.stage, life.places[1].void) == ("made", void.id)
    assert fold(told, "B").stage == "abroad"


def test_the_newer_of_two_corrections_counts_whichever_came_first() -> None:
    made = happened("manufactured", 0)
    old, new = (
        happened("corrected", day, corrects=made.id, replacement={"model": f"v{day}"}) for day in (3, 4)
    )
    for events in ([made, old, new], [made, new, old], [new, old, made]):
        life = fold(recorded(events), "B")
        assert (life.places[0].event.model, life.places[0].corrected_by) == ("v4", (old.id, new.id))


def test_an_event_of_the_wrong_battery_goes_to_the_right_one() -> None:
    wrong = happened("measured", 5, battery="B")
    fixed = happened("corrected", 6, corrects=wrong.id, replacement={"battery": "C"})
    told = recorded([happened("manufactured", 0), happened("manufactured", 0, battery="C"), wrong, fixed])
    assert [place.event.type for place in fold(told, "B").places] == ["manufactured", "corrected"]
    assert [place.event.type for place in fold(told, "C").places] == ["manufactured", "measured"]


@pytest.mark.parametrize("right", [{"colour": "red"}, {"soh_percent": "much"}, {"time": "yesterday"}])
def test_a_correction_that_does_not_fit_is_told_and_changes_nothing(right) -> None:
    made, seen = happened("manufactured", 0), happened("measured", 5, soh_percent=80)
    life = fold(recorded([made, seen, happened("corrected", 6, corrects=seen.id, replacement=right)]), "B")
    assert life.places[1].event == seen
    assert "does not fit" in life.places[2].because


def test_an_identifier_or_word_cannot_be_corrected() -> None:
    seen = happened("measured", 5)
    fixed = happened("corrected", 6, corrects=seen.id, replacement={"id": "x" * 36, "type": "exported"})
    assert fold(recorded([happened("manufactured", 0), seen, fixed]), "B").places[1].event == seen


def test_a_correction_of_nothing_is_told() -> None:
    life = fold(recorded([happened("manufactured", 0), happened("corrected", 2, corrects="0" * 36)]), "B")
    assert [place.event.type for place in life.impossible] == ["corrected"]


def test_of_an_erased_event_the_header_moves_the_life() -> None:
    made, gone = happened("manufactured", 0), happened("installed", 1, vehicle="SECRET")
    header = Header(gone.id, gone.type, gone.battery, gone.time)
    erased = happened("erased", 3, erases=gone.id)
    life = fold(recorded([made, header, erased]), "B")
    assert (life.stage, life.places[1].event, life.places[1].erased) == ("vehicle", header, True)
    assert fold(recorded([made, gone, erased]), "B").places[1].erased


def test_a_part_begins_with_the_event_that_names_it() -> None:
    parts = (Part(id="M1"), Part(id="M2"))
    pack = [
        happened("manufactured", 0, parts=parts),
        happened("collected", 5),
        happened("split", 9, parts=parts),
    ]
    told = recorded([*pack, happened("sorted", 10, battery="M1")])
    assert fold(told, "B").stage == "parts"
    assert [(p.before, p.after) for p in fold(told, "M1").places] == [
        ("none", "built_in"),
        ("built_in", "held"),
        ("held", "sorted"),
    ]
    assert fold(told, "M2").stage == "held"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("refined",), "what came before is not recorded"),
        (("manufactured", "installed", "manufactured"), "twice"),
        (("manufactured", "collected", "recycled", "installed"), "after its end"),
        (
            ("manufactured", "installed", "registered", "collected"),
            "only at: not recorded, made, on the market, removed",
        ),
    ],
)
def test_why_it_is_impossible_is_told_in_plain_words(words, why) -> None:
    told = recorded([happened(word, day) for day, word in enumerate(words)])
    (place,) = fold(told, "B").impossible
    assert why in place.because
    japanese = in_language(place.because, "ja")
    assert not any(letter.isascii() and letter.isalpha() for letter in japanese)


ABROAD = [("manufactured", "JP"), ("exported", "JP")]


@pytest.mark.parametrize(
    ("later", "again"),
    [
        ([("measured", "NZ")], [False]),
        ([("measured", "JP")], [True]),
        ([("measured", None)], [False]),
        ([("attested", "JP"), ("transferred", "JP")], [False, False]),
        ([("imported", "JP"), ("measured", "JP")], [False, False]),
        ([("imported", "NZ"), ("measured", "NZ"), ("measured", "JP")], [False, False, True]),
        ([("imported", None), ("measured", "JP")], [False, False]),
        ([("imported", "NZ"), ("exported", "NZ"), ("collected", "NZ")], [False, False, False]),
    ],
)
def test_an_exported_battery_seen_at_home_without_import_is_flagged(later, again) -> None:
    events = [happened(word, day, country=land) for day, (word, land) in enumerate([*ABROAD, *later])]
    assert [place.seen_after_export for place in fold(recorded(events), "B").places[2:]] == again


def test_a_part_whose_naming_was_erased_is_still_known_to_be_there() -> None:
    """One field of `split` names things, so that the header is enough; `manufactured` has two."""
    for word, stage in (("split", "held"), ("manufactured", "none")):
        gone = happened(word, 1, battery="P", parts=(Part(id="M"),))
        assert fold(recorded([Header(gone.id, gone.type, gone.battery, gone.time)]), "M").stage == stage


def test_what_stands_is_what_was_not_taken_back_with_right_values() -> None:
    made, seen, gone = happened("manufactured", 0), happened("measured", 1), happened("measured", 2)
    fixed = happened("corrected", 3, corrects=seen.id, replacement={"soh_percent": 84})
    void = happened("corrected", 4, corrects=gone.id)
    stand = as_corrected(recorded([made, seen, gone, fixed, void]))
    assert [event.id for event in stand] == [made.id, seen.id, fixed.id, void.id]
    assert stand[1].soh_percent == 84
