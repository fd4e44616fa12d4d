"""Several ledgers seen as one: each event once, nothing erased comes back, and no name means two batteries unnoticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meguri.battery import fold
from meguri.errors import NotFound
from meguri.ledger import Conflict, Ledger
from meguri.ledger.federation import life_in, told_in
from meguri.ledger.follow import follow
from meguri.ledger.share import LedgerEvents, Source
from tests.ledger.events import battery, to_market, told


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    with (
        Ledger.open(tmp_path / "maker.db", origin="maker.example/log") as maker,
        Ledger.open(tmp_path / "yard.db", origin="yard.example/log") as yard,
    ):
        yield maker, yard


def test_a_life_told_in_two_logs_folds_into_one(logs):
    maker, yard = logs
    maker.append(to_market(1))
    yard.append([told("removed", 30), told("collected", 31)], elsewhere=True)
    maker.append([told("installed", 2, vehicle="ZE0-123456")])
    found = life_in(logs, battery(1))
    assert [(one.recorded.type, one.origins) for one in found] == [
        ("manufactured", ("maker.example/log",)),
        ("placed_on_market", ("maker.example/log",)),
        ("removed", ("yard.example/log",)),
        ("collected", ("yard.example/log",)),
        ("installed", ("maker.example/log",)),
    ]
    life = fold(told_in(logs, battery(1)), battery(1))
    assert (life.stage, life.impossible) == ("held", ())
    assert life_in(logs, "vin:ZE0-123456") == found


def test_an_event_in_a_log_and_in_its_copy_is_told_once(logs, tmp_path):
    maker, _ = logs
    maker.append([*to_market(1), told("measured", 2, note="a name")])
    public = Source("", maker.tiles, LedgerEvents(maker, "public"))
    follow(public, maker.key.verifying, tmp_path / "copy.db")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        for ledgers in ((maker, copy), (copy, maker)):
            found = life_in(ledgers, battery(1))
            assert [one.recorded for one in found] == list(maker.life(battery(1)))
            assert not any(one.differs for one in found)


def test_what_one_log_erased_the_others_do_not_show(logs):
    maker, yard = logs
    named = told("measured", 2, note="a name")
    maker.append([*to_market(1), named])
    yard.append([named], elsewhere=True)
    maker.erase(named.id, ["interest"], "a wish")
    (shown,) = (one for one in life_in(logs, battery(1)) if one.recorded.id == named.id)
    assert (shown.recorded.event.note, shown.recorded.erased) == (None, ("interest",))
    assert shown.origins == ("maker.example/log", "yard.example/log")


def test_one_id_that_says_two_things_is_seen(logs):
    maker, yard = logs
    one = told("manufactured", 0, country="JP")
    maker.append([one])
    yard.append([told("manufactured", 0, id=one.id, country="NZ")])
    (found,) = life_in(logs, battery(1))
    assert found.differs


def test_a_name_that_two_batteries_bear_is_an_error_that_names_both(logs):
    for number, ledger in enumerate(logs, start=1):
        ledger.append([*to_market(number), told("installed", 2, number, vehicle="ZE0-123456")])
    with pytest.raises(Conflict) as clash:
        life_in(logs, "vin:ZE0-123456")
    assert battery(1) in clash.value.what
    assert battery(2) in clash.value.what


def test_a_battery_that_no_log_knows_is_not_found(logs):
    with pytest.raises(NotFound):
        life_in(logs, battery(5))
