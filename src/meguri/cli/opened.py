"""Which ledger a command is about: `--db` and `--keys`. Reading never makes a ledger where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meguri.cli.language import language, translator
from meguri.errors import NotFound, Said

if TYPE_CHECKING:
    from meguri.ledger import Ledger
    from meguri.ledger.readable import ReadableLedger
    from meguri.ledger.replica import Replica

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
    """The ledger that is there. Raises NotFound where none has begun, and makes none."""
    with opened(_begun(db), keys) as ledger:
        yield ledger


@contextmanager
def readable(db: str | None, keys: Path | None) -> Iterator[ReadableLedger]:
    """The ledger that is there, or the copy of another's, to read. Raises NotFound where there is neither."""
    where = _begun(db)
    copy = _copy(where)
    with opened(where, keys) if copy is None else copy as ledger:
        yield ledger


def _copy(where: str) -> Replica | None:
    from meguri.ledger.replica import open_replica

    with suppress(NotFound):
        return open_replica(where)
    return None


def _begun(db: str | None) -> str:
    from meguri.ledger import home

    where = db or home.default_db()
    if not home.begun(where):
        raise NotFound(
            Said("There is no ledger here yet."),
            where=where.split("@")[-1],
            mend=Said("Name another with --db, or begin one: meguri ledger init."),
        )
    return where


def keys_folder(db: str | None, keys: Path | None) -> Path:
    """The folder of keys that belongs to the ledger, whether it has begun or not."""
    from meguri.ledger import home

    return keys or home.keys_folder(db or home.default_db())
