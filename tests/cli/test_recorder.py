"""`meguri recorder`: who may record, with which key, from when until when; and events sealed away from the ledger."""

import json
import stat

import pytest

from meguri.battery import ROLES
from meguri.ledger import Ledger, SigningKey
from tests.cli.ledgers import ORIGIN, battery, row, written

YARD = "yard-1.example"


@pytest.fixture
def db(tmp_path):
    Ledger.open(tmp_path / "ledger.db", origin=ORIGIN).close()
    return tmp_path / "ledger.db"


@pytest.fixture
def yard(run, db):
    """A dismantler that may record."""
    vkey = run("recorder", "key", YARD, "--db", db).stdout.strip()
    enrolled = run("recorder", "enrol", YARD, vkey, "--role", "dismantler", "--db", db)
    assert enrolled.exit_code == 0, enrolled.output
    return vkey


def remove(run, db, number=1, **options):
    key = options.get("key", YARD)
    return run("event", "record", "removed", battery(number), "--key", key, "--db", db)


def test_a_key_is_made_for_its_owner_only_and_never_over_another(run, document, db):
    told = document("recorder", "key", YARD, "--db", db)
    file = db.with_name("ledger.db.keys") / f"{YARD}.key"
    assert told["file"] == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SigningKey.parse(file.read_text().strip()).vkey == told["vkey"]
    again = run("recorder", "key", YARD, "--db", db)
    assert again.exit_code == 1
    assert again.stdout == ""
    assert SigningKey.parse(file.read_text().strip()).vkey == told["vkey"]


def test_a_name_with_slashes_stays_in_the_folder_of_keys(run, db, tmp_path):
    for name in ("registry.example/yard-1", "../../out", "/out"):
        assert run("recorder", "key", name, "--db", db).exit_code == 0
    keys = db.with_name("ledger.db.keys")
    assert len(list(keys.iterdir())) == 5
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".db"} <= {
        keys.name,
        "ledger.db-wal",
        "ledger.db-shm",
    }


@pytest.mark.parametrize("name", ["house", "log", "witness"])
def test_keys_of_the_house_are_not_made_by_hand(run, tmp_path, name):
    assert run("recorder", "key", name, "--keys", tmp_path / "keys").exit_code == 2
    assert not (tmp_path / "keys").exists()


def test_a_recorder_records_what_its_role_allows(run, db, yard):
    assert remove(run, db).exit_code == 0
    refused = run("event", "record", "registered", battery(2), "--key", YARD, "--db", db)
    assert refused.exit_code == 1
    assert "dismantler" in refused.stderr


def test_a_recorder_without_a_key_here_records_nothing(run, db):
    assert remove(run, db).exit_code == 1
    run("recorder", "key", YARD, "--db", db)
    assert remove(run, db).exit_code == 1


def test_a_revoked_recorder_records_no_more(run, document, db, yard):
    assert remove(run, db).exit_code == 0
    assert run("recorder", "revoke", YARD, "--reason", "closed", "--db", db).exit_code == 0
    assert remove(run, db, 2).exit_code == 1
    (held,) = [one for one in document("recorder", "list", "--db", db)["recorders"] if one["name"] == YARD]
    assert held["until"] is not None


def test_a_new_key_takes_the_place_of_the_old(run, document, db, yard):
    told = document("recorder", "key", YARD, "--as", "yard-1.new", "--db", db)
    assert run("recorder", "rotate", YARD, told["vkey"], "--db", db).exit_code == 0
    assert remove(run, db, 1).exit_code == 1
    assert remove(run, db, 2, key="yard-1.new").exit_code == 0


def test_recorders_are_listed_with_their_roles(run, document, db, yard):
    house, held = document("recorder", "list", "--db", db)["recorders"]
    assert (house["name"], held["name"], held["vkey"], held["roles"]) == ("house", YARD, yard, ["dismantler"])
    assert len(house["roles"]) == len(ROLES)
    assert "解体" in run("recorder", "list", "--db", db, lang="ja").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("enrol", YARD, "VKEY", "--role", "wizard"),
        ("enrol", YARD, "VKEY"),
        ("enrol", YARD, "nonsense", "--role", "dismantler"),
        ("rotate", YARD, "nonsense"),
        ("revoke", YARD),
    ],
    ids=" ".join,
)
def test_words_that_mean_nothing_are_told(run, db, words):
    vkey = SigningKey.generate(YARD).vkey
    result = run("recorder", *(vkey if word == "VKEY" else word for word in words), "--db", db)
    assert result.exit_code == 2, result.output
    assert len(Ledger.open(db).recorders()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("rotate", YARD, "VKEY"),
        ("revoke", YARD, "--reason", "x"),
        ("enrol", "other.example", "VKEY", "--role", "dismantler"),
        ("key", "a b"),
        ("key", "a+b"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused(run, db, words):
    vkey = SigningKey.generate(YARD).vkey
    result = run("recorder", *(vkey if word == "VKEY" else word for word in words), "--db", db)
    assert result.exit_code == 1, result.output
    assert len(Ledger.open(db).recorders()) == 1


def test_events_sealed_offline_are_taken_as_they_were_signed(run, document, db, yard, tmp_path):
    file = written(tmp_path / "today.json", [row("removed"), row("collected", day=2)])
    keys = db.with_name("ledger.db.keys")
    sealed = document("recorder", "seal", file, "--key", YARD, "--origin", ORIGIN, "--keys", keys)
    assert sealed["file"] == str(tmp_path / "today.sealed.json")
    taken = document("event", "import", sealed["file"], "--db", db)
    assert taken["counts"] == {"recorded": 2}
    assert document("event", "import", sealed["file"], "--db", db)["counts"] == {"known": 2}
    told = document("battery", "show", battery(), "--db", db)
    assert {held["recorder"].rpartition("+")[0] for held in told["events"]} == {YARD}


def test_what_was_sealed_for_another_ledger_or_changed_since_is_refused(run, db, yard, tmp_path):
    file = written(tmp_path / "today.json", [row("removed", country="JP")])
    keys = db.with_name("ledger.db.keys")
    for origin, change in (("other.example", ""), (ORIGIN, "NZ")):
        sealed = tmp_path / f"{origin.replace('/', '-')}.sealed.json"
        run("recorder", "seal", file, "--key", YARD, "--origin", origin, "--out", sealed, "--keys", keys)
        sealed.write_text(sealed.read_text().replace('"JP"', f'"{change or "JP"}"'))
        result = run("event", "import", sealed, "--db", db)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
    assert run("battery", "show", battery(), "--db", db).exit_code == 2


def test_a_sealed_recording_is_neither_rehearsed_nor_sealed_again(run, db, yard, tmp_path):
    file = written(tmp_path / "today.json", [row("removed")])
    seal = ("recorder", "seal", file, "--key", YARD, "--origin", ORIGIN, "--db", db)
    assert run(*seal).exit_code == 0
    sealed = tmp_path / "today.sealed.json"
    assert run("event", "import", sealed, "--dry-run", "--db", db).exit_code == 2
    assert run("event", "import", sealed, "--key", YARD, "--db", db).exit_code == 2
    assert run("recorder", "seal", sealed, *seal[3:]).exit_code == 1
    assert run("recorder", "seal", file, "--key", "nobody", *seal[5:]).exit_code == 1
    (tmp_path / "broken.json").write_text(json.dumps([{"type": "removed"}]))
    assert run("recorder", "seal", tmp_path / "broken.json", *seal[3:]).exit_code == 1
