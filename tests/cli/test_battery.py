"""`meguri battery`: a life in the order of its events, matter traced to where it came from, names found."""

import json

import pytest

from meguri.battery import decode_events
from meguri.ledger import Ledger, new_id
from tests.cli.ledgers import ORIGIN, VEHICLE, battery, life, row

LOT = "https://id.gs1.org/01/09520000000097/10/LOT1"
SALT = "https://id.gs1.org/01/09520000000097/10/SALT1"


def record(db, rows, **options):
    with Ledger.open(db, origin=ORIGIN) as ledger:
        return ledger.append(decode_events(json.dumps(rows).encode()), **options)


@pytest.fixture
def db(tmp_path):
    record(tmp_path / "ledger.db", life())
    return tmp_path / "ledger.db"


def ended(number: int) -> list[dict[str, object]]:
    return [
        *life(number),
        row("collected", number, 10, mass_kg=300),
        row("shredded", number, 11, mass_kg=300, into={"id": LOT, "mass_kg": 300, "elements_kg": {"Li": 3}}),
    ]


@pytest.fixture
def again(db):
    """A new battery with lithium out of an old one."""
    out = {"id": SALT, "mass_kg": 20, "elements_kg": {"Li": 2}}
    refined = row("refined", 1, 12, mass_kg=300, outputs=[out]) | {"battery": LOT}
    made = row("manufactured", 2, 14, mass_kg=300, elements_kg={"Li": 4}, materials=[out])
    record(db, [*ended(1)[-2:], refined, made], elsewhere=True)
    return db


def test_a_life_is_told_from_the_factory_on(run, document, db):
    result = run("battery", "show", battery(), "--db", db)
    assert result.exit_code == 0, result.output
    places = [result.stdout.index(word) for word in ("Manufactured", "Placed", "Installed", "Removed")]
    assert places == sorted(places)
    told = document("battery", "show", battery(), "--db", db)
    assert told["stage"] == "removed"
    assert [held["after"] for held in told["events"]] == ["made", "market", "vehicle", "removed"]


def test_a_life_is_found_by_another_name(run, tmp_path):
    record(tmp_path / "l.db", life()[:3])
    assert battery() in run("battery", "show", VEHICLE, "--db", tmp_path / "l.db").stdout


def test_what_was_known_then_is_told(document, db):
    with Ledger.open(db) as ledger:
        before = ledger.life(battery())[-1].recorded
    record(db, [row("collected", 1, 10)])
    assert document("battery", "show", battery(), "--db", db)["stage"] == "held"
    assert (
        document("battery", "show", battery(), "--as-of", before.isoformat(), "--db", db)["stage"]
        == "removed"
    )
    assert document("battery", "show", battery(), "--as-of", "2026-01-01", "--db", db)["events"] == []


def test_a_late_event_stands_where_it_happened_or_where_it_was_recorded(run, document, db):
    record(db, [row("measured", 1, 5, soh_percent=90)])
    happened = document("battery", "show", battery(), "--db", db)["events"]
    record_order = document("battery", "show", battery(), "--order", "record", "--db", db)["events"]
    assert [held["event"]["type"] for held in happened][3] == "measured"
    assert [held["event"]["type"] for held in record_order][-1] == "measured"
    assert happened[3]["late_s"] == 4 * 86400
    assert "recorded late" in run("battery", "show", battery(), "--db", db).stdout


def test_what_is_odd_is_said_in_plain_words(run, db):
    record(db, [row("manufactured", 1, 12)], elsewhere=True)
    shown = " ".join(run("battery", "show", battery(), "--db", db).stdout.split())
    assert "cannot happen twice" in shown
    assert "elsewhere" in shown
    assert "よそからの受け入れ" in "".join(
        run("battery", "show", battery(), "--db", db, lang="ja").stdout.split()
    )


