"""A whole log verified from its files alone, offline: nobody who keeps them has to be trusted.

Every entry is hashed against the tiles, every level of tiles rebuilt up to the signed root, every recording held against its
recorder's signature, and every event id looked for twice. Work is parted over processes by stretches of 64 bundles; memory does
not grow with the log; event ids are kept on disk meanwhile, 24 bytes each.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from meguri.errors import InputError, NotFound, Said
from meguri.ledger.checkpoint import Checkpoint, open_cosigned
from meguri.ledger.errors import NotVerified, StoreUnavailable
from meguri.ledger.note import VerifyingKey
from meguri.ledger.stretch import Checked, Fault, Part, Task, check_stretch, judge, path_of_entry
from meguri.ledger.tiles import CHECKPOINT, TileSource, read_hashes, tile_path
from meguri.ledger.tree import EMPTY_ROOT, HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile, Tree, node_hash
from meguri.ledger.unique import UniqueIds

__all__ = ["Fault", "Seen", "Verdict", "verify_log"]

_Results = Generator[tuple[Task, Checked], None, None]

STRETCH = 64
MOST_PROCESSES = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """A witness that has cosigned the checkpoint, and when (seconds since 1970 UTC)."""

    witness: str
    time: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a log has shown. `unknown` are recorders whose key was not given, so that their signatures stay unchecked."""

    origin: str
    size: int
    root: bytes
    events: int = 0
    recordings: int = 0
    witnesses: tuple[Seen, ...] = ()
    unknown: tuple[str, ...] = ()
    fault: Fault | None = None

    @property
    def holds(self) -> bool:
        """Whether everything that could be checked holds."""
        return self.fault is None


