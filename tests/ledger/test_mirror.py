"""A copy of a log in plain files: complete, verifiable alone, and never further than its checkpoint."""

from pathlib import Path

import fsspec
import pytest

from meguri.errors import InputError
from meguri.ledger import Ledger, NotVerified, SigningKey, StoreUnavailable, VerifyingKey
from meguri.ledger import mirror as room
from meguri.ledger.mirror import RECORDERS, mirror, parse_recorders, read_recorder_keys
from meguri.ledger.sources import open_tiles
from meguri.ledger.tiles import CHECKPOINT, all_tiles
from meguri.ledger.verify import verify_log
from tests.ledger.events import to_market, told


def record(ledger: Ledger, count: int, number: int = 1) -> None:
    ledger.append([told("measured", day, number) for day in range(count)])


def holds(ledger: Ledger, where: str | Path):
    return verify_log(
        open_tiles(where),
        VerifyingKey.parse(ledger.vkey),
        recorder_keys=read_recorder_keys(where),
        processes=1,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_copy_verifies_without_its_server_with_the_signatures_of_its_recorders(ledger, tmp_path):
    record(ledger, 300)
    done = mirror(ledger, tmp_path / "copy")
    verdict = holds(ledger, tmp_path / "copy")
    assert verdict.holds
    assert (verdict.size, verdict.unknown) == (ledger.size, ())
    assert done.size == ledger.size
    assert done.files == len(files(tmp_path / "copy"))


def test_a_copy_has_every_file_of_the_log_and_its_list_of_keys_and_nothing_else(ledger, tmp_path):
    record(ledger, 600)
    mirror(ledger, tmp_path)
    expected = {path.text: ledger.tiles.read(path.text) for path in all_tiles(ledger.size)}
    found = {
        name: held
        for name, held in files(tmp_path).items()
        if not name.startswith(("ledger.db", "keys/", "postgres"))
    }
    assert set(found) == {*expected, CHECKPOINT, RECORDERS}
    assert {name: found[name] for name in expected} == expected


def test_only_what_is_new_is_copied_and_what_became_full_leaves_its_parts(ledger, tmp_path):
    copy = tmp_path / "copy"
    record(ledger, 200)
    mirror(ledger, copy)
    first = files(copy)
    assert mirror(ledger, copy).files == 0
    record(ledger, 700, 2)
    done = mirror(ledger, copy)
    again = files(copy)
    assert holds(ledger, copy).holds
    assert done.before < done.size
    assert done.removed == 2, "the partial bundle and tile of the first copy"
    assert not any("/000.p/" in name for name in again if not name.startswith("tile/1/"))
    full = {name for name in first if ".p/" not in name and name.startswith("tile/")}
    assert all(again[name] == first[name] for name in full)


@pytest.mark.parametrize("stop_at", [1, 2, 3, 5])
def test_a_copy_that_broke_off_stays_at_its_checkpoint_and_goes_on(ledger, tmp_path, monkeypatch, stop_at):
    copy = tmp_path / "copy"
    record(ledger, 300)
    mirror(ledger, copy)
    old = holds(ledger, copy).size
    record(ledger, 900, 2)
    write, calls = room._Place.write, []

    def broken(self, wanted, done):
        calls.append(wanted)
        if len(calls) == stop_at:
            raise OSError(28, "No space left on device")
        write(self, wanted, done)

    monkeypatch.setattr(room, "AT_ONCE", 2)
    monkeypatch.setattr(room._Place, "write", broken)
    with pytest.raises(OSError, match="No space"):
        mirror(ledger, copy)
    assert holds(ledger, copy).size == old
    assert holds(ledger, copy).holds
    monkeypatch.setattr(room._Place, "write", write)
    again = mirror(ledger, copy)
    assert holds(ledger, copy).size == ledger.size
    assert holds(ledger, copy).holds
    fresh = mirror(ledger, tmp_path / "fresh")
    assert again.files < fresh.files
    assert {name: held for name, held in files(copy).items() if ".p/" not in name} == {
        name: held for name, held in files(tmp_path / "fresh").items() if ".p/" not in name
    }


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_any_object_store_can_hold_the_copy(ledger, tmp_path, kind):
    url = f"memory://{tmp_path.name}/log" if kind == "memory" else (tmp_path / "copy").as_uri()
    record(ledger, 300)
    mirror(ledger, url)
    record(ledger, 300, 2)
    mirror(ledger, url)
    assert holds(ledger, url).holds
    assert holds(ledger, url).size == ledger.size
    if kind == "memory":
        fsspec.filesystem("memory").rm(f"/{tmp_path.name}", recursive=True)


def test_a_spoilt_file_is_found_and_repaired(ledger, tmp_path):
    record(ledger, 600)
    mirror(ledger, tmp_path / "copy")
    spoilt = tmp_path / "copy/tile/entries/001"
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (tmp_path / "copy/tile/0/000").unlink()
    assert not holds(ledger, tmp_path / "copy").holds
    assert mirror(ledger, tmp_path / "copy").files == 0
    assert mirror(ledger, tmp_path / "copy", repair=True).files == 2
    assert holds(ledger, tmp_path / "copy").holds


def test_a_torn_checkpoint_is_refused_and_repaired(ledger, tmp_path):
    record(ledger, 3)
    mirror(ledger, tmp_path / "copy")
    (tmp_path / "copy/checkpoint").write_bytes(b"registry.example")
    with pytest.raises(InputError):
        mirror(ledger, tmp_path / "copy")
    mirror(ledger, tmp_path / "copy", repair=True)
    assert holds(ledger, tmp_path / "copy").holds


def test_the_copy_of_another_log_is_never_written_over(ledger, tmp_path):
    record(ledger, 3)
    mirror(ledger, tmp_path / "copy")
    with Ledger.open(tmp_path / "other.db", origin="other.example/log") as other:
        with pytest.raises(NotVerified):
            mirror(other, tmp_path / "copy")
        with pytest.raises(NotVerified):
            mirror(other, tmp_path / "copy", repair=True)
    assert holds(ledger, tmp_path / "copy").holds


def test_a_copy_that_is_ahead_of_its_ledger_is_never_written_over(tmp_path):
    keys = tmp_path / "keys"
    with Ledger.open(tmp_path / "a.db", origin="registry.example/meguri", keys=keys) as ledger:
        record(ledger, 3)
    (tmp_path / "b.db").write_bytes((tmp_path / "a.db").read_bytes())
    with Ledger.open(tmp_path / "a.db", keys=keys) as ahead:
        record(ahead, 5)
        mirror(ahead, tmp_path / "copy")
        with Ledger.open(tmp_path / "b.db", keys=keys) as behind:
            with pytest.raises(NotVerified, match="not the first lines"):
                mirror(behind, tmp_path / "copy")
            record(behind, 300, 7)
            with pytest.raises(NotVerified, match="not the first lines"):
                mirror(behind, tmp_path / "copy")
        assert holds(ahead, tmp_path / "copy").holds


def test_the_list_of_keys_tells_from_where_to_where_each_may_sign(ledger, tmp_path):
    old, new = (SigningKey.generate("yard") for _ in range(2))
    ledger.enrol("yard", old.vkey, ["dismantler"])
    ledger.append([told("collected")], recorder=old)
    ledger.rotate("yard", new.vkey)
    ledger.append([told("stored", 1)], recorder=new)
    mirror(ledger, tmp_path / "copy")
    assert holds(ledger, tmp_path / "copy").unknown == ()
    listed = (tmp_path / "copy" / RECORDERS).read_text().splitlines()
    first, last = (next(held for held in ledger.recorders() if held.vkey == key.vkey) for key in (old, new))
    assert f"{old.vkey} {first.from_idx} {last.from_idx}" in listed
    assert f"{new.vkey} {last.from_idx} -" in listed


def test_a_list_of_keys_that_is_none_is_refused_and_a_missing_one_is_empty(tmp_path):
    assert read_recorder_keys(tmp_path) == {}
    for spoilt in (b"\xff\xfe", b"no key at all", b"yard+00000000+AAAA 0 -"):
        with pytest.raises(InputError):
            parse_recorders(spoilt)


@pytest.mark.parametrize("where", ["http://registry.example/log", "nosuch://bucket/log"])
def test_an_address_that_cannot_be_written_is_refused_before_anything_is_read(ledger, where):
    with pytest.raises(InputError):
        mirror(ledger, where)


def test_a_file_in_the_way_is_told(ledger, tmp_path):
    ledger.append(to_market())
    (tmp_path / "copy").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        mirror(ledger, tmp_path / "copy")


def test_progress_reaches_the_end(ledger, tmp_path):
    record(ledger, 300)
    told_of: list[tuple[int, int]] = []
    mirror(ledger, tmp_path / "copy", lambda done, size: told_of.append((done, size)))
    assert told_of[-1] == (ledger.size, ledger.size)
    assert [done for done, _ in told_of] == sorted(done for done, _ in told_of)
