"""A pack is made of modules, a module of cells, until they are taken out."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.events import EVENTS, Part
from meguri.battery.geometry import geometry


def told(*lines):
    """Events of (word, thing, parts), a day apart."""
    return [
        EVENTS[word](
            id=str(uuid.UUID(int=day)),
            battery=thing,
            time=datetime(2030, 1, 1, tzinfo=UTC) + timedelta(day),
            parts=tuple(Part(id=part) for part in parts),
            **({"kind": "module"} if thing.startswith("M") and word in ("manufactured", "assembled") else {}),
        )
        for day, (word, thing, parts) in enumerate(lines)
    ]


MADE = (
    ("manufactured", "M1", ("C1", "C2")),
    ("manufactured", "M2", ("C3",)),
    ("manufactured", "P", ("M1", "M2")),
)


def test_a_pack_shows_its_modules_and_their_cells() -> None:
    built = geometry(told(*MADE))
    assert [(one.depth, one.id, one.kind) for one in built.tree("P")] == [
        (0, "P", "pack"),
        (1, "M1", "module"),
        (2, "C1", None),
        (2, "C2", None),
        (1, "M2", "module"),
        (2, "C3", None),
    ]
    assert [built.whole(name) for name in ("C1", "M2", "P", "X")] == ["P", "P", "P", "X"]


def test_a_module_that_is_taken_out_keeps_its_cells_and_may_go_into_another_pack() -> None:
    built = geometry(told(*MADE, ("split", "P", ("M1", "M2")), ("assembled", "Q", ("M1",))))
    assert [one.id for one in built.tree("P")] == ["P"]
    assert [one.id for one in built.tree("Q")] == ["Q", "M1", "C1", "C2"]
    assert (built.whole("C3"), built.whole("C1")) == ("M2", "Q")


NAMES = st.sampled_from("ABCDE")


@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["manufactured", "assembled", "split", "dismantled"]), NAMES, st.sets(NAMES)
        ),
        max_size=12,
    )
)
def test_whatever_is_told_each_part_is_in_one_thing_and_trees_end(lines) -> None:
    built = geometry(told(*lines))
    within = [part for parts in built.parts.values() for part in parts]
    assert len(within) == len(set(within)) == len(built.into)
    for thing in "ABCDE":
        names = [one.id for one in built.tree(thing)]
        assert len(names) == len(set(names))
        assert built.whole(thing) in "ABCDE"
