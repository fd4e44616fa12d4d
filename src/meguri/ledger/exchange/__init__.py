"""Events in other people's words: EPCIS documents and their hashes, sheets, columns."""

from meguri.ledger.exchange.event_hash import event_hashes, prehash

__all__ = ["event_hashes", "prehash"]
