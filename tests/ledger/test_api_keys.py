"""Keys of machines: only their digest is kept, in either database."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError, NotFound
from meguri.ledger import Ledger, home
from meguri.ledger.api_keys import find_key, list_keys, new_key, revoke_key


def test_a_key_is_found_by_its_text_until_it_is_revoked(ledger: Ledger) -> None:
    made, text = new_key(ledger.store, "scales", access="interest", recorder="house", per_minute=5)
    other, _ = new_key(ledger.store, "gate")
    assert re.fullmatch(r"meguri_[0-9a-f]{8}_[0-9a-f]{64}", text)
    assert find_key(ledger.store, text) == made
    assert list_keys(ledger.store) == (made, other)
    gone = revoke_key(ledger.store, made.id)
    assert gone.revoked is not None
    assert revoke_key(ledger.store, made.id) == gone
    assert find_key(ledger.store, text) is None
    assert list_keys(ledger.store) == (gone, other)


def test_any_other_text_is_no_key(ledger: Ledger) -> None:
    made, text = new_key(ledger.store, "scales")
    _, another = new_key(ledger.store, "gate")
    swapped = f"meguri_{made.id}_{another.rpartition('_')[2]}"
    for wrong in (swapped, text[:-1], text.upper(), f"{text} ", f"meguri_{made.id}_", ""):
        assert find_key(ledger.store, wrong) is None

    @given(st.text(max_size=90))
    def holds(guess: str) -> None:
        assert find_key(ledger.store, guess) is None

    holds()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_key_says_which_machine_it_is_for(ledger: Ledger, name: str) -> None:
    with pytest.raises(InputError):
        new_key(ledger.store, name)


def test_a_limit_lets_something_through(ledger: Ledger) -> None:
    with pytest.raises(InputError):
        new_key(ledger.store, "scales", per_minute=0)
    with pytest.raises(NotFound):
        revoke_key(ledger.store, "00000000")


def test_asking_whether_a_ledger_has_begun_begins_none(place: str, tmp_path) -> None:
    assert not home.begun(place)
    assert not home.begun(place)
    if "://" not in place:
        assert not home.begun(f"sqlite:///{place}")
        assert list(tmp_path.iterdir()) == []
    with Ledger.open(place, keys=tmp_path / "keys"):
        assert home.begun(place)
