"""The page of addresses, from the server's own OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markdown_table import table

Document = Mapping[str, Any]


def resolved(schema: Document, document: Document) -> Document:
    """A schema with its reference followed."""
    if reference := schema.get("$ref"):
        found: Document = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
        return found
    return schema


def kind(schema: Document, document: Document) -> str:
    """The type of a parameter in a few words."""
    schema = resolved(schema, document)
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if options := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(
            dict.fromkeys(kind(option, document) for option in options if option.get("type") != "null")
        )
    held = str(schema.get("type", ""))
    if held == "array":
        return f"list of {kind(schema.get('items', {}), document)}"
    bounds = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([held, *bounds])


def operation(path: str, method: str, said: Document, document: Document) -> Iterator[str]:
    """One address: what it answers, what it takes, in which forms it answers."""
    yield f"## `{method.upper()} {path}`"
    yield ""
    yield " ".join(filter(None, (said.get("summary", "").rstrip(".") + ".", said.get("description", ""))))
    yield ""
    asked = said.get("parameters", [])
    if asked:
        yield from table(
            ("parameter", "in", "type", "meaning", "default"),
            (
                (
                    f"`{one['name']}`",
                    one["in"],
                    kind(one.get("schema", {}), document),
                    one.get("description", "") or one.get("schema", {}).get("description", ""),
                    one.get("schema", {}).get("default", ""),
                )
                for one in asked
            ),
        )
    answers = ", ".join(
        f"{code} ({', '.join(f'`{media}`' for media in answer['content'])})"
        if answer.get("content")
        else code
        for code, answer in said.get("responses", {}).items()
    )
    yield f"Answers: {answers}."
    yield ""


def http_page(document: Document) -> str:
    """Every address of the API, as Markdown."""
    lines: list[str] = []
    for path, item in sorted(document["paths"].items()):
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                lines += operation(path, method, item[method], document)
    return "\n".join(lines)
