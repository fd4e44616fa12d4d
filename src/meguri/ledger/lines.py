"""The lines of a log, read strictly: statements that commit to one event each, and closings that end a recording.

Both are RFC 8785 JSON in one form only (`seal.line_of`, `seal.closing`), so that a pattern reads them as surely as a parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meguri.ledger.signing import from_base64

STATEMENT = b'{"commit":'
"""How a statement begins; every other line closes a recording."""

_HEX = b"0" * 64
_TEMPLATE = (
    b'{"commit":{"authority":"%b","interest":"%b","public":"%b"},"event":"' % (_HEX, _HEX, _HEX)
    + b"00000000-0000-0000-0000-000000000000"
)
_ID_START, _ID_END = len(_TEMPLATE) - 36, len(_TEMPLATE)
_HEXES = [found.span() for found in re.finditer(rb"0+", _TEMPLATE)]
_FIXED = [found.span() for found in re.finditer(rb"[^0]+", _TEMPLATE)]
_FIXED_TEXT = b"".join(_TEMPLATE[start:end] for start, end in _FIXED)
_FEW = 32
_BLOCK = 1024

_recorder = rb'([^"\\\x00-\x20]+\+[0-9a-f]{8})'
_tail = re.compile(rb'","recorder":"%b"\}' % _recorder).fullmatch
_head = re.compile(re.sub(rb"0+", lambda run: rb"[0-9a-f]{%d}" % len(run[0]), re.escape(_TEMPLATE))).fullmatch
_closing = re.compile(
    rb'\{"count":([1-9][0-9]{0,9}),"derived":"([0-9a-f]{64})","recorder":"%b","root":"([A-Za-z0-9+/]{43}=)","signature":"([A-Za-z0-9+/]{86}==)",'
    rb'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)"\}' % _recorder
).fullmatch
_event = re.compile(rb'"event":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"').search


@dataclass(frozen=True, slots=True)
class Closing:
    """The line that ends a recording: what its recorder signed, what the ledger concluded (`derived`, a digest in hex), and when
    it was taken in (RFC 3339 UTC, which sorts as text)."""

    count: int
    derived: str
    recorder: str
    root: bytes
    signature: bytes
    time: str


def read_closing(line: bytes) -> Closing | None:
    """What a closing line says, or None where it is none."""
    found = _closing(line)
    if not found:
        return None
    count, derived, recorder, root, signature, time = found.groups()
    root_hash, signed = from_base64(root.decode()), from_base64(signature.decode())
    name = _text(recorder)
    if root_hash is None or signed is None or name is None:
        return None
    return Closing(int(count), derived.decode(), name, root_hash, signed, time.decode())


def event_of_line(line: bytes) -> str | None:
    """The event that a line tells of, even where the line is spoilt elsewhere."""
    found = _event(line)
    return found[1].decode() if found else None


def read_statements(statements: Sequence[bytes]) -> tuple[bytes, int | None]:
    """The ids of statements, 16 bytes each, up to the first line that is not a statement, and the place of that one, or None.

    Whom a line names as its recorder is left to `recorders_of`.
    """
    found: list[bytes] = []
    for start in range(0, len(statements), _BLOCK):
        block = statements[start : start + _BLOCK]
        ids = _ids_of_alike(block) if len(block) >= _FEW else None
        if ids is None:
            spoilt = next((place for place, line in enumerate(block) if not _head(line[:_ID_END])), None)
            text = b"".join([line[_ID_START:_ID_END] for line in block[:spoilt]])
            ids = bytes.fromhex(text.replace(b"-", b"").decode())
            if spoilt is not None:
                return b"".join([*found, ids]), start + spoilt
        found.append(ids)
    return b"".join(found), None


def _ids_of_alike(statements: Sequence[bytes]) -> bytes | None:
    """The ids, read from all lines at once if they are of one length and none is spoilt; else None."""
    width = len(statements[0])
    if width < _ID_END or set(map(len, statements)) != {width}:
        return None
    rows = np.frombuffer(b"".join(statements), dtype=np.uint8).reshape(len(statements), width)
    digits = _columns(rows, _HEXES)
    if _columns(rows, _FIXED) != _FIXED_TEXT * len(statements) or digits.translate(None, b"0123456789abcdef"):
        return None
    return bytes.fromhex(_columns(rows, _HEXES[-5:]).decode())


def _columns(rows: npt.NDArray[np.uint8], spans: Sequence[tuple[int, int]]) -> bytes:
    return np.concatenate([rows[:, start:end] for start, end in spans], axis=1).tobytes()


def recorders_of(statements: Sequence[bytes]) -> frozenset[str | None]:
    """Whom the statements name as their recorder; None stands for a line that is spoilt there."""
    tails = {line[_ID_END:] for line in statements}
    return frozenset(_text(told[1]) if (told := _tail(tail)) else None for tail in tails)


def _text(held: bytes) -> str | None:
    try:
        return held.decode()
    except UnicodeDecodeError:
        return None
