"""A simulated fleet in a ledger: named as such, its flags measured against the truth that is kept beside it."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from meguri.errors import MeguriError
from meguri.ledger import Ledger
from meguri.simulate import Truth, draw_fleet, is_simulated, origin_of, score_flags, write_fleet

VEHICLES = 800
SEED = 3


@pytest.fixture(scope="module")
def small(statistics):
    return draw_fleet(VEHICLES, SEED, statistics)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with Ledger.open(
        tmp_path_factory.mktemp("ledger") / "demo.db", origin=origin_of(VEHICLES, SEED)
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def written(ledger, small):
    return write_fleet(ledger, small)


@pytest.fixture(scope="module")
def scores(ledger, written):
    return {row["flag"]: row for row in score_flags(ledger, written.truth).iter_rows(named=True)}


def test_the_ledger_says_that_it_is_simulated(ledger):
    assert is_simulated(ledger.origin)
    assert not is_simulated("registry.example/simulated/meguri")


def test_all_that_was_sent_is_recorded_once(ledger, written):
    recorded, after = 0, -1
    while page := ledger.read(after=after):
        recorded, after = recorded + len(page), page[-1].index
    assert recorded == sum(written.events.values()) + 1


def test_a_fleet_written_again_adds_nothing(ledger, small, written):
    size = ledger.size
    write_fleet(ledger, small)
    assert ledger.size == size


def test_a_ledger_does_not_take_another_fleet(ledger):
    with pytest.raises(MeguriError):
        Ledger.open(ledger.keys.with_suffix(""), origin=origin_of(VEHICLES, SEED + 1))


def test_progress_ends_at_all(ledger, small, written):
    told = []
    write_fleet(ledger, small, lambda done, about: told.append((done, about)))
    assert told[-1][0] == sum(written.events.values())
    assert all(done <= about for done, about in told)


def test_the_truth_comes_back_from_its_files(written, tmp_path):
    written.truth.write(tmp_path)
    held = Truth.read(tmp_path)
    assert_frame_equal(held.batteries, written.truth.batteries)
    assert_frame_equal(held.altered, written.truth.altered)


def test_every_alteration_is_counted(written):
    counted = written.truth.altered.group_by("kind").len()
    assert dict(counted.iter_rows()) == written.altered


@pytest.mark.parametrize("flag", ["late", "twice", "seen_after_export"])
def test_what_an_event_alone_shows_is_always_found(scores, flag):
    assert scores[flag]["wrong"] > 0
    assert scores[flag]["recall"] == 1


def test_what_is_flagged_as_late_is_late(scores):
    assert scores["late"]["precision"] == 1


def test_no_battery_without_an_error_is_suspected(scores):
    assert scores["any"]["precision"] == 1


def test_a_battery_that_nobody_altered_is_at_its_true_stage(ledger, written):
    altered = set(written.truth.altered["battery"]) | set(written.truth.altered["recorded_battery"])
    sound = written.truth.batteries.filter(~pl.col("battery").is_in(list(altered)))
    for battery, stage in sound.head(100).select("battery", "stage").iter_rows():
        assert ledger.life(battery)[-1].stage == stage
