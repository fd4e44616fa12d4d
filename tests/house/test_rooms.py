"""A room is entered by a door: its `__init__`, or a module of it that says with `__all__` what it offers."""

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


def offered_by(path: Path) -> set[str]:
    """Names in `__all__` of a module or package; none where it has no door."""
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(file.read_text(encoding="utf-8")).body if file.exists() else ():
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "__all__" for target in node.targets
        ):
            return {str(name) for name in ast.literal_eval(node.value)}
    return set()


def is_private(name: str) -> bool:
    """Whether a dotted name leads to an inside module that is no door, and is not itself offered by its room."""
    if not is_inside_module(name):
        return False
    room, *inside = name.split(".")[1:]
    if inside[-1] in offered_by(SOURCE / room):
        return False
    return not offered_by(SOURCE.joinpath(room, *inside)) or len(inside) > 1


def reaching_in(path: Path) -> list[str]:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    package = ".".join(["meguri", *path.relative_to(SOURCE).parts[:-1]])
    return [
        f"{path.relative_to(SOURCE.parent)}:{line} imports {name}; import it from meguri.{name.split('.')[1]}"
        for line, name in imported(ast.parse(path.read_text(encoding="utf-8")), package)
        if is_private(name) and name.split(".")[1] not in {room, *SHARED}
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
    (tmp_path / "flows" / "draws.py").write_text('__all__ = ["x"]')
    page.write_text("from meguri.flows.draws import x")
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
