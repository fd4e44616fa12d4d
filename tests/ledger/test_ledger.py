"""A ledger takes events whole, once, in order, from those who may say them; and tells the same for ever."""

import threading
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from meguri.battery import Enrolled, Erased, Part
from meguri.errors import InputError, MeguriError, NotFound
from meguri.ledger import Conflict, Ledger, NotVerified, Refused, SigningKey, new_id, seal
from meguri.ledger.fsck import fsck
from meguri.ledger.seal import Sealed, sealed_form
from meguri.ledger.tlog_proof import Policy, verify_proof
from meguri.ledger.verify import verify_log
from tests.ledger.events import battery, to_market, told


def keys_of(ledger: Ledger) -> dict:
    return {held.signer: held.key for held in ledger.recorders()}


def test_a_new_ledger_holds_its_own_recorder_and_nothing_else(ledger):
    (house,) = ledger.recorders()
    assert (house.name, house.until_idx, "registry" in house.roles) == ("house", None, True)
    assert ledger.size == 2


def test_what_is_acknowledged_is_in_the_signed_checkpoint(ledger):
    receipts = ledger.append(to_market())
    proof = ledger.prove(receipts[1].event)
    checked = verify_proof(proof, receipts[1].entry.encode(), Policy(ledger.key.verifying))
    assert checked.size == ledger.size > receipts[1].index


def test_a_receipt_says_where_an_event_stands(ledger):
    first, second = ledger.append(to_market())
    assert (second.index, second.version, second.battery) == (first.index + 1, 2, battery())
    assert ledger.receipt(second.event) == second


def test_an_event_is_recorded_once_however_often_it_is_sent(ledger):
    events = to_market()
    receipts = list(ledger.append(events))
    size = ledger.size
    assert list(ledger.append(events)) == receipts
    assert ledger.size == size
    more = told("measured", 2, soh_percent=90)
    assert [held.event for held in ledger.append([events[0], more])] == [events[0].id, more.id]
    assert ledger.count() == 4


def test_an_id_cannot_say_two_things(ledger):
    event = told("measured", 2, soh_percent=90)
    ledger.append([*to_market(), event])
    for other in (
        msgspec.structs.replace(event, soh_percent=99),
        msgspec.structs.replace(event, battery=battery(2)),
    ):
        with pytest.raises(Conflict, match=event.id):
            ledger.append([other])
    twice = told("measured", 3)
    with pytest.raises(Conflict):
        ledger.append([twice, msgspec.structs.replace(twice, cycles=1)])
    assert len(ledger.life(battery())) == 3


def test_a_batch_is_recorded_whole_or_not_at_all(ledger):
    size = ledger.size
    with pytest.raises(Refused):
        ledger.append([*to_market(), told("collected", 2), told("recycled", 3), told("commissioned", 4)])
    assert ledger.size == size
    with pytest.raises(NotFound):
        ledger.life(battery())


def test_an_exported_battery_cannot_be_collected_at_home(ledger):
    ledger.append([*to_market(), told("exported", 2, country="JP")])
    with pytest.raises(Refused, match="abroad") as refused:
        ledger.append([told("collected", 3)])
    assert "Imported" in refused.value.mend


def test_from_elsewhere_an_impossible_history_is_flagged(ledger):
    ledger.append([*to_market(), told("exported", 2, country="JP")])
    ledger.append([told("collected", 3, country="JP")], elsewhere=True)
    ledger.append([told("manufactured", 4)], elsewhere=True)
    *_, seen, twice = ledger.life(battery())
    assert {"impossible", "seen_after_export", "foreign"} == set(seen.flags)
    assert "twice" in twice.flags
    assert [held.id for held in ledger.anomalies("twice")] == [twice.id]


def test_a_battery_abroad_that_is_measured_at_home_was_seen_again(ledger):
    ledger.append([*to_market(), told("exported", 2, country="JP")])
    ledger.append([told("measured", 3, country="NZ"), told("measured", 4, country="JP")])
    assert [held.flags for held in ledger.life(battery())[-2:]] == [(), ("seen_after_export",)]


def test_a_late_event_finds_its_place(ledger):
    ledger.append([*to_market(), told("exported", 9, country="JP")])
    ledger.append([told("measured", 5, soh_percent=98)])
    late = ledger.life(battery())[-1]
    assert (late.flags, late.stage, late.version) == (("late",), "abroad", 4)
    with pytest.raises(Refused):
        ledger.append([told("registered", 0.5)])


