"""Who is told of events, and who signs the log's checkpoints, on the command line."""

import pytest

from meguri.ledger import Ledger, SigningKey
from tests.ledger.events import to_market

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
def begun(tmp_path):
    """The options that name a ledger with two events."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.append(to_market(1))
    return "--db", str(tmp_path / "ledger.db")


def test_a_webhook_is_added_shown_resumed_and_removed(run, document, begun):
    made = document("ledger", "webhooks", "add", URL, "--word", "exported", "--allow-private", *begun)
    assert len(made["secret"]) == 64
    (held,) = document("ledger", "webhooks", "list", *begun)["webhooks"]
    assert held == {name: value for name, value in made.items() if name != "secret"}
    assert URL in run("ledger", "webhooks", "list", *begun).stdout
    assert document("ledger", "webhooks", "resume", held["id"], *begun)["id"] == held["id"]
    assert run("ledger", "webhooks", "remove", held["id"], *begun).exit_code == 0
    assert document("ledger", "webhooks", "list", *begun)["webhooks"] == []


def test_the_secret_alone_is_printed(run, begun):
    result = run("ledger", "webhooks", "add", "https://hooks.example/", *begun)
    assert len(result.stdout.strip()) == 64


def test_what_cannot_be_reached_fails_and_stands_in_the_list(run, document, begun):
    document("ledger", "webhooks", "add", URL, "--after", "-1", "--allow-private", *begun)
    assert document("ledger", "webhooks", "run", *begun) == {"events": 0}
    (held,) = document("ledger", "webhooks", "list", *begun)["webhooks"]
    assert held["failures"] == 1
    assert "返事" in held["fault"] or "answer" in held["fault"]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "http://hooks.example/"),
        ("remove", "none"),
        ("resume", "none"),
        ("add", "https://a/", "--word", "x"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_to_mend_it(run, begun, words):
    result = run("ledger", "webhooks", *words, *begun, lang="ja")
    assert result.exit_code in (1, 2)
    assert "Error" not in result.output


def test_a_witness_is_added_asked_shown_and_removed(run, document, begun):
    url, vkey = "http://127.0.0.1:9", SigningKey.generate("witness.example/w1").vkey
    assert document("ledger", "witness", "add", url, vkey, *begun)["size"] == 0
    asked = run("ledger", "witness", "run", *begun)
    assert asked.exit_code == 1, "it gave no answer"
    (held,) = document("ledger", "witness", "list", *begun)["witnesses"]
    assert (held["url"], held["signed"], bool(held["fault"])) == (url, None, True)
    assert run("ledger", "witness", "remove", url, *begun).exit_code == 0
    assert run("ledger", "witness", "remove", url, *begun).exit_code == 2
    assert document("ledger", "witness", "list", *begun)["witnesses"] == []
