"""A backup is the whole ledger, in one file that either database takes; what is restored is proved before it counts."""

import io
import json
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.battery import Part
from meguri.errors import InputError, MeguriError, NotFound, OptionError
from meguri.ledger import Ledger, NotVerified, SigningKey, StoreUnavailable, VerifyingKey
from meguri.ledger import backup as room
from meguri.ledger.archive import MANIFEST
from meguri.ledger.backup import backup
from meguri.ledger.fsck import fsck
from meguri.ledger.restore import restore
from meguri.ledger.tables import metadata, webhook
from tests.ledger.events import battery, to_market, told

ORIGIN = "registry.example/meguri"
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("backup", "restore"):
        monkeypatch.setattr(f"meguri.ledger.{module}.LINES", 16)


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> str:
    """An empty database of the other kind than the ledger's."""
    is_sqlite = "://" not in place
    return request.getfixturevalue("postgres")() if is_sqlite else str(tmp_path / "restored.db")


def rows_of(ledger: Ledger) -> Rows:
    with ledger.store.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }


def live(ledger: Ledger) -> list[Rows]:
    """Record lives that leave something in every table of the log; what the tables held after each recording."""
    key = SigningKey.generate("yard")
    steps = [
        lambda: ledger.append([told("manufactured", 0, 1, aliases=("serial:acme/1",))]),
        lambda: ledger.append([told("installed", 1, 1, vehicle="ZE0-123456")]),
        lambda: ledger.enrol("yard", key.vkey, ["dismantler"], "Yard & Co."),
        lambda: ledger.append([told("removed", 2, 1), told("collected", 3, 1)], recorder=key),
        lambda: ledger.append(
            [told("split", 4, 1, parts=(Part(id=battery(101)), Part(id=battery(102))))], recorder=key
        ),
        lambda: ledger.append([told("measured", day, 2, note="remark") for day in range(20)]),
        lambda: ledger.revoke("yard", "left"),
        lambda: ledger.append(to_market(3)),
    ]
    found = []
    for step in steps:
        step()
        found.append(rows_of(ledger))
    return found


def sqlite_ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.db", origin=ORIGIN, keys=tmp_path / "keys")


def test_a_restored_ledger_has_every_row_in_the_other_kind_of_database_too(ledger, tmp_path, empty):
    live(ledger)
    done = backup(ledger, tmp_path / "copy.backup")
    found = restore(done.path, empty, keys=tmp_path / "keys")
    with Ledger.open(empty, keys=tmp_path / "keys") as again:
        assert rows_of(again) == rows_of(ledger)
        assert fsck(again.store, VerifyingKey.parse(again.vkey)).is_sound
        assert (found.size, found.root, found.events) == (ledger.size, ledger.root, ledger.count())
        assert (done.size, done.root, done.events) == (ledger.size, ledger.root, ledger.count())
        (receipt,) = again.append([told("stored", 9, 3)])
        assert receipt.index == ledger.size


