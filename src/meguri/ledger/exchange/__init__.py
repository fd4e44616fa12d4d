"""Events in other people's words: EPCIS documents and their hashes, sheets, columns."""

from meguri.ledger.exchange.epcis import epcis_event, epcis_results, from_epcis, to_epcis
from meguri.ledger.exchange.event_hash import event_hashes, prehash

__all__ = ["epcis_event", "epcis_results", "event_hashes", "from_epcis", "prehash", "to_epcis"]
