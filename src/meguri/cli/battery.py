"""`meguri battery`: what is recorded of one battery, where its matter came from, and batteries by their names."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys, readable
from meguri.cli.output import Columns, Json, Lang, console, grid, output, worded, write_document

_ = translator(language())

app = typer.Typer(
    help=_("Show the life of a battery, trace its matter, and find batteries."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[
    str, typer.Argument(metavar="BATTERY", help=_("Its identifier in any form, or a name that it bears."))
]


@app.command(help=_("Show the life of a battery: what happened, in which order, and what is odd about it."))
def show(
    battery: Name,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="TIME", help=_("Show what was known at this time, or at the end of this day.")
        ),
    ] = None,
    order: Annotated[
        Literal["event", "record"],
        typer.Option("--order", help=_("Tell it in the order in which it happened, or was recorded.")),
    ] = "event",
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.battery import fold
    from meguri.cli.event_words import instant_of
    from meguri.cli.happened import show_life, warn_simulated
    from meguri.ledger.family import told

    chosen, say = worded(lang)
    moment = instant_of(as_of, end_of_day=True, where="--as-of") if as_of else None
    with readable(db) as ledger:
        named, held, origin = ledger.resolve(battery), ledger.life(battery), ledger.origin
    life = fold(
        map(told, held), named, as_of=moment, order="event time" if order == "event" else "record time"
    )
    recorded = {one.index: one for one in held}
    if json:
        return write_document(
            {
                "battery": named,
                "origin": origin,
                "stage": life.stage,
                "order": life.order,
                "as_of": life.as_of,
                "events": [
                    {
                        "index": place.index,
                        "recorded": place.recorded,
                        "recorder": recorded[place.index].recorder,
                        "event": place.event,
                        "before": place.before,
                        "after": place.after,
                        "late_s": place.late.total_seconds(),
                        "corrected_by": place.corrected_by,
                        "void": place.void,
                        "erased": recorded[place.index].erased,
                        "impossible": place.because,
                        "seen_after_export": place.seen_after_export,
                        "flags": recorded[place.index].flags,
                        "named_in": recorded[place.index].named_in,
                    }
                    for place in life.places
                ],
            },
            output(json=True),
        )
    screen = console()
    warn_simulated(screen, origin, say)
    show_life(screen, life, recorded, chosen, say)
    return None


@app.command(
    help=_(
        "Trace a battery's matter: what went in and came out, recycled content, and whether its mass balances."
    )
)
def trace(
    battery: Name,
    element: Annotated[
        str | None,
        typer.Option(
            "--element",
            metavar="ELEMENT",
            help=_("Show every step by which this element came in: Li, Ni, Co, …"),
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance", metavar="SHARE", min=0, max=1, help=_("Share of a mass that may be missing.")
        ),
    ] = 0.01,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli import traced
    from meguri.cli.happened import warn_simulated

    chosen, say = worded(lang)
    with readable(db) as ledger:
        told, origin = traced.traced(ledger, battery, element, tolerance), ledger.origin
    if json:
        return write_document({"origin": origin, **traced.document(told)}, output(json=True))
    screen = console()
    warn_simulated(screen, origin, say)
    traced.show(screen, told, chosen, say)
    return None


@app.command(help=_("Find batteries, parts and lots by a piece of their identifier or of another name."))
def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("A piece of a name."))],
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help=_("List at most so many."))
    ] = 50,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli.happened import warn_simulated
    from meguri.ledger.find import find as batteries
    from meguri.report import battery_words

    chosen, say = worded(lang)
    with readable(db) as ledger:
        held, origin = batteries(ledger, text, limit), ledger.origin
    if json:
        return write_document({"origin": origin, "batteries": held}, output(json=True))
    screen = console()
    warn_simulated(screen, origin, say)
    if not held:
        screen.print(say("Nothing recorded here is called so."))
        return None
    stages = battery_words(chosen).stages
    columns: Columns = (
        (say("battery"), "left"),
        (say("stage"), "left"),
        (say("events"), "right"),
        (say("other names"), "left"),
    )
    rows = [(one.battery, stages[one.stage], f"{one.version:,}", " ".join(one.aliases)) for one in held]
    screen.print(grid(columns, rows, wraps=(0, 1, 3)))
    return None
