"""Which ledger a command is about: `--db` and `--keys`. Reading never makes a ledger where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meguri.cli.language import language, translator
from meguri.errors import NotFound

if TYPE_CHECKING:
    from meguri.ledger import Ledger
    from meguri.ledger.readable import ReadableLedger

_ = translator(language())

Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help=_("The ledger: a file, sqlite:///FILE or postgresql://…")),
]
Keys = Annotated[Path | None, typer.Option("--keys", metavar="DIR", help=_("Folder of the ledger's keys."))]
KeyName = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="NAME",
        help=_("Sign with this recorder's key of the folder of keys (the ledger's own if left out)."),
    ),
]


@contextmanager
def opened(db: str | None, keys: Path | None, *, origin: str | None = None) -> Iterator[Ledger]:
    """The ledger, which begins now where there is none yet."""
    from meguri.ledger import Ledger

    with Ledger.open(db, origin=origin, keys=keys) as ledger:
        yield ledger


@contextmanager
def found(db: str | None, keys: Path | None) -> Iterator[Ledger]:
    """The ledger that is there, to record in. Raises NotFound where none has begun, and makes none."""
    with readable(db):
        pass
    with opened(db, keys) as ledger:
        yield ledger


@contextmanager
def readable(db: str | None) -> Iterator[ReadableLedger]:
    """The ledger that is there, or the copy of another's; no key is needed. Raises NotFound where there is neither."""
    from meguri.ledger import home
    from meguri.ledger.readable import open_readable
    from meguri.ledger.replica import open_replica

    where = db or home.default_db()
    try:
        ledger: ReadableLedger = open_replica(where)
    except NotFound:
        ledger = open_readable(where)
    with ledger:
        yield ledger


def keys_folder(db: str | None, keys: Path | None) -> Path:
    """The folder of keys that belongs to the ledger, whether it has begun or not."""
    from meguri.ledger import home

    return keys or home.keys_folder(db or home.default_db())
