"""A battery is found by any piece of a name that it bears or bore."""

from meguri.battery import Part
from meguri.ledger.find import find
from tests.ledger.events import battery, to_market, told


def found(ledger, text, limit=50):
    return [held.battery for held in find(ledger, text, limit)]


def test_a_piece_of_an_identifier_finds_all_that_have_it(ledger):
    for number in (1, 2, 11):
        ledger.append(to_market(number))
    assert found(ledger, "/21/b00000") == [battery(1), battery(2)]
    assert found(ledger, "B0000") == [battery(1), battery(2), battery(11)]
    assert found(ledger, "B0000", limit=2) == [battery(1), battery(2)]
    assert found(ledger, "C0000") == []


def test_the_one_so_called_comes_first(ledger):
    ledger.append([told("manufactured", 0, 1, aliases=("serial:acme/b000002",))])
    ledger.append(to_market(2))
    assert found(ledger, battery(2))[0] == battery(2)
    assert set(found(ledger, "b000002")) == {battery(1), battery(2)}


def test_a_name_that_it_bore_finds_it_and_one_that_it_bears_is_shown(ledger):
    ledger.append([*to_market(), told("installed", 2, vehicle="ZE1-012345")])
    (there,) = find(ledger, "ze1-0123")
    assert (there.battery, there.aliases, there.stage, there.version) == (
        battery(),
        ("vin:ZE1-012345#main",),
        "vehicle",
        3,
    )
    ledger.append([told("removed", 3)])
    (gone,) = find(ledger, "ze1-0123")
    assert (gone.battery, gone.aliases, gone.stage) == (battery(), (), "removed")


def test_signs_of_patterns_are_taken_as_they_are(ledger):
    ledger.append(to_market())
    for text in ("%", "_", "B00000_", "\\", "%B%", "'", '"'):
        assert found(ledger, text) == []


def test_what_is_only_named_is_found_and_recorders_are_not(ledger):
    module = "https://id.gs1.org/01/09520000000073/21/M1"
    ledger.append([*to_market(), told("collected", 2), told("split", 3, parts=(Part(id=module),))])
    assert found(ledger, "/21/M") == [module]
    assert found(ledger, "house") == []
