"""Writing a report: page, PDF and record together, or none of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from meguri.errors import MeguriError, Said
from meguri.flows import OutflowEstimate
from meguri.report.language import Language
from meguri.report.outflow.edition import Record, edition, read_record
from meguri.report.outflow.html import as_html
from meguri.report.outflow.pdf import as_pdf
from meguri.report.outflow.sections import document
from meguri.statistics import Statistics


def write_report(
    statistics: Statistics,
    estimate: OutflowEstimate,
    lang: Language,
    folder: Path,
    previous: Path | None = None,
) -> tuple[Path, ...]:
    """Write `outflow.<lang>.html`, `.pdf` and `.json` into the folder; `previous` is the .json of the last edition.

    Returns their places. Raises MeguriError when the folder cannot be written and InputError for a bad `previous`.
    """
    last = read_record(previous) if previous else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".outflow-") as draft:
            contents = _contents(statistics, estimate, lang, last)
            for name, data in contents.items():
                (Path(draft) / name).write_bytes(data)
            for name in contents:
                (Path(draft) / name).replace(folder / name)
    except OSError as fault:
        raise MeguriError(
            Said("The report cannot be written: {reason}", reason=Said.of(fault.strerror or "")),
            where=str(folder),
            mend=Said("Name a folder that can be written."),
        ) from fault
    return tuple(folder / name for name in contents)


def _contents(
    statistics: Statistics, estimate: OutflowEstimate, lang: Language, last: Record | None
) -> dict[str, bytes]:
    """The files of an edition by name."""
    made = edition(statistics, estimate, lang, last)
    told = document(made)
    return {
        f"outflow.{lang}.html": as_html(made, told),
        f"outflow.{lang}.pdf": as_pdf(made, told),
        f"outflow.{lang}.json": msgspec.json.format(msgspec.json.encode(made.record), indent=2) + b"\n",
    }
