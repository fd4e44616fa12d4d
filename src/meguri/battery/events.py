"""What can happen to a battery: one class per word, with the fields that each word carries.

An event is a frozen value. `decode_events` reads and checks JSON; what a field means, its unit and who may read it stand in
`fields`; which word may follow which stands in `stages`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta

from meguri.battery.access import AccessClass
from meguri.battery.chemistry import Chemistry, Element

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Long = Annotated[str, Meta(min_length=1, max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=400)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", max_length=2)]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]
Instant = Annotated[datetime, Meta(tz=True)]
Positive = Annotated[int, Meta(gt=0, lt=10**12)] | Annotated[float, Meta(gt=0, lt=1e12)]
Amount = Annotated[int, Meta(ge=0, lt=10**12)] | Annotated[float, Meta(ge=0, lt=1e12)]
Percent = Annotated[int, Meta(ge=0, le=150)] | Annotated[float, Meta(ge=0, le=150)]
Celsius = Annotated[int, Meta(ge=-100, le=1000)] | Annotated[float, Meta(ge=-100, le=1000)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Number = Annotated[int, Meta(gt=-(2**53), lt=2**53)] | Annotated[float, Meta(gt=-(2.0**53), lt=2.0**53)]
Masses = dict[Element, Amount]
Kind = Literal["pack", "module", "cell", "lot"]
Role = Literal[
    "manufacturer",
    "importer",
    "dealer",
    "keeper",
    "workshop",
    "tester",
    "insurer",
    "dismantler",
    "collector",
    "carrier",
    "reuser",
    "recycler",
    "refiner",
    "authority",
    "auditor",
    "registry",
]

ROLES: tuple[Role, ...] = get_args(Role)


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Another thing that an event names: a part, an input or a product, with what it weighs and holds."""

    elements_kg: Masses | None = None
    id: Name
    kind: Kind | None = None
    mass_kg: Amount | None = None


Parts = Annotated[tuple[Part, ...], Meta(max_length=5000)]


