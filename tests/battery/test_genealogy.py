"""Matter neither appears nor vanishes between batteries, lots and materials, and recycled content follows it."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.events import EVENTS, Part
from meguri.battery.genealogy import trace
from meguri.battery.recycled import recycled_content, recycled_path
from meguri.errors import NotFound

START = datetime(2030, 1, 1, tzinfo=UTC)
ELEMENTS = ("Li", "Ni", "Co")
EXACT = 1e-9


class Story:
    """Events one after the other, an hour apart."""

    def __init__(self):
        self.events = []

    def tell(self, word, battery, **fields):
        time = START + timedelta(hours=len(self.events))
        self.events.append(
            EVENTS[word](id=str(uuid.UUID(int=len(self.events))), battery=battery, time=time, **fields)
        )


def part(name, elements, mass=None):
    return Part(id=name, mass_kg=mass, elements_kg=elements)


def total(parts):
    return {element: sum(one.elements_kg[element] for one in parts) for element in ELEMENTS}


def cut(content, shares):
    """Content in pieces as the shares are to each other; nothing is lost."""
    whole = sum(shares)
    return [{element: kg * share / whole for element, kg in content.items()} for share in shares]


@st.composite
def worlds(draw):
    """Packs that are used, split, some put together again, shredded into lots, refined, and built into new packs."""
    story, waste, lots, materials = Story(), [], {}, {}
    yields = st.floats(0.3, 1)
    shares = st.lists(st.floats(0.1, 1), min_size=1, max_size=4)
    for index in range(draw(st.integers(1, 4))):
        name = f"P{index}"
        content = {element: draw(st.floats(0.1, 20)) for element in ELEMENTS}
        story.tell("manufactured", name, elements_kg=content, mass_kg=300)
        if draw(st.booleans()):
            story.tell("installed", name)
            story.tell("removed", name)
        if draw(st.booleans()):
            modules = [part(f"{name}M{at}", piece) for at, piece in enumerate(cut(content, draw(shares)))]
            story.tell("split", name, parts=tuple(modules))
            if draw(st.booleans()):
                story.tell("assembled", f"{name}X", parts=tuple(modules), elements_kg=total(modules))
                waste.append(part(f"{name}X", total(modules)))
            else:
                waste += modules
        else:
            waste.append(part(name, content))
    for one in waste:
        lot = draw(st.sampled_from(["L0", "L1"]))
        kept = {element: kg * draw(yields) for element, kg in one.elements_kg.items()}
        story.tell("shredded", one.id, into=part(lot, kept))
        lots[lot] = {element: lots.get(lot, {}).get(element, 0) + kg for element, kg in kept.items()}
    for lot, content in lots.items():
        drawn = {element: kg * draw(st.floats(0.1, 1)) for element, kg in content.items()}
        outputs = []
        for element, kg in drawn.items():
            made = {element: kg * draw(yields)}
            outputs.append(part(f"{lot}{element}", made))
            materials[f"{lot}{element}"] = made
        story.tell("refined", lot, elements_kg=drawn, outputs=tuple(outputs))
    inputs = [
        part(name, {element: kg * draw(st.floats(0.1, 1)) for element, kg in content.items()})
        for name, content in materials.items()
    ]
    fresh = {element: draw(st.floats(0, 20)) for element in ELEMENTS}
    content = {
        element: fresh[element] + sum(one.elements_kg.get(element, 0) for one in inputs)
        for element in ELEMENTS
    }
    story.tell("manufactured", "NEW", materials=tuple(inputs), elements_kg=content)
    return story.events


def closes(genealogy):
    for one in genealogy.balances:
        assert one.into == pytest.approx(one.out + one.loss + one.left + one.difference, abs=1e-6)
    return genealogy.imbalances(EXACT) == ()


@given(events=worlds())
def test_mass_balances_for_every_thing_and_element(events) -> None:
    assert closes(trace(events))


@given(events=worlds())
def test_all_that_was_made_is_in_something_or_lost(events) -> None:
    genealogy = trace(events)
    made = dict.fromkeys(ELEMENTS, 0.0)
    for flow in genealogy.flows:
        if not flow.source:
            for element, kg in flow.kg.items():
                made[element] = made.get(element, 0.0) + kg
    for element in ELEMENTS:
        kept = sum(one.left + one.loss for one in genealogy.balances if one.element == element)
        assert kept == pytest.approx(made[element], rel=1e-9)


@given(events=worlds(), seed=st.integers())
def test_the_order_of_telling_does_not_matter(events, seed) -> None:
    again = list(events)
    random.Random(seed).shuffle(again)
    assert trace(again) == trace(events)


@given(events=worlds())
def test_recycled_content_is_a_share_and_the_path_explains_it(events) -> None:
    genealogy = trace(events)
    for battery in genealogy.births:
        for element, share in recycled_content(genealogy, battery).items():
            assert 0 <= share.recycled <= 1
            assert min(share.post_consumer, share.manufacturing_waste, share.not_told) >= 0
            way = recycled_path(genealogy, battery, element)
            for origin in ("post_consumer", "manufacturing_waste", "not_told"):
                along = sum(one.kg for one in way if one.flow.origin == origin)
                assert along == pytest.approx(getattr(share, origin) * share.kg, rel=1e-6, abs=1e-9)
            from_outside = sum(one.kg for one in way if not one.flow.source)
            assert from_outside == pytest.approx((1 - share.recycled) * share.kg, rel=1e-6, abs=1e-6)


@given(events=worlds())
def test_no_more_recycled_matter_is_claimed_than_was_recovered(events) -> None:
    genealogy = trace(events)
    shares = recycled_content(genealogy, "NEW")
    for element in ELEMENTS:
        recovered = sum(flow.kg[element] for flow in genealogy.flows if flow.origin and element in flow.kg)
        claimed = shares[element].recycled * shares[element].kg if element in shares else 0
        assert claimed <= recovered + 1e-9


def loop(recycled, primary, *, used=True):
    """A pack becomes 5 kg of cobalt in a material; a new pack holds so much of it, and the rest from elsewhere."""
    story = Story()
    story.tell("manufactured", "OLD", elements_kg={"Co": 10})
    if used:
        story.tell("registered", "OLD")
    story.tell("shredded", "OLD", into=part("BLACK", {"Co": 8}))
    story.tell("refined", "BLACK", elements_kg={"Co": 6}, outputs=(part("SULPHATE", {"Co": 5}),))
    story.tell(
        "manufactured",
        "NEW",
        materials=(part("SULPHATE", {"Co": recycled}),),
        elements_kg={"Co": recycled + primary},
    )
    return story


@given(recycled=st.floats(0.01, 2.5), more=st.floats(0, 2.5), primary=st.floats(0.01, 10))
def test_more_recycled_input_never_means_less_recycled_content(recycled, more, primary) -> None:
    less = recycled_content(trace(loop(recycled, primary).events), "NEW")["Co"].recycled
    greater = recycled_content(trace(loop(recycled + more, primary).events), "NEW")["Co"].recycled
    assert less <= greater + 1e-12


def test_a_pack_worked_through_by_hand() -> None:
    """10 kg in the old pack, 8 in black mass, 6 drawn, 5 in the sulphate, 4 in a new pack of 16: a quarter."""
    genealogy = trace(loop(4, 12).events)
    share = recycled_content(genealogy, "NEW")["Co"]
    assert (share.kg, share.recycled, share.post_consumer) == pytest.approx((16, 0.25, 0.25))
    told = {one.node: (one.into, one.out, one.loss, one.left, one.difference) for one in genealogy.balances}
    assert told == {
        "OLD": (10, 8, 2, 0, 0),
        "BLACK": (8, 5, 1, 2, 0),
        "SULPHATE": (5, 4, 0, 1, 0),
        "NEW": (16, 0, 0, 16, 0),
    }
    way = [(one.flow.word, one.flow.source, one.kg) for one in recycled_path(genealogy, "NEW", "Co")]
    assert way == [
        ("manufactured", "", pytest.approx(12)),
        ("manufactured", "SULPHATE", pytest.approx(4)),
        ("refined", "BLACK", pytest.approx(4)),
        ("shredded", "OLD", pytest.approx(4)),
    ]


def test_waste_of_the_factory_is_kept_apart_from_waste_of_consumers() -> None:
    share = recycled_content(trace(loop(4, 12, used=False).events), "NEW")["Co"]
    assert (share.post_consumer, share.manufacturing_waste) == pytest.approx((0, 0.25))


def test_a_lot_mixes_in_proportion() -> None:
    """3 kg from a used pack and 1 kg from the factory: three quarters of what the lot gives is post-consumer."""
    story = Story()
    for name, kg in (("USED", 3), ("REJECT", 1)):
        story.tell("manufactured", name, elements_kg={"Ni": kg})
        if name == "USED":
            story.tell("installed", name)
        story.tell("shredded", name, into=part("L", {"Ni": kg}))
    story.tell("refined", "L", outputs=(part("S", {"Ni": 2}),))
    story.tell("manufactured", "NEW", materials=(part("S", {"Ni": 2}),), elements_kg={"Ni": 2})
    share = recycled_content(trace(story.events), "NEW")["Ni"]
    assert (share.post_consumer, share.manufacturing_waste) == pytest.approx((0.75, 0.25))


def test_more_from_a_lot_than_it_holds_is_seen_and_not_counted_as_recycled() -> None:
    story = loop(4, 12)
    story.tell("manufactured", "SECOND", materials=(part("SULPHATE", {"Co": 3}),), elements_kg={"Co": 3})
    genealogy = trace(story.events)
    (over,) = genealogy.overdrawn(0.01)
    assert (over.node, over.difference) == ("SULPHATE", -2)
    assert "SULPHATE" in over.why
    assert "2 kg of Co" in over.why
    assert recycled_content(genealogy, "SECOND")["Co"].recycled == pytest.approx(1 / 3)
    assert sum(
        one.kg for one in recycled_path(genealogy, "SECOND", "Co") if one.flow.origin
    ) == pytest.approx(1)


def test_refining_makes_no_metal() -> None:
    story = loop(4, 12)
    story.tell("refined", "BLACK", elements_kg={"Co": 1}, outputs=(part("MORE", {"Co": 1.5}),))
    assert [(one.node, one.difference) for one in trace(story.events).overdrawn(0.01)] == [("BLACK", -0.5)]


@pytest.mark.parametrize(("word", "kg"), [("split", 9), ("assembled", 11), ("assembled", 9)])
def test_unpacking_and_putting_together_neither_lose_nor_make_metal(word, kg) -> None:
    story = Story()
    story.tell("manufactured", "P", elements_kg={"Co": 10, "Al": 30})
    if word == "split":
        story.tell("split", "P", parts=(part("M", {"Co": kg, "Al": 5}),))
    else:
        story.tell("assembled", "X", parts=(Part(id="P"),), elements_kg={"Co": kg, "Al": 40})
    (odd,) = trace(story.events).imbalances(0.01)
    assert (odd.element, odd.difference) == ("Co", 10 - kg)


def test_a_part_that_states_nothing_comes_out_as_it_went_in() -> None:
    story = Story()
    for name, kg in (("M1", 2), ("M2", 3)):
        story.tell("manufactured", name, kind="module", elements_kg={"Li": kg})
    parts = (Part(id="M1"), Part(id="M2"))
    story.tell("manufactured", "P", parts=parts, elements_kg={"Li": 5})
    story.tell("registered", "P")
    story.tell("split", "P", parts=parts)
    story.tell("shredded", "M2", into=part("L", {"Li": 3}))
    genealogy = trace(story.events)
    assert genealogy.imbalances(EXACT) == ()
    left = {(one.node, one.element): one.left for one in genealogy.balances}
    assert (left["M1", "Li"], left["M2", "Li"], left["P", "Li"], left["L", "Li"]) == (2, 0, 0, 3)
    assert [flow.origin for flow in genealogy.flows if flow.origin] == ["post_consumer"]


def test_what_events_leave_out_is_held_against_nobody() -> None:
    story = Story()
    story.tell("removed", "P")
    story.tell("split", "P", parts=(Part(id="M1"), Part(id="M2", mass_kg=20)))
    story.tell("shredded", "M1", into=part("L", {"Co": 8}), mass_kg=25)
    story.tell("refined", "L", outputs=(part("S", {"Co": 7}),))
    story.tell("recycled", "M2", elements_kg={"Co": 4})
    assert closes(trace(story.events))


def test_more_is_not_recycled_than_there_was() -> None:
    story = Story()
    story.tell("manufactured", "P", elements_kg={"Co": 10})
    story.tell("recycled", "P", elements_kg={"Co": 12})
    genealogy = trace(story.events)
    (odd,) = genealogy.overdrawn(0.01)
    assert (odd.into, odd.out, odd.loss, odd.difference) == (10, 12, 0, -2)


def test_matter_may_go_round() -> None:
    """A plant feeds residue back into its own lot: nothing is counted twice."""
    story = loop(4, 12)
    story.tell("refined", "SULPHATE", elements_kg={"Co": 1}, outputs=(part("BLACK", {"Co": 1}),))
    story.tell("refined", "BLACK", elements_kg={"Co": 3}, outputs=(part("SULPHATE", {"Co": 3}),))
    story.tell("manufactured", "LAST", materials=(part("SULPHATE", {"Co": 3}),), elements_kg={"Co": 3})
    genealogy = trace(story.events)
    assert closes(genealogy)
    assert recycled_content(genealogy, "LAST")["Co"].recycled == pytest.approx(1)
    assert sum(one.kg for one in recycled_path(genealogy, "LAST", "Co") if one.flow.origin) == pytest.approx(
        3
    )


def test_a_battery_that_nobody_made_has_no_recycled_content_to_tell() -> None:
    with pytest.raises(NotFound, match="how X was made"):
        recycled_content(trace([]), "X")


def test_a_weight_stands_for_a_mass_that_was_not_stated() -> None:
    story = Story()
    story.tell("removed", "P")
    story.tell("shredded", "P", mass_kg=300, into=part("L", {"Co": 8}, mass=90))
    (mass,) = (one for one in trace(story.events).balances if (one.node, one.element) == ("P", "mass"))
    assert (mass.into, mass.out, mass.loss, mass.difference) == (300, 90, 210, 0)


def test_parts_that_state_nothing_share_what_there_is() -> None:
    story = Story()
    story.tell("manufactured", "P", mass_kg=100, elements_kg={"Co": 10})
    story.tell(
        "dismantled", "P", parts=(Part(id="A"), Part(id="B", mass_kg=25), part("C", {"Co": 4}, mass=20))
    )
    genealogy = trace(story.events)
    left = {one.node: one.left for one in genealogy.balances if one.element == "Co"}
    assert sum(left.values()) == pytest.approx(10)
    assert left["C"] == 4
    assert min(left["A"], left["B"]) > 0
    assert genealogy.imbalances(EXACT) == ()


def test_a_battery_made_twice_is_counted_once() -> None:
    story = Story()
    for _ in range(2):
        story.tell("manufactured", "P", elements_kg={"Co": 10})
    (balance,) = trace(story.events).balances
    assert (balance.into, balance.left) == (10, 10)


def test_reagents_add_weight_and_no_metal() -> None:
    story = loop(4, 12)
    sulphate = part("SALT", {"Co": 0.4}, mass=2)
    story.tell("refined", "BLACK", mass_kg=1, elements_kg={"Co": 0.5}, outputs=(sulphate,))
    assert closes(trace(story.events))
