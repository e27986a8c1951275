"""A trade-off sets two metrics against each other, each with a way that is better and a range it may be in."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Bounded, Metric, TradeOff
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find sides that are one, ranges that are empty, and metrics of which nobody said which way is better."""
    for one in catalog.trade_offs.values():
        if one.between[0].metric == one.between[1].metric:
            yield Problem(
                "error", "same-sides", f"{one.between[0].metric!r} is not traded against itself.",
                catalog.place(one, "between", 1, "metric"),
            )  # fmt: skip
        for nth, side in enumerate(one.between):
            metric = catalog.metrics.get(side.metric)
            if metric is not None:
                yield from _side(catalog, one, nth, side, metric)
                yield from _reach(catalog, one, side, metric)


def better(metric: Metric, side: Bounded) -> int:
    """Say which way a side is better: 1 higher, -1 lower, 0 not said."""
    if metric.direction is not None:
        return 1 if metric.direction == "higher" else -1
    given = (side.at_least is not None, side.at_most is not None)
    return {(True, False): 1, (False, True): -1}.get(given, 0)


def _side(catalog: Catalog, one: TradeOff, nth: int, side: Bounded, metric: Metric) -> Iterator[Problem]:
    place = catalog.place(one, "between", nth, "metric")
    low, high = side.at_least, side.at_most
    if low is None and high is None:
        yield Problem(
            "error", "no-range", f"Nothing says how far {side.metric!r} may go.", place,
            "Write `at_least`, `at_most` or both.",
        )  # fmt: skip
    if low is not None and high is not None and low >= high:
        yield Problem(
            "error", "no-range", f"No value of {side.metric!r} is at least {low:g} and at most {high:g}.", place,
            "Exchange the two.",
        )  # fmt: skip
    if not better(metric, side):
        yield Problem(
            "error", "no-direction", f"Nothing says which way {side.metric!r} is better.", place,
            "Give the metric a `direction`.",
        )  # fmt: skip


def _reach(catalog: Catalog, one: TradeOff, side: Bounded, metric: Metric) -> Iterator[Problem]:
    finest = finest_shown(catalog, metric)
    if GRAINS.index(one.grain) < GRAINS.index(finest):
        yield Problem(
            "error", "measured-less-often", f"{side.metric!r} is measured every {finest}.",
            catalog.place(one, "grain"), f"Write `grain: {finest}`.",
        )  # fmt: skip
    if one.units and not has_units(catalog, metric):
        yield Problem(
            "error", "no-unit", f"{side.metric!r} cannot be told apart by unit.", catalog.place(one, "units")
        )
