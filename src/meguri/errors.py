"""What can go wrong, said so that a person can mend it: what happened, where, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


class Said(str):
    """An English sentence that knows its wording, so that a face can say it in another language.

    `template` has a named place for each of the `values`, in the syntax of `str.format`. A value that is itself
    `Said` is put into the other language too; one that is a tuple becomes a list with commas.
    """

    template: str
    values: Mapping[str, Any]
    __slots__ = ("template", "values")

    def __new__(cls, template: str, /, **values: Any) -> Said:
        told = super().__new__(
            cls, template.format_map({name: _listed(held) for name, held in values.items()})
        )
        told.template, told.values = template, MappingProxyType(values)
        return told

    @classmethod
    def of(cls, text: str) -> Said:
        """A sentence that others wrote, such as the reason that the operating system gives."""
        return cls(text.replace("{", "{{").replace("}", "}}"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _said, (self.template, dict(self.values))


def _said(template: str, values: dict[str, Any]) -> Said:
    return Said(template, **values)


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


class MeguriError(Exception):
    """A failure that a person can act on.

    `what` happened, `where` (file, table, option) and how to `mend` it. Faces render the three apart:
    the command line as lines, the HTTP API as problem+json, pages as a message beside the input.
    """

    title = Said("Meguri could not do this")

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

    title = Said("The input could not be read")

    def __init__(
        self, what: str, problems: tuple[Problem, ...] = (), *, where: str = "", mend: str = ""
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.problems = problems


class OptionError(MeguriError):
    """An option or assumption with a value that has no meaning."""

    title = Said("An option is not valid")


class NotFound(MeguriError):
    """A name, figure or table that does not exist."""

    title = Said("Not found")
