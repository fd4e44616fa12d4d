"""One run of the estimate as the command line asks for it: options, added files, and the progress shown meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from meguri.cli.language import Say, language, translator
from meguri.cli.output import note, progress
from meguri.errors import OptionError, Said

if TYPE_CHECKING:
    from meguri.flows import OutflowEstimate, OutflowOptions
    from meguri.statistics import DataFile, Statistics

_ = translator(language())

PeriodName = Literal["calendar", "fiscal"]
Method = Annotated[
    Literal["meguri", "whitepaper"],
    typer.Option("--method", help=_("whitepaper: the choices of the 2025 white paper; meguri: our own.")),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help=_(
            "Set an assumption: a number, low..high or low..likely..high. Also survey_reading, content_basis,"
            " price_basis. May be repeated; `meguri data show outflow_assumptions` lists them."
        ),
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="[TABLE=]FILE",
        help=_("Lay your own CSV or XLSX table over the shipped ones for this run. May be repeated."),
    ),
]
Period = Annotated[
    PeriodName | None,
    typer.Option(
        "--period", help=_("Declare that the years in the added files are calendar or fiscal years.")
    ),
]
Draws = Annotated[
    str | None, typer.Option("--draws", metavar="N", help=_("Number of draws (default 10,000)."))
]
Seed = Annotated[str | None, typer.Option("--seed", metavar="N", help=_("Seed of the random numbers."))]
Until = Annotated[
    str | None, typer.Option("--until", metavar="YEAR", help=_("Last year of the result, 2017 to 2030."))
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help=_("Use only what was published by this day (2024-06-30).")),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=256,
        help=_("Processes to share the draws; the numbers are the same."),
    ),
]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is asked for, in the words of the command line."""

    words: Mapping[str, str]
    data: tuple[str, ...] = ()
    period: PeriodName | None = None
    workers: int = 1


def asked(
    method: str,
    settings: Sequence[str] | None = None,
    data: Sequence[str] | None = None,
    period: PeriodName | None = None,
    draws: str | None = None,
    seed: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
    workers: int = 1,
) -> Run:
    """The run that the options of a command ask for. Raises `OptionError`."""
    given = {"method": method, "draws": draws, "seed": seed, "until": until, "as_of": as_of}
    words = {key: word for key, word in given.items() if word is not None}
    for setting in settings or ():
        key, equals, word = setting.partition("=")
        key = key.strip()
        if not equals or not key:
            raise OptionError(
                Said("“{setting}” sets nothing", setting=setting),
                where="--set",
                mend=Said("Write it as key=value, such as export_growth=0.05."),
            )
        if key in words:
            raise OptionError(
                Said("“{key}” is given twice", key=key), where="--set", mend=Said("Give it once.")
            )
        words[key] = word.strip()
    return Run(words, tuple(data or ()), period, workers)


def files(run: Run, tables: Mapping[str, object]) -> tuple[DataFile, ...]:
    """The files of `--data`, each with the table that its prefix names."""
    from meguri.statistics import DataFile

    held = []
    for told in run.data:
        name, equals, path = told.partition("=")
        if equals and name in tables:
            held.append(DataFile(Path(path), name, run.period or ""))
        else:
            held.append(DataFile(Path(told), None, run.period or ""))
    return tuple(held)


def tables_of(run: Run) -> Statistics:
    """The tables that the run uses: shipped, kept, and those of `--data`. Raises as `statistics.load` does."""
    from meguri.statistics import load

    statistics = load()
    return load(extra=files(run, statistics.tables)) if run.data else statistics


def estimated(run: Run, say: Say, statistics: Statistics | None = None) -> tuple[Statistics, OutflowEstimate]:
    """The tables and the estimate of a run, with progress on standard error."""
    from meguri.flows import parse_options

    statistics = tables_of(run) if statistics is None else statistics
    return statistics, estimate(statistics, parse_options(run.words, statistics), say, run.workers)


def estimate(statistics: Statistics, options: OutflowOptions, say: Say, workers: int = 1) -> OutflowEstimate:
    """The estimate, with progress on standard error."""
    from meguri.account import is_kept, national_outflow

    if not is_kept(statistics, options):
        note(say("Drawing the export table from the published statements (some seconds, once) …"))
    with progress(say("Drawing the estimate …")) as report:
        return national_outflow(statistics, options, workers=workers, progress=report)
