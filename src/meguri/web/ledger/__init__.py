"""The ledger over HTTP: its public log, its events for programs, and its pages."""

from meguri.web.ledger.opened import OpenedLedger, has_ledger, ledger_of, ledger_to_write

__all__ = ["OpenedLedger", "has_ledger", "ledger_of", "ledger_to_write"]
