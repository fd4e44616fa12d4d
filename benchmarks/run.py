"""`make bench [ONLY=name]`: measure every row (or one), keep the others, write `results.json` and `README.md`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks.registry import REGISTRY, Benchmark, Measured

HERE = Path(__file__).resolve().parent
RESULTS, READABLE = HERE / "results.json", HERE / "README.md"
Row = dict[str, Any]


def discover() -> None:
    """Import every module of this folder, so that its benchmarks register."""
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name not in ("run", "registry"):
            importlib.import_module(f"benchmarks.{module.name}")


def processor() -> str:
    """Name of the processor as the system tells it, with its number of cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    name = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    return f"{name or platform.machine()}, {os.cpu_count()} cores"


def row_of(row: Benchmark, measured: Measured) -> Row:
    return {
        "name": row.name,
        "issue": row.issue,
        "ours": measured.ours,
        "unit": row.unit,
        "floor": measured.floor,
        "floor_name": row.floor_name or None,
        "ratio": measured.ratio,
        "goal": row.goal,
        "holds": row.holds(measured),
        "command": f"make bench ONLY={row.name}",
        "versions": {
            "meguri": version("meguri"),
            "python": platform.python_version(),
            **{library: version(library) for library in row.libraries},
            "machine": processor(),
            "date": datetime.now(UTC).date().isoformat(),
        },
    }


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def readable(rows: Sequence[Row]) -> str:
    """The results as a page: one line per promise, then where and when each was measured."""
    lines = [
        "# Benchmarks",
        "",
        "Each row is a promise. Ours and the floor (the least that the same work can cost, or the tool one would",
        "otherwise use) are measured in the same run, taking turns; the figures are medians. This page and",
        "[results.json](results.json) are written by `make bench`; `make bench ONLY=name` measures one row anew.",
        "",
        "| row | ours | floor | unit | ours ÷ floor | goal | holds |",
        "| --- | ---: | ---: | --- | ---: | --- | --- |",
    ]
    for row in rows:
        floor = f"{number(row['floor'])} ({row['floor_name']})" if row["floor_name"] else "–"
        goal = row["goal"].replace("<=", "≤").replace(">=", "≥")
        lines.append(
            f"| `{row['name']}` | {number(row['ours'])} | {floor} | {row['unit']} | {number(row['ratio'])} "
            f"| {goal} | {'yes' if row['holds'] else '**no**'} |"
        )
    lines += ["", "## Where and when", ""]
    for row in rows:
        versions: Mapping[str, str] = row["versions"]
        named = ", ".join(
            f"{name} {held}" for name, held in versions.items() if name not in ("machine", "date")
        )
        lines.append(f"- `{row['name']}`: {versions['date']}, {versions['machine']}; {named}")
    lines += [
        "",
        "## A row of one's own",
        "",
        "Write a function in a module of this folder that returns `Measured(ours, floor)`, and put `@benchmark(…)` over it",
        "(see [registry.py](registry.py)). The goal is part of the row, so a promise that no longer holds shows here.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", help="measure this row, or all whose names begin so, and keep the others")
    chosen = parser.parse_args(arguments).only
    discover()
    names = [chosen] if chosen in REGISTRY else [name for name in REGISTRY if name.startswith(chosen or "")]
    if not names:
        parser.error(f"no row “{chosen}”; there are: {', '.join(sorted(REGISTRY))}")
    kept: dict[str, Row] = {}
    if RESULTS.exists():
        kept = {row["name"]: row for row in json.loads(RESULTS.read_text()) if row["name"] in REGISTRY}
    for position, name in enumerate(names, 1):
        print(f"{position}/{len(names)} {name} …", flush=True)
        row = kept[name] = row_of(REGISTRY[name], REGISTRY[name].measure())
        print(
            f"    ours {number(row['ours'])} {row['unit']}, floor {number(row['floor'])}, goal {row['goal']}: "
            f"{'holds' if row['holds'] else 'DOES NOT HOLD'}",
            flush=True,
        )
        write([kept[name] for name in REGISTRY if name in kept])
    return 0 if all(row["holds"] for row in kept.values()) else 1


def write(rows: Sequence[Row]) -> None:
    RESULTS.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    READABLE.write_text(readable(rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
