"""Witnesses: a log shows each checkpoint to others, who sign it only if it continues what they saw before (C2SP tlog-witness).

`add_checkpoint` is the witness's side, `ask_witness` the log's. A witness keeps one thing for each log, the newest checkpoint
it has signed, in a `WitnessState`. Of two histories of one log it can never sign both.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from meguri.errors import InputError, MeguriError, Said
from meguri.ledger.checkpoint import Checkpoint, parse_hash, parse_size
from meguri.ledger.errors import Conflict, NotVerified, Unreachable
from meguri.ledger.evidence import Evidence
from meguri.ledger.note import (
    MOST_BYTES,
    Signature,
    SigningKey,
    VerifyingKey,
    cosignature_of,
    open_note,
    parse_note,
)
from meguri.ledger.proofs import consistency_proof, verify_consistency
from meguri.ledger.tiles import TileSource
from meguri.ledger.tree import EMPTY_ROOT
from meguri.ledger.witness_state import Witnessed, WitnessState

SIZE_TYPE = "text/x.tlog.size"
MOST_PROOF_LINES = 63
MOST_ANSWER_BYTES = 65_536
TRIES = 3
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness sends back over HTTP."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


class Request(NamedTuple):
    """A checkpoint that a witness is asked to sign, with the proof that it continues the log's first `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        proof = "".join(f"{b64encode(held).decode()}\n" for held in self.proof)
        return f"old {self.old}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, text: str | bytes) -> Request:
        """Read a request. Raises InputError."""
        told = _decoded(text)
        head, parted, note = told.partition("\n\n")
        old, *proof = head.split("\n")
        if not parted or not old.startswith("old ") or len(proof) > MOST_PROOF_LINES:
            raise InputError(
                Said(
                    "A request to a witness is “old <size>”, at most 63 hashes, an empty line and a checkpoint."
                ),
                mend=Said("Send it as C2SP tlog-witness describes."),
            )
        return cls(parse_size(old.removeprefix("old ")), tuple(map(parse_hash, proof)), note)


def add_checkpoint(
    request: str | bytes,
    state: WitnessState,
    logs: Mapping[str, Sequence[VerifyingKey]],
    key: SigningKey,
    now: int,
) -> Answer:
    """Sign a log's checkpoint as seen at `now` (seconds since 1970 UTC), if it continues the one signed before.

    `logs` are the keys that are trusted for each origin.
    """
    try:
        asked = Request.parse(request)
        checkpoint = Checkpoint.parse(parse_note(asked.note)[0])
    except InputError as fault:
        return _told(400, fault)
    keys = logs.get(checkpoint.origin)
    if not keys:
        return Answer(404, "This witness does not know the log.\n")
    try:
        opened = open_note(asked.note, keys)
    except NotVerified as fault:
        return _told(403, fault)
    if asked.old > checkpoint.size:
        return Answer(400, "The old size is beyond the checkpoint's.\n")
    seen = state.get(checkpoint.origin)
    if asked.old != (seen.size if seen else 0):
        return _size_of(seen)
    by_log = "".join(signature.line for signature in opened.verified)
    if seen and seen.size == checkpoint.size and seen.root != checkpoint.root:
        state.keep(Evidence.of_split(seen.note, f"{opened.text}\n{by_log}", now, prefix=checkpoint.root))
        return Answer(409, "This witness has signed another root of the same size.\n")
    if not continues(seen, checkpoint, asked.proof):
        return Answer(422, "The proof does not show that the log only grew.\n")
    cosignature = cosignature_of(opened.text, key, now)
    after = Witnessed(checkpoint.size, checkpoint.root, f"{opened.text}\n{by_log}{cosignature.line}")
    if not state.replace(checkpoint.origin, seen, after):
        return _size_of(state.get(checkpoint.origin))
    return Answer(200, cosignature.line)


def _size_of(seen: Witnessed | None) -> Answer:
    return Answer(409, f"{seen.size if seen else 0}\n", SIZE_TYPE)


