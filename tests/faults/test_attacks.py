"""Whoever changes a log, tells two stories, sends what was signed by or for others, or puts an old copy back, is found out."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient

from meguri.errors import MeguriError
from meguri.ledger import Ledger, NotVerified, Refused, SigningKey, VerifyingKey, seal
from meguri.ledger.audit import audit
from meguri.ledger.evidence import Evidence, proves
from meguri.ledger.follow import follow
from meguri.ledger.fsck import fsck
from meguri.ledger.lines import event_of_line
from meguri.ledger.mirror import mirror, read_recorder_keys
from meguri.ledger.note import COSIGNATURE
from meguri.ledger.receipt import Receipt
from meguri.ledger.seal import Sealed, sealed_form
from meguri.ledger.share import LedgerEvents, Source
from meguri.ledger.sources import FolderTiles
from meguri.ledger.tiles import CHECKPOINT
from meguri.ledger.tlog_proof import Policy, verify_proof
from meguri.ledger.verify import Verdict, verify_log
from meguri.ledger.watch import watch
from meguri.ledger.witness import add_checkpoint, ask_witness
from meguri.ledger.witness_state import WitnessFolder
from meguri.web import create_app
from meguri.web.settings import Settings
from tests.ledger.branch import branch_of
from tests.ledger.events import battery, to_market, told
from tests.ledger.logs import Files

NOW = 1_800_000_000
WITNESS = SigningKey.generate("witness.example/w1", COSIGNATURE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(
        tmp_path / "ledger.db", origin="registry.example/meguri", keys=tmp_path / "keys"
    ) as opened:
        opened.append([event for number in range(1, 4) for event in to_market(number)])
        yield opened


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VerifyingKey]:
    """A log of 700 lines of two recorders, as mirrored to a folder, and the key to verify it with."""
    folder = tmp_path_factory.mktemp("mirrored")
    key = SigningKey.generate("yard")
    with Ledger.open(folder / "ledger.db", origin="registry.example/meguri", keys=folder / "keys") as ledger:
        ledger.enrol("yard", key.vkey, ["tester"])
        for number in range(1, 100, 3):
            ledger.append([event for k in range(3) for event in to_market(number + k)])
            ledger.append([told("measured", day, number) for day in range(2, 14)], recorder=key)
        mirror(ledger, folder / "copy")
        return folder / "copy", ledger.key.verifying


def files_of(folder: Path) -> Files:
    return Files(
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    )


def verified(files: Files | FolderTiles, where: Path, key: VerifyingKey) -> Verdict:
    return verify_log(files, key, recorder_keys=read_recorder_keys(where), processes=1)


def line_at(bundle: bytes, place: int) -> tuple[int, bytes, int] | None:
    """Number of the line of a bundle that a byte lies in, the line, and the byte's place in it; None for a length."""
    start, number = 0, 0
    while start <= place:
        length = int.from_bytes(bundle[start : start + 2])
        if place < start + 2:
            return None
        if place < start + 2 + length:
            return number, bundle[start + 2 : start + 2 + length], place - start - 2
        start, number = start + 2 + length, number + 1
    return None


@pytest.mark.parametrize("kind", ["entries", "tile", "checkpoint"])
def test_any_byte_changed_in_a_mirrored_log_is_found_in_its_file_and_the_event_named(copy, kind, full):
    where, key = copy
    whole, draw = files_of(where), Random(kind)
    assert verified(whole, where, key).holds
    of_kind = {
        "entries": [path for path in whole if path.startswith("tile/entries/")],
        "tile": [path for path in whole if re.match("tile/[0-9]", path)],
        "checkpoint": [CHECKPOINT],
    }[kind]
    assert len(of_kind) == {"entries": 3, "tile": 4, "checkpoint": 1}[kind]
    named = 0
    for turn in range(3000 if full else 12):
        path = of_kind[turn % len(of_kind)]
        place = draw.randrange(len(whole[path]))
        held = bytearray(whole[path])
        held[place] ^= draw.randrange(1, 256)
        fault = verified(Files(whole | {path: bytes(held)}), where, key).fault
        assert fault is not None, (path, place)
        assert fault.path == path, (path, place)
        found = line_at(whole[path], place) if kind == "entries" else None
        if found:
            number, line, inside = found
            index = int(path[len("tile/entries/") :][:3]) * 256 + number
            assert fault.index == index, (path, place)
            event = event_of_line(line)
            if event and not 0 <= inside - line.index(b'"event"') < 50:
                assert fault.event == event
                named += 1
        if kind == "tile":
            assert fault.index is not None
    assert kind != "entries" or named


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_a_torn_file_of_a_mirror_is_named_and_mended_by_mirroring_again(ledger, tmp_path, share):
    ledger.append([told("measured", day) for day in range(2, 600)])
    copy = tmp_path / "copy"
    mirror(ledger, copy)
    for path in sorted(files_of(copy)):
        whole = (copy / path).read_bytes()
        (copy / path).write_bytes(whole[: int(len(whole) * share)])
        if path != "recorders.txt":
            fault = verify_log(FolderTiles(copy), ledger.key.verifying, processes=1).fault
            assert fault is not None
            assert fault.path == path
        assert mirror(ledger, copy, repair=True).files == 1
        assert (copy / path).read_bytes() == whole
    assert verified(FolderTiles(copy), copy, ledger.key.verifying).holds


