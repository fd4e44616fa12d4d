"""Failures that the ledger names."""

from __future__ import annotations

from meguri.errors import MeguriError, Said


class NotVerified(MeguriError):
    """A signature, proof, commitment or file does not hold."""

    title = Said("The record does not verify")


class Conflict(MeguriError):
    """What was sent contradicts what is already recorded."""

    title = Said("The record contradicts what is already there")


class Refused(MeguriError):
    """The recorder may not record this, or the battery's life does not allow it."""

    title = Said("The record was refused")


class StoreUnavailable(MeguriError):
    """The database cannot be reached or written now; nothing was acknowledged."""

    title = Said("The store cannot be used now")


class Unreachable(MeguriError):
    """Another log, a witness or a file of theirs cannot be reached now; nothing is known of it."""

    title = Said("The other side cannot be reached now")
