"""All events in one Parquet file and back, for readers who may see all, some, or what everyone may see."""

import io
import stat
from pathlib import Path

import msgspec
import polars as pl
import pytest

from meguri.battery import CLASSES, FIELDS, READABLE
from meguri.errors import InputError
from meguri.ledger import Ledger, StoreUnavailable
from meguri.ledger.exchange import export_parquet, iter_file, parquet, read_file, read_parquet
from meguri.ledger.recorders import HOUSE_WORDS
from meguri.ledger.seal import SALT_BYTES, commitment, parts_of
from tests.ledger.events import told


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "LINES", 16)


def record(ledger: Ledger) -> None:
    for number in range(1, 4):
        ledger.append(
            [told("measured", day, number, soh_percent=90.5 - day, note="remark") for day in range(9)]
        )
    ledger.append([told("transferred", 20, 1, to="A. Buyer", price_jpy=1)])
    ledger.append([told("stored", -5, 2)])


def written(ledger: Ledger, folder: Path, **options: object) -> pl.DataFrame:
    assert export_parquet(ledger, folder / "events.parquet", **options) == ledger.count()
    return pl.read_parquet(folder / "events.parquet")


def test_every_event_is_a_row_and_comes_back_as_it_was(ledger, tmp_path):
    record(ledger)
    frame = written(ledger, tmp_path)
    held = ledger.read()
    for name in ("index", "id", "recorded", "recorder", "battery", "version", "type", "time", "stage"):
        assert frame[name].to_list() == [getattr(one, name) for one in held], name
    assert [tuple(flags) for flags in frame["flags"]] == [one.flags for one in held]
    assert ("late",) in [one.flags for one in held]
    assert frame["entry"].to_list() == [ledger.receipt(one.id).entry for one in held]
    events = [one.event for one in held if one.type not in HOUSE_WORDS]
    assert [event for some in read_parquet(tmp_path / "events.parquet", batch=4) for event in some] == events
    assert read_file((tmp_path / "events.parquet").read_bytes()) == events
    assert [event for some in iter_file(tmp_path / "events.parquet") for event in some] == events


def test_what_is_read_is_recorded_in_another_ledger(ledger, tmp_path):
    record(ledger)
    written(ledger, tmp_path)
    with Ledger.open(tmp_path / "other.db") as other:
        for events in read_parquet(tmp_path / "events.parquet"):
            other.append(events, elsewhere=True)
        assert [held.event for held in other.read()][1:] == [held.event for held in ledger.read()][1:]


@pytest.mark.parametrize("reader", CLASSES)
def test_a_reader_gets_the_fields_that_it_may_see_and_no_salt_of_others(ledger, tmp_path, reader):
    record(ledger)
    frame = written(ledger, tmp_path, reader=reader, with_salts=True)
    for row, held in zip(frame.iter_rows(named=True), ledger.read(), strict=True):
        plain = msgspec.json.decode(msgspec.json.encode(held.event))
        seen = {name: value for name, value in plain.items() if FIELDS[name].access in READABLE[reader]}
        assert msgspec.json.decode(row["event"]) == seen
        commits = msgspec.json.decode(row["entry"])["commit"]
        for k, (name, part) in enumerate(zip(CLASSES, parts_of(held.event), strict=True)):
            salt = row["salts"][k * SALT_BYTES : (k + 1) * SALT_BYTES]
            assert (commitment(salt, part) == commits[name]) == (name in READABLE[reader])
            assert any(salt) == (name in READABLE[reader])


def test_what_was_erased_is_not_in_the_file(ledger, tmp_path):
    record(ledger)
    one, two = ledger.read()[1:3]
    ledger.erase(one.id, ["interest"], "asked for")
    ledger.erase(two.id, list(CLASSES), "asked for")
    rows = {row["id"]: row for row in written(ledger, tmp_path, with_salts=True).iter_rows(named=True)}
    assert rows[one.id]["erased"] == ["interest"]
    assert "remark" not in rows[one.id]["event"]
    assert (rows[two.id]["event"], rows[two.id]["salts"]) == (None, None)
    assert sorted(rows[two.id]["erased"]) == sorted(CLASSES)
    read = [event.id for some in read_parquet(tmp_path / "events.parquet") for event in some]
    assert read == [held.id for held in ledger.read() if not held.erased and held.type not in HOUSE_WORDS]


def test_an_export_is_for_its_owner_only_and_leaves_nothing_else_behind(ledger, tmp_path):
    folder = tmp_path / "out"
    told_of: list[tuple[int, int]] = []
    export_parquet(ledger, folder / "events.parquet", lambda done, size: told_of.append((done, size)))
    assert [path.name for path in folder.iterdir()] == ["events.parquet"]
    assert stat.S_IMODE((folder / "events.parquet").stat().st_mode) == 0o600
    assert told_of[-1] == (ledger.size, ledger.size)


def test_a_place_that_cannot_be_written_is_told(ledger, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        export_parquet(ledger, tmp_path / "file" / "events.parquet")


def as_file(**columns: object) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


def test_a_row_that_is_no_event_is_named():
    good = msgspec.json.encode(told("stored")).decode()
    data = as_file(event=[good, None, good, '{"type":"stored"}', good, "nonsense"][:5] + [good] * 20)
    with pytest.raises(InputError) as caught:
        list(read_parquet(data, "x.parquet", batch=10))
    assert [(held.row, held.file) for held in caught.value.problems] == [(4, "x.parquet")]


@pytest.mark.parametrize("held", ["{},{}", "", "1", "nonsense", "[]", "{}]", '{"type":"stored"},'])
def test_a_cell_that_is_not_one_event_is_refused(held):
    good = msgspec.json.encode(told("stored")).decode()
    for column in ([held], [good, held], [held, good]):
        with pytest.raises(InputError):
            list(read_parquet(as_file(event=column)))


def test_two_events_in_one_cell_are_refused():
    good = msgspec.json.encode(told("stored")).decode()
    with pytest.raises(InputError, match="not one event"):
        list(read_parquet(as_file(event=[f"{good},{good}"])))


@pytest.mark.parametrize(
    "data",
    [
        b"PAR1",
        b"PAR1" + bytes(200) + b"PAR1",
        as_file(event=[1, 2]),
        as_file(other=["x"]),
        as_file(event=["x"])[:-9],
    ],
)
def test_what_is_no_file_of_events_is_refused(data):
    with pytest.raises(InputError):
        list(read_parquet(data, "x.parquet"))


def test_far_more_than_it_seems_is_refused(monkeypatch):
    monkeypatch.setattr(parquet, "MOST_BYTES", 10_000)
    with pytest.raises(InputError, match="more than"):
        list(read_parquet(as_file(event=["x" * 1000] * 1000)))
    monkeypatch.setattr(parquet, "MOST_ROWS", 10)
    with pytest.raises(InputError, match="more than"):
        list(read_parquet(as_file(event=["x"] * 1000)))
