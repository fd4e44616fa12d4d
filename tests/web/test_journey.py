"""The analyst's way through the dashboard, in a real browser: with and without scripts, wide and on a phone."""

import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PAGES = (
    "/",
    "/nation/outflow",
    "/nation/outflow/identified",
    "/nation/outflow/white-paper",
    "/nation/outflow/exports",
    "/nation/outflow/explain/outflow_ratio:2024",
    "/sources",
    "/sources/new_bev_sales:2022",
    "/data",
    "/data/new_bev_sales",
    "/search?q=2024",
)
FIRST_VIEW_BYTES = 200_000


def soon(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it holds; the pages forbid scripts from strings, so the waiting is done here."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_an_analyst_reads_changes_follows_and_takes_away(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/")
    expect(page.locator("h1")).to_contain_text("中古EV")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_contain_text("used EVs")
    page.goto(f"{site}/nation/outflow?lang=en")
    slider = page.locator('[data-slider="exports_before_2017_units"]')
    expect(slider).to_be_visible()
    before = page.locator("h1").inner_text()
    chart = page.locator('[data-chart="outflow_ratio"] .drawn svg')
    drawn = chart.inner_html()
    slider.evaluate("node => { node.value = 12000; node.dispatchEvent(new Event('input', {bubbles: true})) }")
    expect(page.locator("h1")).not_to_have_text(before)
    page.wait_for_url("**exports_before_2017_units=12000**")
    soon(lambda: chart.inner_html() != drawn)
    changed = page.locator("h1").inner_text()
    page.reload()
    expect(page.locator("h1")).to_have_text(changed)
    with page.expect_download() as download:
        page.locator('a[href*=".csv"]').first.evaluate(
            "node => { node.closest('details')?.setAttribute('open', ''); node.click() }"
        )
    taken = download.value.path().read_text(encoding="utf-8-sig")
    assert "p50" in taken.splitlines()[0]
    page.goto(f"{site}/nation/outflow/explain/outflow_ratio:2024?lang=en")
    page.locator('main a[href*="/sources/"]').first.click()
    expect(page.locator("main")).to_contain_text("Meguri working assumptions")
    report = page.request.get(f"{site}/report/outflow.pdf?lang=en")
    assert report.body()[:5] == b"%PDF-"


def test_without_scripts_the_form_works(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/nation/outflow?lang=en", scripts=False)
    before = page.locator("h1").inner_text()
    page.locator('[name="exports_before_2017_units"]').fill("12000")
    page.get_by_role("button", name="Calculate").click()
    assert "exports_before_2017_units=12000" in page.url
    assert page.locator("h1").inner_text() != before
    assert page.locator("svg").count() > 0


def test_by_keyboard_alone_one_reaches_the_sliders(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/nation/outflow?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement.getAttribute('href')"
    ) == "#content" or "Skip" in page.evaluate("document.activeElement.textContent")
    slider = page.locator('[data-slider="price_level"]')
    expect(slider).to_be_visible()
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**price_level=**")


@pytest.mark.parametrize("path", ["/", "/nation/outflow"])
def test_the_first_view_is_light_and_asks_nobody_else(
    path: str, site: str, open_page: Callable[..., Page]
) -> None:
    page = open_page("about:blank")
    sizes: dict[str, float] = {}
    first: set[str] = set()
    loaded: list[Page] = []
    hosts: set[str] = set()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: loaded or first.add(event["requestId"]))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.on("load", lambda _: loaded.append(page))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(f"{site}{path}", wait_until="load")
    page.wait_for_timeout(3000)
    assert 0 < sum(sizes.get(request, 0) for request in first) < FIRST_VIEW_BYTES
    assert hosts == {site.split("/")[2]}


@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_is_cut_off_at_any_width(width: int, site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/", width=width)
    for path in PAGES:
        for language in ("ja", "en"):
            page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, language)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_are_accessible(language: str, scheme: str, site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/", scheme=scheme)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in PAGES:
        page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={language}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
    assert faults == []


def test_japanese_pages_leave_no_english_behind(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site}/", scripts=False)
    for path in ("/", "/nation/outflow", "/nation/outflow/identified", "/nation/outflow/exports"):
        page.goto(f"{site}{path}?lang=ja")
        text = page.locator("main").inner_text()
        for word in (" the ", "Change ", "Table", "Download", "modelled", "published"):
            assert word not in text, (path, word)
