"""What a battery is: identity, chemistry, stages of life, and what can happen to it. Pure values."""

from meguri.battery.access import CLASSES, READABLE, AccessClass
from meguri.battery.chemistry import CHEMISTRIES, ELEMENTS, Chemistry, Element
from meguri.battery.corrections import Header, Standing, Told, as_corrected, standing
from meguri.battery.decode import checked, decode_events
from meguri.battery.events import (
    EVENTS,
    ROLES,
    Corrected,
    Enrolled,
    Erased,
    Event,
    Happening,
    Kind,
    Part,
    Revoked,
    Role,
    Rotated,
)
from meguri.battery.fields import FIELDS, Field
from meguri.battery.genealogy import ORIGINS, Balance, Birth, Flow, Genealogy, Origin, trace
from meguri.battery.geometry import Geometry, Piece, geometry
from meguri.battery.gs1_keys import check_digit
from meguri.battery.history import Life, Order, Place, Step, believed, fold, replay, seen_after_export
from meguri.battery.identity import Identifier, alias, canonical, identify, subject
from meguri.battery.naming import alias_names
from meguri.battery.recycled import Contribution, Share, recycled_content, recycled_path
from meguri.battery.stages import LINK, LINKS, RULE, RULES, STAGES, STEPS, Link, Rule, Stage, after

__all__ = [
    "CHEMISTRIES",
    "CLASSES",
    "ELEMENTS",
    "EVENTS",
    "FIELDS",
    "LINK",
    "LINKS",
    "ORIGINS",
    "READABLE",
    "ROLES",
    "RULE",
    "RULES",
    "STAGES",
    "STEPS",
    "AccessClass",
    "Balance",
    "Birth",
    "Chemistry",
    "Contribution",
    "Corrected",
    "Element",
    "Enrolled",
    "Erased",
    "Event",
    "Field",
    "Flow",
    "Genealogy",
    "Geometry",
    "Happening",
    "Header",
    "Identifier",
    "Kind",
    "Life",
    "Link",
    "Order",
    "Origin",
    "Part",
    "Piece",
    "Place",
    "Revoked",
    "Role",
    "Rotated",
    "Rule",
    "Share",
    "Stage",
    "Standing",
    "Step",
    "Told",
    "after",
    "alias",
    "alias_names",
    "as_corrected",
    "believed",
    "canonical",
    "check_digit",
    "checked",
    "decode_events",
    "fold",
    "geometry",
    "identify",
    "recycled_content",
    "recycled_path",
    "replay",
    "seen_after_export",
    "standing",
    "subject",
    "trace",
]
