"""The vocabulary of event fields: what each means, its unit and who may read it. One row per name, the same in every event."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.battery.access import AccessClass


@dataclass(frozen=True, slots=True)
class Field:
    """`access` is the least class of reader that sees the field; `unit` is empty where there is none."""

    name: str
    access: AccessClass
    meaning: str
    unit: str = ""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("id", "public", "The event's own identifier, a UUID"),
        Field("type", "public", "What happened"),
        Field("battery", "public", "What it happened to: a pack, module, cell, lot or recorder"),
        Field("time", "public", "When it happened, with the offset from UTC"),
        Field("by", "public", "The operator that did it"),
        Field("country", "public", "Where it happened"),
        Field("site", "interest", "The site, plant or yard"),
        Field("note", "interest", "A remark"),
        Field("evidence", "interest", "Digests or addresses of documents and pictures"),
        Field("kind", "public", "Pack, module, cell or lot"),
        Field("model", "public", "The maker's model"),
        Field("maker", "public", "Who made it"),
        Field("chemistry", "public", "Cathode chemistry"),
        Field("energy_kwh", "public", "Energy it can store", "kWh"),
        Field("capacity_ah", "interest", "Charge it can store", "Ah"),
        Field("voltage_v", "public", "Nominal voltage", "V"),
        Field("mass_kg", "public", "Mass", "kg"),
        Field("elements_kg", "interest", "Mass of each element", "kg"),
        Field("aliases", "interest", "Other identifiers of the same thing"),
        Field("parts", "interest", "The parts it is made of or falls into"),
        Field("materials", "interest", "The material lots that went in"),
        Field("into", "interest", "The lot that receives the material"),
        Field("outputs", "interest", "The lots that come out"),
        Field("responsible", "public", "Who answers for it on the market"),
        Field("category", "public", "Category in the law of batteries"),
        Field("warranty_until", "public", "End of the maker's warranty"),
        Field("vehicle", "authority", "Vehicle identification or chassis number"),
        Field("position", "interest", "Place in the vehicle"),
        Field("vehicle_model", "public", "Model of the vehicle"),
        Field("prefecture", "interest", "Prefecture"),
        Field("used", "public", "Whether it was used before"),
        Field("odometer_km", "interest", "Distance driven", "km"),
        Field("to", "authority", "Who receives it"),
        Field("price_jpy", "authority", "Price paid", "JPY"),
        Field("method", "interest", "How it was measured"),
        Field("instrument", "interest", "What measured it"),
        Field("soh_percent", "interest", "State of health", "%"),
        Field("soh_low_percent", "interest", "Lower end of the state of health", "%"),
        Field("soh_high_percent", "interest", "Upper end of the state of health", "%"),
        Field("resistance_mohm", "interest", "Internal resistance", "mΩ"),
        Field("cycles", "interest", "Full cycles so far"),
        Field("temperature_c", "interest", "Temperature while measuring", "°C"),
        Field("work", "interest", "Work done"),
        Field("cause", "interest", "Why"),
        Field("severity", "interest", "How bad"),
        Field("reason", "public", "Why"),
        Field("destination", "public", "Country it goes to"),
        Field("origin", "public", "Country it comes from"),
        Field("declaration", "authority", "Number of the customs declaration"),
        Field("value_jpy", "authority", "Declared value", "JPY"),
        Field("source", "authority", "Who handed it over"),
        Field("place", "interest", "Place in the store"),
        Field("consignment", "interest", "Number of the consignment"),
        Field("un_number", "public", "UN number for transport"),
        Field("decision", "public", "What it will be used for"),
        Field("grade", "interest", "Grade"),
        Field("use", "public", "What it serves for"),
        Field("way", "public", "How it was disposed of"),
        Field("standard", "public", "Standard audited against"),
        Field("finding", "interest", "What was found"),
        Field("passed", "public", "Whether it passed"),
        Field("claim", "public", "What is claimed"),
        Field("value", "public", "Value claimed"),
        Field("corrects", "public", "The event that is corrected"),
        Field("replacement", "authority", "Right values of its fields; none voids it"),
        Field("erases", "public", "The event whose content is erased"),
        Field("classes", "public", "Access classes erased"),
        Field("vkey", "public", "Public key, as in a signed note"),
        Field("roles", "public", "What the recorder may record"),
        Field("operator", "public", "The operator behind the recorder"),
    )
}
