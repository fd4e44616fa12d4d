"""Events of a file on their way into a ledger: read, rehearsed or recorded, with a verdict for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from meguri.cli.happened import flags, warn_simulated
from meguri.cli.language import Language, Say
from meguri.cli.output import Columns, grid, progress
from meguri.errors import InputError, MeguriError, OptionError, Said

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.battery import Event
    from meguri.ledger import Ledger, Sealed

Outcome = Literal["recorded", "known", "possible", "refused", "not taken"]
SEALED = ".sealed.json"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became, or would become, of one event; `row` counts the file's events from 1."""

    row: int
    event: str
    type: str
    battery: str
    outcome: Outcome
    flags: tuple[str, ...] = ()
    what: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """All verdicts, in the order of the file."""

    origin: str
    dry_run: bool
    verdicts: tuple[Verdict, ...]

    @property
    def refused(self) -> bool:
        return any(held.outcome == "refused" for held in self.verdicts)

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(held.outcome for held in self.verdicts)


def read(file: Path) -> list[Event] | Sealed:
    """The events of a file, or the sealed recording in it. Raises InputError with every fault placed, or OSError."""
    import msgspec

    from meguri.battery import decode_events
    from meguri.ledger import Sealed

    data = file.read_bytes()
    if not file.name.endswith(SEALED):
        return decode_events(data, file=file.name)
    try:
        return msgspec.json.decode(data, type=Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InputError(
            Said("This is not a sealed recording: {reason}", reason=Said.of(str(fault))),
            where=file.name,
            mend=Said("Seal the events again: meguri recorder seal."),
        ) from fault


def take(
    ledger: Ledger,
    held: list[Event] | Sealed,
    say: Say,
    *,
    recorder: str | None,
    elsewhere: bool,
    dry_run: bool,
) -> Taken:
    """Record the events or, with `dry_run`, only rehearse it. Raises what `Ledger.append` does where no event is at fault."""
    if not isinstance(held, list):
        return _take_sealed(ledger, held, recorder, elsewhere=elsewhere, dry_run=dry_run)
    if dry_run:
        return Taken(ledger.origin, True, _rehearsed(ledger, held, recorder, elsewhere=elsewhere))
    from meguri.ledger import Conflict, Refused

    before = ledger.size
    try:
        _append(ledger, held, say, recorder, elsewhere=elsewhere)
    except (Conflict, InputError, Refused):
        verdicts = _rehearsed(ledger, held, recorder, elsewhere=elsewhere)
        taken = Taken(ledger.origin, False, tuple(map(_not_taken, verdicts)))
        if not taken.refused:
            raise
        return taken
    return Taken(ledger.origin, False, _recorded(ledger, held, before))


def _append(ledger: Ledger, events: list[Event], say: Say, recorder: str | None, *, elsewhere: bool) -> None:
    """As one recording, or as several where there are more events than one holds."""
    from meguri.ledger.seal import MOST_EVENTS

    with progress(say("Recording the events …")) as report:
        for start in range(0, len(events), MOST_EVENTS):
            ledger.append(events[start : start + MOST_EVENTS], recorder=recorder, elsewhere=elsewhere)
            if len(events) > MOST_EVENTS:
                report(min(start + MOST_EVENTS, len(events)), len(events))


def _take_sealed(
    ledger: Ledger, sealed: Sealed, recorder: str | None, *, elsewhere: bool, dry_run: bool
) -> Taken:
    from meguri.ledger.seal import unseal

    if dry_run or recorder:
        raise OptionError(
            Said("A sealed recording is taken as it was signed, or refused."),
            where="--dry-run" if dry_run else "--key",
            mend=Said("Leave the option out."),
        )
    before = ledger.size
    recording = unseal(sealed)
    ledger.append_sealed(recording, elsewhere=elsewhere)
    events = [recording.event(place) for place in range(len(recording))]
    return Taken(ledger.origin, False, _recorded(ledger, events, before))


def _rehearsed(
    ledger: Ledger, events: list[Event], recorder: str | None, *, elsewhere: bool
) -> tuple[Verdict, ...]:
    told = ledger.dry_run(events, recorder=recorder, elsewhere=elsewhere)
    verdicts = []
    for row, (event, said) in enumerate(zip(events, told, strict=True), start=1):
        if isinstance(said, MeguriError):
            verdicts.append(_verdict(row, event, "refused", what=said.what, mend=said.mend))
        elif "known" in said:
            verdicts.append(_verdict(row, event, "known"))
        else:
            verdicts.append(_verdict(row, event, "possible", flags=said))
    return tuple(verdicts)


def _recorded(ledger: Ledger, events: Sequence[Event], before: int) -> tuple[Verdict, ...]:
    """Verdicts of events that are recorded: those from line `before` on are new."""
    new: dict[str, tuple[str, ...]] = {}
    after = before - 1
    while page := ledger.read(after=after):
        new.update((held.id, held.flags) for held in page)
        after = page[-1].index
    return tuple(
        _verdict(row, event, "recorded" if event.id in new else "known", flags=new.get(event.id, ()))
        for row, event in enumerate(events, start=1)
    )


def _verdict(row: int, event: Event, outcome: Outcome, **told: Any) -> Verdict:
    return Verdict(row, event.id, event.type, event.battery, outcome, **told)


def _not_taken(held: Verdict) -> Verdict:
    from dataclasses import replace

    return replace(held, outcome="not taken") if held.outcome == "possible" else held


def document(taken: Taken) -> dict[str, Any]:
    """The verdicts as JSON."""
    counts = taken.counts
    return {
        "dry_run": taken.dry_run,
        "counts": {name: counts[name] for name in sorted(counts)},
        "verdicts": taken.verdicts,
    }


def show(screen: Console, taken: Taken, file: str, lang: Language, say: Say) -> None:
    """Print how it went, and the verdicts; of many, those that need a look."""
    from meguri.report import battery_words

    words, counts = battery_words(lang), taken.counts
    warn_simulated(screen, taken.origin, say)
    screen.print(
        _sentence(taken, say).format(
            file=file,
            all=f"{len(taken.verdicts):,}",
            refused=f"{counts['refused']:,}",
            recorded=f"{counts['recorded'] + counts['possible']:,}",
            known=f"{counts['known']:,}",
        ),
        style="bold",
        markup=False,
    )
    shown = [
        held
        for held in taken.verdicts
        if len(taken.verdicts) <= MOST_SHOWN or held.outcome == "refused" or held.flags
    ]
    columns: Columns = (
        (say("row"), "right"),
        (say("event"), "left"),
        (say("battery"), "left"),
        (say("verdict"), "left"),
    )
    rows = [
        (f"{held.row:,}", words.events[held.type], held.battery, _said(held, say))
        for held in shown[:MOST_SHOWN]
    ]
    if rows:
        screen.print(grid(columns, rows, wraps=(1, 2, 3)))
    if len(shown) > MOST_SHOWN:
        more = say("… and {more} more (--json lists all).").format(more=f"{len(shown) - MOST_SHOWN:,}")
        screen.print(more, style="dim")


def _sentence(taken: Taken, say: Say) -> str:
    if taken.refused:
        return (
            say("{file}: {refused} of {all} would be refused, so that none would be recorded.")
            if taken.dry_run
            else say("{file}: {refused} of {all} refused; {known} here already, no other was recorded.")
            if taken.counts["known"]
            else say("{file}: {refused} of {all} refused; none was recorded.")
        )
    return (
        say("{file}: {recorded} would be recorded, {known} here already. Nothing was written.")
        if taken.dry_run
        else say("{file}: {recorded} recorded, {known} here already.")
    )


def _said(held: Verdict, say: Say) -> str:
    if held.outcome == "refused":
        return f"{say('refused')}: {say(held.what)} → {say(held.mend)}"
    outcome = {
        "recorded": say("recorded"),
        "known": say("recorded before"),
        "possible": say("would be recorded"),
        "not taken": say("not recorded"),
    }[held.outcome]
    return say("; ").join(filter(None, (outcome, flags(held.flags, say))))
