"""`python -m meguri.cli` is `meguri`."""

from meguri.cli import main

main()
