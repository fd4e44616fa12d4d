"""What a recording would do to the ledger: rows to add, or why it must be refused. Reads, never writes.

Whether an event may follow is looked up in one table (`battery.stages`). Events that come in the order in which they happened
need only the head of their battery; one that comes late, or corrects another, is weighed with its battery's whole history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from meguri.battery import (
    EVENTS,
    FIELDS,
    LINK,
    RULE,
    STEPS,
    Corrected,
    Erased,
    Event,
    Part,
    Stage,
    alias_names,
    believed,
    replay,
)
from meguri.battery.words import EVENT_NAMES, STAGE_NAMES
from meguri.errors import MeguriError, Said
from meguri.ledger.errors import Conflict, Refused
from meguri.ledger.flags import Flag
from meguri.ledger.heads import AT_ONCE, Head, Heads, Told, correct, find_event, read_steps
from meguri.ledger.seal import Recording, event_of
from meguri.ledger.tables import alias as alias_table
from meguri.ledger.tables import event as event_table
from meguri.ledger.values import instant

_BIRTHS = frozenset({"manufactured", "assembled"})
_NAMING = frozenset({"manufactured", "placed_on_market", "installed", "registered", "removed", "attested"})
_ABOUT = frozenset({"corrected", "erased"})
_SPECIAL = _NAMING | _ABOUT | {word for word, kind in EVENTS.items() if kind.names}


@dataclass(slots=True)
class Rows:
    """What recordings add: rows of the tables of the same names, and the heads that they lead to.

    `given` are names with their bearers and the index of the event that gave them, `freed` batteries that left their vehicle, `erased` indices of events with the classes to erase.
    """

    event: list[tuple[Any, ...]] = field(default_factory=list)
    link: list[tuple[Any, ...]] = field(default_factory=list)
    alias: list[tuple[Any, ...]] = field(default_factory=list)
    given: dict[str, tuple[str, int]] = field(default_factory=dict)
    freed: dict[str, int] = field(default_factory=dict)
    erased: list[tuple[int, Erased]] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)

    def absorb(self, more: Rows) -> None:
        self.event += more.event
        self.link += more.link
        self.alias += more.alias
        self.given |= more.given
        self.freed |= more.freed
        self.erased += more.erased
        self.heads |= more.heads


@dataclass(slots=True)
class Planner:
    """Weighs events one by one, over what the store holds and what `before` will add to it; fills `rows`.

    Where `elsewhere`, an impossible history is flagged; else it is refused.
    """

    connection: Connection
    heads: Heads
    before: Rows
    recorded_us: int
    elsewhere: bool = False
    rows: Rows = field(default_factory=Rows)
    bearers: dict[str, str] = field(default_factory=dict)

    def head(self, battery: str) -> Head:
        return self.rows.heads.get(battery) or self.before.heads.get(battery) or self._stored(battery)

    def _stored(self, battery: str) -> Head:
        if battery not in self.heads:
            self.heads.fetch(self.connection, (battery,))
        return self.heads[battery]

    def add(self, recording: Recording, first: int) -> None:
        """Plan events that get the indices from `first` on. Raises Refused or Conflict at the first that cannot be."""
        append, heads, above, known = self.rows.event.append, self.rows.heads, self.before.heads, self.heads
        recorded_us, base, steps = self.recorded_us, int(Flag.FOREIGN) if self.elsewhere else 0, STEPS
        new = tuple.__new__
        told = {} if _SPECIAL.isdisjoint(recording.words) else self._fetch(recording)
        columns = zip(
            range(first, first + len(recording)),
            recording.batteries,
            recording.words,
            recording.times_us,
            recording.keys,
            recording.entries,
            recording.salts,
            recording.bodies,
            strict=True,
        )
        for index, battery, word, time_us, key, line, salt, body in columns:
            head = heads.get(battery) or above.get(battery) or known.get(battery) or self._stored(battery)
            version, before, latest = head
            stage, flags = steps.get((before, word)), base
            if stage is None or time_us < latest or before == "abroad" or word in _SPECIAL:
                event = told.get(index - first) or event_of(body)
                stage, flags = self._look(event, word, head, time_us, index)
            if time_us > latest:
                latest = time_us
            heads[battery] = new(Head, (version + 1, stage, latest))
            append(
                (
                    index,
                    battery,
                    version + 1,
                    word,
                    time_us,
                    recorded_us,
                    stage,
                    latest,
                    flags,
                    key,
                    line,
                    salt,
                    body,
                )
            )

    def _fetch(self, recording: Recording) -> dict[int, Event]:
        """The events that take more than a look at the table of stages, with all that they name at hand."""
        told = {
            place: recording.event(place) for place, word in enumerate(recording.words) if word in _SPECIAL
        }
        self.heads.fetch(self.connection, (part.id for event in told.values() for _, part in named_by(event)))
        wanted = sorted(
            {name for event in told.values() if event.type in _NAMING for name in alias_names(event)[0]}
        )
        for start in range(0, len(wanted), AT_ONCE):
            rows = self.connection.execute(
                select(alias_table.c.alias, alias_table.c.battery_id).where(
                    alias_table.c.alias.in_(wanted[start : start + AT_ONCE]),
                    alias_table.c.until_idx.is_(None),
                )
            )
            self.bearers.update((name, battery) for name, battery in rows)
        return told

    def _look(self, event: Event, word: str, head: Head, time_us: int, index: int) -> tuple[Stage, int]:
        """Stage and flags of an event that takes more than a look at the table of stages."""
        base = int(Flag.FOREIGN) if self.elsewhere else 0
        stage, flags = self._weigh(event, word, head, time_us, index, base)
        if word in _NAMING:
            flags |= self._name(event, index)
        if event.names:
            self._link(event, word, time_us, index, base)
        return stage, flags

    def _weigh(
        self, event: Event, word: str, head: Head, time_us: int, index: int, flags: int
    ) -> tuple[Stage, int]:
        """Stage after an event that is late, impossible, about another event, or of a battery abroad."""
        stage, impossible = STEPS.get((head.stage, word)), False
        if isinstance(event, Corrected):
            stage, impossible = self._corrected(event, head)
        elif isinstance(event, Erased):
            self._erase(event)
        elif time_us < head.latest_us:
            flags |= Flag.LATE
            stage, impossible = self._replayed(event.battery, [Told(time_us, index, word, "")])
        elif stage is None:
            stage, impossible = believed(head.stage, word), True
            flags |= Flag.TWICE if word in _BIRTHS and head.stage != "none" else 0
        if impossible:
            if not self.elsewhere:
                raise _impossible(event, word, head)
            flags |= Flag.IMPOSSIBLE
        if head.stage == "abroad" and self._is_back(event, word, head, impossible=impossible):
            flags |= Flag.SEEN_AFTER_EXPORT
        return stage or head.stage, int(flags)

    def _is_back(self, event: Event, word: str, head: Head, *, impossible: bool) -> bool:
        """Whether an exported battery shows up where it left from without having been imported."""
        if word in ("imported", "attested", *_ABOUT) or event.time < instant(head.latest_us):
            return False
        return impossible or (event.country is not None and event.country == self._left(event.battery))

    def _left(self, battery: str) -> str | None:
        """The country that a battery was last exported from."""
        for row in self._planned():
            if row[1] == battery and row[3] == "exported":
                return event_of(row[12]).country
        body = self.connection.execute(
            select(event_table.c.body)
            .where(event_table.c.battery_id == battery, event_table.c.type == "exported")
            .order_by(event_table.c.version.desc())
            .limit(1)
        ).scalar()
        return event_of(body).country if body else None

    def _planned(self) -> Iterator[tuple[Any, ...]]:
        """Rows of events planned so far, newest first."""
        yield from reversed(self.rows.event)
        yield from reversed(self.before.event)

    def _steps(self, battery: str) -> list[Told]:
        steps = read_steps(self.connection, battery)
        for rows in (self.before, self.rows):
            steps += [Told(row[4], row[0], row[3], "") for row in rows.event if row[1] == battery]
            steps += [Told(row[5], row[2], row[3], row[4]) for row in rows.link if row[0] == battery]
        return steps

    def _replayed(self, battery: str, late: list[Told]) -> tuple[Stage, bool]:
        """Stage that a history ends at with late steps in their place, and whether they make a step impossible."""
        steps = self._steps(battery)
        return _compared(steps, [*steps, *late])

    def _corrected(self, correction: Corrected, head: Head) -> tuple[Stage, bool]:
        target = self._target(correction.corrects, correction.battery)
        if target is None:
            return head.stage, False
        steps = self._steps(correction.battery)
        mended = {step.place: step for step in steps}
        correct(mended, correction, target)
        return _compared(steps, list(mended.values())) if mended else ("none", False)

    def _erase(self, event: Erased) -> None:
        target = self._target(event.erases, event.battery)
        if target is not None:
            self.rows.erased.append((target, event))

    def _target(self, event_id: str, battery: str) -> int | None:
        """Index of the event that another one is about. Raises Refused where it is not one of this battery here."""
        for row in self._planned():
            if row[1] == battery and event_of(row[12]).id == event_id:
                return int(row[0])
        index = find_event(self.connection, event_id)
        found = self.connection.execute(
            select(event_table.c.battery_id).where(event_table.c.idx == index)
        ).scalar()
        if found == battery:
            return index
        if self.elsewhere:
            return None
        raise Refused(
            Said("No event {event} of {battery} is recorded here.", event=event_id, battery=battery),
            where=event_id,
            mend=Said("Name an event of the same battery: meguri battery show lists them."),
        )

    def _link(self, event: Event, word: str, time_us: int, index: int, base: int) -> None:
        for name, part in named_by(event):
            head, link, flags = self.head(part.id), LINK[word, name], base
            if time_us < head.latest_us:
                flags |= Flag.LATE
            elif head.stage not in link.at:
                if not self.elsewhere:
                    raise _impossible_part(event, word, name, part, head)
                flags |= Flag.IMPOSSIBLE
            stage, latest = link.to or head.stage, max(time_us, head.latest_us)
            if flags & Flag.LATE:
                stage, _ = self._replayed(part.id, [Told(time_us, index, word, name)])
            self.rows.heads[part.id] = Head(head.version + 1, stage, latest)
            self.rows.link.append(
                (part.id, head.version + 1, index, word, name, time_us, stage, latest, int(flags))
            )

    def _name(self, event: Event, index: int) -> int:
        """Take or free the names that an event gives; the flag of a clash, or Conflict if it was made here."""
        given, leaves_vehicle = alias_names(event)
        if leaves_vehicle:
            self.rows.freed[event.battery] = index
        flags = 0
        for name in given:
            bearer = self._bearer(name)
            if bearer is None:
                self.rows.alias.append((name, index, event.battery, None))
                self.rows.given[name] = event.battery, index
            elif bearer != event.battery:
                if not self.elsewhere:
                    raise _clash(name, bearer, event)
                flags |= Flag.ALIAS_CLASH
        return int(flags)

    def _bearer(self, name: str) -> str | None:
        """The battery that bears a name now, as planned so far."""
        given = self.rows.given.get(name) or self.before.given.get(name)
        battery, since = given or (self.bearers.get(name), -1)
        left = self.rows.freed.get(battery or "") or self.before.freed.get(battery or "")
        return None if name.startswith("vin:") and left is not None and left > since else battery


def named_by(event: Event) -> Iterator[tuple[str, Part]]:
    """The other things that an event names, each with the field that names it."""
    for name in event.names:
        held = getattr(event, name)
        yield from ((name, part) for part in ((held,) if isinstance(held, Part) else held))


def _compared(before: list[Told], after: list[Told]) -> tuple[Stage, bool]:
    """Stage that the second history ends at, and whether more in it is impossible than in the first."""
    old, new = (
        replay(
            [
                (instant(step.time_us), step.place, (step.word, step.field) if step.field else step.word)
                for step in steps
            ]
        )
        for steps in (before, after)
    )
    worse = sum(step.impossible for step in new) > sum(step.impossible for step in old)
    return (new[-1].after if new else "none"), worse


def check_expected(expected: Mapping[str, int], head: Callable[[str], Head]) -> None:
    """Raises Conflict where a battery's version is not the one that the recorder knew."""
    for battery, version in expected.items():
        found = head(battery).version
        if found != version:
            raise Conflict(
                Said(
                    "{battery} is at version {found} by now, not at {version}: somebody else recorded an event.",
                    battery=battery,
                    found=found,
                    version=version,
                ),
                where=battery,
                mend=Said(
                    "Read its history, see whether your event still holds, and send it with the new version."
                ),
            )


