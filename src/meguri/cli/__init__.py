"""The command line: every room's answers in a terminal, or as one document for the next program."""

from meguri.cli.entry import app, main

__all__ = ["app", "main"]
