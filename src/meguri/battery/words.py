"""What people call events, stages, roles, kinds and classes of access. Faces say these in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meguri.errors import Said

__all__ = ["ACCESS_NAMES", "EVENT_NAMES", "KIND_NAMES", "ROLE_NAMES", "STAGE_NAMES", "VALUE_NAMES"]

EVENT_NAMES: Final[Mapping[str, Said]] = {
    "manufactured": Said("Manufactured"),
    "placed_on_market": Said("Placed on the market"),
    "installed": Said("Installed in a vehicle"),
    "registered": Said("Registered"),
    "transferred": Said("Changed hands"),
    "measured": Said("Measured"),
    "maintained": Said("Maintained"),
    "damaged": Said("Damaged"),
    "deregistered": Said("Deregistered"),
    "exported": Said("Exported"),
    "imported": Said("Imported"),
    "removed": Said("Removed from the vehicle"),
    "collected": Said("Collected"),
    "stored": Said("Put into store"),
    "shipped": Said("Shipped"),
    "received": Said("Received"),
    "sorted": Said("Sorted"),
    "split": Said("Split into parts"),
    "assembled": Said("Assembled from parts"),
    "repurposed": Said("Repurposed"),
    "remanufactured": Said("Remanufactured"),
    "commissioned": Said("Put into second use"),
    "decommissioned": Said("Taken out of second use"),
    "dismantled": Said("Dismantled"),
    "shredded": Said("Shredded"),
    "refined": Said("Refined"),
    "recycled": Said("Recycled"),
    "disposed": Said("Disposed of"),
    "audited": Said("Audited"),
    "attested": Said("Attested"),
    "corrected": Said("Corrected"),
    "erased": Said("Content erased"),
    "enrolled": Said("Recorder enrolled"),
    "rotated": Said("Recorder's key changed"),
    "revoked": Said("Recorder revoked"),
}

STAGE_NAMES: Final[Mapping[str, Said]] = {
    "none": Said("not recorded"),
    "made": Said("made"),
    "market": Said("on the market"),
    "vehicle": Said("in a vehicle"),
    "use": Said("in use"),
    "off_road": Said("off the road"),
    "abroad": Said("abroad"),
    "removed": Said("removed"),
    "held": Said("held by a collector"),
    "sorted": Said("sorted"),
    "ready": Said("ready for use again"),
    "second_life": Said("in second use"),
    "retired": Said("retired from second use"),
    "parts": Said("split into parts"),
    "built_in": Said("built into another"),
    "material": Said("material"),
    "consumed": Said("shredded"),
    "recycled": Said("recycled"),
    "disposed": Said("disposed of"),
}

ROLE_NAMES: Final[Mapping[str, Said]] = {
    "manufacturer": Said("manufacturer"),
    "importer": Said("importer"),
    "dealer": Said("dealer"),
    "keeper": Said("keeper"),
    "workshop": Said("workshop"),
    "tester": Said("tester"),
    "insurer": Said("insurer"),
    "dismantler": Said("dismantler"),
    "collector": Said("collector"),
    "carrier": Said("carrier"),
    "reuser": Said("reuse operator"),
    "recycler": Said("recycler"),
    "refiner": Said("refiner"),
    "authority": Said("public authority"),
    "auditor": Said("auditor"),
    "registry": Said("registry"),
}

KIND_NAMES: Final[Mapping[str, Said]] = {
    "pack": Said("pack"),
    "module": Said("module"),
    "cell": Said("cell"),
    "lot": Said("lot of material"),
}

ACCESS_NAMES: Final[Mapping[str, Said]] = {
    "public": Said("everyone"),
    "interest": Said("persons with a legitimate interest"),
    "authority": Said("authorities"),
}

VALUE_NAMES: Final[Mapping[str, Mapping[str, Said]]] = {
    "severity": {"minor": Said("minor"), "major": Said("major"), "critical": Said("critical")},
    "decision": {
        "reuse": Said("reuse in a vehicle"),
        "repurpose": Said("use outside a vehicle"),
        "remanufacture": Said("remanufacture"),
        "recycle": Said("recycling"),
        "dispose": Said("disposal"),
    },
    "category": {
        "ev": Said("electric vehicle battery"),
        "lmt": Said("battery of light means of transport"),
        "industrial_stationary": Said("stationary battery storage"),
        "industrial_other": Said("other industrial battery"),
    },
    "reason": {
        "export": Said("export"),
        "scrap": Said("scrapped"),
        "temporary": Said("for a time only"),
        "other": Said("another reason"),
    },
}
"""By field, the values that it is chosen from."""
