"""One look at another log as its witness: the witness's key and memory, and what it found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from meguri.cli.language import Say

if TYPE_CHECKING:
    from rich.console import Console

    from meguri.ledger import SigningKey, VerifyingKey
    from meguri.ledger.watch import Watched


def key_of(state: Path, name: str | None) -> SigningKey:
    """The witness's key in the folder of its memory, made on first use."""
    from meguri.ledger import SigningKey
    from meguri.ledger.keys import WITNESS, keep_key, key_file, read_key
    from meguri.ledger.note import COSIGNATURE

    if not key_file(state, WITNESS).exists():
        keep_key(state, WITNESS, SigningKey.generate(name or f"localhost/{uuid4()}", COSIGNATURE))
    return read_key(state, WITNESS)


def look(source: str, log_key: VerifyingKey, state: Path, key: SigningKey, now: int) -> Watched:
    """Look once, `now` in seconds since 1970 UTC."""
    from meguri.ledger.sources import open_tiles
    from meguri.ledger.watch import watch
    from meguri.ledger.witness_state import WitnessFolder

    return watch(open_tiles(source), log_key, WitnessFolder(state), key, now)


def document(held: Watched, key: SigningKey) -> dict[str, Any]:
    """What was found, as JSON."""
    return {
        "origin": held.checkpoint.origin,
        "before": held.before,
        "size": held.checkpoint.size,
        "root": held.checkpoint.root.hex(),
        "signed": held.evidence is None,
        "cosignature": held.cosignature.line if held.cosignature else None,
        "witness": key.vkey,
        "evidence": held.evidence,
        "kept": held.kept,
    }


def show(screen: Console, held: Watched, key: SigningKey, say: Say) -> None:
    """Print what was found."""
    from meguri.cli.happened import show_pairs

    if held.evidence:
        screen.print(
            say("Not signed. {why}").format(why=say(held.evidence.sentence)), style="bold red", markup=False
        )
        show_pairs(screen, {say("evidence"): held.kept})
        return
    line = say("Signed: {origin} has {size} lines, {grown} more than before, and only grew.")
    screen.print(
        line.format(origin=held.checkpoint.origin, size=f"{held.checkpoint.size:,}", grown=f"{held.grown:,}"),
        style="bold green",
        markup=False,
    )
    show_pairs(
        screen,
        {
            say("root"): held.checkpoint.root.hex(),
            say("witness"): key.vkey,
            say("signature"): held.cosignature.line.strip() if held.cosignature else "",
        },
    )
