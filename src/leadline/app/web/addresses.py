"""Addresses of pages. A URL holds the whole state of a view, so that it can be mailed and the back button knows it."""

from urllib.parse import quote

from leadline.app.web.entering_addresses import Entering
from leadline.app.web.governing_addresses import Governing
from leadline.app.web.reporting_addresses import Reporting
from leadline.app.web.trading_addresses import Trading, asking
from leadline.app.web.work_addresses import Working

KEYS = (
    (("/",), "keys.search"),
    (("g", "h"), "keys.home"),
    (("g", "t"), "keys.strategy"),
    (("g", "m"), "keys.metrics"),
    (("g", "f"), "keys.findings"),
    (("g", "w"), "keys.work"),
    (("g", "s"), "keys.sources"),
    (("g", "i"), "keys.identity"),
    (("g", "d"), "keys.definitions"),
    (("←", "→"), "keys.points"),
    (("?",), "keys.help"),
    (("Esc",), "keys.close"),
)


class Addresses(Trading, Governing, Entering, Reporting, Working):
    """Every address the pages link to. Empty values are left out of the query."""

    def home(self, **asked: str | None) -> str:
        """The project's scorecard; asked: period, unit, slice, view."""
        return asking("/", asked)

    def scorecard(self, name: str, **asked: str | None) -> str:
        """One scorecard; asked: period, unit, slice, view."""
        return asking(f"/scorecards/{quote(name)}", asked)

    def executive(self, **asked: str | None) -> str:
        """The executive page; asked: period, unit."""
        return asking("/executive", asked)

    def strategy(self, **asked: str | None) -> str:
        """The strategy map; asked: period, unit."""
        return asking("/strategy", asked)

    def metrics(self, **asked: str | None) -> str:
        """The list of metrics; asked: q."""
        return asking("/metrics", asked)

    def metric(self, name: str, **asked: str | None) -> str:
        """One metric; asked: grain, period, unit, slice."""
        return asking(f"/metrics/{quote(name)}", asked)

    def figure(self, metric: str, **asked: str | None) -> str:
        """The provenance of one figure; asked: period, grain, unit, slice."""
        return asking("/figures", {"metric": metric, **asked})

    def sources(self) -> str:
        """Every source."""
        return "/sources"

    def source(self, name: str, **asked: str | None) -> str:
        """One source; asked: reason."""
        return asking(f"/sources/{quote(name)}", asked)

    def exclusions(self) -> str:
        """Every detector, with what it keeps out of figures."""
        return "/exclusions"

    def exclusion(self, name: str) -> str:
        """What one detector keeps out, and its effect."""
        return f"/exclusions/{quote(name)}"

    def reconciliations(self) -> str:
        """Every reconciliation."""
        return "/reconciliations"

    def reconciliation(self, name: str, **asked: str | None) -> str:
        """One reconciliation; asked: period, unit, slice."""
        return asking(f"/reconciliations/{quote(name)}", asked)

    def findings(self, **asked: str | None) -> str:
        """Findings; asked: kind, direction, metric."""
        return asking("/findings", asked)

    def identities(self) -> str:
        """Every identity, with what is to be decided."""
        return "/identity"

    def pair(self, name: str, **asked: str | None) -> str:
        """Two records of an identity; asked: left, right."""
        return asking(f"/identity/{quote(name)}/pair", asked)

    def definitions(self) -> str:
        """Every definition."""
        return "/definitions"

    def definition(self, kind: str, name: str) -> str:
        """One definition; a metric's and a source's own page says more."""
        return f"/definitions/{quote(kind)}/{quote(name)}"

    def places(self) -> tuple[tuple[str, str], ...]:
        """The navigation, in order."""
        return (
            ("home", self.home()),
            ("strategy", self.strategy()),
            ("metrics", self.metrics()),
            ("findings", self.findings()),
            ("work", self.work()),
            ("sources", self.sources()),
            ("identity", self.identities()),
            ("definitions", self.definitions()),
        )

    def keys(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Keyboard shortcuts and what they do (text keys)."""
        return KEYS


to = Addresses()
