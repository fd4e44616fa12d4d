"""Readers see what their class may, and no more, in whatever way they look."""

import json
from pathlib import Path

import pytest

from meguri.battery import CLASSES, FIELDS, READABLE, AccessClass, Part
from meguri.errors import NotFound
from meguri.ledger import Ledger, new_id
from meguri.ledger.seal import commitment
from meguri.ledger.view import find_battery, opening, search, visible
from tests.ledger.events import battery, told

SERIAL = f"urn:uuid:{new_id()}"
MODULE = battery(77)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory):
    place: Path = tmp_path_factory.mktemp("view")
    with Ledger.open(place / "ledger.db", origin="registry.example/meguri", keys=place / "keys") as opened:
        opened.append(
            [
                told(
                    "manufactured", 0, parts=[Part(id=MODULE, kind="module")], aliases=[SERIAL], mass_kg=300
                ),
                told("placed_on_market", 1, country="JP", note="for few"),
                told("installed", 2, vehicle="ZE0-123456"),
                told("transferred", 3, to="a buyer", price_jpy=1),
            ]
        )
        yield opened


@pytest.mark.parametrize("reader", CLASSES)
def test_each_field_that_is_shown_may_be_read(ledger: Ledger, reader: AccessClass) -> None:
    shown = visible(ledger.life(battery()), reader)
    names = {name for seen in shown for name in seen.event or {}}
    assert all(FIELDS[name].access in READABLE[reader] for name in names)
    everything = {name for seen in visible(ledger.life(battery()), "authority") for name in seen.event or {}}
    assert names == {name for name in everything if FIELDS[name].access in READABLE[reader]}
    assert all(set(seen.hidden) == set(CLASSES) - READABLE[reader] for seen in shown)


def test_who_may_not_see_parts_does_not_see_whose_part_a_module_is(ledger: Ledger) -> None:
    assert visible(ledger.life(MODULE), "public") == ()
    (seen,) = visible(ledger.life(MODULE), "interest")
    assert seen.named_in == "parts"


@pytest.mark.parametrize(
    ("name", "readers"),
    [
        (battery(), {"public", "interest", "authority"}),
        (battery().replace("https://id.gs1.org", "https://example.com"), {"public", "interest", "authority"}),
        (SERIAL, {"interest", "authority"}),
        ("vin:ZE0-123456#main", {"authority"}),
    ],
    ids=["identifier", "link", "serial", "vehicle"],
)
def test_a_name_leads_to_its_battery_for_whoever_may_know_it(
    ledger: Ledger, name: str, readers: set[str]
) -> None:
    for reader in CLASSES:
        found = {one.battery for one in search(ledger, name, reader)}
        if reader in readers:
            assert find_battery(ledger, name, reader) == battery()
            assert battery() in found
        else:
            with pytest.raises(NotFound):
                find_battery(ledger, name, reader)
            assert found == set()


def test_a_search_shows_aliases_as_far_as_they_may_be_read(ledger: Ledger) -> None:
    held = {reader: search(ledger, "B000001", reader)[0].aliases for reader in CLASSES}
    assert held["public"] == ()
    assert held["interest"] == (SERIAL,)
    assert set(held["authority"]) == {SERIAL, "vin:ZE0-123456#main"}


@pytest.mark.parametrize("reader", CLASSES)
def test_what_is_shown_fits_the_line_and_the_rest_stays_salted(ledger: Ledger, reader: AccessClass) -> None:
    for held in ledger.life(battery()):
        told = opening(ledger, held.id, reader)
        promised = json.loads(told.entry)["commit"]
        assert told.body.keys() == told.salts.keys() == READABLE[reader]
        for name, part in told.body.items():
            assert commitment(bytes.fromhex(told.salts[name]), bytes(part)) == promised[name]


def test_of_an_erased_part_nothing_is_shown(ledger: Ledger) -> None:
    last = ledger.life(battery())[-1]
    ledger.erase(last.id, ["authority"], "asked for")
    told = opening(ledger, last.id, "authority")
    assert told.body.keys() == {"interest", "public"}
    (seen,) = visible([ledger.event(last.id)], "authority")
    assert seen.erased == ("authority",)
    assert "price_jpy" not in (seen.event or {})
