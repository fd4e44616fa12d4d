"""Recording an event in a minute: name the battery, choose what happened, confirm. Works without scripts and offline."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter

from meguri.battery import RULES, STEPS, fold, subject
from meguri.errors import InputError, MeguriError, NotFound
from meguri.ledger import Receipt, new_id
from meguri.ledger.exchange import WORDS
from meguri.ledger.family import told
from meguri.ledger.view import find_battery
from meguri.report import battery_words, mark
from meguri.web.battery.address import path_of, short_name
from meguri.web.battery.fields import controls
from meguri.web.battery.given import event_of
from meguri.web.battery.life import kind_of
from meguri.web.battery.pages import to_batteries
from meguri.web.battery.reader import page_reader
from meguri.web.battery.words import JAPAN, in_sentences, stage_sentence
from meguri.web.language import language_of
from meguri.web.ledger.access import form_token, may_record_here, writer_of
from meguri.web.ledger.opened import has_ledger, ledger_of, ledger_to_write
from meguri.web.ledger.shown import form_page
from meguri.web.problems import told_of

__all__ = ["offline_page", "record", "record_page"]

Sent = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

ANY_TIME = ("measured", "transferred", "damaged", "maintained", "audited", "attested", "corrected")
"""Words that change no stage; a form offers them after those that do."""
TITLE = mark("Record an event")


@get("/battery/record", sync_to_thread=True, include_in_schema=False)
def record_page(
    request: Request[Any, Any, Any],
    battery: Annotated[str, QueryParameter(max_length=2000)] = "",
    word: Annotated[str, QueryParameter(max_length=40)] = "",
) -> Response[bytes]:
    told_battery = battery.strip()
    if not told_battery:
        return _page(request, "record_battery.html", {})
    try:
        named = _named(request, told_battery)
    except MeguriError as fault:
        return _page(request, "record_battery.html", {}, battery=told_battery, fault=fault)
    if word in WORDS:
        given = {"battery": named, "word": word, "id": new_id(), "offset": "+09:00"}
        given["time"] = datetime.now(JAPAN).isoformat(timespec="minutes")[:16]
        return _form(request, given)
    return _page(request, "record_word.html", _choice(request, named), battery=named)


@get("/battery/record/offline", sync_to_thread=True, include_in_schema=False)
def offline_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """One page with the forms of all events: what a phone keeps for where there is no connection."""
    language = language_of(request)
    names = battery_words(language).events
    words = [rule.event for rule in RULES if rule.event in WORDS]
    forms = [(word, names[word], *controls(word, {}, {}, language)) for word in words]
    return _page(request, "record_offline.html", {"forms": forms})


@post("/battery/record", sync_to_thread=True, include_in_schema=False)
def record(request: Request[Any, Any, Any], data: Sent) -> Response[bytes]:
    is_offered = data.get("word", "") in WORDS
    try:
        writer = writer_of(request, data.get("token", ""))
        event = event_of(data)
        receipt = ledger_to_write(request).append([event], recorder=writer.recorder)[0]
    except MeguriError as fault:
        if _wants_json(request) or not is_offered:
            raise
        return _form(request, data, fault)
    return _done(request, receipt)


def _done(request: Request[Any, Any, Any], receipt: Receipt) -> Response[bytes]:
    page = f"{path_of(receipt.battery)}?recorded={receipt.event}&lang={language_of(request)}"
    if _wants_json(request):
        return Response(
            msgspec.json.encode({"page": page, "receipt": receipt}),
            status_code=201,
            headers={"Cache-Control": "no-store"},
            media_type="application/json",
        )
    return Response(b"", status_code=303, headers={"Location": page, "Cache-Control": "no-store"})


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    return "text/html" not in request.headers.get("accept", "")


def _named(request: Request[Any, Any, Any], told_battery: str) -> str:
    """The identifier of the battery that is named, known or not. Raises InputError."""
    if has_ledger(request):
        with suppress(NotFound):
            return find_battery(ledger_of(request), told_battery, page_reader(request))
    return subject(told_battery)


def _choice(request: Request[Any, Any, Any], battery: str) -> dict[str, Any]:
    """What can happen to the battery now, what besides, and what else there is."""
    language = language_of(request)
    life = None
    if has_ledger(request):
        with suppress(NotFound):
            life = fold(map(told, ledger_of(request).life(battery)), battery)
    stage = life.stage if life else "none"
    names = battery_words(language).events
    here = [rule.event for rule in RULES if (stage, rule.event) in STEPS and rule.event in WORDS]
    onward = [word for word in here if word not in ANY_TIME]
    first = onward if stage != "none" else list(_BEGINNINGS)
    return {
        "sentence": stage_sentence(stage, kind_of(life) if life else "pack", language),
        "possible": [(word, names[word]) for word in first],
        "besides": [(word, names[word]) for word in here if word not in first],
        "known": life is not None,
    }


_BEGINNINGS = ("removed", "collected", "received", "sorted", "manufactured", "imported")
"""What is offered first for a battery that is not known yet."""


def _form(
    request: Request[Any, Any, Any], given: Mapping[str, str], fault: MeguriError | None = None
) -> Response[bytes]:
    language = language_of(request)
    word = given["word"]
    problems = fault.problems if isinstance(fault, InputError) else ()
    faults = {one.column: in_sentences((one.what, one.mend), language) for one in problems}
    front, rest = controls(word, given, faults, language)
    shown = {
        "word": word,
        "word_name": battery_words(language).events[word],
        "front": front,
        "rest": rest,
        "rest_open": any(one.fault for one in rest),
        "given": {name: given.get(name, "") for name in ("id", "time", "offset")},
        "time_fault": faults.get("time", ""),
    }
    return _page(request, "record_form.html", shown, battery=given.get("battery", ""), fault=fault)


def _page(
    request: Request[Any, Any, Any],
    template: str,
    shown: Mapping[str, Any],
    *,
    battery: str = "",
    fault: MeguriError | None = None,
) -> Response[bytes]:
    token, cookies = form_token(request)
    language = language_of(request)
    return form_page(
        request,
        template,
        {
            **shown,
            "battery": battery,
            "short": short_name(battery) if battery else "",
            "token": token,
            "fault": told_of(fault, request.url.path, language) if fault else None,
            "may_record": may_record_here(request),
            "crumbs": to_batteries(language),
        },
        title=TITLE,
        status=_status(fault),
        cookies=cookies,
    )


def _status(fault: MeguriError | None) -> int:
    if fault is None:
        return 200
    return 422 if isinstance(fault, InputError) else told_of(fault, "").status
