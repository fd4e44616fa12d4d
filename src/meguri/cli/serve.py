"""`meguri serve`: the dashboard and the HTTP API on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys
from meguri.cli.output import Lang, note, worded

_ = translator(language())

HELP = _("Serve the dashboard and the HTTP API until Ctrl-C.")


def serve(
    host: Annotated[str, typer.Option("--host", help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help=_("Port to listen on."))] = 8000,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help=_("Lay your own CSV or XLSX table over the shipped ones while it runs. May be repeated."),
        ),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    local: Annotated[
        bool | None,
        typer.Option(
            "--local/--no-local",
            help=_(
                "Let pages record without a key. By default only where no other machine reaches the server."
            ),
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            "--witness",
            metavar="VKEY",
            help=_("Sign the checkpoints of this other log as its witness. May be repeated."),
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    from meguri import web

    _chosen, say = worded(lang)
    note(say("Dashboard: {address} (Ctrl-C ends it)").format(address=f"http://{host}:{port}/"))
    web.serve(
        host=host,
        port=port,
        data=tuple(data or ()),
        db=db,
        keys=keys,
        local=local,
        trusted_logs=tuple(witness or ()),
    )
