"""A note is believed only as far as known keys have signed it."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError
from meguri.ledger.errors import NotVerified
from meguri.ledger.note import (
    COSIGNATURE,
    Signature,
    SigningKey,
    VerifyingKey,
    cosignature_of,
    open_note,
    parse_note,
    sign_note,
    signature_of,
)
from meguri.ledger.signing import cosigned_message

PUBLISHED = json.loads((Path(__file__).parent / "data" / "tlog" / "c2sp_examples.json").read_text())

TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
KEY = SigningKey.parse("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
"""The key in the documentation of Go's package `note`, whose signatures this must reproduce."""
NOTE = f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]).filter(lambda one: one >= " " or one == "\n")
).map(lambda text: text + "\n")
seeds = st.binary(min_size=32, max_size=32)
names = st.text(st.characters(codec="utf-8", exclude_characters="+"), min_size=1).filter(
    lambda name: not any(one.isspace() or one < " " for one in name)
)


@pytest.mark.parametrize("example", PUBLISHED["signed_note"])
def test_a_published_note_opens(example: dict[str, str]) -> None:
    note = f"{example['text']}\n{example['signature_line']}\n"
    key = VerifyingKey.parse(example["vkey"])
    opened = open_note(note, [key])
    assert (opened.text, [held.line for held in opened.verified]) == (
        example["text"],
        [f"{example['signature_line']}\n"],
    )
    assert key.vkey == example["vkey"]


def test_go_and_meguri_sign_alike() -> None:
    assert KEY.vkey == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert sign_note(TEXT, [KEY]) == NOTE


@given(texts, st.lists(st.tuples(names, seeds), min_size=1, max_size=4, unique=True))
def test_what_was_signed_is_what_is_read(text: str, owners: list[tuple[str, bytes]]) -> None:
    keys = [SigningKey(name, seed) for name, seed in owners]
    note = sign_note(text, keys)
    for known in (keys, keys[:1]):
        opened = open_note(note.encode(), [key.verifying for key in known])
        assert opened.text == text
        assert opened.verified == tuple(signature_of(text, key) for key in known)
        assert [opened.by(key.verifying) for key in known] == list(opened.verified)
        assert len(opened.unverified) == len(keys) - len(known)


@given(names, seeds, st.sampled_from([1, COSIGNATURE]))
def test_a_key_survives_being_written_down(name: str, seed: bytes, kind: int) -> None:
    key = SigningKey(name, seed, kind)
    assert SigningKey.parse(key.private) == key
    assert VerifyingKey.parse(key.vkey) == key.verifying
    assert key.private == f"PRIVATE+KEY+{name}+{key.key_id.hex()}+{b64encode(bytes([kind]) + seed).decode()}"


def test_no_byte_of_a_note_can_change() -> None:
    note = NOTE.encode()
    for place in range(len(note)):
        for change in (0x01, 0x20, 0x80):
            changed = note[:place] + bytes([note[place] ^ change]) + note[place + 1 :]
            with pytest.raises((NotVerified, InputError)):
                open_note(changed, [KEY.verifying])


@given(st.integers(0, len(NOTE.encode()) - 1))
def test_no_end_of_a_note_can_be_cut_off(end: int) -> None:
    with pytest.raises((NotVerified, InputError)):
        open_note(NOTE.encode()[:end], [KEY.verifying])


def test_strangers_do_not_count_even_with_a_known_name_or_a_known_id() -> None:
    value = signature_of(TEXT, KEY).value
    same_name = Signature(KEY.name, b"\0\0\0\0", b"not a signature")
    same_id = Signature("somebody.else", KEY.key_id, value)
    opened = open_note(NOTE + same_name.line + same_id.line, [KEY.verifying])
    assert opened.unverified == (same_name, same_id)
    with pytest.raises(NotVerified, match="No known key"):
        open_note(f"{TEXT}\n{same_name.line}{same_id.line}", [KEY.verifying])


@pytest.mark.parametrize("value", [b"x", b"\0" * 64, b"\0" * 65])
def test_one_known_key_whose_signature_fails_spoils_the_note(value: bytes) -> None:
    other = SigningKey("other.example", b"\7" * 32)
    note = sign_note(TEXT, [KEY]) + Signature(other.name, other.key_id, value).line
    assert open_note(note, [KEY.verifying]).text == TEXT
    with pytest.raises(NotVerified, match="does not hold"):
        open_note(note, [KEY.verifying, other.verifying])


def test_a_note_may_carry_many_signatures() -> None:
    keys = [SigningKey(f"w{k}.example", bytes([k]) * 32) for k in range(100)]
    assert len(open_note(sign_note(TEXT, keys), [key.verifying for key in keys]).verified) == 100


