"""`meguri ledger export`, `backup`, `restore`, `follow`: a ledger somewhere else, and back."""

from __future__ import annotations

from typing import Annotated

import typer

from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys, readable
from meguri.cli.output import Json, Lang, console, output, progress, worded, write_document

_ = translator(language())

app = typer.Typer(rich_markup_mode=None)


@app.command(
    help=_("Copy the log's public files to a folder or an object store; only what is new is written.")
)
def export(
    to: Annotated[
        str, typer.Argument(metavar="TO", help=_("A folder, or an address such as s3://bucket/log."))
    ],
    repair: Annotated[
        bool, typer.Option("--repair", help=_("Compare every file, and write anew those that differ."))
    ] = False,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.mirror import mirror

    _chosen, say = worded(lang)
    with readable(db, keys) as ledger, progress(say("Copying the log …")) as report:
        done = mirror(ledger, to, report, repair=repair)
    if json:
        return write_document({"to": to, "copied": done}, output(json=True))
    line = say("Copied: {size} lines of {origin}, {before} of them before; {files} files written.")
    console().print(
        line.format(
            size=f"{done.size:,}", origin=done.origin, before=f"{done.before:,}", files=f"{done.files:,}"
        ),
        style="bold",
        markup=False,
    )
    return None
