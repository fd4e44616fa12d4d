"""Chinese battery codes (GB/T 34014-2017): taken apart, and refused with the place of the fault."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.battery.gbt34014 import parse_code
from meguri.errors import InputError

days = st.dates(date(2011, 1, 1), date(2040, 12, 31))
ORDER = "123456789ABCDEFGHJKLMNPRSTVWXY0"


def code_of(made: date) -> str:
    return f"04QCB76836300J{ORDER[made.year - 2011]}{ORDER[made.month - 1] if made.month < 10 else 'ABC'[made.month - 10]}{ORDER[made.day - 1]}0000903"


def test_the_code_on_a_cell_tells_maker_type_and_day():
    code, parts = parse_code("04QCB76836300J BC40000903")
    assert code == "04QCB76836300JBC40000903"
    assert (parts.maker, parts.product, parts.battery_type) == ("04Q", "C", "B")
    assert (parts.specification, parts.traceability, parts.serial) == ("76", "836300J", "0000903")
    assert parts.made == date(2021, 12, 4)


def test_a_code_in_small_letters_is_the_same_code():
    assert parse_code("001cb240000003b3c0221953") == parse_code("001CB240000003B3C0221953")


@given(days)
def test_every_day_of_thirty_years_has_its_own_code(made):
    assert parse_code(code_of(made))[1].made == made
    assert code_of(made) != code_of(made - timedelta(days=1)) or made == date(2011, 1, 1)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("04QXB76836300JBC40000903", "“X” at place 4"),
        ("04QCY76836300JBC40000903", "“Y” at place 5"),
        ("04QCB76836300JOC40000903", "“O” at place 15"),
        ("04QCB76836300JBD40000903", "“D” at place 16"),
        ("04QCB76836300JBCZ0000903", "“Z” at place 17"),
        ("04QCB76836300JB200000903", "no day 31"),
        ("04QCB7683630_JBC40000903", "“_” at place 13"),
        ("04QCB76836300JBC4000090", "23 characters"),
        ("04QCB76BC40000903AB", "second use"),
        ("", "0 characters"),
    ],
)
def test_a_wrong_code_is_refused_with_the_place_of_the_fault(code, told):
    with pytest.raises(InputError, match=told):
        parse_code(code)
