"""What happened: an append-only, tamper-evident log of events in SQLite or PostgreSQL, verifiable without its server."""

from meguri.ledger.content import Recorded
from meguri.ledger.errors import Conflict, NotVerified, Refused, StoreUnavailable
from meguri.ledger.ids import new_id
from meguri.ledger.ledger import Ledger
from meguri.ledger.receipt import Receipt
from meguri.ledger.recorders import Recorder
from meguri.ledger.seal import Recording, Sealed, seal
from meguri.ledger.signing import SigningKey, VerifyingKey

__all__ = [
    "Conflict",
    "Ledger",
    "NotVerified",
    "Receipt",
    "Recorded",
    "Recorder",
    "Recording",
    "Refused",
    "Sealed",
    "SigningKey",
    "StoreUnavailable",
    "VerifyingKey",
    "new_id",
    "seal",
]
