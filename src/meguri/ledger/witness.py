"""A witness of other logs: cosigns a checkpoint only if it continues the last one it has seen (C2SP tlog-witness), and asks others to.

An operator who shows two readers different histories needs two checkpoints of which a witness signs only one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from meguri.errors import InputError, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint, parse_hash, parse_size
from meguri.ledger.errors import Conflict, NotVerified, Unreachable
from meguri.ledger.note import (
    MOST_BYTES,
    SigningKey,
    VerifyingKey,
    cosignature_of,
    open_note,
    parse_note,
    parse_signatures,
)
from meguri.ledger.proofs import consistency_proof, verify_consistency
from meguri.ledger.tiles import TileSource
from meguri.ledger.tree import EMPTY_ROOT
from meguri.ledger.witness_state import Witnessed, WitnessState

MOST_HASHES = 63
PATH = "add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers over HTTP."""

    status: HTTPStatus
    body: str = ""
    content_type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a witness: to cosign the checkpoint of `note`, proven to continue the tree of `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: str


def format_request(old: int, proof: Sequence[bytes], note: str) -> str:
    """The body of an `add-checkpoint` request."""
    return f"old {old}\n" + "".join(f"{b64encode(held).decode()}\n" for held in proof) + f"\n{note}"


def parse_request(body: str | bytes) -> Request:
    """Read a request. Raises InputError."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
    except UnicodeDecodeError as fault:
        raise _no_request(Said("it is not UTF-8")) from fault
    head, parted, note = text.partition("\n\n")
    old, *proof = head.split("\n")
    if len(text) > MOST_BYTES or not parted or not old.startswith("old ") or len(proof) > MOST_HASHES:
        raise _no_request(
            Said(
                "an old size, up to {count} hashes, an empty line and a checkpoint are needed",
                count=MOST_HASHES,
            )
        )
    return Request(parse_size(old.removeprefix("old ")), tuple(map(parse_hash, proof)), note)


def add_checkpoint(
    body: str | bytes,
    state: WitnessState,
    trusted_logs: Mapping[str, Sequence[VerifyingKey]],
    key: SigningKey,
    now: int,
) -> Answer:
    """Answer a request: 200 with a cosignature of `now` (seconds since 1970 UTC), or 400, 403, 404, 409, 422 as the standard says.

    `trusted_logs` are the keys of each log by its origin.
    """
    try:
        request = parse_request(body)
        text, _ = parse_note(request.note)
        checkpoint = Checkpoint.parse(text)
    except InputError as fault:
        return Answer(HTTPStatus.BAD_REQUEST, f"{fault.what}\n")
    if checkpoint.origin not in trusted_logs:
        return Answer(HTTPStatus.NOT_FOUND, "unknown log\n")
    try:
        open_note(request.note, trusted_logs[checkpoint.origin])
    except NotVerified as fault:
        return Answer(HTTPStatus.FORBIDDEN, f"{fault.what}\n")
    if request.old > checkpoint.size:
        return Answer(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's\n")
    held = state.get(checkpoint.origin)
    refusal = _refused(request, checkpoint, held)
    if refusal:
        return refusal
    if not state.replace(checkpoint.origin, held, Witnessed(checkpoint.size, checkpoint.root, request.note)):
        return _conflict(state.get(checkpoint.origin))
    return Answer(HTTPStatus.OK, cosignature_of(text, key, now).line)


def _refused(request: Request, checkpoint: Checkpoint, held: Witnessed | None) -> Answer | None:
    """The answer to a signed checkpoint that does not continue what the witness holds, else None."""
    if request.old != (held.size if held else 0):
        return _conflict(held)
    if held and held.size == checkpoint.size and held.root != checkpoint.root:
        return _conflict(held)
    if request.old == 0:
        proven = not request.proof and (checkpoint.size > 0 or checkpoint.root == EMPTY_ROOT)
    else:
        before = held.root if held else EMPTY_ROOT
        proven = verify_consistency(request.old, checkpoint.size, request.proof, before, checkpoint.root)
    return (
        None if proven else Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the consistency proof does not hold\n")
    )


def _conflict(held: Witnessed | None) -> Answer:
    return Answer(HTTPStatus.CONFLICT, f"{held.size if held else 0}\n", SIZE_TYPE)


def ask_witness(
    url: str,
    note: str,
    source: TileSource,
    old_size: int = 0,
    *,
    log_key: VerifyingKey,
    witness: VerifyingKey,
    client: httpx.Client | None = None,
) -> str:
    """The witness's cosignature lines of our checkpoint, verified; `url` is its submission prefix.

    A witness that has seen another size than `old_size` says so, and is then asked once more. Raises Conflict if it holds another
    history, or a longer one; NotVerified if it does not sign; Unreachable.
    """
    checkpoint = open_checkpoint(note, log_key)
    with client or httpx.Client(timeout=TIMEOUT_S) as asked:
        answer = _posted(asked, url, _request_for(source, old_size, checkpoint, note))
        if answer.status_code == HTTPStatus.CONFLICT and answer.headers.get("content-type") == SIZE_TYPE:
            seen = parse_size(answer.text.removesuffix("\n"))
            if seen >= checkpoint.size:
                raise Conflict(
                    Said(
                        "The witness {witness} has seen a log of {seen} entries that does not lead to these {size}.",
                        witness=witness.name,
                        seen=seen,
                        size=checkpoint.size,
                    ),
                    where=url,
                    mend=Said(
                        "Look for a second writer or a restored backup: the log must not go back to an earlier state."
                    ),
                )
            answer = _posted(asked, url, _request_for(source, seen, checkpoint, note))
    if answer.status_code != HTTPStatus.OK:
        raise NotVerified(
            Said(
                "The witness {witness} does not sign: HTTP {status}.",
                witness=witness.name,
                status=answer.status_code,
            ),
            where=url,
            mend=Said("Ask its operator whether it knows this log's origin and key."),
        )
    lines = answer.text
    verified = open_note(note + lines, (log_key, witness)).by(witness)
    if verified is None:
        raise NotVerified(
            Said("The witness {witness} has signed with another key.", witness=witness.signer),
            where=url,
            mend=Said("Ask its operator for the key (vkey) in use now."),
        )
    return verified.line


def _request_for(source: TileSource, old: int, checkpoint: Checkpoint, note: str) -> str:
    proof = consistency_proof(source, old, checkpoint.size) if old else []
    return format_request(old, proof, note)


def _posted(client: httpx.Client, url: str, body: str) -> httpx.Response:
    try:
        return client.post(f"{url.rstrip('/')}/{PATH}", content=body.encode())
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise Unreachable(
            Said(
                "The witness cannot be asked: {reason}.", reason=Said.of(str(fault) or type(fault).__name__)
            ),
            where=url,
            mend=Said(
                "Check the address and the connection; the checkpoint stands without its cosignature meanwhile."
            ),
        ) from fault


def _no_request(reason: Said) -> InputError:
    return InputError(
        Said("This is not a request to a witness: {reason}.", reason=reason),
        mend=Said("Send what C2SP tlog-witness describes for add-checkpoint."),
    )
