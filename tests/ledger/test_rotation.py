"""The log gets a new key: those who trust the old one are led to it, and nothing is left between the two."""

import pytest

from meguri.errors import MeguriError
from meguri.ledger import Ledger, NotVerified
from meguri.ledger.checkpoint import open_checkpoint
from meguri.ledger.fsck import fsck
from meguri.ledger.rotation import open_handover, rotate_log_key
from tests.ledger.events import to_market, told


def again(place: str, tmp_path) -> Ledger:
    return Ledger.open(place, keys=tmp_path / "keys")


def test_the_checkpoint_of_the_change_bears_both_keys_and_later_ones_the_new(ledger, place, tmp_path):
    ledger.append(to_market())
    old = ledger.key
    new = rotate_log_key(ledger)
    with again(place, tmp_path) as opened:
        assert opened.vkey == new.vkey
        assert open_checkpoint(opened.checkpoint, old.verifying) == open_checkpoint(
            opened.checkpoint, new.verifying
        )
        opened.append([told("measured", 2)])
        open_checkpoint(opened.checkpoint, new.verifying)
        with pytest.raises(NotVerified):
            open_checkpoint(opened.checkpoint, old.verifying)
        assert fsck(opened.store, opened.key.verifying).faults == ()


def test_the_old_key_names_the_new_one_for_all_to_see(ledger):
    old = ledger.key
    new = rotate_log_key(ledger)
    rotated = ledger.life(f"recorder:{ledger.origin}")[-1].event
    assert open_handover(rotated.handover, old.verifying) == new.verifying
    with pytest.raises(MeguriError):
        open_handover(rotated.handover, new.verifying)


def test_a_ledger_that_is_open_elsewhere_signs_no_more_with_the_old_key(ledger, place, tmp_path):
    with again(place, tmp_path) as other:
        rotate_log_key(ledger)
        with pytest.raises(NotVerified, match="replaced"):
            other.append(to_market())


def test_a_change_of_keys_that_was_cut_short_is_finished_on_opening(ledger, place, tmp_path, monkeypatch):
    monkeypatch.setattr("meguri.ledger.rotation.settled_key", lambda folder, vkey: None)
    new = rotate_log_key(ledger)
    with again(place, tmp_path) as opened:
        assert opened.key == new
        opened.append(to_market())
    assert len(list((tmp_path / "keys").glob("log-*.key"))) == 1


def test_a_change_of_keys_that_failed_before_it_was_written_can_be_asked_for_again(
    ledger, place, tmp_path, monkeypatch
):
    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("meguri.ledger.rotation.sign_checkpoint", fail)
    with pytest.raises(RuntimeError):
        rotate_log_key(ledger)
    monkeypatch.undo()
    with again(place, tmp_path) as opened:
        new = rotate_log_key(opened)
    with again(place, tmp_path) as opened:
        assert opened.key == new
        assert [held.type for held in opened.life(f"recorder:{opened.origin}")] == ["enrolled", "rotated"]
