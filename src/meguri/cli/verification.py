"""`meguri ledger verify`, `prove`, `check-proof`: a log and its events checked without trusting who keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meguri.cli.event import EventId
from meguri.cli.failure import BAD_INPUT
from meguri.cli.language import Say, language, translator
from meguri.cli.opened import Db, Keys, readable
from meguri.cli.output import Json, Lang, console, output, progress, worded, write_document
from meguri.cli.trust import LogKey, NeededKey, Witnesses, log_at, log_key, public_key, show_fault
from meguri.errors import InputError, Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from meguri.ledger.verify import Verdict

_ = translator(language())

app = typer.Typer(rich_markup_mode=None)


@app.command(
    help=_(
        "Verify a whole log from its files alone: every line, every tile, every signature. Exit code 0 if it holds."
    )
)
def verify(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            show_default=False,
            help=_(
                "A folder or address with the log's files, or a ledger's database (the ledger itself if left out)."
            ),
        ),
    ] = None,
    key: LogKey = None,
    recorders: Annotated[
        Path | None,
        typer.Option(
            "--recorders",
            metavar="FILE",
            help=_("The recorders' public keys, one a line, in place of those that lie beside the log."),
        ),
    ] = None,
    witness: Witnesses = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.mirror import parse_recorders
    from meguri.ledger.verify import verify_log

    _chosen, say = worded(lang)
    witnesses = tuple(map(public_key, witness or ()))
    told = parse_recorders(recorders.read_bytes()) if recorders else None
    with log_at(source, db, keys) as log, progress(say("Verifying the log …")) as report:
        verdict = verify_log(
            log.tiles,
            log_key(key, log),
            recorder_keys=log.recorders if told is None else told,
            witnesses=witnesses,
            progress=report,
        )
    seen = {held.witness for held in verdict.witnesses}
    absent = [held.name for held in witnesses if held.name not in seen]
    holds = verdict.holds and not absent
    if json:
        write_document(_verdict(verdict, holds, absent), output(json=True))
    else:
        _show_verdict(console(), verdict, absent, say)
    if not holds:
        raise typer.Exit(BAD_INPUT)


@app.command(help=_("Print the proof that an event is in the log, which anyone can check offline for ever."))
def prove(event: EventId, db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    worded(lang)
    with readable(db) as ledger:
        proof, receipt = ledger.prove(event), ledger.receipt(event)
    if json:
        return write_document({"receipt": receipt, "proof": proof}, output(json=True))
    typer.echo(proof, nl=False)
    return None


@app.command(
    "check-proof", help=_("Check a proof (.tlog-proof) with the log's key, offline. Exit code 0 if it holds.")
)
def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The proof that was printed by prove."))],
    key: NeededKey,
    receipt: Annotated[
        Path | None,
        typer.Option(
            "--receipt", metavar="FILE", help=_("The event's receipt (JSON), to hold the proof against.")
        ),
    ] = None,
    witness: Witnesses = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.tlog_proof import Policy, parse_proof, verify_proof

    _chosen, say = worded(lang)
    proof = parse_proof(_text(file))
    entry = _entry(receipt) if receipt else proof.extra
    if entry is None:
        raise InputError(
            Said("The proof does not say which line it proves."),
            where=file.name,
            mend=Said("Give the event's receipt too: --receipt FILE."),
        )
    witnesses = tuple(map(public_key, witness or ()))
    checkpoint = verify_proof(proof, entry, Policy(public_key(key), witnesses, len(witnesses)))
    told = {
        "verified": True,
        "origin": checkpoint.origin,
        "index": proof.index,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "entry": entry.decode(),
    }
    if json:
        return write_document(told, output(json=True))
    line = say("Verified: line {index} of the {size} lines of {origin} is:")
    console().print(
        line.format(index=f"{proof.index:,}", size=f"{checkpoint.size:,}", origin=checkpoint.origin),
        style="bold green",
        markup=False,
    )
    console().print(told["entry"], markup=False, soft_wrap=True)
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(
            Said("This is not a text."),
            where=file.name,
            mend=Said("Give the file that was printed, unchanged."),
        ) from fault


def _entry(file: Path) -> bytes:
    """The line that a receipt says is the event's. Raises InputError."""
    import msgspec

    from meguri.ledger import Receipt

    try:
        held = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
        return msgspec.json.decode(held.get("receipt") or file.read_bytes(), type=Receipt).entry.encode()
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InputError(
            Said("This is not a receipt: {reason}", reason=Said.of(str(fault))),
            where=file.name,
            mend=Said("Give the JSON that was printed when the event was recorded."),
        ) from fault


def _verdict(verdict: Verdict, holds: bool, absent: Sequence[str]) -> dict[str, Any]:
    return {
        "verified": holds,
        "origin": verdict.origin,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "events": verdict.events,
        "recordings": verdict.recordings,
        "witnesses": [
            {"witness": seen.witness, "time": datetime.fromtimestamp(seen.time, UTC)}
            for seen in verdict.witnesses
        ],
        "witnesses_absent": absent,
        "recorders_unchecked": verdict.unknown,
        "fault": verdict.fault,
    }


def _show_verdict(screen: Console, verdict: Verdict, absent: Sequence[str], say: Say) -> None:
    from meguri.cli.happened import moment, show_pairs

    if verdict.fault:
        line = say("Not verified: the log {origin} does not hold.").format(origin=verdict.origin)
        screen.print(line, style="bold red", markup=False)
        fault = verdict.fault
        show_fault(screen, fault.what, fault.path, fault.index, fault.event, say)
        return
    line = say("Verified: {events} events in {recordings} recordings of {origin}.")
    screen.print(
        line.format(
            events=f"{verdict.events:,}", recordings=f"{verdict.recordings:,}", origin=verdict.origin
        ),
        style="bold green",
        markup=False,
    )
    show_pairs(
        screen,
        {
            say("lines in the log"): f"{verdict.size:,}",
            say("root"): verdict.root.hex(),
            **{
                say("seen by {witness}").format(witness=seen.witness): moment(
                    datetime.fromtimestamp(seen.time, UTC)
                )
                for seen in verdict.witnesses
            },
        },
    )
    if verdict.unknown:
        told = say("Not checked, as their keys are not at hand: the signatures of {recorders}.")
        screen.print(told.format(recorders=say(", ").join(verdict.unknown)), style="yellow", markup=False)
    if absent:
        told = say("Not signed by: {witnesses}.")
        screen.print(told.format(witnesses=say(", ").join(absent)), style="bold red", markup=False)
