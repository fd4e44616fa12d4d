"""`meguri report`: the section of next year's white paper, as HTML and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from meguri.cli.language import LANGUAGES, language, translator
from meguri.cli.output import Json, note, output, remember, worded, write_document
from meguri.cli.run import AsOf, Data, Draws, Method, Period, Seed, Settings, Until, Workers, asked, estimated

_ = translator(language())

app = typer.Typer(help=_("Write a report."), no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Reports by subject."""


@app.command(help=_("Write the outflow section of next year's white paper: HTML and PDF."))
def outflow(
    lang: Annotated[
        Literal["ja", "en", "both"] | None,
        typer.Option(
            "--lang", callback=remember, help=_("Language (default: MEGURI_LANG, then the locale).")
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=_("Folder to write into."))] = Path(
        "reports"
    ),
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            metavar="FILE",
            help=_("The last edition (its .json file), to list what changed since."),
        ),
    ] = None,
    method: Method = "meguri",
    settings: Settings = None,
    data: Data = None,
    period: Period = None,
    draws: Draws = None,
    seed: Seed = None,
    until: Until = None,
    as_of: AsOf = None,
    workers: Workers = 1,
    json: Json = False,
) -> None:
    from meguri.cli import result
    from meguri.report.outflow import write_report

    chosen, say = worded(None if lang == "both" else lang)
    run = asked(method, settings, data, period, draws, seed, until, as_of, workers)
    statistics, estimate = estimated(run, say)
    written: list[Path] = []
    for one in LANGUAGES if lang == "both" else (chosen,):
        note(say("Writing the report ({lang}) …").format(lang=one))
        written += write_report(statistics, estimate, one, out, previous)
    if json:
        write_document(
            {**result.heading(estimate), "files": [str(path) for path in written]}, output(json=True)
        )
        return
    for path in written:
        typer.echo(str(path))
