"""What changed since the last edition: each headline figure then and now, and what was made differently."""

from __future__ import annotations

import msgspec

from meguri.report.names import chip, place_name
from meguri.report.numbers import with_interval
from meguri.report.outflow.blocks import Block, Column, Grid, Listing, Paragraph
from meguri.report.outflow.edition import Edition, Kept, Record


def changes(edition: Edition) -> list[Block]:
    """The section on changes; without a last edition it says so."""
    say, now, last = edition.say, edition.record, edition.previous
    if last is None:
        return [
            Paragraph(
                say(
                    "This edition was made without an earlier one to compare with. Its figures are kept in the file beside it, for the next."
                )
            )
        ]
    if last.fingerprint == now.fingerprint:
        return [Paragraph(say("Nothing: the last edition was made from the same data, options and version."))]
    then = {_place(kept): kept for kept in last.figures}
    rows = []
    for kept in now.figures:
        before = then.get(_place(kept))
        rows.append(
            [
                kept.label,
                f"{before.label}\n{_said(before, edition)}" if before else say("not in the last edition"),
                _said(kept, edition),
            ]
        )
    return [
        Grid(
            say("Headline figures, last edition and this one"),
            [
                Column(say("Figure"), share=1),
                Column(say("Last edition"), share=1),
                Column(say("This edition"), share=1),
            ],
            rows,
        ),
        Listing(_reasons(last, now, edition)),
    ]


def _reasons(last: Record, now: Record, edition: Edition) -> list[str]:
    say = edition.say
    told = []
    if last.statistics != now.statistics:
        told.append(
            say("The tables changed: data as of {last} then, {now} now.").format(
                last=last.data_date, now=now.data_date
            )
        )
    if last.year != now.year:
        told.append(
            say("The last year with data was {last}, and is {now}.").format(last=last.year, now=now.year)
        )
    if last.options != now.options:
        told.append(
            say("The options were “{last}”, and are “{now}”.").format(
                last=_options(last) or say("defaults"), now=_options(now) or say("defaults")
            )
        )
    if last.version != now.version:
        told.append(
            say("Meguri {last} made the last edition, {now} this one.").format(
                last=last.version, now=now.version
            )
        )
    return told or [say("The way of computing changed within the same version.")]


def _options(record: Record) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(record.options.items()))


def _place(kept: Kept) -> str:
    """What a figure is, whatever its year: the quantity and element; shares of destinations are one."""
    quantity, _, *dimension = kept.figure.split(":")
    return quantity if quantity == "destination_share" else ":".join([quantity, *dimension])


def _said(kept: Kept, edition: Edition) -> str:
    place = kept.figure.split(":")[2] if kept.figure.startswith("destination_share") else ""
    named = f"{place_name(place, edition.lang)} " if place else ""
    return f"{named}{with_interval(msgspec.structs.asdict(kept), edition.lang)} [{chip(kept.status, edition.lang)}]"
