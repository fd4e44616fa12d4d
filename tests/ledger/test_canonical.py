"""There is one way to write a value (RFC 8785), and the quick way writes the same."""

import json
import struct
from pathlib import Path

import msgspec
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meguri.battery import CLASSES, EVENTS, FIELDS
from meguri.errors import InputError
from meguri.ledger.canonical import canonical, canonical_lines
from meguri.ledger.seal import event_of, joined, parts_of
from tests.ledger.exchange.drawn import event as drawn

VECTORS = json.loads((Path(__file__).parent / "data/canonical/rfc8785_vectors.json").read_text())


def number(bits: str) -> float:
    return struct.unpack(">d", bytes.fromhex(bits))[0]


class Held(msgspec.Struct):
    a: float


@pytest.mark.parametrize(("bits", "text"), VECTORS["numbers"])
def test_numbers_are_written_as_appendix_b_says(bits, text):
    assert canonical(number(bits)) == text.encode()
    if abs(number(bits)) < 1e16:
        assert canonical_lines([Held(number(bits))])[0] == f'{{"a":{text}}}'.encode()


@pytest.mark.parametrize("bits", VECTORS["not_numbers"])
def test_what_is_no_number_is_refused(bits):
    with pytest.raises(InputError):
        canonical(number(bits))


@pytest.mark.parametrize("document", VECTORS["documents"], ids=lambda held: held["name"])
def test_documents_are_written_as_the_reference_implementation_does(document):
    assert canonical(json.loads(document["input"])) == bytes.fromhex(document["output_hex"])


def test_the_example_of_section_3_2_2_is_written_as_there():
    given_text = r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    assert canonical(json.loads(given_text)).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    )


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), {"a": [float("nan")]}, "\ud800", {"\udfff": 1}, float("inf")]
)
def test_what_json_cannot_carry_is_refused(value):
    with pytest.raises(InputError, match="RFC 8785"):
        canonical(value)


@pytest.mark.parametrize("word", sorted(EVENTS))
@given(data=st.data())
@settings(max_examples=12)
def test_the_parts_of_every_event_are_canonical_however_quickly_they_were_written(word, data):
    event = data.draw(drawn(word))
    fields = msgspec.to_builtins(event)
    parts = parts_of(event)
    for name, part in zip(CLASSES, parts, strict=True):
        assert part == rfc8785.dumps(
            {field: value for field, value in fields.items() if FIELDS[field].access == name}
        )
    assert event_of(joined(parts)) == event


@given(
    st.floats(-1e16, 1e16, allow_nan=False, exclude_min=True, exclude_max=True),
    st.text(st.characters(codec="utf-8")),
)
@example(9007199254740992.0, "")
@settings(max_examples=300)
def test_any_number_and_text_is_written_as_quickly_as_rightly(value, text):
    class Both(msgspec.Struct):
        a: float
        b: str

    assert canonical_lines([Both(value, text)]) == [rfc8785.dumps({"a": value, "b": text})]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8")),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=100)
def test_what_is_written_reads_as_what_was_meant_and_is_written_the_same_again(value):
    written = canonical(value)
    read = json.loads(written, parse_int=float)
    assert read == value
    assert canonical(read) == written