def parted(ledger: Ledger, tmp_path: Path, here: int, there: int) -> Ledger:
    """Another history under the same keys: from here on each ledger tells so many events of its own."""
    other = branch_of(ledger, tmp_path / "other.db")
    for one, count, number in ((ledger, here, 1), (other, there, 2)):
        if count:
            one.append([told("measured", 2 + day, number) for day in range(count)])
    return other


@pytest.mark.parametrize(("here", "there"), [(3, 3), (3, 9), (9, 300)])
def test_a_server_that_tells_two_histories_is_caught_by_a_witness_and_convicted_before_anyone(
    ledger, tmp_path, here, there
):
    state = WitnessFolder(tmp_path / "witness")
    honest = watch(ledger.tiles, ledger.key.verifying, state, WITNESS, NOW)
    assert honest.cosignature is not None
    first = ledger.size
    with parted(ledger, tmp_path, here, there) as other:
        seen = watch(ledger.tiles, ledger.key.verifying, state, WITNESS, NOW + 1)
        assert seen.cosignature is not None
        assert seen.evidence is None
        shown = watch(other.tiles, ledger.key.verifying, state, WITNESS, NOW + 2)
        assert shown.cosignature is None
        judged = Evidence.parse(Path(shown.kept).read_bytes())
        assert judged.kind == "split"
        assert proves(judged, VerifyingKey.parse(ledger.vkey))
        assert not proves(msgspec.structs.replace(judged, now=judged.before), VerifyingKey.parse(ledger.vkey))
        found = audit(ledger.tiles, other.tiles, ledger.key.verifying)
        assert (found.relation, found.index) == ("parted", first)
        assert (found.a.event, found.b.event) == tuple(
            one.read(after=first - 1)[0].id for one in (ledger, other)
        )


def test_a_witness_that_is_asked_over_http_signs_one_history_only(ledger, tmp_path):
    state, logs = WitnessFolder(tmp_path / "witness"), {ledger.origin: [ledger.key.verifying]}

    def answer(request: httpx.Request) -> httpx.Response:
        told = add_checkpoint(request.content, state, logs, WITNESS, NOW)
        return httpx.Response(told.status, text=told.body, headers={"content-type": told.content_type})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:

        def ask(one: Ledger) -> Any:
            return ask_witness(
                "https://witness.example", one.checkpoint, one.tiles, [WITNESS.verifying], client=client
            )

        assert ask(ledger)
        with parted(ledger, tmp_path, 3, 3) as other:
            assert ask(ledger)
            with pytest.raises(MeguriError, match="another history"):
                ask(other)
            (kept,) = (tmp_path / "witness/evidence").iterdir()
            assert proves(Evidence.parse(kept.read_bytes()), ledger.key.verifying)
            other.append(to_market(9))
            with pytest.raises(NotVerified, match="refused"):
                ask(other)


def test_honest_growth_convicts_nobody(ledger, tmp_path):
    state = WitnessFolder(tmp_path / "witness")
    notes = [ledger.checkpoint]
    for day in range(3):
        assert watch(ledger.tiles, ledger.key.verifying, state, WITNESS, NOW + day).evidence is None
        ledger.append([told("measured", 5 + day)])
        notes.append(ledger.checkpoint)
    for before in notes:
        for now in notes:
            forged = Evidence.of_split(before, now, NOW, prefix=b"\0" * 32)
            assert not proves(forged, ledger.key.verifying)


