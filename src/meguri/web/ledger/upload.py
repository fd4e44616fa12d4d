"""Files that come in parts: each with what is known of it, kept in a folder so that a restart loses nothing."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Literal

import msgspec

from meguri.errors import NotFound, Said
from meguri.report import Language
from meguri.web.problems import Told, TurnedAway

State = Literal["open", "waiting", "importing", "done", "failed"]
KEPT_S = 24 * 3600
MOST_OPEN = 64
MOST_WAITING = 8
SPARE_BYTES = 256 << 20

_is_id = re.compile(r"[0-9a-f]{32}").fullmatch


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way: `owner` sends it, `recorder` (None: the house's own) will record it.

    `recorded` events of it are in the ledger so far; `problem` says in each language why no more will be.
    """

    id: str
    owner: str
    name: str
    length: int
    recorder: str | None
    elsewhere: bool = False
    state: State = "open"
    changed: float = 0.0
    recorded: int = 0
    problem: dict[Language, Told] | None = None


class Uploads:
    """The uploads in a folder. Safe to use from several threads of one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._writing: set[str] = set()

    def begin(self, upload: Upload) -> Upload:
        """Keep a new upload; one of no bytes waits to be imported at once. Raises TurnedAway (413, 503)."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._forget_old()
        known = list(self.every())
        if (
            sum(one.state == "open" for one in known) >= MOST_OPEN
            or sum(one.state in ("waiting", "importing") for one in known) >= MOST_WAITING
        ):
            raise TurnedAway(
                503,
                Said("Too many files are on their way or wait to be taken in."),
                mend=Said("Begin again when those before are taken in."),
                headers={"Retry-After": "30"},
            )
        if upload.length > shutil.disk_usage(self.folder).free - SPARE_BYTES:
            raise TurnedAway(
                413,
                Said("There is no room here for a file of {bytes:,} bytes.", bytes=upload.length),
                mend=Said("Send it in several smaller files."),
            )
        self.file(upload.id).touch(mode=0o600)
        return self.keep(upload, state="open" if upload.length else "waiting")

    def find(self, upload_id: str, owner: str) -> Upload:
        """An upload of that owner. Raises NotFound."""
        held = self._read(self._about(upload_id)) if _is_id(upload_id) else None
        if held is None or held.owner != owner:
            raise NotFound(
                Said("There is no upload “{upload}” of yours.", upload=Said.of(upload_id[:64])),
                where=upload_id[:64],
                mend=Said("Begin it again: it may have been too old."),
            )
        return held

    def every(self) -> Iterator[Upload]:
        """All uploads, the oldest change first."""
        found = (self._read(file) for file in self.folder.glob("*.json"))
        yield from sorted((one for one in found if one), key=lambda one: one.changed)

    def offset(self, upload: Upload) -> int:
        """Bytes that are here."""
        file = self.file(upload.id)
        return file.stat().st_size if file.exists() else upload.length

    def keep(
        self,
        upload: Upload,
        *,
        state: State,
        recorded: int = 0,
        problem: dict[Language, Told] | None = None,
    ) -> Upload:
        """Write down how an upload stands now."""
        held = msgspec.structs.replace(
            upload, state=state, changed=time.time(), recorded=recorded, problem=problem
        )
        draft = self._about(upload.id).with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(held))
        draft.replace(self._about(upload.id))
        return held

    def take_turn(self, upload: Upload, offset: int) -> int:
        """Begin to write a part at `offset`, and give the handle of the file. Raises TurnedAway (409)."""
        with self._lock:
            if upload.state != "open" or upload.id in self._writing or offset != self.offset(upload):
                raise TurnedAway(
                    409,
                    Said("This part does not begin where the last one ended."),
                    where="Upload-Offset",
                    mend=Said("Ask for the offset (HEAD), and go on from there."),
                )
            self._writing.add(upload.id)
        return os.open(self.file(upload.id), os.O_WRONLY | os.O_APPEND)

    def end_turn(self, upload: Upload, handle: int) -> int:
        """Make a part durable; the offset now. A file that is whole waits to be imported."""
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
            with self._lock:
                self._writing.discard(upload.id)
        offset = self.offset(upload)
        self.keep(upload, state="waiting" if offset == upload.length else "open")
        return offset

    def file(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.part"

    def remove(self, upload: Upload) -> None:
        self.file(upload.id).unlink(missing_ok=True)
        self._about(upload.id).unlink(missing_ok=True)

    def _about(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.json"

    def _read(self, file: Path) -> Upload | None:
        try:
            return msgspec.json.decode(file.read_bytes(), type=Upload)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _forget_old(self) -> None:
        for one in self.every():
            if one.state not in ("waiting", "importing") and one.changed < time.time() - KEPT_S:
                self.remove(one)


def new_upload_id() -> str:
    return secrets.token_hex(16)
