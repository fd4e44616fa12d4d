"""A witness never signs two histories of one log, whoever asks, in whatever order, and however often."""

from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError
from meguri.ledger.checkpoint import Checkpoint, open_cosigned, sign_checkpoint
from meguri.ledger.errors import Conflict, NotVerified, Unreachable
from meguri.ledger.evidence import Evidence, proves
from meguri.ledger.note import SigningKey, open_note
from meguri.ledger.proofs import consistency_proof
from meguri.ledger.witness import Answer, Request, add_checkpoint, ask_witness
from meguri.ledger.witness_state import Witnessed, WitnessFolder
from tests.ledger.small_log import ORIGIN, SmallLog

WITNESS = SigningKey("witness.example/w1", b"\5" * 32).as_cosigner()
ROOT = b64encode(b"\3" * 32).decode()
NOW = 1_800_000_000


class Memory:
    """A WitnessState of a test."""

    def __init__(self) -> None:
        self.logs: dict[str, Witnessed] = {}
        self.evidence: list[Evidence] = []

    def get(self, origin: str) -> Witnessed | None:
        return self.logs.get(origin)

    def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
        if self.logs.get(origin) != held:
            return False
        self.logs[origin] = new
        return True

    def keep(self, evidence: Evidence) -> str:
        self.evidence.append(evidence)
        return evidence.name


def log_of(*numbers: int) -> SmallLog:
    return SmallLog(*(str(number).encode() for number in numbers))


def asked(log: SmallLog, old: int, note: str | None = None) -> str:
    """What the log sends to be signed, with a right proof."""
    proof = consistency_proof(log, old, len(log.entries)) if 0 < old < len(log.entries) else []
    return Request(old, tuple(proof), note or log.note).text


def answered(request: str | bytes, state: Memory | WitnessFolder, log: SmallLog) -> Answer:
    return add_checkpoint(request, state, {log.key.name: [log.key.verifying]}, WITNESS, NOW)


def served(state: Memory | WitnessFolder, log: SmallLog, now: int = NOW) -> httpx.Client:
    """A witness behind HTTP."""

    def serve(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/w/add-checkpoint")
        answer = add_checkpoint(request.content, state, {ORIGIN: [log.key.verifying]}, WITNESS, now)
        return httpx.Response(answer.status, text=answer.body, headers={"content-type": answer.content_type})

    return httpx.Client(transport=httpx.MockTransport(serve))


def test_a_log_that_only_grows_is_signed_each_time() -> None:
    log, state, old = log_of(), Memory(), 0
    for grown in (0, 1, 1, 2, 3, 7, 8, 100, 256, 300):
        log.grow(*(b"x%d" % k for k in range(len(log.entries), grown)))
        answer = answered(asked(log, old), state, log)
        assert answer.status == 200, answer
        assert answer.content_type.startswith("text/plain")
        checkpoint, opened = open_cosigned(log.note + answer.body, log.key.verifying, [WITNESS.verifying])
        signed = opened.by(WITNESS.verifying)
        assert signed is not None
        assert (signed.time, checkpoint) == (NOW, log.checkpoint)
        assert state.logs[ORIGIN] == Witnessed(grown, log.checkpoint.root, log.note + answer.body)
        old = grown


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12)), max_size=12))
def test_of_two_histories_only_one_is_ever_signed(steps: list[tuple[bool, int, int]]) -> None:
    """Two logs under one key and name, which part after two entries, take turns with a witness."""
    state, signed = Memory(), {True: 0, False: 0}
    for other, size, old in steps:
        log = log_of(*range(min(size, 2)), *((100 if other else 200) + k for k in range(2, size)))
        answer = answered(asked(log, min(old, size)), state, log)
        if answer.status == 200:
            signed[other] = max(signed[other], size)
    assert min(signed.values()) <= 2


