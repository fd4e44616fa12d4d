"""What goes wrong in the record of a simulated fleet: in stated shares, each error told in the truth."""

from collections import Counter, defaultdict

import msgspec
import numpy as np
import pytest

from meguri.battery import check_digit, identify, trace
from meguri.simulate import batches, spoil
from tests.simulate.conftest import SEED


@pytest.fixture(scope="module")
def sent(fleet, lives):
    return list(spoil(lives, fleet.parameters, SEED))


def of_kind(sent, kind):
    return [one for one in sent if one.alteration and one.alteration.kind == kind]


def test_what_is_not_named_as_altered_is_true(lives, sent):
    true = {event.id: event for event in lives}
    plain = [one.event for one in sent if one.alteration is None]
    assert all(true[event.id] == event for event in plain)
    assert {event.id for event in lives} - {event.id for event in plain} == {
        one.event.id for one in sent if one.alteration and one.event.id in true
    }


def test_the_same_seed_makes_the_same_errors(fleet, lives, sent):
    again = list(spoil(lives, fleet.parameters, SEED))
    assert msgspec.json.encode(again) == msgspec.json.encode(sent)


@pytest.mark.parametrize(
    ("kind", "name", "eligible"),
    [
        ("delayed", "late", lambda event: not event.names),
        ("twice", "twice", lambda event: event.type not in ("dismantled", "shredded", "refined")),
        (
            "wrong_value",
            "wrong_value",
            lambda event: getattr(event, "soh_percent", None) or getattr(event, "odometer_km", None),
        ),
        ("mass", "mass", lambda event: event.type in ("shredded", "refined")),
        ("seen_again", "seen_again", lambda event: event.type == "exported"),
    ],
)
def test_errors_come_in_their_shares(fleet, lives, sent, kind, name, eligible):
    among = sum(bool(eligible(event)) for event in lives)
    stated = fleet.parameters["errors"][name].value
    expected = stated * among
    assert abs(len(of_kind(sent, kind)) - expected) < 4 * np.sqrt(expected) + 1


def test_every_kind_of_error_occurs(sent):
    kinds = Counter(one.alteration.kind for one in sent if one.alteration)
    assert kinds.keys() == {
        "delayed", "twice", "wrong_value", "correction", "wrong_identity", "impossible", "mass", "seen_again",
    }  # fmt: skip


def test_an_event_is_late_when_something_newer_of_its_battery_was_recorded_before(sent):
    newest = defaultdict(lambda: sent[0].event.time)
    for one in sent:
        overtaken = newest[one.event.battery] > one.event.time
        told = one.alteration is not None and one.alteration.late
        assert told == overtaken, one
        newest[one.event.battery] = max(newest[one.event.battery], one.event.time)


def test_a_mistyped_battery_is_another_one_with_a_right_check_digit(sent):
    for one in of_kind(sent, "wrong_identity"):
        number = identify(one.event.battery).parts["21"]
        assert one.event.battery != one.alteration.battery
        assert check_digit(number[:-1]) == number[-1]


def test_a_correction_gives_back_the_true_value(lives, sent):
    true = {event.id: event for event in lives}
    for one in of_kind(sent, "correction"):
        ((name, value),) = one.event.replacement.items()
        assert getattr(true[one.event.corrects], name) == value


def test_wrong_masses_show_where_they_are_and_nowhere_else(sent):
    wrong = {one.event.battery for one in of_kind(sent, "mass")}
    assert {balance.node for balance in trace(one.event for one in sent).imbalances(1e-6)} == wrong


def test_a_battery_is_odd_from_its_first_error_on(sent):
    odd = set()
    for one in sent:
        if one.event.battery in odd:
            assert one.odd
        if one.alteration:
            assert one.odd
            odd |= {one.event.battery, one.alteration.battery}


def test_batches_hold_all_that_is_sent(fleet, sent):
    together = [one for batch, _ in batches(fleet) for one in batch]
    assert together == sent
