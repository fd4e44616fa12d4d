"""What a person waits for in front of the dashboard: the answer while a slider is dragged, and the first view."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np

from benchmarks.national import ROOT, home, start
from benchmarks.registry import Measured, benchmark, seconds
from meguri.flows import OutflowOptions, parse_options

LIVE = "/nation/outflow/live"
PAGES = ("/", "/nation/outflow")
DRAGGED = "exports_before_2017_units"
START_WITHIN_S = 120.0


@contextmanager
def server() -> Iterator[int]:
    """The dashboard in a process of its own on a free port of this machine, ready to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    start()
    process = subprocess.Popen(
        [sys.executable, "-c", f"from meguri.web import serve; serve(port={port})"],
        cwd=ROOT,
        env={**os.environ, "MEGURI_HOME": str(home())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        began = time.monotonic()
        while not _answers(port):
            if process.poll() is not None or time.monotonic() - began > START_WITHIN_S:
                raise RuntimeError("the dashboard did not start; see what `meguri serve` says")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        _get(HTTPConnection("127.0.0.1", port, timeout=START_WITHIN_S), PAGES[-1])
    except OSError:
        return False
    return True


def _get(connection: HTTPConnection, address: str) -> bytes:
    connection.request("GET", address, headers={"Accept-Encoding": "gzip", "Accept-Language": "ja"})
    reply = connection.getresponse()
    body = reply.read()
    if reply.status != 200:
        raise RuntimeError(f"{address}: {reply.status}")
    return body


@benchmark(
    "outflow_drag_latency",
    issue=3,
    unit="ms, 95th percentile",
    goal="ours <= 150",
    floor_name="the estimate alone, in process",
    libraries=("numpy", "polars", "litestar", "granian"),
    tiny={"requests": 2},
)
def drag_latency(requests: int = 100) -> Measured:
    """95th percentile of answers to a dragged slider over HTTP, 10,000 draws, no two with the same assumptions."""
    dragged = [f"{3000 + 11 * step}" for step in range(requests + 1)]
    statistics = start().statistics

    def alone(value: str) -> None:
        start().estimate(parse_options({DRAGGED: value, "draws": str(OutflowOptions().draws)}, statistics))

    with server() as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_WITHIN_S)

        def asked(value: str) -> None:
            _get(connection, f"{LIVE}?lang=ja&{DRAGGED}={value}")

        alone(dragged[0])
        asked(dragged[0])
        pairs = [(_ms(asked, value), _ms(alone, value)) for value in dragged[1:]]
    ours, floor = np.quantile(np.array(pairs), 0.95, axis=0)
    return Measured(ours=float(ours), floor=float(floor))


def _ms(work: Callable[[str], None], value: str) -> float:
    return 1000 * seconds(lambda: work(value))


@benchmark(
    "dashboard_first_paint",
    issue=3,
    unit="KB",
    goal="ours <= 200",
    libraries=("litestar", "granian", "playwright"),
)
def first_paint() -> Measured:
    """Bytes on the wire, headers counted, of all that a page asked for up to its load event; the larger page."""
    return Measured(ours=max(visit.bytes_to_load for visit in visits()) / 1000)


@benchmark(
    "dashboard_requests_outside",
    issue=3,
    unit="requests",
    goal="ours <= 0",
    libraries=("litestar", "granian", "playwright"),
)
def requests_outside() -> Measured:
    """Requests to any other host, the charts that load after the first view counted."""
    return Measured(ours=float(sum(visit.outside for visit in visits())))


class Visit:
    """What Chromium asked for and received on one page."""

    def __init__(self) -> None:
        self.loaded = False
        self.early: set[str] = set()
        self.received: dict[str, float] = {}
        self.outside = 0

    def asked(self, event: dict[str, object], port: int) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        address = urlsplit(request["url"])
        if address.scheme in ("data", "blob"):
            return
        self.outside += address.netloc != f"127.0.0.1:{port}"
        if not self.loaded:
            self.early.add(str(event["requestId"]))

    def finished(self, event: dict[str, object]) -> None:
        self.received[str(event["requestId"])] = float(str(event["encodedDataLength"]))

    def load(self) -> None:
        self.loaded = True

    @property
    def bytes_to_load(self) -> float:
        return sum(self.received.get(request, 0.0) for request in self.early)


@cache
def visits() -> tuple[Visit, ...]:
    """One first visit to each page, by a browser that holds nothing yet."""
    with server() as port:
        return tuple(_visit(port, page) for page in PAGES)


def _visit(port: int, page: str) -> Visit:
    from playwright.sync_api import sync_playwright

    found = subprocess.run(
        ["sh", "tools/browser.sh"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    visit = Visit()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip())
        tab = browser.new_page(locale="ja-JP", viewport={"width": 1280, "height": 800})
        network = tab.context.new_cdp_session(tab)
        network.on("Network.requestWillBeSent", lambda event: visit.asked(event, port))
        network.on("Network.loadingFinished", visit.finished)
        network.on("Page.loadEventFired", lambda _: visit.load())
        network.send("Network.enable")
        network.send("Page.enable")
        tab.goto(f"http://127.0.0.1:{port}{page}", wait_until="load")
        tab.wait_for_load_state("networkidle")
        browser.close()
    return visit
