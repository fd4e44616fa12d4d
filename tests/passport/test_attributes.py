"""The list of attributes: what comes with Meguri, and what a folder must hold to be one."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from meguri.battery import CLASSES
from meguri.errors import InputError, NotFound
from meguri.passport import CATEGORIES, NEWEST, read_attributes, shipped_attributes, versions

SHIPPED = Path(read_attributes.__code__.co_filename).parent / "lists" / NEWEST


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "list"))


def test_every_version_that_comes_along_can_be_read() -> None:
    assert NEWEST in versions()
    for version in versions():
        held = shipped_attributes(version)
        assert held.version == version
        assert held.source
        assert held.licence


def test_the_list_has_what_the_longlist_and_the_guidance_have() -> None:
    held = shipped_attributes().attributes
    assert len(held) == 102
    assert len({one.key for one in held}) == len({one.id for one in held}) == 102
    assert {one.access for one in held} == set(CLASSES)
    assert all(set(one.duty) == set(CATEGORIES) for one in held)
    assert all(one.name and one.name_ja for one in held)


def test_article_77_2_classes_are_those_of_annex_xiii() -> None:
    held = shipped_attributes()
    assert held["carbon_footprint_kgco2e_per_kwh"].access == "public"
    assert held["dismantling_manuals"].access == "interest"
    assert held["test_reports"].access == "authority"
    assert held["LL064"].key == "state_of_certified_energy_percent"


def test_only_what_applies_to_the_category_is_asked_for() -> None:
    held = shipped_attributes()
    assert held["exhaustion_threshold_percent"].duty["ev"] == "required"
    assert held["exhaustion_threshold_percent"].duty["lmt"] == "excluded"
    assert held["remaining_capacity_ah"].duty["lmt"] == "required"
    assert held["remaining_capacity_ah"].duty["ev"] == "excluded"


def test_what_waits_for_an_act_has_no_date() -> None:
    held = shipped_attributes()
    assert held["due_diligence_report"].since == date(2027, 8, 18)
    waiting = [one for one in held.attributes if one.since is None]
    assert waiting
    assert all(one.waits_for for one in waiting)
    assert {"recycled_nickel_post_percent", "carbon_footprint_class"} <= {one.key for one in waiting}


def test_an_attribute_or_a_list_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound, match="No attribute “colour”"):
        shipped_attributes()["colour"]
    with pytest.raises(NotFound, match="eu-1999") as told:
        shipped_attributes("eu-1999")
    assert NEWEST in told.value.mend


def changed(folder: Path, column: str, value: str) -> None:
    """The same list with another value in the second row."""
    file = folder / "attributes.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    rows[1][column] = value
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_another_version_is_a_folder_and_no_code(folder: Path) -> None:
    changed(folder, "since", "2030-01-01")
    assert read_attributes(folder).attributes[1].since == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("access", "everybody", "access"),
        ("ev", "perhaps", "ev"),
        ("since", "soon", "soon"),
        ("since", "", "waits_for"),
        ("key", "schema_version", "two attributes"),
    ],
)
def test_a_row_that_is_wrong_is_named(folder: Path, column: str, value: str, told: str) -> None:
    changed(folder, column, value)
    with pytest.raises(InputError, match=told) as fault:
        read_attributes(folder)
    assert fault.value.where.endswith("attributes.csv:3")


@pytest.mark.parametrize(
    "broken", ['id,key\n"LL001,b', 'id,key\n"LL001"x,b\n', "id,key\nLL001,b,c,d\n", "id\n\0\n"]
)
def test_a_table_that_is_torn_is_said_so(folder: Path, broken: str) -> None:
    (folder / "attributes.csv").write_text(broken)
    with pytest.raises(InputError) as fault:
        read_attributes(folder)
    assert fault.value.where.endswith("attributes.csv:2")


def test_a_folder_without_a_list_is_said_so(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_attributes(tmp_path / "none")
    (folder / "list.json").write_text("{}")
    with pytest.raises(InputError, match="version"):
        read_attributes(folder)
    (folder / "list.json").write_bytes(b" " * (5 << 20))
    with pytest.raises(InputError, match="more than"):
        read_attributes(folder)
