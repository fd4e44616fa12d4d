"""Who watches a log notices that its past was changed, and can show it to anyone."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError, NotFound
from meguri.ledger.checkpoint import open_cosigned, sign_checkpoint
from meguri.ledger.errors import NotVerified, StoreUnavailable
from meguri.ledger.evidence import Evidence, proves
from meguri.ledger.note import SigningKey
from meguri.ledger.proofs import consistency_proof
from meguri.ledger.tiles import CHECKPOINT
from meguri.ledger.watch import Watched, watch
from meguri.ledger.witness_state import Witnessed, WitnessFolder
from tests.ledger.small_log import ORIGIN, SmallLog
from tests.ledger.test_witness import NOW, WITNESS, Memory, log_of


def look(log: SmallLog, state: Memory | WitnessFolder, now: int = NOW) -> Watched:
    return watch(log, log.key.verifying, state, WITNESS, now)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_log_that_grows_is_signed_at_each_look(growths: list[int]) -> None:
    log, state = log_of(), Memory()
    for now, grown in enumerate(growths):
        log.grow(*(b"%d/%d" % (now, k) for k in range(grown)))
        seen = look(log, state, now)
        assert (seen.grown, seen.checkpoint, seen.evidence) == (grown, log.checkpoint, None)
        _, opened = open_cosigned(seen.note, log.key.verifying, [WITNESS.verifying])
        assert opened.by(WITNESS.verifying) == seen.cosignature
        assert state.logs[ORIGIN].note == seen.note


@given(st.integers(1, 20), st.integers(0, 20), st.data())
def test_a_changed_past_is_refused_and_proven(size: int, more: int, data: st.DataObject) -> None:
    log, state = log_of(*range(size)), Memory()
    look(log, state)
    numbers = list(range(size + more))
    numbers[data.draw(st.integers(0, size - 1))] = -1
    rewritten = log_of(*numbers)
    refused = look(rewritten, state)
    assert refused.cosignature is None
    assert refused.evidence is not None
    assert refused.evidence.kind == "split"
    assert proves(Evidence.parse(refused.evidence.text), log.key.verifying)
    assert state.evidence == [refused.evidence]
    assert state.logs[ORIGIN].root == log.checkpoint.root


def test_a_log_that_became_shorter_is_refused() -> None:
    log, state = log_of(*range(9)), Memory()
    look(log, state)
    refused = look(log_of(*range(7)), state)
    assert (refused.cosignature, refused.grown) == (None, -2)
    assert refused.evidence is not None
    assert refused.evidence.kind == "shorter"
    assert refused.evidence.sentence == f"The log {ORIGIN} had 9 entries and now shows 7."
    assert not proves(refused.evidence, log.key.verifying)
    assert look(log, state).cosignature


@given(st.integers(1, 20), st.integers(1, 20))
def test_an_honest_log_cannot_be_accused(size: int, more: int) -> None:
    log = log_of(*range(size))
    before = log.note
    log.grow(*(b"%d" % k for k in range(size, size + more)))
    right = consistency_proof(log, size, size + more)
    for prefix in (log_of(*range(size)).checkpoint.root, log.checkpoint.root, b"\0" * 32):
        for proof in (right, (), (b"\0" * 32,), (prefix,)):
            made_up = Evidence.of_split(before, log.note, NOW, prefix=prefix, proof=proof)
            assert not proves(made_up, log.key.verifying)


def test_evidence_stands_only_with_the_log_s_own_signatures() -> None:
    log, state = log_of(0, 1, 2), Memory()
    look(log, state)
    evidence = look(log_of(0, 9, 2, 3), state).evidence
    assert evidence is not None
    with pytest.raises(NotVerified):
        proves(evidence, SigningKey(ORIGIN, b"\2" * 32).verifying)
    forged = sign_checkpoint(log.checkpoint, SigningKey(ORIGIN, b"\2" * 32))
    with pytest.raises(NotVerified):
        proves(msgspec.structs.replace(evidence, now=forged), log.key.verifying)
    for spoilt in (
        msgspec.structs.replace(evidence, prefix=evidence.proof[0]),
        msgspec.structs.replace(evidence, prefix="?"),
        msgspec.structs.replace(evidence, proof=()),
        msgspec.structs.replace(evidence, now=evidence.before),
    ):
        assert not proves(spoilt, log.key.verifying)


@pytest.mark.parametrize("text", ["", "{}", "[]", b"\xff", '{"kind":"x"}'])
def test_what_is_not_evidence_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError):
        Evidence.parse(text)


def test_tiles_that_are_not_the_log_s_accuse_nobody() -> None:
    log, state = log_of(*range(300)), Memory()
    for first in (True, False):
        log.grow(b"more")
        whole = dict(log.files)
        for path, held in whole.items():
            if path.startswith("tile/0") and "entries" not in path:
                log.files[path] = bytes([held[0] ^ 1]) + held[1:]
        with pytest.raises(NotVerified, match="tiles"):
            look(log, state)
        log.files = whole | {"tile/1/000.p/1": b""}
        with pytest.raises(InputError):
            look(log, state)
        log.files = {CHECKPOINT: whole[CHECKPOINT]}
        with pytest.raises(NotFound):
            look(log, state)
        log.files = whole
        assert (not state.logs) == first
        assert not state.evidence
        look(log, state)


def test_only_the_log_that_is_meant_is_watched() -> None:
    log, state = log_of(0), Memory()
    with pytest.raises(NotVerified):
        watch(log, SigningKey("registry.example/other", b"\1" * 32).verifying, state, WITNESS, NOW)
    with pytest.raises(NotVerified):
        watch(log, log.key.verifying, state, WITNESS, NOW, origin="registry.example/other")
    assert not state.logs


def test_a_look_that_another_overtook_looks_again() -> None:
    log = log_of(0, 1)

    class Overtaken(Memory):
        def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
            if len(log.entries) < 4:
                log.grow(b"later")
                super().replace(origin, held, Witnessed(2, new.root, new.note))
                return False
            return super().replace(origin, held, new)

    assert look(log, Overtaken()).checkpoint.size == 4


def test_the_same_evidence_is_kept_once_and_can_be_read_by_people(tmp_path: Path) -> None:
    state = WitnessFolder(tmp_path)
    log, fork = log_of(0, 1, 2), log_of(0, 1, 9, 3)
    look(log, state)
    kept = {look(fork, state, NOW + k).kept for k in range(3)}
    assert [str(file) for file in (tmp_path / "evidence").iterdir()] == sorted(kept)
    evidence = Evidence.parse(Path(kept.pop()).read_bytes())
    assert proves(evidence, log.key.verifying)
    assert (
        evidence.sentence
        == f"The log {ORIGIN} has signed two histories: its first 3 entries are not what they were."
    )


def test_a_witness_whose_memory_fails_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        WitnessFolder(tmp_path / "file")
    state = WitnessFolder(tmp_path / "folder")
    (tmp_path / "folder" / "witness.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable):
        look(log_of(0), state)
