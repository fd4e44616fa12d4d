import importlib.util
import string
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.report import LANGUAGES, best_language, translations, translator
from meguri.report.names import PLACES, place_name
from meguri.statistics import Statistics

TOOL = Path(__file__).parents[2] / "tools" / "catalogues.py"


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_sentence_has_a_japanese_translation_and_none_is_a_guess(catalogues: ModuleType) -> None:
    assert catalogues.faults("ja", catalogues.used()) == []


def test_translations_keep_the_placeholders(catalogues: ModuleType) -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for entry in catalogues.held("ja"):
        if entry.id and "%(" not in entry.id:
            assert fields(entry.id) == fields(entry.string), entry.id


def test_japanese_sentences_end_and_bracket_in_full_width(catalogues: ModuleType) -> None:
    for entry in catalogues.held("ja"):
        text = str(entry.string)
        if any("぀" <= letter <= "ヿ" for letter in text):
            assert not any(mark in text for mark in (", ", ". ", "?", "!")), text


def test_renewing_the_catalogue_changes_nothing_when_the_code_is_unchanged(catalogues: ModuleType) -> None:
    sentences = catalogues.used()
    old = catalogues.held("ja")
    assert (
        catalogues.written(catalogues.renewed(old, sentences, "ja"))
        == (catalogues.LOCALE / "ja.po").read_bytes()
    )


def test_english_speaks_its_message_ids() -> None:
    assert translator("en")("Outflow ratio") == "Outflow ratio"
    assert translator("ja")("Outflow ratio") == "海外流出割合"
    assert translations("ja") is translations("ja")


@pytest.mark.parametrize(
    ("header", "chosen", "expected"),
    [
        ("en-GB,en;q=0.9,ja;q=0.8", None, "en"),
        ("ja,en-US;q=0.9", None, "ja"),
        ("fr,de;q=0.7", None, "ja"),
        ("fr,en;q=0.1", None, "en"),
        ("ja", "en", "en"),
        ("en;q=0", None, "ja"),
        ("en", "xx", "en"),
        ("", None, "ja"),
    ],
)
def test_the_language_chosen_wins_then_the_browser_then_japanese(
    header: str, chosen: str | None, expected: str
) -> None:
    assert best_language(header, chosen) == expected


@given(st.text(max_size=500), st.none() | st.text(max_size=5))
def test_any_header_gives_a_language(header: str, chosen: str | None) -> None:
    assert best_language(header, chosen) in LANGUAGES


def test_places_are_named_as_the_customs_list_names_them(statistics: Statistics) -> None:
    for row in statistics.table("trade_countries").frame.iter_rows(named=True):
        assert row["destination"] in PLACES
        assert place_name(row["destination"], "ja") == row["name_ja"]
