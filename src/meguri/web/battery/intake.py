"""Taking in a file of events: what would become of each row first, and recording it only when that is confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, PathParameter

from meguri.errors import InputError, MeguriError, Problem, Said
from meguri.ledger.exchange import FORMATS, template
from meguri.report import Language, in_language, mark
from meguri.web.asked import named_form
from meguri.web.battery.address import path_of, short_name
from meguri.web.battery.kept_files import keep, kept
from meguri.web.battery.pages import to_batteries
from meguri.web.battery.taken import Taken, read_taken, verdicts_by_row
from meguri.web.language import language_of
from meguri.web.ledger.access import form_token, may_record_here, writer_of
from meguri.web.ledger.opened import ledger_to_write
from meguri.web.ledger.shown import form_page
from meguri.web.problems import Told, told_of

__all__ = ["confirmed", "examined", "import_page", "import_template"]

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


@get("/battery/import/{file:str}", sync_to_thread=True, include_in_schema=False)
def import_template(
    request: Request[Any, Any, Any], file: Annotated[str, PathParameter(max_length=40)]
) -> Response[bytes]:
    """`template.xlsx` or `template.csv`, in the reader's language."""
    stem, form = named_form(file, FORMATS)
    if stem != "template":
        raise NotFoundException
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
        taken = read_taken(content, name)
        verdicts = ledger_to_write(request).dry_run(taken.events, recorder=writer.recorder)
    except MeguriError as fault:
        return _page(request, shown, fault)
    return _page(request, {**shown, **_shown_verdicts(taken, verdicts, language_of(request))})


@post("/battery/import/confirm", sync_to_thread=True, status_code=200, include_in_schema=False)
def confirmed(request: Request[Any, Any, Any], data: Sent) -> Response[bytes]:
    """Record the rows of a file that was examined, all of them or those that can be."""
    writer = writer_of(request, data.get("token", ""))
    name, language = data.get("name", ""), language_of(request)
    content = kept(_folder(request), data.get("kept", ""))
    shown: dict[str, Any] = {"name": name, "kept": data.get("kept", "")}
    try:
        ledger, taken = ledger_to_write(request), read_taken(content, name)
        verdicts = ledger.dry_run(taken.events, recorder=writer.recorder)
        chosen = [
            event
            for event, verdict in zip(taken.events, verdicts, strict=True)
            if not isinstance(verdict, MeguriError)
        ]
        told = _shown_verdicts(taken, verdicts, language)
        if told["refused"] and data.get("only") != "possible":
            return _page(request, {**shown, **told})
        receipts = ledger.append(chosen, recorder=writer.recorder)
    except MeguriError as fault:
        return _page(request, shown, fault)
    batteries = Counter(receipt.battery for receipt in receipts)
    done = {
        "recorded": len(receipts) - told["known"],
        "before": told["known"],
        "left": told["refused"],
        "batteries": [(short_name(one), path_of(one), count) for one, count in batteries.most_common(50)],
    }
    return _page(request, {"name": name, "kept": "", "done": done})


def _shown_verdicts(
    taken: Taken, verdicts: Sequence[MeguriError | tuple[str, ...]], language: Language
) -> dict[str, Any]:
    rows = verdicts_by_row(taken, verdicts, language)
    bad = {(one.sheet, one.row) for one in rows if one.refused}
    return {
        "rows": rows[:MOST_LISTED],
        "count": len(taken.events) + len({(one.sheet, one.row) for one in taken.problems}),
        "refused": len(bad),
        "known": sum(verdict == ("known",) for verdict in verdicts),
        "most": MOST_LISTED,
    }


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
