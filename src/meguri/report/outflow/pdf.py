"""The report as a PDF, set by Typst with a Japanese font from a wheel; the same bytes for the same result."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from meguri.report import charts
from meguri.report.outflow.blocks import Document, Picture
from meguri.report.outflow.edition import Edition

TEMPLATE: Final = Path(__file__).parent / "page.typ"
TALL_WIDTH: Final = 520


def as_pdf(edition: Edition, document: Document) -> bytes:
    """The document with its charts as drawings. Its creation date is the date of the data."""
    import typst

    with tempfile.TemporaryDirectory(prefix="meguri-report-") as folder:
        place = Path(folder)
        for block in document.blocks:
            if isinstance(block, Picture):
                (place / f"{block.chart}.svg").write_text(_drawn(block, edition), encoding="utf-8")
        (place / "document.json").write_bytes(msgspec.json.encode(document))
        (place / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        made = typst.compile(
            str(place / TEMPLATE.name),
            root=folder,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            timestamp=int(datetime.fromisoformat(document.date).replace(tzinfo=UTC).timestamp()),
        )
    return bytes(made)


def _drawn(block: Picture, edition: Edition) -> str:
    spec = charts.spec(
        block.chart, edition.frames, edition.lang, width=TALL_WIDTH if block.tall else charts.WIDE
    )
    spec["config"]["background"] = None
    return charts.svg(spec)


def _fonts() -> list[str]:
    import cvttf_NotoSansCJK_Bold
    import cvttf_NotoSansCJK_Regular

    return [
        str(Path(font.get_TTF_path()).parent) for font in (cvttf_NotoSansCJK_Regular, cvttf_NotoSansCJK_Bold)
    ]
