"""Servers that share a database are one witness: of two histories they sign one, whichever server is asked."""

from concurrent.futures import ThreadPoolExecutor

from meguri.ledger import Ledger, SigningKey
from meguri.ledger.evidence import Evidence, proves
from meguri.ledger.store import open_store
from meguri.ledger.witness import Answer, Request, add_checkpoint
from meguri.ledger.witness_state import Witnessed
from meguri.ledger.witness_table import WitnessTable
from tests.ledger.small_log import ORIGIN, SmallLog

WITNESS = SigningKey("witness.example/w1", b"\5" * 32).as_cosigner()
NOW = 1_800_000_000


def answered(state: WitnessTable, log: SmallLog, old: int) -> Answer:
    note = Request(old, (), log.note).text
    return add_checkpoint(note, state, {log.key.name: [log.key.verifying]}, WITNESS, NOW)


def test_of_many_histories_shown_to_two_servers_at_once_one_is_signed(ledger: Ledger, place, tmp_path):
    other = open_store(place)
    states = [WitnessTable(store, tmp_path / "evidence") for store in (ledger.store, other)]
    forks = [SmallLog(b"first", str(number).encode()) for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: answered(states[one[0] % 2], one[1], 0), enumerate(forks)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15
    assert states[0].get(ORIGIN) == states[1].get(ORIGIN)
    other.close()


def test_what_was_signed_is_replaced_by_nothing_but_what_continues_it(ledger: Ledger, tmp_path):
    state = WitnessTable(ledger.store, tmp_path / "w")
    first, second = Witnessed(1, b"\1" * 32, "first"), Witnessed(2, b"\2" * 32, "second")
    assert state.get(ORIGIN) is None
    assert not state.replace(ORIGIN, first, second)
    assert state.replace(ORIGIN, None, first)
    assert not state.replace(ORIGIN, None, second)
    assert not state.replace(ORIGIN, second, second)
    assert state.get(ORIGIN) == first
    assert state.replace(ORIGIN, first, second)
    assert state.get(ORIGIN) == second


def test_a_second_root_of_one_size_is_refused_and_kept_as_evidence(ledger: Ledger, tmp_path):
    state = WitnessTable(ledger.store, tmp_path / "w")
    one, other = SmallLog(b"a"), SmallLog(b"b")
    assert answered(state, one, 0).status == 200
    assert answered(state, other, 1).status == 409
    (file,) = (tmp_path / "w" / "evidence").iterdir()
    assert proves(Evidence.parse(file.read_bytes()), one.key.verifying)
