"""The command line as a person uses it: words in, exit code and text out; the export table is drawn once."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from meguri.cli import app

DRAWS = ("--draws", "200")
Run = Callable[..., Any]
commands = cache(get_command)


@pytest.fixture(scope="session", autouse=True)
def _drawn(_own_home: Path) -> None:
    """The joint export table lies in the home's cache, as after a first run."""
    from meguri.account import national_outflow
    from meguri.flows import parse_options
    from meguri.statistics import load

    statistics = load()
    national_outflow(statistics, parse_options({"draws": "10"}, statistics))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; English unless `lang` says otherwise. The tree of commands is built once for all tests."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("typer.testing._get_command", commands)

    def ran(*words: str, lang: str = "en") -> Any:
        monkeypatch.setenv("MEGURI_LANG", lang)
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert "Traceback" not in result.output
        return result

    return ran


@pytest.fixture
def document(run: Run) -> Callable[..., dict[str, Any]]:
    """The one JSON document that a command prints."""

    def read(*words: str) -> dict[str, Any]:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output
        held = json.loads(result.stdout)
        assert isinstance(held, dict)
        return held

    return read


@pytest.fixture
def own_home(tmp_path: Path, _own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without kept tables that shares the drawn export table."""
    home = tmp_path / "home"
    shutil.copytree(_own_home / "cache", home / "cache")
    monkeypatch.setenv("MEGURI_HOME", str(home))
    return home


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs a command as a process of its own."""

    def ran(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", "from meguri.cli import main; main()", *map(str, words)],
            cwd=tmp_path,
            env=os.environ | {"MEGURI_LANG": "en"} | environment,
            capture_output=True,
            check=False,
        )

    return ran
