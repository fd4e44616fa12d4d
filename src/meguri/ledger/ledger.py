"""A ledger: opened on a database, added to, read, and proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import msgspec
from sqlalchemy import func, select

from meguri.battery import (
    AccessClass,
    Enrolled,
    Erased,
    Event,
    Revoked,
    Role,
    Rotated,
    alias,
    checked,
    decode_events,
    event_id,
    identify,
)
from meguri.battery import ROLES
from meguri.errors import InputError, MeguriError, NotFound, Said
from meguri.ledger import home
from meguri.ledger.append import Intake, Request
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from meguri.ledger.content import Recorded, recorded, select_events, select_links
from meguri.ledger.errors import NotVerified
from meguri.ledger.flags import Flag
from meguri.ledger.keys import HOUSE, LOG, keep_key, read_key
from meguri.ledger.note import SigningKey, VerifyingKey
from meguri.ledger.proofs import inclusion_proof
from meguri.ledger.receipt import Receipt, Receipts
from meguri.ledger.recorders import PREFIX, Recorder, active, read_recorders
from meguri.ledger.schema import prepare
from meguri.ledger.seal import MOST_EVENTS, Recording, Sealed, seal, signed_message, unseal
from meguri.ledger.store import Store, open_store
from meguri.ledger.stored_tiles import StoredTiles
from meguri.ledger.tables import alias as alias_table
from meguri.ledger.tables import entry, event, link, log
from meguri.ledger.tlog_proof import format_proof
from meguri.ledger.tree import EMPTY_ROOT
from meguri.ledger.values import id_bytes, instant