def test_an_old_copy_put_back_is_noticed_by_witness_follower_mirror_and_whoever_holds_a_receipt(
    ledger, tmp_path
):
    """The server itself cannot know: it signs what its database holds. Everyone who saw more of the log can."""
    state = WitnessFolder(tmp_path / "witness")
    old = branch_of(ledger, tmp_path / "old.db")
    receipt: Receipt = ledger.append([told("exported", 2)])[0]
    proof = ledger.prove(receipt.event)
    watch(ledger.tiles, ledger.key.verifying, state, WITNESS, NOW)

    def source(one: Ledger) -> Source:
        return Source("https://registry.example", one.tiles, LedgerEvents(one))

    follow(source(ledger), ledger.key.verifying, tmp_path / "copy.db")
    mirror(ledger, tmp_path / "mirror")
    with old:
        assert fsck(old.store, old.key.verifying).is_sound
        assert old.size < ledger.size
        noticed = watch(old.tiles, ledger.key.verifying, state, WITNESS, NOW + 1)
        assert (noticed.cosignature, noticed.evidence.kind) == (None, "shorter")
        old.append([told("collected", 3), told("recycled", 4)])
        noticed = watch(old.tiles, ledger.key.verifying, state, WITNESS, NOW + 2)
        assert noticed.cosignature is None
        assert proves(noticed.evidence, ledger.key.verifying)
        with pytest.raises(NotVerified, match="two histories"):
            follow(source(old), ledger.key.verifying, tmp_path / "copy.db")
        with Ledger.open_replica(tmp_path / "copy.db") as copy:
            assert copy.event(receipt.event).type == "exported"
        with pytest.raises(NotVerified, match="not the first lines"):
            mirror(old, tmp_path / "mirror")
        seen = verify_proof(proof, receipt.entry.encode(), Policy(ledger.key.verifying))
        assert seen.size == ledger.size
        assert audit(FolderTiles(tmp_path / "mirror"), old.tiles, old.key.verifying).index == receipt.index


def test_an_event_that_a_revoked_key_signed_and_somebody_slipped_in_is_found(ledger, monkeypatch):
    key = SigningKey.generate("yard")
    ledger.enrol("yard", key.vkey, ["tester"])
    ledger.append([told("measured", 2)], recorder=key)
    ledger.revoke("yard", "left the business")
    yard = next(held for held in ledger.recorders() if held.name == "yard")
    monkeypatch.setattr("meguri.ledger.append.find_active", lambda *_: yard)
    (receipt,) = ledger.append([told("measured", 3)], recorder=key)
    faults = fsck(ledger.store, ledger.key.verifying).faults
    assert receipt.event in {fault.event for fault in faults}, faults


class House:
    """A server that takes sealed recordings, and the keys of two yards that may record there."""

    def __init__(self, home: Path) -> None:
        app = create_app(Settings(home=home))
        self.client = TestClient(app, base_url="http://127.0.0.1")
        self.client.__enter__()
        self.token = {"X-Form-Token": self.client.get("/api/v1/form").json()["token"]}
        self.ledger: Ledger = app.state.ledger.to_write()
        self.yards = [SigningKey.generate(f"yard{k}.example") for k in (1, 2)]
        for yard in self.yards:
            self.ledger.enrol(yard.name, yard.vkey, ["registry"])

    def send(self, sealed: Sealed | bytes) -> httpx.Response:
        body = sealed if isinstance(sealed, bytes) else msgspec.json.encode(sealed)
        return self.client.post("/api/v1/events", content=body, headers=self.token)

    def seal(self, *events: Any, yard: int = 0, origin: str = "") -> Sealed:
        return sealed_form(seal(events, self.yards[yard], origin or self.ledger.origin))


@pytest.fixture(scope="module")
def house(new_home: Callable[[], Path]) -> Iterator[House]:
    held = House(new_home())
    yield held
    held.client.__exit__(None, None, None)


_numbers = iter(range(100, 1000))


def life() -> list[Any]:
    return to_market(next(_numbers))


def refused(house: House, sealed: Sealed | bytes) -> int:
    """The status of an answer that refuses; nothing was recorded."""
    size, root = house.ledger.size, house.ledger.root
    answer = house.send(sealed)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "Traceback" not in answer.text
    assert (house.ledger.size, house.ledger.root) == (size, root)
    return answer.status_code


def test_a_recording_that_is_replayed_adds_nothing_and_gives_its_first_receipts(house):
    sealed = house.seal(*life())
    first = house.send(sealed)
    size = house.ledger.size
    for _ in range(3):
        assert house.send(sealed).json() == first.json()
    assert house.ledger.size == size


