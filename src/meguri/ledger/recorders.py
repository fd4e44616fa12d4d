"""Who may record: keys that events enrol, replace and revoke, and what each of them may say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import Connection, select, update

from meguri.battery import RULES, Enrolled, Event, Revoked, Rotated
from meguri.errors import InputError, Said
from meguri.ledger.errors import Refused
from meguri.ledger.signing import VerifyingKey
from meguri.ledger.tables import recorder as table

_parsed = lru_cache(maxsize=4096)(VerifyingKey.parse)
PREFIX = "recorder:"
KEY_EVENTS = (Enrolled, Rotated, Revoked)
KEY_WORDS = frozenset({"enrolled", "rotated", "revoked"})
HOUSE_WORDS = KEY_WORDS | {"erased"}
"""What only the house says, by its own commands: never a file, a request or another ledger's events."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """A key and its reach: from the log's index `from_idx` until `until_idx` (None: still). `signer` is `<name>+<key id>`."""

    name: str
    vkey: str
    roles: tuple[str, ...]
    operator: str | None
    from_idx: int
    until_idx: int | None

    @property
    def key(self) -> VerifyingKey:
        return _parsed(self.vkey)

    @property
    def signer(self) -> str:
        return "+".join(self.vkey.split("+", 2)[:2])

    @property
    def may(self) -> frozenset[str]:
        """Words that its roles allow. The registry itself may say all."""
        return words_of(self.roles)


@lru_cache(maxsize=1024)
def words_of(roles: tuple[str, ...]) -> frozenset[str]:
    """Words that roles allow. The registry itself may say all."""
    if "registry" in roles:
        return frozenset(rule.event for rule in RULES)
    return frozenset(rule.event for rule in RULES if set(rule.roles) & set(roles))


def read_recorders(connection: Connection) -> tuple[Recorder, ...]:
    """All keys there ever were, in the order of the log."""
    rows = connection.execute(select(table).order_by(table.c.from_idx, table.c.name))
    return tuple(
        Recorder(row.name, row.vkey, tuple(row.roles.split()), row.operator, row.from_idx, row.until_idx)
        for row in rows
    )


def active(recorders: Iterable[Recorder]) -> dict[str, Recorder]:
    """Keys that may sign now, by signer."""
    return {held.signer: held for held in recorders if held.until_idx is None}


def find_active(recorders: Iterable[Recorder], signer: str) -> Recorder:
    """The recorder behind a signer. Raises Refused where its key is unknown or revoked."""
    known = list(recorders)
    found = active(known).get(signer)
    if found is None:
        past = any(held.signer == signer for held in known)
        raise Refused(
            Said("The key of {signer} was revoked or replaced.", signer=signer)
            if past
            else Said("No key of {signer} is enrolled here.", signer=signer),
            where="recorder",
            mend=Said("Have the operator of this ledger enrol your key: meguri recorder enrol."),
        )
    return found


def check_may(recorder: Recorder, words: Iterable[str]) -> None:
    """Raises Refused where a recorder's roles do not allow a word."""
    beyond = sorted(set(words) - recorder.may)
    if beyond:
        raise Refused(
            Said(
                "{signer} may not record “{word}”: its roles are {roles}.",
                signer=recorder.signer,
                word=beyond[0],
                roles=recorder.roles,
            ),
            where="recorder",
            mend=Said(
                "Have somebody record it whose role allows it, or have the role added: meguri recorder enrol."
            ),
        )


def check_words(words: Iterable[str], *, by_house: bool) -> None:
    """Raises Refused where events from outside would change keys or erase content."""
    beyond = sorted(HOUSE_WORDS & set(words))
    if beyond and not by_house:
        raise Refused(
            Said("“{word}” is not taken in with other events.", word=beyond[0]),
            where="type",
            mend=Said(
                "Leave it out. Keys are changed by meguri recorder, content is erased by meguri ledger erase."
            ),
        )


def after_key_events(
    recorders: Sequence[Recorder], planned: Iterable[tuple[int, Event]]
) -> tuple[Recorder, ...]:
    """The keys after what key events say, each from its index on. Raises Refused or InputError where one cannot be."""
    held = list(recorders)
    for index, event in planned:
        if not isinstance(event, KEY_EVENTS):
            continue
        name = event.battery.removeprefix(PREFIX)
        place = next((k for k, one in enumerate(held) if one.name == name and one.until_idx is None), None)
        if place is None and not isinstance(event, Enrolled):
            raise Refused(
                Said("No recorder “{name}” is enrolled now.", name=name),
                where=event.id,
                mend=Said("See the names: meguri recorder list."),
            )
        old = held[place] if place is not None else None
        if old is not None and place is not None:
            held[place] = replace(old, until_idx=index)
        if isinstance(event, Revoked):
            continue
        _check_key(event.vkey, name, held)
        roles: tuple[str, ...] = event.roles if isinstance(event, Enrolled) else old.roles if old else ()
        operator = event.operator if isinstance(event, Enrolled) else old.operator if old else None
        held.append(Recorder(name, event.vkey, roles, operator, index, None))
    return tuple(held)


def write_recorders(connection: Connection, old: Sequence[Recorder], new: Sequence[Recorder]) -> None:
    known = {(held.name, held.from_idx): held for held in old}
    for held in new:
        before = known.get((held.name, held.from_idx))
        if before is None:
            connection.execute(
                table.insert().values(
                    name=held.name,
                    from_idx=held.from_idx,
                    vkey=held.vkey,
                    roles=" ".join(held.roles),
                    operator=held.operator,
                    until_idx=held.until_idx,
                )
            )
        elif before != held:
            connection.execute(
                update(table)
                .where(table.c.name == held.name, table.c.from_idx == held.from_idx)
                .values(until_idx=held.until_idx)
            )


def _check_key(vkey: str, name: str, held: Iterable[Recorder]) -> None:
    found = VerifyingKey.parse(vkey)
    if '"' in name or "\\" in name:
        raise InputError(
            Said("The name “{name}” has a quotation mark or a backslash in it.", name=name),
            where="battery",
            mend=Said("Name the recorder with letters, digits, dots, slashes and dashes."),
        )
    if found.name != name:
        raise InputError(
            Said("The key belongs to “{found}”, not to “{name}”.", found=found.name, name=name),
            where="vkey",
            mend=Said("Give the key of the recorder that is named."),
        )
    if any(one.vkey == vkey for one in held):
        raise Refused(
            Said("This key was enrolled before; a key that was given up does not come back."),
            where="vkey",
            mend=Said("Make a new key: meguri recorder key."),
        )