@pytest.mark.parametrize(
    "request_text",
    [
        "",
        "old 0\n",
        "old 0\n\n",
        "old 0\n\nno checkpoint\n",
        "old\n\nNOTE",
        "old  0\n\nNOTE",
        "old 00\n\nNOTE",
        "old -1\n\nNOTE",
        "OLD 0\n\nNOTE",
        "\nold 0\n\nNOTE",
        "old 0\nAAAA\n\nNOTE",
        f"old 0\n{ROOT} \n\nNOTE",
        "old 0\n" + f"{ROOT}\n" * 64 + "\nNOTE",
        "old 0\r\n\r\nNOTE",
        "old 4\n\nNOTE",
        f"old {1 << 63}\n\nNOTE",
    ],
)
def test_a_request_in_another_form_is_a_bad_request(request_text: str) -> None:
    log = log_of(0, 1, 2)
    state = Memory()
    assert answered(request_text.replace("NOTE", log.note), state, log).status == 400
    assert not state.logs


@pytest.mark.parametrize("request_bytes", [b"\xff\xfe", b"old 0\n\n" + b"x" * 1_000_000])
def test_bytes_that_are_no_request_are_a_bad_request(request_bytes: bytes) -> None:
    assert answered(request_bytes, Memory(), log_of()).status == 400


@given(st.text(st.sampled_from("old 013\nAB=— ab"), max_size=60))
def test_no_text_brings_a_witness_down(text: str) -> None:
    assert answered(text, Memory(), log_of(0)).status == 400
    assert answered(f"old 0\n{text}\n\n{log_of(0).note}", Memory(), log_of(0)).status in (200, 400, 422)


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_survives_being_sent(old: int, proof: list[bytes]) -> None:
    request = Request(old, tuple(proof), log_of(0).note)
    assert Request.parse(request.text.encode()) == request


def test_a_log_that_is_not_known_is_not_found() -> None:
    log = log_of(0)
    assert add_checkpoint(asked(log, 0), Memory(), {}, WITNESS, NOW).status == 404
    assert add_checkpoint(asked(log, 0), Memory(), {"other": [log.key.verifying]}, WITNESS, NOW).status == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden() -> None:
    log, state = log_of(0), Memory()
    stranger = SigningKey(ORIGIN, b"\2" * 32)
    for note in (
        sign_checkpoint(log.checkpoint, stranger),
        log.note.replace("\n1\n", "\n2\n"),
        sign_checkpoint(log.checkpoint, WITNESS),
    ):
        assert answered(asked(log, 0, note), state, log).status == 403
    assert not state.logs


def test_a_log_that_changes_its_key_is_known_by_both_meanwhile() -> None:
    log, new = log_of(0), SigningKey(ORIGIN, b"\2" * 32)
    keys = {ORIGIN: [log.key.verifying, new.verifying]}
    state = Memory()
    assert add_checkpoint(asked(log, 0), state, keys, WITNESS, NOW).status == 200
    note = sign_checkpoint(log.checkpoint, new)
    assert add_checkpoint(asked(log, 1, note), state, keys, WITNESS, NOW).status == 200


def test_another_old_size_is_answered_with_the_right_one() -> None:
    log, state = log_of(*range(5)), Memory()
    assert answered(asked(log, 3), state, log) == Answer(409, "0\n", "text/x.tlog.size")
    assert answered(asked(log, 0), state, log).status == 200
    for old in (0, 1, 4):
        assert answered(asked(log, old), state, log) == Answer(409, "5\n", "text/x.tlog.size")


def test_a_proof_that_does_not_hold_is_unprocessable() -> None:
    log, state = log_of(*range(5)), Memory()
    assert answered(Request(0, (b"\0" * 32,), log.note).text, state, log).status == 422
    answered(asked(log, 0), state, log)
    log.grow(b"5", b"6")
    right = Request.parse(asked(log, 5))
    wrong = [right.proof[:-1], (*right.proof, b"\0" * 32), right.proof[::-1], ()]
    for proof in wrong:
        assert answered(right._replace(proof=proof).text, state, log).status == 422
    assert state.logs[ORIGIN].size == 5
    assert answered(right.text, state, log).status == 200
    again = Request(7, (b"\0" * 32,), log.note)
    assert answered(again.text, state, log).status == 422


