"""What a battery's passport must hold, and how much of it is there."""

from meguri.passport.attributes import (
    CATEGORIES,
    NEWEST,
    Attribute,
    AttributeList,
    Category,
    Duty,
    read_attributes,
    shipped_attributes,
    versions,
)
from meguri.passport.completeness import Completeness, Line, State, completeness, share_complete

__all__ = [
    "CATEGORIES",
    "NEWEST",
    "Attribute",
    "AttributeList",
    "Category",
    "Completeness",
    "Duty",
    "Line",
    "State",
    "completeness",
    "read_attributes",
    "share_complete",
    "shipped_attributes",
    "versions",
]
