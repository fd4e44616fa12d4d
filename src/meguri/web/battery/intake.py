"""Taking in a file of events: what would become of each row first, and recording it only when that is confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from meguri.battery import Event
from meguri.errors import InputError, MeguriError, NotFound, Problem, Said
from meguri.report import Language, battery_words, in_language, mark
from meguri.web.battery.address import path_of, short_name
from meguri.web.battery.kept_files import keep, kept
from meguri.web.battery.pages import to_batteries
from meguri.web.battery.words import FLAGS, moment
from meguri.web.language import language_of, sentences
from meguri.web.ledger.access import form_token, may_record_here, writer_of
from meguri.web.ledger.opened import ledger_to_write
from meguri.web.ledger.shown import form_page
from meguri.web.problems import Told, told_of

__all__ = ["confirmed", "examined", "import_page", "import_template"]

MOST_ROWS = 20_000
MOST_LISTED = 400
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

Upload = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Sent = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/battery/import", sync_to_thread=True, include_in_schema=False)
def import_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    return _page(request, {})


@get("/battery/import/template.{form:str}", sync_to_thread=True, include_in_schema=False)
def import_template(request: Request[Any, Any, Any], form: str) -> Response[bytes]:
    if form not in TYPES:
        raise NotFound(
            Said("There is no template “{form}”.", form=form),
            mend=Said("Ask for one of: {forms}.", forms=tuple(TYPES)),
        )
    from meguri.ledger.exchange.sheets import template

    return Response(
        template("all", form, language_of(request)),
        media_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="meguri-events.{form}"'},
    )


@post("/battery/import", sync_to_thread=True, status_code=200, include_in_schema=False)
def examined(request: Request[Any, Any, Any], data: Upload) -> Response[bytes]:
    """Say of each row of a file what would become of it; nothing is recorded."""
    writer = writer_of(request, str(data.get("token", "")))
    sent = data.get("file")
    name, content = str(data.get("name", "")), b""
    if isinstance(sent, UploadFile) and sent.filename:
        name, content = Path(sent.filename).name[:200], sent.file.read()
    elif data.get("kept"):
        content = kept(_folder(request), str(data["kept"]))
    if not content:
        return _page(
            request, {}, InputError(Said("No file was sent."), where="file", mend=Said("Choose one first."))
        )
    shown: dict[str, Any] = {"name": name, "kept": keep(_folder(request), content)}
    try:
        events = _events(content, name)
        verdicts = ledger_to_write(request).dry_run(events, recorder=writer.recorder)
    except MeguriError as fault:
        return _page(request, shown, fault)
    return _page(request, {**shown, **_verdicts(events, verdicts, language_of(request))})


@post("/battery/import/confirm", sync_to_thread=True, status_code=200, include_in_schema=False)
def confirmed(request: Request[Any, Any, Any], data: Sent) -> Response[bytes]:
    """Record the rows of a file that was examined, all of them or those that can be."""
    writer = writer_of(request, data.get("token", ""))
    name, language = data.get("name", ""), language_of(request)
    content = kept(_folder(request), data.get("kept", ""))
    shown: dict[str, Any] = {"name": name, "kept": data.get("kept", "")}
    try:
        ledger, events = ledger_to_write(request), _events(content, name)
        verdicts = ledger.dry_run(events, recorder=writer.recorder)
        chosen = [
            event
            for event, verdict in zip(events, verdicts, strict=True)
            if not isinstance(verdict, MeguriError)
        ]
        if len(chosen) < len(events) and data.get("only") != "possible":
            return _page(request, {**shown, **_verdicts(events, verdicts, language)})
        receipts = ledger.append(chosen, recorder=writer.recorder)
    except MeguriError as fault:
        return _page(request, shown, fault)
    before = sum(verdict == ("known",) for verdict in verdicts)
    batteries = Counter(receipt.battery for receipt in receipts)
    done = {
        "recorded": len(receipts) - before,
        "before": before,
        "left": len(events) - len(chosen),
        "batteries": [(short_name(one), path_of(one), count) for one, count in batteries.most_common(50)],
    }
    return _page(request, {"name": name, "kept": "", "done": done})


def _events(content: bytes, name: str) -> list[Event]:
    from meguri.ledger.exchange import read_file

    events = read_file(content, name)
    if len(events) > MOST_ROWS:
        raise InputError(
            Said(
                "The file has {count:,} events; a page takes at most {most:,}.",
                count=len(events),
                most=MOST_ROWS,
            ),
            where=name,
            mend=Said("Use the command line: meguri event import FILE."),
        )
    return events


def _verdicts(
    events: Sequence[Event], verdicts: Sequence[MeguriError | tuple[str, ...]], language: Language
) -> dict[str, Any]:
    """Each row with what would become of it, those that are refused first."""
    say, words = sentences(language).gettext, battery_words(language)
    rows = []
    for place, (event, verdict) in enumerate(zip(events, verdicts, strict=True), start=1):
        refused = isinstance(verdict, MeguriError)
        rows.append(
            {
                "row": place,
                "event": words.events[event.type],
                "battery": short_name(event.battery),
                "when": moment(event.time, language),
                "refused": refused,
                "said": _fault(verdict, language)
                if isinstance(verdict, MeguriError)
                else say(", ").join(say(FLAGS[flag]) for flag in verdict),
            }
        )
    refused_count = sum(row["refused"] is True for row in rows)
    return {
        "rows": sorted(rows, key=lambda row: not row["refused"])[:MOST_LISTED],
        "count": len(rows),
        "refused": refused_count,
        "known": sum(verdict == ("known",) for verdict in verdicts),
        "most": MOST_LISTED,
    }


def _fault(fault: MeguriError, language: Language) -> str:
    return " ".join(in_language(part, language) for part in (fault.what, fault.mend) if part)


def _page(
    request: Request[Any, Any, Any], shown: Mapping[str, Any], fault: MeguriError | None = None
) -> Response[bytes]:
    token, cookies = form_token(request)
    language = language_of(request)
    told: Told | None = told_of(fault, request.url.path, language) if fault else None
    problems: tuple[Problem, ...] = fault.problems if isinstance(fault, InputError) else ()
    return form_page(
        request,
        "import.html",
        {
            "name": "",
            "kept": "",
            "rows": None,
            "done": None,
            **shown,
            "fault": told,
            "problems": [
                (
                    one.sheet,
                    one.row or "",
                    one.column,
                    one.value,
                    in_language(one.what, language),
                    in_language(one.mend, language),
                )
                for one in problems[:MOST_LISTED]
            ],
            "token": token,
            "may_record": may_record_here(request),
            "crumbs": to_batteries(language),
        },
        title=mark("Take in a file"),
        status=told.status if told else 200,
        cookies=cookies,
    )


def _folder(request: Request[Any, Any, Any]) -> Path:
    folder: Path = request.app.state.ledger.beside("imports")
    return folder
