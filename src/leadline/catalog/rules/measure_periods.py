"""A measure is measured at least as often as its scorecard is read."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS
from leadline.catalog.problems import Problem
from leadline.catalog.rules.measure_targets import measures


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find measures that a scorecard asks for by finer periods than they have."""
    for scorecard in catalog.scorecards.values():
        for measure, at in measures(scorecard):
            metric = catalog.metrics.get(measure.metric)
            finest = finest_shown(catalog, metric) if metric else "hour"
            if GRAINS.index(scorecard.period) < GRAINS.index(finest):
                yield Problem(
                    "error", "measured-less-often", f"{measure.metric!r} is measured every {finest}, and this "
                    f"scorecard is read by {scorecard.period}.", catalog.place(scorecard, *at, "metric"),
                    f"Put it on a scorecard with `period: {finest}`.",
                )  # fmt: skip
