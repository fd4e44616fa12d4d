"""GS1 names: one canonical Digital Link, whatever form, domain or packing they come in; check digits catch slips."""

import json
import random
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.gs1 import (
    WebLink,
    check,
    compressed,
    digital_link,
    from_elements,
    from_epc,
    from_link,
    web_link,
)
from meguri.battery.gs1_keys import GTIN_LENGTHS, KEY, KEYS, QUALIFIER, Gs1, check_digit, gs1
from meguri.errors import InputError

DATA = Path(__file__).parent / "data" / "gs1"
CANONICAL = json.loads((DATA / "canonical_links.json").read_text(encoding="utf-8"))
COMPRESSED = json.loads((DATA / "compressed_links.json").read_text(encoding="utf-8"))
CHECKED = [key for key in KEYS if key.checked]


@st.composite
def names(draw: st.DrawFn, key: str | None = None) -> Gs1:
    """A right name of any key, with some of its qualifiers."""
    kind = KEY[key or draw(st.sampled_from(sorted(KEY)))]
    digits = draw(st.text("0123456789", min_size=kind.fixed, max_size=kind.fixed))
    if kind.ai == "8003":
        digits = "0" + digits[1:]
    if kind.checked:
        head = digits[: kind.checked - 1]
        digits = head + check_digit(head) + digits[kind.checked :]
    more = draw(st.text(sorted(kind.allowed), min_size=kind.least, max_size=kind.more))
    pairs = []
    for ai in draw(st.sets(st.sampled_from(kind.qualifiers))) if kind.qualifiers else ():
        one = QUALIFIER[ai]
        pairs.append((ai, draw(st.text(sorted(one.allowed), min_size=1, max_size=one.most))))
    return gs1(kind.ai, digits + more, sorted(pairs, key=lambda pair: kind.qualifiers.index(pair[0])))


@pytest.mark.parametrize(("written", "canonical"), CANONICAL)
def test_published_forms_have_their_published_canonical_link(written, canonical):
    assert digital_link(written) == canonical


@pytest.mark.parametrize("thing", [42, None, b"https://id.gs1.org/01/09780345418913", ["x"]])
def test_what_is_no_text_has_no_link(thing):
    assert digital_link(thing) is None


@given(names())
def test_a_canonical_link_is_its_own_canonical_link(name):
    assert digital_link(name.link) == name.link == from_link(name.link).link


@given(
    names(),
    st.sampled_from(["http://a.example", "https://u:p@b.example:8443", "HTTPS://c.example/x/01/y"]),
    st.sampled_from(["", "/", "?15=231231&linkType=gs1:pip", "#part"]),
    st.booleans(),
)
def test_the_resolver_the_attributes_and_short_names_do_not_change_who_is_named(name, resolver, end, short):
    pairs = ((name.ai, name.value), *name.qualifiers)
    words = {ai: held.word for ai, held in {**KEY, **QUALIFIER}.items()} if short else {}
    path = "".join(f"/{words.get(ai) or ai}/{quote(value, safe='')}" for ai, value in pairs)
    assert from_link(f"{resolver}{path}{end}") == name


@given(names("01"))
def test_the_finest_thing_counts_and_a_variant_never(name):
    held = dict(name.qualifiers)
    fine = next(((ai, held[ai]) for ai in ("235", "21", "10") if ai in held), None)
    assert name.finest == fine
    assert from_link(name.link).qualifiers == ((fine,) if fine else ())


@pytest.mark.parametrize("length", GTIN_LENGTHS)
def test_a_short_gtin_is_the_same_with_zeros_before_it(length):
    digits = "9780345418913"[: length - 1].rjust(length - 1, "1")
    short = digits + check_digit(digits)
    assert from_link(f"https://a.example/01/{short}") == from_link(f"https://id.gs1.org/gtin/{short:0>14}")


