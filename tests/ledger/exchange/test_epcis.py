"""Our events as EPCIS documents: valid for anyone, and read back as they were."""

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.battery import EVENTS, Part
from meguri.errors import InputError
from meguri.ledger import Recorded
from meguri.ledger.exchange import epcis_results, event_hashes, from_epcis, to_epcis
from meguri.ledger.exchange.epcis_document import MOST_BYTES, MOST_DEPTH, MOST_EVENTS
from meguri.ledger.view import visible
from tests.ledger.events import battery, told
from tests.ledger.exchange import drawn
from tests.ledger.exchange.epcis_schema import is_valid

WORDS = sorted(EVENTS)
LOT = "https://id.gs1.org/01/09520000000042/10/BM-7"


def plain(document):
    """A document as it is on the wire."""
    return json.loads(msgspec.json.encode(document))


def events_of(document):
    return document["epcisBody"]["eventList"]


def recorded(event, /, **other):
    return Recorded(
        id=event.id,
        index=7,
        recorded=datetime(2026, 5, 1, 12, tzinfo=UTC),
        recorder="house+00000000",
        battery=event.battery,
        version=1,
        type=event.type,
        time=event.time,
        stage="market",
        **{"event": event, **other},
    )


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_event_of_any_word_is_valid_epcis_and_comes_back_as_it_was(word, data) -> None:
    event = data.draw(drawn.event(word))
    document = to_epcis([event])
    assert is_valid(plain(document)), document
    (again,) = from_epcis(msgspec.json.encode(document))
    assert again == event
    assert msgspec.json.encode(again) == msgspec.json.encode(event)
    assert event_hashes(document) == event_hashes(plain(document))


@pytest.mark.parametrize("reader", ["public", "interest", "authority"])
@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_reader_may_see_of_an_event_is_valid_epcis_and_no_more_than_that(word, reader, data) -> None:
    event = data.draw(drawn.event(word))
    (seen,) = visible([recorded(event)], reader)
    document = plain(to_epcis([seen]))
    assert is_valid(document), document
    assert events_of(document)[0]["recordTime"] == "2026-05-01T12:00:00Z"
    if reader == "authority":
        assert from_epcis(document) == [event]
    if getattr(event, "vehicle", None) and reader != "authority" and len(event.vehicle) > 8:
        assert event.vehicle not in json.dumps(document, ensure_ascii=False)


@pytest.mark.parametrize("word", WORDS)
def test_an_event_that_was_erased_is_told_by_what_is_left(word) -> None:
    needed = {
        "shredded": {"into": Part(id=LOT)},
        "refined": {"outputs": ()},
        "split": {"parts": ()},
        "assembled": {"parts": ()},
        "attested": {"claim": "x"},
        "corrected": {"corrects": str(UUID(int=7)), "reason": "x"},
        "erased": {"erases": str(UUID(int=7)), "classes": (), "reason": "x"},
        "enrolled": {"vkey": "x", "roles": ()},
        "rotated": {"vkey": "x"},
        "revoked": {"reason": "x"},
    }
    event = told(word, **needed.get(word, {}))
    gone = recorded(event, event=None, erased=("authority", "interest", "public"))
    document = plain(to_epcis([gone]))
    assert is_valid(document)
    (left,) = from_epcis(document)
    assert (left.id, left.battery, left.time) == (event.id, event.battery, event.time)


def test_an_answer_to_a_query_is_a_query_document_of_the_same_events() -> None:
    events = [told("manufactured", model="M-1"), told("measured", 3, soh_percent=84)]
    answer = plain(epcis_results(events, "SimpleEventQuery"))
    assert is_valid(answer)
    assert answer["epcisBody"]["queryResults"]["queryName"] == "SimpleEventQuery"
    assert from_epcis(answer) == events


def test_a_document_says_when_it_was_made() -> None:
    made = datetime(2026, 4, 1, tzinfo=UTC)
    assert to_epcis([], created=made)["creationDate"] == "2026-04-01T00:00:00.000Z"
    assert to_epcis([], created=made) == to_epcis([], created=made)
    assert is_valid(plain(to_epcis([])))


