"""`meguri recorder`: who may record. Keys are made, enrolled, changed and revoked; events are sealed offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.language import Language, language, translator
from meguri.cli.opened import Db, Keys, found, keys_folder, opened, readable
from meguri.cli.output import (
    Columns,
    Json,
    Lang,
    console,
    grid,
    note,
    output,
    worded,
    write_document,
    write_whole,
)
from meguri.cli.trust import public_key
from meguri.errors import InputError, OptionError, Said

if TYPE_CHECKING:
    from meguri.ledger import Receipt, Recorder

_ = translator(language())

app = typer.Typer(
    help=_("Make keys of recorders, say who may record what, and seal events offline."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The recorder's name, such as yard-1.example."))]
VKey = Annotated[str, typer.Argument(metavar="VKEY", help=_("Its public key: name+id+base64."))]


@app.command(help=_("Make a recorder's key in the folder of keys, and print its public half."))
def key(
    name: Name,
    kept_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help=_("Keep it under this name in the folder, beside the recorder's earlier key."),
        ),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger import SigningKey
    from meguri.ledger.keys import HOUSE, LOG, NEXT, WITNESS, keep_key

    _chosen, say = worded(lang)
    folder = keys_folder(db, keys)
    kept = kept_as or name
    if kept in (HOUSE, LOG, NEXT, WITNESS):
        raise OptionError(
            Said("“{name}” is a key that the ledger makes for itself.", name=kept),
            where="NAME",
            mend=Said("Choose another name."),
        )
    made = SigningKey.generate(name)
    try:
        file = keep_key(folder, kept, made)
    except FileExistsError as fault:
        raise InputError(
            Said("There is a key of that name already, and it is kept."),
            where=str(fault.filename),
            mend=Said("Keep the new key under another name: --as NAME."),
        ) from fault
    if json:
        return write_document({"name": name, "vkey": made.vkey, "file": str(file)}, output(json=True))
    typer.echo(made.vkey)
    note(say("The private half is in {file}; never give it away.").format(file=file))
    return None


@app.command(help=_("Let a recorder record from now on."))
def enrol(
    name: Name,
    vkey: VKey,
    roles: Annotated[
        list[str],
        typer.Option("--role", metavar="ROLE", help=_("What it is: dismantler, tester, … May be repeated.")),
    ],
    operator: Annotated[
        str | None, typer.Option("--operator", metavar="NAME", help=_("The business behind it."))
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.battery import ROLES
    from meguri.cli.choice import all_chosen

    chosen, say = worded(lang)
    held = all_chosen(roles, ROLES, "--role")
    public_key(vkey)
    with opened(db, keys) as ledger:
        receipt = ledger.enrol(name, vkey.strip(), held, operator)
    _told(receipt, say("{name} may record from now on."), name, chosen, json=json)


@app.command(help=_("Give a recorder a new key; the old one records no more."))
def rotate(
    name: Name, vkey: VKey, db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None
) -> None:
    chosen, say = worded(lang)
    public_key(vkey)
    with found(db, keys) as ledger:
        receipt = ledger.rotate(name, vkey.strip())
    _told(receipt, say("{name} has a new key."), name, chosen, json=json)


@app.command(help=_("Let a recorder record no more. What it recorded stays."))
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why; everyone can read it."))],
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    chosen, say = worded(lang)
    with found(db, keys) as ledger:
        receipt = ledger.revoke(name, reason)
    _told(receipt, say("{name} may record no more."), name, chosen, json=json)


@app.command("list", help=_("List the recorders and their keys, from when until when."))
def list_(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.report import battery_words

    chosen, say = worded(lang)
    with readable(db) as ledger:
        held = ledger.recorders()
    if json:
        return write_document({"recorders": [_document(one) for one in held]}, output(json=True))
    words = battery_words(chosen).roles
    columns: Columns = (
        (say("name"), "left"),
        (say("roles"), "left"),
        (say("operator"), "left"),
        (say("from line"), "right"),
        (say("until line"), "right"),
        (say("public key"), "left"),
    )
    rows = [
        (
            one.name,
            say("all") if len(one.roles) == len(words) else say(", ").join(words[role] for role in one.roles),
            one.operator or "",
            f"{one.from_idx:,}",
            "" if one.until_idx is None else f"{one.until_idx:,}",
            one.vkey,
        )
        for one in held
    ]
    console().print(grid(columns, rows, wraps=(0, 1, 2, 5)))
    return None


@app.command(
    help=_("Seal a file's events with a key, offline; `meguri event import` takes the result anywhere.")
)
def seal(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("Events, as `meguri event import` reads them."))
    ],
    key: Annotated[
        str, typer.Option("--key", metavar="NAME", help=_("The recorder's key of the folder of keys."))
    ],
    origin: Annotated[
        str,
        typer.Option("--origin", metavar="NAME", help=_("The ledger that it is for; no other will take it.")),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help=_("Where to write (default beside FILE, as .sealed.json).")
        ),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    import msgspec

    from meguri.cli.given import SEALED, Given, read, refuse_problems
    from meguri.ledger import seal as sealed
    from meguri.ledger.keys import read_key
    from meguri.ledger.seal import sealed_form

    _chosen, say = worded(lang)
    given = read(file, whole=True)
    if not isinstance(given, Given):
        raise InputError(
            Said("The file is sealed already."),
            where=file.name,
            mend=Said("Send it as it is: meguri event import."),
        )
    refuse_problems(given)
    recording = sealed(given.events, read_key(keys_folder(db, keys), key), origin)
    place = out or file.with_name(file.name.partition(".")[0] + SEALED)
    write_whole(place, msgspec.json.encode(sealed_form(recording)))
    told = {
        "file": str(place),
        "events": len(recording),
        "recorder": recording.recorder,
        "origin": origin,
        "root": recording.root.hex(),
    }
    if json:
        return write_document(told, output(json=True))
    typer.echo(place)
    note(say("Sealed: {events} events, for the ledger {origin} only.").format(**told))
    return None


def _told(receipt: Receipt, sentence: str, name: str, lang: Language, *, json: bool) -> None:
    from meguri.cli.happened import show_pairs

    say = translator(lang)
    if json:
        return write_document({"receipt": receipt}, output(json=True))
    screen = console()
    screen.print(sentence.format(name=name), style="bold", markup=False)
    show_pairs(screen, {say("event"): receipt.event, say("line"): f"{receipt.index:,}"})
    return None


def _document(held: Recorder) -> dict[str, Any]:
    return {
        "name": held.name,
        "vkey": held.vkey,
        "signer": held.signer,
        "roles": held.roles,
        "operator": held.operator,
        "from": held.from_idx,
        "until": held.until_idx,
    }
