"""`meguri ledger`: begun, looked at, verified, proved, compared, watched, copied; one byte changed is found and named."""

import json
import sqlite3

import pytest

from meguri.battery import decode_events
from meguri.ledger import Ledger, new_id
from tests.cli.ledgers import ORIGIN, battery, life, row, written


@pytest.fixture
def db(tmp_path):
    with Ledger.open(tmp_path / "ledger.db", origin=ORIGIN) as ledger:
        ledger.append(decode_events(json.dumps(life()).encode()))
    return tmp_path / "ledger.db"


@pytest.fixture
def key(db):
    with Ledger.open(db) as ledger:
        return ledger.vkey


def last(db):
    with Ledger.open(db) as ledger:
        return ledger.life(battery())[-1]


def flip(file, place):
    held = bytearray(file.read_bytes())
    held[place] ^= 1
    file.write_bytes(held)


def record(db, *rows, **options):
    with Ledger.open(db) as ledger:
        ledger.append(decode_events(json.dumps(rows).encode()), **options)


def test_a_ledger_begins_with_its_name_and_stays(run, document, tmp_path):
    told = document("ledger", "init", "--origin", ORIGIN, "--db", tmp_path / "a.db")
    assert (told["origin"], told["events"], told["recorders"]) == (ORIGIN, 1, ["house"])
    assert document("ledger", "init", "--db", tmp_path / "a.db") == told
    other = run("ledger", "init", "--origin", "other.example", "--db", tmp_path / "a.db")
    assert other.exit_code == 1
    assert ORIGIN in other.stderr
    assert document("ledger", "status", "--db", tmp_path / "a.db")["root"] == told["root"]


