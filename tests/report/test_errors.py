"""Every error that a person can see is said in Japanese too, with the same names and values in it."""

import ast
import errno
import os
import pickle
import string
from http import HTTPStatus
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import meguri
from meguri.errors import Problem, Said
from meguri.report import in_language, problem_in_language

SOURCE = Path(meguri.__file__).parent
CATALOGUE = SOURCE / "report" / "locale" / "ja.errors.po"


def said_in_code() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Said"
            if named and isinstance(node.args[0], ast.Constant):
                found[node.args[0].value] = f"{path.name}:{node.lineno}"
    return found


def translated() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, locale="ja") if entry.id}


def fields(text: str) -> set[str]:
    return {name.removesuffix("_ja") for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_of_an_error_has_a_japanese_translation() -> None:
    known = translated()
    assert {text: place for text, place in said_in_code().items() if not known.get(text)} == {}


def test_no_translation_is_left_over() -> None:
    system = {os.strerror(code) for code in errno.errorcode} | {status.phrase for status in HTTPStatus}
    system.add("Request Entity Too Large")
    assert translated().keys() - said_in_code().keys() - system == set()


def test_translations_keep_the_placeholders() -> None:
    for english, japanese in translated().items():
        assert fields(english) == fields(japanese), english


def test_japanese_errors_use_full_width_punctuation() -> None:
    for japanese in translated().values():
        bare = "…".join(text for text, *_ in string.Formatter().parse(japanese))
        assert not any(mark in bare for mark in (", ", ". ", "?", "!", "“", "”")), japanese
        assert not bare.endswith("."), japanese


def test_errors_are_raised_with_sentences_that_can_be_translated() -> None:
    raised = {"MeguriError", "InputError", "NotFound", "OptionError", "Problem", "CellFault"}
    bare = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in raised
            ):
                continue
            told = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("what", "mend"))]
            bare += [
                f"{path.name}:{text.lineno}"
                for text in told
                if isinstance(text, ast.JoinedStr | ast.BinOp)
                or (isinstance(text, ast.Constant) and text.value)
            ]
    assert bare == []


@pytest.mark.parametrize("lang", ["ja", "en"])
@given(text=st.text())
def test_text_that_is_no_sentence_of_ours_stays_as_it_is(lang: str, text: str) -> None:
    assert in_language(text, "ja" if lang == "ja" else "en") == text


def test_a_sentence_is_the_english_text_and_survives_copying() -> None:
    said = Said("There is no table “{name}”", name="x{y}")
    assert said == f"{said}" == "There is no table “x{y}”"
    again = pickle.loads(pickle.dumps(said))
    assert (again, again.template, dict(again.values)) == (said, said.template, {"name": "x{y}"})
    assert Said.of("{x} }") == in_language(Said.of("{x} }"), "ja") == "{x} }"
    assert in_language(again, "ja") == "「x{y}」という表はありません"


def test_sentences_and_lists_within_a_sentence_are_translated_too() -> None:
    said = Said("{file} was not read: {what}", file="a.csv", what=Said("the file is empty"))
    assert in_language(said, "ja") == "a.csvは読み込めませんでした：ファイルが空です"
    assert in_language(Said("Charts: {charts}.", charts=("a", "b")), "ja") == "使える図：a、b。"
    assert in_language(said, "en") == "a.csv was not read: the file is empty"


def test_a_problem_is_placed_in_both_languages() -> None:
    problem = Problem(Said("this is not a year"), Said("Check month and day."), "a.csv", "S", 3, "年", "x")
    assert problem_in_language(problem, "en") == str(problem)
    assert (
        problem_in_language(problem, "ja")
        == "a.csv：シート「S」、3行目、列「年」：年ではありません（値「x」）。月と日を確かめてください。"
    )
    assert problem_in_language(Problem("w", "m", "a.csv"), "ja") == "a.csv：w。m"
