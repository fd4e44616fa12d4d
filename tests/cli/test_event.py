"""`meguri event`: one event in a line, many from a file, and each told what became of it."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery import EVENTS
from meguri.cli import event_words
from meguri.errors import MeguriError, OptionError
from meguri.ledger import Ledger
from meguri.ledger.ids import new_id
from tests.cli.ledgers import ORIGIN, VEHICLE, battery, life, row, written

NOW = event_words.instant_of("2026-04-01T09:00:00+09:00")
LOT = "https://id.gs1.org/01/09520000000097/10/LOT1"


@pytest.fixture
def db(tmp_path):
    Ledger.open(tmp_path / "ledger.db", origin=ORIGIN).close()
    return tmp_path / "ledger.db"


def recorded(db):
    with Ledger.open(db) as ledger:
        return [held for held in ledger.read() if held.type != "enrolled"]


def test_an_event_is_recorded_in_one_line(run, db):
    told = (
        "--set",
        "soh_percent=87.5",
        "--by",
        "Yard 1",
        "--country",
        "JP",
        "--time",
        "2026-04-01T09:30+09:00",
    )
    result = run("event", "record", "measured", battery(), *told, "--db", db)
    assert result.exit_code == 0, result.output
    assert "Measured" in result.stdout
    (held,) = recorded(db)
    assert held.id in result.stdout
    assert (held.event.soh_percent, held.event.by, held.event.country) == (87.5, "Yard 1", "JP")
    assert held.event.time.isoformat() == "2026-04-01T09:30:00+09:00"


def test_a_ledger_begins_with_its_first_event(run, tmp_path):
    assert run("event", "record", "manufactured", battery(), "--db", tmp_path / "new.db").exit_code == 0
    assert len(recorded(tmp_path / "new.db")) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("bogus", battery()),
        ("exported", battery()),
        ("measured", battery(), "--set", "soh_percent=good"),
        ("measured", battery(), "--set", "soh_percent=1000"),
        ("measured", battery(), "--set", "price_jpy=1"),
        ("measured", battery(), "--set", "battery=x"),
        ("measured", battery(), "--set", "cycles"),
        ("measured", battery(), "--set", "cycles=1", "--set", "cycles=2"),
        ("measured", battery(), "--time", "yesterday"),
        ("measured", battery(), "--time", "0001-01-01"),
        ("measured", battery(), "--country", "Japan"),
        ("measured", battery(), "--parts", LOT),
        ("measured", battery(), "--expected", "-1"),
        ("sorted", battery(), "--set", "decision=keep"),
        ("registered", battery(), "--set", "used=perhaps"),
        ("shredded", battery(), "--parts", LOT, "--parts", LOT),
        ("manufactured", battery(), "--set", "elements_kg=Li"),
        ("manufactured", battery(), "--set", "elements_kg=Xx:1"),
        ("manufactured", battery(), "--set", "parts={"),
        ("manufactured", battery(), "--set", "chemistry=tea"),
    ],
    ids=lambda words: " ".join(words)[:60],
)
def test_words_that_mean_nothing_begin_no_ledger(run, tmp_path, words):
    result = run("event", "record", *words, "--db", tmp_path / "new.db")
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.strip()
    assert not (tmp_path / "new.db").exists()


def test_what_is_missing_is_named_with_its_meaning(run, tmp_path):
    result = run("event", "record", "exported", battery(), "--db", tmp_path / "new.db")
    assert "destination" in result.stderr
    assert "Country it goes to" in result.stderr


def test_a_battery_is_named_by_its_vehicle(run, db):
    for word in ("manufactured", "placed_on_market"):
        run("event", "record", word, battery(), "--db", db, "--time", "2026-04-01")
    run("event", "record", "installed", battery(), "--set", "vehicle=ZE1-012345", "--db", db)
    result = run("event", "record", "measured", VEHICLE, "--set", "soh_percent=90", "--db", db)
    assert result.exit_code == 0, result.output
    assert {held.battery for held in recorded(db)} == {battery()}


@pytest.mark.parametrize(("name", "code"), [("vin:ZE1-999999", 2), ("what is this", 1), ("", 1)])
def test_a_battery_that_cannot_be_told_is_refused(run, db, name, code):
    assert run("event", "record", "measured", name, "--db", db).exit_code == code
    assert recorded(db) == []


def test_what_cannot_have_happened_is_refused_with_what_can(run, db):
    run("event", "record", "manufactured", battery(), "--db", db, "--time", "2026-04-01")
    result = run("event", "record", "removed", battery(), "--db", db)
    assert result.exit_code == 1
    assert "Installed in a vehicle" in result.stderr
    assert len(recorded(db)) == 1


def test_an_event_for_a_version_that_is_past_is_refused(run, db):
    told = ("event", "record", "measured", battery(), "--db", db, "--expected", "0")
    assert run(*told).exit_code == 0
    assert run(*told).exit_code == 1
    assert len(recorded(db)) == 1


def test_an_event_that_is_sent_again_is_recorded_once(run, db):
    told = (
        "event",
        "record",
        "measured",
        battery(),
        "--db",
        db,
        "--set",
        f"id={new_id()}",
        "--time",
        "2026-04-01",
    )
    first, second = (json.loads(run(*told, "--json").stdout) for _ in range(2))
    assert first == second
    assert len(recorded(db)) == 1


def test_a_receipt_is_printed_as_json(document, db):
    told = document("event", "record", "manufactured", battery(), "--db", db)
    with Ledger.open(db) as ledger:
        assert told["receipt"]["entry"] == ledger.receipt(told["receipt"]["event"]).entry
    assert (told["stage"], told["flags"]) == ("made", [])


def test_parts_go_where_the_word_names_them():
    part, other = battery(7), battery(8)
    made = event_words.event_of("manufactured", battery(), NOW, {}, (f"{part}:12.5", other))
    assert [(held.id, held.mass_kg) for held in made.parts] == [(part, 12.5), (other, None)]
    shredded = event_words.event_of("shredded", battery(), NOW, {}, (f"{LOT}:280",))
    assert (shredded.into.id, shredded.into.mass_kg) == (LOT, 280)


def test_fields_with_several_values_are_set_again_or_as_json():
    told = event_words.settings(
        "manufactured",
        [
            *("aliases=serial:acme/1", "aliases=serial:acme/2"),
            *("elements_kg=Li:3.5,Ni:12", "elements_kg=Co:2"),
            *(f"materials={LOT}:5", f'materials=[{{"id":"{LOT}","elements_kg":{{"Li":1}}}}]'),
        ],
    )
    made = event_words.event_of("manufactured", battery(), NOW, told, ())
    assert made.aliases == ("serial:acme/1", "serial:acme/2")
    assert made.elements_kg == {"Li": 3.5, "Ni": 12, "Co": 2}
    assert [(held.mass_kg, held.elements_kg) for held in made.materials] == [(5, None), (None, {"Li": 1})]


@given(st.sampled_from(sorted(EVENTS)), st.lists(st.text(max_size=30), max_size=3), st.text(max_size=12))
def test_whatever_is_typed_is_an_event_or_is_told_to_be_none(word, settings, part):
    with suppress(MeguriError):
        told = event_words.settings(word, settings)
        event = event_words.event_of(word, battery(), NOW, told, (part,) if part else ())
        assert event.type == word


def test_a_day_alone_is_its_beginning_or_its_end():
    begin, end = event_words.instant_of("2026-04-01"), event_words.instant_of("2026-04-01", end_of_day=True)
    assert begin.date() == end.date()
    assert (begin.hour, end.hour) == (0, 23)
    assert begin.utcoffset() is not None
    with pytest.raises(OptionError):
        event_words.instant_of("2026-02-30")


def test_a_file_is_recorded_whole_and_once(run, document, db, tmp_path):
    file = written(tmp_path / "events.json", life())
    result = run("event", "import", file, "--db", db)
    assert result.exit_code == 0, result.output
    assert "4 recorded, 0 here already" in result.stdout
    told = document("event", "import", file, "--db", db)
    assert told["counts"] == {"known": 4}
    assert len(recorded(db)) == 4


def test_a_rehearsal_writes_nothing_and_says_what_would_be(run, db, tmp_path):
    file = written(tmp_path / "events.json", [*life(), row("manufactured", day=12)])
    result = run("event", "import", file, "--db", db, "--dry-run")
    assert result.exit_code == 1
    assert result.stdout.count("would be recorded") >= 4
    assert "refused" in result.stdout
    assert recorded(db) == []


def test_one_event_that_is_refused_keeps_out_all_and_is_named(run, db, tmp_path):
    file = written(tmp_path / "events.json", [*life(), row("manufactured", day=12)])
    result = run("event", "import", file, "--db", db, "--json")
    assert result.exit_code == 1
    outcomes = [held["outcome"] for held in json.loads(result.stdout)["verdicts"]]
    assert outcomes == ["not taken"] * 4 + ["refused"]
    assert recorded(db) == []


def test_from_elsewhere_the_impossible_is_flagged(run, db, tmp_path):
    file = written(tmp_path / "events.json", [*life(), row("manufactured", day=12)])
    result = run("event", "import", file, "--db", db, "--elsewhere", "--json")
    assert result.exit_code == 0, result.output
    *_, last = json.loads(result.stdout)["verdicts"]
    assert last["outcome"] == "recorded"
    assert {"twice", "foreign"} <= set(last["flags"])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("events.json", b'[{"type":"bogus"}]'),
        ("events.json", b"{"),
        ("events.json", b"\xff\xfe\x00"),
        ("events.json", b'[{"type":"measured","id":"x","battery":"y","time":"z"}]'),
        ("events.sealed.json", b"{}"),
        ("events.sealed.json", b"\xff"),
        ("events.sealed.json", b'{"recorder":"x","signature":"?","root":"?","events":[]}'),
    ],
)
def test_a_broken_file_is_refused_and_nothing_of_it_is_kept(run, db, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    result = run("event", "import", tmp_path / name, "--db", db)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.strip()
    assert recorded(db) == []


def test_a_file_that_is_not_there_is_told(run, db, tmp_path):
    assert run("event", "import", tmp_path / "none.json", "--db", db).exit_code == 1


def test_an_event_is_shown_with_what_everybody_may_read_of_it(run, document, db):
    told = document("event", "record", "measured", battery(), "--set", "soh_percent=91", "--db", db)
    name = told["receipt"]["event"]
    shown = run("event", "show", name, "--db", db)
    assert "State of health" in shown.stdout
    assert "91" in shown.stdout
    assert document("event", "show", name, "--db", db)["receipt"] == told["receipt"]
    assert run("event", "show", new_id(), "--db", db).exit_code == 2
    assert run("event", "show", "bogus", "--db", db).exit_code == 2


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("record", "exported", "X"), {"exported", "destination", "set", "X"}),
        (("record", "measured", "X", "--set", "soh_percent=a"), {"soh_percent", "SoH", "set", "a", "X"}),
        (("record", "measured", "X", "--time", "a"), {"a", "time", "T"}),
    ],
)
def test_a_japanese_refusal_has_no_english_left_over(run, tmp_path, words, kept):
    result = run("event", *words, "--db", tmp_path / "new.db", lang="ja")
    assert result.exit_code == 2
    assert set(re.findall("[A-Za-z_]+", result.stderr)) <= kept