def test_a_note_may_quote_a_note() -> None:
    quoting = sign_note(NOTE, [KEY])
    assert open_note(quoting, [KEY.verifying]).text == NOTE
    assert parse_note(quoting)[0] == NOTE


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        TEXT.encode(),
        f"{TEXT}\n".encode(),
        NOTE.rstrip("\n").encode(),
        NOTE.replace("\n", "\r\n").encode(),
        NOTE.replace("—", "-").encode(),
        NOTE.replace("— ", "—").encode(),
        NOTE.replace("nAM=\n", "nAN=\n").encode(),
        NOTE.replace("nAM=\n", "nAM\n").encode(),
        NOTE.replace("nAM=\n", "nAM= \n").encode(),
        NOTE.replace("If", "I\tf").encode(),
        NOTE.encode() + b"\n",
        NOTE.encode() + b"trailing\n",
        b"\xff" + NOTE.encode(),
        f"{TEXT}\n— PeterNeumann x08gow==\n".encode(),
        ("x" * 1_000_001).encode(),
    ],
)
def test_what_is_not_a_note_is_refused(note: bytes) -> None:
    with pytest.raises(InputError):
        open_note(note, [KEY.verifying])


@pytest.mark.parametrize("text", ["", "no end of line", "a\tb\n", "a\rb\n", "\0\n", "\ud800\n"])
def test_text_that_no_note_can_carry_is_not_signed(text: str) -> None:
    with pytest.raises(InputError):
        sign_note(text, [KEY])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\nb", "a\x1fb", "a\u2028b"])
def test_a_name_that_could_be_misread_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        SigningKey.generate(name)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW=",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc",
    ],
)
def test_a_key_with_a_slip_in_it_is_refused(vkey: str) -> None:
    with pytest.raises(InputError):
        VerifyingKey.parse(vkey)
    with pytest.raises(InputError):
        SigningKey.parse(f"PRIVATE+KEY+{vkey}")


def test_a_secret_is_shown_only_where_it_is_asked_for() -> None:
    secret = KEY.private.rpartition("+")[2]
    shown = f"{KEY!r} {KEY} {KEY.verifying!r} {KEY.vkey}"
    assert secret not in shown
    assert repr(KEY.seed) not in shown
    for spoilt in (KEY.private[:-1], KEY.private.replace("c74f", "c74e"), KEY.private.replace("PRIVATE", "")):
        with pytest.raises(InputError) as refused:
            SigningKey.parse(spoilt)
        assert secret[8:20] not in str(refused.value)


def test_a_cosignature_signs_the_published_message() -> None:
    example = PUBLISHED["cosignature_v1_message"]
    text = PUBLISHED["checkpoint_parse"][0]["text"]
    assert cosigned_message(text.encode(), example["timestamp"]) == example["message"].encode()
    signed = cosignature_of(text, KEY, example["timestamp"])
    assert KEY.verifying.verify(example["message"].encode(), signed.value[8:])
    assert signed.time == example["timestamp"]


def test_a_key_cosigns_under_another_id_than_it_signs() -> None:
    witness = KEY.as_cosigner()
    note = sign_note(TEXT, [KEY]) + cosignature_of(TEXT, KEY, 1).line
    assert witness.key_id != KEY.key_id
    assert VerifyingKey.parse(witness.vkey) == KEY.verifying.as_cosigner()
    assert len(open_note(note, [KEY.verifying, witness.verifying]).verified) == 2
    assert open_note(note, [witness.verifying]).verified == (cosignature_of(TEXT, witness, 1),)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**64 - 1))
def test_the_time_of_a_cosignature_cannot_change(time: int, other: int) -> None:
    witness = KEY.as_cosigner()
    signed = cosignature_of(TEXT, witness, time)
    moved = other.to_bytes(8) + signed.value[8:]
    assert witness.verifying.verify(TEXT.encode(), signed.value)
    assert witness.verifying.verify(TEXT.encode(), moved) == (time == other)
    assert not KEY.verifying.verify(TEXT.encode(), signed.value[8:])


@given(st.binary(max_size=80))
def test_any_bytes_can_be_refused_as_a_signature(value: bytes) -> None:
    assert not KEY.verifying.verify(TEXT.encode(), value)
    assert not KEY.verifying.as_cosigner().verify(TEXT.encode(), value)
    beyond = (1 << 63).to_bytes(8) + KEY.sign(cosigned_message(TEXT.encode(), 1 << 63))
    assert not KEY.verifying.as_cosigner().verify(TEXT.encode(), beyond)
