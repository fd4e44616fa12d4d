"""One stretch of a log checked by itself: entries against their tiles, recordings against what their recorders signed.

A recording may begin in one stretch and end in another; each stretch hands on what it cannot judge alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from meguri.errors import InputError, NotFound, Said
from meguri.ledger.checkpoint import Checkpoint
from meguri.ledger.lines import (
    STATEMENT,
    Closing,
    event_of_line,
    read_closing,
    read_statements,
    recorders_of,
)
from meguri.ledger.note import VerifyingKey
from meguri.ledger.proofs import complete_subtrees, node_reader
from meguri.ledger.seal import signed_message
from meguri.ledger.tiles import (
    ENTRIES,
    TileSource,
    entries_path,
    pack_entries,
    read_hashes,
    tile_path,
    unpack_leading,
    width_of,
)
from meguri.ledger.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, leaf_hashes, node_hash, root_of

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: in which file, at which entry, of which event, as far as these can be told."""

    what: str
    path: str = ""
    index: int | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Bundles `first` up to `last` of a log, and by whom its recordings may be signed."""

    source: TileSource
    checkpoint: Checkpoint
    first: int
    last: int
    recorders: Mapping[str, VerifyingKey]


@dataclass(frozen=True, slots=True)
class Part:
    """Statements that stand together: their leaf hashes, the recorders they name, and the first one's event."""

    leaves: Sequence[bytes] = ()
    recorders: frozenset[str | None] = frozenset()
    event: str | None = None


@dataclass(slots=True)
class Checked:
    """What was found, up to the first fault.

    `roots` are of full bundles, `rest` is that of one that is not full. `head` stands before the stretch's first closing, where
    it may belong to a recording that began earlier; `tail` stands after its last one. `ids` are of all statements, 16 bytes
    each, `places` their numbers in the log.
    """

    roots: list[bytes] = field(default_factory=list)
    rest: bytes | None = None
    ids: bytes = b""
    places: Places = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    recordings: int = 0
    unknown: set[str] = field(default_factory=set)
    head: Part = Part()
    closing: tuple[int, Closing] | None = None
    tail: Part = Part()
    last_time: str = ""
    fault: Fault | None = None


def check_stretch(task: Task) -> Checked:
    """Check the bundles of a task, up to the first fault."""
    found = Checked()
    entries: list[bytes] = []
    leaves: list[bytes] = []
    for n in range(task.first, task.last):
        bundle, hashes, fault = check_bundle(task.source, n, task.checkpoint)
        entries += bundle
        leaves += hashes
        if fault:
            found.fault = fault
            break
        if len(bundle) == TILE_WIDTH:
            found.roots.append(root_of(hashes))
        else:
            found.rest = root_of(hashes)
    _check_recordings(task, entries, leaves, found)
    return found


def check_bundle(
    source: TileSource, n: int, checkpoint: Checkpoint
) -> tuple[list[bytes], list[bytes], Fault | None]:
    """Entries of a bundle and their leaf hashes, up to the first that differs from the level-0 tile."""
    width = width_of(checkpoint.size, ENTRIES, n)
    path, tile_at = entries_path(n, width), tile_path(0, n, width)
    first = n * TILE_WIDTH
    try:
        bundle = _read_bundle(source, n, width)
    except (NotFound, InputError) as fault:
        return [], [], Fault(fault.what, path, first)
    try:
        tile = read_hashes(source, 0, n, width)
    except (NotFound, InputError) as fault:
        return [], [], Fault(fault.what, tile_at, first)
    entries, rest = unpack_leading(bundle, width)
    leaves = leaf_hashes(entries)
    pairs = zip(leaves, (tile[k : k + HASH_BYTES] for k in range(0, len(tile), HASH_BYTES)), strict=False)
    if b"".join(leaves) == tile:
        if not rest:
            return entries, leaves, None
        what = Said("The bundle {path} goes on after its last entry.", path=path)
        return entries, leaves, Fault(what, path, first + width - 1, event_of_line(entries[-1]))
    place = next((k for k, (leaf, held) in enumerate(pairs) if leaf != held), len(leaves))
    index = first + place
    event = event_of_line(entries[place] if place < len(entries) else rest)
    if len(leaves) == width and not rest and _leads_up(source, n, leaves, checkpoint):
        what = Said(
            "The tile {path} has another hash for entry {index} than the entry.", path=tile_at, index=index
        )
        return entries[:place], leaves[:place], Fault(what, tile_at, index, event)
    what = Said("Entry {index} was changed: its hash is not the one in the tree.", index=index)
    return entries[:place], leaves[:place], Fault(what, path, index, event)


