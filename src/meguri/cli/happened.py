"""Recorded events on a terminal: what happened, when, by whom, and what is to be said of it in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meguri.cli.language import Language, Say, labelled, mark
from meguri.cli.output import Columns, grid

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.battery import Life, Place
    from meguri.ledger import Receipt, Recorded

FLAGS = {
    "late": mark("recorded late"),
    "impossible": mark("cannot have happened"),
    "seen_after_export": mark("seen again after export"),
    "twice": mark("came into being twice"),
    "alias_clash": mark("bears another battery's name"),
    "foreign": mark("taken in from elsewhere"),
    "known": mark("recorded before"),
}
KEPT = ("twice", "alias_clash", "foreign")
"""Flags that a life retold does not judge anew."""

SIMULATED = "simulated/"


def warn_simulated(screen: Console, origin: str, say: Say) -> None:
    """Say that nothing here is true, where the ledger says so by its name."""
    if origin.startswith(SIMULATED):
        screen.print(say("Simulated: none of this happened."), style="bold yellow")


def moment(when: datetime) -> str:
    """An instant with the zone it was told in."""
    return when.isoformat(sep=" ", timespec="minutes")


def flags(words: Sequence[str], say: Say) -> str:
    return say(", ").join(say(FLAGS.get(word, word)) for word in words)


def show_receipt(screen: Console, receipt: Receipt, held: Recorded, lang: Language, say: Say) -> None:
    """Print what was recorded and where it stands."""
    from meguri.report import battery_words

    words = battery_words(lang)
    told = say("Recorded: {event}, line {index} of the ledger {origin}")
    screen.print(
        told.format(event=words.events[held.type], index=f"{receipt.index:,}", origin=receipt.origin),
        style="bold",
        markup=False,
    )
    pairs = {
        say("battery"): receipt.battery,
        say("stage"): words.stages[held.stage],
        say("event"): receipt.event,
        say("version"): f"{receipt.version:,}",
        say("remarks"): flags(held.flags, say),
    }
    show_pairs(screen, pairs)


def show_pairs(screen: Console, pairs: Mapping[str, object]) -> None:
    """Print names and what they stand for; those that are empty are left out."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, held in pairs.items():
        if held not in ("", None):
            table.add_row(name, Text(str(held)))
    screen.print(table)


def show_event(screen: Console, held: Recorded, receipt: Receipt, lang: Language, say: Say) -> None:
    """Print one event with all its fields, and the line that commits to it."""
    from meguri.battery import FIELDS
    from meguri.report import battery_words

    words = battery_words(lang)
    screen.print(f"{words.events[held.type]} · {held.battery}", style="bold", markup=False)
    rows = []
    for name, value in _fields(held).items():
        field = FIELDS[name]
        unit = f" ({field.unit})" if field.unit else ""
        rows.append((words.fields[name] + unit, written(value), words.access[field.access]))
    columns: Columns = (
        (say("field"), "left"),
        (say("what it says"), "left"),
        (say("who may read it"), "left"),
    )
    screen.print(grid(columns, rows, wraps=(0, 1, 2)))
    erased = say(", ").join(words.access[name] for name in held.erased)
    show_pairs(
        screen,
        {
            say("event"): held.id,
            say("line"): f"{held.index:,}",
            say("recorded"): moment(held.recorded),
            say("recorder"): held.recorder,
            say("version"): f"{held.version:,}",
            say("stage"): words.stages[held.stage],
            say("remarks"): flags(held.flags, say),
            say("erased"): erased,
            say("in the log"): receipt.entry,
        },
    )


def show_recorded(screen: Console, held: Sequence[Recorded], lang: Language, say: Say) -> None:
    """Print events in the order of the log."""
    from meguri.report import battery_words

    words = battery_words(lang)
    columns: Columns = (
        (say("line"), "right"),
        (say("when"), "left"),
        (say("event"), "left"),
        (say("battery"), "left"),
        (say("remarks"), "left"),
    )
    rows = [
        (
            f"{one.index:,}",
            moment(one.time),
            words.events[one.type],
            one.battery,
            flags(one.flags, say),
        )
        for one in held
    ]
    screen.print(grid(columns, rows, wraps=(2, 3, 4)))


def show_life(screen: Console, life: Life, held: Mapping[int, Recorded], lang: Language, say: Say) -> None:
    """Print a battery's life as a line of events; `held` are the recorded ones by index."""
    from meguri.report import battery_words

    words = battery_words(lang)
    screen.print(
        labelled(life.battery, words.stages[life.stage], say), style="bold", markup=False, soft_wrap=True
    )
    if life.as_of:
        screen.print(say("as known on {time}").format(time=moment(life.as_of)), style="dim")
    columns: Columns = (
        (say("when"), "left"),
        (say("event"), "left"),
        (say("stage after it"), "left"),
        (say("by"), "left"),
        (say("line"), "right"),
        (say("remarks"), "left"),
    )
    rows = []
    for place in life.places:
        event = place.event
        own = event.battery == life.battery
        named = (
            words.events[event.type]
            if own
            else say("{event} of {battery}").format(event=words.events[event.type], battery=event.battery)
        )
        rows.append(
            (
                moment(event.time),
                named,
                words.stages[place.after],
                str(getattr(event, "by", None) or held[place.index].recorder.rpartition("+")[0]),
                f"{place.index:,}",
                remarks(place, held[place.index].flags, say),
            )
        )
    screen.print(grid(columns, rows, wraps=(1, 2, 3, 5)))
    order = (
        say("in the order of event time") if life.order == "event time" else say("in the order of the record")
    )
    told = say("{count} events, {order}. One in full: meguri event show ID")
    screen.print(told.format(count=f"{len(life.places):,}", order=order), style="dim", markup=False)


def remarks(place: Place, recorded: Sequence[str], say: Say) -> str:
    """What is to be said of an event in a life, in plain words."""
    told = []
    if place.void:
        told.append(say("taken back by {event}").format(event=place.void))
    if place.corrected_by:
        told.append(say("corrected"))
    if place.erased:
        told.append(say("content erased"))
    if place.late:
        told.append(say("recorded late"))
    if place.because:
        told.append(say(place.because))
    if place.seen_after_export:
        told.append(say("seen again after export"))
    told += [say(FLAGS[word]) for word in recorded if word in KEPT]
    return say("; ").join(told)


def written(value: Any) -> str:
    """A field's value on one line."""
    import msgspec

    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return msgspec.json.encode(value).decode()


def _fields(held: Recorded) -> dict[str, Any]:
    """What an event says, without what the header says already."""
    import msgspec

    if held.event is None:
        return {}
    event = msgspec.structs.asdict(held.event)
    return {
        name: value for name, value in event.items() if name not in ("id",) and value not in (None, (), "")
    }
