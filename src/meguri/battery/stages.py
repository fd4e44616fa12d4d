"""The life of a battery as stages, and the one table of which event may happen at which stage and leads where.

The state machine, its drawing in the documents and its tests all come from `RULES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from meguri.battery.events import Role

Stage = Literal[
    "none",
    "made",
    "market",
    "vehicle",
    "use",
    "off_road",
    "abroad",
    "removed",
    "held",
    "sorted",
    "ready",
    "second_life",
    "retired",
    "parts",
    "built_in",
    "material",
    "consumed",
    "recycled",
    "disposed",
]
STAGES: tuple[Stage, ...] = get_args(Stage)

Epcis = Literal["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransformationEvent"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`event` may happen at each stage in `at` and leads `to` another, or leaves the stage as it is where `to` is None.

    A life may begin to be told at any point: before anything is recorded (`none`), nearly everything may happen.
    `roles` may record it. `epcis`, `action`, `step` and `disposition` are its equivalent in EPCIS 2.0 / CBV 2.0.
    """

    event: str
    at: tuple[Stage, ...]
    to: Stage | None
    roles: tuple[Role, ...]
    epcis: Epcis
    action: str
    step: str
    disposition: str = ""


ON_HAND: tuple[Stage, ...] = ("removed", "held", "sorted", "ready", "retired")
IN_CAR: tuple[Stage, ...] = ("vehicle", "use", "off_road")
NEW: tuple[Stage, ...] = ("made", "market")
ALIVE: tuple[Stage, ...] = (*NEW, *IN_CAR, *ON_HAND, "second_life")

