"""The pages in a real browser: readable without a script, by keyboard, on a phone, in the dark, without colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from leadline.app.wiring import Workspace
from tests.web.serving import COOKIES

pytestmark = pytest.mark.browser

PAGES = (
    "/strategy", "/executive", "/",
    "/?unit=north&period=2025-11", "/?view=ytd&period=2026-02", "/?view=serving", "/?view=acting",
    "/metrics", "/metrics?q=nothing+such", "/metrics/resolved_rate",
    "/metrics/resolved_rate?grain=day", "/metrics/contacts", "/metrics/nps?period=2019-01",
    "/figures?metric=resolved_rate&period=2026-01", "/figures?metric=resolved_rate&period=2026-01&slice=channel%3Dfax",
    "/sources", "/sources/contacts", "/findings", "/definitions", "/definitions/fact/contact", "/nowhere", "/people",
    "/account", "/access?kind=ingest%3Arow%3Aread", "/periods", "/trade-offs",
    "/candidates", "/history/metric/nps", "/definitions/metric/nps", "/plan", "/changes",
    "/work", "/work/all", "/work/open", "/work/open?workflow=kpi_dispute&figure=metric%3Dnps%26period%3D2026-01",
)  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SHIFT = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntries().reduce((sum, e) => sum + e.value, 0))
).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 200))"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def opened(browser: Browser, address: str, path: str, **options: Any) -> Iterator[Page]:
    """Open a page; whatever it says on the console or asks of another host fails the test."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    try:
        context.add_cookies([COOKIES[address]] if address in COOKIES else [])
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: said.append(request.url) if not request.url.startswith(address) else None,
        )
        page.goto(address + path)
        yield page
        assert [line for line in said if not (path == "/nowhere" and "404" in line)] == []
    finally:
        context.close()


def faults(page: Page, *only: str) -> list[str]:
    """Give what the scan finds: by all rules of WCAG 2.2 AA and good practice, or by the rules named."""
    options = {"runOnly": {"type": "rule", "values": list(only)}} if only else RULES
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_fails_the_accessibility_scan(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address, path, color_scheme="light") as page:
        assert faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_the_dark_has_as_much_contrast(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address, path, color_scheme="dark") as page:
        assert (
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(18, 20, 23)"
        )
        assert faults(page, "color-contrast") == []


@pytest.mark.parametrize("path", ["/", "/metrics/resolved_rate", "/sources/contacts"])
def test_what_opens_passes_the_scan_too(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address, path) as page:
        page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(d => d.open = true)")
        assert faults(page) == []
        page.keyboard.press("?")
        assert faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_never_scrolls_sideways(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address, path, viewport=PHONE, is_mobile=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert faults(page, "target-size", "color-contrast", "scrollable-region-focusable") == []


@pytest.mark.parametrize("width", [320, 600, 768, 1024, 1180, 1280, 1920])
def test_no_width_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    for path in ("/", "/metrics/resolved_rate", "/figures?metric=nps&period=2026-01"):
        with opened(browser, address, path, viewport={"width": width, "height": 800}) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("path", ["/", "/metrics/resolved_rate", "/sources/contacts", "/findings"])
def test_pages_read_without_a_script(browser: Browser, address: str, path: str) -> None:
    with (
        opened(browser, address, path) as with_script,
        opened(browser, address, path, java_script_enabled=False) as page,
    ):
        assert page.locator("main").inner_text() == with_script.locator("main").inner_text()


def test_menus_and_tables_open_without_a_script(browser: Browser, address: str) -> None:
    with opened(browser, address, "/metrics/resolved_rate", java_script_enabled=False) as page:
        page.locator(".picker summary").first.click()
        page.get_by_role("link", name="November 2025", exact=True).click()
        expect(page.locator("h2").filter(has_text="November 2025").first).to_be_visible()
        page.get_by_text("Show as a table").click()
        expect(page.get_by_role("columnheader", name="95% interval", exact=True)).to_be_visible()


def test_the_keyboard_goes_everywhere(browser: Browser, address: str) -> None:
    with opened(browser, address, "/") as page:
        for key, path in {
            "m": "/metrics",
            "s": "/sources",
            "f": "/findings",
            "d": "/definitions",
            "h": "/",
        }.items():
            page.keyboard.press("g")
            page.keyboard.press(key)
            page.wait_for_url(address + path)
        page.keyboard.press("/")
        page.keyboard.type("gm handle")
        expect(page.locator("#search")).to_have_value("gm handle")
        page.locator("#search").fill("handle")
        page.keyboard.press("Enter")
        page.wait_for_url("**/metrics?q=handle")
        page.locator("body").press("?")
        expect(page.locator("#help")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#help")).not_to_be_visible()


def test_the_first_tab_skips_to_the_content(browser: Browser, address: str) -> None:
    with opened(browser, address, "/metrics") as page:
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        box = page.locator(".skip").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


def test_focus_is_always_visible(browser: Browser, address: str) -> None:
    script = """() => { const a = document.activeElement, r = a.querySelector('.reach'), s = getComputedStyle(a);
        return s.outlineStyle !== 'none' || (r && getComputedStyle(r).strokeWidth !== '0px') }"""
    with opened(browser, address, "/metrics/resolved_rate") as page:
        for _ in range(25):
            page.keyboard.press("Tab")
            assert page.evaluate(script)


def test_a_chart_is_one_stop_and_arrows_walk_its_periods(browser: Browser, address: str) -> None:
    with opened(browser, address, "/metrics/resolved_rate") as page:
        points = page.locator(".trend.wide a")
        assert points.evaluate_all("all => all.filter(a => a.tabIndex === 0).length") == 1
        points.last.focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".readout")).to_contain_text("February 2026")
        page.keyboard.press("Enter")
        page.wait_for_url("**/figures?metric=resolved_rate&period=2026-02")


