"""EPCIS event hashes: as published, and the same for every way of writing one event."""

import copy
import json
import random
from datetime import UTC, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError
from meguri.ledger.exchange.event_hash import MOST_DEPTH, event_hashes, prehash

PUBLISHED = json.loads((Path(__file__).parent / "data" / "event_hash_vectors.json").read_text("utf-8"))
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"shop": "https://shop.example/"},
]
PACK = "urn:epc:id:sgtin:4012345.011111.9876"
EVENT = {
    "type": "TransformationEvent",
    "eventTime": "2026-11-02T11:00:30.5+09:00",
    "eventTimeZoneOffset": "+09:00",
    "inputEPCList": [PACK, "urn:epc:id:sgtin:4012345.011111.4711"],
    "outputQuantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.012345.BM7", "quantity": 212.5, "uom": "KGM"},
        {"epcClass": "https://id.gs1.org/01/04012345666663", "quantity": 30, "uom": "KGM"},
    ],
    "bizStep": "destroying",
    "persistentDisposition": {"set": ["completeness_verified"]},
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0", "shop:line": "2"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "https://shop.example/po/1"},
        {"type": "desadv", "bizTransaction": "https://shop.example/advice/7"},
    ],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-11-02T02:00:00Z"},
            "sensorReport": [{"type": "Mass", "value": 242.5}],
        }
    ],
    "ilmd": {"shop:lot": "BM7"},
    "shop:note": {"shop:a": ["2", "1"], "shop:b": "x"},
}


def document(*events, context=CONTEXT):
    return {"@context": context, "type": "EPCISDocument", "epcisBody": {"eventList": list(events)}}


def hash_of(event, context=CONTEXT):
    return event_hashes(document(event, context=context))[0]


def shuffled(value, order):
    """The same JSON with the fields of every object, and the elements of every list, in another order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    if isinstance(value, list):
        return order.sample([shuffled(held, order) for held in value], len(value))
    return value


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_published_documents_have_their_published_hashes(vector):
    assert event_hashes(vector["document"]) == vector["hashes"]


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_published_texts_are_what_is_hashed_unless_they_are_out_of_date(vector):
    document = vector["document"]
    ignored = document.get("repository-x:ignoreFields", ())
    for event, text, told in zip(
        document["epcisBody"]["eventList"], vector["prehashes"], vector["hashes"], strict=False
    ):
        if sha256(text.encode()).hexdigest() in told:
            kept = {name: value for name, value in event.items() if name not in ignored}
            assert prehash(kept, document["@context"]) == text


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_an_event_is_written_does_not_change_its_hash(order: random.Random):
    assert hash_of(shuffled(EVENT, order)) == hash_of(EVENT)


@pytest.mark.parametrize(
    ("name", "otherwise"),
    [
        ("eventTime", "2026-11-02T02:00:30.500Z"),
        ("eventTime", "2026-11-01T21:00:30.4999-05:00"),
        ("type", "epcis:TransformationEvent"),
        ("bizStep", "urn:epcglobal:cbv:bizstep:destroying"),
        ("bizStep", "cbv:BizStep-destroying"),
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-destroying"),
        (
            "inputEPCList",
            ["https://maker.example/gtin/4012345111118/lot/7/ser/9876?17=290101", EVENT["inputEPCList"][1]],
        ),
        ("readPoint", {"id": "https://maker.example/414/4012345000054", "shop:line": "2.0"}),
        ("ilmd", {"shop:lot": " BM7 ", "rdfs:comment": "a remark"}),
    ],
)
def test_the_same_said_in_other_forms_has_the_same_hash(name, otherwise):
    assert hash_of({**EVENT, name: otherwise}) == hash_of(EVENT)


@pytest.mark.parametrize("name", ["eventID", "recordTime", "errorDeclaration", "comment"])
def test_what_does_not_say_what_happened_is_left_out(name):
    assert hash_of({**EVENT, name: "2026-11-02T02:00:30Z"}) == hash_of(EVENT)


def test_the_name_of_a_prefix_does_not_matter_but_its_meaning_does():
    renamed = json.loads(json.dumps(EVENT).replace('"shop:', '"x:'))
    assert hash_of(renamed, [CONTEXT[0], {"x": "https://shop.example/"}]) == hash_of(EVENT)
    assert hash_of(renamed, [CONTEXT[0], {"x": "https://other.example/"}]) != hash_of(EVENT)
    assert event_hashes(
        {"epcisBody": {"event": {**renamed, "@context": {"x": "https://shop.example/"}}}}
    ) == [hash_of(EVENT)]


def leaves(value, path=()):
    """Paths to every text and number of an event."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from leaves(held, (*path, name))
    elif isinstance(value, list):
        for place, held in enumerate(value):
            yield from leaves(held, (*path, place))
    else:
        yield path


