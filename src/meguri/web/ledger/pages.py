"""Pages of the ledger: its public log and how to verify it, what is recorded lately, and what is odd."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get
from litestar.params import QueryParameter

from meguri.battery import as_corrected, trace
from meguri.ledger import Ledger, Recorded
from meguri.ledger.family import told
from meguri.ledger.note import Signature, parse_note
from meguri.ledger.view import Seen, may_see, visible
from meguri.report import Language, battery_words, in_language, mark
from meguri.web.battery.address import path_of, short_name
from meguri.web.battery.life import told_flags
from meguri.web.battery.reader import page_reader
from meguri.web.battery.words import FLAG_MEANINGS, FLAGS, JAPAN, moment
from meguri.web.kept import Kept
from meguri.web.language import sentences
from meguri.web.ledger.activity import by_day, newest, tally
from meguri.web.ledger.opened import has_ledger, ledger_of
from meguri.web.ledger.rates import admitted
from meguri.web.ledger.shown import ledger_page
from meguri.web.nation.ways import home
from meguri.web.shell import Crumb

__all__ = ["HANDLERS"]

COSIGNED_BYTES = 72
MOST_INDEX = 2**63 - 1
A_PAGE = 50
MOST_COUNTED = 2000
MOST_TRACED = 50_000
TOLERANCE = 0.02
"""Share of a mass that weighing may miss."""

Kind = Literal["impossible", "twice", "alias_clash", "seen_after_export", "late"]
KINDS: tuple[Kind, ...] = ("impossible", "twice", "alias_clash", "seen_after_export", "late")

_imbalances: Kept[tuple[tuple[str, str, str], ...] | None] = Kept(8)


def to_ledger(language: Language) -> tuple[Crumb, ...]:
    """The way to a page below the ledger."""
    return home(language), Crumb(sentences(language).gettext("Ledger"), "/ledger")


@get("/ledger", sync_to_thread=True, include_in_schema=False)
def ledger_log(request: Request[Any, Any, Any]) -> Response[bytes]:
    if not has_ledger(request):
        return ledger_page(
            request, "ledger_none.html", lambda language: {"crumbs": (home(language),)}, title=mark("Ledger")
        )
    ledger = ledger_of(request)

    def shown(language: Language) -> dict[str, Any]:
        size, (_, signatures) = ledger.size, parse_note(ledger.checkpoint)
        last = newest(ledger, size, 1)
        return {
            "size": size,
            "events": ledger.count(),
            "root": b64encode(ledger.root).decode(),
            "vkey": ledger.vkey,
            "last": last[0].recorded.isoformat() if last else "",
            "last_said": moment(last[0].recorded.astimezone(JAPAN), language) if last else "",
            "witnesses": [(one.name, _seen(one)) for one in signatures if one.name != ledger.origin],
            "address": f"{request.url.scheme}://{request.url.netloc}/ledger/log",
            "recorders": [
                {
                    "name": held.name,
                    "operator": held.operator or "",
                    "roles": [battery_words(language).roles.get(role, role) for role in held.roles],
                    "key": held.vkey,
                    "since": held.from_idx,
                    "until": held.until_idx,
                }
                for held in ledger.recorders()
            ],
            "crumbs": (home(language),),
        }

    return ledger_page(request, "ledger.html", shown, title=mark("Ledger"))


def _seen(signature: Signature) -> str:
    """When a witness saw the checkpoint, RFC 3339 UTC; empty where its signature bears no time."""
    if len(signature.value) != COSIGNED_BYTES:
        return ""
    return datetime.fromtimestamp(signature.time, UTC).isoformat(timespec="seconds")


@get("/ledger/activity", sync_to_thread=True, include_in_schema=False)
def activity(
    request: Request[Any, Any, Any],
    before: Annotated[int | None, QueryParameter(ge=0, le=MOST_INDEX)] = None,
    recorder: Annotated[str, QueryParameter(max_length=200)] = "",
) -> Response[bytes]:
    ledger, reader = ledger_of(request), page_reader(request)

    def shown(language: Language) -> dict[str, Any]:
        size = ledger.size
        counted = [held for held in newest(ledger, size, MOST_COUNTED) if _by(held, recorder)]
        listed = [
            held for held in newest(ledger, min(before or size, size), MOST_COUNTED) if _by(held, recorder)
        ]
        words = battery_words(language)
        return {
            "lines": [_line(held, language) for held in visible(listed[:A_PAGE], reader)],
            "next": listed[A_PAGE - 1].index if len(listed) > A_PAGE else None,
            "recorder": recorder,
            "recorders": sorted({held.name for held in ledger.recorders()}),
            "counted": len(counted),
            "most": MOST_COUNTED,
            "words": tally([words.events[held.type] for held in counted]),
            "days": by_day([held.recorded for held in counted], language),
            "crumbs": to_ledger(language),
        }

    return ledger_page(request, "activity.html", shown, title=mark("Activity"), reader=reader)


@get("/ledger/anomalies", sync_to_thread=True, include_in_schema=False)
def anomalies(
    request: Request[Any, Any, Any],
    kind: Annotated[Kind | None, QueryParameter()] = None,
    after: Annotated[int, QueryParameter(ge=-1, le=MOST_INDEX)] = -1,
) -> Response[bytes]:
    ledger, reader = ledger_of(request), page_reader(request)

    def shown(language: Language) -> dict[str, Any]:
        say = sentences(language).gettext
        asked = (kind,) if kind else KINDS
        kinds = []
        for one in asked:
            held = ledger.anomalies(one, after, A_PAGE + 1)
            kinds.append(
                {
                    "kind": one,
                    "title": say(FLAGS[one]),
                    "meaning": say(FLAG_MEANINGS[one]),
                    "lines": [_line(event, language) for event in visible(held[:A_PAGE], reader)],
                    "next": held[A_PAGE - 1].index if len(held) > A_PAGE else None,
                }
            )
        return {
            "kinds": kinds,
            "kind": kind,
            "mass": mass_faults(ledger, language) if may_see("parts", reader) and not kind else (),
            "may_see_mass": may_see("parts", reader),
            "crumbs": to_ledger(language),
        }

    return ledger_page(request, "anomalies.html", shown, title=mark("What is odd"), reader=reader)


def mass_faults(ledger: Ledger, language: Language) -> tuple[tuple[str, str, str], ...] | None:
    """Each thing whose matter does not balance: its name, address and what is wrong; None where there is too much to trace."""

    def make() -> tuple[tuple[str, str, str], ...] | None:
        if ledger.count() > MOST_TRACED:
            return None
        events = as_corrected(map(told, ledger.read(limit=MOST_TRACED)))
        return tuple(
            (short_name(found.node), path_of(found.node), in_language(found.why, language))
            for found in trace(events).imbalances(TOLERANCE)
        )

    return _imbalances.get((ledger.checkpoint, language), make)


def _by(held: Recorded, recorder: str) -> bool:
    return not recorder or held.recorder.rpartition("+")[0] == recorder


def _line(held: Seen, language: Language) -> dict[str, Any]:
    return {
        "index": held.index,
        "title": battery_words(language).events[held.type],
        "name": short_name(held.battery),
        "path": f"{path_of(held.battery)}#e-{held.id}",
        "when": moment(held.time, language),
        "recorded": moment(held.recorded.astimezone(JAPAN), language),
        "recorder": held.recorder.rpartition("+")[0],
        "who": (held.event or {}).get("by") or "",
        "flags": told_flags(held.flags, language),
        "is_battery": not held.battery.startswith("recorder:"),
    }


HANDLERS = (Router(path="/", before_request=admitted, route_handlers=[ledger_log, activity, anomalies]),)
