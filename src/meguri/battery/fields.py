"""The vocabulary of event fields: what each means, its unit and who may read it. One row per name, the same in every event."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.battery.access import AccessClass
from meguri.errors import Said


@dataclass(frozen=True, slots=True)
class Field:
    """`access` is the least class of reader that sees the field; `unit` is empty where there is none."""

    name: str
    access: AccessClass
    meaning: Said
    unit: str = ""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("id", "public", Said("The event's own identifier, a UUID")),
        Field("type", "public", Said("What happened")),
        Field("battery", "public", Said("What it happened to: a pack, module, cell, lot or recorder")),
        Field("time", "public", Said("When it happened, with the offset from UTC")),
        Field("by", "public", Said("The operator that did it")),
        Field("country", "public", Said("Where it happened")),
        Field("site", "interest", Said("The site, plant or yard")),
        Field("note", "interest", Said("A remark")),
        Field("evidence", "interest", Said("Digests or addresses of documents and pictures")),
        Field("kind", "public", Said("Pack, module, cell or lot")),
        Field("model", "public", Said("The maker's model")),
        Field("maker", "public", Said("Who made it")),
        Field("chemistry", "public", Said("Cathode chemistry")),
        Field("energy_kwh", "public", Said("Energy it can store"), "kWh"),
        Field("capacity_ah", "interest", Said("Charge it can store"), "Ah"),
        Field("voltage_v", "public", Said("Nominal voltage"), "V"),
        Field("mass_kg", "public", Said("Mass"), "kg"),
        Field("elements_kg", "interest", Said("Mass of each element"), "kg"),
        Field("aliases", "interest", Said("Other identifiers of the same thing")),
        Field("parts", "interest", Said("The parts it is made of or falls into")),
        Field("materials", "interest", Said("The material lots that went in")),
        Field("into", "interest", Said("The lot that receives the material")),
        Field("outputs", "interest", Said("The lots that come out")),
        Field("responsible", "public", Said("Who answers for it on the market")),
        Field("category", "public", Said("Category in the law of batteries")),
        Field("warranty_until", "public", Said("End of the maker's warranty")),
        Field("vehicle", "authority", Said("Vehicle identification or chassis number")),
        Field("position", "interest", Said("Place in the vehicle")),
        Field("vehicle_model", "public", Said("Model of the vehicle")),
        Field("prefecture", "interest", Said("Prefecture")),
        Field("used", "public", Said("Whether it was used before")),
        Field("odometer_km", "interest", Said("Distance driven"), "km"),
        Field("to", "authority", Said("Who receives it")),
        Field("price_jpy", "authority", Said("Price paid"), "JPY"),
        Field("method", "interest", Said("How it was measured")),
        Field("instrument", "interest", Said("What measured it")),
        Field("soh_percent", "interest", Said("State of health"), "%"),
        Field("soh_low_percent", "interest", Said("Lower end of the state of health"), "%"),
        Field("soh_high_percent", "interest", Said("Upper end of the state of health"), "%"),
        Field("resistance_mohm", "interest", Said("Internal resistance"), "mΩ"),
        Field("cycles", "interest", Said("Full cycles so far")),
        Field("temperature_c", "interest", Said("Temperature while measuring"), "°C"),
        Field("work", "interest", Said("Work done")),
        Field("cause", "interest", Said("Why")),
        Field("severity", "interest", Said("How bad")),
        Field("reason", "public", Said("Why")),
        Field("destination", "public", Said("Country it goes to")),
        Field("origin", "public", Said("Country it comes from")),
        Field("declaration", "authority", Said("Number of the customs declaration")),
        Field("value_jpy", "authority", Said("Declared value"), "JPY"),
        Field("source", "authority", Said("Who handed it over")),
        Field("place", "interest", Said("Place in the store")),
        Field("consignment", "interest", Said("Number of the consignment")),
        Field("un_number", "public", Said("UN number for transport")),
        Field("decision", "public", Said("What it will be used for")),
        Field("grade", "interest", Said("Grade")),
        Field("use", "public", Said("What it serves for")),
        Field("way", "public", Said("How it was disposed of")),
        Field("standard", "public", Said("Standard audited against")),
        Field("finding", "interest", Said("What was found")),
        Field("passed", "public", Said("Whether it passed")),
        Field("claim", "public", Said("What is claimed")),
        Field("value", "public", Said("Value claimed")),
        Field("corrects", "public", Said("The event that is corrected")),
        Field("replacement", "authority", Said("Right values of its fields; none voids it")),
        Field("erases", "public", Said("The event whose content is erased")),
        Field("classes", "public", Said("Access classes erased")),
        Field("vkey", "public", Said("Public key, as in a signed note")),
        Field("handover", "public", Said("Note in which the old key names the new one")),
        Field("roles", "public", Said("What the recorder may record")),
        Field("operator", "public", Said("The operator behind the recorder")),
    )
}
