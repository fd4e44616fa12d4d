"""Questions in the words of EPCIS: read, refused by the standard's names, and answered."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery import EVENTS, RULES, Part
from meguri.errors import OptionError
from meguri.ledger.exchange import (
    Query,
    QueryParameterException,
    QueryTooComplexException,
    QueryTooLargeException,
    answers,
    epcis_event,
    from_epcis,
    matches,
    parse_query,
    words,
)
from tests.ledger.events import battery, told
from tests.ledger.exchange import drawn

PLACE = "https://id.gs1.org/414/4012345000054"
LOT = "https://id.gs1.org/01/09520000000042/10/BM-7"
MEASURED = told("measured", 1, soh_percent=84.0, temperature_c=25, site=f"{PLACE}/254/7")
MADE = told("manufactured", 0, model="M-1", chemistry="LFP")
SHREDDED = told("shredded", 9, into=Part(id=LOT, mass_kg=212.5))
SHIPPED = told("shipped", 5, number=2, to="https://id.gs1.org/417/0614141000005")
INSTALLED = told("installed", 2, vehicle="ZE0-123456")
ALL = [MEASURED, MADE, SHREDDED, SHIPPED, INSTALLED]


def found(*pairs: tuple[str, str], **parameters: Any) -> list[Any]:
    """Which of the five answer."""
    query = parse_query([*parameters.items(), *pairs])
    return [event for event in ALL if matches(query, epcis_event(event))]


@pytest.mark.parametrize(
    ("name", "value", "those"),
    [
        ("eventType", "ObjectEvent", [MEASURED, MADE, SHIPPED]),
        ("eventType", "AssociationEvent|TransformationEvent", [SHREDDED, INSTALLED]),
        ("eventType", "shop:WashEvent", []),
        ("GE_eventTime", "2026-04-06T09:00:00Z", [SHREDDED, SHIPPED]),
        ("GE_eventTime", "2026-04-06T18:00:00+09:00", [SHREDDED, SHIPPED]),
        ("GE_eventTime", "2026-04-06T18:00:00 09:00", [SHREDDED, SHIPPED]),
        ("LT_eventTime", "2026-04-02T09:00:00Z", [MADE]),
        ("EQ_action", "ADD", [MADE, INSTALLED]),
        ("EQ_bizStep", "shipping", [SHIPPED]),
        ("EQ_bizStep", "shipping|urn:epcglobal:cbv:bizstep:inspecting", [MEASURED, SHIPPED]),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-destroying", [SHREDDED]),
        ("EQ_disposition", "cbv:Disp-in_transit", [SHIPPED]),
        ("EQ_readPoint", f"{PLACE}/254/7", [MEASURED]),
        ("EQ_readPoint", "urn:epc:id:sgln:4012345.00005.7", [MEASURED]),
        ("EQ_readPoint", PLACE, []),
        ("WD_readPoint", PLACE, [MEASURED]),
        pytest.param("EQ_eventID", f"urn:uuid:{MADE.id}", [MADE], id="an id"),
        pytest.param("EQ_eventID", f"URN:UUID:{MADE.id.upper()}", [MADE], id="an id in capitals"),
        ("MATCH_epc", battery(2), [SHIPPED]),
        ("MATCH_epc", "urn:epc:id:sgtin:9520000.000004.B000002", [SHIPPED]),
        ("MATCH_epc", "https://shop.example/gtin/9520000000042/ser/B000002?17=290101", [SHIPPED]),
        ("MATCH_epc", "urn:epc:idpat:sgtin:9520000.000004.*", [MEASURED, MADE, SHIPPED, INSTALLED]),
        ("MATCH_inputEPC", battery(), [SHREDDED]),
        ("MATCH_outputEPC", battery(), []),
        ("MATCH_anyEPC", battery(), [MEASURED, MADE, SHREDDED, INSTALLED]),
        ("MATCH_anyEPC", "urn:epc:idpat:sgtin:9520000.*.*", ALL),
        ("MATCH_anyEPC", "urn:epc:idpat:sgtin:9520001.*.*", []),
        ("MATCH_parentID", "vin:ZE0-123456", [INSTALLED]),
        ("MATCH_outputEPCClass", LOT, [SHREDDED]),
        ("MATCH_anyEPCClass", "urn:epc:class:lgtin:9520000.000004.BM-7", [SHREDDED]),
        ("MATCH_epcClass", LOT, []),
        ("EXISTS_sensorElementList", "", [MEASURED]),
        ("EXISTS_ilmd", "", [MADE]),
        ("EXISTS_errorDeclaration", "", []),
        ("EQ_type", "Temperature", [MEASURED]),
        ("EQ_type", "Mass", []),
        ("GE_value_P1", "84", [MEASURED]),
        ("GT_value_P1", "84", []),
        ("LT_value_CEL", "30", [MEASURED]),
        ("EQ_value_CEL", "25.0", [MEASURED]),
        ("GT_quantity_KGM", "200", [SHREDDED]),
        ("EQ_meguri:type", "measured|shipped", [MEASURED, SHIPPED]),
        ("EQ_meguri:soh_percent", "84", [MEASURED]),
        ("LE_meguri:soh_percent", "84", [MEASURED]),
        ("LT_meguri:soh_percent", "84", []),
        ("EXISTS_meguri:vehicle", "", [INSTALLED]),
        ("EQ_ILMD_meguri:chemistry", "LFP", [MADE]),
        ("EQ_destination_possessing_party", "urn:epc:id:pgln:0614141.00000", [SHIPPED]),
        ("EQ_destination_owning_party", "urn:epc:id:pgln:0614141.00000", []),
        ("EQ_transformationID", "urn:uuid:x", []),
        ("perPage", "7", ALL),
    ],
)
def test_a_parameter_finds_its_events(name, value, those) -> None:
    assert found((name, value)) == those


def test_all_parameters_hold_together_and_any_of_their_values() -> None:
    assert found(EQ_action="ADD", eventType="ObjectEvent") == [MADE]
    assert found(("EQ_bizStep", "shipping"), ("EQ_bizStep", "inspecting")) == [MEASURED, SHIPPED]
    assert found() == ALL


def test_record_time_is_asked_of_events_that_have_one() -> None:
    event = {**epcis_event(MADE), "recordTime": "2026-05-01T00:00:00Z"}
    assert matches(parse_query({"GE_recordTime": "2026-05-01T00:00:00Z"}), event)
    assert not matches(parse_query({"LT_recordTime": "2026-05-01T00:00:00Z"}), event)
    assert not matches(parse_query({"GE_recordTime": "2026-05-01T00:00:00Z"}), epcis_event(MADE))


def test_foreign_events_are_asked_by_what_they_said() -> None:
    event = {
        "@context": {"shop": "https://shop.example/"},
        "type": "TransactionEvent",
        "eventTime": "2026-11-02T11:00:30Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "urn:epcglobal:cbv:bizstep:packing",
        "epcList": ["urn:epc:id:sgtin:9520000.000004.B000002"],
        "bizTransactionList": [{"type": "po", "bizTransaction": "https://shop.example/po/1"}],
    }
    (kept,) = from_epcis(event)
    out = epcis_event(kept)
    for name, value in (
        ("EQ_bizTransaction_po", "https://shop.example/po/1"),
        ("EQ_bizStep", "packing"),
        ("MATCH_epc", battery(2)),
        ("EQ_eventID", kept.value),
    ):
        assert matches(parse_query({name: value}), out), name
    assert not matches(parse_query({"EQ_bizTransaction_inv": "https://shop.example/po/1"}), out)


def test_a_query_is_one_value() -> None:
    query = parse_query(
        {
            "eventType": "ObjectEvent",
            "GE_eventTime": "2026-04-01T00:00:00Z",
            "MATCH_anyEPC": "urn:epc:id:sgtin:9520000.000004.B000002",
            "orderBy": "eventTime",
            "orderDirection": "ASC",
            "eventCountLimit": "5",
            "perPage": "5000",
            "nextPageToken": "40",
        }
    )
    assert query.event_types == ("ObjectEvent",)
    assert query.happened.start == datetime(2026, 4, 1, tzinfo=UTC)
    assert query.asked("anyEPC", "MATCH") == (battery(2),)
    assert query.asked("epc", "MATCH") is None
    assert (query.order_by, query.descending, query.event_count_limit) == ("eventTime", False, 5)
    assert (query.per_page, query.next_page_token) == (1000, "40")
    assert parse_query([]) == Query()


def test_answers_are_ordered_and_counted() -> None:
    events = [epcis_event(event) for event in ALL]
    times = [event["eventTime"] for event in answers(parse_query({"orderBy": "eventTime"}), events)]
    assert times == sorted(times, reverse=True)
    first = answers(
        parse_query({"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": "2"}), events
    )
    assert [event["meguri:type"] for event in first] == ["manufactured", "measured"]
    assert len(answers(parse_query({"maxEventCount": "5"}), events)) == 5
    with pytest.raises(QueryTooLargeException, match="5 events"):
        answers(parse_query({"maxEventCount": "4"}), events)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("foo", "1"),
        ("EQ_", "1"),
        ("EQ_colour", "red"),
        ("MATCH_colour", "red"),
        ("WD_action", "ADD"),
        ("GT_bizStep", "shipping"),
        ("EXISTS_action", ""),
        ("EQ_action", "SEE"),
        ("GE_eventTime", "yesterday"),
        ("GE_eventTime", "2026-04-01T00:00:00"),
        ("GE_value_P1", "much"),
        ("perPage", "0"),
        ("perPage", "-1"),
        ("perPage", "٣"),
        ("orderBy", "colour"),
        ("orderDirection", "UP"),
        ("eventCountLimit", "3"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:*"),
    ],
)
def test_what_is_not_asked_rightly_is_refused_by_the_name_of_the_standard(name, value) -> None:
    with pytest.raises(QueryParameterException) as fault:
        parse_query([(name, value)])
    assert fault.value.where == name
    assert fault.value.type == "epcisException:QueryParameterException"


def test_one_limit_once() -> None:
    with pytest.raises(QueryParameterException, match="more than once"):
        parse_query([("perPage", "3"), ("perPage", "4")])
    with pytest.raises(QueryParameterException, match="without maxEventCount"):
        parse_query({"orderBy": "eventTime", "eventCountLimit": "3", "maxEventCount": "3"})
    with pytest.raises(QueryTooComplexException):
        parse_query({"EQ_bizStep": "shipping|" * 2000})


@given(data=st.data())
def test_the_words_of_a_query_hold_all_its_answers(data) -> None:
    event = data.draw(st.sampled_from(sorted(EVENTS)).flatmap(drawn.event))
    written = epcis_event(event)
    asked = {}
    for name, parameter in (
        ("type", "eventType"),
        *((field, f"EQ_{field}") for field in ("action", "bizStep", "disposition")),
    ):
        if name in written and data.draw(st.booleans()):
            asked[parameter] = written[name]
    query = parse_query(asked)
    assert matches(query, written)
    assert event.type in words(query)


def test_words_leave_out_what_cannot_answer() -> None:
    assert words(parse_query({})) == {rule.event for rule in RULES}
    assert words(parse_query({"EQ_bizStep": "shipping"})) == {"shipped", "attested"}
    assert words(parse_query({"eventType": "TransactionEvent"})) == {"attested"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["EQ_action", "EQ_bizStep", "GE_eventTime", "MATCH_anyEPC", "perPage", "GE_value_P1"]
            )
            | st.text(max_size=12),
            st.text(max_size=30),
        ),
        max_size=4,
    )
)
def test_any_parameters_become_a_query_or_a_named_refusal(pairs) -> None:
    try:
        query = parse_query(pairs)
    except OptionError as fault:
        refusal = fault
    else:
        assert all(matches(query, epcis_event(event)) in (True, False) for event in ALL)
        return
    assert type(refusal) in (QueryParameterException, QueryTooComplexException)
