"""Two copies of a log either tell one history, or it is said where they part."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.errors import MeguriError
from meguri.ledger.audit import Comparison, Side, audit
from meguri.ledger.errors import NotVerified
from meguri.ledger.lines import event_of_line
from meguri.ledger.note import SigningKey
from meguri.ledger.tiles import entries_path, pack_entries, tile_path, unpack_entries
from tests.ledger.logs import LOG_KEY, ORIGIN, Files, entries_of, files_of, statements

ENTRIES = entries_of(5, 300, 600, 2)
WHOLE = files_of(ENTRIES)
KEY = LOG_KEY.verifying


def side(line: bytes) -> Side:
    return Side(line, event_of_line(line))


def test_a_copy_is_the_same_as_itself() -> None:
    assert audit(WHOLE, Files(WHOLE), KEY) == Comparison("same", len(ENTRIES), len(ENTRIES))


@given(st.integers(0, len(ENTRIES)), st.integers(0, len(ENTRIES)))
@settings(max_examples=30)
def test_a_longer_copy_continues_a_shorter_one(old: int, new: int) -> None:
    relation = "same" if old == new else "continued" if old < new else "behind"
    assert audit(files_of(ENTRIES[:old]), files_of(ENTRIES[:new]), KEY) == Comparison(relation, old, new)


@given(st.data())
@settings(max_examples=60)
def test_the_first_entry_that_differs_is_named_on_both_sides(data: st.DataObject) -> None:
    sizes = st.integers(1, len(ENTRIES))
    size_a, size_b = data.draw(sizes), data.draw(sizes)
    places = data.draw(st.lists(st.integers(0, min(size_a, size_b) - 1), min_size=1, max_size=5, unique=True))
    changed = ENTRIES[:size_b]
    for place, line in zip(places, statements(len(places), seed=99), strict=True):
        changed[place] = line
    first = min(places)
    found = audit(files_of(ENTRIES[:size_a]), files_of(changed), KEY)
    expected = Comparison("parted", size_a, size_b, first, side(ENTRIES[first]), side(changed[first]))
    assert found == expected


def test_logs_need_not_be_read_whole_to_find_where_they_part() -> None:
    entries = entries_of(*[1000] * 70)
    changed = entries.copy()
    changed[54_321] = statements(1, seed=99)[0]
    reads: list[str] = []

    class Counted(Files):
        def read(self, path: str) -> bytes:
            reads.append(path)
            return super().read(path)

    found = audit(Counted(files_of(entries)), Counted(files_of(changed)), KEY)
    assert found.index == 54_321
    assert len(reads) < 20


def test_copies_of_whom_nobody_is_trusted_can_be_compared_too() -> None:
    stranger = SigningKey(ORIGIN, b"\7" * 32)
    other = files_of(ENTRIES, key=stranger)
    assert audit(WHOLE, other).relation == "same"
    with pytest.raises(NotVerified):
        audit(WHOLE, other, KEY)


@given(st.data())
@settings(max_examples=60)
def test_a_copy_with_a_byte_changed_is_refused_or_shown_to_part_never_believed_where_it_matters(data) -> None:
    changed = Files(files_of([*ENTRIES[:-1], statements(1, seed=99)[0]]))
    path = data.draw(st.sampled_from([path for path in sorted(changed) if "entries" not in path]))
    place = data.draw(st.integers(0, len(changed[path]) - 1))
    held = bytearray(changed[path])
    held[place] ^= data.draw(st.integers(1, 255))
    changed[path] = bytes(held)
    try:
        found = audit(WHOLE, changed, KEY)
    except MeguriError:
        return
    assert (found.relation, found.index) == ("parted", len(ENTRIES) - 1)


def test_an_entry_that_is_not_the_one_in_the_tree_is_not_shown() -> None:
    changed = files_of([*ENTRIES[:-1], statements(1, seed=99)[0]])
    n, place = divmod(len(ENTRIES) - 1, 256)
    path = entries_path(n, place + 1)
    bundle = unpack_entries(changed[path])
    changed[path] = pack_entries([*bundle[:-1], bundle[-1][:-1] + b"!"])
    with pytest.raises(NotVerified):
        audit(WHOLE, changed, KEY)


def test_tiles_that_contradict_each_other_are_not_believed() -> None:
    entries = [b"%d" % k for k in range(70_000)]
    changed = files_of([*entries[:300], b"other", *entries[301:]])
    changed[tile_path(0, 1)] = files_of(entries)[tile_path(0, 1)]
    with pytest.raises(NotVerified):
        audit(files_of(entries), changed, KEY)
