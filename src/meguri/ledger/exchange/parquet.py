"""Events in bulk as Parquet, one row each, written and read a part at a time.

Columns: `index` (line of the log), `id`, `recorded` and `time` (UTC), `recorder`, `battery`, `version`, `type`, `stage` after it,
`flags`, `erased` (access classes), `event` (its content as JSON, with the offset of its time) and `entry` (its line).
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import select

from meguri.battery import CLASSES, READABLE, AccessClass, Event, decode_events
from meguri.errors import InputError, Said
from meguri.ledger import flags
from meguri.ledger.checkpoint import open_checkpoint
from meguri.ledger.errors import StoreUnavailable
from meguri.ledger.files import sync_folder
from meguri.ledger.readable import ReadableLedger
from meguri.ledger.recorders import HOUSE_WORDS
from meguri.ledger.seal import SALT_BYTES
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.stored_tiles import read_note
from meguri.ledger.tables import event as table
from meguri.ledger.values import id_text

__all__ = ["export_parquet", "read_parquet"]

LINES: Final = 50_000
"""Lines of the log in a part, and rows in a row group."""

BATCH: Final = 10_000
MOST_ROWS: Final = 100_000_000
MOST_BYTES: Final = 256 << 20
"""Of the events that are read at once."""

_UTC = pl.Datetime("us", "UTC")
_LIST = pl.List(pl.String)
_SCHEMA: Final[dict[str, Any]] = {
    "index": pl.Int64,
    "id": pl.String,
    "recorded": _UTC,
    "recorder": pl.String,
    "battery": pl.String,
    "version": pl.Int32,
    "type": pl.String,
    "time": _UTC,
    "stage": pl.String,
    "flags": _LIST,
    "erased": _LIST,
    "event": pl.String,
    "entry": pl.String,
}
_COLUMNS = (
    "idx",
    "event_id",
    "recorded_us",
    "line",
    "battery_id",
    "version",
    "type",
    "time_us",
    "stage",
    "flags",
)
_parts = msgspec.json.Decoder(dict[AccessClass, msgspec.Raw])
_words = cache(lambda odd: " ".join(flags.words(odd)))


def export_parquet(
    ledger: ReadableLedger,
    path: str | Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    reader: AccessClass = "authority",
    with_salts: bool = False,
) -> int:
    """Write all events, in the order of the log, to a new file that only its owner can read; how many there are.

    `event` holds what `reader` may see. With `salts` (16 bytes for each of `CLASSES`, zeros for what is not shown), each part
    can be checked against the commitments in `entry`. Raises StoreUnavailable where the file cannot be written.
    """
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
            count = _write_parts(
                ledger, Path(folder), progress or (lambda done, size: None), reader, with_salts
            )
            whole = Path(folder, "whole")
            os.close(os.open(whole, os.O_CREAT | os.O_WRONLY, 0o600))
            pl.scan_parquet(Path(folder, "*.parquet")).sink_parquet(
                whole, compression="zstd", row_group_size=LINES, maintain_order=True
            )
            whole.replace(file)
            sync_folder(file.parent)
    except OSError as fault:
        raise StoreUnavailable(
            Said("The file cannot be written: {reason}", reason=Said.of(fault.strerror or str(fault))),
            where=str(file),
            mend=Said("Name a file in a folder that you may write to, with room for all events."),
        ) from fault
    return count


def _write_parts(
    ledger: ReadableLedger,
    folder: Path,
    progress: Callable[[int, int], None],
    reader: AccessClass,
    with_salts: bool,
) -> int:
    shown = tuple(name for name in CLASSES if name in READABLE[reader])
    names = (*_COLUMNS, "body", "salts") if with_salts else (*_COLUMNS, "body")
    asked = select(*(table.c[name] for name in names)).order_by(table.c.idx)
    count = 0
    with ledger.store.reading() as connection:
        size = open_checkpoint(read_note(connection), VerifyingKey.parse(ledger.vkey)).size
        for start in range(0, max(size, 1), LINES):
            end = min(start + LINES, size)
            rows = connection.execute(asked.where(table.c.idx >= start, table.c.idx < end)).all()
            frame = _frame(rows, shown, with_salts=with_salts)
            frame.write_parquet(
                folder / f"{start // LINES:08}.parquet", compression="zstd", compression_level=1
            )
            count += len(rows)
            progress(end, size)
    return count


def _frame(
    rows: Sequence[Sequence[Any]], shown: tuple[AccessClass, ...], *, with_salts: bool
) -> pl.DataFrame:
    told = [_row(row, shown) for row in rows]
    schema = {**_SCHEMA, "salts": pl.Binary} if with_salts else _SCHEMA
    if with_salts:
        told = [(*row, _shown_salts(held[-1], shown)) for row, held in zip(told, rows, strict=True)]
    columns = list(zip(*told, strict=True)) if told else [()] * len(schema)
    return pl.DataFrame(
        [_series(name, kind, list(held)) for (name, kind), held in zip(schema.items(), columns, strict=True)]
    )


def _series(name: str, kind: Any, held: list[Any]) -> pl.Series:
    if kind == _UTC:
        return pl.Series(name, held, dtype=pl.Int64).cast(_UTC)
    if kind == _LIST:
        return pl.Series(name, held, dtype=pl.String).str.extract_all(r"\S+")
    return pl.Series(name, held, dtype=kind)


def _row(row: Sequence[Any], shown: tuple[AccessClass, ...]) -> tuple[Any, ...]:
    index, key, recorded_us, line, battery, version, word, time_us, stage, odd, body = row[:11]
    held = _parts.decode(body) if body else {}
    recorder = line[line.rindex(b'"recorder":"') + 12 : -2].decode()
    erased = "" if len(held) == len(CLASSES) else " ".join(name for name in CLASSES if name not in held)
    content = None
    if "public" in held:
        inside = [bytes(held[name])[1:-1] for name in shown if name in held]
        content = (b"{" + b",".join(part for part in inside if part) + b"}").decode()
    return (
        index,
        id_text(key),
        recorded_us,
        recorder,
        battery,
        version,
        word,
        time_us,
        stage,
        _words(odd),
        erased,
        content,
        line.decode(),
    )


def _shown_salts(salts: bytes | None, shown: tuple[AccessClass, ...]) -> bytes | None:
    if salts is None:
        return None
    return b"".join(
        salts[k * SALT_BYTES : (k + 1) * SALT_BYTES] if name in shown else bytes(SALT_BYTES)
        for k, name in enumerate(CLASSES)
    )


def read_parquet(source: str | Path | bytes, name: str = "", *, batch: int = BATCH) -> Iterator[list[Event]]:
    """The events in the column `event` of a file, some at a time; left out are rows that are erased,
    if only in part, and what only the house of another ledger says: changes of its keys, its erasures.

    Raises InputError for what is no such file, with a `Problem` for each event that is none; `row` counts rows from 1.
    """
    name = name or ("" if isinstance(source, bytes) else Path(source).name)
    try:
        held = pl.scan_parquet(io.BytesIO(source) if isinstance(source, bytes) else source)
        told = held.collect_schema()
        if told.get("event") != pl.String:
            raise InputError(
                Said("The Parquet file has no column “event” with events as JSON."),
                where=name,
                mend=Said("Write one event a row, as meguri ledger export --parquet does."),
            )
        events = held.select("event", *(("erased",) if told.get("erased") == _LIST else ()))
        count = int(events.select(pl.len()).collect().item())
        if count > MOST_ROWS:
            raise _too_large(name)
        for start in range(0, count, LINES):
            rows = events.slice(start, LINES).collect(engine="streaming").with_row_index("row", start + 1)
            if "erased" in rows.columns:
                rows = rows.filter(pl.col("erased").list.len().fill_null(0) == 0)
            rows = rows.drop_nulls("event")
            for some in rows.iter_slices(batch):
                yield [event for event in _events(some, name) if event.type not in HOUSE_WORDS]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as fault:
        raise InputError(
            Said("This is not a sound Parquet file."), where=name, mend=Said("Export it anew.")
        ) from fault


def _events(rows: pl.DataFrame, name: str) -> list[Event]:
    if int(rows["event"].str.len_bytes().sum() or 0) > MOST_BYTES:
        raise _too_large(name)
    places = rows["row"].to_list()
    data = b"[" + ",".join(rows["event"]).encode() + b"]"
    try:
        events = decode_events(data, file=name)
    except InputError as fault:
        problems = tuple(
            replace(held, row=places[min(held.row or 1, len(places)) - 1]) for held in fault.problems
        )
        raise InputError(fault.what, problems, where=fault.where, mend=fault.mend) from fault
    if len(events) != len(places):
        raise InputError(
            Said("A row of the column “event” is not one event."),
            where=name,
            mend=Said("Write one event a row, as meguri ledger export --parquet does."),
        )
    return events


def _too_large(name: str) -> InputError:
    return InputError(
        Said("The Parquet file holds more than can be read."),
        where=name,
        mend=Said("Send it in several parts, in row groups of 50,000 events."),
    )