def continues(seen: Witnessed | None, checkpoint: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the checkpoint's log begins with all that was seen. Anything continues nothing."""
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        return False
    if seen is None or seen.size == 0:
        return not proof
    return verify_consistency(seen.size, checkpoint.size, proof, seen.root, checkpoint.root)


def ask_witness(
    url: str,
    note: str,
    source: TileSource,
    witnesses: Sequence[VerifyingKey],
    *,
    old: int = 0,
    client: httpx.Client | None = None,
) -> tuple[Signature, ...]:
    """A witness's signatures of a checkpoint of ours; `old` is the size it signed last, as far as we know.

    The proof is made from `source`. Raises Conflict if the witness has seen another history, NotVerified if it refuses or its
    signature does not hold, Unreachable if it gives no answer that means anything.
    """
    text = parse_note(note)[0]
    size = Checkpoint.parse(text).size
    with nullcontext(client) if client else httpx.Client(timeout=TIMEOUT_S) as caller:
        for _ in range(TRIES):
            if old > size:
                raise _longer(url, old, size)
            proof = consistency_proof(source, old, size) if 0 < old < size else []
            answer = _post(caller, url, Request(old, tuple(proof), note))
            if answer.status == 200:
                return _cosignatures(text, answer.body, witnesses, url)
            known = _known_size(answer)
            if known is None or known == old:
                break
            old = known
        else:
            raise _unreachable(url, "HTTP 409")
    raise _refusal(answer, url)


def _post(caller: httpx.Client, url: str, request: Request) -> Answer:
    address = f"{url.rstrip('/')}/add-checkpoint"
    try:
        with caller.stream("POST", address, content=request.text.encode()) as answer:
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_ANSWER_BYTES:
                    break
            return Answer(
                answer.status_code,
                body[:MOST_ANSWER_BYTES].decode(errors="replace"),
                answer.headers.get("content-type", ""),
            )
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise _unreachable(url, str(fault) or type(fault).__name__) from fault


def _known_size(answer: Answer) -> int | None:
    if answer.status != 409 or answer.content_type.partition(";")[0].strip() != SIZE_TYPE:
        return None
    try:
        return parse_size(answer.body.removesuffix("\n"))
    except InputError:
        return None


def _cosignatures(
    text: str, lines: str, witnesses: Sequence[VerifyingKey], url: str
) -> tuple[Signature, ...]:
    """Those signatures of an answer that known witnesses made. Raises NotVerified or InputError."""
    try:
        return open_note(f"{text}\n{lines}", [key.as_cosigner() for key in witnesses]).verified
    except MeguriError as fault:
        fault.where = url
        raise


def _longer(url: str, known: int, size: int) -> Conflict:
    return Conflict(
        Said("The witness has signed a log of {known} entries; ours has {size}.", known=known, size=size),
        where=url,
        mend=Said(
            "Entries were lost, as after an old backup was restored, or the log has two histories: meguri ledger audit."
        ),
    )


def _refusal(answer: Answer, url: str) -> MeguriError:
    if answer.status == 404:
        return NotVerified(
            Said("The witness does not know this log."),
            where=url,
            mend=Said("Give its operator the log's key (vkey), to be trusted there."),
        )
    if answer.status == 409:
        return Conflict(
            Said("The witness has signed another history of this log."),
            where=url,
            mend=Said("Find where the two part: meguri ledger audit."),
        )
    if answer.status in (400, 403, 422):
        return NotVerified(
            Said("The witness refused the checkpoint: {reason}", reason=Said.of(answer.body.strip()[:300])),
            where=url,
            mend=Said("Verify the log, then ask the witness's operator: meguri ledger verify."),
        )
    return _unreachable(url, f"HTTP {answer.status}")


def _unreachable(url: str, reason: str) -> Unreachable:
    return Unreachable(
        Said("The witness gave no answer: {reason}.", reason=Said.of(reason)),
        where=url,
        mend=Said("Nothing is lost: it is asked again with the next checkpoint."),
    )


def _told(status: int, fault: MeguriError) -> Answer:
    return Answer(status, f"{fault.what}\n")


def _decoded(text: str | bytes) -> str:
    if len(text) > MOST_BYTES:
        raise InputError(
            Said("A request to a witness has at most {bytes} bytes.", bytes=MOST_BYTES),
            mend=Said("Send it as C2SP tlog-witness describes."),
        )
    try:
        return text.decode() if isinstance(text, bytes) else text
    except UnicodeError as fault:
        raise InputError(
            Said("A request to a witness is text in UTF-8."),
            mend=Said("Send it as C2SP tlog-witness describes."),
        ) from fault
