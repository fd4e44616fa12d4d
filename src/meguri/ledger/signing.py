"""Ed25519 keys with names, as signed notes carry them (C2SP signed-note).

A key is written on one line: to verify, `<name>+<key id>+<base64>`; to sign, `PRIVATE+KEY+<name>+<key id>+<base64>`. A key of
kind `COSIGNATURE` signs a checkpoint together with the time at which its owner saw it (C2SP tlog-cosignature, Ed25519 v1).
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meguri.errors import InputError, Said

ED25519 = 1
COSIGNATURE = 4
MOST_SECONDS = (1 << 63) - 1
TIME_BYTES = 8

_KEY_BYTES = 32
_PRIVATE = "PRIVATE+KEY+"
_unwritable = re.compile(r"[\x00-\x1f\ud800-\udfff]").search


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a key: its name, 32 bytes, and what kind of signature it makes."""

    name: str
    public: bytes
    kind: int = ED25519

    @classmethod
    def parse(cls, vkey: str) -> VerifyingKey:
        """Read `<name>+<key id>+<base64>`. Raises InputError."""
        name, key_id, kind, public = _parse_key(vkey)
        return cls(name, public, kind)._checked(key_id)

    @property
    def key_id(self) -> bytes:
        """Four bytes: SHA-256(name ‖ newline ‖ kind ‖ public key)[:4]."""
        return sha256(b"%b\n%c%b" % (self.name.encode(), self.kind, self.public)).digest()[:4]

    @property
    def signer(self) -> str:
        """`<name>+<key id>`, which names one key only."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def vkey(self) -> str:
        return f"{self.signer}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    def as_cosigner(self) -> VerifyingKey:
        """The same key for its signatures with a time."""
        return VerifyingKey(self.name, self.public, COSIGNATURE)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message; a cosignature brings its time in its first 8 bytes."""
        if self.kind == COSIGNATURE:
            time = int.from_bytes(signature[:TIME_BYTES])
            if time > MOST_SECONDS:
                return False
            message, signature = cosigned_message(message, time), signature[TIME_BYTES:]
        try:
            _public_key(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def _checked(self, key_id: bytes) -> VerifyingKey:
        if self.key_id != key_id:
            raise _no_key(Said("its key id is not that of its name and key"))
        try:
            _public_key(self.public)
        except ValueError as fault:
            raise _no_key(Said("it is not a point of Ed25519")) from fault
        return self


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. It never shows its secret but in `.private`."""

    name: str
    seed: bytes = field(repr=False)
    kind: int = ED25519
    verifying: VerifyingKey = field(init=False, compare=False)
    key_id: bytes = field(init=False, compare=False, repr=False)
    _key: Ed25519PrivateKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise _no_name(self.name)
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        verifying = VerifyingKey(self.name, private.public_key().public_bytes_raw(), self.kind)
        object.__setattr__(self, "_key", private)
        object.__setattr__(self, "verifying", verifying)
        object.__setattr__(self, "key_id", verifying.key_id)

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> SigningKey:
        """A new key. Raises InputError for a name that a note cannot carry."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read the private form. Raises InputError, which does not repeat the text."""
        if not text.startswith(_PRIVATE):
            raise _no_key(Said("the private form begins with PRIVATE+KEY+"))
        name, key_id, kind, seed = _parse_key(text.removeprefix(_PRIVATE))
        key = cls(name, seed, kind)
        if key.key_id != key_id:
            raise _no_key(Said("its key id is not that of its name and key"))
        return key

    @property
    def private(self) -> str:
        """The private form, secret."""
        encoded = b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_PRIVATE}{self.verifying.signer}+{encoded}"

    @property
    def vkey(self) -> str:
        return self.verifying.vkey

    def as_cosigner(self) -> SigningKey:
        """The same key for signatures with a time."""
        return SigningKey(self.name, self.seed, COSIGNATURE)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 (RFC 8032) over the message, 64 bytes."""
        return self._key.sign(message)


def cosigned_message(text: bytes, time: int) -> bytes:
    """What an Ed25519 cosignature signs (C2SP tlog-cosignature)."""
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def from_base64(text: str) -> bytes | None:
    """Bytes of standard base64 (RFC 4648 §4) in its one right form, or None."""
    try:
        held = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return held if b64encode(held).decode() == text else None


def _parse_key(text: str) -> tuple[str, bytes, int, bytes]:
    """Name, key id, kind and 32 bytes of `<name>+<key id>+<base64>`; the key id is for the caller to compare."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    held = from_base64(encoded)
    if not is_name(name) or not re.fullmatch("[0-9a-f]{8}", key_id) or not held:
        raise _no_key(Said("it is written <name>+<8 hex digits>+<base64>"))
    if held[0] not in (ED25519, COSIGNATURE) or len(held) != 1 + _KEY_BYTES:
        raise _no_key(Said("only Ed25519 keys (kinds 1 and 4) of 32 bytes are used"))
    return name, bytes.fromhex(key_id), held[0], held[1:]


def is_name(name: str) -> bool:
    """A name in a note: something in UTF-8, without spaces, plus signs and control characters."""
    return bool(name) and "+" not in name and not _unwritable(name) and not any(map(str.isspace, name))


@lru_cache(maxsize=4096)
def _public_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def _no_key(reason: Said) -> InputError:
    return InputError(
        Said("This is not a key: {reason}.", reason=reason),
        mend=Said("Copy the whole line that was shown when the key was made."),
    )


def _no_name(name: str) -> InputError:
    return InputError(
        Said("“{name}” cannot be the name of a key.", name=Said.of(name)),
        mend=Said("Use a name without spaces and plus signs, such as registry.example/yard-1."),
    )