def test_a_part_of_a_recording_is_not_taken_again_in_another(house):
    made, sold = life()
    assert house.send(house.seal(made)).status_code == 201
    assert refused(house, house.seal(made, sold)) == 409
    assert house.send(house.seal(sold)).status_code == 201


def test_an_event_signed_again_by_another_stays_that_of_the_first(house):
    events = life()
    first = house.send(house.seal(*events)).json()["receipts"]
    size = house.ledger.size
    again = house.send(house.seal(*events, yard=1)).json()["receipts"]
    assert again == first
    assert all("yard1.example" in held["entry"] for held in again)
    changed = [msgspec.structs.replace(event, note="mine") for event in events]
    assert refused(house, house.seal(*changed, yard=1)) == 409
    assert house.ledger.size == size


def test_events_in_another_order_or_number_than_was_signed_are_refused(house):
    sealed = house.seal(*life(), *life())
    orders = [
        sealed.events[::-1],
        sealed.events[1:],
        sealed.events[:-1],
        sealed.events * 2,
        sealed.events[:1] * 4,
    ]
    for events in orders:
        refused(house, msgspec.structs.replace(sealed, events=events))


def test_a_signature_for_another_log_recorder_or_recording_is_refused(house):
    events = life()
    sealed, other = house.seal(*events), house.seal(*life())
    elsewhere = house.seal(*events, origin="other.example/log")
    by_other = house.seal(*events, yard=1)
    claimed = msgspec.structs.replace(sealed, recorder=by_other.recorder)
    for forged in (
        elsewhere,
        claimed,
        msgspec.structs.replace(sealed, signature=other.signature),
        msgspec.structs.replace(sealed, root=other.root, signature=other.signature),
        msgspec.structs.replace(sealed, events=other.events),
        msgspec.structs.replace(sealed, recorder=house.ledger.signing_key(None).verifying.signer),
    ):
        refused(house, forged)
    stranger = sealed_form(seal(events, SigningKey.generate("yard1.example"), house.ledger.origin))
    assert refused(house, stranger) == 403
    assert house.send(sealed).status_code == 201


def test_any_byte_of_a_sealed_recording_changed_on_its_way_records_nothing_else_than_was_signed(house, full):
    """What is changed back by reading (spaces, escapes) may be taken; what was meant otherwise never is."""
    draw, events = Random(7), life()
    for _ in range(2000 if full else 60):
        body = bytearray(msgspec.json.encode(house.seal(*events)))
        body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
        answer = house.send(bytes(body))
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            assert [held["event"] for held in answer.json()["receipts"]] == [event.id for event in events]
            assert [house.ledger.event(event.id).event for event in events] == events
    assert fsck(house.ledger.store, house.ledger.key.verifying).is_sound


def test_what_was_signed_before_its_key_was_revoked_but_arrives_later_is_refused(house, tmp_path):
    key = SigningKey.generate(f"yard{time.monotonic_ns()}.example")
    house.ledger.enrol(key.name, key.vkey, ["registry"])
    early, late = (seal(life(), key, house.ledger.origin) for _ in range(2))
    assert house.send(sealed_form(early)).status_code == 201
    house.ledger.revoke(key.name, "stolen")
    assert refused(house, sealed_form(late)) == 403
    assert refused(house, sealed_form(early)) == 403
    assert house.ledger.event(early.event(0).id).recorder == key.verifying.signer
    with pytest.raises(Refused, match="revoked"):
        house.ledger.append(life(), recorder=key)
    mirror(house.ledger, tmp_path / "copy")
    verdict = verified(FolderTiles(tmp_path / "copy"), tmp_path / "copy", house.ledger.key.verifying)
    assert verdict.holds
    assert verdict.unknown == ()


def test_a_rotated_key_no_longer_signs_even_what_it_signed_before(house):
    old, new = (SigningKey.generate("turning.example") for _ in range(2))
    house.ledger.enrol(old.name, old.vkey, ["registry"])
    waiting = sealed_form(seal(life(), old, house.ledger.origin))
    house.ledger.rotate(old.name, new.vkey)
    assert refused(house, waiting) == 403
    assert house.send(sealed_form(seal(life(), new, house.ledger.origin))).status_code == 201


def test_a_battery_exported_twice_by_a_replayed_life_is_refused(house):
    made, sold = life()
    exported = msgspec.structs.replace(told("exported", 5), battery=made.battery)
    house.send(house.seal(made, sold, exported))
    again = msgspec.structs.replace(exported, id=told("exported").id)
    assert refused(house, house.seal(again)) == 403
    assert house.ledger.life(made.battery)[-1].version == 3
    assert made.battery != battery()
