"""Words that an option is chosen from, where these are known only when the command runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from meguri.errors import OptionError, Said

Word = TypeVar("Word", bound=str)


def chosen(told: str, choices: Sequence[Word], option: str) -> Word:
    """The choice that was told. Raises OptionError, which lists them all."""
    for choice in choices:
        if choice == told:
            return choice
    raise OptionError(
        Said("“{told}” is not one of the choices.", told=told),
        where=option,
        mend=Said("Choose one of: {choices}", choices=tuple(choices)),
    )


def all_chosen(told: Sequence[str], choices: Sequence[Word], option: str) -> tuple[Word, ...]:
    """The choices that were told, each once, in the order of the choices. Raises OptionError."""
    wanted = {chosen(one, choices, option) for one in told}
    return tuple(choice for choice in choices if choice in wanted)
