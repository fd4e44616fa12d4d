"""Whatever is typed, the answer says what is wrong, where, and how to mend it; there is never a traceback."""

import re
import subprocess
import sys

import pytest

from meguri.cli import failure
from meguri.cli.language import translator
from meguri.errors import InputError, MeguriError, NotFound, OptionError
from meguri.statistics import load
from tests.cli.conftest import DRAWS

ABSURD = [
    ("--draws", "0"),
    ("--draws", "-5"),
    ("--draws", "many"),
    ("--draws", "1e999"),
    ("--draws", "9" * 400),
    ("--seed", "-1"),
    ("--seed", "π"),
    ("--until", "1999"),
    ("--until", "20244"),
    ("--as-of", "yesterday"),
    ("--as-of", "2024-02-31"),
    ("--method", "best"),
    ("--workers", "0"),
    ("--workers", "x"),
    ("--set", "export_growth"),
    ("--set", "=1"),
    ("--set", "nothing=1"),
    ("--set", "export_growth=nan"),
    ("--set", "export_growth=inf"),
    ("--set", "export_growth=1e308"),
    ("--set", "export_growth=0.2..0.1"),
    ("--set", "export_growth=0..0..0..0"),
    ("--set", "survey_reading=tea_leaves"),
    ("--set", "method=meguri"),
    ("--set", "export_growth=0", "--set", "export_growth=0"),
    ("--table", "nothing", "--csv"),
    ("--csv", "--json"),
    ("somewhere.docx",),
    ("--lang", "fr"),
    ("--bogus",),
    ("one", "two"),
]


@pytest.mark.parametrize("words", ABSURD, ids=" ".join)
def test_absurd_options_are_refused_with_code_2(run, words):
    result = run("estimate", "outflow", *words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.strip()
    assert len(result.stderr) < 5_000


FILES = {
    "empty.csv": b"",
    "blank.csv": b"\n\n\n",
    "nul.csv": b"a,b\x00\n1,2\n",
    "noise.csv": bytes(range(128, 256)) * 50,
    "header.csv": "年,販売台数\n".encode(),
    "quotes.csv": b'a,b\n"1,2\n3,4',
    "zip.xlsx": b"PK\x03\x04broken",
    "old.xls": b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
    "wide.csv": b"," * 5_000 + b"\n",
    "formula.csv": "暦年,販売台数\n2024,=1+1\n".encode(),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "words", [("data", "check"), ("data", "add"), ("data", "diff"), ("estimate", "outflow", "--data")]
)
def test_broken_files_are_refused_with_code_1_and_nothing_is_kept(run, tmp_path, own_home, words, name):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    result = run(*words, path)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert name in result.stderr
    assert not (own_home / "tables").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("estimate", "explain", "nothing:2024", *DRAWS),
        ("estimate", "explain", "outflow_ratio", *DRAWS),
        ("estimate", "explain", ":::", *DRAWS),
        ("estimate", "explain", "", *DRAWS),
        ("estimate", "explain", "ratio_1999", *DRAWS),
        ("estimate", "sensitivity", "nothing", *DRAWS),
        ("data", "show", "nothing"),
        ("data", "remove", "nothing"),
        ("data", "check", "no-such-file.csv"),
        ("data", "bogus"),
        ("sources", "nothing"),
        ("sources", "new_bev_sales:1066"),
        ("serve", "--port", "99999"),
        ("report", "outflow", "--lang", "fr"),
    ],
    ids=" ".join,
)
def test_names_that_do_not_exist_are_refused_with_code_2(run, words):
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.strip()


def test_a_place_that_cannot_be_written_is_told(run, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = run("estimate", "outflow", *DRAWS, "--csv", blocked / "below" / "out.csv")
    assert result.exit_code == 1
    assert "file" in result.stderr
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_fault_of_the_program_is_one_line_and_a_way_to_the_details(run, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nothing to divide")

    monkeypatch.setattr("meguri.account.national_outflow", broken)
    result = run("estimate", "outflow", *DRAWS)
    assert result.exit_code == failure.OWN_FAULT
    assert "--debug" in result.stderr
    assert len(result.stderr.splitlines()) <= 3


def test_debug_prints_the_details(monkeypatch):
    from typer.testing import CliRunner

    from meguri.cli import app

    result = CliRunner().invoke(app, ["--debug", "data", "show", "nothing"])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def test_exit_codes_tell_wrong_use_from_bad_input():
    assert failure.code_of(OptionError("x")) == failure.code_of(NotFound("x")) == 2
    assert (
        failure.code_of(InputError("x"))
        == failure.code_of(MeguriError("x"))
        == failure.code_of(OSError())
        == 1
    )
    assert failure.code_of(ValueError()) == 70


def test_an_error_is_told_in_japanese(capsys):
    failure.tell(MeguriError("何か", where="ここ", mend="こうする"), translator("ja"))
    assert capsys.readouterr().err.splitlines() == ["エラー：何か", "場所：ここ", "直し方：こうする"]


def test_a_closed_pipe_is_quiet(tmp_path):
    command = f"{sys.executable} -c 'from meguri.cli import main; main()' data show cev_subsidies_by_prefecture_year --rows 0"
    done = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("contents", "words", "names"),
    [
        ("暦年,販売台数\n2024,abc\n2023,-\n", ("data", "check", "FILE"), ("own.csv", "abc")),
        ("暦年,販売台数\n2024,abc\n", ("estimate", "outflow", "--data", "FILE"), ("own.csv", "abc")),
        ("", ("data", "show", "nothing"), None),
        ("", ("estimate", "outflow", "--until", "1999"), ("until",)),
    ],
)
def test_a_japanese_error_has_no_english_left_over(run, tmp_path, contents, words, names):
    path = tmp_path / "own.csv"
    path.write_text(contents, encoding="utf-8")
    result = run(*(str(path) if word == "FILE" else word for word in words), lang="ja")
    assert result.exit_code != 0
    words_left = set(re.findall(r"[A-Za-z_][A-Za-z_.]*", result.stderr.replace(str(path), "")))
    known = {"nothing", *load().tables} if names is None else set(names)
    assert {word for word in words_left if word not in known} == set()
