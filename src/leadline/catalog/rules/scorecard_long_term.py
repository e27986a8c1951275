"""A scorecard that promises to look far ahead weighs what pays off in years as much as it says."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.catalog.weights import long_term


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find scorecards whose long-term measures weigh less than `long_term_at_least`."""
    for card in catalog.scorecards.values():
        wanted = card.long_term_at_least
        if wanted is not None and (found := 100 * long_term(card, catalog.metrics)) < wanted - 1e-9:
            yield Problem(
                "warning", "short-sighted", f"Measures for the long term have {found:.0f} % of the weight; it says "
                f"at least {wanted:g} %.", catalog.place(card, "long_term_at_least"),
                "Weigh retention or lifetime value more, or mark their metrics `term: long`.",
            )  # fmt: skip
