"""The ledger's API: recorded once, told to those who may know, verified by anybody."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from litestar.testing import TestClient

from meguri.battery import Event, Part
from meguri.ledger import Ledger, SigningKey, VerifyingKey, new_id, seal
from meguri.ledger.api_keys import find_key, list_keys, new_key, revoke_key
from meguri.ledger.note import open_note
from meguri.ledger.seal import Opening, commitment, sealed_form
from meguri.ledger.sources import HttpTiles
from meguri.ledger.tlog_proof import Policy, verify_proof
from meguri.ledger.verify import verify_log
from meguri.ledger.witness import Request as WitnessRequest
from meguri.web import create_app
from meguri.web.ledger.rates import Rates
from meguri.web.settings import Settings
from tests.ledger.events import battery, to_market, told


@dataclass(frozen=True)
class House:
    """A server on its own machine: `client` is a page of it, `ledger` what it keeps."""

    client: TestClient
    token: dict[str, str]
    ledger: Ledger

    def record(self, events: Any, **more: Any) -> httpx.Response:
        body = events if isinstance(events, bytes) else msgspec.json.encode(events)
        headers = {**self.token, **more.pop("headers", {})}
        return self.client.post("/api/v1/events", content=body, headers=headers, **more)

    def key(self, **more: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {new_key(self.ledger.store, 'machine', **more)[1]}"}


@pytest.fixture(scope="module")
def house(new_home: Callable[[], Path]) -> Iterator[House]:
    app = create_app(Settings(home=new_home(), trusted_logs=(OTHER_LOG.vkey,)))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        token = client.get("/api/v1/form").json()["token"]
        yield House(client, {"X-Form-Token": token}, app.state.ledger.to_write())


@pytest.fixture
def afar(house: House) -> TestClient:
    """The same server asked by a machine that has neither cookie nor form."""
    return TestClient(house.client.app, base_url="http://127.0.0.1")


OTHER_LOG = SigningKey.generate("other.example/log")
_numbers = iter(range(10, 1000))


def fresh() -> int:
    """The number of a battery that no other test uses."""
    return next(_numbers)


def at(name: str) -> str:
    return f"/api/v1/batteries/{quote(name, safe='')}"


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, Any] = answer.json()
    assert told["what"]
    assert "Traceback" not in answer.text
    return told


def test_a_server_without_a_ledger_says_how_to_begin_and_makes_nothing(new_home: Callable[[], Path]) -> None:
    home = new_home()
    with TestClient(create_app(Settings(home=home)), base_url="http://127.0.0.1") as client:
        for address in ("/api/v1/ledger", "/api/v1/events", "/ledger/log/checkpoint", at(battery())):
            assert "meguri ledger init" in problem(client.get(address), 404)["mend"]
        assert client.get("/api/data").status_code == 200
    assert [path.name for path in home.iterdir()] == ["cache"]


def test_events_are_recorded_once_however_often_they_are_sent(house: House) -> None:
    events = to_market(fresh())
    first, again = house.record(events), house.record(events)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert [one["event"] for one in first.json()["receipts"]] == [event.id for event in events]
    lines = b"\n".join(msgspec.json.encode(event) for event in events)
    assert house.record(lines).json() == first.json()


def test_an_event_that_says_otherwise_under_the_same_id_is_a_conflict(house: House) -> None:
    made, _ = to_market(fresh())
    house.record([made])
    problem(house.record([msgspec.structs.replace(made, country="JP")]), 409)


def test_of_two_who_export_one_battery_at_once_one_is_told_of_the_other(house: House) -> None:
    number = fresh()
    house.record(to_market(number))
    exports = [
        {"events": [told("exported", 5, number, destination=to)], "expected": {battery(number): 2}}
        for to in ("NZ", "RU")
    ]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(house.record, exports))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    life = house.client.get(at(battery(number))).json()
    assert (life["stage"], life["version"]) == ("abroad", 3)


def test_a_header_may_name_the_expected_versions(house: House) -> None:
    number = fresh()
    expected = {"Expected-Versions": json.dumps({battery(number): 4})}
    problem(house.record(to_market(number), headers=expected), 409)
    expected = {"Expected-Versions": json.dumps({battery(number): 0})}
    assert house.record(to_market(number), headers=expected).status_code == 201


def test_what_a_battery_cannot_do_is_refused_unless_it_was_recorded_elsewhere(house: House) -> None:
    number = fresh()
    house.record(to_market(number))
    wrong = [told("commissioned", 3, number), told("decommissioned", 4, number), told("removed", 5, number)]
    assert problem(house.record(wrong), 403)["mend"]
    assert house.record(wrong, params={"elsewhere": "1"}).status_code == 201
    odd = house.client.get("/api/v1/anomalies", params={"kind": "impossible"}).json()["events"]
    assert wrong[2].id in {event["id"] for event in odd}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"[{}]", "row 1"),
        (b'[{"type":"removed","id":"x","battery":"y","time":"z"}]', "row 1"),
        (b"not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 10_000, "not JSON"),
    ],
)
def test_what_cannot_be_read_is_told_row_by_row(house: House, body: bytes, named: str) -> None:
    assert any(named in one for one in problem(house.record(body), 422)["problems"])


def test_problems_are_told_in_the_language_of_the_asker(house: House) -> None:
    answer = house.record(b"[{}]", headers={"Accept-Language": "ja"})
    assert "件" in problem(answer, 422)["what"]


def test_a_rehearsal_tells_each_verdict_and_writes_nothing(house: House) -> None:
    number, size = fresh(), house.ledger.size
    events = [*to_market(number), told("exported", 2, number), told("collected", 3, number)]
    answer = house.record(events, params={"dry_run": "1"})
    verdicts = answer.json()["verdicts"]
    assert [verdict["taken"] for verdict in verdicts] == [True, True, True, False]
    assert verdicts[3]["what"]
    assert verdicts[3]["mend"]
    assert house.ledger.size == size


def test_a_sealed_recording_is_taken_from_its_recorder(house: House) -> None:
    key = SigningKey.generate(f"yard-{fresh()}")
    house.ledger.enrol(key.name, key.vkey, ["manufacturer"])
    recording = seal([told("manufactured", 0, fresh())], key, house.ledger.origin)
    body = msgspec.json.encode(sealed_form(recording))
    answer = house.record(body)
    assert answer.status_code == 201
    assert key.name in answer.json()["receipts"][0]["entry"]
    problem(house.record(body.replace(b"https://id.gs1.org", b"https://id.gs1.com")), 422)


def test_the_feed_gives_every_event_once_in_the_order_of_the_log(house: House) -> None:
    house.record([event for _ in range(4) for event in to_market(fresh())])
    address, seen = "/api/v1/events?limit=3", []
    while True:
        page = house.client.get(address)
        held = page.json()
        seen += [event["index"] for event in held["events"]]
        assert page.headers["link"] == f'<{held["next"]}>; rel="next"'
        address = held["next"]
        if not held["more"]:
            break
    assert seen == sorted(set(seen))
    assert seen == [held.index for held in house.ledger.read(limit=1000)]


def test_whoever_waits_for_news_gets_them_when_they_come(house: House) -> None:
    last = house.ledger.read(limit=1000)[-1].index
    events = to_market(fresh())
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        waiting = pool.submit(house.client.get, f"/api/v1/events?after={last}&wait=20")
        time.sleep(0.3)
        house.record(events)
        told = waiting.result(20).json()["events"]
    assert told[0]["id"] == events[0].id
    assert time.monotonic() - began < 10


def test_an_unchanged_answer_is_not_sent_twice(house: House) -> None:
    number = fresh()
    house.record(to_market(number))
    first = house.client.get(at(battery(number)))
    again = house.client.get(at(battery(number)), headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    house.record([told("exported", 5, number)])
    later = house.client.get(at(battery(number)), headers={"If-None-Match": first.headers["etag"]})
    assert later.json()["stage"] == "abroad"


def test_a_life_is_told_as_it_was_known_at_a_time(house: House) -> None:
    number = fresh()
    house.record(to_market(number))
    before = house.client.get(at(battery(number))).json()["events"][-1]["recorded"]
    time.sleep(0.01)
    house.record([told("exported", 5, number)])
    then = house.client.get(at(battery(number)), params={"as_of": before}).json()
    assert (then["stage"], len(then["events"])) == ("market", 2)
    problem(house.client.get(at(battery(number)), params={"as_of": "2026-04-01T09:00:00"}), 400)
    events = house.client.get(at(battery(number)) + "/events").json()["events"]
    assert [event["type"] for event in events] == ["manufactured", "placed_on_market", "exported"]


def with_secrets(number: int) -> list[Event]:
    """A life with a part of each access class in it."""
    part = Part(id=battery(number + 5000), kind="module", mass_kg=20)
    return [
        told("manufactured", 0, number, mass_kg=300, parts=[part], aliases=[f"urn:uuid:{new_id()}"]),
        told("placed_on_market", 1, number, country="JP", note="shown to few"),
        told("installed", 2, number, vehicle=f"ZE0-{number:06d}"),
    ]


@pytest.mark.parametrize(
    ("access", "fields"),
    [
        ("public", {"mass_kg"}),
        ("interest", {"mass_kg", "note", "parts", "aliases"}),
        ("authority", {"mass_kg", "note", "parts", "aliases", "vehicle"}),
    ],
)
def test_everyone_reads_what_their_class_may_and_nothing_else(
    house: House, afar: TestClient, access: str, fields: set[str]
) -> None:
    number = fresh()
    assert house.record(with_secrets(number)).status_code == 201
    headers = house.key(access=access)
    addresses = [
        at(battery(number)),
        at(battery(number)) + "/events",
        f"/api/v1/events?after={house.ledger.life(battery(number))[0].index - 1}",
    ]
    for address in addresses:
        shown = [one["event"] for one in afar.get(address, headers=headers).json()["events"]]
        named = {name for event in shown for name in event}
        assert named & {"mass_kg", "note", "parts", "aliases", "vehicle"} == fields, address
    alone = afar.get(f"/api/v1/events/{house.ledger.life(battery(number))[2].id}", headers=headers).json()
    assert ("vehicle" in alone["event"]) == ("vehicle" in fields)


def test_a_name_that_one_may_not_see_leads_nowhere(house: House, afar: TestClient) -> None:
    number = fresh()
    events = with_secrets(number)
    house.record(events)
    vehicle, alias = f"vin:ZE0-{number:06d}#main", events[0].aliases[0]  # type: ignore[union-attr]
    for name, access, status in (
        (vehicle, "public", 404),
        (vehicle, "interest", 404),
        (vehicle, "authority", 200),
        (alias, "public", 404),
        (alias, "interest", 200),
    ):
        assert afar.get(at(name), headers=house.key(access=access)).status_code == status, (name, access)
    module = battery(number + 5000)
    assert not afar.get(at(module) + "/events").json()["events"]
    assert afar.get(at(module) + "/events", headers=house.key(access="interest")).json()["events"]


def test_what_one_may_read_can_be_checked_against_the_line(house: House, afar: TestClient) -> None:
    made, *_ = with_secrets(fresh())
    house.record([made])
    for access, classes in (("public", {"public"}), ("interest", {"public", "interest"})):
        answer = afar.get(f"/api/v1/events/{made.id}/opening", headers=house.key(access=access))
        opened = msgspec.json.decode(answer.content, type=Opening)
        assert opened.body.keys() == opened.salts.keys() == classes
        promised = json.loads(opened.entry)["commit"]
        for name, part in opened.body.items():
            assert commitment(bytes.fromhex(opened.salts[name]), bytes(part)) == promised[name]


def test_receipt_and_proof_hold_without_the_server(house: House) -> None:
    made, _ = events = to_market(fresh())
    house.record(events)
    receipt = house.client.get(f"/api/v1/events/{made.id}/receipt").json()
    proof = house.client.get(f"/api/v1/events/{made.id}/proof")
    assert proof.headers["content-type"].startswith("text/plain")
    checkpoint = verify_proof(
        proof.text, receipt["entry"].encode(), Policy(VerifyingKey.parse(house.ledger.vkey))
    )
    assert checkpoint.size > receipt["index"]


def test_nobody_writes_without_a_key_or_a_form_of_this_server(house: House, afar: TestClient) -> None:
    body = msgspec.json.encode(to_market(fresh()))
    problem(afar.post("/api/v1/events", content=body), 403)
    problem(afar.post("/api/v1/events", content=body, headers=house.token), 403)
    problem(house.client.post("/api/v1/events", content=body), 403)
    problem(house.record(body, headers={"Origin": "https://elsewhere.example"}), 403)
    problem(house.record(body, headers={"Host": "evil.example"}), 401)
    problem(afar.post("/api/v1/events", content=body, headers=house.key()), 403)
    problem(afar.post("/api/v1/events", content=body, headers={"Authorization": "Bearer meguri_x"}), 401)
    written = afar.post("/api/v1/events", content=body, headers=house.key(recorder="house"))
    assert written.status_code == 201


def test_a_server_for_others_takes_no_forms(new_home: Callable[[], Path]) -> None:
    app = create_app(Settings(home=new_home(), local=False))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        problem(client.get("/api/v1/form"), 403)
        answer = client.post("/api/v1/events", content=b"[]")
        assert problem(answer, 401)["where"] == "Authorization"
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_opens_nothing_and_no_secret_is_kept(house: House, afar: TestClient) -> None:
    made, text = new_key(house.ledger.store, "yard")
    headers = {"Authorization": f"Bearer {text}"}
    assert afar.get("/api/v1/ledger", headers=headers).status_code == 200
    secret = text.rpartition("_")[2]
    for file in Path(house.ledger.store.url.removeprefix("sqlite:///")).parent.glob("ledger.db*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()
    revoke_key(house.ledger.store, made.id)
    problem(afar.get("/api/v1/ledger", headers=headers), 401)
    assert find_key(house.ledger.store, text) is None
    assert next(one for one in list_keys(house.ledger.store) if one.id == made.id).revoked


def test_who_asks_too_often_is_told_when_to_come_again(house: House, afar: TestClient) -> None:
    headers = house.key(per_minute=3)
    answers = [afar.get("/api/v1/ledger", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    assert [rates.take("one", 60) for _ in range(60)] == [0.0] * 60
    assert rates.take("one", 60) == 1.0
    assert rates.take("another", 60) == 0.0
    now[0] = 1.0
    assert rates.take("one", 60) == 0.0
    assert rates.take("one", 60) > 0


def test_a_log_is_verified_over_http_from_its_files_alone(site: str) -> None:
    with httpx.Client(base_url=site) as client:
        token = {"X-Form-Token": client.get("/api/v1/form").json()["token"]}
        events = [event for number in range(1, 201) for event in to_market(number)]
        answer = client.post("/api/v1/events", content=msgspec.json.encode(events), headers=token)
        assert answer.status_code == 201
        about = client.get("/api/v1/ledger").json()
        recorders = [
            VerifyingKey.parse(one["vkey"]) for one in client.get("/api/v1/recorders").json()["recorders"]
        ]
        full = client.get("/ledger/log/tile/entries/000", headers={"Accept-Encoding": "gzip"})
        assert "immutable" in full.headers["cache-control"]
        assert "content-encoding" not in full.headers
        assert full.headers["access-control-allow-origin"] == "*"
        assert "immutable" not in client.get("/ledger/log/checkpoint").headers["cache-control"]
        assert client.get("/ledger/log/tile/9/000").status_code == 404
    with HttpTiles(f"{site}/ledger/log") as tiles:
        verdict = verify_log(
            tiles,
            VerifyingKey.parse(about["vkey"]),
            recorder_keys={key.signer: key for key in recorders},
            processes=1,
        )
    assert verdict.holds
    assert verdict.unknown == ()
    assert (verdict.size, b64encode(verdict.root).decode()) == (about["size"], about["root"])


def test_another_log_is_witnessed_here(house: House, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "other.db", origin=OTHER_LOG.name, keys=tmp_path / "keys") as stranger:
        body = WitnessRequest(0, (), stranger.checkpoint).text
        assert house.client.post("/ledger/log/add-checkpoint", content=body).status_code == 403
    from meguri.ledger.checkpoint import Checkpoint, sign_checkpoint
    from meguri.ledger.tree import EMPTY_ROOT

    note = sign_checkpoint(Checkpoint(OTHER_LOG.name, 0, EMPTY_ROOT), OTHER_LOG)
    answer = house.client.post("/ledger/log/add-checkpoint", content=WitnessRequest(0, (), note).text)
    assert answer.status_code == 200
    key = VerifyingKey.parse(house.client.get("/api/v1/ledger").json()["witness_key"])
    text = note.partition("\n\n")[0]
    assert open_note(f"{text}\n\n{answer.text}", [key]).verified
    assert house.client.post("/ledger/log/add-checkpoint", content=b"old x").status_code == 400


TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def test_a_file_sent_in_parts_is_resumed_where_it_broke_off_and_recorded(house: House) -> None:
    client, token = house.client, house.token
    assert client.options("/api/v1/uploads").headers["tus-extension"].startswith("creation")
    events = [event for _ in range(20) for event in to_market(fresh())]
    body = msgspec.json.encode(events)
    name = f"filename {b64encode(b'events.json').decode()}"
    begun = client.post(
        "/api/v1/uploads",
        headers={**token, **TUS, "Upload-Length": str(len(body)), "Upload-Metadata": name},
    )
    assert begun.status_code == 201
    place = begun.headers["location"]
    sent = client.patch(place, content=body[:700], headers={**token, **PART, "Upload-Offset": "0"})
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "700")
    assert parsedate_to_datetime(sent.headers["upload-expires"]) > datetime.now(UTC)
    problem(client.patch(place, content=body[:9], headers={**token, **PART, "Upload-Offset": "0"}), 409)
    assert client.head(place, headers={**token, **TUS}).headers["upload-offset"] == "700"
    client.patch(place, content=body[700:], headers={**token, **PART, "Upload-Offset": "700"})
    for _ in range(100):
        told = client.get(place, headers=token).json()
        if told["state"] in ("done", "failed"):
            break
        time.sleep(0.05)
    assert (told["state"], told["recorded"], told["problem"]) == ("done", len(events), None)
    assert house.ledger.event(events[-1].id).battery == events[-1].battery
    assert client.delete(place, headers={**token, **TUS}).status_code == 204
    assert client.get(place, headers=token).status_code == 404


def test_a_file_that_is_none_says_what_is_wrong_with_it(house: House) -> None:
    headers = {**house.token, **TUS}
    begun = house.client.post("/api/v1/uploads", headers={**headers, "Upload-Length": "4"})
    place = begun.headers["location"]
    house.client.patch(place, content=b"[{}]", headers={**house.token, **PART, "Upload-Offset": "0"})
    for _ in range(100):
        told = house.client.get(place, headers={**house.token, "Accept-Language": "ja"}).json()
        if told["state"] in ("done", "failed"):
            break
        time.sleep(0.05)
    assert told["state"] == "failed"
    assert told["problem"]["problems"]


def test_an_upload_is_its_senders_alone_and_keeps_to_the_limits(house: House, afar: TestClient) -> None:
    headers = {**house.token, **TUS}
    begun = house.client.post("/api/v1/uploads", headers={**headers, "Upload-Length": "4"})
    other = house.key(recorder="house")
    assert afar.get(begun.headers["location"], headers=other).status_code == 404
    post = house.client.post
    problem(post("/api/v1/uploads", headers={**headers, "Upload-Length": str(2**50)}), 413)
    problem(post("/api/v1/uploads", headers={**headers, "Tus-Resumable": "0.2", "Upload-Length": "1"}), 412)
    problem(
        house.client.patch(
            begun.headers["location"], content=b"12345", headers={**house.token, **PART, "Upload-Offset": "0"}
        ),
        413,
    )
    problem(
        house.client.patch(
            begun.headers["location"], content=b"1", headers={**headers, "Upload-Offset": "0"}
        ),
        415,
    )


def test_who_comes_when_all_places_are_taken_is_told_to_come_again(house: House) -> None:
    places = house.client.app.state.places
    taken = 0
    while places.acquire(blocking=False):
        taken += 1
    try:
        answer = house.record(to_market(fresh()))
    finally:
        for _ in range(taken):
            places.release()
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
