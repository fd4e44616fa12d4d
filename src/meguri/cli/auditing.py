"""`meguri ledger audit`, `fsck`, `watch`: two copies compared, the database held against its log, a log watched."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.failure import BAD_INPUT
from meguri.cli.language import Say, language, mark, translator
from meguri.cli.opened import Db, Keys, found
from meguri.cli.output import Json, Lang, console, output, progress, worded, write_document
from meguri.cli.trust import LogKey, NeededKey, log_at, public_key, show_fault

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.ledger.audit import Comparison, Side

_ = translator(language())

app = typer.Typer(rich_markup_mode=None)

RELATIONS = {
    "same": mark("The copies are the same: {a} lines."),
    "continued": mark("B continues A: it begins with the {a} lines of A and has {b}."),
    "behind": mark("A continues B: it begins with the {b} lines of B and has {a}."),
    "parted": mark("The copies part at line {index}: they are two histories."),
}

Copy = Annotated[
    str,
    typer.Argument(help=_("A folder or address with a log's files, or a ledger's database.")),
]


@app.command(
    help=_(
        "Compare two copies of a log. Exit code 1 if they part, and then the first event where they do is named."
    )
)
def audit(
    a: Copy, b: Copy, key: LogKey = None, keys: Keys = None, json: Json = False, lang: Lang = None
) -> None:
    from meguri.ledger.audit import audit as compare

    _chosen, say = worded(lang)
    held = public_key(key) if key else None
    with log_at(a, None, keys) as first, log_at(b, None, keys) as second:
        compared = compare(first.tiles, second.tiles, held)
    if json:
        write_document(_comparison(compared), output(json=True))
    else:
        _show_comparison(console(), compared, say)
    if compared.relation == "parted":
        raise typer.Exit(BAD_INPUT)


@app.command(
    help=_("Check every row of the database against the log, and the log against its signed checkpoint.")
)
def fsck(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.fsck import fsck as check

    _chosen, say = worded(lang)
    with found(db, keys) as ledger, progress(say("Checking the database …")) as report:
        sound = check(ledger.store, ledger.key.verifying, report)
    if json:
        write_document({"sound": sound.is_sound, "result": sound}, output(json=True))
    else:
        screen = console()
        line = (
            say("Sound: {events} events in {size} lines of {origin}, every row as it was recorded.")
            if sound.is_sound
            else say("Not sound: {origin} has {faults} faults.")
        )
        screen.print(
            line.format(
                events=f"{sound.events:,}",
                size=f"{sound.size:,}",
                origin=sound.origin,
                faults=f"{len(sound.faults):,}",
            ),
            style="bold green" if sound.is_sound else "bold red",
            markup=False,
        )
        for fault in sound.faults:
            show_fault(screen, fault.what, fault.table, fault.index, fault.event, say)
    if not sound.is_sound:
        raise typer.Exit(BAD_INPUT)


@app.command(
    help=_("Look at another log as its witness: sign its checkpoint if it only grew, else keep the evidence.")
)
def watch(
    source: Annotated[
        str, typer.Argument(metavar="URL", help=_("A folder or address with the log's files."))
    ],
    key: NeededKey,
    state: Annotated[
        Path,
        typer.Option(
            "--state",
            metavar="DIR",
            help=_("Folder of what was seen, of the evidence and of the witness's key."),
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help=_("Name of a new witness (default localhost/ and a random name).")
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", metavar="SECONDS", min=1, help=_("Look again and again, until Ctrl-C.")),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli import witnessed

    _chosen, say = worded(lang)
    log = public_key(key)
    signing = witnessed.key_of(state, name)
    while True:
        held = witnessed.look(source, log, state, signing, int(time.time()))
        if json:
            write_document(witnessed.document(held, signing), output(json=True))
        else:
            witnessed.show(console(), held, signing, say)
        if held.evidence:
            raise typer.Exit(BAD_INPUT)
        if every is None:
            return
        time.sleep(every)


def _comparison(held: Comparison) -> dict[str, Any]:
    return {
        "relation": held.relation,
        "size_a": held.size_a,
        "size_b": held.size_b,
        "index": held.index,
        "a": _side(held.a),
        "b": _side(held.b),
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    return {"event": side.event, "line": side.line.decode(errors="replace")} if side else None


def _show_comparison(screen: Console, held: Comparison, say: Say) -> None:
    parted = held.relation == "parted"
    index = "" if held.index is None else f"{held.index:,}"
    told = say(RELATIONS[held.relation]).format(a=f"{held.size_a:,}", b=f"{held.size_b:,}", index=index)
    screen.print(told, style="bold red" if parted else "bold green", markup=False)
    for name, side in (("A", held.a), ("B", held.b)):
        if side:
            told = (
                say("{copy} has the event {event}")
                if side.event
                else say("{copy} has the end of a recording")
            )
            screen.print("  " + told.format(copy=name, event=side.event), markup=False)
            screen.print(f"    {side.line.decode(errors='replace')}", markup=False, soft_wrap=True)
