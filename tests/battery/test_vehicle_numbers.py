"""Vehicles' numbers: VINs with their check digit where the market uses one, and Japanese chassis numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.vin import check_character, vehicle_number
from meguri.errors import InputError

VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
vins = st.text(VIN_LETTERS, min_size=17, max_size=17)


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "5YJSA1E14FF101307"])
def test_published_american_vins_have_the_right_check_digit(vin):
    assert vehicle_number(vin) == vin
    assert check_character(vin) == vin[8]


@pytest.mark.parametrize("vin", ["JN1AZE0U0123456 78", "wvwzzz1jz3w386752", "SJNFAAZE0U6000001"])
def test_japan_and_europe_use_place_nine_freely(vin):
    assert vehicle_number(vin) == vin.replace(" ", "").upper()


@given(vins)
def test_one_wrong_check_digit_is_told_with_the_right_one(vin):
    vin = f"L{vin[1:]}"
    right = check_character(vin)
    wrong = "5" if right != "5" else "6"
    with pytest.raises(InputError, match=f"should be {right}"):
        vehicle_number(vin[:8] + wrong + vin[9:])
    assert vehicle_number(vin[:8] + right + vin[9:])


@pytest.mark.parametrize(
    ("written", "number"),
    [("ze0-123456", "ZE0-123456"), ("ZE1ー012345", "ZE1-012345"), ("HA3W－0200001", "HA3W-0200001")],
)
def test_a_japanese_chassis_number_is_a_vehicles_number_however_its_hyphen_is_typed(written, number):
    assert vehicle_number(written) == number


@given(vins, st.integers(9, 16), st.sampled_from("IOQ"))
def test_letters_that_look_like_digits_are_named_with_their_place(vin, place, letter):
    with pytest.raises(InputError, match=f"“{letter}” at place {place + 1}"):
        vehicle_number(f"J{vin[1:place]}{letter}{vin[place + 1 :]}")


@pytest.mark.parametrize("text", ["", "-", "ZE0", "123-456789", "JN1AZE0U01234567", "ZE0-12"])
def test_what_is_no_vehicles_number_is_refused(text):
    with pytest.raises(InputError):
        vehicle_number(text)


@given(vins.map(lambda vin: f"J{vin[1:]}"))
def test_a_number_in_its_form_stays_as_it_is(vin):
    assert vehicle_number(vehicle_number(vin.lower())) == vin