def test_an_empty_log_has_one_root_only() -> None:
    log, state = log_of(), Memory()
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, b"\0" * 32), log.key)
    assert answered(asked(log, 0, note), state, log).status == 422
    assert answered(asked(log, 0), state, log).status == 200


def test_two_roots_of_one_size_are_a_conflict_and_evidence_for_all() -> None:
    log, fork, state = log_of(0, 1, 2), log_of(0, 1, 3), Memory()
    answered(asked(log, 0), state, log)
    assert answered(asked(fork, 3), state, log).status == 409
    (evidence,) = state.evidence
    assert proves(evidence, log.key.verifying)
    assert state.logs[ORIGIN].root == log.checkpoint.root


def test_signatures_of_strangers_are_not_kept() -> None:
    log, state = log_of(0), Memory()
    stranger = SigningKey("stranger.example", b"\2" * 32)
    note = (
        sign_checkpoint(log.checkpoint, log.key)
        + sign_checkpoint(log.checkpoint, stranger).partition("\n\n")[2]
    )
    assert answered(asked(log, 0, note), state, log).status == 200
    assert "stranger" not in state.logs[ORIGIN].note


def test_what_a_witness_signed_it_still_knows_when_it_is_opened_again(tmp_path: Path) -> None:
    log = log_of(0, 1, 2)
    assert answered(asked(log, 0), WitnessFolder(tmp_path), log).status == 200
    fork = log_of(0, 1, 3, 4)
    assert answered(asked(fork, 3), WitnessFolder(tmp_path), fork).status == 422
    assert answered(asked(fork, 0), WitnessFolder(tmp_path), fork).body == "3\n"
    assert WitnessFolder(tmp_path).every()[ORIGIN].root == log.checkpoint.root


def test_of_many_who_ask_at_once_for_different_histories_one_is_signed(tmp_path: Path) -> None:
    state = WitnessFolder(tmp_path)
    forks = [log_of(0, 100 + k) for k in range(16)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda fork: answered(asked(fork, 0), state, fork), forks))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15


def test_who_is_overtaken_while_asking_is_not_signed() -> None:
    """The race of C2SP tlog-witness: two requests are checked before either is kept."""
    log, state = log_of(0, 1), Memory()
    longer = log_of(0, 1, 2)

    class Overtaken(Memory):
        def replace(self, origin: str, held: Witnessed | None, new: Witnessed) -> bool:
            return state.replace(origin, held, new)

        def get(self, origin: str) -> Witnessed | None:
            found = state.get(origin)
            if found is None:
                answered(asked(longer, 0), state, longer)
            return found

    assert answered(asked(log, 0), Overtaken(), log) == Answer(409, "3\n", "text/x.tlog.size")
    assert state.logs[ORIGIN].size == 3


def test_a_memory_changes_only_from_what_it_was(tmp_path: Path) -> None:
    state = WitnessFolder(tmp_path)
    one, two = Witnessed(1, b"\1" * 32, "one"), Witnessed(2**63 - 1, b"\2" * 32, "two")
    assert state.get(ORIGIN) is None
    assert not state.replace(ORIGIN, one, two)
    assert state.replace(ORIGIN, None, one)
    assert not state.replace(ORIGIN, None, two)
    assert not state.replace(ORIGIN, Witnessed(1, b"\3" * 32, "one"), two)
    assert state.replace(ORIGIN, one, two)
    assert state.every() == {ORIGIN: two}