def test_others_read_what_happened_without_our_extension() -> None:
    site = "https://id.gs1.org/414/4012345000054"
    (seen,) = events_of(to_epcis([told("measured", soh_percent=84, capacity_ah=150.5, site=site)]))
    assert (seen["bizStep"], seen["epcList"], seen["readPoint"]) == (
        "inspecting",
        [battery()],
        {"id": site},
    )
    reports = seen["sensorElementList"][0]["sensorReport"]
    assert {(one["type"], one["value"], one["uom"]) for one in reports} == {
        ("meguri:StateOfHealth", 84, "P1"),
        ("ElectricCharge", 150.5, "AMH"),
    }
    (seen,) = events_of(
        to_epcis([told("shredded", mass_kg=300, into=Part(id=LOT, mass_kg=212.5, kind="lot"))])
    )
    assert seen["inputEPCList"] == [battery()]
    assert seen["outputQuantityList"] == [{"epcClass": LOT, "quantity": 212.5, "uom": "KGM"}]
    (seen,) = events_of(to_epcis([told("installed", vehicle="ZE0-123456")]))
    assert (seen["type"], seen["parentID"], seen["childEPCs"]) == (
        "AssociationEvent",
        "vin:ZE0-123456",
        [battery()],
    )
    (seen,) = events_of(to_epcis([told("manufactured", model="M-1", energy_kwh=40)]))
    assert seen["ilmd"] == {"meguri:model": "M-1", "meguri:energy_kwh": 40}


def test_our_namespace_counts_and_not_its_prefix() -> None:
    events = [told("measured", soh_percent=84), told("split", 1, parts=(Part(id=battery(2), mass_kg=3),))]
    document = json.loads(json.dumps(to_epcis(events)).replace('"meguri:', '"m:'))
    assert from_epcis({**document, "@context": {"m": "urn:meguri:"}}) == events
    assert from_epcis({**document, "@context": {"m": "https://other.example/"}}) != events


@given(st.integers(-839, 839), st.sampled_from(["Z", "+00:00"]))
def test_a_time_in_utc_is_told_by_the_clock_of_its_place(minutes, zone) -> None:
    document = to_epcis([told("stored")])
    (event,) = events_of(document)
    sign, held = "-" if minutes < 0 else "+", abs(minutes)
    event["eventTime"] = f"2026-04-01T09:00:00{zone}"
    event["eventTimeZoneOffset"] = f"{sign}{held // 60:02}:{held % 60:02}"
    (again,) = from_epcis(document)
    assert again.time == datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert again.time.utcoffset() == timedelta(minutes=minutes)


def test_an_event_without_an_id_gets_one_from_its_hash_and_the_same_each_time() -> None:
    document = to_epcis([told("stored", place="A-4")])
    del events_of(document)[0]["eventID"]
    (event,) = from_epcis(document)
    assert event.id == str(uuid5(NAMESPACE_URL, event_hashes(document)[0]))
    assert from_epcis(plain(document)) == [event]
    events_of(document)[0]["eventID"] = event_hashes(document)[0]
    assert from_epcis(document) == [event]


def test_an_event_that_stands_twice_in_a_document_is_told_once() -> None:
    event = told("stored")
    assert from_epcis(to_epcis([event, event])) == [event]


def test_an_error_declared_later_voids_the_event() -> None:
    event = told("stored", place="A-4")
    document = to_epcis([event])
    events_of(document)[0]["errorDeclaration"] = {
        "declarationTime": "2026-05-01T00:00:00Z",
        "reason": "did_not_occur",
    }
    (void,) = from_epcis(document)
    assert (void.type, void.corrects, void.reason, void.replacement) == (
        "corrected",
        event.id,
        "did_not_occur",
        None,
    )
    assert void.time == datetime(2026, 5, 1, tzinfo=UTC)
    assert from_epcis(document) == [void]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b'"' + b"x" * 50, b"[" * 100_000])
def test_what_is_no_document_is_refused(body) -> None:
    with pytest.raises(InputError) as fault:
        from_epcis(body, file="a.jsonld")
    assert fault.value.where == "a.jsonld"
    assert fault.value.mend


@pytest.mark.parametrize("missing", ["@context", "schemaVersion", "creationDate", "epcisBody", "type"])
def test_a_document_needs_its_head(missing) -> None:
    document = to_epcis([told("stored")])
    del document[missing]
    with pytest.raises(InputError, match=r"has no|holds no"):
        from_epcis(document)


