"""Each class of readers has a commitment of its own, under salt of its own: opening one says nothing about the others."""

import os
import sys
from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from meguri.battery import CLASSES, EVENTS, FIELDS, Part
from meguri.errors import InputError
from meguri.ledger import NotVerified, SigningKey
from meguri.ledger.canonical import canonical
from meguri.ledger.seal import (
    SALT_BYTES,
    Recording,
    Sealed,
    commitment,
    event_of,
    joined,
    parts_of,
    seal,
    sealed_form,
    unseal,
)
from tests.ledger.events import to_market, told

ORIGIN = "registry.example/meguri"
KEY = SigningKey("yard.example", b"\5" * 32)
RICH = told(
    "installed",
    country="JP",
    by="Garage",
    note="front",
    vehicle="ZE0-123456",
    position="main",
    vehicle_model="Leaf",
)
PLAIN = told("maintained", 1)


def opened(recording: Recording, place: int = 0) -> dict[str, tuple[bytes, bytes, str]]:
    """Salt, part and commitment of each class."""
    form = sealed_form(recording).events[place]
    promised = msgspec.json.decode(form.entry)["commit"]
    return {
        name: (bytes.fromhex(form.salts[name]), bytes(form.body[name]), promised[name]) for name in CLASSES
    }


def test_each_class_is_proved_alone_with_its_own_salt_and_part():
    for salt, part, promised in opened(seal([RICH], KEY, ORIGIN)).values():
        assert commitment(salt, part) == promised == sha256(salt + part).hexdigest()


def test_the_parts_are_the_event_each_field_in_the_part_of_its_readers():
    for event in (RICH, PLAIN):
        whole = msgspec.to_builtins(event)
        parts = {name: msgspec.json.decode(part) for name, part in zip(CLASSES, parts_of(event), strict=True)}
        assert {field: value for part in parts.values() for field, value in part.items()} == whole
        assert all(FIELDS[field].access == name for name, part in parts.items() for field in part)
        assert [canonical(parts[name]) for name in CLASSES] == list(parts_of(event))


def test_opening_one_class_says_nothing_of_the_others():
    shown = opened(seal([RICH], KEY, ORIGIN))
    for name, (salt, _, _) in shown.items():
        for other, (_, part, promised) in shown.items():
            if other != name:
                assert commitment(salt, part) != promised
                assert commitment(b"", part) != promised
    assert len({salt for salt, _, _ in shown.values()}) == len(CLASSES)


def test_a_class_without_content_looks_like_one_with_content():
    lines = [seal([event], KEY, ORIGIN).entries[0] for event in (RICH, PLAIN)]
    assert len({len(line) for line in lines}) == 1
    empty = opened(seal([PLAIN], KEY, ORIGIN))
    assert empty["authority"][1] == empty["interest"][1] == b"{}"
    assert empty["authority"][2] != empty["interest"][2] != sha256(b"{}").hexdigest()


def test_the_same_event_sealed_twice_cannot_be_recognised():
    first, second = (opened(seal([RICH], KEY, ORIGIN)) for _ in range(2))
    for name in CLASSES:
        assert first[name][1] == second[name][1]
        assert first[name][0] != second[name][0]
        assert first[name][2] != second[name][2]


def test_salts_are_128_bits_from_the_systems_source_of_randomness_and_never_used_again(monkeypatch):
    events, asked = [told("measured") for _ in range(500)], list[int]()
    draw = os.urandom
    monkeypatch.setattr(os, "urandom", lambda count: asked.append(count) or draw(count))
    salts = [salt[k : k + 16] for salt in seal(events, KEY, ORIGIN).salts for k in range(0, 48, 16)]
    assert SALT_BYTES * 8 >= 128
    assert sum(asked) == 500 * len(CLASSES) * SALT_BYTES
    assert len(set(salts)) == len(salts) == 1500
    ones = sum(int.from_bytes(salt).bit_count() for salt in salts)
    assert abs(ones - 1500 * 64) < 6 * (1500 * 128 / 4) ** 0.5


@pytest.mark.parametrize("word", sorted(EVENTS))
def test_a_line_never_holds_what_happened(word):
    needed = {
        "split": {"parts": ()},
        "assembled": {"parts": ()},
        "shredded": {"into": Part(id="x")},
        "refined": {"outputs": ()},
        "attested": {"claim": "c"},
        "corrected": {"corrects": PLAIN.id, "reason": "secret"},
        "erased": {"erases": PLAIN.id, "classes": (), "reason": "secret"},
        "enrolled": {"vkey": "k", "roles": ()},
        "rotated": {"vkey": "k"},
        "revoked": {"reason": "secret"},
    }
    event = told(word, note="secret", **needed.get(word, {}))
    (line,) = seal([event], KEY, ORIGIN).entries
    held = msgspec.json.decode(line)
    assert list(held) == ["commit", "event", "recorder"]
    assert list(held["commit"]) == list(CLASSES)
    assert canonical(held) == line
    assert b"secret" not in line
    assert event_of(joined(parts_of(event))) == event


def sent() -> Sealed:
    return sealed_form(seal([RICH, PLAIN], KEY, ORIGIN))


def with_parts(**parts: bytes) -> Sealed:
    """The same recording with other content in the first event, whose line and root commit to it."""
    form = sent()
    body = form.events[0].body | {name: msgspec.Raw(part) for name, part in parts.items()}
    return msgspec.structs.replace(
        form, events=(msgspec.structs.replace(form.events[0], body=body), form.events[1])
    )


def test_a_recording_travels_unchanged():
    recording = seal([RICH, PLAIN], KEY, ORIGIN)
    read = msgspec.json.decode(msgspec.json.encode(sealed_form(recording)), type=Sealed)
    assert unseal(read) == recording