MAKERS: tuple[Role, ...] = ("manufacturer", "reuser", "refiner")
TRADE: tuple[Role, ...] = ("manufacturer", "importer", "dealer", "keeper")
HANDS: tuple[Role, ...] = ("dismantler", "collector", "reuser", "recycler", "refiner", "workshop", "dealer")
ANYONE: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "registry")
HOUSE: tuple[Role, ...] = ("registry",)

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("manufactured", ("none",), "made", MAKERS, "ObjectEvent", "ADD", "commissioning", "active"),
    Rule("placed_on_market", ("none", "made"), "market", TRADE, "ObjectEvent", "OBSERVE", "retail_selling", "sellable_accessible"),
    Rule("installed", ("none", *NEW, *ON_HAND), "vehicle", ("manufacturer", "workshop", "dealer", "reuser"), "AssociationEvent", "ADD", "installing", "active"),
    Rule("registered", ("none", "market", *IN_CAR), "use", ("authority", "dealer", "keeper"), "ObjectEvent", "OBSERVE", "other", "active"),
    Rule("transferred", ("none", *ALIVE, "abroad", "material"), None, ANYONE, "ObjectEvent", "OBSERVE", "retail_selling", "retail_sold"),
    Rule("measured", ("none", *ALIVE, "abroad", "built_in", "parts"), None, ANYONE, "ObjectEvent", "OBSERVE", "inspecting"),
    Rule("maintained", ("none", *ALIVE), None, (*HANDS, "manufacturer"), "ObjectEvent", "OBSERVE", "repairing"),
    Rule("damaged", ("none", *ALIVE, "built_in"), None, ANYONE, "ObjectEvent", "OBSERVE", "inspecting", "damaged"),
    Rule("deregistered", ("none", "vehicle", "use"), "off_road", ("authority", "dealer", "keeper", "dismantler"), "ObjectEvent", "OBSERVE", "other", "inactive"),
    Rule("exported", ("none", *NEW, "vehicle", "off_road", *ON_HAND, "parts", "material"), "abroad", ("authority", *TRADE, *HANDS), "ObjectEvent", "OBSERVE", "departing", "in_transit"),
    Rule("imported", ("none", "abroad"), "market", ("authority", *TRADE, *HANDS), "ObjectEvent", "OBSERVE", "arriving", "in_progress"),
    Rule("removed", ("none", *IN_CAR), "removed", ("dismantler", "workshop", "dealer", "manufacturer"), "AssociationEvent", "DELETE", "removing", "inactive"),
    Rule("collected", ("none", *NEW, *ON_HAND), "held", HANDS, "ObjectEvent", "OBSERVE", "collecting", "returned"),
    Rule("stored", ("none", *NEW, *ON_HAND, "parts", "material"), None, HANDS, "ObjectEvent", "OBSERVE", "storing"),
    Rule("shipped", ("none", *NEW, *ON_HAND, "parts", "material"), None, (*HANDS, *TRADE, "carrier"), "ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Rule("received", ("none", *NEW, *ON_HAND, "parts", "material"), None, (*HANDS, *TRADE, "carrier"), "ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Rule("sorted", ("none", "removed", "held", "retired"), "sorted", (*HANDS, "tester"), "ObjectEvent", "OBSERVE", "inspecting"),
    Rule("split", ("none", "removed", "held", "sorted", "retired"), "parts", HANDS, "TransformationEvent", "", "unpacking"),
    Rule("assembled", ("none",), "ready", MAKERS, "TransformationEvent", "", "assembling", "active"),
    Rule("repurposed", ("none", "removed", "held", "sorted"), "ready", ("reuser", "manufacturer"), "ObjectEvent", "OBSERVE", "other", "available"),
    Rule("remanufactured", ("none", "removed", "held", "sorted"), "ready", ("reuser", "manufacturer"), "ObjectEvent", "OBSERVE", "repairing", "available"),
    Rule("commissioned", ("none", *NEW, "ready"), "second_life", ("reuser", "keeper", "manufacturer"), "ObjectEvent", "OBSERVE", "installing", "active"),
    Rule("decommissioned", ("none", "second_life"), "retired", ("reuser", "keeper", "dismantler", "collector"), "ObjectEvent", "OBSERVE", "decommissioning", "inactive"),
    Rule("dismantled", ("none", "removed", "held", "sorted", "retired"), "parts", HANDS, "TransformationEvent", "", "unpacking"),
    Rule("shredded", ("none", "held", "sorted", "retired", "parts"), "consumed", ("recycler",), "TransformationEvent", "", "destroying"),
    Rule("refined", ("material",), None, ("refiner", "recycler"), "TransformationEvent", "", "creating_class_instance"),
    Rule("recycled", ("none", "held", "sorted", "retired", "parts", "consumed", "material"), "recycled", ("recycler", "refiner"), "ObjectEvent", "DELETE", "destroying", "destroyed"),
    Rule("disposed", ("none", *NEW, *ON_HAND, "parts", "material"), "disposed", HANDS, "ObjectEvent", "DELETE", "destroying", "disposed"),
    Rule("audited", STAGES, None, ("auditor", "authority"), "ObjectEvent", "OBSERVE", "inspecting"),
    Rule("attested", STAGES, None, ANYONE, "ObjectEvent", "OBSERVE", "other"),
    Rule("corrected", STAGES, None, ANYONE, "ObjectEvent", "OBSERVE", "other"),
    Rule("erased", STAGES, None, ("authority", "registry"), "ObjectEvent", "OBSERVE", "other"),
    Rule("enrolled", STAGES, None, HOUSE, "ObjectEvent", "ADD", "other"),
    Rule("rotated", STAGES, None, HOUSE, "ObjectEvent", "OBSERVE", "other"),
    Rule("revoked", STAGES, None, HOUSE, "ObjectEvent", "DELETE", "other"),
)
# fmt: on

RULE: dict[str, Rule] = {rule.event: rule for rule in RULES}

STEPS: dict[tuple[str, str], Stage] = {(at, rule.event): rule.to or at for rule in RULES for at in rule.at}
"""(stage, event) → the stage that follows; a pair that is missing cannot happen."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an event does to the things that its field names: they may be at a stage in `at`, and go `to` another.

    Where `to` is None the thing stays what it is, and some of its mass is drawn.
    """

    event: str
    field: str
    at: tuple[Stage, ...]
    to: Stage | None


LINKS: tuple[Link, ...] = (
    Link("manufactured", "parts", ("none", "made", "held", "ready"), "built_in"),
    Link("manufactured", "materials", ("none", "material"), None),
    Link("assembled", "parts", ("none", *NEW, "removed", "held", "sorted", "ready"), "built_in"),
    Link("split", "parts", ("none", "made", "built_in"), "held"),
    Link("dismantled", "parts", ("none", "made", "built_in"), "held"),
    Link("shredded", "into", ("none", "material"), "material"),
    Link("refined", "outputs", ("none", "material"), "material"),
)
LINK: dict[tuple[str, str], Link] = {(link.event, link.field): link for link in LINKS}


def after(stage: str, event: str) -> Stage | None:
    """The stage that follows, or None where the event cannot happen at this stage."""
    return STEPS.get((stage, event))
