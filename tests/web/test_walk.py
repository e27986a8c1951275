"""Author, reviewer, board, effective figure, bridge, audit trail: one change, walked in a browser by four people.

Each goes from page to page by what these offer; where a link, a form or a number is missing, the walk ends there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from leadline.app.refresh import refresh
from leadline.app.wiring import Latest, Workspace, workspace
from leadline.clock import FixedClock
from leadline.governance import accounts, sessions
from leadline.store.journal import verify
from leadline.workflow.declared import text as shipped_text
from tests.projects import quiet, write_project
from tests.web.door import make_app
from tests.web.serving import serving
from tests.web.test_browser import DESKTOP, faults

pytestmark = pytest.mark.browser

NOW = FixedClock(datetime(2026, 4, 2, 6, tzinfo=UTC))
LATE = {"every": "day", "available_after": "1 day"}
DOCUMENTS = [
    {"kind": "project", "name": "shop", "governed": {"metrics": ["csat"]}},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "score": {"type": "integer"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "*.csv"},
    *({"kind": "person", "name": name} for name in ("ann", "ben", "cy", "dora")),
    {"kind": "board", "name": "metrics", "title": "Metrics board", "members": ["ben", "cy", "dora"], "quorum": 2},
    {"kind": "metric", "name": "csat", "title": "Satisfaction", "type": "share", "of": "answer",
     "when": "score >= 4", "owner": "ann", "direction": "higher", "collected": LATE},
]  # fmt: skip
ROWS = "id,at,score\n" + "".join(
    f"a{month}-{n},2026-{month:02}-{1 + n % 28:02},{1 + n % 5}\n" for month in (1, 2, 3) for n in range(200)
)
WORKFLOW = shipped_text("change_request").replace("[all of owner]", "[all of owner, quorum of board metrics]")
ROLES = {
    "ben": ("kpi_owner",),
    "ann": ("kpi_owner",),
    "cy": ("board_member",),
    "dora": ("board_member", "auditor"),
}


@dataclass
class Walk:
    """The company, its server, and what any of its pages said on the console."""

    browser: Browser
    address: str
    space: Workspace
    said: list[str] = field(default_factory=list)

    @contextmanager
    def as_(self, name: str, path: str) -> Iterator[Page]:
        """A browser of somebody's own, signed in, at a page."""
        token = sessions.open_session(self.space.ledger, name, "password", datetime.now(UTC)).token
        port = urlsplit(self.address).port
        context = self.browser.new_context(viewport=DESKTOP)
        context.add_cookies([{"name": f"leadline_session_{port}", "value": token, "url": self.address}])
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.goto(self.address + path)
        try:
            yield page
        finally:
            context.close()

    def take(self, name: str, step: str, **typed: str) -> None:
        """Take a step of the change's work item, from the list of what is waiting."""
        with self.as_(name, "/work/all") as page:
            page.get_by_role("link", name="Change of Satisfaction").click()
            page.locator("summary", has_text=re.compile(f"^{step}$")).click()
            for label, words in typed.items():
                page.get_by_label(label).first.fill(words)
            page.get_by_role("button", name=step, exact=True).click()
            assert page.locator(".failed").count() == 0, page.locator(".failed").all_inner_texts()


@pytest.fixture
def walk(tmp_path: Path, browser: Browser) -> Iterator[Walk]:
    root = write_project(tmp_path / "p", DOCUMENTS, {"a.csv": ROWS})
    (root / "workflows").mkdir()
    (root / "workflows" / "change_request.yaml").write_text(WORKFLOW)
    with workspace(root, actor="operator", clock=NOW) as space:
        refresh(space, NOW, quiet)
        with space.ledger.write(actor="operator") as writer:
            for name, roles in ROLES.items():
                accounts.add(writer, name)
                for role in roles:
                    accounts.grant(writer, name, role, known=[role])
        app = make_app(Latest(space), space.ledger, clock=NOW, home=space.home)
        with serving(app) as address:
            yield Walk(browser, address, space)


def edited(root: Path) -> None:
    """The author writes another definition into the file."""
    file = root / "leadline.yaml"
    documents = list(yaml.safe_load_all(file.read_text()))
    next(one for one in documents if one["name"] == "csat")["when"] = "score >= 5"
    file.write_text(yaml.safe_dump_all(documents, sort_keys=False))


def test_a_change_is_walked_from_its_author_to_the_audit_trail(walk: Walk) -> None:
    edited(walk.space.root)
    asked(walk)
    walk.take("ben", "Ask for review")
    reviewed(walk)
    voted(walk)
    decided(walk)
    walk.take("ben", "Put into force")
    refresh(walk.space, NOW, quiet)
    seen(walk)
    traced(walk)
    assert walk.said == []


