"""Files of events in every form go in by one command: sheets, EPCIS, Parquet, and big ones batch by batch."""

import json

import pytest

from meguri.battery import decode_events
from meguri.cli import given
from meguri.ledger import Ledger
from meguri.ledger.exchange import to_epcis
from tests.cli.ledgers import ORIGIN, battery, life, row, written


@pytest.fixture
def db(tmp_path):
    Ledger.open(tmp_path / "ledger.db", origin=ORIGIN).close()
    return tmp_path / "ledger.db"


def sheet(path, *lines):
    path.write_text("\n".join(["type,battery,time,country,soh_percent", *lines]) + "\n", encoding="utf-8")
    return path


def words(document, db):
    return [held["event"]["type"] for held in document("battery", "show", battery(), "--db", db)["events"]]


def test_a_sheet_is_recorded_once_however_often_it_is_sent(document, db, tmp_path):
    file = sheet(
        tmp_path / "yard.csv",
        f"manufactured,{battery()},2026-04-01T09:00,JP,",
        f"measured,{battery()},2026-04-02T09:00,JP,91.5",
    )
    assert document("event", "import", file, "--db", db)["counts"] == {"recorded": 2}
    assert document("event", "import", file, "--db", db)["counts"] == {"known": 2}
    assert words(document, db) == ["manufactured", "measured"]


def test_each_row_of_a_sheet_is_told_its_verdict_where_it_stands(run, db, tmp_path):
    file = sheet(
        tmp_path / "yard.csv",
        f"manufactured,{battery()},2026-04-01T09:00,JP,",
        f"measured,{battery()},2026-04-02T09:00,JP,good",
        f"removed,{battery()},2026-04-03T09:00,JP,",
    )
    result = run("event", "import", file, "--db", db, "--dry-run", "--json")
    assert result.exit_code == 1
    verdicts = json.loads(result.stdout)["verdicts"]
    assert [(held["row"], held["outcome"]) for held in verdicts] == [
        (2, "possible"),
        (3, "refused"),
        (4, "refused"),
    ]
    assert "soh_percent" in verdicts[1]["what"] or "good" in verdicts[1]["what"]
    shown = run("event", "import", file, "--db", db, "--dry-run", lang="ja")
    assert "拒否" in shown.stdout


def test_a_sheet_with_a_broken_row_is_not_recorded(run, db, tmp_path):
    file = sheet(
        tmp_path / "yard.csv", f"manufactured,{battery()},2026-04-01T09:00,JP,", f"bogus,{battery()},x,,"
    )
    result = run("event", "import", file, "--db", db)
    assert result.exit_code == 1
    assert "yard.csv" in result.stderr
    assert run("battery", "show", battery(), "--db", db).exit_code == 2


@pytest.mark.parametrize("name", ["events.xlsx", "events.csv"])
@pytest.mark.parametrize("what", ["all", "measured", "dismantler"])
def test_a_template_that_nobody_filled_in_holds_no_events(run, db, tmp_path, name, what):
    made = run("event", "template", tmp_path / name, "--for", what, lang="ja")
    assert made.exit_code == 0, made.output
    assert run("event", "import", tmp_path / name, "--db", db).exit_code == 0
    with Ledger.open(db) as ledger:
        assert ledger.count() == 1


@pytest.mark.parametrize(
    ("name", "options"), [("events.doc", ()), ("events", ()), ("events.csv", ("--for", "nobody"))]
)
def test_a_template_of_nothing_is_refused(run, tmp_path, name, options):
    result = run("event", "template", tmp_path / name, *options)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_epcis_document_is_recorded(document, db, tmp_path):
    events = decode_events(json.dumps(life()).encode())
    (tmp_path / "epcis.json").write_text(json.dumps(to_epcis(events), default=str))
    assert document("event", "import", tmp_path / "epcis.json", "--db", db)["counts"] == {"recorded": 4}
    assert words(document, db) == [event.type for event in events]


def test_what_was_exported_to_parquet_comes_back(run, document, db, tmp_path):
    document("event", "import", written(tmp_path / "events.json", life()), "--db", db)
    file = tmp_path / "events.parquet"
    assert document("ledger", "export", "--parquet", file, "--db", db)["events"] >= 4
    for place in ((), (tmp_path / "out", "--parquet", tmp_path / "b.parquet")):
        assert run("ledger", "export", *place, "--db", db).exit_code == 2
    told = document("event", "import", file, "--db", db)
    assert set(told["counts"]) == {"known"}


@pytest.fixture
def small(monkeypatch):
    """Every file is a big one, and two events are a batch."""
    monkeypatch.setattr(given, "BIG_BYTES", 0)
    monkeypatch.setattr("meguri.ledger.exchange.reading.BATCH", 2)


def lines(path, rows):
    path.write_text("".join(json.dumps(held) + "\n" for held in rows), encoding="utf-8")
    return path


def test_a_big_file_is_recorded_batch_by_batch_and_goes_on_where_it_stopped(document, db, tmp_path, small):
    rows = [*life(), row("collected", 1, 10)]
    lines(tmp_path / "part.ndjson", rows[:2])
    assert document("event", "import", tmp_path / "part.ndjson", "--db", db)["counts"] == {"recorded": 2}
    told = document("event", "import", lines(tmp_path / "all.ndjson", rows), "--db", db)
    assert told["counts"] == {"known": 2, "recorded": 3}


def test_a_big_file_stops_at_the_batch_that_is_refused(run, document, db, tmp_path, small):
    file = lines(tmp_path / "all.ndjson", [*life()[:3], row("manufactured", 1, 12), *life(2)])
    result = run("event", "import", file, "--db", db, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["counts"] == {"not taken": 1, "recorded": 2, "refused": 1}
    assert [held["row"] for held in told["verdicts"]] == [4]
    assert len(words(document, db)) == 2