@given(st.data(), st.sampled_from(CHECKED))
def test_every_single_wrong_digit_is_caught_and_the_right_check_digit_told(data, key):
    name = data.draw(names(key.ai))
    check(name)
    place = data.draw(st.integers(1 if key.ai == "8003" else 0, key.checked - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != name.value[place]]))
    wrong = gs1(key.ai, name.value[:place] + other + name.value[place + 1 :])
    with pytest.raises(InputError, match=f"must be {check_digit(wrong.value[: key.checked - 1])}"):
        check(wrong)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("https://id.gs1.org/01/123", "3 characters"),
        ("https://id.gs1.org/01/0978034541891X", "Character 14 of the GTIN, “X”"),
        ("https://id.gs1.org/01/09780345418913/21/", "Nothing stands after “21”"),
        ("https://id.gs1.org/01/09780345418913/21/a%7Bb", "Character 2 of the serial number, “{”"),
        ("https://id.gs1.org/01/09780345418913/21/" + "1" * 21, "has 21 characters"),
        ("https://id.gs1.org/01/09780345418913/21/1/10/2", "wrong order"),
        ("https://id.gs1.org/01/09780345418913/254/1", "cannot stand after the GTIN"),
        ("https://id.gs1.org/01/09780345418913/99/1", "“99” is not a part"),
        ("https://id.gs1.org/01/09780345418913/21/%E9%9B%BB", "not percent-encoded"),
        ("https://id.gs1.org/8003/13870585000552", "begins with 0"),
        ("https://example.org/about", "holds no GS1 key"),
        ("ftp://id.gs1.org/01/09780345418913", "holds no GS1 key"),
    ],
)
def test_a_broken_link_is_told_where_it_breaks(link, told):
    with pytest.raises(InputError) as refused:
        from_link(link)
    assert told in str(refused.value)
    assert refused.value.mend


URNS = {
    "00": ("sscc", 17),
    "01": ("sgtin", 13),
    "253": ("gdti", 12),
    "255": ("sgcn", 12),
    "402": ("gsin", 16),
    "414": ("sgln", 12),
    "417": ("pgln", 12),
    "8003": ("grai", 12),
    "8006": ("itip", 13),
    "8017": ("gsrnp", 17),
    "8018": ("gsrn", 17),
}
"""Scheme of each key of fixed digits and how many digits prefix and reference have together."""


@given(st.data(), st.sampled_from(sorted(URNS)), st.integers(6, 12))
def test_an_epc_urn_names_what_its_link_names_however_long_the_company_prefix(data, key, prefix):
    scheme, length = URNS[key]
    digits = data.draw(st.text("0123456789", min_size=length, max_size=length))
    serial = data.draw(st.text(sorted(QUALIFIER["21"].allowed - {"0"}), min_size=1, max_size=12))
    if key == "255":
        serial = "7"
    written = quote(serial, safe="!'()*+,-.:;=_")
    company, rest = digits[:prefix], digits[prefix:]
    swapped = rest[:1] + company + rest[1:]
    bodies = {"00": swapped, "01": swapped, "8006": swapped, "8003": "0" + digits}
    body = bodies.get(key, digits)
    value = body + check_digit(body)
    urn = f"urn:epc:id:{scheme}:{company}.{rest}"
    if key == "01":
        urn, expected = f"{urn}.{written}", gs1(key, value, [("21", serial)])
    elif key == "414":
        urn, expected = f"{urn}.{written}", gs1(key, value, [("254", serial)])
    elif key == "8006":
        urn, expected = f"{urn}.01.02.{written}", gs1(key, f"{value}0102", [("21", serial)])
    elif key in ("253", "255", "8003"):
        urn, expected = f"{urn}.{written}", gs1(key, value + serial)
    else:
        expected = gs1(key, value)
    assert check(from_epc(urn)) == expected
    assert digital_link(urn) == expected.link


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:4012345.011111",
        "urn:epc:id:sgtin:4012345.01111.1",
        "urn:epc:id:sgtin:40123.0111111.1",
        "urn:epc:id:sgtin:4012345.011111.a#b",
        "urn:epc:id:sgtin:4012345.011111." + "1" * 21,
        "urn:epc:id:itip:4012345.011111.1.002.987",
        "urn:epc:id:grai:4012345.00022.",
        "urn:epc:id:cpi:4012345.ab.1",
        "urn:epc:id:cpi:4012345.1",
        "urn:epc:id:gid:4012345.1.1",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sgtin:4012345.012345.5",
        "urn:epc:idpat:sscc:4012345.*",
        "urn:epc:class:sgtin:4012345.012345.1",
        "urn:epc:id:sgtin:４012345.011111.1",
    ],
)
def test_an_urn_that_is_not_as_its_scheme_wants_is_refused(urn):
    assert digital_link(urn) is None
    with pytest.raises(InputError):
        from_epc(urn)