def verify_log(
    source: TileSource,
    log_key: VerifyingKey,
    *,
    recorder_keys: Mapping[str, VerifyingKey] | None = None,
    witnesses: Sequence[VerifyingKey] = (),
    origin: str | None = None,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Verify a log. `recorder_keys` are by `<name>+<key id>`; `progress` is told how many entries of how many are done.

    Raises Unreachable where files cannot be read; all else that is wrong is the verdict's first fault.
    """
    try:
        note = source.read(CHECKPOINT)
        checkpoint, opened = open_cosigned(note, log_key, witnesses, origin=origin)
    except (InputError, NotVerified, NotFound) as fault:
        return Verdict(origin or log_key.name, 0, EMPTY_ROOT, fault=Fault(fault.what, CHECKPOINT))
    seen = tuple(Seen(key.name, found.time) for key in witnesses if (found := opened.by(key)))
    keys = recorder_keys or {}
    try:
        with tempfile.TemporaryDirectory(prefix="meguri-verify-") as folder:
            log = _Log(source, checkpoint, keys, UniqueIds(Path(folder)))
            _verify_into(log, processes, progress or (lambda done, size: None))
    except OSError as fault:
        raise StoreUnavailable(
            Said(
                "The files that verifying needs meanwhile cannot be written: {reason}.",
                reason=Said.of(str(fault)),
            ),
            where=tempfile.gettempdir(),
            mend=Said("Make room, 24 bytes for each event, or name another folder in TMPDIR."),
        ) from fault
    return Verdict(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
        events=log.events,
        recordings=log.recordings,
        witnesses=seen,
        unknown=tuple(sorted(log.unknown)),
        fault=log.fault,
    )


def _verify_into(log: _Log, processes: int | None, progress: Callable[[int, int], None]) -> None:
    size = log.checkpoint.size
    tasks = _tasks(log.source, log.checkpoint, log.keys)
    count = min(processes or os.cpu_count() or 1, MOST_PROCESSES, -(-size // (STRETCH * TILE_WIDTH)))
    spread = count > 1 and _can_travel(log.source)
    with closing(_by_processes(tasks, count) if spread else _by_itself(tasks)) as stretches:
        for task, checked in stretches:
            log.add(task, checked)
            progress(min(task.last * TILE_WIDTH, size), size)
            if log.fault:
                return
    log.close()


@dataclass(slots=True)
class _Log:
    """What is known after some stretches, from the left: the tree above level 0, and the recording that is not closed yet."""

    source: TileSource
    checkpoint: Checkpoint
    keys: Mapping[str, VerifyingKey]
    ids: UniqueIds
    events: int = 0
    recordings: int = 0
    unknown: set[str] = field(default_factory=set)
    fault: Fault | None = None
    upper: Tree = field(default_factory=Tree)
    last: bytes | None = None
    last_time: str = ""
    open: Tree = field(default_factory=Tree)
    part: Part = field(default_factory=Part)

    def add(self, task: Task, checked: Checked) -> None:
        """Take in the next stretch; sets the first fault."""
        self.ids.add(checked.ids, checked.places)
        self.events += len(checked.places)
        self.recordings += checked.recordings
        self.unknown |= checked.unknown
        self._gather(checked.head)
        if checked.closing:
            index, ending = checked.closing
            self.fault = judge(
                task, index, ending, self.part, self.open.root(), self.open.size, self.last_time
            )
            self.recordings += 1
            self.open, self.part, self.last_time = Tree(), Part(), checked.last_time
        self._gather(checked.tail)
        self.fault = self.fault or checked.fault
        self.last = checked.rest
        for tile in self.upper.extend(checked.roots):
            self.fault = self.fault or self._compared(tile)

    def close(self) -> None:
        """Check what only the end of the log shows."""
        size = self.checkpoint.size
        for tile in self.upper.edges():
            self.fault = self.fault or self._compared(tile)
        root = self.last
        for held in self.upper.waiting:
            if held is not None:
                root = held if root is None else node_hash(held, root)
        if self.fault:
            return
        if (EMPTY_ROOT if root is None else root) != self.checkpoint.root:
            self.fault = Fault(
                Said("The root of the {size} entries is not the one that the log has signed.", size=size),
                CHECKPOINT,
            )
        elif self.open.size:
            index = size - self.open.size
            self.fault = Fault(
                Said(
                    "The last {count} entries belong to no recording that was closed.", count=self.open.size
                ),
                path_of_entry(index, size),
                index,
                self.part.event,
            )
        elif twice := self.ids.first_twice():
            self.fault = Fault(
                Said(
                    "Entry {again} repeats the event of entry {first}.", again=twice.again, first=twice.first
                ),
                path_of_entry(twice.again, size),
                twice.again,
                str(UUID(bytes=twice.id)),
            )

    def _gather(self, part: Part) -> None:
        self.open.extend(part.leaves)
        self.part = Part((), self.part.recorders | part.recorders, self.part.event or part.event)

    def _compared(self, tile: Tile) -> Fault | None:
        """Whether a tile made anew is the one that the log has; `tile.level` counts from the first level above the entries."""
        level = tile.level + 1
        path = tile_path(level, tile.n, tile.width)
        try:
            held = read_hashes(self.source, level, tile.n, tile.width)
        except (NotFound, InputError) as fault:
            return Fault(fault.what, path)
        if held == tile.hashes:
            return None
        place = next(
            k
            for k in range(tile.width)
            if held[k * HASH_BYTES :][:HASH_BYTES] != tile.hashes[k * HASH_BYTES :][:HASH_BYTES]
        )
        index = (tile.n * TILE_WIDTH + place) << TILE_HEIGHT * level
        what = Said(
            "The tile {path} has another hash than the entries from {index} on lead to.",
            path=path,
            index=index,
        )
        return Fault(what, path, index)


def _tasks(source: TileSource, checkpoint: Checkpoint, keys: Mapping[str, VerifyingKey]) -> Iterator[Task]:
    bundles = -(-checkpoint.size // TILE_WIDTH)
    for first in range(0, bundles, STRETCH):
        yield Task(source, checkpoint, first, min(bundles, first + STRETCH), keys)


def _by_itself(tasks: Iterator[Task]) -> _Results:
    for task in tasks:
        yield task, check_stretch(task)


def _by_processes(tasks: Iterator[Task], count: int) -> _Results:
    """The tasks' results in their order, a few of them made ahead."""
    way = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(way))
    try:
        ahead: deque[tuple[Task, Future[Checked]]] = deque()
        for task in tasks:
            ahead.append((task, pool.submit(check_stretch, task)))
            if len(ahead) > 2 * count:
                first, result = ahead.popleft()
                yield first, result.result()
        for first, result in ahead:
            yield first, result.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _can_travel(source: TileSource) -> bool:
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        return False
    return True
