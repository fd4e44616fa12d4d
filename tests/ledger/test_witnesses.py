"""Who signs this log's checkpoints: what a witness signed is served as long as it is true of the newest, and no longer."""

from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest

from meguri.errors import InputError, NotFound
from meguri.ledger import Ledger, SigningKey
from meguri.ledger.checkpoint import open_cosigned
from meguri.ledger.fsck import fsck
from meguri.ledger.signing import COSIGNATURE
from meguri.ledger.tlog_proof import Policy, verify_proof
from meguri.ledger.verify import verify_log
from meguri.ledger.witness import add_checkpoint
from meguri.ledger.witness_state import WitnessFolder
from meguri.ledger.witnesses import add_witness, gather, list_witnesses, remove_witness
from tests.ledger.branch import branch_of
from tests.ledger.events import to_market

URLS = {"https://one.example/w": "one.example/w1", "https://two.example": "two.example/w2"}


class Witnesses:
    """Two witnesses on the Internet; `down` are hosts that give no answer."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.keys = {url: SigningKey.generate(name, COSIGNATURE) for url, name in URLS.items()}
        self.states = {url: WitnessFolder(folder / name.partition(".")[0]) for url, name in URLS.items()}
        self.logs = {ledger.origin: [ledger.key.verifying]}
        self.down: set[str] = set()
        self.client = httpx.Client(transport=httpx.MockTransport(self))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url).removesuffix("/add-checkpoint")
        if request.url.host in self.down:
            raise httpx.ConnectError("refused")
        told = add_checkpoint(request.content, self.states[url], self.logs, self.keys[url], int(time()))
        return httpx.Response(told.status, text=told.body, headers={"content-type": told.content_type})


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "ledger.db")


@pytest.fixture
def witnesses(ledger: Ledger, tmp_path: Path) -> Iterator[Witnesses]:
    held = Witnesses(tmp_path, ledger)
    for url in URLS:
        add_witness(ledger.store, f"{url}/", held.keys[url].vkey)
    yield held
    held.client.close()


def signers(ledger: Ledger, witnesses: Witnesses) -> set[str]:
    keys = [key.verifying for key in witnesses.keys.values()]
    _, note = open_cosigned(ledger.tiles.read("checkpoint"), ledger.key.verifying, keys)
    assert ledger.checkpoint.encode() == ledger.tiles.read("checkpoint")
    return {signature.name for signature in note.verified} - {ledger.origin}


def test_the_served_checkpoint_carries_what_was_signed_of_it_and_nothing_older(ledger, witnesses):
    assert signers(ledger, witnesses) == set()
    assert [one.fault for one in gather(ledger, client=witnesses.client)] == [None, None]
    assert signers(ledger, witnesses) == set(URLS.values())
    ledger.append(to_market(1))
    assert signers(ledger, witnesses) == set()
    gather(ledger, client=witnesses.client)
    assert signers(ledger, witnesses) == set(URLS.values())
    assert {one.size for one in list_witnesses(ledger.store)} == {ledger.size}
    assert fsck(ledger.store, ledger.key.verifying).faults == ()


def test_signatures_are_kept_in_postgresql_too(postgres_url, tmp_path):
    with Ledger.open(postgres_url, keys=tmp_path / "keys") as ledger:
        held = Witnesses(tmp_path, ledger)
        for url in URLS:
            add_witness(ledger.store, url, held.keys[url].vkey)
        gather(ledger, client=held.client)
        assert signers(ledger, held) == set(URLS.values())


def test_a_proof_made_now_convinces_those_who_ask_for_witnesses(ledger, witnesses):
    (receipt, _) = ledger.append(to_market(1))
    gather(ledger, client=witnesses.client)
    keys = tuple(key.verifying for key in witnesses.keys.values())
    policy = Policy(ledger.key.verifying, keys, quorum=2)
    assert verify_proof(ledger.prove(receipt.event), receipt.entry.encode(), policy).size == ledger.size
    assert {seen.witness for seen in verify_log(ledger.tiles, ledger.key.verifying, witnesses=keys).witnesses}


def test_a_witness_that_is_down_is_said_so_and_the_other_signs(ledger, witnesses):
    witnesses.down = {"one.example"}
    one, two = gather(ledger, client=witnesses.client)
    assert ("no answer" in str(one.fault), one.signed, two.fault) == (True, None, None)
    assert signers(ledger, witnesses) == {"two.example/w2"}
    ledger.append(to_market(1))
    witnesses.down = set()
    assert [one.fault for one in gather(ledger, client=witnesses.client)] == [None, None]
    assert signers(ledger, witnesses) == set(URLS.values())


def test_a_witness_that_has_seen_another_history_does_not_sign_this_one(ledger, witnesses, tmp_path):
    with branch_of(ledger, tmp_path / "other.db") as other:
        other.append(to_market(9))
        assert [one.fault for one in gather(other, client=witnesses.client)] == [None, None]
    ledger.append([held for k in range(1, 4) for held in to_market(k)])
    assert all(one.fault for one in gather(ledger, client=witnesses.client))
    assert signers(ledger, witnesses) == set()


def test_a_witness_that_is_not_asked_any_more_is_not_shown(ledger, witnesses):
    gather(ledger, client=witnesses.client)
    remove_witness(ledger.store, "https://one.example/w")
    assert signers(ledger, witnesses) == {"two.example/w2"}
    with pytest.raises(NotFound):
        remove_witness(ledger.store, "https://one.example/w")


@pytest.mark.parametrize("url", ["", "one.example", "ftp://one.example", "http://"])
def test_an_address_that_cannot_be_asked_is_refused(ledger, url):
    with pytest.raises(InputError):
        add_witness(ledger.store, url, ledger.vkey)
