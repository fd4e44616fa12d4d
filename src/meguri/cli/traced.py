"""Where a battery's matter came from and went: flows, recycled content, and masses that balance or do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meguri.cli.choice import chosen
from meguri.cli.language import Language, Say
from meguri.cli.output import Columns, grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from meguri.battery import Balance, Contribution, Flow, Share
    from meguri.ledger.readable import ReadableLedger

MASS = "mass"


@dataclass(frozen=True, slots=True)
class Traced:
    """All that is known of one battery's matter; `shares` is None where no event tells how it was made."""

    battery: str
    incoming: tuple[Flow, ...]
    outgoing: tuple[Flow, ...]
    shares: Mapping[str, Share] | None
    path: tuple[Contribution, ...]
    balances: tuple[Balance, ...]
    imbalances: tuple[Balance, ...]


def traced(ledger: ReadableLedger, battery: str, element: str | None, tolerance: float) -> Traced:
    """Trace a battery through its forebears. Raises NotFound or OptionError."""
    from meguri.battery import ELEMENTS, as_corrected, recycled_content, recycled_path, trace
    from meguri.ledger.family import family

    if element is not None:
        chosen(element, ELEMENTS, "--element")
    named = ledger.resolve(battery)
    genealogy = trace(as_corrected(family(ledger, named)))
    born = named in genealogy.births
    return Traced(
        named,
        tuple(flow for flow in genealogy.flows if flow.target == named),
        tuple(flow for flow in genealogy.flows if flow.source == named),
        recycled_content(genealogy, named) if born else None,
        recycled_path(genealogy, named, element) if element else (),
        tuple(held for held in genealogy.balances if held.node == named),
        genealogy.imbalances(tolerance),
    )


def document(told: Traced) -> dict[str, Any]:
    """The trace as JSON; masses in kg."""
    return {
        "battery": told.battery,
        "incoming": told.incoming,
        "outgoing": told.outgoing,
        "recycled_content": None
        if told.shares is None
        else {
            name: {
                "kg": share.kg,
                "recycled": share.recycled,
                "post_consumer": share.post_consumer,
                "manufacturing_waste": share.manufacturing_waste,
                "not_told": share.not_told,
                "stated": share.stated,
            }
            for name, share in told.shares.items()
        },
        "path": told.path,
        "balances": told.balances,
        "imbalances": told.imbalances,
    }


def show(screen: Console, told: Traced, lang: Language, say: Say) -> None:
    """Print the trace."""
    screen.print(told.battery, style="bold", markup=False, soft_wrap=True)
    _flows(screen, told, lang, say)
    _shares(screen, told, lang, say)
    if told.path:
        _path(screen, told, lang, say)
    _balances(screen, told, lang, say)
    if not told.imbalances:
        screen.print(say("The mass balances for it and all that went into it."))
        return
    screen.print(say("The mass does not balance:"), style="bold")
    for held in told.imbalances:
        screen.print(f"  {say(held.why)}", markup=False)


def _flows(screen: Console, told: Traced, lang: Language, say: Say) -> None:
    from meguri.report import battery_words

    words = battery_words(lang)
    for title, flows, at in (
        (say("What went in"), told.incoming, "source"),
        (say("What came out"), told.outgoing, "target"),
    ):
        if not flows:
            continue
        columns: Columns = (
            (say("event"), "left"),
            (say("from") if at == "source" else say("to"), "left"),
            (say("mass"), "right"),
            (say("elements"), "left"),
        )
        rows = [
            (
                words.events[flow.word],
                getattr(flow, at) or say("outside the record"),
                _kg(flow.kg[MASS]) if MASS in flow.kg else "",
                " ".join(f"{name} {_kg(kg)}" for name, kg in flow.kg.items() if name != MASS),
            )
            for flow in flows
        ]
        screen.print(grid(columns, rows, title=title, wraps=(1, 3)))


def _shares(screen: Console, told: Traced, lang: Language, say: Say) -> None:
    from meguri.report import element_name

    if told.shares is None:
        screen.print(say("No event tells how it was made, so that its recycled content is not known."))
        return
    if not told.shares:
        screen.print(say("No event tells which elements it holds."))
        return
    columns: Columns = (
        (say("element"), "left"),
        (say("held"), "right"),
        (say("recycled"), "right"),
        (say("used batteries"), "right"),
        (say("production waste"), "right"),
        (say("unknown waste"), "right"),
    )
    rows = [
        (
            element_name(name, lang),
            _kg(share.kg) + ("" if share.stated else " *"),
            f"{share.recycled:.1%}",
            f"{share.post_consumer:.1%}",
            f"{share.manufacturing_waste:.1%}",
            f"{share.not_told:.1%}",
        )
        for name, share in told.shares.items()
    ]
    screen.print(grid(columns, rows, title=say("Recycled content, and from what")))
    if any(not share.stated for share in told.shares.values()):
        screen.print(say("* not stated: the sum of what is known to have gone in"), style="dim")


def _path(screen: Console, told: Traced, lang: Language, say: Say) -> None:
    from meguri.report import battery_words

    words = battery_words(lang)
    columns: Columns = (
        (say("event"), "left"),
        (say("from"), "left"),
        (say("to"), "left"),
        (say("of it here"), "right"),
    )
    rows = [
        (
            words.events[step.flow.word],
            step.flow.source or say("outside the record"),
            step.flow.target,
            _kg(step.kg),
        )
        for step in told.path
    ]
    screen.print(grid(columns, rows, title=say("The way it came"), wraps=(1, 2)))


def _balances(screen: Console, told: Traced, lang: Language, say: Say) -> None:
    from meguri.report import element_name

    if not told.balances:
        return
    columns: Columns = (
        (say("element"), "left"),
        (say("in"), "right"),
        (say("out"), "right"),
        (say("lost"), "right"),
        (say("still there"), "right"),
        (say("difference"), "right"),
    )
    rows = [
        (
            say("mass") if held.element == MASS else element_name(held.element, lang),
            _kg(held.into),
            _kg(held.out),
            _kg(held.loss),
            _kg(held.left),
            _kg(held.difference),
        )
        for held in told.balances
    ]
    screen.print(grid(columns, rows, title=say("Balance")))


def _kg(kg: float) -> str:
    return f"{kg:,.4g} kg" if abs(kg) < 1000 else f"{kg:,.1f} kg"