def _impossible(event: Event, word: str, head: Head) -> MeguriError:
    may = sorted({known for stage, known in STEPS if stage == head.stage and RULE[known].to is not None})
    return Refused(
        Said(
            "“{word}” cannot happen to {battery}, which is at the stage “{stage}”.",
            word=EVENT_NAMES[word],
            battery=event.battery,
            stage=STAGE_NAMES[head.stage],
        ),
        where=event.id,
        mend=Said(
            "From here it can be: {may}. Record what is missing before, or name the right battery.",
            may=tuple(EVENT_NAMES[known] for known in may) or ("-",),
        ),
    )


def _impossible_part(event: Event, word: str, name: str, part: Part, head: Head) -> MeguriError:
    return Refused(
        Said(
            "{part} is at the stage “{stage}” and cannot be named in {field} of “{word}”.",
            part=part.id,
            stage=STAGE_NAMES[head.stage],
            field=FIELDS[name].meaning,
            word=EVENT_NAMES[word],
        ),
        where=event.id,
        mend=Said("Look at its history; record what is missing before, or name the right thing."),
    )


def _clash(name: str, bearer: str, event: Event) -> MeguriError:
    return Conflict(
        Said(
            "{alias} already names {bearer}; it cannot also name {battery}.",
            alias=name,
            bearer=bearer,
            battery=event.battery,
        ),
        where=event.id,
        mend=Said("See which of the two is right; correct the other's event first."),
    )
