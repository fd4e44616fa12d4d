"""What a visitor finds at the top of the project."""

import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("help", "setup", "run", "test", "bench", "lock", "docs", "report", "screenshots", "audit", "clean")
MACHINE_PLACE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|private/var)/\w")
ROW = {
    "name",
    "issue",
    "ours",
    "unit",
    "floor",
    "floor_name",
    "ratio",
    "goal",
    "holds",
    "command",
    "versions",
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "docs/architecture.md"]
)
def test_the_project_introduces_itself(name):
    assert (ROOT / name).stat().st_size > 400


@pytest.mark.parametrize("target", TARGETS)
def test_every_named_target_is_explained(target):
    assert re.search(rf"^{target}:.*## \w", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_no_file_names_a_place_on_some_machine():
    found = []
    for path in tracked():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE_PLACE.finditer(text)]
    assert found == []


def test_no_tracked_file_is_larger_than_a_reader_would_fetch_gladly():
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 3_000_000] == []


def test_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
    assert f'__version__ = "{version}"' in (ROOT / "src" / "meguri" / "__init__.py").read_text()


def test_benchmark_rows_have_every_field_and_say_truly_whether_they_hold():
    rows = json.loads((ROOT / "benchmarks" / "results.json").read_text())
    assert rows
    for row in rows:
        assert set(row) == ROW, row["name"]
        if row["goal"] != "equal":
            subject, sign, bound = row["goal"].split()
            value, goal = row[subject], float(bound)
            assert row["holds"] == (value <= goal if sign == "<=" else value >= goal), row["name"]


def test_a_wheel_carries_figures_templates_and_translations(tmp_path):
    from hatchling.builders.wheel import WheelBuilder

    wheel = Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    inside = set(zipfile.ZipFile(wheel).namelist())
    kept = ("src/meguri/",)
    wanted = {
        path.relative_to(ROOT / "src").as_posix()
        for path in tracked()
        if path.relative_to(ROOT).as_posix().startswith(kept)
    }
    assert wanted <= inside
    assert "meguri/py.typed" in inside
