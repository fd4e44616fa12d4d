"""Starting up: light, in the right language, with help for every command."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from babel.messages.extract import extract_from_dir

from meguri import __version__
from meguri.cli import app
from meguri.cli.language import catalogue, language, translator

HEAVY = {"polars", "numpy", "litestar", "altair", "scipy", "xarray", "rich", "babel", "meguri.statistics"}
PLACE = Path(__file__).parents[2] / "src" / "meguri" / "cli"


def commands(command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*words, name))


def test_the_version_is_told(process):
    done = process("--version")
    assert done.stdout.decode().split() == ["meguri", __version__]
    assert done.returncode == 0


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["estimate", "outflow", "--help"]])
def test_help_imports_nothing_heavy(words):
    code = f"""
import sys
from meguri.cli import app
try:
    app({words!r})
except SystemExit:
    pass
print(sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"LANG": "C"}
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("words", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_every_command_has_help(run, words):
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


def test_japanese_help_is_japanese(process):
    shown = process("estimate", "--help", MEGURI_LANG="ja").stdout.decode()
    assert "推計" in shown
    assert "Estimate" not in shown


@pytest.mark.parametrize(
    ("told", "environment", "meant"),
    [
        (None, {}, "en"),
        (None, {"LANG": "ja_JP.UTF-8"}, "ja"),
        (None, {"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "en"),
        (None, {"MEGURI_LANG": "en", "LANG": "ja_JP.UTF-8"}, "en"),
        ("ja", {"MEGURI_LANG": "en"}, "ja"),
    ],
)
def test_the_language_told_last_wins(told, environment, meant):
    assert language(told, environment) == meant


def test_every_phrase_has_its_japanese():
    used = {found[2] for found in extract_from_dir(PLACE, keywords={"_": None, "say": None, "mark": None})}
    assert used <= catalogue("ja").keys()


def test_translations_keep_their_blanks():
    from string import Formatter

    for phrase, translated in catalogue("ja").items():
        blanks = [
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (phrase, translated)
        ]
        assert blanks[0] == blanks[1], phrase


def test_formulas_of_the_steps_have_their_japanese():
    from meguri.account import national_outflow
    from meguri.flows import parse_options
    from meguri.statistics import load

    statistics = load()
    estimate = national_outflow(statistics, parse_options({"draws": "10"}, statistics))
    say = translator("ja")
    worded = {
        step.formula
        for step in estimate.provenance.steps
        if any(word.isalpha() and len(word) > 3 for word in step.formula.split())
    }
    assert {formula for formula in worded if say(formula) == formula} <= {
        "m[y] = e[y] · content[y] ÷ 1000",
        "m[y] · 1000 · price[y]",
    }


def test_no_command_prints_by_itself():
    for path in PLACE.glob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        assert not any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls), path
