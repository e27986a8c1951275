"""A person signs in by the company in a real browser: the door, the provider's own pages, back, and out again."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from leadline.app.company.provider import Provider
from leadline.app.web import create_app
from leadline.app.wiring import Latest, Workspace
from leadline.governance import accounts
from leadline.secret import Secret
from leadline.store.ledger import Ledger
from tests.web import company_signs_in as company
from tests.web import small_company
from tests.web.company_signs_in import rules
from tests.web.serving import serving
from tests.web.test_browser import PHONE, faults

pytestmark = pytest.mark.browser


class Behind:
    """Pages whose address the provider must know before they are made."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on."""
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def door(space: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small company's pages with a company's sign-in before them, over a ledger of their own."""
    folder = tmp_path_factory.mktemp("door")
    shutil.copytree(space.home.root, folder / ".leadline", ignore=shutil.ignore_patterns("*.lock"))
    ledger = Ledger(f"sqlite:///{folder / '.leadline' / 'ledger.sqlite'}", small_company.NOW)
    with ledger.write(actor="setup") as writer:
        accounts.add(writer, "olga")
    behind = Behind()
    with serving(behind) as address:
        told = {"redirects": [f"{address}/sign-in/company/back"], "logouts": [f"{address}/sign-in"]}
        with company.provider(folder, **told) as running:
            by = Provider(rules(running.issuer), Secret(company.SECRET))
            behind.app = create_app(Latest(space), ledger, clock=small_company.NOW, provider=by)
            yield address
    ledger.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]  # two numbers, as it wants
    yield context.new_page()
    context.close()


def test_through_the_companys_own_pages_and_out_again(door: str, page: Page) -> None:
    page.goto(f"{door}/metrics?q=nps")
    assert faults(page) == []
    page.get_by_role("link", name="Sign in with Acme login").click()
    page.locator("input[name=login]").fill("u-17")
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button").click()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{door}/metrics?q=nps")
    page.goto(f"{door}/account")
    expect(page.get_by_text("granted by company sign-in").first).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_text("You are signed out here.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Sign out of Acme login too").click()
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(f"{door}/sign-in")


def test_somebody_who_is_nobody_here_is_told_on_the_door(door: str, page: Page, tmp_path: Path) -> None:
    del tmp_path
    page.goto(f"{door}/sign-in/company/back?state=guess&code=guess")
    expect(page.get_by_role("alert")).to_contain_text("company-state")
    assert faults(page) == []
