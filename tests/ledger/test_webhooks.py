"""Other systems are told: each event at least once and in order, never more than they may know, never into a network of our own."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.errors import InputError, NotFound
from meguri.ledger import Ledger
from meguri.ledger import deliver as deliver_module
from meguri.ledger.deliver import MOST_FAILURES, Delivered, deliver
from meguri.ledger.errors import Unreachable
from meguri.ledger.outward import check_url, post
from meguri.ledger.rounds import Rounds, tell_all
from meguri.ledger.webhooks import (
    SIGNATURE,
    add_webhook,
    list_webhooks,
    read_webhook,
    remove_webhook,
    resume_webhook,
    sign,
    verify_signature,
)
from tests.ledger.events import battery, to_market, told

URL = "https://hooks.example/meguri"
PUBLIC = "93.184.215.14"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db", origin="registry.example/meguri", keys=tmp_path / "keys") as one:
        yield one


class Receiver:
    """The other system: keeps what it takes; `status` is what it answers. Time passes only when told to."""

    def __init__(self) -> None:
        self.status: int | Callable[[httpx.Request], httpx.Response] = 204
        self.requests: list[httpx.Request] = []
        self.taken: list[str] = []
        self.now_us = 2_000_000_000_000_000

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if callable(self.status):
            return self.status(request)
        if 200 <= self.status < 300:
            self.taken += [held["id"] for held in json.loads(request.content)["events"]]
        return httpx.Response(self.status)

    def told(self, ledger: Ledger, addresses: tuple[str, ...] = (PUBLIC,)) -> tuple[Delivered, ...]:
        with httpx.Client(transport=httpx.MockTransport(self)) as client:
            return deliver(
                ledger,
                now_us=lambda: self.now_us,
                client=client,
                look_up=lambda host, port: list(addresses),
            )


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_events_arrive_in_order_each_once_where_nothing_fails(ledger, receiver, monkeypatch):
    monkeypatch.setattr(deliver_module, "MOST_EVENTS", 7)
    hook, _ = add_webhook(ledger.store, URL)
    receipts = [receipt for k in range(10) for receipt in ledger.append(to_market(k + 1))]
    while receiver.told(ledger):
        pass
    assert receiver.taken == [receipt.event for receipt in receipts]
    assert read_webhook(ledger.store, hook.id).position == receipts[-1].index


def test_what_happened_before_is_told_only_if_asked_for(ledger, receiver):
    ledger.append(to_market(1))
    add_webhook(ledger.store, URL)
    assert receiver.told(ledger) == ()
    add_webhook(ledger.store, URL, after=-1)
    receiver.told(ledger)
    assert len(receiver.taken) == 3


def test_only_what_was_asked_for_is_told(ledger, receiver, monkeypatch):
    monkeypatch.setattr(deliver_module, "SKIP", 1)
    hook, _ = add_webhook(ledger.store, URL, words=["placed_on_market"], batteries=[battery(2)])
    for number in (1, 2, 3):
        ledger.append(to_market(number))
    receiver.told(ledger)
    assert receiver.taken == [ledger.life(battery(2))[1].id]
    assert receiver.told(ledger) == ()
    assert read_webhook(ledger.store, hook.id).position == ledger.size - 1, (
        "the rest need not be looked at again"
    )


@pytest.mark.parametrize(("access", "known"), [("public", False), ("interest", True), ("authority", True)])
def test_a_webhook_is_told_what_its_class_may_know(ledger, receiver, access, known):
    add_webhook(ledger.store, URL, access=access)
    ledger.append([told("manufactured", 0, site="a plant")])
    receiver.told(ledger)
    assert (b"a plant" in receiver.requests[0].content) is known


def test_what_arrives_shows_who_sent_it(ledger, receiver):
    _, secret = add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    receiver.told(ledger)
    (request,) = receiver.requests
    now = receiver.now_us // 1_000_000
    assert verify_signature(request.headers[SIGNATURE], request.content, secret, now)
    assert not verify_signature(request.headers[SIGNATURE], request.content + b" ", secret, now)
    assert not verify_signature(request.headers[SIGNATURE], request.content, secret, now + 301), "replayed"
    assert secret not in str(list_webhooks(ledger.store))


@given(st.binary(), st.binary(), st.text(min_size=1), st.integers(0, 10**11))
def test_a_signature_is_for_one_body_one_secret_and_one_time(body, other, secret, now):
    header = sign(secret, body, now)
    assert verify_signature(header, body, secret, now)
    assert verify_signature(header, other, secret, now) is (other == body)
    assert not verify_signature(header, body, f"{secret}.", now)
    assert not verify_signature(header.replace(f"t={now}", f"t={now + 1}"), body, secret, now)


@given(st.text())
def test_no_header_breaks_the_check(header):
    assert not verify_signature(header, b"", "secret", 0)


def test_failures_are_told_again_later_and_later_and_nothing_is_lost(ledger, receiver):
    hook, _ = add_webhook(ledger.store, URL)
    receipts = ledger.append(to_market(1))
    receiver.now_us, receiver.status, pauses = hook.due.timestamp() * 1e6 // 1, 503, []
    receiver.now_us = int(receiver.now_us) + 1_000_000
    for _ in range(15):
        (failed,) = receiver.told(ledger)
        assert failed.fault == "HTTP 503"
        assert receiver.told(ledger) == (), "not before its time"
        due = int(read_webhook(ledger.store, hook.id).due.timestamp() * 1e6)
        pauses.append(round((due - receiver.now_us) / 1e6))
        receiver.now_us = due + 1
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert max(pauses) == 3600
    receiver.status = 200
    receiver.told(ledger)
    assert receiver.taken == [receipt.event for receipt in receipts]
    assert read_webhook(ledger.store, hook.id).failures == 0


def test_it_is_given_up_in_the_end_and_said_so_and_goes_on_where_it_stopped(ledger, receiver):
    hook, _ = add_webhook(ledger.store, URL)
    receipts = ledger.append(to_market(1))
    receiver.status = 500
    for _ in range(MOST_FAILURES):
        told_ = receiver.told(ledger)
        receiver.now_us += 3_700_000_000
    assert told_[0].given_up
    assert receiver.told(ledger) == ()
    (held,) = list_webhooks(ledger.store)
    assert (held.failures, held.fault, held.given_up is None) == (MOST_FAILURES, "HTTP 500", False)
    resume_webhook(ledger.store, hook.id)
    receiver.status = 200
    receiver.told(ledger)
    assert receiver.taken == [receipt.event for receipt in receipts]


def test_who_says_that_it_is_gone_is_left_in_peace(ledger, receiver):
    add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    receiver.status = 410
    assert receiver.told(ledger)[0].given_up


def test_one_that_fails_does_not_hold_up_the_others(ledger, receiver):
    add_webhook(ledger.store, "https://broken.example/")
    add_webhook(ledger.store, URL)
    ledger.append(to_market(1))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["host"] == "broken.example":
            raise httpx.ConnectError("refused")
        return httpx.Response(200)

    receiver.status = answer
    broken, well = receiver.told(ledger)
    assert (well.fault, "refused" in str(broken.fault)) == (None, True)


def test_a_sender_that_died_holds_it_up_for_a_minute_only(ledger, receiver):
    class Killed(BaseException):
        pass

    def die(request: httpx.Request) -> httpx.Response:
        raise Killed

    hook, _ = add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    receiver.status = die
    with pytest.raises(Killed):
        receiver.told(ledger)
    receiver.status = 200
    assert receiver.told(ledger) == (), "another may be sending"
    receiver.now_us += 61_000_000
    receiver.told(ledger)
    assert len(receiver.taken) == 2
    assert read_webhook(ledger.store, hook.id).failures == 0


def test_two_senders_do_not_send_the_same_at_once(ledger, receiver):
    add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    other = Receiver()
    other.now_us = receiver.now_us

    def meanwhile(request: httpx.Request) -> httpx.Response:
        assert other.told(ledger) == ()
        return httpx.Response(200)

    receiver.status = meanwhile
    assert [one.fault for one in receiver.told(ledger)] == [None]
    assert other.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_nothing_is_sent_into_a_network_of_our_own(receiver, address):
    with (
        httpx.Client(transport=httpx.MockTransport(receiver)) as client,
        pytest.raises(Unreachable, match="network of our own"),
    ):
        post(URL, b"{}", {}, client=client, look_up=lambda host, port: [PUBLIC, address])
    assert receiver.requests == []


def test_a_name_that_leads_into_a_network_of_our_own_is_a_failure_like_others(ledger, receiver):
    hook, _ = add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    (refused,) = receiver.told(ledger, ("127.0.0.1",))
    assert "network of our own" in str(refused.fault)
    assert read_webhook(ledger.store, hook.id).failures == 1


def test_the_connection_goes_to_the_address_that_was_looked_at(receiver):
    receiver.status = lambda request: httpx.Response(200)
    with httpx.Client(transport=httpx.MockTransport(receiver)) as client:
        post(f"{URL}?a=1", b"{}", {}, client=client, look_up=lambda host, port: [PUBLIC])
    (request,) = receiver.requests
    assert str(request.url) == f"https://{PUBLIC}/meguri?a=1"
    assert request.headers["host"] == "hooks.example"
    assert request.extensions["sni_hostname"] == "hooks.example"


def test_a_redirect_is_not_followed(ledger, receiver):
    add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    receiver.status = lambda request: httpx.Response(307, headers={"Location": "http://127.0.0.1/"})
    (told_,) = receiver.told(ledger)
    assert told_.fault == "HTTP 307"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "ftp://a.example/", "https://", "a", "https://me:secret@a.example/", ""]
)
def test_only_https_addresses_are_taken(ledger, url):
    with pytest.raises(InputError):
        add_webhook(ledger.store, url)


@settings(max_examples=200)
@given(st.text())
def test_no_text_breaks_the_check_of_an_address(text):
    with suppress(InputError):
        assert check_url(text, private=True).host


def test_a_word_that_is_none_is_refused(ledger):
    with pytest.raises(InputError, match="no word"):
        add_webhook(ledger.store, URL, words=["explode"])


def test_one_that_was_removed_is_told_no_more(ledger, receiver):
    hook, _ = add_webhook(ledger.store, URL)
    ledger.append(to_market(1))
    remove_webhook(ledger.store, hook.id)
    assert receiver.told(ledger) == ()
    for act in (remove_webhook, resume_webhook, read_webhook):
        with pytest.raises(NotFound):
            act(ledger.store, hook.id)


@pytest.fixture
def listening() -> Iterator[tuple[str, list[bytes], Event]]:
    """A real server on this machine."""
    bodies: list[bytes] = []
    came = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            came.set()

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", bodies, came
    server.shutdown()
    server.server_close()


def test_an_address_of_our_own_is_told_where_it_was_allowed(ledger, listening):
    url, bodies, _ = listening
    add_webhook(ledger.store, url, private=True)
    ledger.append(to_market(1))
    assert tell_all(ledger) == 2
    assert [held["type"] for held in json.loads(bodies[0])["events"]] == ["manufactured", "placed_on_market"]


def test_a_server_tells_by_itself(ledger, listening):
    url, _, came = listening
    add_webhook(ledger.store, url, private=True)
    rounds = Rounds(lambda: ledger, pause_s=0.02)
    rounds.start()
    ledger.append(to_market(1))
    assert came.wait(5)
    rounds.stop()