def test_pointing_at_a_period_reads_it_out(browser: Browser, address: str) -> None:
    with opened(browser, address, "/metrics/resolved_rate") as page:
        page.locator(".trend.wide a").nth(2).hover()
        expect(page.locator(".readout")).to_contain_text("March 2025")


def test_a_menu_closes_by_escape_and_by_a_click_elsewhere(browser: Browser, address: str) -> None:
    with opened(browser, address, "/") as page:
        menu = page.locator("details.menu").first
        menu.locator("summary").click()
        page.keyboard.press("Escape")
        assert not menu.evaluate("menu => menu.open")
        expect(menu.locator("summary")).to_be_focused()
        menu.locator("summary").click()
        page.mouse.click(1200, 860)
        assert not menu.evaluate("menu => menu.open")


def test_the_back_button_knows_the_view(browser: Browser, address: str) -> None:
    with opened(browser, address, "/") as page:
        page.get_by_role("link", name="December 2025").first.click()
        page.wait_for_url("**/?period=2025-12")
        page.go_back()
        expect(page.get_by_text("January 2026").first).to_be_visible()


def test_every_status_reads_without_colour(browser: Browser, address: str) -> None:
    """Each mark holds a drawn shape and a word; shapes differ by word, whatever their colour."""
    with opened(browser, address, "/") as page:
        found = page.locator(".mark").evaluate_all(
            "all => all.map(m => [m.querySelector('use').getAttribute('href'), m.querySelector('.word').textContent])"
        )
        shapes: dict[str, set[str]] = {}
        for shape, word in found:
            assert word.strip()
            shapes.setdefault(word, set()).add(shape)
        assert all(len(drawn) == 1 for drawn in shapes.values())
        assert len({next(iter(drawn)) for drawn in shapes.values()}) == len(shapes)
        boxes = page.locator(".mark .shape").evaluate_all(
            "all => all.map(s => s.getBoundingClientRect().width)"
        )
        assert min(boxes) >= 9


def test_deviations_stand_above_the_tree_on_a_phone(browser: Browser, address: str) -> None:
    with opened(browser, address, "/", viewport=PHONE, is_mobile=True) as page:
        first, tree = (page.locator(s).bounding_box() for s in ("#deviations", ".tree"))
        assert first is not None
        assert tree is not None
        assert first["y"] < PHONE["height"]
        assert first["y"] < tree["y"]


def test_nothing_moves_while_a_page_loads(browser: Browser, address: str) -> None:
    with opened(browser, address, "/metrics/resolved_rate") as page:
        page.wait_for_timeout(300)
        shift = page.evaluate(SHIFT)
        assert shift < 0.01


def test_print_leaves_out_what_cannot_be_clicked_on_paper(browser: Browser, address: str) -> None:
    with opened(browser, address, "/") as page:
        page.emulate_media(media="print")
        expect(page.locator(".bar")).not_to_be_visible()
        expect(page.locator(".tree")).to_be_visible()
        assert len(page.pdf(format="A4")) > 10_000


def test_the_executive_page_prints_on_one_sheet(browser: Browser, address: str) -> None:
    with opened(browser, address, "/executive?period=2026-01") as page:
        sheets = page.pdf(prefer_css_page_size=True)
        assert sheets.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_figure_is_disputed_in_the_browser(browser: Browser, address: str, viewport: Any) -> None:
    with opened(browser, address, "/figures?metric=resolved_rate&period=2025-11", viewport=viewport) as page:
        page.get_by_role("link", name="Dispute this figure").click()
        page.get_by_label("Title").fill("It cannot be")
        page.get_by_label("What is wrong with the figure").fill("Rows are missing\n<b>really</b>")
        page.get_by_role("button", name="Open it").click()
        assert page.get_by_role("heading", level=1).inner_text() == "It cannot be"
        page.get_by_label("Text").fill("see here")
        page.get_by_role("button", name="Say it").click()
        assert page.get_by_text("see here").is_visible()
        page.get_by_role("button", name="Compute it again from the rows").click()
        assert page.get_by_text("The rows give what is published").first.is_visible()
        page.locator("summary", has_text="Withdraw").click()
        assert faults(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        page.get_by_role("button", name="Withdraw").click()
        assert page.get_by_text("Work on it is over.").is_visible()


@pytest.mark.parametrize("path", ["/executive?period=2026-01", "/executive?period=2026-01&unit=north"])
def test_the_executive_page_is_one_sheet(
    browser: Browser, address: str, space: Workspace, path: str, tmp_path: Path
) -> None:
    import pypdfium2

    said = {
        "cause": "The new script ends calls early. " * 30,
        "action": "Back to the old one, team by team. " * 30,
    }
    for unit in (None, "north"):
        with space.ledger.write(actor="ada") as writer:
            writer.commentary.comment("service", "2026-01", said, metric="resolved_rate", unit=unit)
    try:
        with opened(browser, address, path) as page:
            page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
        sheet = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
        assert len(sheet) == 1
        words = sheet[0].get_textpage().get_text_bounded()
        assert "What is off, why, and who acts" in words
        assert "Customers and money" in words
        sheet.close()
    finally:
        for unit in (None, "north"):
            with space.ledger.write(actor="ada") as writer:
                writer.commentary.comment("service", "2026-01", {}, metric="resolved_rate", unit=unit)
