"""Whatever byte of whatever table is changed behind the ledger's back, the check finds it and names the event."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from meguri.battery import Part
from meguri.ledger import Ledger, SigningKey, new_id
from meguri.ledger.fsck import fsck
from tests.ledger.events import battery, to_market, told

EVENT_COLUMNS = (
    "battery_id", "version", "type", "time_us", "recorded_us", "stage", "latest_us", "flags", "event_id", "line", "salts", "body",
)  # fmt: skip


def filled(folder: Path) -> Ledger:
    """A ledger with every kind of row: 300 batteries, parts, names, keys, an erasure, full tiles."""
    ledger = Ledger.open(folder / "ledger.db", origin="registry.example/meguri", keys=folder / "keys")
    ledger.append([event for number in range(2, 152) for event in to_market(number)])
    ledger.append(
        [*to_market(1), told("installed", 2, vehicle="ZE0-123456"), told("registered", 3, note="x")]
    )
    ledger.append([told("removed", 4), told("collected", 5)])
    parts = tuple(Part(id=f"https://id.gs1.org/01/09520000000059/21/M{k}", mass_kg=25) for k in range(3))
    split = told("split", 6, parts=parts)
    ledger.append([split])
    key = SigningKey.generate("yard")
    ledger.enrol("yard", key.vkey, ("dismantler",))
    ledger.append([told("measured", 7, 5, soh_percent=84.5)], recorder=key)
    ledger.revoke("yard", "closed")
    ledger.append([told("measured", 0.5, 7)])
    erased = told("measured", 7, 6, note="private")
    ledger.append([erased])
    ledger.erase(erased.id, ["interest"], "privacy")
    return ledger


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with filled(folder) as ledger:
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        with ledger.store.writer.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def touched(original, tmp_path):
    """Opens a copy of the ledger without its guards and gives a function that changes it behind its back."""
    (tmp_path / "ledger.db").write_bytes((original / "ledger.db").read_bytes())
    with Ledger.open(tmp_path / "ledger.db", keys=original / "keys") as ledger:

        def change(statement: str, **values: object) -> tuple:
            with ledger.store.writer.begin() as connection:
                for name in (
                    connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
                    .scalars()
                    .all()
                ):
                    connection.execute(text(f"DROP TRIGGER {name}"))
                connection.execute(text(statement), values)
            return fsck(ledger.store, ledger.key.verifying).faults

        change.ledger = ledger
        yield change


def flipped(held: object, draw: Random) -> object:
    """The same value with one bit, digit or letter changed."""
    if isinstance(held, bytes):
        place = draw.randrange(len(held))
        return held[:place] + bytes([held[place] ^ 1 << draw.randrange(8)]) + held[place + 1 :]
    if isinstance(held, int):
        return held ^ 1 << draw.randrange(5)
    assert isinstance(held, str)
    place = draw.randrange(len(held))
    return held[:place] + chr(ord(held[place]) ^ 1) + held[place + 1 :]


@pytest.mark.parametrize("column", EVENT_COLUMNS)
def test_a_changed_value_of_an_event_is_found_and_the_event_named(touched, column):
    draw = Random(column)
    with touched.ledger.store.reading() as connection:
        index, name, held = connection.execute(
            text(f"SELECT idx, event_id, {column} FROM event WHERE battery_id = :b AND version = 2"),
            {"b": battery(draw.randrange(10, 100))},
        ).one()
    faults = touched(f"UPDATE event SET {column} = :new WHERE idx = :idx", new=flipped(held, draw), idx=index)
    assert faults
    if column != "event_id":
        assert name.hex() in {(fault.event or "").replace("-", "") for fault in faults}
    assert index in {fault.index for fault in faults}


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        *(("seal", column, "idx = (SELECT max(idx) - 8 FROM seal) OR idx = (SELECT max(idx) FROM seal)") for column in ("line",)),
        *(("link", column, "version = 1") for column in ("battery_id", "version", "idx", "type", "field", "time_us", "stage", "latest_us", "flags")),
        *(("alias", column, "1") for column in ("alias", "battery_id", "idx", "until_idx")),
        *(("tile", column, "level = 0 AND n = 0") for column in ("n", "hashes")),
        ("tile", "hashes", "level = 1"),
        *(("recorder", column, "name = 'yard'") for column in ("name", "from_idx", "vkey", "roles", "until_idx")),
        *(("log", column, "1") for column in ("origin", "vkey", "size", "recorded_us", "checkpoint")),
    ],
)  # fmt: skip
def test_a_changed_value_of_any_other_table_is_found(touched, table, column, where):
    draw = Random(table + column)
    with touched.ledger.store.reading() as connection:
        row, held = connection.execute(
            text(f"SELECT rowid, {column} FROM {table} WHERE {where} LIMIT 1")
        ).one()
    assert touched(f"UPDATE {table} SET {column} = :new WHERE rowid = :row", new=flipped(held, draw), row=row)


@pytest.mark.parametrize("statement", [
    "DELETE FROM event WHERE idx = 40",
    "DELETE FROM seal WHERE idx = (SELECT max(idx) FROM seal)",
    "DELETE FROM tile WHERE level = 0 AND n = 0",
    "DELETE FROM recorder WHERE name = 'yard'",
    "DELETE FROM log",
    "UPDATE event SET body = NULL, salts = NULL WHERE idx = 40",
    "INSERT INTO tile VALUES (3, 9, x'00')",
])  # fmt: skip
def test_what_was_taken_away_or_added_is_found(touched, statement):
    assert touched(statement)


def test_an_event_put_in_by_hand_is_found(touched):
    assert touched(
        "INSERT INTO event SELECT (SELECT size FROM log), battery_id, 99, type, time_us, recorded_us, stage, latest_us,"
        " flags, :id, line, salts, body FROM event WHERE idx = 40",
        id=bytes.fromhex(new_id().replace("-", "")),
    )
