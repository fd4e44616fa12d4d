"""The report as one HTML page: nothing from outside, readable on a phone, and set for paper when printed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meguri.report import charts, palette
from meguri.report.outflow.blocks import Document, Heading, Picture
from meguri.report.outflow.edition import Edition

if TYPE_CHECKING:
    from jinja2 import Template

HERE: Final = Path(__file__).parent


def as_html(edition: Edition, document: Document) -> bytes:
    """The page, UTF-8."""
    pictures = {
        block.chart: _drawn(block.chart, edition) for block in document.blocks if isinstance(block, Picture)
    }
    page = _template().render(
        document=document,
        headings=[block for block in document.blocks if isinstance(block, Heading)],
        pictures=pictures,
        style=palette.stylesheet() + (HERE / "page.css").read_text(encoding="utf-8"),
        kind=lambda block: type(block).__name__.lower(),
    )
    return page.encode()


def _drawn(name: str, edition: Edition) -> Mapping[str, str]:
    """A chart for wide pages and for phones."""
    return {
        size: charts.svg(charts.spec(name, edition.frames, edition.lang, theme="page", width=width))
        for size, width in (("wide", charts.WIDE), ("phone", charts.PHONE))
    }


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader

    places = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return places.get_template("page.html")
