"""The units that report beside a scorecard exist, and stand below the scorecard's own."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find reporting units that there are not, or that the scorecard does not reach."""
    units = catalog.units
    for scorecard in catalog.scorecards.values():
        within = units.descendants(scorecard.unit) if scorecard.unit in units.names else units.names
        named = scorecard.reporting.units if scorecard.reporting else ()
        for nth, unit in enumerate(() if named == "all" else named):
            if unit not in within:
                yield Problem(
                    "error", "unknown-unit", f"There is no unit {unit!r} that {scorecard.name!r} reaches.",
                    catalog.place(scorecard, "reporting", "units", nth), suggest(unit, within),
                )  # fmt: skip
