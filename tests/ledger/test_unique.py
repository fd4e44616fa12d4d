"""An id that was recorded twice is found among however many."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from meguri.ledger.unique import Twice, UniqueIds


def first_twice(ids: Sequence[bytes], cuts: Sequence[int] = ()) -> Twice | None:
    with TemporaryDirectory() as folder:
        kept = UniqueIds(Path(folder))
        for start, end in zip([0, *cuts], [*cuts, len(ids)], strict=True):
            kept.add(b"".join(ids[start:end]), range(start, end))
        return kept.first_twice()


@given(
    st.lists(
        st.binary(min_size=16, max_size=16) | st.integers(0, 5).map(lambda k: bytes([k]) * 16), max_size=60
    ),
    st.integers(0, 60),
)
def test_the_first_repetition_is_named_with_where_it_was_before(ids: list[bytes], cut: int) -> None:
    found = next((k for k, one in enumerate(ids) if one in ids[:k]), None)
    expected = None if found is None else Twice(ids[found], ids.index(ids[found]), found)
    assert first_twice(ids, [min(cut, len(ids))]) == expected


def test_ids_that_follow_each_other_in_time_are_not_taken_for_the_same() -> None:
    ids = [k.to_bytes(8) + (k % 3).to_bytes(8) for k in range(20_000)]
    assert first_twice(ids) is None
    assert first_twice([*ids, ids[77]]) == Twice(ids[77], 77, 20_000)
