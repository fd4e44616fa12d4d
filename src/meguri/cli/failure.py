"""Failures on the command line: what happened, where, how to mend it, and an exit code; never a traceback.

Exit codes: 1 for an input that cannot be taken in, 2 for a wrong option or name, 70 for a fault of Meguri itself.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from meguri.cli.language import Say, labelled, language, translator
from meguri.errors import InputError, MeguriError, NotFound, OptionError, Problem, Said

if TYPE_CHECKING:
    from rich.console import Console

BAD_INPUT, WRONG_USE, OWN_FAULT = 1, 2, 70


class Guarded(TyperGroup):
    """The command group that turns every failure into lines on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as fault:
            if ctx.params.get("debug"):
                traceback.print_exc()
            say = translator(language(ctx.meta.get("lang")))
            tell(fault, say)
            raise typer.Exit(code_of(fault)) from fault


def code_of(fault: Exception) -> int:
    """Exit code of a failure."""
    if isinstance(fault, OptionError | NotFound):
        return WRONG_USE
    return BAD_INPUT if isinstance(fault, MeguriError | OSError) else OWN_FAULT


def tell(fault: Exception, say: Say) -> None:
    """Print a failure on stderr."""
    console = error_console()
    if isinstance(fault, InputError) and fault.problems:
        _line(console, say("Error"), say(fault.what), say)
        list_problems(console, fault.problems, len(fault.problems), say)
    elif isinstance(fault, MeguriError):
        _line(console, say("Error"), say(fault.what), say)
        _line(console, say("Where"), fault.where, say)
        _line(console, say("To mend"), say(fault.mend), say)
    elif isinstance(fault, OSError):
        _line(console, say("Error"), say(Said.of(fault.strerror or type(fault).__name__)), say)
        _line(console, say("Where"), str(fault.filename or ""), say)
        _line(console, say("To mend"), say("Check the path, its permissions and the free space."), say)
    else:
        _line(
            console, say("Error"), f"{say('Meguri has a fault here')} ({type(fault).__name__}: {fault})", say
        )
        _line(console, say("To mend"), say("Run `meguri --debug …` for the details, and report them."), say)


def list_problems(console: Console, problems: Sequence[Problem], count: int, say: Say) -> None:
    """Print each problem with its place, the value found and the mend."""
    for problem in problems:
        place = [
            problem.file,
            *(
                f"{say(name)} {held}"
                for name, held in (("sheet", problem.sheet), ("row", problem.row), ("column", problem.column))
                if held not in ("", None)
            ),
        ]
        if problem.value:
            place.append(say("found “{value}”").format(value=problem.value))
        console.print(
            "  " + say(" · ").join(filter(None, place)), style="bold", markup=False, highlight=False
        )
        console.print(f"    {say(problem.what)}", markup=False, highlight=False)
        console.print(f"    → {say(problem.mend)}", markup=False, highlight=False)
    if count > len(problems):
        more = say("… and {more} more problems.").format(more=f"{count - len(problems):,}")
        console.print(f"  {more}", markup=False)


def error_console() -> Console:
    """The console of stderr: lines are not wrapped when it is not a terminal."""
    from rich.console import Console

    return Console(file=sys.stderr, soft_wrap=not sys.stderr.isatty())


def _line(console: Console, label: str, text: str, say: Say) -> None:
    if text:
        console.print(labelled(label, text, say), markup=False, highlight=False)
