"""A local variant changes what the global metric lets it, in one place, and is never added to the global one."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import COMPOSED, Metric, Scorecard
from leadline.catalog.federation import adaptable_keys, beneath, differences
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find variants of nothing, variants that differ where they may not, and sums of both."""
    for metric in catalog.metrics.values():
        yield from _allowed_keys(catalog, metric)
        if metric.adapts or metric.in_unit:
            yield from _variant(catalog, metric)
        if isinstance(metric, COMPOSED) and (mixed := _mixed(catalog, set(beneath(catalog, metric)))):
            variant, whole = mixed
            yield Problem(
                "error", "adaptation-mixed",
                f"{metric.name!r} adds {variant!r} to {whole!r}, of which it is a local variant.",
                catalog.place(metric, "name"), "They count differently: use the global metric for both.",
            )  # fmt: skip
    for scorecard in catalog.scorecards.values():
        measured = _weighed(scorecard)
        if mixed := _mixed(catalog, measured):
            variant, whole = mixed
            yield Problem(
                "error", "adaptation-mixed",
                f"The scorecard {scorecard.name!r} weighs {variant!r} beside {whole!r}, which it adapts.",
                catalog.place(scorecard, "name"), "Give one of them weight 0: it is shown, and enters no score.",
            )  # fmt: skip
    for one in catalog.reconciliations.values():
        for key, name in (("left", one.left), ("right", one.right)):
            if name in catalog.metrics and catalog.metrics[name].adapts:
                yield Problem(
                    "error", "adaptation-mixed", f"{name!r} is a local variant, and would be reconciled everywhere.",
                    catalog.place(one, key), "Reconcile the global metric, with `units:`.",
                )  # fmt: skip


def _allowed_keys(catalog: Catalog, metric: Metric) -> Iterator[Problem]:
    known = adaptable_keys(metric)
    for nth, key in enumerate(metric.adaptable):
        if key not in known:
            yield Problem(
                "error", "adaptable-unknown", f"{key!r} is nothing that a variant of {metric.name!r} could change.",
                catalog.place(metric, "adaptable", nth),
                suggest(key, known) or f"Possible: {', '.join(sorted(known))}.",
            )  # fmt: skip


def _variant(catalog: Catalog, metric: Metric) -> Iterator[Problem]:
    if metric.adapts is None or metric.in_unit is None:
        yield Problem(
            "error", "adaptation-half", f"{metric.name!r} says only half of where it holds and what it adapts.",
            catalog.place(metric, "adapts" if metric.adapts else "in_unit"), "Write both `adapts:` and `in_unit:`.",
        )  # fmt: skip
        return
    whole = catalog.metrics.get(metric.adapts)
    if whole is None:
        if ("metric", metric.adapts) not in catalog.unusable:
            yield Problem(
                "error", "unknown-metric", f"There is no metric {metric.adapts!r}.", catalog.place(metric, "adapts"),
                suggest(metric.adapts, catalog.metrics),
            )  # fmt: skip
        return
    if metric.in_unit not in catalog.units.entries:
        yield Problem(
            "error", "unknown-unit", f"There is no unit {metric.in_unit!r}.", catalog.place(metric, "in_unit"),
            suggest(metric.in_unit, catalog.units.names),
        )  # fmt: skip
        return
    if whole.adapts is not None or whole is metric:
        yield Problem(
            "error", "adaptation-chain", f"{metric.adapts!r} is a local variant itself.",
            catalog.place(metric, "adapts"), f"Adapt {whole.adapts!r}." if whole is not metric else "",
        )  # fmt: skip
        return
    yield from _differing(catalog, metric, whole)
    yield from _twice(catalog, metric)


def _differing(catalog: Catalog, metric: Metric, whole: Metric) -> Iterator[Problem]:
    if type(metric) is not type(whole):
        yield Problem(
            "error", "adaptation-not-allowed", f"{metric.name!r} is of another type than {whole.name!r}.",
            catalog.place(metric, "type"), "Then it is no variant, but another metric.",
        )  # fmt: skip
        return
    found = differences(catalog, metric)
    for one in found:
        if not one.allowed:
            yield Problem(
                "error", "adaptation-not-allowed",
                f"{metric.name!r} says `{one.key}: {one.ours}`, and {whole.name!r} says `{one.theirs}`.",
                catalog.place(metric, one.key), f"{whole.name} does not list `{one.key}` under `adaptable`.",
            )  # fmt: skip
    if not found:
        yield Problem(
            "warning", "adaptation-same", f"{metric.name!r} means the same as {whole.name!r}.",
            catalog.place(metric, "adapts"), "A variant that changes nothing is not needed.",
        )  # fmt: skip


def _twice(catalog: Catalog, metric: Metric) -> Iterator[Problem]:
    """Find an earlier variant (by name) of the same metric whose unit is this one's, or above or below it."""
    units, mine = catalog.units, str(metric.in_unit)
    near = {mine, *units.ancestors(mine), *units.descendants(mine)}
    for other in catalog.metrics.values():
        if other.adapts == metric.adapts and other.name < metric.name and other.in_unit in near:
            yield Problem(
                "error", "adaptation-twice",
                f"{metric.name!r} and {other.name!r} both adapt {metric.adapts!r} in {mine!r}.",
                catalog.place(metric, "in_unit"), "One unit has one meaning of it.",
            )  # fmt: skip


def _mixed(catalog: Catalog, names: set[str]) -> tuple[str, str] | None:
    """Give a variant among some metrics with the global one, or another variant of it, that is among them as well."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        metric = catalog.metrics.get(name)
        if metric is None:
            continue
        whole = metric.adapts or name
        if whole in seen:
            first, second = seen[whole], name
            return (second, first) if catalog.metrics[second].adapts else (first, second)
        seen[whole] = name
    return None


def _weighed(scorecard: Scorecard) -> set[str]:
    return {
        measure.metric
        for perspective in scorecard.perspectives
        for objective in perspective.objectives
        for measure in objective.measures
        if all(any(weight for _, weight in one.weights) for one in (measure, objective, perspective))
    }
