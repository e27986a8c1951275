"""Addresses of the reporting calendar, of periods, and of their review packs."""

from urllib.parse import quote

from leadline.app.web.trading_addresses import asking


class Reporting:
    """Addresses of what is reported."""

    def periods(self) -> str:
        """The reporting calendar."""
        return "/periods"

    def scorecard_period(self, name: str, period: str, **asked: str | None) -> str:
        """One period of a scorecard, closed or open; asked: unit."""
        return asking(f"/scorecards/{quote(name)}/periods/{quote(period)}", asked)

    def pack(self, name: str, period: str, form: str, **asked: str | None) -> str:
        """The review pack of a period, as a file; asked: unit."""
        return asking(f"/scorecards/{quote(name)}/periods/{quote(period)}/pack.{form}", asked)
