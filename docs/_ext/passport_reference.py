"""The reference of a passport's attributes, written from the list that comes with Meguri."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_table import table

from meguri.passport import CATEGORIES, Attribute, shipped_attributes


def passport_page() -> str:
    """All attributes with unit, reader and duty."""
    held = shipped_attributes()
    return "\n".join(
        (f"List `{held.version}`. Source: {held.source} ({held.licence}).", "", *attributes(held.attributes))
    )


def attributes(held: tuple[Attribute, ...]) -> Iterator[str]:
    return table(
        (
            "attribute · 属性",
            "unit",
            "read by · 閲覧",
            "belongs to",
            *CATEGORIES,
            "due · 時期",
            "clause · 条項",
        ),
        (
            (
                f"`{one.key}`<br>{one.name}<br>{one.name_ja}",
                one.unit,
                f"`{one.access}`",
                f"`{one.level}`" + (" (changes in use)" if one.changes else ""),
                *(one.duty[category].replace("_", " ") for category in CATEGORIES),
                one.since or f"waits for: {one.waits_for}",
                one.clause,
            )
            for one in held
        ),
    )
