"""`meguri demo-fleet`: a ledger of invented lives that says so, with the truth beside it."""

import pytest

from meguri.simulate import Truth


@pytest.fixture
def db(tmp_path):
    return tmp_path / "demo.db"


def test_a_fleet_fills_a_ledger_that_is_named_as_simulated(document, db):
    told = document("demo-fleet", "--vehicles", "40", "--seed", "5", "--db", db)
    assert told["simulated"]
    assert told["origin"].startswith("simulated/")
    assert told["events"]["manufactured"] >= 40
    assert told["size"] > sum(told["events"].values())
    assert Truth.read(db.with_suffix(".db.truth")).batteries.height == 40


@pytest.mark.parametrize(("lang", "word"), [("en", "Simulated"), ("ja", "模擬")])
def test_the_first_line_says_that_it_is_simulated(run, db, tmp_path, lang, word):
    result = run("demo-fleet", "--vehicles", "5", "--db", db, "--truth", tmp_path / "true", lang=lang)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(word)
    assert Truth.read(tmp_path / "true").batteries.height == 5


def test_a_ledger_with_real_lives_is_not_mixed_with_invented_ones(run, db):
    from meguri.ledger import Ledger

    Ledger.open(db, origin="registry.example/meguri").close()
    result = run("demo-fleet", "--vehicles", "5", "--db", db)
    assert result.exit_code == 1
    assert "registry.example/meguri" in result.stderr


def test_an_impossible_number_of_vehicles_is_told(run, db):
    result = run("demo-fleet", "--vehicles", "0", "--db", db)
    assert result.exit_code == 2
    assert not db.exists()