@pytest.mark.parametrize("path", list(leaves(EVENT)), ids=lambda path: ".".join(map(str, path)))
def test_any_other_value_gives_another_hash(path):
    changed = copy.deepcopy(EVENT)
    held = changed
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = "2020-01-01T00:00:00Z" if "ime" in str(path[-1]) else f"{held[path[-1]]}1"
    assert hash_of(changed) != hash_of(EVENT)
    del held[path[-1]]
    assert hash_of(changed) != hash_of(EVENT)


@given(st.datetimes().filter(lambda time: 1900 < time.year < 9999), st.integers(-1439, 1439))
def test_an_instant_has_one_text_whatever_its_offset(time, minutes):
    told = time.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    rounded = time.replace(microsecond=0) + timedelta(milliseconds=(time.microsecond + 500) // 1000)
    text = f"eventTime={rounded.isoformat(timespec='milliseconds')}Z"
    assert prehash({"type": "ObjectEvent", "eventTime": told}) == f"eventType=ObjectEvent{text}"


@given(st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False))
def test_zeros_at_the_end_of_a_number_do_not_matter(number):
    written = {f"{number}", f"{number}000", f"+{number}" if number > 0 else f"{number}0"}
    texts = {prehash({"type": "ObjectEvent", "shop:x": text}, CONTEXT) for text in written}
    assert len(texts) == 1
    assert float(texts.pop().rpartition("=")[2]) == float(number)


def test_a_query_document_and_a_bare_event_hold_events_too():
    result = {"queryResults": {"resultsBody": {"eventList": [EVENT, EVENT]}}}
    assert event_hashes({"@context": CONTEXT, "epcisBody": result}) == [hash_of(EVENT)] * 2
    assert event_hashes({**EVENT, "@context": CONTEXT}) == [hash_of(EVENT)]


def test_only_extension_fields_can_be_declared_not_to_count():
    told = {**document(EVENT), "shop:ignoreFields": ["shop:note", "inputEPCList"]}
    without = {name: value for name, value in EVENT.items() if name != "shop:note"}
    assert event_hashes(told) == [hash_of(without)]


@pytest.mark.parametrize(
    "body", [{}, {"epcisBody": {}}, {"epcisBody": {"eventList": [1]}}, {"epcisBody": []}]
)
def test_a_document_without_events_is_refused(body):
    with pytest.raises(InputError, match="holds no events"):
        event_hashes(body)


def test_hostile_nesting_and_size_are_refused_before_anything_is_hashed():
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match=f"{MOST_DEPTH} deep"):
        event_hashes(document({**EVENT, "shop:deep": deep}))
    with pytest.raises(InputError, match="too large"):
        event_hashes(document({**EVENT, "epcList": ["x"] * 300_000}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(sorted(EVENT)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*EVENT, "sourceList", "epcList", "shop:x"]), json_values, max_size=8))
def test_any_json_in_an_event_has_a_hash(event):
    assert event_hashes(document(event))[0].startswith("ni:///sha-256;")
