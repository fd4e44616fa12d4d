"""Whatever a battery's code is scanned or typed as, it leads to one identifier, and the identifier to itself."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meguri.battery import alias, canonical, identify
from meguri.battery.gs1_keys import check_digit
from meguri.battery.identity import LONGEST, LONGEST_READ
from meguri.errors import InputError

PACK = "https://id.gs1.org/01/04012345123456/21/A-1"


@pytest.mark.parametrize(
    "text",
    [
        PACK,
        "https://battery.example/passports/01/4012345123456/10/L/21/A-1?11=231201&linkType=gs1:pip",
        "http://a.example/gtin/04012345123456/ser/A-1#top",
        "(01)04012345123456(21)A-1",
        "(01) 04012345123456 (21) A-1",
        "]C1010401234512345621A-1",
        "0104012345123456112312011021\x1d21A-1",
        "010401234512345610L{GS}21A-1",
        "urn:epc:id:sgtin:4012345.012345.A-1",
        f"  {PACK}\n",
        "（０１）０４０１２３４５１２３４５６（２１）Ａ－１",
    ],
)
def test_every_form_of_a_label_is_the_same_battery(text):
    assert canonical(text) == PACK


@pytest.mark.parametrize(
    ("text", "form", "scheme", "level"),
    [
        ("4012345123456", "https://id.gs1.org/01/04012345123456", "gs1-model", "model"),
        ("(01)04012345123456(10)L", "https://id.gs1.org/01/04012345123456/10/L", "gs1-batch", "batch"),
        (PACK, PACK, "gs1-item", "item"),
        ("urn:epc:id:giai:4012345.B1", "https://id.gs1.org/8004/4012345B1", "gs1-item", "item"),
        ("(8003)04012345000221", "https://id.gs1.org/8003/04012345000221", "gs1-model", "model"),
        ("(8003)04012345000221X", "https://id.gs1.org/8003/04012345000221X", "gs1-item", "item"),
        ("(8010)4012345M(8011)7", "https://id.gs1.org/8010/4012345M/8011/7", "gs1-item", "item"),
        ("(414)4012345000054", "https://id.gs1.org/414/4012345000054", "gs1-place", "place"),
        ("001cb240 000003b3c0221953", "gbt:001CB240000003B3C0221953", "gbt34014", "item"),
        ("vin:ze0-123456", "vin:ZE0-123456#main", "vin", "position"),
        ("VIN:1M8GDM9AXKP042788#Rear  Left", "vin:1M8GDM9AXKP042788#rear left", "vin", "position"),
        ("ZE0-123456", "vin:ZE0-123456#main", "vin", "position"),
        ("serial: ＮＩＳＳＡＮ / Ab 1/2", "serial:nissan/Ab 1/2", "serial", "item"),
        ("serial:日産/ｱ12", "serial:日産/ア12", "serial", "item"),
        ("did:web:maker.example:b%3a1", "did:web:maker.example:b%3A1", "did", "item"),
        (
            "F47AC10B-58CC-4372-A567-0E02B2C3D479",
            "urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "uuid",
            "item",
        ),
        ("recorder:registry.example/Lab", "recorder:registry.example/Lab", "recorder", "recorder"),
    ],
)
def test_a_name_tells_its_scheme_and_what_it_names(text, form, scheme, level):
    found = identify(text)
    assert (found.canonical, found.scheme, found.level) == (form, scheme, level)
    assert identify(form) == found
    assert all(found.parts.values())


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds("serial:{}/{}".format, st.text(max_size=20), st.text(max_size=20)),
        st.builds("vin:ZE0-123456#{}".format, st.text(max_size=20)),
        st.builds("recorder:{}".format, st.text(max_size=20)),
        st.from_regex(r"did:[a-z]{1,4}:[\w.:%-]{0,20}"),
    )
)
@example("serial:ͅ/1")
@example("vin:ZE0-123456#ͅ")
@example("vin:ZE0-123456##")
@example("recorder:ﬁ")
def test_a_canonical_name_is_its_own_canonical_name(text):
    with suppress(InputError):
        form = canonical(text)
        assert canonical(form) == form
        assert identify(form) == identify(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1 to 400 characters"),
        ("x" * (LONGEST_READ + 1), "1 to 400 characters"),
        (f"serial:a/{'x' * LONGEST}", "1 to 400 characters"),
        ("battery 7", "not an identifier that is known"),
        ("mailto:a@b.example", "not an identifier that is known"),
        ("https://id.gs1.org/01/04012345123457/21/A-1", "must be 6"),
        ("4012345123457", "must be 6"),
        ("https://maker.example/batteries/7", "holds no GS1 key"),
        ("urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d47", "not a URN"),
        ("urn:isbn:9780345418913", "not a URN"),
        ("did:web:a.example#key", "not a DID"),
        ("did:web:", "not a DID"),
        ("recorder:a b", "not the name of a recorder"),
        ("recorder:a+b", "not the name of a recorder"),
        ("serial:nissan", "does not name a maker"),
        ("serial:/1", "does not name a maker"),
        ("serial:a/b\x00", "cannot be printed"),
        ("gbt:04QCB7683630", "12 characters"),
        ("vin:JN1AZE0U0O1234567", "“O” at place 10"),
    ],
)
def test_what_names_nothing_is_refused_with_a_way_to_mend_it(text, told):
    for read in (identify, canonical, alias):
        with pytest.raises(InputError) as refused:
            read(text)
        assert told in str(refused.value)
        assert refused.value.mend


@pytest.mark.parametrize(
    "text", [PACK, "gbt:001CB240000003B3C0221953", "vin:ZE0-123456#main", "did:a:b", "serial:a/b"]
)
def test_what_one_battery_bears_can_be_its_alias(text):
    assert alias(text) == text


@pytest.mark.parametrize(
    "text", ["4012345123456", "recorder:lab", "(414)4012345000054", "(417)4012345000054"]
)
def test_what_names_a_model_a_place_or_a_person_is_no_alias_of_a_battery(text):
    with pytest.raises(InputError, match="does not name one battery"):
        alias(text)


@given(st.integers(0, 10**12 - 1), st.integers(0, 13), st.integers(1, 9))
def test_a_mistyped_digit_of_a_model_never_leads_to_another_battery(number, place, shift):
    gtin = f"0{number:012d}"
    gtin += check_digit(gtin)
    slip = gtin[:place] + str((int(gtin[place]) + shift) % 10) + gtin[place + 1 :]
    assert canonical(f"https://id.gs1.org/01/{gtin}/21/1").endswith("/21/1")
    with pytest.raises(InputError):
        canonical(f"https://id.gs1.org/01/{slip}/21/1")
