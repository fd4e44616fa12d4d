"""The ledger that a server keeps: opened when it is first asked for, begun when something is first recorded."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

from litestar import Request

from meguri.errors import NotFound, Said
from meguri.ledger import Ledger, home
from meguri.ledger.house_witness import HouseWitness
from meguri.ledger.witness_table import WitnessTable
from meguri.web.settings import Settings


class OpenedLedger:
    """One ledger for all requests. Asking makes nothing: a database that is not there is made by `to_write` alone."""

    def __init__(self, settings: Settings) -> None:
        self.where = settings.db or (settings.home / home.FILE if settings.home else home.default_db())
        self.keys = settings.keys or home.keys_folder(self.where)
        self._trusted = settings.trusted_logs
        self._opened: Ledger | None = None
        self._witness: HouseWitness | None = None
        self.waiting = 0
        """Askers of the feed who wait for something new."""
        self._lock = Lock()

    def to_read(self) -> Ledger:
        """The ledger. Raises NotFound where none was begun, and what `Ledger.open` raises."""
        if not self.is_begun():
            raise NotFound(
                Said("No ledger has been begun here."),
                where="ledger",
                mend=Said("Record a first event, or begin one: meguri ledger init."),
            )
        return self.to_write()

    def to_write(self) -> Ledger:
        """The ledger, begun now where there is none. Raises what `Ledger.open` raises."""
        with self._lock:
            if self._opened is None:
                self._opened = Ledger.open(self.where, keys=self.keys)
            return self._opened

    def is_begun(self) -> bool:
        return self._opened is not None or home.begun(self.where)

    def witness(self) -> HouseWitness | None:
        """This server as a witness; None where it was given no other log's key."""
        if not self._trusted:
            return None
        ledger = self.to_write()
        with self._lock:
            if self._witness is None:
                memory = WitnessTable(ledger.store, self.beside("witness"))
                self._witness = HouseWitness(self.keys, memory, f"{ledger.origin}/witness", self._trusted)
            return self._witness

    def beside(self, name: str) -> Path:
        """A folder next to the keys for what is kept besides, such as uploads that are under way."""
        return Path(f"{str(self.keys).removesuffix('.keys')}.{name}")

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


def ledger_of(request: Request[Any, Any, Any]) -> Ledger:
    """The server's ledger, to read. Raises NotFound where none was begun."""
    return opened(request).to_read()


def ledger_to_write(request: Request[Any, Any, Any]) -> Ledger:
    """The server's ledger, begun now where there is none."""
    return opened(request).to_write()


def has_ledger(request: Request[Any, Any, Any]) -> bool:
    return opened(request).is_begun()


def opened(request: Request[Any, Any, Any]) -> OpenedLedger:
    """What the server holds, whether there is a ledger or not."""
    held = request.app.state.ledger
    assert isinstance(held, OpenedLedger)
    return held
