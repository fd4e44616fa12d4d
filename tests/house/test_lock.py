"""The lock says what is installed, by content and not by place."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def entries() -> list[str]:
    return [entry for entry in re.split(r"\n(?=\S)", LOCK.strip()) if not entry.startswith("#")]


def test_lock_names_no_place_to_fetch_from():
    assert not re.search(r"https?:|file:|index-url|find-links|@ |trusted-host", LOCK)
    assert not re.search(r"(^|\s)/\w", LOCK)


def test_every_locked_package_is_pinned_and_carries_hashes():
    loose = [
        entry.splitlines()[0]
        for entry in entries()
        if not PINNED.match(entry) or "--hash=sha256:" not in entry
    ]
    assert entries()
    assert loose == []


def test_every_declared_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        declared += group
    wanted = {canonical(re.split(r"[<>=!~;\[ ]", requirement)[0]) for requirement in declared}
    locked = {canonical(name) for name, _ in PINNED.findall(LOCK)}
    assert wanted <= locked
