"""A measure can be read for the unit that its scorecard wants."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.problems import Problem
from leadline.catalog.rules.measure_targets import measures


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find measures of one unit whose fact has no units."""
    for scorecard in catalog.scorecards.values():
        for measure, at in measures(scorecard):
            metric = catalog.metrics.get(measure.metric)
            leaves = rows(catalog, metric) if metric else ()
            facts = {leaf.of for leaf in leaves if leaf.of in catalog.facts}
            unit, path = (measure.unit, "unit") if measure.unit else (scorecard.unit, "metric")
            for name in sorted(facts):
                if unit and catalog.facts[name].unit is None:
                    yield Problem(
                        "error", "no-unit", f"{measure.metric!r} cannot be read for {unit!r}: the fact {name!r} has no "
                        "unit.", catalog.place(scorecard, *at, path), "Name the column of its unit: `unit: …`.",
                    )  # fmt: skip
