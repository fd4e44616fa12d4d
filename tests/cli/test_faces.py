"""The report and the dashboard are asked for with the same words as the estimate."""

import json
from pathlib import Path

import pytest

from meguri.errors import MeguriError
from tests.cli.conftest import DRAWS


@pytest.fixture
def editions(monkeypatch):
    """What the report room was asked to write."""
    asked = []

    def write(statistics, estimate, lang, folder, previous=None):
        asked.append((estimate.options.method, lang, folder, previous))
        return (folder / f"outflow.{lang}.html", folder / f"outflow.{lang}.pdf")

    monkeypatch.setattr("meguri.report.outflow.write_report", write)
    return asked


def test_both_languages_are_written_and_their_places_told(run, editions, tmp_path):
    result = run("report", "outflow", "--lang", "both", "--out", tmp_path, "--method", "whitepaper", *DRAWS)
    assert result.exit_code == 0, result.output
    assert editions == [("whitepaper", lang, tmp_path, None) for lang in ("ja", "en")]
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        f"outflow.{lang}.{kind}" for lang in ("ja", "en") for kind in ("html", "pdf")
    ]


def test_the_report_follows_the_language_of_the_environment(run, editions):
    result = run("report", "outflow", "--previous", "last.json", "--json", *DRAWS, lang="ja")
    assert editions == [("meguri", "ja", Path("reports"), Path("last.json"))]
    assert len(json.loads(result.stdout)["files"]) == 2


def test_a_last_edition_that_is_none_is_refused(run, tmp_path):
    path = tmp_path / "last.json"
    path.write_text("{}")
    result = run("report", "outflow", "--previous", path, "--out", tmp_path / "reports", *DRAWS)
    assert result.exit_code == 1
    assert not (tmp_path / "reports").exists()


def test_the_dashboard_is_served_where_asked(run, monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr("meguri.web.serve", lambda **words: asked.update(words))
    result = run("serve", "--port", "8123", "--data", tmp_path / "own.csv")
    assert result.exit_code == 0
    assert {name: asked[name] for name in ("host", "port", "data")} == {
        "host": "127.0.0.1",
        "port": 8123,
        "data": (tmp_path / "own.csv",),
    }
    assert "http://127.0.0.1:8123/" in result.stderr


def test_a_port_in_use_is_told(run, monkeypatch):
    def taken(**_: object) -> None:
        raise MeguriError("The address cannot be used", where="serve", mend="Choose another.")

    monkeypatch.setattr("meguri.web.serve", taken)
    assert run("serve").exit_code == 1