def test_corrected_and_erased_events_say_so(run, db):
    measured = row("measured", 1, 5, soh_percent=9)
    record(db, [measured])
    mended = {"corrects": measured["id"], "reason": "typing", "replacement": {"soh_percent": 90}}
    record(db, [row("corrected", 1, 6, **mended)])
    with Ledger.open(db) as ledger:
        ledger.erase(measured["id"], ["public", "interest", "authority"], "asked for")
    result = run("battery", "show", battery(), "--db", db)
    assert result.exit_code == 0, result.output
    assert "content erased" in result.stdout


def test_a_module_is_shown_in_the_life_of_its_pack(run, db):
    module = f"urn:uuid:{new_id()}"
    record(db, [row("collected", 1, 10), row("split", 1, 11, parts=[{"id": module, "kind": "module"}])])
    result = run("battery", "show", module, "--db", db)
    assert result.exit_code == 0, result.output
    assert battery() in "".join(result.stdout.split())


def test_recycled_content_is_traced_back(run, document, again):
    told = document("battery", "trace", battery(2), "--element", "Li", "--db", again)
    assert told["recycled_content"]["Li"]["post_consumer"] == pytest.approx(0.5)
    assert {step["flow"]["source"] for step in told["path"]} >= {battery(1), LOT, SALT}
    result = run("battery", "trace", battery(2), "--element", "Li", "--db", again)
    assert result.exit_code == 0, result.output
    assert "50.0%" in result.stdout


def test_mass_that_vanishes_is_named(run, document, again):
    told = document("battery", "trace", LOT, "--db", again)
    assert [flow["source"] for flow in told["incoming"]] == [battery(1)]
    assert told["outgoing"][0]["target"] == SALT
    assert told["recycled_content"] is None
    taken = {"id": SALT, "mass_kg": 50, "elements_kg": {"Li": 9}}
    record(again, [row("manufactured", 3, 15, mass_kg=300, elements_kg={"Li": 9}, materials=[taken])])
    assert SALT in {held["node"] for held in document("battery", "trace", SALT, "--db", again)["imbalances"]}
    assert "does not balance" in run("battery", "trace", SALT, "--db", again).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("show", battery(99)),
        ("show", "nobody"),
        ("show", battery(), "--as-of", "once"),
        ("show", battery(), "--order", "none"),
        ("trace", battery(99)),
        ("trace", battery(), "--element", "Xx"),
        ("trace", battery(), "--tolerance", "2"),
        ("find", "B", "--limit", "0"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_not_there_is_told(run, db, words, lang):
    result = run("battery", *words, "--db", db, lang=lang)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.strip()


@pytest.mark.parametrize("words", [("show", "x"), ("trace", "x"), ("find", "x")], ids=" ".join)
def test_looking_makes_no_ledger(run, tmp_path, words):
    result = run("battery", *words, "--db", tmp_path / "none.db")
    assert result.exit_code == 2
    assert "meguri ledger init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_batteries_are_found_by_a_piece_of_a_name(run, document, db):
    record(db, life(2)[:2])
    found = document("battery", "find", "/21/b0000", "--db", db)["batteries"]
    assert {held["battery"] for held in found} == {battery(1), battery(2)}
    assert [held["battery"] for held in document("battery", "find", battery(2), "--db", db)["batteries"]] == [
        battery(2)
    ]
    assert len(document("battery", "find", "B", "--limit", "1", "--db", db)["batteries"]) == 1
    assert document("battery", "find", "%", "--db", db)["batteries"] == []
    assert battery(2) in run("battery", "find", "B000002", "--db", db).stdout
    assert run("battery", "find", "nothing", "--db", db).exit_code == 0


def test_what_is_simulated_says_so(run, tmp_path):
    Ledger.open(tmp_path / "demo.db", origin="simulated/2-1").close()
    told = ("event", "record", "manufactured", battery(), "--db", tmp_path / "demo.db")
    assert run(*told).stdout.startswith("Simulated")
    assert run("battery", "show", battery(), "--db", tmp_path / "demo.db", lang="ja").stdout.startswith(
        "模擬"
    )
