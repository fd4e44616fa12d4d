"""The forebears of a battery are all that its matter came from, and nothing else."""

import pytest
from msgspec.structs import replace

from meguri.battery import Part, as_corrected, recycled_content, trace
from meguri.errors import NotFound
from meguri.ledger.family import family
from tests.ledger.events import battery, to_market, told

BLACK = "https://id.gs1.org/01/09520000000097/10/BLACK1"
SALT = "https://id.gs1.org/01/09520000000097/10/SALT1"


def shredded(number):
    return [
        *to_market(number),
        told("collected", 2, number),
        told("shredded", 3, number, into=Part(id=BLACK, mass_kg=100, elements_kg={"Li": 2})),
    ]


@pytest.fixture
def lived(ledger):
    """Two batteries become one lot, the lot a salt, and the salt goes into two new batteries."""
    out = Part(id=SALT, mass_kg=20, elements_kg={"Li": 4})
    ledger.append([*shredded(1), *shredded(2)])
    ledger.append([replace(told("refined", 4, outputs=(out,)), battery=BLACK)])
    for number in (3, 4):
        half = Part(id=SALT, mass_kg=10, elements_kg={"Li": 2})
        ledger.append([told("manufactured", 5, number, elements_kg={"Li": 4}, materials=(half,))])
    ledger.append([*to_market(9), told("measured", 6, 9)])
    return ledger


def test_a_family_goes_back_to_the_first_batteries_and_to_no_stranger(lived):
    events = [held.event for held in family(lived, battery(3))]
    assert {event.battery for event in events} == {battery(1), battery(2), BLACK, battery(3), battery(4)}
    assert [event.type for event in events if event.battery == battery(4)] == ["manufactured"]
    assert [held.index for held in family(lived, battery(3))] == sorted(
        {held.index for held in family(lived, battery(3))}
    )


def test_a_family_tells_as_much_as_the_whole_ledger(lived):
    everything = trace(held.event for held in lived.read() if held.event)
    part = trace(as_corrected(family(lived, battery(3))))
    assert recycled_content(part, battery(3)) == recycled_content(everything, battery(3))
    for node in (BLACK, SALT, battery(3)):
        assert [one for one in part.balances if one.node == node] == [
            one for one in everything.balances if one.node == node
        ]


def test_an_old_battery_has_no_forebears_among_the_new(lived):
    assert {held.event.battery for held in family(lived, battery(1))} == {battery(1)}


def test_a_family_is_told_of_what_is_named_only(ledger):
    module = "https://id.gs1.org/01/09520000000073/21/M1"
    ledger.append([told("manufactured", 0, parts=(Part(id=module, mass_kg=9),))])
    assert [held.event.type for held in family(ledger, module)] == ["manufactured"]
    with pytest.raises(NotFound):
        family(ledger, battery(7))
