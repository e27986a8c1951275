"""In a strategy, no perspective outweighs all others, and no figure counts twice."""

from collections.abc import Iterator

from leadline.catalog import strategy as strategies
from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import parts
from leadline.catalog.definitions import Cumulative, Index, Metric, Scorecard
from leadline.catalog.problems import Problem
from leadline.catalog.rules.measure_targets import At, measures


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find an overweight perspective, and figures that stand on one scorecard under several objectives or names."""
    strategy, card = catalog.strategy, strategies.scorecard(catalog)
    if strategy is None or card is None:
        return
    for nth, (name, share) in enumerate(strategies.perspective_shares(card).items()):
        if share * 100 > strategy.perspective_at_most + 1e-9 and len(card.perspectives) > 1:
            yield Problem(
                "warning", "perspective-overweight",
                f"{name!r} is {share:.0%} of the scorecard; more than {strategy.perspective_at_most:g}% is not wanted.",
                catalog.place(card, "perspectives", nth, "weight"), "Give it less weight, or the others more.",
            )  # fmt: skip
    for other in catalog.scorecards.values():
        yield from _twice(catalog, other)


def _twice(catalog: Catalog, card: Scorecard) -> Iterator[Problem]:
    counted: list[tuple[str, str | None, At]] = []
    for measure, at in measures(card):
        metric = catalog.metrics.get(measure.metric)
        if metric is None or measure.score == "unscored" or not any(w for _, w in measure.weights):
            continue
        for name, unit, before in counted:
            why = _same(catalog, catalog.metrics[name], metric) if unit == measure.unit else ""
            if why and (before[:4] != at[:4] or name != measure.metric):
                yield Problem(
                    "warning", "counted-twice", why, catalog.place(card, *at, "metric"),
                    "Let it count once: weight 0 shows it without influence.",
                )  # fmt: skip
        counted.append((measure.metric, measure.unit, at))


def _same(catalog: Catalog, one: Metric, other: Metric) -> str:
    """Say why two metrics are one figure, in whole or in part; nothing where they are not."""
    if one.name == other.name:
        return f"{one.name!r} counts twice on this scorecard."
    if _meant(one) == _meant(other):
        return f"{one.name!r} and {other.name!r} are the same figure under two names."
    for whole, part in ((one, other), (other, one)):
        if isinstance(whole, Index | Cumulative) and part.name in parts(catalog, whole):
            return f"{part.name!r} counts twice: by itself, and in {whole.name!r}."
    return ""


def _meant(metric: Metric) -> dict[str, object]:
    """Give what decides a metric's figures, whatever it is called."""
    return metric.model_dump(exclude=set(type(metric).described_by) | {"name"})