class Happening(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What every event says: which battery (or module, cell, lot, recorder), when, by whom, where."""

    id: Annotated[str, Meta(min_length=36, max_length=36)]
    battery: Name
    time: Instant
    by: Text | None = None
    country: Country | None = None
    site: Text | None = None
    note: Long | None = None
    evidence: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()

    names: ClassVar[tuple[str, ...]] = ()
    """Fields that name other things."""

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)


class Manufactured(Happening, frozen=True, kw_only=True, tag="manufactured"):
    kind: Kind = "pack"
    model: Text | None = None
    maker: Text | None = None
    chemistry: Chemistry | None = None
    energy_kwh: Positive | None = None
    capacity_ah: Positive | None = None
    voltage_v: Positive | None = None
    mass_kg: Positive | None = None
    elements_kg: Masses | None = None
    aliases: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    parts: Parts = ()
    materials: Parts = ()
    names: ClassVar[tuple[str, ...]] = ("parts", "materials")


class PlacedOnMarket(Happening, frozen=True, kw_only=True, tag="placed_on_market"):
    responsible: Text | None = None
    category: Literal["ev", "lmt", "industrial_stationary", "industrial_other"] = "ev"
    warranty_until: Instant | None = None
    aliases: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()


class Installed(Happening, frozen=True, kw_only=True, tag="installed"):
    vehicle: Name | None = None
    position: Text | None = None
    vehicle_model: Text | None = None


class Registered(Happening, frozen=True, kw_only=True, tag="registered"):
    vehicle: Name | None = None
    vehicle_model: Text | None = None
    prefecture: Text | None = None
    used: bool = False
    odometer_km: Amount | None = None


class Transferred(Happening, frozen=True, kw_only=True, tag="transferred"):
    to: Text | None = None
    price_jpy: Amount | None = None
    odometer_km: Amount | None = None
    used: bool = True


class Measured(Happening, frozen=True, kw_only=True, tag="measured"):
    method: Text | None = None
    instrument: Text | None = None
    soh_percent: Percent | None = None
    soh_low_percent: Percent | None = None
    soh_high_percent: Percent | None = None
    capacity_ah: Amount | None = None
    energy_kwh: Amount | None = None
    resistance_mohm: Amount | None = None
    cycles: Amount | None = None
    temperature_c: Celsius | None = None
    odometer_km: Amount | None = None


class Maintained(Happening, frozen=True, kw_only=True, tag="maintained"):
    work: Text | None = None
    odometer_km: Amount | None = None


class Damaged(Happening, frozen=True, kw_only=True, tag="damaged"):
    cause: Text | None = None
    severity: Literal["minor", "major", "critical"] = "minor"


class Deregistered(Happening, frozen=True, kw_only=True, tag="deregistered"):
    reason: Literal["export", "scrap", "temporary", "other"] = "other"
    vehicle: Name | None = None


class Exported(Happening, frozen=True, kw_only=True, tag="exported"):
    destination: Country
    declaration: Text | None = None
    value_jpy: Amount | None = None
    vehicle: Name | None = None


class Imported(Happening, frozen=True, kw_only=True, tag="imported"):
    origin: Country
    declaration: Text | None = None
    value_jpy: Amount | None = None


class Removed(Happening, frozen=True, kw_only=True, tag="removed"):
    vehicle: Name | None = None
    position: Text | None = None
    odometer_km: Amount | None = None


class Collected(Happening, frozen=True, kw_only=True, tag="collected"):
    source: Text | None = None
    mass_kg: Amount | None = None


class Stored(Happening, frozen=True, kw_only=True, tag="stored"):
    place: Text | None = None


class Shipped(Happening, frozen=True, kw_only=True, tag="shipped"):
    to: Text | None = None
    consignment: Text | None = None
    un_number: Literal["UN3480", "UN3481", "UN3556"] | None = None


class Received(Happening, frozen=True, kw_only=True, tag="received"):
    source: Text | None = None
    consignment: Text | None = None
    mass_kg: Amount | None = None


class Sorted(Happening, frozen=True, kw_only=True, tag="sorted"):
    decision: Literal["reuse", "repurpose", "remanufacture", "recycle", "dispose"]
    grade: Text | None = None


class Split(Happening, frozen=True, kw_only=True, tag="split"):
    parts: Parts
    names: ClassVar[tuple[str, ...]] = ("parts",)


class Assembled(Happening, frozen=True, kw_only=True, tag="assembled"):
    parts: Parts
    kind: Kind = "pack"
    model: Text | None = None
    maker: Text | None = None
    chemistry: Chemistry | None = None
    energy_kwh: Positive | None = None
    mass_kg: Positive | None = None
    elements_kg: Masses | None = None
    names: ClassVar[tuple[str, ...]] = ("parts",)


class Repurposed(Happening, frozen=True, kw_only=True, tag="repurposed"):
    use: Text | None = None
    energy_kwh: Positive | None = None


class Remanufactured(Happening, frozen=True, kw_only=True, tag="remanufactured"):
    work: Text | None = None
    energy_kwh: Positive | None = None


class Commissioned(Happening, frozen=True, kw_only=True, tag="commissioned"):
    use: Text | None = None
    prefecture: Text | None = None


class Decommissioned(Happening, frozen=True, kw_only=True, tag="decommissioned"):
    cause: Text | None = None


class Dismantled(Happening, frozen=True, kw_only=True, tag="dismantled"):
    parts: Parts = ()
    names: ClassVar[tuple[str, ...]] = ("parts",)


class Shredded(Happening, frozen=True, kw_only=True, tag="shredded"):
    into: Part
    mass_kg: Amount | None = None
    names: ClassVar[tuple[str, ...]] = ("into",)


class Refined(Happening, frozen=True, kw_only=True, tag="refined"):
    outputs: Parts
    mass_kg: Amount | None = None
    elements_kg: Masses | None = None
    names: ClassVar[tuple[str, ...]] = ("outputs",)


class Recycled(Happening, frozen=True, kw_only=True, tag="recycled"):
    mass_kg: Amount | None = None
    elements_kg: Masses | None = None


class Disposed(Happening, frozen=True, kw_only=True, tag="disposed"):
    way: Text | None = None
    mass_kg: Amount | None = None


class Audited(Happening, frozen=True, kw_only=True, tag="audited"):
    standard: Text | None = None
    finding: Long | None = None
    passed: bool | None = None


class Attested(Happening, frozen=True, kw_only=True, tag="attested"):
    claim: Text
    value: Long | None = None
    aliases: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()


class Corrected(Happening, frozen=True, kw_only=True, tag="corrected"):
    """A later word on an earlier event: `replacement` gives fields their right values; none voids the event."""

    corrects: Uuid
    reason: Text
    replacement: Annotated[dict[Text, Long | Number | bool | None], Meta(max_length=100)] | None = None


class Erased(Happening, frozen=True, kw_only=True, tag="erased"):
    erases: Uuid
    classes: Annotated[tuple[AccessClass, ...], Meta(max_length=3)]
    reason: Text


class Enrolled(Happening, frozen=True, kw_only=True, tag="enrolled"):
    """A recorder may sign from here on; `battery` is `recorder:<name>`."""

    vkey: Name
    roles: Annotated[tuple[Role, ...], Meta(max_length=16)]
    operator: Text | None = None


class Rotated(Happening, frozen=True, kw_only=True, tag="rotated"):
    """A recorder's key is replaced; `handover` is a note in which the old key names the new one."""

    vkey: Name
    handover: Long | None = None


class Revoked(Happening, frozen=True, kw_only=True, tag="revoked"):
    reason: Text


Event = (
    Manufactured
    | PlacedOnMarket
    | Installed
    | Registered
    | Transferred
    | Measured
    | Maintained
    | Damaged
    | Deregistered
    | Exported
    | Imported
    | Removed
    | Collected
    | Stored
    | Shipped
    | Received
    | Sorted
    | Split
    | Assembled
    | Repurposed
    | Remanufactured
    | Commissioned
    | Decommissioned
    | Dismantled
    | Shredded
    | Refined
    | Recycled
    | Disposed
    | Audited
    | Attested
    | Corrected
    | Erased
    | Enrolled
    | Rotated
    | Revoked
)

EVENTS: dict[str, type[Happening]] = {
    str(kind.__struct_config__.tag): kind for kind in Happening.__subclasses__()
}
"""Every word with its class, in the order of a life."""
