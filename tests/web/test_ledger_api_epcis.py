"""EPCIS 2.0 over HTTP: what others capture is recorded once, and told to them in their words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar.testing import TestClient

from meguri.battery import Event
from meguri.ledger import Ledger
from meguri.ledger.api_keys import new_key
from meguri.ledger.exchange import from_epcis, to_epcis
from meguri.web import create_app
from meguri.web.settings import Settings
from tests.ledger.events import battery, to_market, told


class Partner:
    """Another system that speaks EPCIS with this server."""

    def __init__(self, client: TestClient, ledger: Ledger) -> None:
        self.ledger, self.get, self._post = ledger, client.get, client.post
        self.options = client.options
        self._headers = {"X-Form-Token": client.get("/api/v1/form").json()["token"]}

    def post(self, address: str, document: Any, **headers: str) -> httpx.Response:
        body = document if isinstance(document, bytes) else json.dumps(document)
        return self._post(address, content=body, headers={**self._headers, **headers})

    def job(self, answer: httpx.Response) -> Any:
        assert answer.status_code == 202, answer.text
        return self.get(answer.headers["location"], headers=self._headers).json()


@pytest.fixture(scope="module")
def partner(new_home: Callable[[], Path]) -> Iterator[Partner]:
    app = create_app(Settings(home=new_home()))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield Partner(client, app.state.ledger.to_write())


_numbers = iter(range(10, 1000))
PROCEED = {"GS1-EPCIS-Capture-Error-Behaviour": "proceed"}


def life() -> list[Event]:
    return to_market(next(_numbers))


def impossible() -> list[Event]:
    """A life whose second of three events cannot be."""
    number = next(_numbers)
    made, placed = to_market(number)
    return [made, told("decommissioned", 0.5, number), placed]


def test_a_document_is_recorded_and_its_job_tells_so(partner: Partner) -> None:
    events = life()
    answer = partner.post("/epcis/capture", to_epcis(events))
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    assert answer.headers["gs1-cbv-version"] == "2.0.0"
    job = partner.job(answer)
    assert (job["success"], job["running"], job["errors"]) == (True, False, [])
    assert [partner.ledger.event(event.id).event for event in events] == events


def test_the_same_document_twice_is_recorded_once(partner: Partner) -> None:
    document = to_epcis(life())
    partner.post("/epcis/capture", document)
    count = partner.ledger.count()
    assert partner.job(partner.post("/epcis/capture", document))["success"]
    assert partner.ledger.count() == count


def test_rollback_records_nothing_of_a_document_with_a_fault_and_proceed_the_rest(partner: Partner) -> None:
    events, count = impossible(), partner.ledger.count()
    job = partner.job(partner.post("/epcis/capture", to_epcis(events)))
    assert (job["success"], len(job["errors"])) == (False, 1)
    assert job["errors"][0]["type"].startswith("epcisException:")
    assert job["errors"][0]["mend"]
    assert partner.ledger.count() == count
    job = partner.job(partner.post("/epcis/capture", to_epcis(events), **PROCEED))
    assert (job["captureErrorBehaviour"], job["success"], len(job["errors"])) == ("proceed", False, 1)
    assert partner.ledger.count() == count + 2


@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b'{"type":"EPCISDocument"}', b"{" * 5000])
@pytest.mark.parametrize("address", ["/epcis/capture", "/epcis/events"])
def test_what_is_no_epcis_is_refused_with_its_reason(partner: Partner, address: str, body: bytes) -> None:
    answer = partner.post(address, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["mend"]


def test_an_unknown_job_and_a_stranger_find_nothing(partner: Partner) -> None:
    assert partner.get("/epcis/capture/nothing", headers=partner._headers).status_code == 404
    assert partner.get("/epcis/capture").status_code == 403


def test_options_tell_what_is_spoken(partner: Partner) -> None:
    for address in ("/epcis", "/epcis/capture", "/epcis/events"):
        answer = partner.options(address)
        assert answer.status_code == 204
        assert answer.headers["gs1-cbv-version"] == "2.0.0"


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/ld+json")
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def ids(answer: httpx.Response) -> list[str]:
    return [event["eventID"].removeprefix("urn:uuid:") for event in events_of(answer)]


def test_events_are_found_by_thing_type_step_and_time(partner: Partner) -> None:
    number = next(_numbers)
    made, placed = events = to_market(number)
    partner.post("/epcis/capture", to_epcis(events))
    thing = {"MATCH_anyEPC": battery(number)}
    assert ids(partner.get("/epcis/events", params=thing)) == [made.id, placed.id]
    assert ids(partner.get("/epcis/events", params={**thing, "EQ_bizStep": "commissioning"})) == [made.id]
    assert ids(partner.get("/epcis/events", params={**thing, "eventType": "AggregationEvent"})) == []
    later = {**thing, "GE_eventTime": placed.time.isoformat()}
    assert ids(partner.get("/epcis/events", params=later)) == [placed.id]
    place = f"/epcis/epcs/{quote(battery(number), safe='')}/events"
    assert ids(partner.get(place)) == [made.id, placed.id]
    assert set(ids(partner.get("/epcis/bizSteps/commissioning/events?perPage=1000"))) >= {made.id}
    newest = {**thing, "orderBy": "eventTime", "orderDirection": "DESC"}
    assert ids(partner.get("/epcis/events", params=newest)) == [placed.id, made.id]


def test_pages_follow_each_other_and_hold_every_event_once(partner: Partner) -> None:
    partner.post("/epcis/capture", to_epcis([event for _ in range(3) for event in life()]))
    for order in ({}, {"orderBy": "recordTime", "orderDirection": "ASC"}):
        answer = partner.get("/epcis/events", params={"perPage": "3", **order})
        seen = ids(answer)
        while "link" in answer.headers:
            address, _, relation = answer.headers["link"].partition("; ")
            assert relation == 'rel="next"'
            answer = partner.get(address.strip("<>"))
            seen += ids(answer)
        assert seen == [held.id for held in partner.ledger.read(limit=1000)]


def test_what_is_told_can_be_captured_again_as_it_was(partner: Partner) -> None:
    events = life()
    partner.post("/epcis/capture", to_epcis(events))
    answer = partner.get("/epcis/events", params={"MATCH_anyEPC": events[0].battery})
    assert [event.id for event in from_epcis(answer.content)] == [event.id for event in events]
    again = partner.get(
        "/epcis/events",
        params={"MATCH_anyEPC": events[0].battery},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304


def test_one_event_is_at_its_own_address(partner: Partner) -> None:
    made, _ = life()
    answer = partner.post("/epcis/events", to_epcis([made]))
    assert answer.status_code == 201
    told_back = partner.get(answer.headers["location"])
    assert told_back.json()["eventID"] == f"urn:uuid:{made.id}"
    assert from_epcis(told_back.content) == [made]


def test_partners_see_what_their_class_may(partner: Partner) -> None:
    number = next(_numbers)
    partner.ledger.append(
        [*to_market(number), told("installed", 3, number, vehicle="ZE0-123456", note="few")]
    )
    shown = partner.get("/epcis/events", params={"MATCH_anyEPC": battery(number)}).text
    assert "ZE0-123456" not in shown
    assert "few" not in shown
    key = new_key(partner.ledger.store, "authority", access="authority")[1]
    headers = {"Authorization": f"Bearer {key}"}
    shown = partner.get("/epcis/events", params={"MATCH_anyEPC": battery(number)}, headers=headers).text
    assert "ZE0-123456" in shown


@pytest.mark.parametrize(
    "query",
    ["nonsense=1", "perPage=0", "perPage=x", "nextPageToken=x", "GE_eventTime=yesterday", "orderBy=colour"],
)
def test_a_query_that_cannot_be_is_refused_in_the_words_of_the_standard(partner: Partner, query: str) -> None:
    answer = partner.get(f"/epcis/events?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "epcisException:QueryParameterException"


def test_what_there_is_to_ask_for_is_told(partner: Partner) -> None:
    for place in ("eventTypes", "bizSteps", "dispositions"):
        members = partner.get(f"/epcis/{place}").json()["member"]
        assert members
        assert partner.get(f"/epcis/{place}/{members[0]}/events").status_code == 200
    assert partner.get("/epcis/eventTypes/ObjectEvent").status_code == 404
