"""A scorecard of thirty measures, and a full executive page, fit one laptop screen: the made-up company's, for the
small one has too few."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from leadline.app.web.render import STATIC, respond
from tests.web.executive_page import executive
from tests.web.pages import home
from tests.web.serving import serving

pytestmark = pytest.mark.browser


def thirty(request: Request) -> Response:
    return respond(request, home())


def one_screen(request: Request) -> Response:
    return respond(request, executive())


@pytest.fixture(scope="module")
def made_up() -> Iterator[str]:
    """The made-up company's scorecard, served."""
    routes = [
        Route("/", thirty),
        Route("/executive", one_screen),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    with serving(Starlette(routes=routes)) as address:
        yield address


def test_thirty_measures_fit_one_laptop_screen(browser: Browser, made_up: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(made_up)
    rows = page.locator(".measure")
    assert rows.count() == 30
    box = rows.last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.close()


def test_no_status_or_figure_is_cut_off(browser: Browser, made_up: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(made_up)
    cut = page.locator(".measure :is(.state, .reading, .target, .score, .n)").evaluate_all(
        "all => all.filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.textContent.trim())"
    )
    assert cut == []
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 900)])
def test_a_full_executive_page_fits_one_laptop_screen(
    browser: Browser, made_up: str, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{made_up}/executive")
    assert page.locator(".matter").count() == 5
    assert page.locator(".side tbody tr").count() == 12
    whole = "[document.documentElement.scrollWidth, document.querySelector('main').getBoundingClientRect().bottom]"
    wide, low = page.evaluate(whole)
    assert wide <= width
    assert low <= height
    page.close()


def test_no_figure_of_the_executive_page_is_cut_off(browser: Browser, made_up: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{made_up}/executive")
    cut = page.locator(".side td, .matter p").evaluate_all(
        "all => all.filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.textContent.trim())"
    )
    assert cut == []
    page.close()


def test_a_full_executive_page_prints_on_one_sheet(browser: Browser, made_up: str) -> None:
    page = browser.new_page()
    page.goto(f"{made_up}/executive")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.close()
