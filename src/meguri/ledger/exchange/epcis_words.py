"""Which of our words says what an EPCIS event says, and which of our fields a measurement, unit or description belongs to.

Sources: `battery.stages.RULES` (our words in EPCIS terms); CBV 2.0, sections 7.1 and 7.2 (business steps, dispositions);
GS1 Web Vocabulary (types of measurement); UN/ECE Recommendation 20 (codes of units).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from meguri.battery import CHEMISTRIES, EVENTS, RULES
from meguri.ledger.exchange.event_values import CBV

NAMESPACE = "urn:meguri:"
PREFIX = "meguri:"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

_HEADER = frozenset({"id", "battery", "time"})


def _needs_more(word: str) -> bool:
    return any(field.required and field.name not in _HEADER for field in msgspec.structs.fields(EVENTS[word]))


_EXACT = {
    (rule.step, rule.disposition): rule.event
    for rule in reversed(RULES)
    if rule.epcis == "ObjectEvent" and rule.step != "other" and not _needs_more(rule.event)
}
_USUAL = {
    "commissioning": "manufactured",
    "retail_selling": "transferred",
    "repairing": "maintained",
    "removing": "removed",
    "collecting": "collected",
    "storing": "stored",
    "holding": "stored",
    "stocking": "stored",
    "shipping": "shipped",
    "departing": "shipped",
    "transporting": "shipped",
    "receiving": "received",
    "accepting": "received",
    "arriving": "received",
    "decommissioning": "decommissioned",
}
"""The word for a step whatever the disposition. A departure is no export, and destruction no recycling, unless it says so."""

_ASSOCIATING = {rule.step: rule.event for rule in RULES if rule.epcis == "AssociationEvent"}
_ACTIONS = {rule.event: rule.action for rule in RULES if rule.action in ("ADD", "DELETE")}
"""Words that begin or end something are meant only with the action that does so."""

MEASURING = frozenset({"", "inspecting", "sensor_reporting", "sampling"})
"""Steps in which nothing happens but that something is measured."""


def word_of(kind: str, action: str | None, step: str, disposition: str) -> str | None:
    """Our word for an event about objects, or None where no word says the same. A measurement is known by its values."""
    word = _EXACT.get((step, disposition)) or _USUAL.get(step)
    if kind == "AssociationEvent":
        word = _ASSOCIATING.get(step, word)
    return word if word and word != "measured" and _ACTIONS.get(word, action) == action else None


def local(term: str, vocabulary: str) -> str:
    """The bare word of a term of the Core Business Vocabulary; any other URI as it is."""
    return term.removeprefix(f"{CBV}{vocabulary}-")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: our `field`, and how a value in each unit becomes one in ours: times `units[…][0]` plus `units[…][1]`.

    The first unit is ours.
    """

    field: str
    units: dict[str, tuple[float, float]]

    @property
    def unit(self) -> str:
        return next(iter(self.units))

    def value(self, told: float, unit: str) -> float | None:
        """The value in our unit; None where the unit is not known."""
        if unit not in self.units:
            return None
        times, plus = self.units[unit]
        return told if (times, plus) == (1, 0) else round(told * times + plus, 6)


MEASURES: dict[str, Measure] = {
    "StateOfHealth": Measure("soh_percent", {"P1": (1, 0), "C62": (100, 0)}),
    "ElectricCharge": Measure("capacity_ah", {"AMH": (1, 0), "E09": (0.001, 0), "COU": (1 / 3600, 0)}),
    "Energy": Measure(
        "energy_kwh", {"KWH": (1, 0), "WHR": (0.001, 0), "3B": (1 / 3.6, 0), "JOU": (1 / 3.6e6, 0)}
    ),
    "Resistance": Measure("resistance_mohm", {"E45": (1, 0), "OHM": (1000, 0)}),
    "Count": Measure("cycles", {"B7": (1, 0)}),
    "Temperature": Measure("temperature_c", {"CEL": (1, 0), "KEL": (1, -273.15), "FAH": (5 / 9, -160 / 9)}),
    "Length": Measure("odometer_km", {"KMT": (1, 0), "SMI": (1.609344, 0)}),
}
"""By the type of measurement in GS1's vocabulary; the state of health, which it does not know, is in our own namespace."""

MASS = Measure("mass_kg", {"KGM": (1, 0), "GRM": (0.001, 0), "TNE": (1000, 0)})
VOLTAGE = Measure("voltage_v", {"VLT": (1, 0), "KVT": (1000, 0)})

_last = re.compile(r"[/#:]")
_between = re.compile(r"[^a-z0-9]")
_SOH = frozenset({"soh", "stateofhealth", "sohpercent"})


def measure_of(type: str) -> Measure | None:
    """What a type of measurement, a word or URI, is to us."""
    name = _last.split(type)[-1]
    return MEASURES["StateOfHealth"] if _plain(name) in _SOH else MEASURES.get(name)


DESCRIBED: dict[str, str | Measure] = {
    **dict.fromkeys(("model", "modelnumber", "modelname", "productname", "batterymodel"), "model"),
    **dict.fromkeys(("maker", "manufacturer", "manufacturername", "brandname"), "maker"),
    **dict.fromkeys(("chemistry", "batterychemistry", "cellchemistry", "cathodechemistry"), "chemistry"),
    **dict.fromkeys(
        ("energy", "ratedenergy", "nominalenergy", "energycapacity", "energykwh"), MEASURES["Energy"]
    ),
    **dict.fromkeys(
        ("capacity", "ratedcapacity", "nominalcapacity", "capacityah"), MEASURES["ElectricCharge"]
    ),
    **dict.fromkeys(("voltage", "nominalvoltage", "voltagev"), VOLTAGE),
    **dict.fromkeys(("mass", "weight", "netweight", "batterymass", "batteryweight", "masskg"), MASS),
}
"""Names in instance or lot master data, without capitals and signs, and what they are to us."""

_UNIT_IN_NAME = frozenset({"energykwh", "capacityah", "voltagev", "masskg"})
_chemistries = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in CHEMISTRIES}


def described(name: str, value: object, unit: str | None) -> tuple[str, object] | None:
    """Our field and value for an entry of instance or lot master data; None where it says nothing to us.

    A number without a unit counts only where its name has the unit in it.
    """
    plain = _plain(_last.split(name)[-1])
    meant = DESCRIBED.get(plain)
    if isinstance(meant, Measure):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        told = meant.value(value, unit or (meant.unit if plain in _UNIT_IN_NAME else ""))
        return None if told is None else (meant.field, told)
    if meant is None or not isinstance(value, str):
        return None
    if meant == "chemistry":
        known = _chemistries.get(_plain(value))
        return (meant, known) if known else None
    return meant, value.strip()


def _plain(name: str) -> str:
    return _between.sub("", name.lower())
