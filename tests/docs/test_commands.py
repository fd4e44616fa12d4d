"""Every command that a document shows does what the document says, in the order in which a reader would type it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(page for page in (ROOT / "docs").rglob("*.md") if not {"_build", "generated"} & set(page.parts)),
]
BLOCK = re.compile(
    r"(?P<failing><!-- expect: failure(?: naming (?P<named>\S+))? -->\s*)?^```console\n(?P<body>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
PLAIN = ("cp", "printf", "python")
"""What else a reader may be asked to type."""
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A line to type; it `fails` where the page says so, and then names what the page says it names."""

    line: str
    fails: bool
    named: str


def commands(page: Path) -> Iterator[Command]:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                yield Command(line.removeprefix("$ "), bool(block["failing"]), block["named"] or "")


def told_once(pages: Iterable[Path]) -> list[Path]:
    """Pages that show commands; of those that show the same ones, as in another language, the one with the shortest name."""
    shown = {tuple(commands(page)): page for page in sorted(pages, key=lambda page: -len(page.name))}
    return sorted(page for told, page in shown.items() if told)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "MEGURI_HOME": str(home / "kept"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def run(line: str, folder: Path, exported: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env=environment(folder) | exported,
        capture_output=True,
        text=True,
        check=False,
    )


def serve(line: str, folder: Path, exported: Mapping[str, str]) -> None:
    """Start a server as shown (on a free port), see it answer, and end it."""
    port = free_port()
    command = [*re.sub(r"--port \S+", "", line).split(), "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder) | exported,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(600):
                assert server.poll() is None, f"`{line}` ended by itself with {server.returncode}"
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                        assert answer.status == 200
                        return
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.1)
            pytest.fail(f"`{line}` did not answer within a minute")
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the export table is drawn, as after a reader's first command."""
    home = tmp_path_factory.mktemp("drawn")
    subprocess.run(
        ["meguri", "estimate", "outflow", "--draws", "10"],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return home / "kept"


@pytest.mark.parametrize("page", told_once(PAGES), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_shown_works(page, tmp_path, drawn):
    shutil.copytree(drawn, tmp_path / "kept")
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    shutil.copytree(ROOT / "docs" / "examples", tmp_path, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    exported: dict[str, str] = {}
    for command in commands(page):
        name, *arguments = command.line.split()
        if name == "make":
            assert {word for word in arguments if "=" not in word} <= targets, command.line
        elif command.line.startswith("meguri serve"):
            serve(command.line, tmp_path, exported)
        elif name == "export":
            variable = arguments[0].partition("=")[0]
            exported[variable] = run(f'{command.line}; printf %s "${variable}"', tmp_path, exported).stdout
            assert exported[variable], command.line
        else:
            assert name in ("meguri", *PLAIN), f"a document shows `{command.line}`, which this test can't run"
            done = run(command.line, tmp_path, exported)
            assert "Traceback" not in done.stderr, done.stderr
            assert (done.returncode != 0) == command.fails, (
                f"`{command.line}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
            assert command.named in done.stdout + done.stderr, command.line