def _read_bundle(source: TileSource, n: int, width: int) -> bytes:
    try:
        return source.read(entries_path(n, width))
    except NotFound:
        if width == TILE_WIDTH:
            raise
        return pack_entries(unpack_leading(source.read(entries_path(n)), width)[0])


def _leads_up(source: TileSource, n: int, leaves: Sequence[bytes], checkpoint: Checkpoint) -> bool:
    """Whether the entries of a bundle lead to what stands above it, so that its tile of level 0 must be what is wrong."""
    read, found = node_reader(source, checkpoint.size), root_of(leaves)
    try:
        if len(leaves) == TILE_WIDTH:
            return found == read(TILE_HEIGHT, n)
        for height, index in reversed(list(complete_subtrees(0, n * TILE_WIDTH))):
            found = node_hash(read(height, index), found)
        return found == checkpoint.root
    except (NotFound, InputError):
        return False


def _check_recordings(task: Task, entries: list[bytes], leaves: list[bytes], found: Checked) -> None:
    """Check what lies between the closings of a stretch; a fault among the `entries` comes before one found already."""
    base = task.first * TILE_WIDTH
    closings = [place for place, line in enumerate(entries) if not line.startswith(STATEMENT)]
    ends = [*closings, len(entries)]
    starts = [0, *(place + 1 for place in closings)]
    statements = [line for start, end in zip(starts, ends, strict=True) for line in entries[start:end]]
    places = np.delete(np.arange(base, base + len(entries)), closings)
    found.ids, spoilt = read_statements(statements)
    if spoilt is not None:
        end = int(places[spoilt]) - base
        found.fault = _odd_line(task, end, entries[end])
        entries, closings, places = (
            entries[:end],
            [place for place in closings if place < end],
            places[:spoilt],
        )
    found.places = places
    start = 0
    for place in closings:
        part, fault = _part(entries, leaves, start, place), None
        closing = read_closing(entries[place])
        if closing is None:
            fault = _odd_line(task, place, entries[place])
        elif found.closing is None:
            found.head, found.closing = part, (base + place, closing)
        else:
            root, count = root_of(part.leaves), len(part.leaves)
            fault = judge(task, base + place, closing, part, root, count, found.last_time)
            found.recordings += 1
        if closing is None or fault:
            found.fault = fault
            return
        if closing.recorder not in task.recorders:
            found.unknown.add(closing.recorder)
        found.last_time, start = closing.time, place + 1
    found.tail = _part(entries, leaves, start, len(entries))


def judge(
    task: Task, index: int, closing: Closing, part: Part, root: bytes, count: int, earlier: str
) -> Fault | None:
    """What does not hold of a recording of `count` statements under `root`, closed at `index`, or None.

    `part` has its recorders and its first event; `earlier` is the time of the recording before it.
    """
    if count != closing.count:
        what = Said(
            "The recording closed by entry {index} has {found} statements instead of {count}.",
            index=index,
            found=count,
            count=closing.count,
        )
    elif part.recorders != {closing.recorder}:
        what = Said(
            "Statements before entry {index} name another recorder than the one that signed.", index=index
        )
    elif root != closing.root:
        what = Said("The statements before entry {index} are not the ones that were signed.", index=index)
    elif closing.recorder in task.recorders and not task.recorders[closing.recorder].verify(
        signed_message(task.checkpoint.origin, closing.count, closing.root), closing.signature
    ):
        what = Said(
            "The signature of {recorder} in entry {index} does not hold.",
            recorder=closing.recorder,
            index=index,
        )
    elif closing.time < earlier:
        what = Said(
            "The recording closed by entry {index} is dated before the one that precedes it.", index=index
        )
    else:
        return None
    return Fault(what, path_of_entry(index, task.checkpoint.size), index, part.event)


def _part(entries: Sequence[bytes], leaves: Sequence[bytes], start: int, end: int) -> Part:
    if start == end:
        return Part()
    return Part(leaves[start:end], recorders_of(entries[start:end]), event_of_line(entries[start]))


def _odd_line(task: Task, place: int, line: bytes) -> Fault:
    index = task.first * TILE_WIDTH + place
    what = Said("Entry {index} is neither a statement nor the closing of a recording.", index=index)
    return Fault(what, path_of_entry(index, task.checkpoint.size), index, event_of_line(line))


def path_of_entry(index: int, size: int) -> str:
    """The bundle that holds an entry."""
    n = index // TILE_WIDTH
    return entries_path(n, width_of(size, ENTRIES, n))
