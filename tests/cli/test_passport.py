"""`meguri passport` as a maker uses it who asks what the law wants."""

import json

from tests.cli.conftest import Run


def test_the_attributes_of_a_category_on_a_date(run: Run) -> None:
    told = run("passport", "attributes", "--category", "ev", "--on", "2027-02-18", "--lang", "ja")
    assert told.exit_code == 0
    assert "定格容量" in told.stdout
    assert "102件のうち56件が必須" in told.stderr


def test_the_same_as_a_document(run: Run) -> None:
    told = run("passport", "attributes", "--category", "lmt", "--on", "2027-08-18", "--json")
    held = json.loads(told.stdout)
    assert held["due"]["due"] == 68
    assert len(held["list"]["attributes"]) == len(held["due"]["lines"]) == 102


def test_a_category_a_date_and_a_list_that_are_none(run: Run) -> None:
    for option, value, words in (
        ("--category", "car", "“car” is not one of the choices"),
        ("--on", "soon", "is not a date"),
        ("--list", "eu-1999", "No list of attributes"),
    ):
        told = run("passport", "attributes", option, value, "--lang", "en")
        assert told.exit_code != 0
        assert words in told.stderr
        assert "Traceback" not in told.stderr
