"""What can go wrong, said so that a person can mend it: what happened, where, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


class MeguriError(Exception):
    """A failure that a person can act on.

    `what` happened, `where` (file, table, option) and how to `mend` it. Faces render the three apart:
    the command line as lines, the HTTP API as problem+json, pages as a message beside the input.
    """

    title = "Meguri could not do this"

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(" — ".join(part for part in (what, where, mend) if part))


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in an input, placed: `row` counts from 1 as a spreadsheet shows it."""

    what: str
    mend: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            f"{name} {held}"
            for name, held in (("sheet", self.sheet), ("row", self.row), ("column", self.column))
            if held not in ("", None)
        )
        shown = f" (found “{self.value}”)" if self.value else ""
        return f"{self.file}{': ' if self.file and place else ''}{place}: {self.what}{shown}. {self.mend}"


class InputError(MeguriError):
    """A file or table that cannot be taken in; nothing of it was loaded."""

    title = "The input could not be read"

    def __init__(self, what: str, problems: tuple[Problem, ...] = (), *, where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.problems = problems


class OptionError(MeguriError):
    """An option or assumption with a value that has no meaning."""

    title = "An option is not valid"


class NotFound(MeguriError):
    """A name, figure or table that does not exist."""

    title = "Not found"
