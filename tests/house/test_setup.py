"""Setting up says what is missing, and has nothing to do the second time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import environment

ROOT = Path(__file__).resolve().parents[2]


def run_script(name: str, programs: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script that finds no program outside the given folder."""
    shell = shutil.which("sh") or "sh"
    return subprocess.run(
        [shell, str(ROOT / "tools" / name)],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def programs(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("id", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_without_a_python_it_says_how_to_get_one(programs):
    done = run_script("python.sh", programs)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "apt-get install python3" in done.stderr


def test_a_python_that_does_not_start_is_passed_over(programs):
    program(programs, "python3.13", "exit 127")
    (programs / "python3").symlink_to(sys.executable)
    done = run_script("python.sh", programs)
    assert done.stdout.strip() == str(programs / "python3")


def test_without_a_browser_it_says_the_one_command_and_fails(programs):
    done = run_script("browser.sh", programs)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "sudo apt-get install -y chromium" in done.stderr


def test_a_browser_that_is_there_is_named_alone(programs):
    program(programs, "chromium", "exit 0")
    program(programs, "fc-list", "echo a-font")
    done = run_script("browser.sh", programs)
    assert done.returncode == 0
    assert done.stdout.strip() == str(programs / "chromium")


def test_a_changed_lock_asks_for_a_new_setup(tmp_path, monkeypatch):
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1")
    monkeypatch.setattr(environment, "LOCK", lock)
    before = environment.fingerprint()
    assert environment.fingerprint() == before
    lock.write_text("a==2")
    assert environment.fingerprint() != before


def test_a_setup_that_was_interrupted_is_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    assert not environment.is_ready("this lock")
    (tmp_path / "stamp").write_text("this lock")
    assert environment.is_ready("this lock")
    assert not environment.is_ready("another lock")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting polars==2.1.0 (from -r requirements.lock (line 3))", "polars"),
        ("Requirement already satisfied: numpy==2.4.6 in there", "numpy"),
        (
            "Processing ./wheels/cvttf_notosanscjk_bold-1.0-py3-none-any.whl (from x)",
            "cvttf_notosanscjk_bold",
        ),
    ],
)
def test_progress_names_each_package(line, name):
    match = environment.SEEN.match(line)
    assert match
    assert match[1] == name


def test_continuous_integration_runs_what_a_person_runs():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
