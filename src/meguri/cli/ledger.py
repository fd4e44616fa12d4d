"""`meguri ledger`: begin a ledger, look at it as a whole, and everything about its log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli import api_keys, auditing, copies, verification, webhooks, witness
from meguri.cli.event import EventId
from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys, found, keys_folder, opened, readable
from meguri.cli.output import Json, Lang, console, note, output, worded, write_document

if TYPE_CHECKING:
    from meguri.ledger.readable import ReadableLedger

_ = translator(language())

app = typer.Typer(
    help=_("Begin a ledger, verify and prove it, copy it, and see what is odd in it."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(verification.app)
app.add_typer(auditing.app)
app.add_typer(copies.app)
app.add_typer(api_keys.app, name="key")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(witness.app, name="witness")

After = Annotated[
    int, typer.Option("--after", metavar="LINE", min=-1, help=_("Begin behind this line of the log."))
]


@app.command(
    help=_("Begin a ledger: its tables, its keys and its own recorder. One that is there stays as it is.")
)
def init(
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin",
            metavar="NAME",
            help=_(
                "Its name for ever, such as registry.example/meguri (default localhost/ and a random name)."
            ),
        ),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    _chosen, say = worded(lang)
    with opened(db, keys, origin=origin) as ledger:
        told = _told(ledger, db, keys)
    if json:
        return write_document(told, output(json=True))
    screen = console()
    screen.print(
        say("The ledger {origin} is ready.").format(origin=told["origin"]), style="bold", markup=False
    )
    _show(screen, told, say)
    line = say("Keep a copy of the folder of keys apart: without it nothing can be recorded here any more.")
    screen.print(line, style="dim")
    return None


@app.command(help=_("Show a ledger's name, size, root and key, and who may record in it."))
def status(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.cli.happened import warn_simulated

    _chosen, say = worded(lang)
    with readable(db) as ledger:
        told = _told(ledger, db, keys)
    if json:
        return write_document(told, output(json=True))
    screen = console()
    warn_simulated(screen, told["origin"], say)
    screen.print(told["origin"], style="bold", markup=False)
    _show(screen, told, say)
    return None


@app.command(help=_("Print the public key of the log, alone on a line: what others need to check it."))
def vkey(db: Db = None, json: Json = False, lang: Lang = None) -> None:
    worded(lang)
    with readable(db) as ledger:
        held = ledger.vkey
    if json:
        return write_document({"vkey": held}, output(json=True))
    typer.echo(held)
    return None


@app.command(
    help=_(
        "Erase what an event says, for privacy. Its line stays, the log verifies as before, and the erasure is an event."
    )
)
def erase(
    event: EventId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why; everyone can read it."))],
    classes: Annotated[
        list[str],
        typer.Option(
            "--class",
            metavar="CLASS",
            help=_("Whose part is erased: public, interest or authority. May be repeated."),
        ),
    ],
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.battery import CLASSES
    from meguri.cli.choice import all_chosen
    from meguri.cli.happened import show_receipt

    chosen, say = worded(lang)
    held_by = all_chosen(classes, CLASSES, "--class")
    with found(db, keys) as ledger:
        receipt = ledger.erase(event, held_by, reason)
        held = ledger.event(receipt.event)
    if json:
        return write_document({"receipt": receipt}, output(json=True))
    show_receipt(console(), receipt, held, chosen, say)
    return None


@app.command(
    "rotate-key",
    help=_(
        "Give the log a new key. The old one names it in an event, so that whoever trusts the old can trust the new."
    ),
)
def rotate_key(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.rotation import rotate_log_key

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        old, new, origin = ledger.vkey, rotate_log_key(ledger).vkey, ledger.origin
    if json:
        return write_document({"origin": origin, "old": old, "new": new}, output(json=True))
    typer.echo(new)
    note(
        say("Tell it to everybody who verifies {origin}; the old key is kept in its folder.").format(
            origin=origin
        )
    )
    return None


@app.command(help=_("List events with something odd about them."))
def anomalies(
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=_("Only these: late, impossible, seen_after_export, twice, alias_clash, foreign."),
        ),
    ] = None,
    after: After = -1,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=10_000, help=_("List at most so many."))
    ] = 100,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli import choice
    from meguri.cli.happened import show_recorded, warn_simulated
    from meguri.ledger.flags import Flag

    chosen, say = worded(lang)
    if kind is not None:
        choice.chosen(kind, [str(flag.name).lower() for flag in Flag], "--kind")
    with readable(db) as ledger:
        held, origin = ledger.anomalies(kind, after, limit), ledger.origin
    if json:
        return write_document({"origin": origin, "events": held}, output(json=True))
    screen = console()
    warn_simulated(screen, origin, say)
    if not held:
        screen.print(say("Nothing odd is recorded."))
        return None
    show_recorded(screen, held, chosen, say)
    if len(held) == limit:
        more = say("There may be more: --after {line}")
        screen.print(more.format(line=held[-1].index), style="dim", markup=False)
    return None


@app.command(help=_("Print events in the order of the log, one JSON document a line (NDJSON)."))
def feed(
    after: After = -1,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help=_("Print at most so many."))
    ] = None,
    db: Db = None,
    keys: Keys = None,
    lang: Lang = None,
) -> None:
    import msgspec

    worded(lang)
    left = sys.maxsize if limit is None else limit
    with readable(db) as ledger:
        while left > 0 and (page := ledger.read(after=after, limit=min(left, 1000))):
            sys.stdout.buffer.write(msgspec.json.Encoder().encode_lines(page))
            after, left = page[-1].index, left - len(page)
    sys.stdout.buffer.flush()


def _told(ledger: ReadableLedger, db: str | None, keys: Path | None) -> dict[str, Any]:
    """What a ledger, or the copy of one, is; keys and copies are told where they are."""
    from meguri.ledger.replica import Replica

    lag = ledger.lag() if isinstance(ledger, Replica) else None
    return {
        "origin": ledger.origin,
        "size": ledger.size,
        "events": ledger.count(),
        "root": ledger.root.hex(),
        "vkey": ledger.vkey,
        "recorders": [held.name for held in ledger.recorders() if held.until_idx is None],
        "db": ledger.store.url,
        "keys": None if lag else str(keys_folder(db, keys)),
        "copy": lag,
        "checkpoint": ledger.checkpoint,
    }


def _show(screen: Any, told: dict[str, Any], say: Any) -> None:
    from meguri.cli.happened import show_pairs

    show_pairs(
        screen,
        {
            say("lines in the log"): f"{told['size']:,}",
            say("events"): f"{told['events']:,}",
            say("root"): told["root"],
            say("key of the log"): told["vkey"],
            say("recorders"): say(", ").join(told["recorders"]),
            say("database"): told["db"],
            say("folder of keys"): told["keys"],
            say("copy of"): told["copy"] and told["copy"].url,
            say("all up to"): told["copy"] and told["copy"].whole,
        },
    )
