"""Whom a command trusts: public keys as they are typed, and the log that a place holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meguri.cli.language import Say, labelled, language, translator
from meguri.cli.opened import keys_folder, readable
from meguri.errors import InputError, OptionError, Said

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.ledger import VerifyingKey
    from meguri.ledger.tiles import TileSource

_ = translator(language())

VKEY = _("The log's public key, from its operator: name+id+base64.")

LogKey = Annotated[str | None, typer.Option("--key", metavar="VKEY", help=VKEY)]
NeededKey = Annotated[str, typer.Option("--key", metavar="VKEY", help=VKEY)]
Witnesses = Annotated[
    list[str] | None,
    typer.Option(
        "--witness", metavar="VKEY", help=_("This witness must have signed the checkpoint. May be repeated.")
    ),
]


@dataclass(frozen=True, slots=True)
class Log:
    """A log's files, with its key and its recorders' keys as far as the place itself tells them."""

    tiles: TileSource
    key: VerifyingKey | None
    recorders: Mapping[str, VerifyingKey]


def public_key(text: str) -> VerifyingKey:
    """A public key from the command line. Raises OptionError."""
    from meguri.ledger import VerifyingKey

    try:
        return VerifyingKey.parse(text.strip())
    except InputError as fault:
        raise OptionError(fault.what, where=text, mend=fault.mend) from fault


@contextmanager
def log_at(where: str | None, db: str | None, keys: Path | None) -> Iterator[Log]:
    """The log in a folder, at an address or in a ledger's database; `db` where no place is named."""
    from meguri.ledger.mirror import read_recorder_keys
    from meguri.ledger.sources import open_tiles

    is_database = where is not None and (
        where.startswith(("sqlite:", "postgresql")) or Path(where).expanduser().is_file()
    )
    if where is None or is_database:
        with readable(where or db) as ledger:
            recorders = {held.signer: held.key for held in ledger.recorders()}
            yield Log(ledger.tiles, _own_key(keys_folder(where or db, keys)), recorders)
        return
    is_web = where.startswith(("http://", "https://"))
    yield Log(open_tiles(where), None, {} if is_web else read_recorder_keys(where))


def _own_key(folder: Path) -> VerifyingKey | None:
    """The log's key in its folder, which is trusted more than what the database says."""
    from meguri.ledger.keys import LOG, key_file, read_key

    return read_key(folder, LOG).verifying if key_file(folder, LOG).exists() else None


def log_key(told: str | None, log: Log) -> VerifyingKey:
    """The key that was told, or that of our own ledger. Raises OptionError where there is neither."""
    if told is not None:
        return public_key(told)
    if log.key is None:
        raise OptionError(
            Said("The log alone does not say whose it is."),
            where="--key",
            mend=Said("Give the log's public key, as its operator told it: --key VKEY."),
        )
    return log.key


def show_fault(
    screen: Console, what: str, place: str, index: int | None, event: str | None, say: Say
) -> None:
    """Print a fault of a log: what does not hold, and the event that it touches."""
    screen.print(f"  {say(what)}", markup=False)
    told = (
        (say("event"), event or ""),
        (say("line"), "" if index is None else f"{index:,}"),
        (say("file"), place),
    )
    for label, text in told:
        if text:
            screen.print(f"    {labelled(label, text, say)}", markup=False, soft_wrap=True)
