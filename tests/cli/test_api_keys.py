"""`meguri ledger key`: a machine's key is shown once, listed without its secret, and revoked for good."""

import pytest

from meguri.ledger import Ledger
from meguri.ledger.api_keys import find_key
from tests.cli.ledgers import ORIGIN


@pytest.fixture
def db(tmp_path):
    Ledger.open(tmp_path / "ledger.db", origin=ORIGIN).close()
    return tmp_path / "ledger.db"


def test_a_key_opens_until_it_is_revoked(run, document, db):
    made = run("ledger", "key", "new", "scales", "--recorder", "house", "--access", "interest", "--db", db)
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    with Ledger.open(db) as ledger:
        found = find_key(ledger.store, text)
        assert found is not None
        assert (found.name, found.recorder, found.access) == ("scales", "house", "interest")
    (listed,) = document("ledger", "key", "list", "--db", db)["keys"]
    assert listed["id"] == found.id
    assert text.rpartition("_")[2] not in str(listed)
    assert "scales" in run("ledger", "key", "list", "--db", db, lang="ja").stdout
    revoked = run("ledger", "key", "revoke", found.id, "--db", db)
    assert revoked.exit_code == 0
    with Ledger.open(db) as ledger:
        assert find_key(ledger.store, text) is None
    assert document("ledger", "key", "list", "--db", db)["keys"][0]["revoked"]


def test_the_key_as_a_document_is_the_key(run, document, db):
    told = document("ledger", "key", "new", "gate", "--db", db)
    with Ledger.open(db) as ledger:
        found = find_key(ledger.store, told["key"])
    assert found is not None
    assert (found.access, found.recorder) == ("public", None)
    assert document("ledger", "key", "revoke", told["id"], "--db", db)["revoked"]


@pytest.mark.parametrize(
    "words",
    [
        ("new", "scales", "--recorder", "nobody"),
        ("new", "scales", "--per-minute", "0"),
        ("new", " "),
        ("revoke", "00000000"),
    ],
)
def test_what_cannot_be_is_told(run, db, words):
    failed = run("ledger", "key", *words, "--db", db)
    assert failed.exit_code in (1, 2)
    assert "Traceback" not in failed.output
    assert "To mend" in failed.output
