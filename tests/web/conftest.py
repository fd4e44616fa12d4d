"""A real server on this machine, and a real browser in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # loaded here: beside Playwright's greenlets Python 3.11 may fail to compile it later
from litestar.testing import TestClient
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from meguri.web import create_app
from meguri.web.settings import Settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@pytest.fixture(scope="session")
def client(new_home: Callable[[], Path]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=new_home()))) as held:
        yield held


@pytest.fixture(scope="session")
def site(new_home: Callable[[], Path]) -> Iterator[str]:
    """Address of a server that runs as `meguri serve` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "meguri.cli", "serve", "--port", str(port)],
        env={**os.environ, "MEGURI_HOME": str(new_home())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/sources", timeout=60).read()
            break
        except OSError:
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            time.sleep(0.25)
    yield address
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "The browser tests need Chromium: apt-get install chromium, or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        held = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield held
        held.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of its own context: `open_page(address, width=…, scripts=…, scheme=…, locale=…)`."""
    contexts: list[BrowserContext] = []

    def visit(
        address: str, *, width: int = 1280, scripts: bool = True, scheme: str = "light", locale: str = "ja-JP"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
