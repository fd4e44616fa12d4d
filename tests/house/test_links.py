"""A link that leads nowhere is found before a reader finds it."""

import pytest

from tools.links import broken_in_html, broken_in_markdown


@pytest.fixture
def site(tmp_path):
    (tmp_path / "guide").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">Start</h1><a href="guide/">guide</a><a href="https://example.org/x">out</a>'
    )
    return tmp_path


def test_a_whole_site_has_nothing_to_say(site):
    (site / "guide" / "index.html").write_text('<a href="../index.html#top">up</a>')
    assert list(broken_in_html(site)) == []


def test_missing_pages_and_missing_places_are_named(site):
    (site / "guide" / "index.html").write_text('<a href="../index.html#end">up</a><img src="none.png">')
    assert sorted(broken_in_html(site)) == [
        "guide/index.html: ../index.html#end has no such place on that page",
        "guide/index.html: none.png does not exist",
    ]


def test_markdown_at_the_top_is_held_to_the_same(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("[here](README.md) ![gone](picture.png) [out](https://example.org)")
    assert list(broken_in_markdown([page])) == ["README.md: picture.png does not exist"]
