"""Take the pictures in `docs/pictures` from the pages as they are: `make screenshots`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import FloatRect, sync_playwright

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
LIFE: FloatRect = {"x": 0, "y": 110, "width": 900, "height": 1300}
FLEET = ("demo-fleet", "--vehicles", "120", "--seed", "2")


@contextmanager
def served() -> Iterator[str]:
    """The address of a server with the shipped tables and a simulated fleet, ended afterwards."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        meguri, environment = Path(sys.executable).parent / "meguri", os.environ | {"MEGURI_HOME": home}
        subprocess.run([meguri, *FLEET], env=environment, stdout=subprocess.DEVNULL, check=True)
        with subprocess.Popen([meguri, "serve", "--port", str(port)], env=environment) as server:
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


def long_life(address: str) -> str:
    """The battery of which most is told among those that ended in black mass, without contradictions."""
    with urllib.request.urlopen(f"{address}/api/v1/events?limit=1000", timeout=ANSWER_WITHIN_S) as answer:
        events = json.load(answer)["events"]
    ended = {one["battery"] for one in events if one["type"] == "shredded"}
    odd = {one["battery"] for one in events if set(one.get("flags", ())) - {"foreign", "late"}}
    told = Counter(one["battery"] for one in events if one["battery"] in ended - odd)
    return str(told.most_common(1)[0][0])


def main() -> int:
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(BROWSER_OPTIONS))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.goto(f"{address}/?lang=en", wait_until="networkidle")
        page.screenshot(path=PICTURES / "nation.png")
        page.set_viewport_size({"width": 900, "height": 900})
        page.goto(f"{address}/battery/{quote(long_life(address), safe='')}?lang=en", wait_until="networkidle")
        page.screenshot(path=PICTURES / "battery.png", full_page=True, clip=LIFE)
        browser.close()
    print("docs/pictures/nation.png\ndocs/pictures/battery.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
