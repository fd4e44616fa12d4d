"""Files that came whole are taken into the ledger, one after the other, in batches, each batch whole or not at all."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread

from meguri.errors import MeguriError
from meguri.ledger.exchange import iter_file
from meguri.report import LANGUAGES
from meguri.web.ledger.opened import OpenedLedger
from meguri.web.ledger.upload import Upload, Uploads
from meguri.web.problems import told_of

log = logging.getLogger("meguri.web")
BATCH = 1000
LOOK_AGAIN_S = 30.0


class Importer:
    """The one who imports: a thread that sleeps until a file waits. What was interrupted begins again: an event is taken once."""

    def __init__(self, ledger: OpenedLedger) -> None:
        self._ledger = ledger
        self.uploads = Uploads(ledger.beside("uploads"))
        self._wake, self._lock = Event(), Lock()
        self._thread: Thread | None = None
        self._ended = False

    def wake(self) -> None:
        """Look for files that wait."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, daemon=True, name="meguri-import")
                self._thread.start()
        self._wake.set()

    def resume(self) -> None:
        """Go on with what an earlier run left."""
        if any(one.state in ("waiting", "importing") for one in self.uploads.every()):
            self.wake()

    def end(self) -> None:
        """Stop after the batch at hand."""
        self._ended = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(LOOK_AGAIN_S)

    def _run(self) -> None:
        while not self._ended:
            self._wake.clear()
            for one in self.uploads.every():
                if one.state in ("waiting", "importing") and not self._ended:
                    self._import(one)
            self._wake.wait(LOOK_AGAIN_S)

    def _import(self, upload: Upload) -> None:
        recorded = 0
        try:
            ledger = self._ledger.to_write()
            self.uploads.keep(upload, state="importing")
            for events in iter_file(self.uploads.file(upload.id), upload.name):
                for start in range(0, len(events), BATCH):
                    if self._ended:
                        return
                    batch = events[start : start + BATCH]
                    ledger.append(batch, recorder=upload.recorder, elsewhere=upload.elsewhere)
                    recorded += len(batch)
                    self.uploads.keep(upload, state="importing", recorded=recorded)
        except Exception as fault:
            if not isinstance(fault, MeguriError):
                log.error("an import failed", exc_info=fault)
            told = {
                language: told_of(fault, f"/api/v1/uploads/{upload.id}", language) for language in LANGUAGES
            }
            self.uploads.keep(upload, state="failed", recorded=recorded, problem=told)
            return
        self.uploads.keep(upload, state="done", recorded=recorded)
        self.uploads.file(upload.id).unlink(missing_ok=True)
