"""Where a result goes: a rich table on the terminal, or one document as JSON, CSV, Parquet or XLSX.

Standard output carries the result and nothing else; progress and notes go to standard error. A file is written
whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from meguri.cli.language import Language, Say, language, translator
from meguri.errors import NotFound, OptionError, Said

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console, RenderableType

Kind = Literal["text", "json", "csv", "parquet", "xlsx"]
_ = translator(language())

WIDTH_OF_A_PIPE = 100
STDOUT = Path("-")
Columns = Sequence[tuple[str, Literal["left", "right"]]]


def remember(ctx: typer.Context, lang: str | None) -> str | None:
    """Keep the language told for a failure that may follow."""
    ctx.meta["lang"] = lang
    return lang


Lang = Annotated[
    Literal["ja", "en"] | None,
    typer.Option("--lang", callback=remember, help=_("Language (default: MEGURI_LANG, then the locale).")),
]
Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON document."))]
Csv = Annotated[bool, typer.Option("--csv", help=_("Give CSV: to standard output, or to TO."))]
Parquet = Annotated[bool, typer.Option("--parquet", help=_("Give Parquet: to standard output, or to TO."))]
Xlsx = Annotated[
    bool, typer.Option("--xlsx", help=_("Give one XLSX workbook: to standard output, or to TO."))
]
TableName = Annotated[str | None, typer.Option("--table", metavar="NAME", help=_("Give this table only."))]
To = Annotated[
    Path | None,
    typer.Argument(
        metavar="TO",
        show_default=False,
        help=_(
            "Where to write with --json, --csv, --parquet or --xlsx: a file, a folder (one file per table),"
            " or - for standard output."
        ),
    ),
]


@dataclass(frozen=True, slots=True)
class Output:
    """The form of a result and its place (`to` is None for standard output)."""

    kind: Kind
    to: Path | None = None
    table: str | None = None


def output(
    *,
    json: bool = False,
    csv: bool = False,
    parquet: bool = False,
    xlsx: bool = False,
    to: Path | None = None,
    table: str | None = None,
) -> Output:
    """The output that the options ask for. Raises `OptionError` when they contradict each other."""
    flags: dict[Kind, bool] = {"json": json, "csv": csv, "parquet": parquet, "xlsx": xlsx}
    asked = [kind for kind, flag in flags.items() if flag]
    if len(asked) > 1:
        raise OptionError(
            Said("One form of output at a time"),
            where=" ".join(f"--{kind}" for kind in asked),
            mend=Said("Give one of --json, --csv, --parquet, --xlsx."),
        )
    if not asked and to is not None:
        asked = [kind for kind in flags if to.suffix.lower() == f".{kind}"]
        if not asked:
            raise OptionError(
                Said("It is not clear in which form to write “{to}”", to=to),
                where="TO",
                mend=Said("Add --json, --csv, --parquet or --xlsx."),
            )
    return Output(asked[0] if asked else "text", None if to in (None, STDOUT) else to, table)


def write_document(document: Any, out: Output) -> None:
    """Give one JSON document: keys in order, dates as ISO text, numbers as they are."""
    import msgspec

    data = msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2) + b"\n"
    if out.to is None:
        _to_stdout(data)
    else:
        write_whole(out.to, data)


def write_tables(
    tables: Mapping[str, pl.DataFrame], out: Output, say: Say, about: Sequence[tuple[str, str]] = ()
) -> None:
    """Give tables as CSV, Parquet or XLSX.

    To standard output or a file: the chosen table, or all of them (in a workbook as sheets, else as one long table,
    where a dimension that a row does not have is blank). To a folder: one file per table. A workbook tells `about`
    itself on its first sheet.
    """
    from meguri.report import files

    chosen, kind = picked(tables, out.table), out.kind
    assert kind != "text"
    if out.to is None:
        if out.kind != "csv" and sys.stdout.isatty():
            raise OptionError(
                Said("{form} is not for a terminal", form=out.kind.upper()),
                where=f"--{out.kind}",
                mend=Said("Name a file (tables.{kind}), or send the output to one.", kind=out.kind),
            )
        _to_stdout(files.encoded(chosen, kind, about=about))
        return
    if out.kind != "xlsx" and is_folder(out.to):
        written = {
            out.to / f"{name}.{out.kind}": files.encoded({name: table}, kind)
            for name, table in chosen.items()
        }
    else:
        path = out.to / f"tables.{out.kind}" if is_folder(out.to) else out.to
        written = {path: files.encoded(chosen, kind, about=about)}
    for path, data in written.items():
        write_whole(path, data)
        note(say("Written: {path}").format(path=path))


def picked(tables: Mapping[str, pl.DataFrame], name: str | None) -> Mapping[str, pl.DataFrame]:
    """The named table, or all. Raises `NotFound`."""
    if name is None:
        return tables
    if name not in tables:
        raise NotFound(
            Said("The result has no table “{name}”", name=name),
            where="--table",
            mend=Said("Tables: {tables}", tables=tuple(tables)),
        )
    return {name: tables[name]}


def is_folder(path: Path) -> bool:
    """Whether a place is meant as a folder: it is one, or its name has no suffix."""
    return path.is_dir() or not path.suffix


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, making its folder. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def console() -> Console:
    """The console of standard output; a pipe gets a fixed width, so that its lines do not depend on the terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else WIDTH_OF_A_PIPE
    return Console(file=sys.stdout, width=width, highlight=False)


def grid(
    columns: Columns,
    rows: Sequence[Sequence[RenderableType]],
    *,
    title: str = "",
    wraps: Sequence[int] = (),
) -> RenderableType:
    """A table with hairlines: numbers to the right, and only the columns named in `wraps` broken over lines."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"\n{title}" if title else None,
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for place, (name, side) in enumerate(columns):
        table.add_column(
            name, justify=side, no_wrap=place not in wraps, overflow="fold" if place in wraps else "ellipsis"
        )
    for row in rows:
        table.add_row(*row)
    return table


def note(text: str) -> None:
    """A remark on standard error."""
    typer.echo(text, err=True)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Any]:
    """Progress on standard error: a bar on a terminal, else the label once when the first step is reported."""
    if not sys.stderr.isatty():
        yield _Announced(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    with shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


@contextlib.contextmanager
def counting(label: str) -> Iterator[Any]:
    """How many are done so far, on standard error while it is a terminal; `label` has a place for `{count}`."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console

    with Console(file=sys.stderr).status(label.format(count=0)) as shown:
        yield lambda done: shown.update(label.format(count=f"{done:,}"))


class _Announced:
    """Says the label once."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._said = False

    def __call__(self, done: int, total: int) -> None:
        if not self._said:
            self._said = True
            note(self._label)


def _to_stdout(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def worded(lang: str | None) -> tuple[Language, Say]:
    """Language and phrases for a command."""
    chosen = language(lang)
    return chosen, translator(chosen)
