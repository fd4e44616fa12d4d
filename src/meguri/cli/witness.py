"""`meguri ledger witness`: who is asked to sign this log's checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.language import Say, language, translator
from meguri.cli.opened import Db, Keys, found
from meguri.cli.output import Columns, Json, Lang, console, grid, note, output, worded, write_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meguri.ledger.witnesses import Witness

_ = translator(language())

app = typer.Typer(
    help=_("Have others sign the checkpoints of this log, so that nobody is shown another history."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
Url = Annotated[
    str, typer.Argument(metavar="URL", help=_("What stands before /add-checkpoint in its address."))
]


@app.command(help=_("Ask this witness from now on."))
def add(
    url: Url,
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help=_("Its public key."))],
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.witnesses import add_witness

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        made, own = add_witness(ledger.store, url, vkey), ledger.vkey
    if json:
        return write_document(_document(made), output(json=True))
    note(say("It is asked from now on. Its operator must know the key of this log: {vkey}").format(vkey=own))
    return None


@app.command("list", help=_("List the witnesses, and the newest checkpoint that each has signed."))
def list_(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.witnesses import list_witnesses

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = list_witnesses(ledger.store)
    _show(held, json, say)


@app.command(help=_("Ask this witness no more."))
def remove(url: Url, db: Db = None, keys: Keys = None, lang: Lang = None) -> None:
    from meguri.ledger.witnesses import remove_witness

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        remove_witness(ledger.store, url)
    note(say("Removed."))


@app.command(help=_("Show all witnesses the newest checkpoint. A server does so by itself, once a minute."))
def run(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.witnesses import gather

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = gather(ledger)
    _show(held, json, say)
    if any(one.fault for one in held):
        raise typer.Exit(1)


def _show(held: Sequence[Witness], json: bool, say: Say) -> None:
    if json:
        return write_document({"witnesses": [_document(one) for one in held]}, output(json=True))
    columns: Columns = (
        (say("address"), "left"),
        (say("key"), "left"),
        (say("lines signed"), "right"),
        (say("signed at"), "left"),
        (say("state"), "left"),
    )
    rows = [
        (
            one.url,
            one.vkey.rpartition("+")[0],
            f"{one.size:,}",
            f"{one.signed:%Y-%m-%d %H:%M:%S}Z" if one.signed else "",
            one.fault or (say("well") if one.signed else say("not asked yet")),
        )
        for one in held
    ]
    console().print(grid(columns, rows, wraps=(0, 4)))
    return None


def _document(held: Witness) -> dict[str, Any]:
    return {
        "url": held.url,
        "vkey": held.vkey,
        "size": held.size,
        "signed": held.signed,
        "asked": held.asked,
        "fault": held.fault,
    }
