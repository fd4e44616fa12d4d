"""Take the pictures in `docs/pictures` from the pages as they are: `make screenshots`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ANSWER_WITHIN_S = 120


@contextmanager
def served() -> Iterator[str]:
    """The address of a dashboard with the shipped tables only, ended afterwards."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        command: list[str | Path] = [Path(sys.executable).parent / "meguri", "serve", "--port", str(port)]
        with subprocess.Popen(command, env=os.environ | {"MEGURI_HOME": home}) as server:
            try:
                await_answer(address, server)
                yield address
            finally:
                server.terminate()


def await_answer(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < until:
        if server.poll() is not None:
            sys.exit("The dashboard ended before it answered.")
        try:
            with urllib.request.urlopen(address, timeout=ANSWER_WITHIN_S):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    sys.exit("The dashboard did not answer.")


def main() -> int:
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(BROWSER_OPTIONS))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.goto(f"{address}/?lang=en", wait_until="networkidle")
        page.screenshot(path=PICTURES / "nation.png")
        browser.close()
    print("docs/pictures/nation.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
