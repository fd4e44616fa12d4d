"""`meguri estimate`: how many used EVs leave Japan and what they carry away, checked, explained, and taken apart."""

from __future__ import annotations

from typing import Annotated

import typer

from meguri.cli.language import language, translator
from meguri.cli.output import (
    Csv,
    Json,
    Lang,
    Parquet,
    TableName,
    To,
    Xlsx,
    console,
    output,
    worded,
    write_document,
    write_tables,
)
from meguri.cli.run import AsOf, Data, Draws, Method, Period, Seed, Settings, Until, Workers, asked, estimated

_ = translator(language())

app = typer.Typer(
    help=_("Estimate, check against published figures, explain a figure."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(help=_("Estimate how many used EVs left Japan, and the metals and value they carried away."))
def outflow(
    to: To = None,
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
    csv: Csv = False,
    parquet: Parquet = False,
    xlsx: Xlsx = False,
    table: TableName = None,
    lang: Lang = None,
) -> None:
    from meguri.cli import result
    from meguri.report.files import about

    chosen, say = worded(lang)
    out = output(json=json, csv=csv, parquet=parquet, xlsx=xlsx, to=to, table=table)
    run = asked(method, settings, data, period, draws, seed, until, as_of, workers)
    statistics, estimate = estimated(run, say)
    if out.kind == "text":
        result.show(console(), estimate, chosen, say, table)
    elif out.kind == "json":
        write_document(result.document(statistics, estimate, table), out)
    else:
        write_tables(estimate.tables, out, say, about(statistics, estimate, chosen))


@app.command(
    help=_("Set the estimate beside the published figures, and say what the public data leave open.")
)
def check(
    to: To = None,
    method: Method = "whitepaper",
    settings: Settings = None,
    data: Data = None,
    period: Period = None,
    draws: Draws = None,
    seed: Seed = None,
    until: Until = None,
    as_of: AsOf = None,
    workers: Workers = 1,
    json: Json = False,
    csv: Csv = False,
    parquet: Parquet = False,
    xlsx: Xlsx = False,
    table: TableName = None,
    lang: Lang = None,
) -> None:
    from meguri.cli import checked
    from meguri.report.files import about

    chosen, say = worded(lang)
    out = output(json=json, csv=csv, parquet=parquet, xlsx=xlsx, to=to, table=table)
    run = asked(method, settings, data, period, draws, seed, until, as_of, workers)
    statistics, estimate = estimated(run, say)
    tables = checked.tables(statistics, estimate)
    if out.kind == "text":
        checked.show(console(), estimate, tables, chosen, say)
    elif out.kind == "json":
        write_document(checked.document(estimate, tables), out)
    else:
        write_tables(tables, out, say, about(statistics, estimate, chosen))


@app.command(
    help=_(
        "Explain a figure: its formula with the numbers put in, its sources, what it is most sensitive to."
    )
)
def explain(
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE",
            help=_(
                "An address (outflow_ratio:2024, exports:2024:South Korea, mass_t_cum:2024:Li) or an anchor (ratio_2024)."
            ),
        ),
    ],
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
    lang: Lang = None,
) -> None:
    from meguri.cli import explained
    from meguri.flows import explain as explanation_of

    chosen, say = worded(lang)
    run = asked(method, settings, data, period, draws, seed, until, as_of, workers)
    statistics, estimate = estimated(run, say)
    explanation = explanation_of(statistics, estimate, figure)
    if json:
        write_document(explained.document(statistics, estimate, explanation), output(json=True))
    else:
        explained.show(console(), statistics, estimate, explanation, chosen, say)


@app.command(help=_("Tell which inputs the uncertainty of a figure comes from (Sobol indices)."))
def sensitivity(
    figures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIGURE",
            show_default=False,
            help=_("Addresses of figures (default: the headline ones)."),
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
    json: Json = False,
    csv: Csv = False,
    lang: Lang = None,
) -> None:
    from meguri import flows
    from meguri.cli import explained, result

    chosen, say = worded(lang)
    out = output(json=json, csv=csv)
    run = asked(method, settings, data, period, draws, seed, until, as_of)
    statistics, estimate = estimated(run, say)
    wanted = tuple(explained.address_of(statistics, one) for one in figures or ()) or flows.DEFAULT_FIGURES
    shares = flows.sensitivity(statistics, estimate, wanted)
    if out.kind == "text":
        explained.show_sensitivities(console(), estimate, shares, chosen, say)
    elif out.kind == "json":
        write_document({**result.heading(estimate), "sensitivity": shares.rows(named=True)}, out)
    else:
        write_tables({"sensitivity": shares}, out, say)
