"""`meguri event`: record what happened, one event in a line or many from a file, and show one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meguri.cli.failure import BAD_INPUT
from meguri.cli.language import language, translator
from meguri.cli.opened import Db, KeyName, Keys, opened, readable
from meguri.cli.output import Json, Lang, console, note, output, worded, write_document, write_whole

_ = translator(language())

app = typer.Typer(
    help=_("Record what happens to batteries, from a line or a file, and show what was recorded."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

EventId = Annotated[str, typer.Argument(metavar="EVENT", help=_("The event's id, as on its receipt."))]


@app.command(help=_("Record one event, and print its receipt."))
def record(
    word: Annotated[
        str, typer.Argument(metavar="WORD", help=_("What happened, such as measured, removed or exported."))
    ],
    battery: Annotated[
        str,
        typer.Argument(metavar="BATTERY", help=_("Its identifier in any form, or a name that it bears.")),
    ],
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="TIME",
            help=_(
                "When it happened: 2026-04-01T09:30+09:00; without a zone, that of this machine (default now)."
            ),
        ),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help=_("Who did it."))] = None,
    country: Annotated[
        str | None, typer.Option("--country", metavar="CODE", help=_("Where it happened: JP, NZ, …"))
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=_("Set a field of the event, such as soh_percent=87.5. May be repeated."),
        ),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--parts",
            metavar="ID[:KG]",
            help=_("A part, lot or product that the event names, with its mass. May be repeated."),
        ),
    ] = None,
    expected: Annotated[
        int | None,
        typer.Option(
            "--expected",
            metavar="VERSION",
            min=0,
            help=_("Record it only if the battery is still at this version."),
        ),
    ] = None,
    key: KeyName = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli import event_words
    from meguri.cli.happened import show_receipt, warn_simulated

    chosen, say = worded(lang)
    told = event_words.settings(word, settings or ())
    told |= {name: value for name, value in (("by", by), ("country", country)) if value is not None}
    when = event_words.instant_of(time)
    event = event_words.event_of(word, battery, when, told, parts or ())
    with opened(db, keys) as ledger:
        named = event_words.battery_of(battery, ledger)
        event = event_words.about(named, event)
        (receipt,) = ledger.append(
            [event], recorder=key, expected={} if expected is None else {named: expected}
        )
        held = ledger.event(receipt.event)
    if json:
        return write_document(
            {"receipt": receipt, "stage": held.stage, "flags": held.flags}, output(json=True)
        )
    screen = console()
    warn_simulated(screen, receipt.origin, say)
    show_receipt(screen, receipt, held, chosen, say)
    return None


@app.command("import", help=_("Record the events of a file, all or none, and tell what became of each."))
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=_("JSON or NDJSON, EPCIS, CSV or XLSX, Parquet, or a sealed recording (.sealed.json)."),
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only tell what would become of each event."))
    ] = False,
    elsewhere: Annotated[
        bool,
        typer.Option(
            "--elsewhere",
            help=_("They were recorded elsewhere: flag what cannot have happened, instead of refusing it."),
        ),
    ] = False,
    key: KeyName = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli import given, intake

    chosen, say = worded(lang)
    told = given.read(file, whole=dry_run)
    with opened(db, keys) as ledger:
        taken = intake.take(ledger, told, say, recorder=key, elsewhere=elsewhere, dry_run=dry_run)
        origin = ledger.origin
    if json:
        write_document({"file": file.name, "origin": origin, **intake.document(taken)}, output(json=True))
    else:
        intake.show(console(), taken, file.name, chosen, say)
    if taken.refused:
        raise typer.Exit(BAD_INPUT)


@app.command(help=_("Show one event in full, and the line of the log that commits to it."))
def show(event: EventId, db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.cli.happened import show_event, warn_simulated

    chosen, say = worded(lang)
    with readable(db) as ledger:
        held, receipt, origin = ledger.event(event), ledger.receipt(event), ledger.origin
    if json:
        return write_document({"event": held, "receipt": receipt}, output(json=True))
    screen = console()
    warn_simulated(screen, origin, say)
    show_event(screen, held, receipt, chosen, say)
    return None


@app.command(help=_("Write a sheet to fill in: with headings, choices, an example and explanations."))
def template(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file to write: .xlsx or .csv."))],
    words: Annotated[
        str,
        typer.Option("--for", metavar="WHAT", help=_("An event, a role that records several, or all.")),
    ] = "all",
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.exchange import template as made

    chosen, say = worded(lang)
    write_whole(file, made(words, file.suffix.lower().removeprefix("."), chosen))
    if json:
        return write_document({"file": str(file)}, output(json=True))
    note(say("Written: {path}").format(path=file))
    return None
