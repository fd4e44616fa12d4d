"""A copy of another ledger: nothing is kept that does not hold, nothing is shown that may not be seen, nothing acknowledged is missed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from meguri.battery import Part
from meguri.errors import InputError, MeguriError, NotFound
from meguri.ledger import Ledger, NotVerified, SigningKey, VerifyingKey
from meguri.ledger.copied import Copied, copy_recording, recordings
from meguri.ledger.evidence import Evidence, proves
from meguri.ledger.follow import follow
from meguri.ledger.replica import Replica, read_lag
from meguri.ledger.rotation import open_handover, rotate_log_key
from meguri.ledger.share import LedgerEvents, Share, Shared, Source
from meguri.ledger.store import open_store
from meguri.ledger.stored_tiles import read_lines
from meguri.ledger.tables import event, link
from meguri.ledger.verify import verify_log
from tests.ledger.branch import branch_of
from tests.ledger.events import battery, to_market, told

ORIGIN = "registry.example/meguri"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db", origin=ORIGIN, keys=tmp_path / "keys") as opened:
        yield opened


def source_of(ledger: Ledger, access: str = "authority") -> Source:
    return Source("https://registry.example", ledger.tiles, LedgerEvents(ledger, access))


def lived(ledger: Ledger) -> None:
    """A life with everything a copy must carry: a vehicle's number, parts, an odd event, another recorder, an erasure."""
    key = SigningKey.generate("yard")
    ledger.append(to_market(1))
    ledger.append([told("installed", 2, vehicle="ZE0-123456", position="1", site="a plant")])
    ledger.enrol("yard", key.vkey, ["dismantler", "manufacturer"])
    ledger.append([told("removed", 3, note="worn")], recorder=key)
    ledger.append([told("split", 4, parts=[Part(id=battery(9), mass_kg=3.5)])])
    ledger.append([told("exported", 5, value_jpy=100), told("collected", 1.5)], elsewhere=True)
    wished = told("measured", 6, 9, soh_percent=80.0, note="a name")
    ledger.append([wished], elsewhere=True)
    ledger.erase(wished.id, ["interest"], "a wish")


def rows(ledger: Ledger | Replica, table) -> list[tuple]:
    with ledger.store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


def test_a_copy_of_everything_is_the_same_to_the_last_byte_and_verifies(ledger, tmp_path):
    lived(ledger)
    lag = follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    assert (lag.behind, lag.lines, lag.access) == (0, ledger.size, "authority")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        assert (copy.origin, copy.size, copy.root, copy.checkpoint) == (
            ledger.origin,
            ledger.size,
            ledger.root,
            ledger.checkpoint,
        )
        for table in (event, link):
            assert rows(copy, table) == rows(ledger, table)
        for name in (battery(1), battery(9)):
            assert copy.life(name) == ledger.life(name)
        assert copy.recorders() == ledger.recorders()
        assert copy.anomalies() == ledger.anomalies()
        keys = {held.signer: held.key for held in copy.recorders()}
        verdict = verify_log(copy.tiles, ledger.key.verifying, recorder_keys=keys)
        assert verdict.holds
        assert not verdict.unknown
        assert copy.prove(ledger.read()[0].id) == ledger.prove(ledger.read()[0].id)


def test_names_lead_to_batteries_in_a_copy_as_they_do_there(ledger, tmp_path):
    ledger.append(to_market(1))
    ledger.append([told("installed", 2, vehicle="ZE0-123456", position="1")])
    follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        assert copy.resolve("vin:ZE0-123456#1") == battery(1)
    ledger.append([told("removed", 3)])
    follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    with Ledger.open_replica(tmp_path / "copy.db") as copy, pytest.raises(NotFound):
        copy.resolve("vin:ZE0-123456#1")


def test_a_copy_holds_only_what_its_follower_may_see(ledger, tmp_path):
    lived(ledger)
    lag = follow(source_of(ledger, "public"), ledger.key.verifying, tmp_path / "copy.db")
    assert lag.access == "public"
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        told_ = copy.life(battery(1))
        assert [held.type for held in told_] == [held.type for held in ledger.life(battery(1))]
        assert all(held.event and held.event.site is None and held.event.note is None for held in told_)
        assert not any(held.erased for held in told_), "hidden is not erased"
        with pytest.raises(NotFound):
            copy.resolve("vin:ZE0-123456#1")
        assert rows(copy, link) == []
    held = (
        (tmp_path / "copy.db").read_bytes() + (tmp_path / "copy.db-wal").read_bytes()
        if (tmp_path / "copy.db-wal").exists()
        else (tmp_path / "copy.db").read_bytes()
    )
    for secret in (b"ZE0-123456", b"a plant", b"worn", b"a name"):
        assert secret not in held


def test_what_is_erased_there_is_erased_here(ledger, tmp_path):
    named = told("measured", 2, note="a name")
    ledger.append([*to_market(1), named])
    follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    ledger.erase(named.id, ["interest"], "a wish")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        assert copy.event(named.id).event.note == "a name"
    follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        assert copy.event(named.id) == ledger.event(named.id)
        assert copy.event(named.id).erased == ("interest",)


