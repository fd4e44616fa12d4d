"""A simulated fleet: sold, used and exported as the statistics tell, each life possible, no gram lost."""

from collections import Counter, defaultdict

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery import check_digit, decode_events, identify, recycled_content, replay, trace
from meguri.errors import OptionError
from meguri.simulate import MOST_VEHICLES, draw_fleet, events, true_lives
from meguri.simulate.identities import EXAMPLES, gtin, mistyped, serial
from meguri.simulate.moments import NEVER, WORDS, Moment
from tests.simulate.conftest import SEED, VEHICLES

KG = 1e-6


def share(count, total):
    """A share, and three standard errors of one that is drawn so often."""
    p = count / total
    return p, 3 * np.sqrt(max(p * (1 - p), 1 / total) / total)


def test_the_same_seed_gives_the_same_bytes(statistics, lives):
    again = b"".join(map(msgspec.json.encode, events(draw_fleet(VEHICLES, SEED, statistics))))
    assert again == b"".join(map(msgspec.json.encode, lives))


def test_another_seed_gives_other_lives(statistics, fleet):
    assert not np.array_equal(draw_fleet(VEHICLES, SEED + 1, statistics).times, fleet.times)


def test_events_follow_time_and_so_do_their_ids(lives):
    assert [event.time for event in lives] == sorted(event.time for event in lives)
    stamps = [event.id[:13] for event in lives]
    assert stamps == sorted(stamps)
    assert len({event.id for event in lives}) == len(lives)


def test_every_event_is_one_that_a_ledger_reads_and_says_that_it_is_simulated(lives):
    assert decode_events(msgspec.json.encode(lives)) == lives
    assert all(event.by.startswith("simulated: ") for event in lives)


def test_no_true_life_does_what_a_battery_cannot(lives):
    steps = defaultdict(list)
    for order, event in enumerate(lives):
        steps[event.battery].append((event.time, order, event.type))
        for name in event.names:
            held = getattr(event, name)
            for part in held if isinstance(held, tuple) else (held,):
                steps[part.id].append((event.time, order, (event.type, name)))
    wrong = [step for told in steps.values() for step in replay(told) if step.impossible]
    assert wrong == []


def test_the_loop_closes_from_factory_to_new_battery(lives):
    told = Counter(event.type for event in lives)
    assert told.keys() == set(WORDS) | {"refined"}
    assert any(event.materials for event in lives if event.type == "manufactured")


def test_matter_is_conserved_along_the_whole_loop(lives):
    genealogy = trace(lives)
    assert genealogy.imbalances(KG) == ()
    fed = next(e.battery for e in reversed(lives) if e.type == "manufactured" and e.materials)
    assert any(0 < one.recycled < 1 for one in recycled_content(genealogy, fed).values())


def test_black_mass_that_is_refined_is_what_was_shredded(lives):
    into, out = defaultdict(Counter), {}
    for event in lives:
        if event.type == "shredded":
            into[event.into.id].update({"mass": event.into.mass_kg, **event.into.elements_kg})
        elif event.type == "refined":
            out[event.battery] = {"mass": event.mass_kg, **event.elements_kg}
    assert out
    for lot, drawn in out.items():
        assert drawn == pytest.approx(into[lot]), lot


def test_sales_and_models_are_those_of_the_statistics(statistics, fleet):
    sold = statistics.table("new_bev_sales").frame
    expected = (
        sold.filter(pl.col("year") == 2022)["bev_passenger_units"].sum() / sold["bev_passenger_units"].sum()
    )
    lives = true_lives(fleet).filter(pl.col("registered").is_not_null())
    cohort = lives.filter(pl.col("registered").dt.year() == 2022)
    found, error = share(len(cohort), len(lives))
    assert abs(found - expected) < error
    mix = statistics.table("model_mix").frame.filter(pl.col("model_year") == 2022)
    for row in mix.iter_rows(named=True):
        found, error = share((cohort["model"] == row["segment"]).sum(), len(cohort))
        assert abs(found - row["share"]) < error, row["segment"]


def test_exports_are_that_part_of_used_vehicles_that_the_statistics_tell(fleet):
    lives = true_lives(fleet)
    used = lives.filter(pl.col("sold_used").dt.year() == 2022)
    found, error = share(used["exported"].is_not_null().sum(), len(used))
    assert abs(found - fleet.market.exported[fleet.market.years.index(2022)]) < error


def test_health_falls_with_age_and_never_rises(fleet):
    everyone = np.arange(fleet.vehicles)
    made = fleet.times[Moment.MADE]
    young, old = (fleet.health(everyone, made + years * 31_557_600) for years in (1, 10))
    assert (young > old).all()
    assert ((young <= 100) & (old >= 0)).all()
    assert young.mean() == pytest.approx(100 - fleet.fade_percent.mean(), abs=0.01)


def test_nobody_leaves_before_coming(fleet):
    for earlier, later in ((Moment.MADE, Moment.ON_MARKET), (Moment.REGISTERED, Moment.DEREGISTERED)):
        happened = fleet.times[later] < NEVER
        assert (fleet.times[earlier] < fleet.times[later])[happened].all()
    assert not ((fleet.times[Moment.EXPORTED] < NEVER) & (fleet.times[Moment.REMOVED] < NEVER)).any()


def test_the_truth_tells_the_stage_that_the_events_lead_to(fleet, lives):
    steps = defaultdict(list)
    for order, event in enumerate(lives):
        steps[event.battery].append((event.time, order, event.type))
    truth = true_lives(fleet)
    assert truth.height == fleet.vehicles
    for battery, stage in truth.select("battery", "stage").iter_rows():
        if battery in steps:
            assert replay(steps[battery])[-1].after == stage, battery


@given(st.integers(0, 10**9 - 1))
def test_invented_products_have_a_right_check_digit_under_the_prefix_for_examples(number):
    held = gtin(number)
    assert held[1:4] == EXAMPLES
    assert check_digit(held[:-1]) == held[-1]
    link = f"https://id.gs1.org/01/{held}/21/1"
    assert identify(link).canonical == link


@given(st.integers(0, MOST_VEHICLES - 1), st.integers(2009, 2030))
def test_a_mistyped_serial_number_still_has_a_right_check_digit(vehicle, year):
    right = serial(vehicle, year)
    wrong = mistyped(right)
    assert check_digit(right[:-1]) == right[-1]
    if wrong is not None:
        assert wrong != right
        assert check_digit(wrong[:-1]) == wrong[-1]


@pytest.mark.parametrize("vehicles", [0, -1, MOST_VEHICLES + 1])
def test_a_fleet_has_some_vehicles_and_not_too_many(statistics, vehicles):
    with pytest.raises(OptionError):
        draw_fleet(vehicles, SEED, statistics)