@pytest.mark.parametrize("db", ["mysql://host/x", "sqlite:////proc/nothing/x.db", "/proc/nothing/x.db"])
def test_a_place_that_cannot_hold_a_ledger_is_told(run, db):
    result = run("ledger", "init", "--db", db)
    assert result.exit_code == 1, result.output
    assert result.stderr.strip()


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("verify",),
        ("fsck",),
        ("feed",),
        ("anomalies",),
        ("prove", "x"),
        ("erase", "x", "--class", "public", "--reason", "x"),
        ("export", "OUT"),
        ("backup", "OUT"),
    ],
    ids=" ".join,
)
def test_where_no_ledger_is_none_is_made(run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    result = run("ledger", *words, "--db", tmp_path / "none.db")
    assert result.exit_code == 2, result.output
    assert "meguri ledger init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_our_own_ledger_verifies(run, document, db):
    told = document("ledger", "verify", "--db", db)
    assert (told["verified"], told["events"], told["recorders_unchecked"]) == (True, 5, [])
    assert "Verified: 5 events" in run("ledger", "verify", "--db", db).stdout


def test_a_copy_verifies_with_the_key_alone(run, document, db, key, tmp_path):
    copy = tmp_path / "copy"
    assert document("ledger", "export", copy, "--db", db)["copied"]["size"] == last(db).index + 2
    db.unlink()
    assert document("ledger", "verify", copy, "--key", key)["verified"]
    unkeyed = run("ledger", "verify", copy)
    assert unkeyed.exit_code == 2
    assert "--key" in unkeyed.stderr
    assert run("ledger", "verify", copy, "--key", "nonsense").exit_code == 2
    assert run("ledger", "verify", copy, "--key", "other.example+2cef82b4+AAAA").exit_code == 2


def test_recorders_whose_keys_are_not_known_are_named(document, db, key, tmp_path):
    document("ledger", "export", tmp_path / "copy", "--db", db)
    (tmp_path / "none.txt").write_text("")
    told = document("ledger", "verify", tmp_path / "copy", "--key", key, "--recorders", tmp_path / "none.txt")
    assert len(told["recorders_unchecked"]) == 1


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_one_byte_changed_in_a_copy_is_found_and_its_event_named(run, db, key, tmp_path, lang):
    run("ledger", "export", tmp_path / "copy", "--db", db)
    (bundle,) = (tmp_path / "copy" / "tile" / "entries").rglob("000.p/*")
    event = last(db).id
    flip(bundle, bundle.read_bytes().index(event.encode()) - 20)
    result = run("ledger", "verify", tmp_path / "copy", "--key", key, lang=lang)
    assert result.exit_code == 1
    assert event in result.stdout


def test_a_copy_of_another_log_is_not_verified_by_this_key(run, db, key, tmp_path):
    Ledger.open(tmp_path / "other.db", origin=ORIGIN).close()
    run("ledger", "export", tmp_path / "copy", "--db", tmp_path / "other.db")
    result = run("ledger", "verify", tmp_path / "copy", "--key", key, "--json")
    assert result.exit_code == 1
    assert not json.loads(result.stdout)["verified"]


def test_a_witness_that_is_asked_for_has_to_have_signed(run, db):
    from meguri.ledger import SigningKey

    witness = SigningKey.generate("witness.example").as_cosigner().vkey
    result = run("ledger", "verify", "--db", db, "--witness", witness)
    assert result.exit_code == 1
    assert "witness.example" in result.stdout


def test_one_value_changed_in_the_database_is_found_and_its_event_named(run, document, db):
    assert document("ledger", "fsck", "--db", db)["sound"]
    event = last(db)
    with sqlite3.connect(db) as held:
        for (guard,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            held.execute(f"DROP TRIGGER {guard}")
        held.execute("UPDATE event SET stage = 'ready' WHERE idx = ?", (event.index,))
    result = run("ledger", "fsck", "--db", db)
    assert result.exit_code == 1
    assert event.id in result.stdout


def test_a_proof_is_checked_offline(run, document, db, key, tmp_path):
    event = last(db)
    proof = run("ledger", "prove", event.id, "--db", db).stdout
    (tmp_path / "e.tlog-proof").write_text(proof)
    told = document("ledger", "check-proof", tmp_path / "e.tlog-proof", "--key", key)
    assert told["verified"]
    assert event.id in told["entry"]
    receipt = document("event", "show", event.id, "--db", db)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    (tmp_path / "bare.json").write_text(json.dumps(receipt["receipt"]))
    for name in ("receipt.json", "bare.json"):
        held = (
            "ledger",
            "check-proof",
            tmp_path / "e.tlog-proof",
            "--key",
            key,
            "--receipt",
            tmp_path / name,
        )
        assert run(*held).exit_code == 0


def test_a_proof_of_something_else_is_refused(run, document, db, key, tmp_path):
    record(db, row("collected", 1, 10))
    first, second = (
        document("ledger", "prove", one, "--db", db)
        for one in (
            last(db).id,
            document("battery", "show", battery(), "--db", db)["events"][0]["event"]["id"],
        )
    )
    (tmp_path / "p").write_text(first["proof"])
    (tmp_path / "r").write_text(json.dumps(second))
    asked = ("ledger", "check-proof", tmp_path / "p")
    assert run(*asked, "--key", key, "--receipt", tmp_path / "r").exit_code == 1
    (tmp_path / "r").write_text("[]")
    assert run(*asked, "--key", key, "--receipt", tmp_path / "r").exit_code == 1
    assert run(*asked, "--key", "x").exit_code == 2
    with Ledger.open(tmp_path / "other.db") as other:
        assert run(*asked, "--key", other.vkey).exit_code == 1
    (tmp_path / "p").write_text(first["proof"].replace("index ", "index 1"))
    assert run(*asked, "--key", key).exit_code == 1


@pytest.mark.parametrize("data", [b"", b"\xff", b"c2sp.org/tlog-proof@v1\n", b"x" * 100])
def test_what_is_no_proof_is_told(run, key, tmp_path, data):
    (tmp_path / "p").write_bytes(data)
    result = run("ledger", "check-proof", tmp_path / "p", "--key", key)
    assert result.exit_code == 1
    assert result.stderr.strip()


def test_two_copies_are_the_same_or_one_continues_the_other(document, db, tmp_path):
    document("ledger", "export", tmp_path / "copy", "--db", db)
    assert document("ledger", "audit", tmp_path / "copy", db)["relation"] == "same"
    record(db, row("collected", 1, 10))
    assert document("ledger", "audit", tmp_path / "copy", db)["relation"] == "continued"
    assert document("ledger", "audit", db, tmp_path / "copy")["relation"] == "behind"


def test_two_histories_part_at_the_first_event_that_differs(run, db, tmp_path):
    keys = tmp_path / "ledger.db.keys"
    run("ledger", "backup", tmp_path / "b.zip", "--db", db)
    run("ledger", "restore", tmp_path / "b.zip", "--db", tmp_path / "two.db", "--keys", keys)
    ours, theirs = row("collected", 1, 10), row("collected", 1, 11)
    record(db, ours)
    with Ledger.open(tmp_path / "two.db", keys=keys) as ledger:
        ledger.append(decode_events(json.dumps([theirs]).encode()))
    result = run("ledger", "audit", db, tmp_path / "two.db")
    assert result.exit_code == 1, result.output
    assert str(ours["id"]) in result.stdout
    assert str(theirs["id"]) in result.stdout


def test_a_witness_signs_growth_and_keeps_evidence_of_a_rewrite(run, document, db, key, tmp_path):
    keys, copy = tmp_path / "ledger.db.keys", tmp_path / "copy"
    watched = ("ledger", "watch", copy, "--key", key, "--state", tmp_path / "witness")
    run("ledger", "backup", tmp_path / "b.zip", "--db", db)
    record(db, row("collected", 1, 10))
    run("ledger", "export", copy, "--db", db)
    first = document(*watched, "--name", "witness.example")
    assert (first["signed"], first["before"]) == (True, 0)
    assert document(*watched)["witness"] == first["witness"]
    run("ledger", "restore", tmp_path / "b.zip", "--db", tmp_path / "two.db", "--keys", keys)
    with Ledger.open(tmp_path / "two.db", keys=keys) as ledger:
        ledger.append(decode_events(json.dumps([row("collected", 1, 11)]).encode()))
    rewritten = tmp_path / "rewritten"
    run("ledger", "export", rewritten, "--db", tmp_path / "two.db", "--keys", keys)
    result = run("ledger", "watch", rewritten, *watched[3:])
    assert result.exit_code == 1
    assert "two histories" in result.stdout
    assert len(list((tmp_path / "witness" / "evidence").iterdir())) == 1


def test_what_is_erased_is_gone_and_the_log_still_verifies(run, document, db):
    event = document("battery", "show", battery(), "--db", db)["events"][2]["event"]
    assert event["vehicle"] == "ZE1-012345"
    erase = ("ledger", "erase", event["id"], "--class", "authority", "--reason", "asked for", "--db", db)
    assert run(*erase).exit_code == 0
    left = document("event", "show", event["id"], "--db", db)["event"]
    assert "vehicle" not in left["event"]
    assert left["erased"] == ["authority"]
    assert document("ledger", "fsck", "--db", db)["sound"]
    assert document("ledger", "verify", "--db", db)["verified"]


@pytest.mark.parametrize(
    "words",
    [
        ("erase", "EVENT", "--class", "everything", "--reason", "x"),
        ("erase", "EVENT", "--class", "public"),
        ("erase", "EVENT", "--reason", "x"),
        ("erase", "bogus", "--class", "public", "--reason", "x"),
        ("prove", "bogus"),
        ("anomalies", "--kind", "strange"),
        ("anomalies", "--limit", "0"),
        ("feed", "--after", "-2"),
        ("verify", "nowhere"),
        ("restore", "FILE", "--until", "once"),
    ],
    ids=" ".join,
)
def test_words_that_mean_nothing_are_told(run, db, tmp_path, words):
    written(tmp_path / "file", [])
    asked = [{"EVENT": last(db).id, "FILE": tmp_path / "file"}.get(word, word) for word in words]
    result = run("ledger", *asked, "--db", db)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""


def test_the_log_goes_on_under_a_new_key(run, document, db, key):
    told = document("ledger", "rotate-key", "--db", db)
    assert (told["old"], told["new"] == key) == (key, False)
    assert document("ledger", "verify", "--db", db)["verified"]
    record(db, row("collected", 1, 10))
    assert document("ledger", "status", "--db", db)["vkey"] == told["new"]
    assert run("ledger", "verify", "--db", db, "--key", key).exit_code == 1


def test_what_is_odd_is_listed_by_its_kind(run, document, db):
    assert "Nothing odd" in run("ledger", "anomalies", "--db", db).stdout
    record(db, row("manufactured", 1, 12), elsewhere=True)
    assert [held["type"] for held in document("ledger", "anomalies", "--db", db)["events"]] == [
        "manufactured"
    ]
    assert len(document("ledger", "anomalies", "--kind", "twice", "--db", db)["events"]) == 1
    assert document("ledger", "anomalies", "--kind", "late", "--db", db)["events"] == []
    assert "into being twice" in " ".join(run("ledger", "anomalies", "--db", db).stdout.split())


def test_the_feed_gives_each_event_once_from_where_one_was(run, db):
    lines = [json.loads(line) for line in run("ledger", "feed", "--db", db).stdout.splitlines()]
    assert [held["type"] for held in lines][1:] == [held["type"] for held in life()]
    again = run("ledger", "feed", "--after", lines[1]["index"], "--limit", "2", "--db", db).stdout
    assert [json.loads(line) for line in again.splitlines()] == lines[2:4]


def test_a_backup_is_restored_whole_or_up_to_a_point_and_verified(run, document, db, key, tmp_path):
    index = last(db).index
    record(db, row("collected", 1, 10))
    told = document("ledger", "backup", tmp_path / "b.zip", "--db", db)
    whole = document("ledger", "restore", tmp_path / "b.zip", "--db", tmp_path / "whole.db")
    assert (whole["root"], whole["has_key"]) == (told["root"], False)
    assert document("ledger", "verify", tmp_path / "whole.db", "--key", key)["verified"]
    keys = tmp_path / "ledger.db.keys"
    part = ("restore", tmp_path / "b.zip", "--db", tmp_path / "part.db", "--until", index, "--keys", keys)
    assert document("ledger", *part)["size"] == index + 2
    again = run("ledger", *part)
    assert again.exit_code == 1
    assert again.stdout == ""
    assert run("ledger", "backup", tmp_path / "b.zip", "--db", db).exit_code == 1


def test_what_is_no_backup_is_told(run, tmp_path):
    written(tmp_path / "b.zip", [])
    assert run("ledger", "restore", tmp_path / "b.zip", "--db", tmp_path / "new.db").exit_code == 1
    assert run("ledger", "restore", tmp_path / "none.zip", "--db", tmp_path / "new.db").exit_code == 2
    assert not (tmp_path / "new.db").exists()


def test_a_key_that_is_not_the_ledgers_reads_and_records_nothing(run, db, tmp_path):
    Ledger.open(tmp_path / "other.db", origin=ORIGIN).close()
    keys = ("--db", db, "--keys", tmp_path / "other.db.keys")
    assert run("event", "record", "measured", battery(), *keys).exit_code == 1
    assert run("ledger", "verify", *keys).exit_code == 1
    assert (
        run("event", "record", "measured", battery(), "--db", db, "--keys", tmp_path / "none").exit_code == 1
    )
    assert run("ledger", "prove", new_id(), "--db", db).exit_code == 2


@pytest.fixture
def theirs(db, monkeypatch):
    """The ledger as another Meguri's, which shows what is public."""
    from meguri.ledger.share import LedgerEvents, Source

    with Ledger.open(db) as ledger:
        source = Source("https://registry.example", ledger.tiles, LedgerEvents(ledger, "public"))
        monkeypatch.setattr("meguri.ledger.follow.open_source", lambda url, api_key: source)
        yield db


def test_another_ledger_is_followed_and_its_copy_read_but_not_recorded_in(
    run, document, theirs, key, tmp_path
):
    copy = tmp_path / "copy.db"
    follow = ("ledger", "follow", "https://registry.example", "--key", key, "--into", copy)
    told = document(*follow)
    assert (told["lines"], told["access"]) == (told["of"], "public")
    record(theirs, row("collected", 1, 10))
    assert run(*follow).exit_code == 0
    assert document("battery", "show", battery(), "--db", copy)["stage"] == "held"
    assert document("ledger", "status", "--db", copy)["copy"]["url"] == "https://registry.example"
    assert "https://registry.example" in run("ledger", "status", "--db", copy).stdout
    assert document("ledger", "verify", copy, "--key", key)["verified"]
    assert run("event", "record", "measured", battery(), "--db", copy).exit_code == 1
    assert document("ledger", "verify", copy, "--key", key)["events"] == 6


def test_another_ledger_is_not_followed_with_a_wrong_key(run, theirs, tmp_path):
    with Ledger.open(tmp_path / "other.db", origin=ORIGIN) as other:
        follow = ("ledger", "follow", "https://registry.example", "--key", other.vkey)
    assert run(*follow, "--into", tmp_path / "copy.db").exit_code == 1
    assert run(*follow[:3], "--into", tmp_path / "copy.db").exit_code == 2