def test_a_ledger_is_restored_as_it_was_after_any_of_its_recordings(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        states = live(ledger)
        done = backup(ledger, tmp_path / "copy.backup")
    for number, state in enumerate(states):
        ((*_, size, _, _),) = state["log"]
        db = tmp_path / f"restored{number}.db"
        found = restore(done.path, db, keys=tmp_path / "keys", until=size - 1)
        assert (found.size, found.newest) == (size, done.size)
        with Ledger.open(db, keys=tmp_path / "keys") as again:
            assert rows_of(again) == state
            assert fsck(again.store, VerifyingKey.parse(again.vkey)).is_sound


def test_a_line_inside_a_recording_brings_the_whole_recording(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        first, *_, last = ledger.append([told("measured", day) for day in range(20)])
        ledger.append(to_market(2))
        backup(ledger, tmp_path / "copy.backup")
    for number, line in enumerate((first.index, last.index, last.index + 1)):
        found = restore(
            tmp_path / "copy.backup", tmp_path / f"{number}.db", keys=tmp_path / "keys", until=line
        )
        assert found.size == last.index + 2


def test_a_time_brings_what_was_taken_in_by_then(tmp_path, monkeypatch):
    clock = datetime(2026, 5, 1, tzinfo=UTC)
    with sqlite_ledger(tmp_path) as ledger:
        for hour in range(1, 5):
            now = clock + timedelta(hours=hour, days=3650)
            monkeypatch.setattr("time.time_ns", lambda now=now: int(now.timestamp()) * 10**9)
            ledger.append([told("measured", hour)])
        monkeypatch.undo()
        monkeypatch.setattr("meguri.ledger.restore.LINES", room.LINES)
        backup(ledger, tmp_path / "copy.backup")
        recorded = [held.recorded for held in ledger.read()][1:]
    assert recorded == [clock + timedelta(hours=hour, days=3650) for hour in range(1, 5)]
    for number, (moment, events) in enumerate(
        ((recorded[1], 3), (recorded[2] - timedelta(milliseconds=1), 3), (recorded[3] + timedelta(days=9), 5))
    ):
        found = restore(
            tmp_path / "copy.backup", tmp_path / f"{number}.db", keys=tmp_path / "keys", until=moment
        )
        assert found.events == events
        assert found.last is not None
        assert found.last <= moment


@pytest.mark.parametrize(
    ("until", "kind"),
    [
        (-1, NotFound),
        (10**9, NotFound),
        (datetime(1999, 1, 1, tzinfo=UTC), NotFound),
        (datetime(2026, 4, 1), OptionError),  # noqa: DTZ001
    ],
)
def test_a_point_that_the_log_never_had_is_refused(tmp_path, until, kind):
    with sqlite_ledger(tmp_path) as ledger:
        backup(ledger, tmp_path / "copy.backup")
    with pytest.raises(kind):
        restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "keys", until=until)
    assert not (tmp_path / "again.db").exists()


def test_what_was_erased_later_does_not_come_back_with_an_earlier_state(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        kept, gone = ledger.append([told("measured", day, note="private") for day in (0, 1)])
        point = ledger.size - 1
        ledger.erase(gone.event, ["interest"], "asked for")
        backup(ledger, tmp_path / "copy.backup")
    found = restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "keys", until=point)
    assert found.erased_later == (gone.event,)
    with Ledger.open(tmp_path / "again.db", keys=tmp_path / "keys") as again:
        assert again.event(kept.event).event.note == "private"
        assert again.event(gone.event).event.note is None
        sound = fsck(again.store, VerifyingKey.parse(again.vkey))
        assert {fault.event for fault in sound.faults} == {gone.event}


def test_what_is_recorded_while_a_backup_is_made_is_in_the_next_one(ledger, tmp_path, monkeypatch):
    live(ledger)
    before, add = rows_of(ledger), room._add
    erasable = ledger.read(limit=1)[0]

    def meanwhile(*given):
        monkeypatch.setattr(room, "_add", add)
        ledger.append(to_market(9))
        ledger.append([told("removed", 20, 9)], elsewhere=True)
        ledger.erase(erasable.id, ["interest"], "asked for")
        return add(*given)

    monkeypatch.setattr(room, "_add", meanwhile)
    done = backup(ledger, tmp_path / "copy.backup")
    restore(done.path, tmp_path / "again.db", keys=tmp_path / "keys")
    with Ledger.open(tmp_path / "again.db", keys=tmp_path / "keys") as again:
        assert rows_of(again) == before


def forged(source: Path, target: Path, name: str, change) -> None:
    """A backup with rows of one part changed by someone who also mends the digests."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read(MANIFEST))
        for part in manifest["parts"]:
            held = old.read(part["name"])
            if part["name"] == name:
                out = io.BytesIO()
                change(pl.read_parquet(io.BytesIO(held))).write_parquet(out)
                held = out.getvalue()
                part["sha256"] = sha256(held).hexdigest()
            new.writestr(part["name"], held)
        new.writestr(MANIFEST, json.dumps(manifest))


FORGERIES = {
    "content": (
        "event/000000.parquet",
        pl.col("body").bin.encode("hex").str.replace("65", "66").str.decode("hex"),
    ),
    "stage": ("event/000000.parquet", pl.lit("disposed").alias("stage")),
    "line": ("event/000000.parquet", (pl.col("line") + pl.lit(b" ")).alias("line")),
    "link": ("link/000000.parquet", pl.lit("parts").alias("type")),
    "key": ("recorder/000000.parquet", pl.lit("registry").alias("roles")),
    "alias": ("alias/000000.parquet", pl.lit(battery(77)).alias("battery_id")),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_backup_that_somebody_changed_with_care_is_refused_and_leaves_nothing(tmp_path, kind):
    name, change = FORGERIES[kind]
    with sqlite_ledger(tmp_path) as ledger:
        live(ledger)
        backup(ledger, tmp_path / "copy.backup")
    forged(
        tmp_path / "copy.backup", tmp_path / "forged.backup", name, lambda frame: frame.with_columns(change)
    )
    with pytest.raises(NotVerified):
        restore(tmp_path / "forged.backup", tmp_path / "again.db", keys=tmp_path / "keys")
    assert [path.name for path in tmp_path.iterdir() if "again" in path.name] == []


def test_a_refused_backup_leaves_a_postgresql_database_empty(tmp_path, postgres_url):
    with sqlite_ledger(tmp_path) as ledger:
        live(ledger)
        backup(ledger, tmp_path / "copy.backup")
    name, change = FORGERIES["stage"]
    forged(
        tmp_path / "copy.backup", tmp_path / "forged.backup", name, lambda frame: frame.with_columns(change)
    )
    with pytest.raises(NotVerified):
        restore(tmp_path / "forged.backup", postgres_url, keys=tmp_path / "keys")
    assert restore(tmp_path / "copy.backup", postgres_url, keys=tmp_path / "keys").has_key


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    folder = tmp_path_factory.mktemp("backup")
    with sqlite_ledger(folder) as ledger:
        ledger.append(to_market())
        backup(ledger, folder / "copy.backup")
        return folder, rows_of(ledger)


@settings(max_examples=120, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_no_spoilt_byte_gets_into_a_ledger(finished, place, bit, cut):
    folder, rows = finished
    held = bytearray((folder / "copy.backup").read_bytes())
    at = int(place * len(held))
    held[at] ^= 1 << bit
    spoilt, db = folder / "spoilt.backup", folder / "again.db"
    spoilt.write_bytes(held[:at] if cut else held)
    db.unlink(missing_ok=True)
    try:
        restore(spoilt, db, keys=folder / "keys")
    except MeguriError:
        assert not db.exists()
    else:
        with Ledger.open(db, keys=folder / "keys") as again:
            assert rows_of(again) == rows


def test_a_backup_of_other_tables_is_left_to_the_meguri_that_made_it(finished):
    folder, _ = finished
    for name, value in (("tables", "9999"), ("format", "meguri-backup/9")):
        with (
            zipfile.ZipFile(folder / "copy.backup") as old,
            zipfile.ZipFile(folder / "other.backup", "w") as new,
        ):
            manifest = json.loads(old.read(MANIFEST))
            new.writestr(MANIFEST, json.dumps(manifest | {name: value}))
        with pytest.raises(InputError, match="other tables"):
            restore(folder / "other.backup", folder / "again.db", keys=folder / "keys")


def test_a_part_that_is_missing_packed_or_not_the_one_that_was_written_is_found(finished):
    folder, _ = finished
    with zipfile.ZipFile(folder / "copy.backup") as old:
        held = {name: old.read(name) for name in old.namelist()}
    for change, way in (({}, 8), ({"seal/000000.parquet": b""}, 0), ({"seal/000000.parquet": None}, 0)):
        with zipfile.ZipFile(folder / "other.backup", "w", way) as new:
            for name, data in (held | change).items():
                if data is not None:
                    new.writestr(name, data)
        with pytest.raises((InputError, NotVerified)):
            restore(folder / "other.backup", folder / "again.db", keys=folder / "keys")
        assert not (folder / "again.db").exists()


def test_whoever_was_told_more_than_the_restored_ledger_has_is_told_anew_from_there(tmp_path):
    row = {"secret": "s", "access": "public", "words": "", "batteries": "", "private": 0, "created_us": 0}
    row |= {"due_us": 0, "failures": 0, "fault": None, "given_up_us": None}
    with sqlite_ledger(tmp_path) as ledger:
        point = ledger.size - 1
        ledger.append(to_market())
        with ledger.store.writing() as connection:
            for name, position in (("early", 0), ("late", 3)):
                values = row | {"id": name, "url": "https://x.example", "position": position}
                connection.execute(webhook.insert().values(**values))
        backup(ledger, tmp_path / "copy.backup")
    restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "keys", until=point)
    with Ledger.open(tmp_path / "again.db", keys=tmp_path / "keys") as again:
        told_up_to = {one[0]: one[webhook.c.keys().index("position")] for one in rows_of(again)["webhook"]}
    assert told_up_to == {"early": 0, "late": point}


def test_a_disk_that_fails_while_restoring_leaves_nothing(finished, monkeypatch):
    folder, _ = finished

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("meguri.ledger.fresh.os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space"):
        restore(folder / "copy.backup", folder / "full.db", keys=folder / "keys")
    assert [path.name for path in folder.iterdir() if "full" in path.name] == []


def test_a_ledger_is_never_restored_over_another(ledger, place, tmp_path):
    ledger.append(to_market())
    backup(ledger, tmp_path / "copy.backup")
    before = rows_of(ledger)
    with pytest.raises(InputError):
        restore(tmp_path / "copy.backup", place, keys=tmp_path / "keys")
    assert rows_of(ledger) == before


def test_a_backup_is_never_written_over_another(tmp_path):
    (tmp_path / "copy.backup").write_text("older")
    with sqlite_ledger(tmp_path) as ledger, pytest.raises(StoreUnavailable):
        backup(ledger, tmp_path / "copy.backup")
    assert (tmp_path / "copy.backup").read_text() == "older"


def test_a_backup_is_for_its_owner_only_and_holds_no_private_key(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        done = backup(ledger, tmp_path / "copy.backup")
        assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
        held = done.path.read_bytes()
        assert sha256(held).hexdigest() == done.sha256
        assert len(held) == done.bytes
        for key in (tmp_path / "keys").iterdir():
            assert key.read_bytes().strip().split(b"+")[-1] not in held


def test_without_the_key_all_is_restored_but_nothing_is_cut(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        point = ledger.size - 1
        ledger.append(to_market())
        backup(ledger, tmp_path / "copy.backup")
        rows = rows_of(ledger)
    with pytest.raises(NotVerified):
        restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "none", until=point)
    assert not restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "none").has_key
    with Ledger.open(tmp_path / "again.db", keys=tmp_path / "keys") as again:
        assert rows_of(again) == rows


def test_the_key_of_another_log_is_refused(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        backup(ledger, tmp_path / "copy.backup")
    with Ledger.open(tmp_path / "other.db", origin="other.example/log", keys=tmp_path / "others"):
        pass
    with pytest.raises(NotVerified):
        restore(tmp_path / "copy.backup", tmp_path / "again.db", keys=tmp_path / "others")
    assert not (tmp_path / "again.db").exists()


def test_a_ledger_whose_lines_were_changed_is_not_backed_up_as_if_it_were_sound(tmp_path):
    with sqlite_ledger(tmp_path) as ledger:
        ledger.append(to_market())
        with ledger.store.writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER event_holds")
            connection.exec_driver_sql("UPDATE event SET line = line || ' ' WHERE idx = 2")
        with pytest.raises(NotVerified):
            backup(ledger, tmp_path / "copy.backup")
    assert not (tmp_path / "copy.backup").exists()


@pytest.mark.parametrize("held", [b"", b"PK", b"no backup", b"PK\5\6" + bytes(18)])
def test_what_is_no_backup_is_refused(tmp_path, held):
    (tmp_path / "x").write_bytes(held)
    with pytest.raises(InputError):
        restore(tmp_path / "x", tmp_path / "again.db")
    with pytest.raises(NotFound):
        restore(tmp_path / "y", tmp_path / "again.db")
