"""What a rehearsal says of each event, for a program or a page."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from meguri.battery import Event
from meguri.errors import MeguriError
from meguri.report import Language, in_language


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event that would be `taken`, with its flags, or that would not, with what, where and how to mend it.

    `row` counts from 1.
    """

    row: int
    event: str
    taken: bool
    flags: tuple[str, ...] = ()
    title: str = ""
    what: str = ""
    where: str = ""
    mend: str = ""


def verdicts(
    events: Sequence[Event], told: Sequence[MeguriError | tuple[str, ...]], language: Language
) -> list[Verdict]:
    """Verdicts in the order of the events."""
    return [
        Verdict(
            row,
            event.id,
            False,
            title=in_language(held.title, language),
            what=in_language(held.what, language),
            where=in_language(held.where, language),
            mend=in_language(held.mend, language),
        )
        if isinstance(held, MeguriError)
        else Verdict(row, event.id, True, flags=held)
        for row, (event, held) in enumerate(zip(events, told, strict=True), start=1)
    ]