def test_a_document_of_another_version_is_refused() -> None:
    with pytest.raises(InputError, match=r"version 1\.2"):
        from_epcis({**to_epcis([]), "schemaVersion": "1.2"})


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("eventTime", "2026-04-01T09:00:00", "eventTime"),
        ("eventTime", None, "eventTime"),
        ("eventTimeZoneOffset", "+15:00", "eventTimeZoneOffset"),
        ("eventID", "no uri", "eventID"),
        ("action", "SEE", "action"),
        ("action", ..., "action"),
        ("epcList", "urn:epc:id:sgtin:1", "epcList"),
        ("epcList", ["no uri"], "epcList[0]"),
        ("epcList", ..., "epcList"),
        ("action", None, "action"),
        ("type", ..., "type"),
        ("type", "WashEvent", "type"),
        ("epclist", [], "epclist"),
        ("childEPCs", [], "childEPCs"),
        ("readPoint", {}, "readPoint"),
        ("quantityList", [{"epcClass": LOT, "quantity": "3"}], "quantityList[0].quantity"),
        ("sensorElementList", [{"sensorReport": []}], "sensorElementList[0].sensorReport"),
        ("ilmd", {"meguri:model": "M"}, "ilmd"),
        ("meguri:colour", "red", "colour"),
        ("meguri:soh_percent", 400, "soh_percent"),
        ("meguri:type", "melted", "type"),
        ("meguri:battery", "urn:epc:id:sscc:0614141.1234567890", "battery"),
    ],
)
def test_a_fault_is_placed_by_the_number_of_its_event_and_its_field(field, value, column) -> None:
    document = to_epcis([told("stored"), told("measured", soh_percent=84)])
    event = events_of(document)[1]
    if value is ...:
        del event[field]
    else:
        event[field] = value
    with pytest.raises(InputError) as fault:
        from_epcis(document, file="a.jsonld")
    (problem,) = fault.value.problems
    assert (problem.row, problem.file) == (2, "a.jsonld")
    assert column in problem.column or column in problem.what
    assert problem.mend


def test_all_faults_of_a_document_are_told_at_once() -> None:
    document = to_epcis([told("stored") for _ in range(4)])
    for row in (0, 2):
        del events_of(document)[row]["action"]
    with pytest.raises(InputError, match="2 of 4") as fault:
        from_epcis(document)
    assert [problem.row for problem in fault.value.problems] == [1, 3]


def test_hostile_size_depth_and_number_are_refused() -> None:
    document = to_epcis([told("stored")])
    deep: object = "x"
    for _ in range(MOST_DEPTH):
        deep = [deep]
    with pytest.raises(InputError, match="nested too deep"):
        from_epcis({**document, "shop:x": deep})
    with pytest.raises(InputError, match="more than"):
        from_epcis(b" " * (MOST_BYTES + 1))
    with pytest.raises(InputError, match="more than 100000 events"):
        from_epcis({**document, "epcisBody": {"eventList": events_of(document) * (MOST_EVENTS + 1)}})
    with pytest.raises(InputError, match="not Unicode"):
        from_epcis({**document, "shop:x": "\ud800"})
    with pytest.raises(InputError, match="too large"):
        from_epcis({**document, "shop:x": 10**5000})


def test_few_words_cannot_tell_very_many_events() -> None:
    reports = [
        {"type": "Temperature", "value": 20, "uom": "CEL", "time": f"2026-04-01T09:{m:02}:{s:02}Z"}
        for m in range(20)
        for s in range(60)
    ]
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-04-01T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [battery(number) for number in range(1000)],
        "sensorElementList": [{"sensorReport": reports}],
    }
    with pytest.raises(InputError) as fault:
        from_epcis({"@context": {}, **event})
    assert "more than 100000 events" in fault.value.problems[0].what


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from([battery(), LOT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["id", "epcClass", "type"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
FIELDS = sorted(
    {
        *events_of(to_epcis([told("measured", soh_percent=84)]))[0],
        *("childEPCs", "parentID", "inputEPCList", "quantityList", "sourceList", "errorDeclaration", "ilmd"),
    }
)


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4),
    st.sets(st.sampled_from(FIELDS), max_size=2),
)
def test_any_json_in_an_event_is_taken_or_refused_with_its_place(changes, left_out) -> None:
    document = copy.deepcopy(to_epcis([told("measured", soh_percent=84)]))
    event = events_of(document)[0]
    event.update(changes)
    for name in left_out:
        event.pop(name, None)
    try:
        found, problems = from_epcis(document), ()
    except InputError as fault:
        found, problems = None, fault.problems
    if found is None:
        assert problems
        assert all(problem.row == 1 and problem.column for problem in problems)
    else:
        assert from_epcis(document) == found


def test_times_far_from_utc_keep_their_offset() -> None:
    event = told("stored")
    event = msgspec.structs.replace(event, time=event.time.astimezone(timezone(timedelta(hours=20))))
    (again,) = from_epcis(to_epcis([event]))
    assert again.time.utcoffset() == timedelta(hours=20)