@given(names(), st.booleans(), st.randoms(use_true_random=False))
def test_element_strings_name_what_the_link_names(name, first, order: random.Random):
    pairs = [(name.ai, name.value), *name.qualifiers]
    marks = ("(", ")")
    if not any(mark in value for _, value in pairs for mark in marks):
        assert from_elements("".join(f"({ai}){value}" for ai, value in pairs)) == name
    order.shuffle(pairs)
    front = "]C1" if first else "]d2"
    assert from_elements(front + "".join(f"{ai}{value}\x1d" for ai, value in pairs)) == name


def test_dates_and_weights_beside_the_name_are_left_out():
    assert from_elements("(01)04012345123456(11)231201(3102)045300(21)A-1").link.endswith("/21/A-1")
    assert from_elements("010401234512345611231201310204530021A-1").link.endswith("/21/A-1")
    assert from_elements("]C1010401234512345610LOT\x1d21A").link.endswith("/01/04012345123456/21/A")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(21)5", "holds 0 keys"),
        ("(01)04012345123456(414)4012345000054", "holds 2 keys"),
        ("(05)1(01)04012345123456", "(05) is not"),
        ("(01)04012345123456(21)A(21)B", "twice, and differently"),
        ("(01)04012345123456(254)1", "cannot stand after"),
        ("]C1" + "1" * 600, "603 characters"),
    ],
)
def test_element_strings_that_name_no_one_thing_are_refused(text, told):
    with pytest.raises(InputError) as refused:
        from_elements(text)
    assert told in str(refused.value)


@pytest.mark.parametrize(("link", "packed"), COMPRESSED)
def test_published_links_are_packed_and_unpacked_as_published(link, packed):
    assert web_link(packed).uri == link
    assert compressed(web_link(link)) == packed


@given(
    names().filter(lambda name: len(name.value) >= 13),
    st.lists(
        st.tuples(st.from_regex(r"[a-z][A-Za-z0-9_-]{0,9}", fullmatch=True), st.text(max_size=20)),
        max_size=3,
        unique_by=lambda pair: pair[0],
    ),
)
def test_packing_loses_nothing(name, attributes):
    link = WebLink(name, "https://a.example/x", tuple(pair for pair in attributes if pair[0] != "linkType"))
    read = web_link(compressed(link))
    assert (read.name, read.resolver) == (name, link.resolver)
    assert sorted(read.attributes) == sorted(link.attributes)


@given(
    st.one_of(st.text(), st.from_regex(r"https://a\.b/[\w/%-]{0,80}"), st.text("01()]C/21\x1d%", max_size=60))
)
def test_hostile_text_is_read_or_refused_but_never_breaks(text):
    for read in (from_link, from_epc, from_elements):
        with suppress(InputError):
            assert digital_link(read(text).link) is not None


def test_a_path_of_many_keys_is_refused_quickly():
    assert digital_link("https://a.example" + "/01/1" * 100_000) is None
    with pytest.raises(InputError):
        from_link("https://a.example" + "/01/1" * 390)
