"""This house as a witness of others: its own key, its memory, and the logs whose keys it was given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from meguri.ledger.keys import WITNESS, keep_key, read_key
from meguri.ledger.signing import COSIGNATURE, SigningKey, VerifyingKey
from meguri.ledger.witness import Answer, add_checkpoint
from meguri.ledger.witness_state import WitnessState

__all__ = ["HouseWitness"]

_making = Lock()


class HouseWitness:
    """A witness of the logs whose keys (`vkeys`) are given, with its memory in `state`.

    Its own key is made when it is first needed. Raises InputError for a key that is none, StoreUnavailable.
    """

    def __init__(self, keys: Path, state: WitnessState, name: str, vkeys: Sequence[str]) -> None:
        trusted = [VerifyingKey.parse(vkey) for vkey in vkeys]
        self._logs = {key.name: [one for one in trusted if one.name == key.name] for key in trusted}
        self._state = state
        with _making:
            if not (keys / f"{WITNESS}.key").exists():
                keep_key(keys, WITNESS, SigningKey.generate(name, COSIGNATURE))
        self._key = read_key(keys, WITNESS)

    @property
    def vkey(self) -> str:
        return self._key.vkey

    def answer(self, request: bytes, now: int) -> Answer:
        """What C2SP tlog-witness answers to a request, at `now` (seconds since 1970 UTC)."""
        return add_checkpoint(request, self._state, self._logs, self._key, now)
