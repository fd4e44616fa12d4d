"""Pages of one battery: its life with receipts, what was known on a date, and its kin; and the search for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import PathParameter, QueryParameter

from meguri.battery import AccessClass, Life, fold
from meguri.errors import InputError, NotFound, OptionError, Said
from meguri.ledger import Ledger, Recorded
from meguri.ledger.family import told
from meguri.ledger.view import find_battery, may_see
from meguri.report import Language, battery_words, mark
from meguri.web.battery.address import path_of, short_name, told_in
from meguri.web.battery.kin import Kin, Line, kin_of
from meguri.web.battery.life import entries, facts, kind_of
from meguri.web.battery.picture import Labelled, picture
from meguri.web.battery.reader import page_reader
from meguri.web.battery.search import found_by
from meguri.web.battery.words import JAPAN, day, moment, stage_sentence
from meguri.web.language import sentences
from meguri.web.ledger.access import may_record_here
from meguri.web.ledger.opened import has_ledger, ledger_of
from meguri.web.ledger.shown import ledger_page
from meguri.web.nation.ways import home
from meguri.web.shell import Crumb

__all__ = ["battery_page", "battery_search", "to_batteries"]

MOST_FOUND = 50
MOST_SHOWN = 300


def to_batteries(language: Language) -> tuple[Crumb, ...]:
    """The way to a page below the batteries."""
    return home(language), Crumb(sentences(language).gettext("Battery"), "/battery")


@get("/battery", sync_to_thread=True, include_in_schema=False)
def battery_search(
    request: Request[Any, Any, Any], q: Annotated[str, QueryParameter(max_length=400)] = ""
) -> Response[bytes]:
    asked, reader = q.strip(), page_reader(request)
    if asked and has_ledger(request):
        try:
            found = find_battery(ledger_of(request), asked, reader)
        except (NotFound, InputError):
            pass
        else:
            return Response(b"", status_code=303, headers={"Location": _kept(request, path_of(found))})

    def shown(language: Language) -> dict[str, Any]:
        words = battery_words(language)
        return {
            "asked": asked,
            "found": [
                (path_of(one.battery), one.battery, words.stages[one.stage], one.version)
                for one in found_by(request, asked, MOST_FOUND)
            ],
            "may_record": may_record_here(request),
            "crumbs": (home(language),),
        }

    return ledger_page(request, "battery_search.html", shown, title=mark("Battery"))


@get("/battery/{told_path:path}", sync_to_thread=True, include_in_schema=False)
def battery_page(
    request: Request[Any, Any, Any],
    told_path: Annotated[str, PathParameter(max_length=2000)],
    as_of: Annotated[str, QueryParameter(max_length=40)] = "",
    recorded: Annotated[str, QueryParameter(max_length=36)] = "",
) -> Response[bytes]:
    ledger, reader = ledger_of(request), page_reader(request)
    named = told_in(told_path)
    battery = find_battery(ledger, named, reader)
    if battery != named:
        return Response(b"", status_code=303, headers={"Location": _kept(request, path_of(battery))})
    until = _end_of_day(as_of) if as_of else None
    if until and until > datetime.now(UTC):
        until = None

    def shown(language: Language) -> dict[str, Any]:
        held = ledger.life(battery)
        life = fold(map(told, held), battery, as_of=until)
        return {
            **_told(request, ledger, life, {one.index: one for one in held}, reader, language),
            "as_of": as_of if until else "",
            "as_of_said": day(date.fromisoformat(as_of), language) if until else "",
            "fresh": _fresh(held, recorded, language),
        }

    return ledger_page(request, "battery.html", shown, title=short_name(battery), reader=reader)


def _told(
    request: Request[Any, Any, Any],
    ledger: Ledger,
    life: Life,
    held: Mapping[int, Recorded],
    reader: AccessClass,
    language: Language,
) -> dict[str, Any]:
    kind, words = kind_of(life), battery_words(language)
    told_entries = entries(life, held, reader, language)
    kin = kin_of(ledger, life.battery) if may_see("parts", reader) else None
    return {
        "battery": life.battery,
        "here": path_of(life.battery),
        "kind": words.kinds.get(kind, ""),
        "stage": life.stage,
        "sentence": stage_sentence(life.stage, kind, language),
        "last": told_entries[-1] if told_entries else None,
        "facts": facts(life, reader, language),
        "entries": told_entries[-MOST_SHOWN:][::-1],
        "count": len(told_entries),
        "kin": _kin(kin, life.battery, kind, language) if kin and kin.flows else None,
        "reader": words.access[reader],
        "whole": reader == "authority",
        "may_record": may_record_here(request),
        "crumbs": to_batteries(language),
    }


def _kin(kin: Kin, battery: str, kind: str, language: Language) -> dict[str, Any]:
    say, words = sentences(language).gettext, battery_words(language)
    kinds = {**kin.kinds, battery: kind}

    def label(line: Line) -> Labelled:
        if line.left_out:
            return Labelled(say("and {count} more").format(count=f"{line.left_out:,}"), "")
        name = words.kinds.get(kinds.get(line.thing, ""), "")
        return Labelled(f"{name} {short_name(line.thing)}".strip(), f"{line.kg:,.4g} kg" if line.kg else "")

    above, below = (
        sum(line.above is side and line.depth > 0 for line in kin.lines) for side in (True, False)
    )
    return {
        "picture": picture(kin.lines, label),
        "message": _kin_said(above, below, language),
        "flows": [
            {
                "source": (path_of(flow.source), short_name(flow.source)),
                "target": (path_of(flow.target), short_name(flow.target)),
                "event": words.events[flow.word],
                "kg": f"{flow.kg['mass']:,.6g}" if "mass" in flow.kg else "",
                "elements": [f"{element} {kg:,.4g}" for element, kg in flow.kg.items() if element != "mass"],
            }
            for flow in kin.flows
        ],
        "cut": kin.cut,
    }


def _kin_said(above: int, below: int, language: Language) -> str:
    say = sentences(language).gettext
    if above and below:
        told = say("It came from {above} things; {below} came of it, step by step.")
    elif above:
        told = say("It came from {above} things, step by step.")
    else:
        told = say("{below} things came of it, step by step.")
    return told.format(above=above, below=below)


def _fresh(held: tuple[Recorded, ...], event_id: str, language: Language) -> dict[str, Any] | None:
    """What to say of the event that was just recorded."""
    found = next((one for one in held if one.id == event_id), None)
    if found is None:
        return None
    return {
        "id": found.id,
        "title": battery_words(language).events[found.type],
        "index": f"{found.index:,}",
        "when": moment(found.recorded.astimezone(JAPAN), language),
    }


def _end_of_day(told_date: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(told_date), time.max, JAPAN)
    except ValueError as fault:
        raise OptionError(
            Said("“{date}” is not a date.", date=told_date),
            where="as_of",
            mend=Said("Write it as 2026-04-01."),
        ) from fault


def _kept(request: Request[Any, Any, Any], path: str) -> str:
    """A path with the language that the address named."""
    lang = request.query_params.get("lang")
    if lang is not None and lang not in ("ja", "en"):
        raise HTTPException(status_code=400)
    return f"{path}?lang={lang}" if lang else path