@pytest.mark.parametrize(
    "part",
    [b"5", b"[]", b'""', b"null", b'"{}"', b"[" * 50_000 + b"]" * 50_000, b'{"note":1}', b'{"odd":"x"}', b"{ }"],
)  # fmt: skip
@pytest.mark.parametrize("name", CLASSES)
def test_a_part_that_is_no_canonical_object_of_its_class_is_refused(name, part):
    with pytest.raises(InputError):
        unseal(with_parts(**{name: part}))


def test_a_part_in_another_class_or_spelling_is_refused():
    note, rest = b'{"note":"front"}', b'{"position":"main"}'
    for parts in (
        {"interest": b'{"note":"front", "position":"main"}'},
        {"interest": b'{"position":"main","note":"front"}'},
        {"interest": rest, "authority": b'{"note":"front","vehicle":"ZE0-123456"}'},
        {"interest": b'{"note":"front","note":"front","position":"main"}'},
        {"interest": note[:-1] + b',"position":"m\\u0061in"}'},
    ):
        with pytest.raises(InputError):
            unseal(with_parts(**parts))


@pytest.mark.parametrize(
    "change",
    [
        lambda form: msgspec.structs.replace(form, root="é"),
        lambda form: msgspec.structs.replace(form, signature="not base64"),
        lambda form: msgspec.structs.replace(
            form, events=(msgspec.structs.replace(form.events[0], salts={}), form.events[1])
        ),
        lambda form: msgspec.structs.replace(
            form, events=(msgspec.structs.replace(form.events[0], salts=dict.fromkeys(CLASSES, "00" * 15)),)
        ),
        lambda form: msgspec.structs.replace(
            form, events=(msgspec.structs.replace(form.events[0], salts=dict.fromkeys(CLASSES, "zz" * 16)),)
        ),
        lambda form: msgspec.structs.replace(
            form, events=(msgspec.structs.replace(form.events[0], body={"public": msgspec.Raw(b"{}")}),)
        ),
    ],
)
def test_a_recording_that_is_not_whole_is_refused(change):
    with pytest.raises(InputError):
        unseal(change(sent()))


@pytest.mark.parametrize(
    "event",
    [
        msgspec.structs.replace(PLAIN, id=PLAIN.id.upper()),
        msgspec.structs.replace(PLAIN, id="ab" * 18),
        msgspec.structs.replace(PLAIN, battery=PLAIN.battery.replace("https", "HTTPS")),
        told("split", parts=(Part(id="HTTPS://id.gs1.org/01/09520000000059/21/M1"),)),
        told("maintained", note="a\0b"),
    ],
)
def test_what_append_would_mend_or_refuse_is_refused_where_it_was_signed_already(ledger, event):
    key = SigningKey.generate("yard.example")
    ledger.enrol(key.name, key.vkey, ("registry",))
    size = ledger.size
    recording = seal([event], key, ledger.origin)
    with pytest.raises((InputError, NotVerified)):
        ledger.append_sealed(sealed_form(recording))
    assert ledger.size == size


def test_a_recording_whose_lines_no_log_can_hold_is_refused_even_from_here(ledger):
    size, house = ledger.size, ledger.signing_key(None)
    for event in (
        msgspec.structs.replace(PLAIN, id=PLAIN.id.upper()),
        msgspec.structs.replace(PLAIN, id="ab" * 16),
    ):
        with pytest.raises(NotVerified, match="line"):
            ledger.append_sealed(seal([event], house, ledger.origin))
    recording = seal([PLAIN], house, ledger.origin)
    with pytest.raises(NotVerified, match="line"):
        ledger.append_sealed(replace(recording, keys=[b"\0" * 16]))
    assert ledger.size == size


def test_a_recording_of_nothing_leaves_no_line(ledger):
    size = ledger.size
    nothing = seal([], ledger.signing_key(None), ledger.origin)
    assert list(ledger.append_sealed(sealed_form(nothing))) == list(ledger.append_sealed(nothing)) == []
    assert [list(held) for held in ledger.append_many([b"[]", b"\n"], workers=0)] == [[], []]
    assert ledger.size == size


def test_of_many_recordings_sent_together_each_is_taken_or_told_why_not(ledger):
    key, stranger = SigningKey.generate("yard.example"), SigningKey.generate("stranger.example")
    ledger.enrol(key.name, key.vkey, ("registry",))
    good, other = (seal([told("measured", day)], key, ledger.origin) for day in (1, 2))
    late = seal([*to_market(7), told("exported", 3, 7), told("collected", 4, 7)], key, ledger.origin)
    forged = replace(sealed_form_of(other), signature=good.signature)
    answers = ledger.append_sealed_many(
        [good, sealed_form(other), forged, seal([PLAIN], stranger, ledger.origin), late, good]
    )
    assert [answer[0].event for answer in (answers[0], answers[1], answers[5])] == [
        good.event(0).id,
        other.event(0).id,
        good.event(0).id,
    ]
    assert [type(answer).__name__ for answer in answers[2:5]] == ["NotVerified", "Refused", "Refused"]
    assert ledger.size == 4 + 4


def sealed_form_of(recording: Recording) -> Recording:
    """The recording as it is after it has travelled."""
    return unseal(sealed_form(recording))


def test_a_recording_of_too_many_events_is_refused(ledger, monkeypatch):
    monkeypatch.setattr(sys.modules["meguri.ledger.seal"], "MOST_EVENTS", 2)
    with pytest.raises(InputError, match="3 events are too many"):
        ledger.append([told("measured", day) for day in range(3)])
    assert ledger.size == 2
