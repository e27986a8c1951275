"""What pages of governance share: where they hang, the pages beside, and who acts."""

from typing import Literal

from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.texts import say

Page = Literal[
    "audit", "boards", "candidates", "changes", "decided", "disputes", "ownership", "people", "plan", ""
]  # fmt: skip


def crumbs() -> tuple[Link, ...]:
    """Give the way up: governance hangs under the definitions."""
    return (Link(say("nav.definitions"), to.definitions()),)


def beside(here: Page) -> tuple[Link, ...]:
    """Give the pages of governance, the present one marked."""
    pages: tuple[tuple[Page, str], ...] = (
        ("plan", to.plan()),
        ("changes", to.changes()),
        ("candidates", to.candidates()),
        ("ownership", to.owners()),
        ("boards", to.boards()),
        ("disputes", to.disputes()),
        ("decided", to.decided()),
        ("audit", to.audit()),
        ("people", to.people()),
    )
    return tuple(Link(say(f"governance.{page}"), href, page == here) for page, href in pages)
