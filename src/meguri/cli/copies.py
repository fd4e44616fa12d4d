"""`meguri ledger export`, `backup`, `restore`, `follow`: a ledger somewhere else, and back."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.language import Say, language, translator
from meguri.cli.opened import Db, Keys, readable
from meguri.cli.output import Json, Lang, console, note, output, progress, worded, write_document
from meguri.cli.trust import NeededKey, public_key
from meguri.errors import OptionError, Said

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.ledger.replica import Lag

_ = translator(language())

app = typer.Typer(rich_markup_mode=None)


@app.command(
    help=_(
        "Copy the log's public files to a folder or an object store (only what is new), or all events to Parquet."
    )
)
def export(
    to: Annotated[
        str | None,
        typer.Argument(
            metavar="TO", show_default=False, help=_("A folder, or an address such as s3://bucket/log.")
        ),
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FILE", help=_("Write all events to this file instead.")),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help=_("Compare every file, and write anew those that differ."))
    ] = False,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    _chosen, say = worded(lang)
    if (to is None) == (parquet is None):
        raise OptionError(
            Said("It is not said where to export to."),
            where="TO",
            mend=Said("Name a folder or an address, or --parquet FILE."),
        )
    told = _to_parquet(parquet, db, say) if parquet else _to_place(str(to), db, say, repair=repair)
    if json:
        write_document(told, output(json=True))


def _to_parquet(file: Path, db: str | None, say: Say) -> dict[str, Any]:
    from meguri.ledger.exchange import export_parquet

    with readable(db) as ledger, progress(say("Writing the events …")) as report:
        count = export_parquet(ledger, file, report)
    note(say("Written: {count} events to {path}").format(count=f"{count:,}", path=file))
    return {"to": str(file), "events": count}


def _to_place(to: str, db: str | None, say: Say, *, repair: bool) -> dict[str, Any]:
    from meguri.ledger.mirror import mirror

    with readable(db) as ledger, progress(say("Copying the log …")) as report:
        done = mirror(ledger, to, report, repair=repair)
    line = say("Copied: {size} lines of {origin}, {before} of them before; {files} files written.")
    note(
        line.format(
            size=f"{done.size:,}", origin=done.origin, before=f"{done.before:,}", files=f"{done.files:,}"
        )
    )
    return {"to": to, "copied": done}


@app.command(
    help=_(
        "Back up everything that a ledger holds into one file. The keys are not in it: keep their folder apart."
    )
)
def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("The file to write; one that is there stays."))
    ],
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli.happened import show_pairs
    from meguri.ledger.backup import backup as back_up

    _chosen, say = worded(lang)
    with readable(db) as ledger, progress(say("Backing up …")) as report:
        done = back_up(ledger, file, report)
    if json:
        told = {"file": str(done.path), "origin": done.origin, "size": done.size, "events": done.events}
        told |= {"root": done.root.hex(), "bytes": done.bytes, "sha256": done.sha256}
        return write_document(told, output(json=True))
    screen = console()
    line = say("Backed up: {events} events of {origin}, {bytes} bytes.")
    screen.print(
        line.format(events=f"{done.events:,}", origin=done.origin, bytes=f"{done.bytes:,}"),
        style="bold",
        markup=False,
    )
    show_pairs(screen, {say("root"): done.root.hex(), "SHA-256": done.sha256})
    screen.print(say("The keys are not in it: keep a copy of their folder apart."), style="dim")
    return None


@app.command(help=_("Restore a backup into an empty database, all or up to a point, and verify all of it."))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The backup."))],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="POINT",
            help=_("Only up to this line of the log, or to what was recorded by this time."),
        ),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.cli.happened import moment, show_pairs
    from meguri.ledger import home
    from meguri.ledger.restore import restore as put_back

    _chosen, say = worded(lang)
    point = _point(until)
    with progress(say("Restoring …")) as report:
        done = put_back(file, db or home.default_db(), keys=keys, until=point, progress=report)
    if json:
        told = {"origin": done.origin, "size": done.size, "newest": done.newest, "events": done.events}
        told |= {"root": done.root.hex(), "last": done.last, "has_key": done.has_key}
        return write_document({**told, "erased_later": done.erased_later}, output(json=True))
    screen = console()
    line = say("Restored and verified: {events} events of {origin}, {size} of {newest} lines.")
    screen.print(
        line.format(
            events=f"{done.events:,}", origin=done.origin, size=f"{done.size:,}", newest=f"{done.newest:,}"
        ),
        style="bold green",
        markup=False,
    )
    show_pairs(
        screen,
        {
            say("root"): done.root.hex(),
            say("newest event"): moment(done.last) if done.last else "",
            say("erased since then"): say(", ").join(done.erased_later),
        },
    )
    if not done.has_key:
        screen.print(
            say("The keys are missing: put them back into their folder to record again."), style="yellow"
        )
    return None


@app.command(
    help=_(
        "Follow another Meguri: copy its log and what you may see of its events, each checked, into a file."
    )
)
def follow(
    source: Annotated[str, typer.Argument(metavar="URL", help=_("The address of the other Meguri."))],
    key: NeededKey,
    into: Annotated[
        Path, typer.Option("--into", metavar="FILE", help=_("The file of the copy; read it with --db FILE."))
    ],
    api_key: Annotated[
        Path | None,
        typer.Option(
            "--api-key", metavar="FILE", help=_("A file with the API key that the other side gave you.")
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", metavar="SECONDS", min=1, help=_("Look again and again, until Ctrl-C.")),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.follow import follow as catch_up

    _chosen, say = worded(lang)
    log = public_key(key)
    secret = api_key.read_text(encoding="utf-8").strip() if api_key else None
    while True:
        with progress(say("Copying …")) as report:
            lag = catch_up(source, log, into, api_key=secret, progress=report)
        if json:
            write_document(_lag(lag, into), output(json=True))
        else:
            _show_lag(console(), lag, into, say)
        if every is None:
            return
        time.sleep(every)


def _point(until: str | None) -> int | datetime | None:
    from meguri.cli.event_words import instant_of

    if until is None:
        return None
    return int(until) if until.isdecimal() else instant_of(until, end_of_day=True, where="--until")


def _lag(lag: Lag, into: Path) -> dict[str, Any]:
    return {
        "source": lag.url,
        "copy": str(into),
        "access": lag.access,
        "lines": lag.lines,
        "of": lag.of,
        "seen": lag.seen,
        "whole": lag.whole,
    }


def _show_lag(screen: Console, lag: Lag, into: Path, say: Say) -> None:
    from meguri.cli.happened import moment

    line = say("Copied and checked: {lines} of {of} lines into {file}.")
    screen.print(
        line.format(lines=f"{lag.lines:,}", of=f"{lag.of:,}", file=into), style="bold green", markup=False
    )
    if lag.whole:
        screen.print(say("Recovery point: {time}").format(time=moment(lag.whole)), markup=False)
