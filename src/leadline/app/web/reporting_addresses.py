"""Addresses of what is reported: periods and packs, units compared, people of a team, targets proposed."""

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

    def bridge(self, name: str, period: str, **asked: str | None) -> str:
        """Why a frozen figure is another one now; asked: figure (its path), unit."""
        return asking(f"/scorecards/{quote(name)}/periods/{quote(period)}/bridge", asked)

    def pack(self, name: str, period: str, form: str, **asked: str | None) -> str:
        """The review pack of a period, as a file; asked: unit."""
        return asking(f"/scorecards/{quote(name)}/periods/{quote(period)}/pack.{form}", asked)

    def agents(self, name: str, **asked: str | None) -> str:
        """A team's people on a scorecard; asked: unit, period."""
        return asking(f"/scorecards/{quote(name)}/agents", asked)

    def targets(self, **asked: str | None) -> str:
        """Targets proposed; asked: definition (a scorecard), metric (a measure of it), unit, slice."""
        return asking("/targets", asked)

    def allocation(self, **asked: str | None) -> str:
        """A goal told to parts; asked: definition (a scorecard), metric (a measure of it), unit, kind, view."""
        return asking("/targets/allocation", asked)

    def compare(self, **asked: str | None) -> str:
        """Units compared; asked: definition (a scorecard), metric, period, unit, kind."""
        return asking("/compare", asked)
