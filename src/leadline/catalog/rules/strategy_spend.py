"""Money follows importance: what matters most is not left without, and nothing takes far more than its part."""

from collections.abc import Iterator

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem

STARVED, FED = 1 / 3, 3.0
"""Shares of spend over shares of importance below and above which money does not follow importance."""
LARGE = 0.2
"""A share of all spend below which too much is not worth a word."""


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find objectives that matter more than most and get little, and such that take far more than their part."""
    weights, money = strategies.importance(catalog), strategies.spend(catalog)
    total = sum(money.values())
    if catalog.strategy is None or not total or not weights:
        return
    average = 1 / len(weights)
    for name, weight in sorted(weights.items()):
        objective, share = catalog.objectives.get(name), money.get(name, 0.0) / total
        if objective is None:
            continue
        said = f"{name!r} is {weight:.0%} of what matters and gets {share:.0%} of the budgets."
        starved = weight > average * (1 + 1e-9) and share < weight * STARVED
        if starved or (share >= LARGE and share > weight * FED):
            yield Problem(
                "warning", "spend-importance", said, catalog.place(objective, "name"),
                "Move budget, or correct the importance." if starved else "Is it worth that much? Correct one of both.",
            )  # fmt: skip
