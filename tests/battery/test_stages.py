"""The one table of stages: all of it can be walked, and nothing outside it."""

from collections import deque
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.events import EVENTS, Role
from meguri.battery.history import GONE, replay
from meguri.battery.stages import LINK, LINKS, RULES, STAGES, STEPS, after

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ENDS = {"recycled", "disposed"}


def moves() -> dict[tuple[str, object], str]:
    """(stage, word) → stage, for a thing's own words and for events that name it."""
    named = {(at, (link.event, link.field)): link.to or at for link in LINKS for at in link.at}
    return {**STEPS, **named}


def ways() -> dict[str, tuple]:
    """A shortest way from nothing to each stage."""
    found: dict[str, tuple] = {"none": ()}
    queue = deque(["none"])
    while queue:
        here = queue.popleft()
        for (at, word), to in moves().items():
            if at == here and to not in found:
                found[to] = (*found[here], word)
                queue.append(to)
    return found


WAYS = ways()


def walked(words):
    return replay((NOW, order, word) for order, word in enumerate(words))


def test_every_stage_is_reached_and_all_but_the_ends_are_left() -> None:
    assert WAYS.keys() == set(STAGES)
    assert {at for (at, _), to in moves().items() if to != at} == set(STAGES) - ENDS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.event)
def test_every_rule_is_legal_from_each_of_its_stages(rule) -> None:
    assert len(set(rule.at)) == len(rule.at) > 0
    for at in rule.at:
        steps = walked((*WAYS[at], rule.event))
        assert not any(step.impossible for step in steps)
        assert steps[-1].before == at
        assert steps[-1].after == after(at, rule.event) == (rule.to or at)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.event} {link.field}")
def test_every_link_is_legal_from_each_of_its_stages(link) -> None:
    assert link.field in EVENTS[link.event].names
    for at in link.at:
        steps = walked((*WAYS[at], (link.event, link.field)))
        assert not any(step.impossible for step in steps)
        assert steps[-1].after == (link.to or at)


def test_roles_of_rules_are_known_and_each_role_may_record_something() -> None:
    assert {role for rule in RULES for role in rule.roles} == set(Role.__args__)
    assert all(rule.roles for rule in RULES)


@given(data=st.data())
def test_a_legal_walk_is_never_flagged(data) -> None:
    stage, words = "none", []
    for _ in range(data.draw(st.integers(1, 25))):
        word, stage = data.draw(
            st.sampled_from([(word, to) for (at, word), to in moves().items() if at == stage])
        )
        words.append(word)
    steps = walked(words)
    assert [step.word for step in steps if step.impossible] == []
    assert steps[-1].after == stage


@given(stage=st.sampled_from(STAGES), word=st.sampled_from([*EVENTS, *LINK]))
def test_a_step_outside_the_table_is_flagged_and_brings_nothing_back(stage, word) -> None:
    step = walked((*WAYS[stage], word))[-1]
    assert step.impossible == ((stage, word) not in moves())
    if step.impossible and stage in GONE:
        assert step.after == stage


@given(words=st.lists(st.sampled_from([*EVENTS, *LINK]), max_size=20))
def test_any_telling_has_a_stage_after_each_word(words) -> None:
    steps = walked(words)
    assert [step.word for step in steps] == words
    assert all(step.after in STAGES for step in steps)
    assert all(one.after == two.before for one, two in pairwise(steps))


def test_an_exported_battery_cannot_be_collected() -> None:
    steps = walked(("manufactured", "installed", "registered", "deregistered", "exported", "collected"))
    assert [step.word for step in steps if step.impossible] == ["collected"]
    assert steps[-1].after == "held"


def test_what_is_recycled_stays_recycled() -> None:
    steps = walked(("manufactured", "collected", "recycled", "installed", "registered"))
    assert [step.word for step in steps if step.impossible] == ["installed", "registered"]
    assert steps[-1].after == "recycled"


def test_a_battery_is_made_once() -> None:
    assert [step.impossible for step in walked(("manufactured", "installed", "manufactured"))] == [0, 0, 1]
    assert walked(("manufactured", "installed", "manufactured"))[-1].after == "vehicle"
