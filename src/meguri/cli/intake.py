"""Events of a file on their way into a ledger: rehearsed or recorded, with a verdict for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from meguri.cli.given import Given, refuse_problems
from meguri.cli.happened import flags, warn_simulated
from meguri.cli.language import Language, Say, labelled
from meguri.cli.output import Columns, counting, grid
from meguri.errors import InputError, MeguriError, OptionError, Problem, Said

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.battery import Event
    from meguri.ledger import Ledger, Sealed

Outcome = Literal["recorded", "known", "possible", "refused", "not taken"]
MOST_SHOWN = 200
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became, or would become, of one event; `row` counts from 1, in a sheet as a spreadsheet shows it."""

    row: int
    event: str
    type: str
    battery: str
    outcome: Outcome
    flags: tuple[str, ...] = ()
    what: str = ""
    mend: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events became what, and verdicts in the order of the file; of a big file, of those that need a look."""

    origin: str
    dry_run: bool
    counts: Counter[Outcome]
    verdicts: tuple[Verdict, ...]

    @property
    def refused(self) -> bool:
        return self.counts["refused"] > 0


def take(
    ledger: Ledger,
    given: Given | Sealed | Iterator[list[Event]],
    say: Say,
    *,
    recorder: str | None,
    elsewhere: bool,
    dry_run: bool,
) -> Taken:
    """Record the events or, with `dry_run`, only rehearse it. Raises what `Ledger.append` does where no event is at fault."""
    if isinstance(given, Given):
        if dry_run:
            return _summed(ledger, _rehearsed(ledger, given, recorder, elsewhere=elsewhere), dry_run=True)
        refuse_problems(given)
        return _take_all(ledger, given, recorder, elsewhere=elsewhere)
    if isinstance(given, Iterator):
        return _take_stream(ledger, given, say, recorder, elsewhere=elsewhere)
    return _take_sealed(ledger, given, recorder, elsewhere=elsewhere, dry_run=dry_run)


def _take_all(ledger: Ledger, given: Given, recorder: str | None, *, elsewhere: bool) -> Taken:
    """All or none."""
    from meguri.ledger import Conflict, Refused

    before = ledger.size
    try:
        ledger.append(given.events, recorder=recorder, elsewhere=elsewhere)
    except (Conflict, InputError, Refused):
        verdicts = map(_not_taken, _rehearsed(ledger, given, recorder, elsewhere=elsewhere))
        taken = _summed(ledger, tuple(verdicts), dry_run=False)
        if not taken.refused:
            raise
        return taken
    return _summed(ledger, _recorded(ledger, given, before), dry_run=False)


def _take_stream(
    ledger: Ledger, batches: Iterator[list[Event]], say: Say, recorder: str | None, *, elsewhere: bool
) -> Taken:
    """Batch after batch, each all or none, until one is refused; the ones before stay recorded."""
    counts: Counter[Outcome] = Counter()
    odd: list[Verdict] = []
    with counting(say("Recording the events: {count} …")) as report:
        for events in batches:
            given = Given.counted(events, counts.total())
            taken = _take_all(ledger, given, recorder, elsewhere=elsewhere)
            counts += taken.counts
            odd += [held for held in taken.verdicts if held.flags or held.outcome == "refused"]
            del odd[MOST_KEPT:]
            report(counts.total())
            if taken.refused:
                break
    return Taken(ledger.origin, False, counts, tuple(odd))


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
    given = Given.counted([recording.event(place) for place in range(len(recording))])
    return _summed(ledger, _recorded(ledger, given, before), dry_run=False)


def _summed(ledger: Ledger, verdicts: tuple[Verdict, ...], *, dry_run: bool) -> Taken:
    return Taken(ledger.origin, dry_run, Counter(held.outcome for held in verdicts), verdicts)


def _rehearsed(ledger: Ledger, given: Given, recorder: str | None, *, elsewhere: bool) -> tuple[Verdict, ...]:
    told = ledger.dry_run(given.events, recorder=recorder, elsewhere=elsewhere)
    verdicts = [
        Verdict(held.row or 0, "", "", "", "refused", (), _placed(held), held.mend, held.sheet)
        for held in given.problems
    ]
    for event, place, said in zip(given.events, given.places, told, strict=True):
        if isinstance(said, MeguriError):
            verdicts.append(_verdict(event, place, "refused", what=said.what, mend=said.mend))
        elif "known" in said:
            verdicts.append(_verdict(event, place, "known"))
        else:
            verdicts.append(_verdict(event, place, "possible", flags=said))
    return tuple(sorted(verdicts, key=lambda held: (held.sheet, held.row)))


def _recorded(ledger: Ledger, given: Given, before: int) -> tuple[Verdict, ...]:
    """Verdicts of events that are recorded: those from line `before` on are new."""
    new: dict[str, tuple[str, ...]] = {}
    after = before - 1
    while page := ledger.read(after=after):
        new.update((held.id, held.flags) for held in page)
        after = page[-1].index
    return tuple(
        _verdict(event, place, "recorded" if event.id in new else "known", flags=new.get(event.id, ()))
        for event, place in zip(given.events, given.places, strict=True)
    )


def _verdict(event: Event, place: tuple[str, int], outcome: Outcome, **told: Any) -> Verdict:
    sheet, row = place
    return Verdict(row, event.id, event.type, event.battery, outcome, sheet=sheet, **told)


def _placed(problem: Problem) -> str:
    """What is wrong with a cell, after its column and what it holds."""
    found = f"“{problem.value}”" if problem.value else ""
    place = " ".join(filter(None, (problem.column, found)))
    return Said("{place}: {what}", place=place, what=problem.what) if place else problem.what


def _not_taken(held: Verdict) -> Verdict:
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
        if counts.total() <= MOST_SHOWN or held.outcome == "refused" or held.flags
    ]
    columns: Columns = (
        (say("row"), "right"),
        (say("event"), "left"),
        (say("battery"), "left"),
        (say("verdict"), "left"),
    )
    rows = [
        (_row(held), words.events.get(held.type, ""), held.battery, _said(held, say))
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


def _row(held: Verdict) -> str:
    return f"{held.sheet} {held.row}".strip()


def _said(held: Verdict, say: Say) -> str:
    if held.outcome == "refused":
        return labelled(say("refused"), f"{say(held.what)} → {say(held.mend)}", say)
    outcome = {
        "recorded": say("recorded"),
        "known": say("recorded before"),
        "possible": say("would be recorded"),
        "not taken": say("not recorded"),
    }[held.outcome]
    return say("; ").join(filter(None, (outcome, flags(held.flags, say))))
