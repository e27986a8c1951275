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

    def plan(self) -> str:
        """What the working definitions would change."""
        return "/plan"

    def planned(self, name: str) -> str:
        """What a plan does to one metric: the back-test."""
        return f"/plan/{quote(name)}"

    def history(self, kind: str, name: str, **asked: str | None) -> str:
        """The versions of one definition, and the bridge between them; asked: old, new (to compare two)."""
        return asking(f"/history/{quote(kind)}/{quote(name)}", asked)

    def candidates(self) -> str:
        """What is computed beside what is in force."""
        return "/candidates"

    def candidate(self, name: str) -> str:
        """A metric's version in force and its candidate, side by side."""
        return f"/candidates/{quote(name)}"

    def changes(self) -> str:
        """Every change request."""
        return "/changes"

    def change(self, number: int) -> str:
        """One change request."""
        return f"/changes/{number}"

    def boards(self) -> str:
        """Boards, stewards and local variants."""
        return "/boards"

    def board(self, name: str) -> str:
        """One board: what waits for it, its meetings."""
        return f"/boards/{quote(name)}"

    def meeting(self, board: str, name: str) -> str:
        """One meeting of a board."""
        return f"/boards/{quote(board)}/meetings/{quote(name)}"

    def disputes(self, **asked: str | None) -> str:
        """Disputed figures; asked: metric."""
        return asking("/disputes", asked)

    def decided(self) -> str:
        """Suspended figures, and those stated otherwise."""
        return "/decided"

    def journal_csv(self) -> str:
        """The journal as a file."""
        return "/audit.csv"

    def audit(self, **asked: str | None) -> str:
        """The journal; asked: actor, verb, q, since, until."""
        return asking("/audit", asked)
