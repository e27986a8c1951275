"""A scorecard of a segment, of a stage or by agent shows figures that can be told apart so."""

from collections.abc import Iterator

from leadline.catalog.cascade import named, sliced
from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions, rows
from leadline.catalog.definitions import Measure, Metric, Scorecard
from leadline.catalog.problems import Problem
from leadline.catalog.rules.measure_targets import At, measures
from leadline.errors import Place


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find segments that a measure does not know, or whose value there is not, agents of no metric, case mixes that are
    not declared, and measures of a unit outside of the scorecard's; what is wrong in a template is said there."""
    for card in catalog.scorecards.values():
        known = [(measure, at, catalog.metrics[measure.metric]) for measure, at in measures(card)
                 if measure.metric in catalog.metrics]  # fmt: skip
        yield from _agents(catalog, card, [metric for _, _, metric in known])
        for measure, at, metric in known:
            yield from _measure(catalog, card, measure, at, metric)


def _agents(catalog: Catalog, card: Scorecard, known: list[Metric]) -> Iterator[Problem]:
    if (
        card.agents
        and not card.template
        and not any(sliced(catalog, metric, {card.agents: ""}) is not None for metric in known)
    ):
        yield Problem("error", "no-slice", f"No measure of {card.name!r} is told apart by {card.agents!r}.",
                      catalog.place(card, "agents"), "Add the column to the `by` of a metric.")  # fmt: skip


def _measure(catalog: Catalog, card: Scorecard, one: Measure, at: At, metric: Metric) -> Iterator[Problem]:
    out = f"Leave it out: `leaves_out: [{named(one)}]`"
    yield from _segment(catalog, metric, card.where, catalog.place(card, "where"), out)
    for nth, target in enumerate(() if card.template else one.targets):
        place = catalog.place(card, *at, "targets", nth, "where")
        yield from _segment(catalog, metric, target.where, place, "Remove this target")
    if one.case_mix and not card.template and one.case_mix not in dimensions(catalog, metric):
        yield Problem("error", "no-slice", f"{metric.name!r} is not told apart by {one.case_mix!r}.",
                      catalog.place(card, *at, "case_mix"), "Add the column to the metric's `by`.")  # fmt: skip
    both = {one.unit, card.unit} <= set(catalog.units.names)
    if card.template and card.unit and both and one.unit not in catalog.units.descendants(card.unit):
        yield Problem("error", "unit-outside", f"{named(one)!r} is not of {card.unit!r} nor below it.",
                      catalog.place(card, "unit"), f"Leave it out: `leaves_out: [{named(one)}]`.")  # fmt: skip


def _segment(
    catalog: Catalog, metric: Metric, where: dict[str, str], place: Place, instead: str
) -> Iterator[Problem]:
    if not where:
        return
    found = sliced(catalog, metric, where)
    if found is None:
        columns = ", ".join(repr(column) for column in where)
        yield Problem("error", "no-slice", f"{metric.name!r} is not told apart by {columns}, so it has no figure for a "
                      "segment.", place, f"{instead}, or add the column to the metric's `by`.")  # fmt: skip
        return
    for column, value in found.items():
        for leaf in rows(catalog, metric):
            offered = _values(catalog, leaf.of, column)
            if offered and value not in offered:
                yield Problem("error", "unknown-value", f"{column!r} of {leaf.of!r} is never {value!r}.", place,
                              f"It is one of {', '.join(offered)}.")  # fmt: skip


def _values(catalog: Catalog, fact: str, column: str) -> tuple[str, ...]:
    """Give the values that a column may have, where it says so."""
    name, _, theirs = column.partition(".")
    found = catalog.facts[fact].columns.get(name) if fact in catalog.facts else None
    if found is not None and theirs:
        target = catalog.facts.get(found.references or "")
        found = target.columns.get(theirs) if target else None
    return tuple(str(value) for value in (getattr(found, "one_of", None) or ()))
