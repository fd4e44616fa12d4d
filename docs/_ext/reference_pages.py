"""Write the reference from the thing itself each time the documents are built, so that it cannot drift.

Tables and columns come from the data packages, commands from the command line's own help, addresses from the
server's OpenAPI document, events and stages from the table that checks them, words from the glossary that the pages use.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_reference import command_page
from event_reference import event_page
from http_reference import http_page
from markdown_table import cell, table
from passport_reference import passport_page

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent.parent
SOURCE = DOCS.parent / "src" / "meguri"
PACKAGES = SOURCE / "statistics" / "packages"
GLOSSARY = SOURCE / "web" / "glossary.csv"
ON_EVERY_ROW = ("source_id", "locator", "status", "known_from", "note")
GENERATED = DOCS / "reference" / "generated"


def accepted(field: Mapping[str, Any]) -> str:
    """What a column accepts, in a few words; the Japanese words that are understood for a code stand behind it."""
    constraints, labels = field.get("constraints", {}), field.get("labels", {})
    said = []
    if "enum" in constraints:
        words = (
            f"`{value}`" + "".join(f" {label}" for label in labels.get(value, ())[:1])
            for value in constraints["enum"]
        )
        said.append(", ".join(words))
    if "minimum" in constraints and "maximum" in constraints:
        said.append(f"{constraints['minimum']} to {constraints['maximum']}")
    elif "minimum" in constraints:
        said.append(f"≥ {constraints['minimum']}")
    elif "maximum" in constraints:
        said.append(f"≤ {constraints['maximum']}")
    if "pattern" in constraints:
        said.append(f"form `{constraints['pattern']}`")
    if constraints.get("required"):
        said.append("required")
    return "; ".join(said)


def table_section(package: Path, resource: Mapping[str, Any]) -> Iterator[str]:
    """One table: what it says, how many rows of which status, its columns."""
    schema = resource["schema"]
    yield f"({resource['name']})="
    yield f"## {resource['title']} · {resource['title_ja']}"
    yield ""
    yield f"`{resource['name']}` — {resource.get('description', '').rstrip('.')}. {resource.get('description_ja', '').rstrip('。')}。"
    yield ""
    path = package / resource["path"]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        by_status = Counter(row.get("status", "") for row in rows)
        counted = ", ".join(f"{count} {status}" for status, count in by_status.most_common() if status)
        yield f"{len(rows):,} rows{f' ({counted})' if counted else ''}. "
    key = schema.get("primaryKey", [])
    if key:
        yield f"Key: {', '.join(f'`{name}`' for name in ([key] if isinstance(key, str) else key))}."
    yield ""
    yield from table(
        ("column", "meaning · 意味", "accepts", "headers understood"),
        (
            (
                f"`{field['name']}`<br>{field['type']}" + (f", {field['unit']}" if field.get("unit") else ""),
                f"{field.get('description', '')}<br>{field.get('description_ja', '')}",
                accepted(field),
                "・".join(field.get("aliases", ())),
            )
            for field in schema["fields"]
            if field["name"] not in ON_EVERY_ROW
        ),
    )


def package_page(path: Path) -> str:
    """One data package: its tables, then the documents they were read from."""
    package = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"# {package['title']} · {package['title_ja']}", ""]
    lines += [f"Data package `{package['name']}`, version {package['version']}.", ""]
    for resource in package["resources"]:
        if "schema" in resource:
            lines += table_section(path.parent, resource)
    lines += ["## Sources · 出典", ""]
    lines += table(
        ("id", "title", "publisher", "date", "licence"),
        (
            (
                f"`{source['id']}`",
                f"[{cell(source['title'])}]({source['path']})"
                if str(source.get("path", "")).startswith("http")
                else source["title"],
                source.get("publisher", ""),
                source.get("date", ""),
                source.get("licence", ""),
            )
            for source in package["sources"]
        ),
    )
    return "\n".join(lines)


def glossary_page() -> str:
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        words = sorted(csv.DictReader(file), key=lambda word: word["en"].casefold())
    return "\n".join(
        table(("English", "日本語", "meaning"), ((word["en"], word["ja"], word["meaning"]) for word in words))
    )


def commands() -> str:
    """The command line's reference, in English whatever the locale."""
    os.environ["MEGURI_LANG"] = "en"
    from meguri.cli import app

    return command_page(app)


def addresses() -> str:
    """The API's reference, with the shipped tables only."""
    from meguri.web import Settings, create_app

    with tempfile.TemporaryDirectory() as home:
        return http_page(create_app(Settings(home=Path(home))).openapi_schema.to_schema())


def write(name: str, text: str) -> None:
    """Write a generated page, leaving it alone when nothing changed so that Sphinx need not read it again."""
    path = GENERATED / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def generate(_: Sphinx) -> None:
    for path in sorted(PACKAGES.glob("*/datapackage.json")):
        write(f"tables/{path.parent.name}.md", package_page(path))
    write("parts/glossary.md", glossary_page())
    write("parts/events.md", event_page())
    write("parts/passport.md", passport_page())
    write("parts/commands.md", commands())
    write("parts/addresses.md", addresses())


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True}
