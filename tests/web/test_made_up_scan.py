"""Pages that the small company is too small for, scanned as the made-up company has them: full, and in every state."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from leadline.app.web.contexts import Page
from leadline.app.web.render import STATIC, respond
from tests.web.bridge_page import bridge
from tests.web.executive_page import executive
from tests.web.metric_pages import metric
from tests.web.pages import home, to_date
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, PHONE, faults

pytestmark = pytest.mark.browser
PAGES: dict[str, Page] = {
    "home": home(), "to-date": to_date(), "executive": executive(), "metric": metric(), "bridge": bridge(),
}  # fmt: skip


@pytest.fixture(scope="module")
def made_up() -> Iterator[str]:
    """The made-up company's pages, served."""

    def page(request: Request) -> Response:
        return respond(request, PAGES[request.path_params["name"]])

    routes = [Route("/{name}", page), Mount("/static", StaticFiles(directory=STATIC))]
    with serving(Starlette(routes=routes)) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
def test_full_pages_pass_the_scan_and_fit(browser: Browser, made_up: str, name: str) -> None:
    for viewport in (DESKTOP, {"width": 768, "height": 900}, PHONE):
        page = browser.new_page(viewport=viewport)
        page.goto(f"{made_up}/{name}")
        assert faults(page) == [], viewport
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_full_pages_have_as_much_contrast_in_the_dark(browser: Browser, made_up: str, name: str) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme="dark")
    page.goto(f"{made_up}/{name}")
    assert faults(page, "color-contrast") == []
    page.close()


def test_a_long_note_under_a_step_is_not_cut_off(browser: Browser, made_up: str) -> None:
    for viewport in (DESKTOP, PHONE):
        page = browser.new_page(viewport=viewport)
        page.goto(f"{made_up}/bridge")
        cut = page.locator(".bridged tbody th").evaluate_all(
            "all => all.filter(c => c.scrollWidth > c.clientWidth + 1 || c.scrollHeight > c.clientHeight + 1).length"
        )
        assert cut == 0
        rows = page.locator(".bridged tbody tr")
        drawn = rows.nth(1).locator("svg").bounding_box()
        row = rows.nth(1).bounding_box()
        assert drawn is not None
        assert row is not None
        assert drawn["height"] >= row["height"] - 2  # what joins the steps reaches from row to row
        page.close()
