"""`meguri ledger key`: keys with which machines use the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys, found, opened
from meguri.cli.output import Columns, Json, Lang, console, grid, note, output, worded, write_document

if TYPE_CHECKING:
    from meguri.ledger.api_keys import ApiKey

_ = translator(language())

app = typer.Typer(
    help=_("Make, list and revoke the keys with which machines use the HTTP API."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(help=_("Make a key for a machine, and print it: this once and never again."))
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Which machine it is for."))],
    access: Annotated[
        Literal["public", "interest", "authority"],
        typer.Option("--access", help=_("What its bearer may read.")),
    ] = "public",
    recorder: Annotated[
        str | None,
        typer.Option(
            "--recorder",
            metavar="NAME",
            help=_(
                "Record as this recorder, whose key is in the folder of keys; “house” is the ledger's own."
            ),
        ),
    ] = None,
    per_minute: Annotated[
        int, typer.Option("--per-minute", metavar="N", help=_("Most requests in a minute."))
    ] = 600,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.api_keys import new_key

    _chosen, say = worded(lang)
    with opened(db, keys) as ledger:
        if recorder is not None:
            ledger.signing_key(recorder)
        made, text = new_key(ledger.store, name, access=access, recorder=recorder, per_minute=per_minute)
    if json:
        return write_document({**_document(made), "key": text}, output(json=True))
    typer.echo(text)
    note(say("It is kept nowhere. Send it as: Authorization: Bearer KEY"))
    return None


@app.command("list", help=_("List the API keys, without their secrets."))
def list_(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.api_keys import list_keys

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = list_keys(ledger.store)
    if json:
        return write_document({"keys": [_document(one) for one in held]}, output(json=True))
    columns: Columns = (
        (say("id"), "left"),
        (say("name"), "left"),
        (say("reads"), "left"),
        (say("records as"), "left"),
        (say("a minute"), "right"),
        (say("made"), "left"),
        (say("revoked"), "left"),
    )
    rows = [
        (
            one.id,
            one.name,
            one.access,
            one.recorder or "–",
            f"{one.per_minute:,}",
            one.created.date().isoformat(),
            one.revoked.date().isoformat() if one.revoked else "",
        )
        for one in held
    ]
    console().print(grid(columns, rows, wraps=(1,)))
    return None


@app.command(help=_("Let a key work no more."))
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help=_("The key's id, as in the list."))],
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.api_keys import revoke_key

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = revoke_key(ledger.store, key)
    if json:
        return write_document(_document(held), output(json=True))
    console().print(say("The key “{name}” works no more.").format(name=held.name), markup=False)
    return None


def _document(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "access": key.access,
        "recorder": key.recorder,
        "per_minute": key.per_minute,
        "created": key.created,
        "revoked": key.revoked,
    }