def test_a_log_gets_its_checkpoint_signed_whatever_it_thinks_the_witness_knows() -> None:
    log, state = log_of(*range(5)), Memory()
    for old in (0, 3, 5):
        (signed,) = ask_witness(
            "https://w.example/w/", log.note, log, [WITNESS.verifying], old=old, client=served(state, log)
        )
        assert open_note(f"{log.checkpoint.text}\n{signed.line}", [WITNESS.verifying])
        log.grow(b"more %d" % old)
    (signed,) = ask_witness(
        "https://w.example/w", log.note, log, [WITNESS.verifying], old=0, client=served(state, log, NOW + 9)
    )
    assert signed.time == NOW + 9
    assert state.logs[ORIGIN].size == 8


def test_a_log_that_lost_entries_is_told_so() -> None:
    log, state = log_of(*range(5)), Memory()
    ask_witness("https://w.example/w", log.note, log, [WITNESS.verifying], client=served(state, log))
    shorter = log_of(*range(3))
    for old in (0, 3, 5):
        with pytest.raises(Conflict, match=r"5 entries; ours has 3"):
            ask_witness(
                "https://w.example/w",
                shorter.note,
                shorter,
                [WITNESS.verifying],
                old=old,
                client=served(state, log),
            )


def test_a_log_that_changed_entries_is_told_so() -> None:
    log, state = log_of(*range(5)), Memory()
    ask_witness("https://w.example/w", log.note, log, [WITNESS.verifying], client=served(state, log))
    same_size, grown = log_of(9, *range(4)), log_of(9, *range(5))
    with pytest.raises(Conflict, match="another history"):
        ask_witness(
            "https://w.example/w", same_size.note, same_size, [WITNESS.verifying], client=served(state, log)
        )
    with pytest.raises(NotVerified, match="only grew"):
        ask_witness("https://w.example/w", grown.note, grown, [WITNESS.verifying], client=served(state, log))


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (lambda note: httpx.Response(404), NotVerified),
        (lambda note: httpx.Response(403, text="no"), NotVerified),
        (lambda note: httpx.Response(500), Unreachable),
        (lambda note: httpx.Response(429), Unreachable),
        (lambda note: httpx.Response(301), Unreachable),
        (lambda note: httpx.Response(200, text=""), InputError),
        (lambda note: httpx.Response(200, text="<html>"), InputError),
        (lambda note: httpx.Response(200, text=note.partition("\n\n")[2]), NotVerified),
        (lambda note: httpx.Response(200, content=b"x" * 10_000_000), InputError),
        (lambda note: httpx.Response(409, text="1\n"), Conflict),
        (
            lambda note: httpx.Response(409, text="0\n", headers={"content-type": "text/x.tlog.size"}),
            Conflict,
        ),
        (
            lambda note: httpx.Response(409, text="1\n2\n", headers={"content-type": "text/x.tlog.size"}),
            Conflict,
        ),
    ],
)
def test_what_a_witness_should_not_say_is_no_signature(
    answer: Callable[[str], httpx.Response], raised: type[Exception]
) -> None:
    log = log_of(0, 1)
    client = httpx.Client(transport=httpx.MockTransport(lambda request: answer(log.note)))
    with pytest.raises(raised):
        ask_witness("https://w.example", log.note, log, [WITNESS.verifying], client=client)


def test_a_witness_that_cannot_be_reached_is_named() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out")

    log = log_of(0, 1)
    client = httpx.Client(transport=httpx.MockTransport(fail))
    with pytest.raises(Unreachable, match="timed out") as failed:
        ask_witness("https://w.example", log.note, log, [WITNESS.verifying], client=client)
    assert failed.value.where == "https://w.example"


def test_a_witness_that_says_another_size_each_time_is_given_up() -> None:
    sizes = iter(range(1, 50))
    log = log_of(*range(60))
    client = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                409, text=f"{next(sizes)}\n", headers={"content-type": "text/x.tlog.size"}
            )
        )
    )
    with pytest.raises(Unreachable):
        ask_witness("https://w.example", log.note, log, [WITNESS.verifying], client=client)
    assert next(sizes) < 10
