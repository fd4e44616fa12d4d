"""Every check of `make test`, one named stage after the other; the first that fails ends the run.

`python tools/check.py` runs all of them, `python tools/check.py STAGE …` only those named. All of it works offline.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
DOCS, BUILT = ROOT / "docs", ROOT / "docs" / "_build"
CORE_ROOMS = ("battery", "ledger", "statistics", "flows", "account")
CORE_COVERAGE = 95
CODE = ("src", "tests", "tools", "benchmarks", "docs")

Command = Sequence[str | Path]


def core_coverage(room: str) -> Command:
    return (
        BIN / "coverage",
        "report",
        f"--include=src/meguri/{room}/*",
        f"--fail-under={CORE_COVERAGE}",
        "--precision=1",
    )


STAGES: Mapping[str, Sequence[Command]] = {
    "style": (
        (BIN / "ruff", "check", "--quiet", *CODE),
        (BIN / "ruff", "format", "--check", "--quiet", *CODE),
    ),
    "types": ((BIN / "mypy", "--no-error-summary"),),
    "rooms": ((BIN / "lint-imports", "--no-cache"),),
    "documents": (
        (
            BIN / "sphinx-build",
            "-W",
            "--keep-going",
            "-q",
            "-b",
            "html",
            "-d",
            BUILT / "trees",
            DOCS,
            BUILT / "html",
        ),
        (BIN / "python", ROOT / "tools" / "links.py", BUILT / "html"),
    ),
    "tests": (
        (BIN / "coverage", "erase"),
        (BIN / "pytest", "-n", "2", "--dist", "loadgroup", "--cov", "--cov-report=term:skip-covered"),
    ),
    "coverage of the core rooms": tuple(core_coverage(room) for room in CORE_ROOMS),
}


def run(command: Command) -> tuple[int, str]:
    """Run a command, pass its output on as it comes, and return its exit code and its last line."""
    last = ""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line.strip() or last
    return process.returncode, last


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"No stage “{unknown[0]}”. There are: {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    chosen = names or tuple(STAGES)
    summary = ""
    began = time.monotonic()
    for name in chosen:
        print(f"── {name} ──", flush=True)
        started = time.monotonic()
        for command in STAGES[name]:
            code, last = run(command)
            if name == "tests" and last:
                summary = last
            if code:
                print(
                    f"── {name}: FAILED after {time.monotonic() - started:.0f} s ({Path(command[0]).name} ended with {code}) ──"
                )
                return 1
        print(f"── {name}: ok, {time.monotonic() - started:.1f} s ──", flush=True)
    print(f"── all {len(chosen)} stages hold, {time.monotonic() - began:.0f} s ──")
    if summary:
        print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
