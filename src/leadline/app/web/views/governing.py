"""What pages of governance share: where they hang, the pages beside, and who acts."""

from collections.abc import Mapping
from typing import Literal

from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.errors import GovernanceError

Page = Literal["ownership", "boards", "decided", "audit", ""]


def crumbs() -> tuple[Link, ...]:
    """Give the way up: governance hangs under the definitions."""
    return (Link(say("nav.definitions"), to.definitions()),)


def beside(here: Page) -> tuple[Link, ...]:
    """Give the pages of governance, the present one marked."""
    pages: tuple[tuple[Page, str], ...] = (
        ("ownership", to.owners()),
        ("boards", to.boards()),
        ("decided", to.decided()),
        ("audit", to.audit()),
    )
    return tuple(Link(say(f"governance.{page}"), href, page == here) for page, href in pages)


def acting(reading: Reading, given: Mapping[str, str]) -> str:
    """Name who acts. Raises GovernanceError where nobody is named."""
    del reading
    actor = given.get("actor", "").strip()[:100]
    if not actor:
        raise GovernanceError(say("identity.who"), code="governance", hint=say("identity.who.hint"))
    return actor
