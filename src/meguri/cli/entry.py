"""`meguri`: the commands by noun. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

from typing import Annotated

import typer

from meguri import __version__
from meguri.cli import (
    battery,
    data,
    demo_fleet,
    estimate,
    event,
    ledger,
    passport,
    recorder,
    report,
    serve,
    sources,
)
from meguri.cli.failure import Guarded
from meguri.cli.language import language, translator

_ = translator(language())

app = typer.Typer(
    name="meguri",
    cls=Guarded,
    help=_("The circular economy of EV batteries: estimates, batteries' lives, report and dashboard."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(estimate.app, name="estimate")
app.add_typer(data.app, name="data")
app.add_typer(report.app, name="report")
app.add_typer(event.app, name="event")
app.add_typer(battery.app, name="battery")
app.add_typer(passport.app, name="passport")
app.add_typer(ledger.app, name="ledger")
app.add_typer(recorder.app, name="recorder")
app.command(name="serve", help=serve.HELP)(serve.serve)
app.command(name="sources", help=sources.HELP)(sources.sources)
app.command(name="demo-fleet", help=demo_fleet.HELP)(demo_fleet.demo_fleet)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"meguri {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=_("Print a traceback when something fails."))
    ] = False,
) -> None:
    """Options for every command."""


def main() -> None:
    """Run the command line."""
    app()
