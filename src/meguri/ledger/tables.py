"""The tables of a ledger, the same in SQLite and PostgreSQL.

`event` and `seal` hold the log, line by line: they are only ever added to, but for the `salts` and the `body` of an event, which
can be erased. `link` says which other things an event names. All else can be made again from these three, but for `api_key`,
`webhook`, `witness`, `witnessed` and `source`, which are no part of the log.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

_Index = BigInteger().with_variant(Integer, "sqlite")

log = Table(
    "log",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("vkey", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("checkpoint", Text, nullable=False),
)
"""One row: the log's name and key, how long it is, and its newest signed checkpoint."""

event = Table(
    "event",
    metadata,
    Column("idx", _Index, primary_key=True, autoincrement=False),
    Column("battery_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("latest_us", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("event_id", LargeBinary(16), unique=True, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("salts", LargeBinary),
    Column("body", LargeBinary),
    UniqueConstraint("battery_id", "version", name="event_of_battery"),
)
"""An event: its `line` in the log, what the line commits to, and its place in its battery's life. `stage` after it and
`latest_us`, the newest event time so far, are as known when it was recorded; `flags` as in `flags`. Times are
microseconds since 1970 UTC."""

seal = Table(
    "seal",
    metadata,
    Column("idx", _Index, primary_key=True, autoincrement=False),
    Column("line", LargeBinary, nullable=False),
)
"""The lines of the log that close recordings."""

Index(
    "event_with_flags",
    event.c.idx,
    sqlite_where=event.c.flags != 0,
    postgresql_where=event.c.flags != 0,
)

link = Table(
    "link",
    metadata,
    Column("battery_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("latest_us", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),
)
"""A thing that another's event names in a field, such as a module in its pack's `split`."""

alias = Table(
    "alias",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("battery_id", Text, nullable=False, index=True),
    Column("until_idx", BigInteger),
)
"""Other names, from the event that gave them until the event that took them away."""

tile = Table(
    "tile",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""Tiles of the tree (C2SP tlog-tiles). At level 0 full ones only; above it also the one at the right edge."""

recorder = Table(
    "recorder",
    metadata,
    Column("name", Text, primary_key=True),
    Column("from_idx", BigInteger, primary_key=True, autoincrement=False),
    Column("vkey", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("operator", Text),
    Column("until_idx", BigInteger),
)
"""Keys of recorders, each from the event that enrolled it until the one that replaced or revoked it."""

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("recorder", Text),
    Column("per_minute", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),
)
"""Keys of machines that speak to the HTTP API: SHA-256 of the secret, what its bearer may read, and as whom it records."""

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("batteries", Text, nullable=False),
    Column("private", SmallInteger, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("fault", Text),
    Column("given_up_us", BigInteger),
)
"""Addresses that are told of events: which ones (`words` and `batteries`, one a line; none means all), how much of them
(`access`), up to which line of the log they were told, when they are told next, and what failed since."""

witness = Table(
    "witness",
    metadata,
    Column("url", Text, primary_key=True),
    Column("vkey", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("line", Text),
    Column("signed_us", BigInteger),
    Column("asked_us", BigInteger),
    Column("fault", Text),
)
"""Witnesses that are asked to sign the log's checkpoints: the size and signature line of the newest that each has signed."""

witnessed = Table(
    "witnessed",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
)
"""The newest checkpoint of each other log that this ledger's servers have signed as its witness."""

source = Table(
    "source",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("target", Text, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("whole_us", BigInteger),
)
"""One row in a copy, none in a ledger: where it is copied from, which parts of events are given there, the `lines` here so far, the
newest checkpoint of the source (`target`, seen at `seen_us`), and when the copy was last known to be whole."""