def test_a_copy_is_not_added_to(ledger, tmp_path):
    ledger.append(to_market(1))
    follow(source_of(ledger), ledger.key.verifying, tmp_path / "copy.db")
    with pytest.raises(InputError, match="copy of another"):
        Ledger.open(tmp_path / "copy.db")
    assert not hasattr(Replica, "append")


def test_one_ledger_is_no_place_for_the_copy_of_another(ledger, tmp_path):
    ledger.append(to_market(1))
    Ledger.open(tmp_path / "mine.db").close()
    with pytest.raises(InputError, match="not a copy"):
        follow(source_of(ledger), ledger.key.verifying, tmp_path / "mine.db")


class Stops(Exception):
    pass


class Breaking:
    """Events that stop coming after some answers, as where a connection or the follower dies."""

    def __init__(self, ledger: Ledger, answers: int) -> None:
        self.events, self.left = LedgerEvents(ledger), answers

    def share(self, after: int, limit: int) -> Share:
        if not self.left:
            raise Stops
        self.left -= 1
        return self.events.share(after, min(limit, 40))


def test_following_goes_on_where_it_broke_off(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr("meguri.ledger.follow.STEP", 64)
    for number in range(0, 400, 10):
        ledger.append([held for k in range(10) for held in to_market(number + k + 1)])
    copy, reached = tmp_path / "copy.db", [0]
    for _ in range(40):
        try:
            lag = follow(replace(source_of(ledger), events=Breaking(ledger, 9)), ledger.key.verifying, copy)
            break
        except Stops:
            store = open_store(copy)
            lag = read_lag(store)
            store.close()
            assert lag is not None
            assert lag.whole is None
            assert lag.lines > reached[-1] or len(reached) == 1
            reached.append(lag.lines)
            with pytest.raises(NotFound, match="whole copy"):
                Ledger.open_replica(copy)
    assert len(reached) > 2
    assert (lag.behind, lag.lines) == (0, ledger.size)
    with Ledger.open_replica(copy) as held:
        assert rows(held, event) == rows(ledger, event)


def test_a_copy_says_how_far_behind_it_is(ledger, tmp_path):
    ledger.append(to_market(1))
    copy = tmp_path / "copy.db"
    first = follow(source_of(ledger), ledger.key.verifying, copy)
    assert first.whole == first.seen
    ledger.append(to_market(2))
    with pytest.raises(Stops):
        follow(replace(source_of(ledger), events=Breaking(ledger, 0)), ledger.key.verifying, copy)
    with Ledger.open_replica(copy) as held:
        lag = held.lag()
        assert (lag.behind, lag.whole) == (3, first.whole)
        assert lag.seen > first.seen
        assert lag.age() > lag.seen - first.seen
        assert held.size == first.lines
        assert verify_log(held.tiles, ledger.key.verifying).holds


def changed(shared: Shared, how: str) -> Shared:
    swap = msgspec.structs.replace
    opening = shared.opening
    if how == "another content":
        body = {**opening.body, "public": msgspec.Raw(bytes(opening.body["public"]).replace(b"JP", b"NZ"))}
        return swap(shared, opening=swap(opening, body=body))
    if how == "another salt":
        return swap(shared, opening=swap(opening, salts={**opening.salts, "public": "00" * 16}))
    if how == "another line":
        return swap(shared, opening=swap(opening, entry=opening.entry.replace('"event"', '"evens"')))
    if how == "another battery":
        return swap(shared, battery=battery(77))
    if how == "another conclusion":
        return swap(shared, stage="abroad")
    return swap(shared, index=shared.index + 1)


class Lying(LedgerEvents):
    """Gives one event otherwise than it is."""

    how: str

    def share(self, after: int, limit: int) -> Share:
        told = LedgerEvents.share(self, after, limit)
        lied = tuple(
            changed(held, HOW[0]) if held.type == "placed_on_market" else held for held in told.events
        )
        return msgspec.structs.replace(told, events=lied)


HOW = [""]


@pytest.mark.parametrize(
    "how",
    [
        "another content",
        "another salt",
        "another line",
        "another battery",
        "another conclusion",
        "another place",
    ],
)
def test_an_event_that_is_not_what_the_log_says_is_not_kept(ledger, tmp_path, how):
    ledger.append(to_market(1))
    HOW[0] = how
    with pytest.raises(NotVerified) as refused:
        follow(replace(source_of(ledger), events=Lying(ledger)), ledger.key.verifying, tmp_path / "copy.db")
    first, second = (held.id for held in ledger.life(battery(1)))
    named = {"another line": str(ledger.event(second).index), "another conclusion": first}
    assert refused.value.where == named.get(how, second)
    with pytest.raises(NotFound):
        Ledger.open_replica(tmp_path / "copy.db")


class Withholding(LedgerEvents):
    def share(self, after: int, limit: int) -> Share:
        told = LedgerEvents.share(self, after, limit)
        return msgspec.structs.replace(
            told, events=tuple(held for held in told.events if held.type != "placed_on_market")
        )


def test_an_event_that_is_withheld_is_missed(ledger, tmp_path):
    ledger.append(to_market(1))
    with pytest.raises(NotVerified, match="does not give"):
        follow(
            replace(source_of(ledger), events=Withholding(ledger)),
            ledger.key.verifying,
            tmp_path / "copy.db",
        )


def test_a_rewritten_history_is_refused_with_evidence_that_convinces_anyone(ledger, tmp_path):
    copy = tmp_path / "copy.db"
    with branch_of(ledger, tmp_path / "other.db") as other:
        ledger.append(to_market(1))
        before = follow(source_of(ledger), ledger.key.verifying, copy)
        other.append([held for k in range(2, 5) for held in to_market(k)])
        with pytest.raises(NotVerified, match="two histories") as refused:
            follow(source_of(other), ledger.key.verifying, copy)
    evidence = Evidence.parse(Path(refused.value.where).read_bytes())
    assert proves(evidence, VerifyingKey.parse(ledger.vkey))
    with Ledger.open_replica(copy) as held:
        assert (held.size, held.root) == (before.lines, ledger.root)


def test_a_log_that_lost_lines_is_refused(ledger, tmp_path):
    copy = tmp_path / "copy.db"
    with branch_of(ledger, tmp_path / "older.db") as older:
        ledger.append(to_market(1))
        follow(source_of(ledger), ledger.key.verifying, copy)
        with pytest.raises(NotVerified, match="had 5 entries and now shows 2"):
            follow(source_of(older), ledger.key.verifying, copy)


def test_a_copy_goes_on_under_the_key_that_replaced_the_log_s(tmp_path):
    copy, old = tmp_path / "copy.db", None
    with Ledger.open(tmp_path / "ledger.db", origin=ORIGIN) as ledger:
        old = ledger.key.verifying
        ledger.append(to_market(1))
        follow(source_of(ledger), old, copy)
        new = rotate_log_key(ledger).verifying
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.append(to_market(2))
        with pytest.raises(NotVerified):
            follow(source_of(ledger), old, copy)
        assert follow(source_of(ledger), new, copy).behind == 0
        with Ledger.open_replica(copy) as held:
            assert (held.vkey, held.root) == (new.vkey, ledger.root)
            (handed,) = (one.event for one in held.read() if one.type == "rotated")
            assert open_handover(handed.handover, old) == new


@pytest.fixture(scope="module")
def answer(tmp_path_factory) -> tuple[bytes, list[bytes], tuple]:
    """What a source answers about a life, the lines of its log, and its recorders before the life."""
    with Ledger.open(tmp_path_factory.mktemp("life") / "ledger.db", origin=ORIGIN) as ledger:
        ledger.append([*to_market(1), told("removed", 2, note="worn")], elsewhere=True)
        ledger.append([told("split", 4, parts=[Part(id=battery(9), mass_kg=3.5)])])
        with ledger.store.reading() as connection:
            lines = read_lines(connection, 2, ledger.size)
        return msgspec.json.encode(LedgerEvents(ledger).share(1, 100)), lines, ledger.recorders()


def copied(answer: bytes, lines: list[bytes], recorders: tuple) -> Copied:
    told_, held = msgspec.json.decode(answer, type=Share), Copied(recorders)
    events = list(told_.events)
    for first, statements, last in recordings(lines, 2):
        shared, events = events[: len(statements)], events[len(statements) :]
        if len(shared) < len(statements):
            raise NotVerified("too few")
        copy_recording(held, first, statements, last, shared, told_.access, ORIGIN)
    return held


def edited(document: object, draw: st.DrawFn) -> object:
    """The document with one value in it replaced, left out, or taken from elsewhere in it."""
    if isinstance(document, dict) and document:
        name = draw(st.sampled_from(sorted(document)))
        if draw(st.integers(0, 5)) == 0:
            return {key: value for key, value in document.items() if key != name}
        return {**document, name: edited(document[name], draw)}
    if isinstance(document, list) and document:
        place = draw(st.integers(0, len(document) - 1))
        if draw(st.integers(0, 5)) == 0:
            return [*document[:place], *document[place + 1 :]]
        return [*document[:place], edited(document[place], draw), *document[place + 1 :]]
    return draw(
        st.none()
        | st.integers()
        | st.text(max_size=9)
        | st.sampled_from(["public", "exported", "", 0, {}, []])
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_source_answers_the_copy_is_right_or_there_is_none(answer, data):
    right = copied(*answer)
    told_, lines, recorders = answer
    document = edited(json.loads(told_), data.draw)
    try:
        held = copied(json.dumps(document).encode(), lines, recorders)
    except (MeguriError, msgspec.ValidationError):
        return
    assert [row[:11] for row in held.event] == [row[:11] for row in right.event]
    assert held.seal == right.seal
    for row, true in zip(held.event, right.event, strict=True):
        shown = json.loads(row[12] or "{}")
        assert shown == {name: part for name, part in json.loads(true[12]).items() if name in shown}
