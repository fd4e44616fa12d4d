"""A promise about speed can be broken, and then it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.registry import GOAL, REGISTRY, Benchmark, Measured, interleaved
from benchmarks.run import discover, number, readable, row_of

amounts = st.floats(min_value=1e-9, max_value=1e12)


def row(goal: str) -> Benchmark:
    return Benchmark("a_row", 3, "s", goal, "the least", (), lambda: Measured(1.0, 1.0))


@given(ours=amounts, floor=amounts, bound=st.integers(1, 1000))
def test_a_ratio_goal_holds_exactly_when_ours_is_within_that_many_floors(ours, floor, bound):
    measured = Measured(ours, floor)
    assert row(f"ratio <= {bound}").holds(measured) == (ours / floor <= bound)
    assert row(f"ratio >= {bound}").holds(measured) == (ours / floor >= bound)


@given(ours=amounts, bound=st.integers(1, 10**6))
def test_a_goal_may_stand_without_a_floor(ours, bound):
    assert row(f"ours <= {bound}").holds(Measured(ours)) == (ours <= bound)


@pytest.mark.parametrize("goal", ["fast", "ratio < 2", "ours <= soon", "ratio <= 2 maybe"])
def test_a_goal_nobody_could_check_is_refused(goal):
    with pytest.raises(ValueError, match=goal):
        row(goal).holds(Measured(1.0, 1.0))


def test_a_goal_about_the_ratio_needs_a_floor():
    with pytest.raises(ValueError, match="floor"):
        row("ratio <= 2").holds(Measured(1.0))


def test_turns_alternate_so_that_a_busy_machine_slows_both():
    turns: list[str] = []
    interleaved(lambda: turns.append("ours"), lambda: turns.append("floor"), rounds=3)
    assert turns == ["ours", "floor"] * 4


def test_every_registered_row_has_a_goal_that_can_be_checked():
    discover()
    assert REGISTRY
    assert [each.name for each in REGISTRY.values() if not GOAL.match(each.goal)] == []


def test_a_broken_promise_shows_on_the_page():
    page = readable([row_of(row("ratio <= 2"), Measured(3.0, 1.0))])
    assert "**no**" in page


def test_numbers_are_written_for_people():
    assert [number(value) for value in (None, 0.001234, 12.345, 43210.9)] == [
        "–",
        "0.00123",
        "12.3",
        "43,211",
    ]


def test_a_goal_of_equality_holds_exactly_when_the_bits_were_the_same():
    assert row("equal").holds(Measured(1.0, 1.0, equal=True))
    assert not row("equal").holds(Measured(1.0, 1.0, equal=False))
    with pytest.raises(ValueError, match="comparison"):
        row("equal").holds(Measured(1.0, 1.0))


discover()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_row_can_be_measured(name):
    row = REGISTRY[name]
    made = row_of(row, row.measure(**row.tiny))
    assert made["ours"] >= 0
    assert isinstance(made["holds"], bool)
    assert {
        "name",
        "issue",
        "ours",
        "unit",
        "floor",
        "floor_name",
        "ratio",
        "goal",
        "holds",
        "command",
    } < set(made)
    if row.goal == "equal":
        assert made["holds"]
