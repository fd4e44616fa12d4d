"""`meguri passport`: what a battery's passport must hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meguri.cli.choice import chosen
from meguri.cli.language import language, translator
from meguri.cli.output import Columns, Json, Lang, console, grid, note, output, worded, write_document
from meguri.errors import OptionError, Said

if TYPE_CHECKING:
    from meguri.passport import AttributeList, Completeness

_ = translator(language())

app = typer.Typer(
    help=_("What a battery's passport must hold, for whom, and from when."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def passport() -> None:
    pass


@app.command(help=_("List the attributes that the law asks for, for a category of batteries on a date."))
def attributes(
    category: Annotated[
        str,
        typer.Option(
            "--category", metavar="CATEGORY", help=_("ev, lmt, industrial_stationary or industrial_other.")
        ),
    ] = "ev",
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help=_("Due on this date (default: today)."))
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--list", metavar="LIST", help=_("Another version of the list, or a folder with one.")),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.passport import CATEGORIES, completeness

    spoken, say = worded(lang)
    listed = _listed(version)
    asked = completeness((), listed, chosen(category, CATEGORIES, "--category"), _date(on))
    if json:
        return write_document({"list": listed, "due": asked}, output(json=True))
    states = {
        "missing": say("required"),
        "not_due": say("not yet due"),
        "if_applicable": say("where it applies"),
        "optional": say("voluntary"),
        "excluded": say("not to be given"),
    }
    readers = {
        "public": say("everyone"),
        "interest": say("legitimate interest"),
        "authority": say("authorities"),
    }
    columns: Columns = (
        (say("attribute"), "left"),
        (say("unit"), "left"),
        (say("who may read"), "left"),
        (say("on the date"), "left"),
        (say("clause"), "left"),
    )
    rows = [
        (
            line.name_ja if spoken == "ja" else line.name,
            listed[line.key].unit,
            readers[line.access],
            states[line.state] + _since(asked, line.since),
            line.clause,
        )
        for line in asked.lines
    ]
    console().print(grid(columns, rows, wraps=(0, 4)))
    title = listed.title_ja if spoken == "ja" else listed.title
    note(
        say("{title}, {version}: {due} of {count} are required on {on}. Source: {source}").format(
            title=title,
            version=listed.version,
            due=asked.due,
            count=len(asked.lines),
            on=asked.on,
            source=listed.source,
        )
    )
    return None


def _since(asked: Completeness, since: date | None) -> str:
    return f" ({since})" if since and since > asked.on else ""


def _listed(version: str | None) -> AttributeList:
    from meguri.passport import NEWEST, read_attributes, shipped_attributes

    if version is not None and Path(version).is_dir():
        return read_attributes(Path(version))
    return shipped_attributes(version or NEWEST)


def _date(told: str | None) -> date:
    try:
        return date.fromisoformat(told) if told else date.today()  # noqa: DTZ011
    except ValueError as fault:
        raise OptionError(
            Said("“{date}” is not a date.", date=told),
            where="--on",
            mend=Said("Write it as year-month-day, such as 2027-02-18."),
        ) from fault
