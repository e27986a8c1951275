"""Addresses of work items."""

from leadline.app.web.trading_addresses import asking


class Working:
    """Where work is: mine, all, one item, its files, and the form that opens one."""

    def work(self, **asked: str | None) -> str:
        """What is given to a person; asked: person."""
        return asking("/work", asked)

    def work_all(self, **asked: str | None) -> str:
        """Every work item; asked: q, state, kind, person."""
        return asking("/work/all", asked)

    def work_open(self, **asked: str | None) -> str:
        """The form that opens an item; asked: workflow, and what it is about."""
        return asking("/work/open", asked)

    def work_item(self, number: int, **asked: str | None) -> str:
        """One work item; asked: person."""
        return asking(f"/work/{number}", asked)

    def work_file(self, number: int, sha256: str) -> str:
        """A file of a work item."""
        return f"/work/{number}/files/{sha256}"
