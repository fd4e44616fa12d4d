"""EPCIS documents of others: what they say in our words, and nothing of it lost."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery import EVENTS, Part, canonical
from meguri.errors import InputError
from meguri.ledger import Ledger
from meguri.ledger.exchange import event_hashes, from_epcis, to_epcis
from meguri.ledger.exchange.epcis_words import MEASURES
from tests.ledger.exchange.epcis_schema import is_valid

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"shop": "https://shop.example/"},
]
PUBLISHED = json.loads((Path(__file__).parent / "data" / "event_hash_vectors.json").read_text("utf-8"))
PACK = "urn:epc:id:sgtin:4012345.011111.9876"
PACK_HERE = canonical(PACK)
OTHER = "urn:epc:id:sgtin:4012345.011111.4711"
OTHER_HERE = canonical(OTHER)
LOT = "urn:epc:class:lgtin:4012345.012345.BM7"
LOT_HERE = canonical(LOT)
PALLET = "urn:epc:id:sscc:4012345.1234567890"
PLACE = "https://id.gs1.org/414/4012345000054"


def document(*events):
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-02T11:00:00Z",
        "epcisBody": {
            "eventList": [
                {"eventTime": "2026-11-02T11:00:30+09:00", "eventTimeZoneOffset": "+09:00", **event}
                for event in events
            ]
        },
    }


def seen(step="", disposition="", kind="ObjectEvent", **fields):
    event = {"type": kind, **fields}
    if kind != "TransformationEvent":
        event = {"action": "OBSERVE", **event}
    if kind in ("ObjectEvent", "TransactionEvent"):
        event = {"epcList": [PACK], **event}
    return event | ({"bizStep": step} if step else {}) | ({"disposition": disposition} if disposition else {})


def read(event):
    assert is_valid(document(event)), event
    return from_epcis(document(event))


def one(event):
    (told,) = read(event)
    return told


@pytest.mark.parametrize(
    ("step", "disposition", "action", "word"),
    [
        ("commissioning", "active", "ADD", "manufactured"),
        ("commissioning", "", "ADD", "manufactured"),
        ("retail_selling", "sellable_accessible", "OBSERVE", "placed_on_market"),
        ("retail_selling", "retail_sold", "OBSERVE", "transferred"),
        ("retail_selling", "", "OBSERVE", "transferred"),
        ("inspecting", "damaged", "OBSERVE", "damaged"),
        ("repairing", "", "OBSERVE", "maintained"),
        ("repairing", "available", "OBSERVE", "remanufactured"),
        ("collecting", "returned", "OBSERVE", "collected"),
        ("storing", "sellable_accessible", "OBSERVE", "stored"),
        ("shipping", "in_transit", "OBSERVE", "shipped"),
        ("departing", "", "OBSERVE", "shipped"),
        ("receiving", "in_progress", "OBSERVE", "received"),
        ("accepting", "", "OBSERVE", "received"),
        ("installing", "active", "OBSERVE", "commissioned"),
        ("decommissioning", "inactive", "OBSERVE", "decommissioned"),
        ("destroying", "destroyed", "DELETE", "recycled"),
        ("destroying", "disposed", "DELETE", "disposed"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "urn:epcglobal:cbv:{}", "cbv:{}", "https://ref.gs1.org/cbv/{}"])
def test_step_and_disposition_give_the_word_however_they_are_written(step, disposition, action, word, form):
    def written(term, short, long):
        return {
            "{}": term,
            "urn:epcglobal:cbv:{}": f"urn:epcglobal:cbv:{short}:{term}",
            "cbv:{}": f"cbv:{long}-{term}",
            "https://ref.gs1.org/cbv/{}": f"https://ref.gs1.org/cbv/{long}-{term}",
        }[form]

    event = seen(written(step, "bizstep", "BizStep"), action=action)
    if disposition:
        event["disposition"] = written(disposition, "disp", "Disp")
    (told,) = from_epcis(document(event))
    assert (told.type, told.battery) == (word, PACK_HERE)
    assert told.time == datetime(2026, 11, 2, 2, 0, 30, tzinfo=UTC)
    assert told.evidence == tuple(event_hashes(document(event)))


@pytest.mark.parametrize(
    ("step", "disposition", "action"),
    [
        ("", "", "OBSERVE"),
        ("other", "active", "OBSERVE"),
        ("other", "inactive", "OBSERVE"),
        ("commissioning", "active", "OBSERVE"),
        ("destroying", "", "DELETE"),
        ("destroying", "destroyed", "OBSERVE"),
        ("inspecting", "", "OBSERVE"),
        ("inspecting", "conformant", "OBSERVE"),
        ("packing", "in_progress", "ADD"),
        ("https://shop.example/polishing", "", "OBSERVE"),
    ],
)
def test_what_no_word_says_is_attested_by_its_hash_and_goes_out_as_it_came(step, disposition, action) -> None:
    event = seen(step, disposition, action=action, readPoint={"id": PLACE}) | {"shop:shift": {"shop:no": 2}}
    told = one(event)
    assert (told.type, told.claim, told.battery) == ("attested", "epcis", PACK_HERE)
    assert told.value == event_hashes(document(event))[0]
    back = to_epcis([told])
    (again,) = back["epcisBody"]["eventList"]
    assert is_valid(json.loads(json.dumps(back)))
    assert event_hashes(back) == event_hashes(document(event))
    assert {name: again[name] for name in event} == event
    assert again["eventID"] == told.value
    assert from_epcis(back) == [told]


def test_a_long_event_is_kept_whole_too() -> None:
    order = random.Random(1)
    event = seen("packing") | {"shop:log": [f"{order.random()}" for _ in range(900)]}
    told = one(event)
    assert told.note is None
    (again,) = to_epcis([told])["epcisBody"]["eventList"]
    assert again["shop:log"] == event["shop:log"]
    assert from_epcis(to_epcis([told])) == [told]


def test_an_event_too_long_to_be_kept_is_refused_and_not_dropped() -> None:
    order = random.Random(1)
    event = seen("packing") | {"shop:log": [order.randbytes(40).hex() for _ in range(2000)]}
    with pytest.raises(InputError) as fault:
        from_epcis(document(seen("shipping"), event))
    (problem,) = fault.value.problems
    assert (problem.row, problem.column) == (2, "bizStep")


@pytest.mark.parametrize(
    "note", ["", "{}", "[1]", "{" * 900, "[" * 1900, '{"type":"ObjectEvent"}', '{"@context":3}']
)
def test_an_attestation_that_holds_no_event_goes_out_as_ours(note) -> None:
    attested = EVENTS["attested"](
        id=str(uuid5(NAMESPACE_URL, note)),
        battery=PACK_HERE,
        time=datetime(2026, 4, 1, tzinfo=UTC),
        claim="epcis",
        **({"note": note} if note else {}),
    )
    assert from_epcis(to_epcis([attested])) == [attested]
    assert is_valid(json.loads(json.dumps(to_epcis([attested]))))


def test_each_thing_of_an_event_has_an_event_of_its_own_and_a_pallet_is_no_battery() -> None:
    event = seen("shipping", epcList=[PACK, PALLET, OTHER], quantityList=[
        {"epcClass": LOT, "quantity": 0.25, "uom": "TNE"},
        {"epcClass": "urn:epc:idpat:sgtin:4012345.011111.*", "quantity": 3},
    ])  # fmt: skip
    told = read(event)
    assert [(held.type, held.battery) for held in told if held.type == "shipped"] == [
        ("shipped", PACK_HERE),
        ("shipped", OTHER_HERE),
        ("shipped", LOT_HERE),
    ]
    rest = [held for held in told if held.type == "attested"]
    assert len(rest) == 2
    assert all(held.battery.startswith("urn:uuid:") for held in rest)
    assert rest[1].evidence == (f"urn:uuid:{rest[0].id}",)
    assert len({held.id for held in told}) == 5
    assert from_epcis(document(event)) == told


def test_the_order_of_things_does_not_change_their_ids() -> None:
    first, second = (read(seen("shipping", epcList=held)) for held in ([PACK, OTHER], [OTHER, PACK]))
    assert sorted(first, key=lambda held: held.id) == sorted(second, key=lambda held: held.id)


def test_a_uuid_that_an_event_gives_itself_is_kept() -> None:
    name = "8f93dd62-f7d5-4033-887a-e81e7596a988"
    assert one(seen("shipping", eventID=f"urn:uuid:{name.upper()}")).id == name
    hashed = event_hashes(document(seen("shipping")))[0]
    for given_id in ({}, {"eventID": hashed}, {"eventID": "https://shop.example/e/1"}):
        assert one(seen("shipping", **given_id)).id == str(uuid5(NAMESPACE_URL, hashed))


def test_parties_papers_and_places_of_a_shipment() -> None:
    giver, taker = "urn:epc:id:pgln:4012345.00000", "urn:epc:id:pgln:0614141.00000"
    event = seen(
        "shipping",
        readPoint={"id": "urn:epc:id:sgln:4012345.00005.0"},
        sourceList=[{"type": "location", "source": PLACE}, {"type": "possessing_party", "source": giver}],
        destinationList=[{"type": "urn:epcglobal:cbv:sdt:owning_party", "destination": taker}],
        bizTransactionList=[
            {"type": "po", "bizTransaction": "https://shop.example/po/1"},
            {"type": "desadv", "bizTransaction": "https://shop.example/advice/7"},
        ],
    )
    told = from_epcis(document(event))[0]
    assert (told.by, told.to, told.site, told.consignment) == (
        "https://id.gs1.org/417/4012345000009",
        "https://id.gs1.org/417/0614141000005",
        PLACE,
        "https://shop.example/advice/7",
    )
    told = from_epcis(document({**event, "bizStep": "receiving"}))[0]
    assert (told.by, told.source) == (
        "https://id.gs1.org/417/0614141000005",
        "https://id.gs1.org/417/4012345000009",
    )


def test_what_is_loaded_on_a_pallet_is_shipped_with_it() -> None:
    event = seen(
        "shipping", "in_transit", "AggregationEvent", action="ADD", parentID=PALLET, childEPCs=[PACK]
    )
    told = one(event)
    assert (told.type, told.battery, told.consignment) == ("shipped", PACK_HERE, canonical(PALLET))


def test_a_transaction_says_what_its_step_says() -> None:
    papers = [{"type": "po", "bizTransaction": "https://shop.example/po/1"}]
    assert one(seen("receiving", kind="TransactionEvent", bizTransactionList=papers)).type == "received"
    assert one(seen(kind="TransactionEvent", bizTransactionList=papers)).type == "attested"


def test_an_association_puts_a_battery_in_a_vehicle_and_takes_it_out() -> None:
    vehicle = "https://cars.example/vin/JN1AZ0CP3BT000000"
    put = seen("installing", "", "AssociationEvent", action="ADD", parentID=vehicle, childEPCs=[PACK])
    assert (one(put).type, one(put).vehicle) == ("installed", "JN1AZ0CP3BT000000")
    out = one({**put, "action": "DELETE", "bizStep": "removing"})
    assert (out.type, out.vehicle) == ("removed", "JN1AZ0CP3BT000000")
    rack = one({**put, "parentID": "urn:epc:id:giai:4012345.RACK7"})
    assert (rack.type, rack.vehicle) == ("installed", None)


def test_an_association_builds_a_pack_of_modules_and_takes_it_apart() -> None:
    event = seen("assembling", "", "AssociationEvent", action="ADD", parentID=PACK, childEPCs=[OTHER])
    assert (one(event).type, one(event).battery, one(event).parts) == (
        "assembled",
        PACK_HERE,
        (Part(id=OTHER_HERE),),
    )
    apart = one({**event, "action": "DELETE", "bizStep": "disassembling"})
    assert (apart.type, apart.battery, apart.parts) == ("dismantled", PACK_HERE, (Part(id=OTHER_HERE),))


def made(step, inputs, outputs):
    def listed(side, names):
        items = [name for name in names if ":id:" in name]
        lots = [{"epcClass": name, "quantity": 250, "uom": "KGM"} for name in names if ":class:" in name]
        return ({f"{side}EPCList": items} if items else {}) | ({f"{side}QuantityList": lots} if lots else {})

    return seen(step, "", "TransformationEvent", **listed("input", inputs), **listed("output", outputs))


def test_transformations_are_births_and_ends() -> None:
    lot = Part(id=LOT_HERE, mass_kg=250)
    salt = "urn:epc:class:lgtin:4012345.012346.NI1"
    built = one(made("assembling", [OTHER], [PACK]))
    assert (built.type, built.battery, built.parts) == ("assembled", PACK_HERE, (Part(id=OTHER_HERE),))
    born = one(made("commissioning", [OTHER, LOT], [PACK]))
    assert (born.type, born.parts, born.materials) == ("manufactured", (Part(id=OTHER_HERE),), (lot,))
    assert one(made("unpacking", [PACK], [OTHER])).type == "split"
    ended = one(made("destroying", [PACK], [LOT]))
    assert (ended.type, ended.battery, ended.into) == ("shredded", PACK_HERE, lot)
    refined = one(made("creating_class_instance", [LOT], [salt]))
    assert (refined.type, refined.battery, refined.mass_kg) == ("refined", LOT_HERE, 250)
    assert refined.outputs == (Part(id=canonical(salt), mass_kg=250),)


def test_the_mass_of_a_lot_from_many_batteries_is_not_given_to_each() -> None:
    told = read(made("destroying", [PACK, OTHER], [LOT]))
    assert [(held.type, held.into) for held in told] == [("shredded", Part(id=LOT_HERE))] * 2


def test_a_transformation_of_what_has_no_identifier_here_is_attested() -> None:
    assert {held.type for held in read(made("destroying", [PALLET], [LOT]))} == {"attested"}
    assert {held.type for held in read(made("assembling", [PACK], [OTHER, LOT]))} == {"attested"}


def test_sensors_measure_in_any_unit_and_at_their_own_time() -> None:
    reports = [
        {"type": "shop:StateOfHealth", "value": 0.84, "uom": "C62"},
        {"type": "Energy", "value": 144, "uom": "3B"},
        {"type": "gs1:Temperature", "value": 298.15, "uom": "KEL"},
        {"type": "Temperature", "value": 68, "uom": "FAH", "time": "2026-11-02T03:00:00Z"},
        {"type": "Temperature", "value": 300, "uom": "xyz"},
        {"type": "RelativeHumidity", "value": 40, "uom": "P1"},
    ]
    sensors = [{"sensorMetadata": {"deviceID": "urn:epc:id:giai:4012345.T7"}, "sensorReport": reports}]
    whole, later = from_epcis(document(seen("sensor_reporting", sensorElementList=sensors)))
    assert (whole.type, whole.soh_percent, whole.energy_kwh, whole.temperature_c) == ("measured", 84, 40, 25)
    assert whole.instrument == "urn:epc:id:giai:4012345.T7"
    assert (later.temperature_c, later.time) == (20, datetime(2026, 11, 2, 3, tzinfo=UTC))


def test_what_is_measured_on_the_way_is_told_beside_the_way() -> None:
    sensors = [{"sensorReport": [{"type": "Temperature", "value": 31, "uom": "CEL"}]}]
    told = read(seen("shipping", sensorElementList=sensors))
    assert [held.type for held in told] == ["shipped", "measured"]
    told = read(seen("packing", sensorElementList=sensors))
    assert [held.type for held in told] == ["attested", "measured"]


@given(st.sampled_from(sorted(MEASURES)), st.floats(0, 100), st.data())
def test_our_own_unit_changes_no_value(kind, value, data) -> None:
    measure = MEASURES[kind]
    assert measure.value(value, measure.unit) == value
    unit = data.draw(st.sampled_from(sorted(measure.units)))
    times, plus = measure.units[unit]
    assert measure.value((value - plus) / times, unit) == pytest.approx(value, abs=1e-6)
    assert measure.value(value, "ZZZ") is None


def test_master_data_describes_what_is_made() -> None:
    ilmd = {
        "shop:modelName": "M-1",
        "shop:manufacturer": "Maker",
        "shop:chemistry": "nmc 811",
        "shop:ratedEnergy": {"value": 40000, "unitCode": "WHR"},
        "shop:mass_kg": 300.5,
        "shop:voltage": 350,
        "cbvmda:lotNumber": "BM7",
        "shop:capacity": "big",
    }
    told = one(seen("commissioning", "active", action="ADD", ilmd=ilmd))
    assert (told.type, told.model, told.maker, told.chemistry) == ("manufactured", "M-1", "Maker", "NMC811")
    assert (told.energy_kwh, told.mass_kg) == (40, 300.5)
    assert (told.voltage_v, told.capacity_ah) == (None, None)
    lot = from_epcis(document(seen("commissioning", "active", action="ADD", epcList=[], quantityList=[
        {"epcClass": LOT, "quantity": 250, "uom": "KGM"}])))[0]  # fmt: skip
    assert (lot.kind, lot.mass_kg) == ("lot", 250)


def test_a_value_that_our_fields_do_not_take_is_left_in_the_document() -> None:
    sensors = [{"sensorReport": [{"type": "shop:soh", "value": 400, "uom": "P1"}]}]
    assert one(seen("inspecting", sensorElementList=sensors)).type == "attested"


def test_an_error_declared_later_voids_all_that_the_event_told() -> None:
    event = seen("shipping", epcList=[PACK, OTHER])
    told = read(event)
    declared = {"declarationTime": "2026-12-01T00:00:00Z", "reason": "incorrect_data"}
    voids = from_epcis(
        document({**event, "errorDeclaration": declared, "recordTime": "2026-12-02T00:00:00Z"})
    )
    assert [held.corrects for held in voids] == [held.id for held in told]
    assert {held.reason for held in voids} == {"incorrect_data"}


def test_an_event_type_of_someone_else_is_attested() -> None:
    told = from_epcis(document({"type": "shop:WashEvent", "epcList": [PACK]}))
    assert [(held.type, held.battery) for held in told] == [("attested", PACK_HERE)]
    nothing = from_epcis(document({"type": "shop:WashEvent"}))
    assert [held.type for held in nothing] == ["attested"]


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_published_documents_are_read_the_same_each_time_and_go_out_and_in(vector) -> None:
    told = from_epcis(vector["document"])
    assert told
    assert from_epcis(json.dumps(vector["document"]).encode()) == told
    back = to_epcis(told)
    assert is_valid(json.loads(json.dumps(back)))
    assert from_epcis(back) == told


def test_a_ledger_takes_the_documents_of_others(tmp_path: Path) -> None:
    sensors = [{"sensorReport": [{"type": "shop:soh", "value": 84, "uom": "P1"}]}]
    told = from_epcis(
        document(
            seen("commissioning", "active", action="ADD"),
            seen("packing"),
            seen("sensor_reporting", sensorElementList=sensors),
        )
    )
    with Ledger.open(str(tmp_path / "a.db"), origin="a.example/log", keys=tmp_path / "keys") as ledger:
        ledger.append(told)
        size = ledger.size
        ledger.append(told)
        assert ledger.size == size
        life = ledger.life(PACK_HERE)
        assert [held.type for held in life] == ["manufactured", "attested", "measured"]
        assert from_epcis(to_epcis(life)) == told