def asked(walk: Walk) -> None:
    """The author asks for the change; the back-test stands on its page."""
    with walk.as_("ben", "/definitions") as page:
        page.get_by_role("link", name="Change requests").first.click()
        page.get_by_label("Why the change is needed").fill("Fours are not content.")
        page.locator("select[name=takes_effect]").select_option("from")
        page.get_by_label("From the first day of a period on").fill("2026-03-01")
        page.get_by_role("button", name="Ask for a change").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Change of Satisfaction")
        expect(page.get_by_role("heading", name="Back-test: Satisfaction")).to_be_visible()
        assert page.locator("table.plot svg").count() >= 2
        assert faults(page) == []


def reviewed(walk: Walk) -> None:
    """The owner reads the change from the work item, and says yes; the board has not yet."""
    with walk.as_("ann", "/work") as page:
        page.get_by_role("link", name="Change of Satisfaction").first.click()
        page.get_by_role("link", name="The change, with its back-test").click()
        expect(page.get_by_text("Fours are not content.").first).to_be_visible()
        expect(page.get_by_role("heading", name="Back-test: Satisfaction")).to_be_visible()
    with walk.as_("ben", "/work/1") as page:  # an author approves nothing
        expect(page.locator(".not-yet", has_text="Approve")).to_be_visible()
    walk.take("ann", "Approve")
    with walk.as_("ben", "/work/1") as page:
        expect(page.get_by_text("Put into force", exact=True)).to_have_count(0)


def voted(walk: Walk) -> None:
    """The members of the board vote, each for themselves."""
    for name in ("cy", "dora"):
        with walk.as_(name, "/boards") as page:
            page.get_by_role("link", name="Metrics board").first.click()
            expect(page.get_by_role("link", name="Change request: Change of Satisfaction")).to_be_visible()
        if name == "cy":
            called(walk)
        walk.take(name, "Approve")


def called(walk: Walk) -> None:
    """A member calls the meeting while the change waits, and opens it."""
    with walk.as_("cy", "/boards/metrics") as page:
        page.get_by_role("button", name="Call a meeting").click()
        page.locator("select[name=chair]").select_option("cy")
        for name in ("cy", "dora"):
            page.get_by_label(name, exact=True).check()
        page.get_by_role("button", name="Open the meeting").click()
        expect(page.get_by_text("reached: at least 2 are present")).to_be_visible()
        assert faults(page) == []


def decided(walk: Walk) -> None:
    """The meeting records what the votes carry; another member approves the minutes."""
    with walk.as_("cy", "/boards/metrics") as page:
        page.get_by_role("region", name="Meetings").get_by_role("link").first.click()
        page.locator("select[name=outcome]").select_option("approved")
        page.get_by_role("button", name="Record a decision").click()
        expect(page.get_by_text("on the work item: cy: approve, dora: approve")).to_be_visible()
        page.locator("textarea[name=text]").fill("The board approves it from March on.")
        page.get_by_role("button", name="Write the minutes").click()
        expect(page.get_by_role("button", name="Approve the minutes")).to_be_visible()
    with walk.as_("dora", "/boards/metrics") as page:
        page.get_by_role("region", name="Meetings").get_by_role("link").first.click()
        page.get_by_role("button", name="Approve the minutes").click()
        expect(page.get_by_text("Minutes approved").first).to_be_visible()


def seen(walk: Walk) -> None:
    """The figure is what was approved, from the period on that was approved; the step is bridged."""
    with walk.as_("ann", "/metrics") as page:
        page.get_by_role("link", name="Satisfaction").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Satisfaction")
        body = page.locator("main").inner_text()
        assert "20.0" in body or "20%" in body or "20 %" in body, body[:2000]
        expect(page.get_by_role("heading", name="What of it is the definition")).to_be_visible()
        expect(page.get_by_text("version 1 became version 2").first).to_be_visible()
        page.goto(f"{walk.address}/metrics/csat?grain=month&period=2026-02")
        assert "40" in page.locator("main").inner_text()


def traced(walk: Walk) -> None:
    """The auditor finds every step of it in the journal, and the chain holds."""
    with walk.as_("dora", "/changes") as page:
        page.get_by_role("link", name="Change of Satisfaction").click()
        page.get_by_role("link", name="Its steps in the journal").click()
        rows = page.get_by_role("region", name="Rows", exact=True).inner_text()
        for who in ("ben", "ann", "cy", "dora"):
            assert who in rows, who
        page.goto(f"{walk.address}/changes/1")
        page.get_by_role("link", name="What it brought about").click()
        rows = page.get_by_role("region", name="Rows", exact=True).inner_text()
        assert "apply_definition" in rows, rows
        assert "decide" in rows, rows
    with walk.space.ledger.read() as reader:
        assert verify(reader) == []
