"""Addresses of the pages of governance."""

from urllib.parse import quote

from leadline.app.web.trading_addresses import asking


class Governing:
    """Owners, boards, decisions on figures, the journal."""

    def owners(self) -> str:
        """Who answers for what."""
        return "/ownership"

    def ownership(self, kind: str, name: str) -> str:
        """Who answers for one definition."""
        return f"/ownership/{quote(kind)}/{quote(name)}"

    def boards(self) -> str:
        """Boards, stewards and local variants."""
        return "/boards"

    def decided(self) -> str:
        """Suspended figures, and those stated otherwise."""
        return "/decided"

    def audit(self, **asked: str | None) -> str:
        """The journal; asked: actor, verb, q, since, until."""
        return asking("/audit", asked)
