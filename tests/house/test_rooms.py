"""A room is entered by its door: others import from its `__init__`, never from a module inside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "meguri"
ROOMS = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())
SHARED = {"errors"}


def imported(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute name of every module that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield node.lineno, base
            if base in ("meguri", *(f"meguri.{room}" for room in ROOMS)):
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_inside_module(name: str) -> bool:
    """Whether a dotted name is a module or package below a room, such as `meguri.flows.exports`."""
    parts = name.split(".")
    path = SOURCE.joinpath(*parts[1:])
    return (
        len(parts) > 2
        and parts[0] == "meguri"
        and (path.with_suffix(".py").exists() or (path / "__init__.py").exists())
    )


def reaching_in(path: Path) -> list[str]:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    package = ".".join(["meguri", *path.relative_to(SOURCE).parts[:-1]])
    return [
        f"{path.relative_to(SOURCE.parent)}:{line} imports {name}; import it from meguri.{name.split('.')[1]}"
        for line, name in imported(ast.parse(path.read_text(encoding="utf-8")), package)
        if is_inside_module(name) and name.split(".")[1] not in {room, *SHARED}
    ]


def test_no_room_reaches_into_another():
    assert [sentence for path in sorted(SOURCE.rglob("*.py")) for sentence in reaching_in(path)] == []


def test_reaching_in_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    monkeypatch.setitem(globals(), "ROOMS", ["flows", "web"])
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "flows" / "draws.py").touch()
    page = tmp_path / "web" / "page.py"
    for line in (
        "from meguri.flows.draws import x",
        "import meguri.flows.draws",
        "from meguri.flows import draws",
        "from ..flows import draws",
    ):
        page.write_text(line)
        assert len(reaching_in(page)) >= 1, line
    page.write_text("from meguri.flows import estimate")
    assert reaching_in(page) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_offers_and_what_it_is_for(room):
    tree = ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{room}/__init__.py has no sentence on what the room is for"
    offered = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    ]
    assert offered, f"{room}/__init__.py has no __all__"
