"""The pages of batteries and of the ledger over a simulated fleet, in a real browser."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from litestar.testing import TestClient
from playwright.sync_api import Page, Route, expect

from meguri.ledger import Ledger
from meguri.ledger.note import VerifyingKey
from meguri.ledger.tlog_proof import Policy, verify_proof
from meguri.simulate import draw_fleet, origin_of, write_fleet
from meguri.web import Settings, create_app
from tests.web.ledgers import served

VEHICLES, SEED = 120, 3


class Fleet:
    """A served ledger of invented lives: its address, and a battery that was taken apart."""

    def __init__(self, address: str, db: Path, split: str) -> None:
        self.address, self.db, self.split = address, db, split

    @property
    def page_of_split(self) -> str:
        return "/battery/" + self.split.removeprefix("https://id.gs1.org/")

    @property
    def paths(self) -> tuple[str, ...]:
        return (
            "/battery?q=0000",
            self.page_of_split,
            "/battery/record",
            f"/battery/record?battery={self.split}",
            f"/battery/record?battery={self.split}&word=attested",
            "/battery/record/offline",
            "/battery/import",
            "/ledger",
            "/ledger/activity",
            "/ledger/anomalies",
        )


@pytest.fixture(scope="module")
def fleet(new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    db = tmp_path_factory.mktemp("fleet") / "ledger.db"
    with Ledger.open(db, origin=origin_of(VEHICLES, SEED)) as ledger:
        write_fleet(ledger, draw_fleet(VEHICLES, SEED))
        split = next(
            held.battery for held in ledger.read(limit=10_000) if held.type in ("dismantled", "split")
        )
    with served(new_home(), db) as address:
        yield Fleet(address, db, split)


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def test_the_life_of_a_battery_is_told_with_its_state_and_its_kin(
    fleet: Fleet, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{fleet.address}{fleet.page_of_split}?lang=en", scripts=False)
    expect(page.locator("h1")).to_have_text("This battery was taken apart.")
    expect(page.locator(".timeline > li").last).to_contain_text("Manufactured")
    expect(page.locator(".timeline > li").first).to_contain_text(re.compile(r"\(UTC\+9\)"))
    picture = page.locator(".kin .picture")
    assert picture.locator("circle").count() > 2
    page.get_by_text("Table", exact=True).click()
    expect(page.locator(".kin table tbody tr").first).to_contain_text("Dismantled")
    page.get_by_label("Show what was known on").fill("2000-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("h1")).to_contain_text("Nothing is recorded yet")


def test_a_search_leads_to_the_battery(fleet: Fleet, open_page: Callable[..., Page]) -> None:
    serial = fleet.split.rpartition("/")[2]
    page = open_page(f"{fleet.address}/search?q={serial}&lang=en", scripts=False)
    page.get_by_role("link", name=fleet.split, exact=True).first.click()
    expect(page.locator("h1")).to_contain_text("taken apart")
    page.goto(f"{fleet.address}/battery?lang=en&q={fleet.split}")
    expect(page.locator("h1")).to_contain_text("taken apart")
    page.goto(f"{fleet.address}/battery?lang=en&q=nothing-like-this")
    expect(page.locator("main")).to_contain_text("No battery with “nothing-like-this”")


def test_a_receipt_proves_its_event_on_the_device_and_offline(
    fleet: Fleet, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{fleet.address}{fleet.page_of_split}?lang=en")
    entry = page.locator(".timeline > li").first
    entry.locator("summary").click()
    entry.get_by_role("button", name="Verify on this device").click()
    expect(entry.locator(".verdict")).to_contain_text("Proven: the event is line")
    with page.expect_download() as download:
        entry.get_by_role("link", name="Proof").click()
    proof = download.value.path().read_text()
    event = entry.get_attribute("id").removeprefix("e-")  # type: ignore[union-attr]
    told = json.loads(urllib.request.urlopen(f"{fleet.address}/api/v1/events/{event}/receipt").read())
    log = json.loads(urllib.request.urlopen(f"{fleet.address}/api/v1/ledger").read())
    policy = Policy(VerifyingKey.parse(log["vkey"]))
    assert verify_proof(proof, told["entry"].encode(), policy).size == log["size"]


def test_a_visitor_verifies_the_whole_log(fleet: Fleet, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{fleet.address}/ledger?lang=en")
    page.get_by_role("button", name="Verify in this browser").click()
    verdict = page.locator("[data-verdict=log]")
    expect(verdict).to_have_class(re.compile("holds"))
    expect(verdict).to_contain_text(page.locator("[data-root]").inner_text())
    expect(verdict).to_contain_text("The log’s signature holds")


def tampering(page: Page, pattern: str, change: Callable[[bytearray], None]) -> None:
    """Change what a file of the log says on its way to the browser."""

    def answer(route: Route) -> None:
        reply = route.fetch()
        body = bytearray(reply.body())
        change(body)
        route.fulfill(response=reply, body=bytes(body))

    page.route(pattern, answer)


def flip(place: int) -> Callable[[bytearray], None]:
    def change(body: bytearray) -> None:
        body[place] ^= 1

    return change


@pytest.mark.parametrize(
    ("pattern", "place", "named"),
    [
        ("**/tile/entries/001", 100, "tile/entries/001 has been changed"),
        ("**/tile/0/001", 5 * 32 + 3, "Line 261 does not belong to this log"),
        ("**/tile/1/000.p/*", 3, "The tile tile/1/000.p/"),
        ("**/ledger/log/checkpoint", 3, "The checkpoint is not signed by the key of this log"),
    ],
)
def test_a_changed_file_is_named_by_the_browser(
    pattern: str, place: int, named: str, fleet: Fleet, open_page: Callable[..., Page]
) -> None:
    page = open_page("about:blank")
    tampering(page, pattern, flip(place))
    page.goto(f"{fleet.address}/ledger?lang=en")
    page.get_by_role("button", name="Verify in this browser").click()
    verdict = page.locator("[data-verdict=log]")
    expect(verdict).to_have_class(re.compile("fails"))
    expect(verdict).to_contain_text(named)


def test_verifying_can_be_stopped(fleet: Fleet, open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/tile/entries/001", hold)
    page.goto(f"{fleet.address}/ledger?lang=en")
    page.get_by_role("button", name="Verify in this browser").click()
    verdict = page.locator("[data-verdict=log]")
    expect(verdict).to_contain_text("256 of")
    page.get_by_role("button", name="Stop").click()
    expect(verdict).to_contain_text("Stopped after 256 of")
    for route in held:
        route.abort()


def test_what_is_odd_is_told_in_plain_words_with_links(fleet: Fleet, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{fleet.address}/ledger/anomalies?lang=en", scripts=False)
    with Ledger.open(fleet.db) as ledger:
        late = ledger.anomalies("late", limit=1)[0]
    link = page.locator(f'section:has(#late) a[href*="{late.id}"]')
    expect(link).to_be_visible()
    link.click()
    expect(page.locator(f"#e-{late.id}")).to_contain_text("recorded late")


def test_the_feed_is_counted_and_leads_back(fleet: Fleet, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{fleet.address}/ledger/activity?lang=en", scripts=False)
    expect(page.locator("table")).to_contain_text("Manufactured")
    assert page.locator(".picture rect").count() >= 1
    first = page.locator(".events li").first.inner_text()
    page.get_by_role("link", name="Earlier").click()
    assert page.locator(".events li").first.inner_text() != first
    page.get_by_label("Recorded by").select_option("house")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".events li").count() > 10


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_of_the_ledger_are_accessible_narrow_and_say_that_all_is_invented(
    language: str, fleet: Fleet, open_page: Callable[..., Page]
) -> None:
    page = open_page("about:blank", width=320, scheme="dark" if language == "en" else "light")
    faults: list[str] = []
    hosts: set[str] = set()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for path in fleet.paths:
        page.goto(fleet.address + in_language(path, language))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        expect(page.locator(".simulated")).to_contain_text(
            "シミュレーション" if language == "ja" else "Simulated"
        )
        text = page.locator("main").inner_text()
        for word in (" the ", "Record", "Verify", "recorded", "battery was") if language == "ja" else ():
            assert word not in text, (path, word)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    assert faults == []
    assert hosts == {fleet.address.split("/")[2]}


def test_a_stranger_sees_only_what_is_public_and_cannot_record(
    fleet: Fleet, new_home: Callable[[], Path]
) -> None:
    with TestClient(create_app(Settings(home=new_home(), db=fleet.db, local=False))) as stranger:
        told = stranger.get(f"{fleet.page_of_split}?lang=en").text
        assert "This battery was taken apart." in told
        assert 'class="chart kin"' not in told
        assert "<dt>The site, plant or yard</dt>" not in told
        form = stranger.get("/battery/record", params={"battery": fleet.split, "word": "attested"}).text
        assert re.search(r'<button type="submit" class="large main" disabled>', form)
        assert stranger.post("/battery/record", data={"word": "attested"}).status_code == 401
    operator = urllib.request.urlopen(f"{fleet.address}{fleet.page_of_split}?lang=en").read().decode()
    assert 'class="chart kin"' in operator
    assert "<dt>The site, plant or yard</dt>" in operator
