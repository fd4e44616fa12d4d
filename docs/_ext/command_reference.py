"""The page of commands, from what the command line says about itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer
from markdown_table import table

COMPLETION = re.compile(r"--help|-completion")


def parameters(command: Any, context: Any) -> Iterator[str]:
    """Arguments and options of one command with their meaning and default."""
    records = [parameter.get_help_record(context) for parameter in command.params]
    shown = [(f"`{name}`", meaning) for name, meaning in filter(None, records) if not COMPLETION.search(name)]
    if shown:
        yield from table(("argument or option", "meaning"), shown)


def sections(command: Any, name: str, depth: int) -> Iterator[str]:
    if command.hidden:
        return
    context = typer.Context(command, info_name=name)
    yield f"{'#' * min(depth, 4)} `{name}`"
    yield ""
    yield inspect.cleandoc(command.help or "")
    yield ""
    children = getattr(command, "commands", {})
    if not children:
        yield f"`{command.get_usage(context).removeprefix('Usage: ')}`"
        yield ""
    yield from parameters(command, context)
    for child_name, child in children.items():
        yield from sections(child, f"{name} {child_name}", depth + 1)


def command_page(app: typer.Typer) -> str:
    """Every command with its arguments and options, as Markdown."""
    return "\n".join(sections(typer.main.get_command(app), "meguri", 2))
