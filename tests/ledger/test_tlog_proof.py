"""A proof on paper convinces a reader who trusts a few keys, and nobody else."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError, MeguriError
from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.note import SigningKey, cosignature_of
from meguri.ledger.proofs import inclusion_proof
from meguri.ledger.tlog_proof import Policy, Proof, format_proof, parse_proof, verify_proof
from tests.ledger.logs import LOG_KEY, ORIGIN, WITNESS, files_of

ENTRIES = [b"entry %d" % k for k in range(300)]
FILES = files_of(ENTRIES)
NOTE = FILES["checkpoint"].decode()
COSIGNED = NOTE + cosignature_of(NOTE.partition("\n\n")[0] + "\n", WITNESS, 1_800_000_000).line
POLICY = Policy(LOG_KEY.verifying)
WITNESSED = Policy(LOG_KEY.verifying, (WITNESS.verifying,), quorum=1)


def proof_of(index: int, note: str = NOTE, extra: bytes | None = None) -> str:
    return format_proof(index, inclusion_proof(FILES, index, len(ENTRIES)), note, extra=extra)


TEXT = proof_of(299, COSIGNED, b"extra")


@given(st.integers(0, 299), st.none() | st.binary(min_size=1, max_size=80))
def test_a_proof_is_written_read_and_holds(index: int, extra: bytes | None) -> None:
    text = proof_of(index, extra=extra)
    proof = parse_proof(text)
    assert proof == Proof(index, tuple(inclusion_proof(FILES, index, 300)), NOTE, extra)
    assert format_proof(proof.index, proof.path, proof.checkpoint, extra=proof.extra) == text
    assert verify_proof(text, ENTRIES[index], POLICY).size == 300


@given(st.integers(0, 299), st.integers(0, 299))
def test_a_proof_is_of_one_entry_only(index: int, other: int) -> None:
    if index == other:
        return
    with pytest.raises(NotVerified):
        verify_proof(proof_of(index), ENTRIES[other], POLICY)


def test_the_form_is_that_of_the_standard() -> None:
    head, _, note = TEXT.partition("\n\n")
    header, extra, index, *path = head.split("\n")
    assert (header, extra, index) == ("c2sp.org/tlog-proof@v1", "extra ZXh0cmE=", "index 299")
    assert [len(line) for line in path] == [44] * len(path)
    assert note == COSIGNED


@given(st.data())
def test_a_proof_with_a_byte_changed_fails_or_says_the_same(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    try:
        verify_proof(changed, ENTRIES[299], WITNESSED)
    except MeguriError:
        return
    told, meant = parse_proof(changed), parse_proof(TEXT)
    assert (told.index, told.path, told.checkpoint) == (meant.index, meant.path, meant.checkpoint)


@given(
    st.text(max_size=300)
    | st.text("indexra 01=+/\n—c2sp.org@v", max_size=200).map("c2sp.org/tlog-proof@v1\n".__add__)
)
def test_any_text_is_a_proof_or_refused_in_words(text: str) -> None:
    with suppress(InputError):
        proof = parse_proof(text)
        assert format_proof(proof.index, proof.path, proof.checkpoint, extra=proof.extra) == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("index 299", "index 0299"),
        ("index 299", "index -1"),
        ("index 299", "index +299"),
        ("index 299", "index ２９９"),
        ("index 299", "Index 299"),
        ("extra ZXh0cmE=", "extra ZXh0cmE"),
        ("extra ZXh0cmE=\nindex 299", "index 299\nextra ZXh0cmE="),
        ("proof@v1", "proof@v2"),
        ("\nindex", "\r\nindex"),
        ("index 299\n", "index 299\n" + (b64encode(b"\0" * 31).decode() + "\n")),
        ("index 299\n", "index 299\n" + (b64encode(b"\0" * 32).decode() + "\n") * 64),
    ],
)
def test_deviations_from_the_form_are_refused(old: str, new: str) -> None:
    with pytest.raises(InputError):
        verify_proof(TEXT.replace(old, new), ENTRIES[299], POLICY)


def test_the_log_must_be_the_one_that_is_trusted() -> None:
    stranger = SigningKey(ORIGIN, b"\7" * 32)
    with pytest.raises(NotVerified):
        verify_proof(TEXT, ENTRIES[299], Policy(stranger.verifying))
    forged = sign_checkpoint(Checkpoint("other.example/log", 300, b"\0" * 32), LOG_KEY)
    with pytest.raises(NotVerified):
        verify_proof(proof_of(299, forged), ENTRIES[299], POLICY)


def test_as_many_witnesses_must_have_signed_as_the_reader_asks_for() -> None:
    second = SigningKey("witness.example/w2", b"\4" * 32).as_cosigner()
    assert verify_proof(TEXT, ENTRIES[299], WITNESSED).origin == ORIGIN
    with pytest.raises(NotVerified):
        verify_proof(proof_of(299), ENTRIES[299], WITNESSED)
    both = Policy(LOG_KEY.verifying, (WITNESS.verifying, second.verifying), quorum=2)
    with pytest.raises(NotVerified):
        verify_proof(TEXT, ENTRIES[299], both)
    twice = Policy(LOG_KEY.verifying, (WITNESS.verifying, WITNESS.verifying), quorum=2)
    with pytest.raises(NotVerified):
        verify_proof(TEXT, ENTRIES[299], twice)


def test_a_witness_alone_does_not_speak_for_the_log() -> None:
    by_witness = COSIGNED.partition("\n\n")[0] + "\n\n" + COSIGNED.splitlines(keepends=True)[-1]
    with pytest.raises(NotVerified):
        verify_proof(proof_of(299, by_witness), ENTRIES[299], WITNESSED)
