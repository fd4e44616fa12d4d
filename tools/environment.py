"""Make `.venv` hold exactly what `requirements.lock` names, and Meguri itself as an editable install.

Runs on a bare Python 3.11+ (standard library only). A stamp inside `.venv` carries the hash of the lock and of
`pyproject.toml`; when both are unchanged there is nothing to do, and it ends at once.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".meguri-setup"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
SEEN = re.compile(
    r"^(?:Collecting |Requirement already satisfied: |Processing \S*/)([A-Za-z0-9._]+(?:-[A-Za-z._][A-Za-z0-9._]*)*)"
)


def fingerprint() -> str:
    """Hash of everything that decides what `.venv` holds."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {ROOT}"


def is_ready(wanted: str) -> bool:
    """Whether `.venv` was finished for this lock, at this place, and its Python still starts."""
    if not STAMP.is_file() or STAMP.read_text() != wanted:
        return False
    return subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0


def stream(command: Sequence[str | Path]) -> Iterator[str]:
    """Lines of a command as they come; ends the program with the last of them when the command fails."""
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            yield lines[-1]
    if process.returncode:
        print("\n".join(lines[-15:]), file=sys.stderr)
        sys.exit(f"setup stopped: {' '.join(str(part) for part in command[1:4])} … failed (see above)")


def make_venv() -> None:
    if PYTHON.exists() and (VENV / "pyvenv.cfg").exists():
        current = subprocess.run(
            [PYTHON, "-c", "import pip, sys; print(sys.version)"], capture_output=True, text=True, check=False
        )
        if current.stdout.strip() == sys.version.strip():
            return
    shutil.rmtree(VENV, ignore_errors=True)
    for _ in stream([sys.executable, "-m", "venv", VENV]):
        pass


def install_packages() -> int:
    """Install the locked packages by pip, telling how far it is; returns how many the lock names."""
    total = len(set(PINNED.findall(LOCK.read_text())))
    seen = 0
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--progress-bar", "off", "--no-input"]
    for line in stream([*pip, "--require-hashes", "--requirement", LOCK]):
        if match := SEEN.match(line):
            seen += 1
            if seen % 20 == 0:
                print(f"   {seen:3d} of {total}: {match[1]}", flush=True)
        elif line.startswith("Installing collected"):
            print(f"   all {seen} fetched, unpacking …", flush=True)
    for _ in stream([*pip, "--no-deps", "--no-build-isolation", "--no-index", "--editable", "."]):
        pass
    return total


def main() -> None:
    wanted = fingerprint()
    if is_ready(wanted):
        print("① environment ready (.venv)")
        return
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    print(f"① environment: .venv with Python {sys.version.split()[0]} …", flush=True)
    make_venv()
    print("② packages from requirements.lock, each checked by its hash …", flush=True)
    total = install_packages()
    STAMP.write_text(wanted)
    print(f"   {total} packages in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