def test_of_two_who_export_one_battery_one_is_refused(ledger):
    ledger.append(to_market())
    outcomes: list[object] = []

    def export(day: int) -> None:
        try:
            outcomes.append(ledger.append([told("exported", day)], expected={battery(): 2})[0].version)
        except Conflict:
            outcomes.append("conflict")

    both = [threading.Thread(target=export, args=(day,)) for day in (3, 4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(map(str, outcomes)) == ["3", "conflict"]


def test_a_name_belongs_to_one_battery(ledger):
    ledger.append([told("manufactured", aliases=("serial:Maker/77",))])
    assert ledger.resolve("serial:maker/77") == battery()
    with pytest.raises(Conflict, match=r"B000001.*B000002"):
        ledger.append([told("manufactured", 0, 2, aliases=("serial:maker/77",))])
    ledger.append([told("manufactured", 0, 2, aliases=("serial:maker/77",))], elsewhere=True)
    assert ledger.life(battery(2))[0].flags == ("alias_clash", "foreign")


def test_a_place_in_a_vehicle_is_free_after_the_battery_left(ledger):
    car = {"vehicle": "ZE0-123456"}
    ledger.append([*to_market(1), told("installed", 2, 1, **car)])
    assert ledger.resolve("vin:ZE0-123456#main") == battery(1)
    ledger.append(to_market(2))
    with pytest.raises(Conflict):
        ledger.append([told("installed", 3, 2, **car)])
    ledger.append([told("removed", 4, 1), told("installed", 5, 2, **car)])
    assert ledger.resolve("vin:ZE0-123456#main") == battery(2)


def test_modules_live_on_after_their_pack(ledger):
    modules = [f"https://id.gs1.org/01/09520000000059/21/M{k}" for k in range(3)]
    split = told("split", 3, parts=tuple(Part(id=name, mass_kg=25) for name in modules))
    ledger.append([*to_market(), told("collected", 2)])
    ledger.append([split])
    (birth,) = ledger.life(modules[0])
    assert (birth.type, birth.named_in, birth.stage, birth.version) == ("split", "parts", "held", 1)
    sorted_out = msgspec.structs.replace(told("sorted", 4), battery=modules[0])
    assert ledger.append([sorted_out], expected={modules[0]: 1})[0].version == 2
    with pytest.raises(Refused):
        ledger.append([told("collected", 5)])


def test_a_correction_moves_the_stage(ledger):
    exported = told("exported", 5)
    ledger.append([*to_market(), exported])
    ledger.append([told("corrected", 6, corrects=exported.id, reason="wrong car")])
    assert ledger.life(battery())[-1].stage == "market"
    ledger.append([told("collected", 7)])
    with pytest.raises(Refused, match="No event"):
        ledger.append([told("corrected", 8, corrects=new_id(), reason="no such")])


def test_an_erasure_leaves_the_line_and_takes_the_content(ledger):
    registered = told("registered", 2, vehicle="ZE0-123456", odometer_km=12)
    ledger.append([*to_market(), registered])
    line = ledger.receipt(registered.id).entry
    ledger.erase(registered.id, ["authority", "interest"], "asked by the keeper")
    left = ledger.event(registered.id)
    assert left.erased == ("authority", "interest")
    assert left.event is not None
    assert left.event.odometer_km is None
    assert ledger.receipt(registered.id).entry == line
    with pytest.raises(NotFound):
        ledger.resolve("vin:ZE0-123456#main")
    ledger.erase(registered.id, ["public"], "asked by the keeper")
    assert ledger.event(registered.id).event is None
    assert isinstance(ledger.life(battery())[-1].event, Erased)
    assert fsck(ledger.store, ledger.key.verifying).is_sound
    assert verify_log(ledger.tiles, ledger.key.verifying, recorder_keys=keys_of(ledger)).holds


def test_nothing_recorded_can_be_changed_by_hand(ledger):
    ledger.append(to_market())
    for statement in (
        "UPDATE event SET stage = 'abroad'",
        "UPDATE event SET line = line",
        "DELETE FROM event",
        "UPDATE seal SET line = line",
        "DELETE FROM seal",
    ):
        with pytest.raises(Exception, match="append only"), ledger.store.writer.begin() as connection:
            connection.execute(text(statement))


def yard(ledger: Ledger, *roles: str) -> SigningKey:
    key = SigningKey.generate("yard.example")
    ledger.enrol("yard.example", key.vkey, roles or ("dismantler",), operator="Yard")
    return key


def test_a_recorder_says_only_what_its_role_allows(ledger):
    key = yard(ledger)
    ledger.append([*to_market(), told("installed", 2)])
    ledger.append([told("removed", 3)], recorder=key)
    with pytest.raises(Refused, match="dismantler"):
        ledger.append([told("recycled", 4)], recorder=key)
    with pytest.raises(Refused, match="No key"):
        ledger.append([told("collected", 4)], recorder=SigningKey.generate("stranger"))


def test_a_revoked_key_signs_nothing_more(ledger):
    key = yard(ledger)
    ledger.append([*to_market(), told("collected", 2)], recorder=None)
    ledger.append([told("stored", 3)], recorder=key)
    ledger.revoke("yard.example", "left the business")
    with pytest.raises(Refused, match="revoked"):
        ledger.append([told("stored", 4)], recorder=key)
    with pytest.raises(Refused, match="does not come back"):
        ledger.enrol("yard.example", key.vkey, ("dismantler",))
    with pytest.raises(Refused, match="No recorder"):
        ledger.revoke("yard.example", "again")


def test_events_from_outside_change_no_keys_and_erase_nothing(ledger):
    """Another ledger's house is not ours, whoever brings its events."""
    stranger = SigningKey.generate("house")
    measured = told("measured", 2, note="private")
    ledger.append([*to_market(), measured])
    takeover = Enrolled(
        id=new_id(), battery="recorder:house", time=measured.time, vkey=stranger.vkey, roles=("registry",)
    )
    erasure = told("erased", 3, erases=measured.id, classes=("interest",), reason="x")
    size = ledger.size
    for event in (takeover, erasure):
        for elsewhere in (True, False):
            with pytest.raises(Refused, match="not taken in"):
                ledger.append([event], elsewhere=elsewhere)
        with pytest.raises(Refused, match="not taken in"):
            ledger.append_sealed(seal([event], ledger.signing_key(None), ledger.origin))
        assert isinstance(ledger.dry_run([event])[0], Refused)
    assert ledger.size == size
    assert ledger.recorders()[0].until_idx is None
    assert ledger.event(measured.id).erased == ()


def test_a_rotated_key_replaces_the_old_one(ledger):
    old = yard(ledger)
    new = SigningKey.generate("yard.example")
    ledger.rotate("yard.example", new.vkey)
    ledger.append([*to_market(), told("collected", 2)])
    with pytest.raises(Refused):
        ledger.append([told("stored", 3)], recorder=old)
    ledger.append([told("stored", 3)], recorder=new)
    assert verify_log(ledger.tiles, ledger.key.verifying, recorder_keys=keys_of(ledger)).holds


def test_a_recording_sealed_elsewhere_is_taken_as_it_was_signed(ledger):
    key = yard(ledger)
    ledger.append([*to_market(), told("collected", 2)])
    sent = sealed_form(seal([told("stored", 3), told("shipped", 4)], key, ledger.origin))
    read = msgspec.json.decode(msgspec.json.encode(sent), type=Sealed)
    receipts = ledger.append_sealed(read)
    assert [held.entry for held in receipts] == [held.entry for held in sent.events]
    assert list(ledger.append_sealed(read)) == list(receipts)


def test_a_sealed_recording_that_was_touched_is_refused(ledger):
    key = yard(ledger)
    ledger.append([*to_market(), told("collected", 2)])
    sent = sealed_form(seal([told("stored", 3, note="a"), told("shipped", 4)], key, ledger.origin))
    size = ledger.size
    elsewhere = sealed_form(seal([told("stored", 3)], key, "other.example/log"))
    stranger = sealed_form(seal([told("stored", 3)], SigningKey.generate("yard.example"), ledger.origin))
    resigned = msgspec.structs.replace(sent, signature=elsewhere.signature)
    reordered = msgspec.structs.replace(sent, events=sent.events[::-1])
    cut = msgspec.structs.replace(sent, events=sent.events[:1])
    other = msgspec.structs.replace(
        sent.events[0], body={**sent.events[0].body, "interest": msgspec.Raw(b'{"note":"b"}')}
    )
    changed = msgspec.structs.replace(sent, events=(other, sent.events[1]))
    hidden = msgspec.structs.replace(
        sent.events[0], body={**sent.events[0].body, "public": msgspec.Raw(b'{"note":"b"}')}
    )
    misplaced = msgspec.structs.replace(sent, events=(hidden, sent.events[1]))
    for touched in (elsewhere, resigned, reordered, cut, changed):
        with pytest.raises(NotVerified):
            ledger.append_sealed(touched)
    with pytest.raises(Refused):
        ledger.append_sealed(stranger)
    with pytest.raises(InputError):
        ledger.append_sealed(misplaced)
    assert ledger.size == size


def test_a_ledger_opened_again_goes_on_where_it_was(ledger, place, tmp_path):
    ledger.append(to_market())
    with Ledger.open(place, keys=tmp_path / "keys") as again:
        again.append([told("measured", 2)], expected={battery(): 2})
        ledger.append([told("measured", 3)], expected={battery(): 3})
        assert [held.version for held in again.life(battery())] == [1, 2, 3, 4]
        assert again.root == ledger.root
    assert fsck(ledger.store, ledger.key.verifying).is_sound


def test_a_ledger_needs_its_own_keys_and_name(ledger, place, tmp_path):
    with pytest.raises(NotVerified):
        Ledger.open(place, keys=tmp_path / "others")
    with Ledger.open(tmp_path / "b.db", keys=tmp_path / "others"), pytest.raises(NotVerified):
        Ledger.open(place, keys=tmp_path / "others")
    with pytest.raises(InputError):
        Ledger.open(place, keys=tmp_path / "keys", origin="another.example/name")


def test_bad_events_are_named_by_row_and_nothing_is_recorded(ledger):
    size = ledger.size
    with pytest.raises(InputError) as refused:
        ledger.append(
            b'[{"type":"measured","id":"x","battery":"https://id.gs1.org/01/09520000000041/21/1","time":"2026-01-01"}]'
        )
    assert refused.value.problems[0].row == 1
    with pytest.raises(InputError) as refused:
        ledger.append(
            [
                *to_market(),
                msgspec.structs.replace(
                    told("measured"), battery="https://id.gs1.org/01/09520000000041/21/1"
                ),
            ]
        )
    assert refused.value.problems[0].row == 3
    assert ledger.size == size


def test_a_rehearsal_says_what_recording_would_say(ledger):
    ledger.append([*to_market(), told("exported", 2)])
    known = told("imported", 3)
    ledger.append([known])
    events = [known, told("collected", 4), told("commissioned", 5), told("measured", 3.5)]
    size = ledger.size
    verdicts = ledger.dry_run(events)
    assert verdicts[0] == ("known",)
    assert verdicts[1] == ()
    assert isinstance(verdicts[2], MeguriError)
    assert verdicts[3] == ("late",)
    assert ledger.size == size


def test_batches_prepared_in_another_process_are_the_same(ledger):
    data = [
        msgspec.json.encode([event for k in range(20) for event in to_market(part * 20 + k)])
        for part in range(3)
    ]
    taken = [len(receipts) for receipts in ledger.append_many(data, workers=1)]
    assert taken == [40, 40, 40]
    assert [held.version for held in ledger.life(battery(59))] == [1, 2]


def test_time_never_goes_backwards_in_the_record(ledger, monkeypatch):
    ledger.append(to_market())
    first = ledger.life(battery())[0].recorded
    monkeypatch.setattr("meguri.ledger.append.time.time_ns", lambda: 10**9)
    ledger.append([told("measured", 2)])
    assert ledger.life(battery())[-1].recorded >= first
    assert fsck(ledger.store, ledger.key.verifying).is_sound


def test_the_house_keys_are_for_their_owner_only(ledger, tmp_path):
    for file in (tmp_path / "keys").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert "PRIVATE" not in repr(ledger.key)


def test_a_home_is_made_for_a_ledger_without_an_address(tmp_path, monkeypatch):
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MEGURI_DB", raising=False)
    with Ledger.open() as opened:
        assert opened.origin.startswith("localhost/")
    assert (tmp_path / "home" / "ledger.db").exists()
    assert Path(f"{tmp_path}/home/ledger.db.keys/log.key").exists()


def test_a_life_can_be_read_after_what_an_event_named_was_erased(ledger):
    ledger.append([*to_market(1), told("removed", 2)], elsewhere=True)
    apart = told("split", 3, parts=[Part(id=battery(9), mass_kg=3.5)])
    ledger.append([apart])
    ledger.erase(apart.id, ["interest"], "a wish")
    assert [held.type for held in ledger.life(battery(1))][-2:] == ["split", "erased"]
    assert ledger.event(apart.id).event.parts == ()
    assert ledger.event(apart.id).erased == ("interest",)
