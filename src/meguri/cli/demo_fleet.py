"""`meguri demo-fleet`: a ledger full of invented lives, with the truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meguri.cli.language import language, mark, translator
from meguri.cli.output import Columns, Json, Lang, console, grid, output, progress, worded, write_document

_ = translator(language())

HELP = _(
    "Fill a new ledger with a simulated fleet: plausible lives of batteries, with errors in stated shares, and a table of"
    " what is true."
)
ALTERED = {
    "delayed": mark("recorded late"),
    "twice": mark("recorded twice"),
    "wrong_value": mark("wrong value"),
    "correction": mark("correction"),
    "wrong_identity": mark("wrong identity"),
    "impossible": mark("cannot have happened"),
    "mass": mark("mass does not balance"),
    "seen_again": mark("seen again after export"),
}


def demo_fleet(
    vehicles: Annotated[
        int, typer.Option("--vehicles", metavar="N", help=_("Vehicles in the fleet."))
    ] = 1000,
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="S", min=0, help=_("Seed: the same one gives the same fleet.")),
    ] = 1,
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="URL", help=_("The ledger: a file, sqlite:///FILE or postgresql://…")),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth", metavar="FOLDER", help=_("Where to put the tables of what is true (beside the keys).")
        ),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.battery.words import EVENT_NAMES
    from meguri.ledger import Ledger
    from meguri.simulate import draw_fleet, origin_of, write_fleet

    _chosen, say = worded(lang)
    fleet = draw_fleet(vehicles, seed)
    with Ledger.open(db, origin=origin_of(vehicles, seed)) as ledger:
        with progress(say("Recording the fleet …")) as report:
            written = write_fleet(ledger, fleet, report)
        folder = truth or ledger.keys.with_suffix(".truth")
        written.truth.write(folder)
        told = {
            "origin": ledger.origin,
            "simulated": True,
            "vehicles": vehicles,
            "seed": seed,
            "events": dict(sorted(written.events.items())),
            "altered": dict(sorted(written.altered.items())),
            "size": ledger.size,
            "root": ledger.root.hex(),
            "truth": str(folder),
        }
    if json:
        return write_document(told, output(json=True))
    screen = console()
    line = say("Simulated: {vehicles} vehicles and {events} events are in the ledger {origin}.")
    screen.print(
        line.format(
            vehicles=f"{vehicles:,}", events=f"{sum(written.events.values()):,}", origin=told["origin"]
        ),
        style="bold",
        markup=False,
    )
    for title, names, counts in (
        (say("what happened"), EVENT_NAMES, written.events),
        (say("what is wrong"), ALTERED, written.altered),
    ):
        columns: Columns = ((title, "left"), (say("events"), "right"))
        rows = [(say(names[word]), f"{counts[word]:,}") for word in names if word in counts]
        screen.print(grid(columns, rows))
    screen.print(
        say("What is true: {folder}").format(folder=folder), style="dim", markup=False, soft_wrap=True
    )
    return None
