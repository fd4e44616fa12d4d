"""A log is believed from its files alone, and whatever was changed in them is found and named."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.errors import StoreUnavailable, Unreachable
from meguri.ledger.lines import event_of_line
from meguri.ledger.note import SigningKey, cosignature_of
from meguri.ledger.sources import FolderTiles
from meguri.ledger.tiles import entries_path, pack_entries, tile_path, unpack_entries
from meguri.ledger.tree import TILE_WIDTH, leaf_hashes, root_of
from meguri.ledger.verify import STRETCH, Seen, Verdict, verify_log
from tests.ledger.logs import (
    LOG_KEY,
    ORIGIN,
    RECORDER,
    RECORDERS,
    WITNESS,
    Files,
    closing,
    entries_of,
    files_of,
    recording,
    statements,
)

ENTRIES = entries_of(1, 3, 250, 700, 2, 40)
WHOLE = files_of(ENTRIES)
LARGE = entries_of(*[1000] * (STRETCH * TILE_WIDTH // 500))


def verdict(files: Files, **options) -> Verdict:
    return verify_log(files, LOG_KEY.verifying, recorder_keys=RECORDERS, **options)


def spoilt(held: bytes, place: int, by: int = 1) -> bytes:
    return held[:place] + bytes([held[place] ^ by]) + held[place + 1 :]


def test_a_whole_log_holds() -> None:
    found = verdict(WHOLE)
    assert found.holds, found.fault
    assert (found.origin, found.size, found.root) == (ORIGIN, len(ENTRIES), root_of(leaf_hashes(ENTRIES)))
    assert (found.events, found.recordings, found.unknown) == (996, 6, ())


@given(st.lists(st.integers(1, 300), max_size=8))
@settings(max_examples=30)
def test_a_log_of_any_recordings_holds(counts: list[int]) -> None:
    found = verdict(files_of(entries_of(*counts)))
    assert (found.fault, found.events, found.recordings) == (None, sum(counts), len(counts))


def test_a_log_longer_than_a_stretch_holds_in_one_process_and_in_two(tmp_path: Path) -> None:
    folder = FolderTiles(files_of(LARGE).write_to(tmp_path))
    seen: list[tuple[int, int]] = []
    alone = verdict(folder, processes=1, progress=lambda *done: seen.append(done))
    assert (alone.fault, alone.events) == (None, len(LARGE) - alone.recordings)
    assert seen == sorted(seen)
    assert seen[-1] == (len(LARGE), len(LARGE))
    assert verdict(folder, processes=2) == alone


def test_a_fault_in_a_later_stretch_is_found_by_whichever_process(tmp_path: Path) -> None:
    index = len(LARGE) - 5000
    files = files_of(LARGE)
    path = entries_path(index // TILE_WIDTH)
    bundle = unpack_entries(files[path])
    bundle[index % TILE_WIDTH] = spoilt(bundle[index % TILE_WIDTH], 30)
    files[path] = pack_entries(bundle)
    folder = FolderTiles(files.write_to(tmp_path))
    for processes in (1, 2):
        fault = verdict(folder, processes=processes).fault
        assert fault
        assert (fault.path, fault.index, fault.event) == (path, index, event_of_line(LARGE[index]))


@given(st.data())
@settings(max_examples=150)
def test_any_byte_changed_in_any_file_is_found(data: st.DataObject) -> None:
    files = Files(WHOLE)
    path = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[path]) - 1))
    files[path] = spoilt(files[path], place, data.draw(st.integers(1, 255)))
    fault = verdict(files).fault
    assert fault
    assert fault.path == path


@given(st.data())
@settings(max_examples=100)
def test_a_changed_entry_is_named_with_its_event(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(ENTRIES) - 1))
    event = event_of_line(ENTRIES[index])
    place = data.draw(st.integers(0, len(ENTRIES[index]) - 1))
    if event and event.encode() in ENTRIES[index][max(0, place - 44) : place + 46]:
        return
    files, n = Files(WHOLE), index // TILE_WIDTH
    bundle = ENTRIES[n * TILE_WIDTH : (n + 1) * TILE_WIDTH]
    path = entries_path(n, len(bundle))
    bundle[index % TILE_WIDTH] = spoilt(ENTRIES[index], place, data.draw(st.integers(1, 255)))
    files[path] = pack_entries(bundle)
    fault = verdict(files).fault
    assert fault
    assert (fault.path, fault.index, fault.event) == (path, index, event)


@pytest.mark.parametrize(
    "change", [lambda held: held[:-1], lambda held: held + b"\0", lambda held: b"", lambda held: held[1:]]
)
@pytest.mark.parametrize("path", sorted(WHOLE))
def test_a_file_that_is_too_short_or_too_long_is_named(path: str, change) -> None:
    files = Files(WHOLE)
    files[path] = change(files[path])
    fault = verdict(files).fault
    assert fault
    assert fault.path == path


@pytest.mark.parametrize("path", sorted(WHOLE))
def test_a_missing_file_is_named(path: str) -> None:
    files = Files(WHOLE)
    del files[path]
    fault = verdict(files).fault
    assert fault
    assert path.startswith(fault.path.partition(".p/")[0])


def test_a_tile_changed_below_a_right_one_is_told_from_a_changed_entry() -> None:
    files = Files(WHOLE)
    files[tile_path(0, 1)] = spoilt(files[tile_path(0, 1)], 33)
    fault = verdict(files).fault
    assert fault
    assert (fault.path, fault.index, fault.event) == (tile_path(0, 1), 257, event_of_line(ENTRIES[257]))


def test_full_files_stand_in_for_partial_ones_that_were_removed() -> None:
    grown = files_of(ENTRIES + recording(400, seed=7, minute=99), sizes=[len(ENTRIES)])
    grown["checkpoint"] = WHOLE["checkpoint"]
    for path in [path for path in grown if ".p/" in path and not path.startswith("tile/1")]:
        del grown[path]
    assert verdict(grown).holds


def relogged(entries: list[bytes]) -> Verdict:
    """What verification says of a log whose operator has made and signed all files anew from these entries."""
    return verdict(files_of(entries))


@pytest.mark.parametrize("index", [0, 5, 130, 300, len(ENTRIES) - 2])
def test_an_operator_who_changes_a_statement_and_all_hashes_is_found_by_the_recorders_signature(
    index: int,
) -> None:
    changed = ENTRIES.copy()
    if event_of_line(changed[index]) is None:
        index += 1
    changed[index] = (
        changed[index][:30] + (b"1" if changed[index][30:31] == b"0" else b"0") + changed[index][31:]
    )
    fault = relogged(changed).fault
    end = next(k for k in range(index, len(ENTRIES)) if event_of_line(ENTRIES[k]) is None)
    assert fault
    assert fault.index == end
    assert "not the ones that were signed" in fault.what


@given(st.data())
@settings(max_examples=60)
def test_entries_dropped_swapped_or_repeated_by_the_operator_are_found(data: st.DataObject) -> None:
    entries = entries_of(3, 1, 4)
    changed = entries.copy()
    a, b = data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True))
    way = data.draw(st.sampled_from(["drop", "swap", "repeat"]))
    if way == "drop":
        del changed[a]
    elif way == "swap":
        changed[a], changed[b] = changed[b], changed[a]
    else:
        changed.insert(b, changed[a])
    assert relogged(changed).fault


def test_the_end_of_the_log_must_be_the_end_of_a_recording() -> None:
    fault = relogged(ENTRIES[:-1]).fault
    assert fault
    assert (fault.index, fault.event) == (len(ENTRIES) - 41, event_of_line(ENTRIES[-41]))
    assert relogged(ENTRIES[:-41]).holds


def test_a_recording_of_another_signer_or_for_another_log_is_found() -> None:
    stranger = SigningKey("registry.example/yard", b"\x09" * 32)
    lines = statements(5, seed=9)
    forged = closing(lines, "2027-01-01T00:00:00.000Z", recorder=stranger)
    claimed = forged.replace(stranger.verifying.signer.encode(), RECORDER.verifying.signer.encode())
    fault = relogged([*ENTRIES, *lines, claimed]).fault
    assert fault
    assert fault.index == len(ENTRIES) + 5
    assert RECORDER.verifying.signer in fault.what
    fault = relogged([*ENTRIES, *lines, forged]).fault
    assert fault
    assert "another recorder" in fault.what


def test_recorders_whose_key_is_not_known_are_told_of() -> None:
    other = SigningKey("registry.example/other", b"\x08" * 32)
    found = relogged([*ENTRIES, *recording(5, seed=33, minute=99, recorder=other)])
    assert (found.fault, found.unknown) == (None, (other.verifying.signer,))
    assert verify_log(WHOLE, LOG_KEY.verifying).unknown == (RECORDER.verifying.signer,)


def test_time_does_not_go_backwards() -> None:
    fault = relogged([*recording(2, seed=1, minute=5), *recording(2, seed=2, minute=4)]).fault
    assert fault
    assert (fault.index, "dated before" in fault.what) == (5, True)
    assert relogged([*recording(2, seed=1, minute=5), *recording(2, seed=2, minute=5)]).holds


def test_an_event_recorded_twice_is_found() -> None:
    fault = relogged([*ENTRIES, *recording(3, seed=33, minute=90), *recording(3, seed=33, minute=91)]).fault
    assert fault
    index = len(ENTRIES) + 4
    assert (fault.index, fault.event) == (index, event_of_line(statements(1, seed=33)[0]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"commit":{}}',
        statements(1)[0].replace(b'"event":"', b'"Event":"'),
        statements(1)[0].upper(),
        statements(1)[0] + b"\n",
        statements(1)[0] + statements(1)[0],
        closing(statements(1), "2026-01-01T00:00:00.000Z").replace(b'"count":1', b'"count":01'),
        closing(statements(1), "2026-01-01T00:00:00Z"),
        closing(statements(1), "2026-01-01T00:00:00.000Z") + b" ",
    ],
)
@pytest.mark.parametrize("before", [0, 3, 50])
def test_a_line_of_another_form_is_found(line: bytes, before: int) -> None:
    lines = [*statements(before, seed=5), line, *statements(40, seed=6)]
    fault = relogged([*ENTRIES, *lines, closing(lines, "2027-01-01T00:00:00.000Z")]).fault
    assert fault
    assert fault.index in (len(ENTRIES) + before, len(ENTRIES) + before + 41)


def test_witnesses_that_signed_are_named() -> None:
    files = Files(WHOLE)
    text = files["checkpoint"].decode().partition("\n\n")[0] + "\n"
    files["checkpoint"] += cosignature_of(text, WITNESS, 1_800_000_000).line.encode()
    absent = SigningKey("witness.example/w2", b"\4" * 32).as_cosigner()
    found = verdict(files, witnesses=(WITNESS.verifying, absent.verifying))
    assert found.witnesses == (Seen(WITNESS.name, 1_800_000_000),)


def test_a_checkpoint_of_another_root_size_or_log_is_found() -> None:
    root = root_of(leaf_hashes(ENTRIES))
    for checkpoint, key in (
        (Checkpoint(ORIGIN, len(ENTRIES), b"\0" * 32), LOG_KEY),
        (Checkpoint(ORIGIN, len(ENTRIES) - 1, root), LOG_KEY),
        (Checkpoint(ORIGIN, len(ENTRIES) + 1, root), LOG_KEY),
        (Checkpoint("other.example/log", len(ENTRIES), root), LOG_KEY),
        (Checkpoint(ORIGIN, len(ENTRIES), root), SigningKey(ORIGIN, b"\7" * 32)),
    ):
        files = Files(WHOLE)
        files["checkpoint"] = sign_checkpoint(checkpoint, key).encode()
        assert verdict(files).fault


def test_an_empty_log_holds() -> None:
    assert verdict(files_of([])) == Verdict(ORIGIN, 0, root_of([]))


def test_what_cannot_be_reached_is_not_called_a_fault() -> None:
    class Gone(Files):
        def read(self, path: str) -> bytes:
            if path != "checkpoint":
                raise Unreachable("no connection")
            return super().read(path)

    with pytest.raises(Unreachable):
        verdict(Gone(WHOLE))


def test_a_claim_of_more_entries_than_there_can_be_files_is_answered_at_once() -> None:
    files = Files(WHOLE)
    files["checkpoint"] = sign_checkpoint(Checkpoint(ORIGIN, 2**62, b"\0" * 32), LOG_KEY).encode()
    fault = verdict(files).fault
    assert fault
    assert fault.index == len(ENTRIES) // TILE_WIDTH * TILE_WIDTH


def test_a_log_that_cannot_be_read_is_said_so_by_the_process_that_reads_it(tmp_path: Path) -> None:
    folder = files_of(LARGE).write_to(tmp_path)
    path = folder / entries_path(STRETCH + 1)
    path.unlink()
    path.symlink_to(path)
    for processes in (1, 2):
        with pytest.raises(Unreachable) as raised:
            verdict(FolderTiles(folder), processes=processes)
        assert raised.value.where == str(path)


def test_a_folder_for_ids_that_cannot_be_written_is_told(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(StoreUnavailable):
        verdict(WHOLE)
