"""On a scorecard something weighs, and nothing stands twice."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Scorecard
from leadline.catalog.definitions.scorecard import Weighted
from leadline.catalog.problems import Problem

At = tuple[str | int, ...]


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find groups whose weights are all zero, and perspectives, objectives or measures written twice."""
    for scorecard in catalog.scorecards.values():
        yield from _group(
            catalog, scorecard, ("perspectives",), [(p.name, p) for p in scorecard.perspectives]
        )
        for p, perspective in enumerate(scorecard.perspectives):
            at: At = ("perspectives", p, "objectives")
            yield from _group(catalog, scorecard, at, [(o.objective, o) for o in perspective.objectives])
            for o, objective in enumerate(perspective.objectives):
                named = [(f"{m.metric} of {m.unit}" if m.unit else m.metric, m) for m in objective.measures]
                yield from _group(catalog, scorecard, (*at, o, "measures"), named)


def _group(
    catalog: Catalog, scorecard: Scorecard, at: At, group: Sequence[tuple[str, Weighted]]
) -> Iterator[Problem]:
    for nth, (_, one) in enumerate(group):
        days = [since for since, _ in one.weights]
        if any(later <= earlier for earlier, later in pairwise(days)):
            yield Problem(
                "error", "weights-order", "Each weight begins after the one before it.",
                catalog.place(scorecard, *at, nth, "weight"), "Put them in the order of their days, each day once.",
            )  # fmt: skip
    if not any(weight for _, one in group for _, weight in one.weights):
        yield Problem(
            "error", "no-weight", f"All the {at[-1]} here weigh 0, so nothing can be scored.",
            catalog.place(scorecard, *at), "Give at least one a weight above 0.",
        )  # fmt: skip
    names = [name for name, _ in group]
    for nth, name in enumerate(names):
        if name in names[:nth]:
            yield Problem(
                "error", "listed-twice", f"{name!r} is here twice.", catalog.place(scorecard, *at, nth)
            )
