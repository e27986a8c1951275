"""Rows that enter no figure, where the rooms meet: what finds them, and what they do to each figure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from leadline.app.wiring import Workspace
from leadline.catalog import Catalog
from leadline.catalog.composition import rows as rows_of
from leadline.catalog.definitions import Grain, MetricBase
from leadline.catalog.federation import holds_in
from leadline.ingest.exclusions import Detectors, released
from leadline.ingest.survey import largest
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.restating import ROUNDING
from leadline.store.staging import Staging

IN_MEMORY = 200_000_000
"""Where files are larger than this, their rows are looked at in a file: slower, and of any number."""


def detecting(space: Workspace, catalog: Catalog) -> Detectors:
    """Give what finds the rows that the declared detectors catch, without those that people released."""
    large = bool(catalog.detectors) and largest(catalog) > IN_MEMORY
    given = released(space.ledger) if catalog.detectors else {}
    return Detectors(lambda: Staging(space.home.root, space.settings, large=large), given)


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure with the rows that are left out and without them, as it is published."""

    reasons: tuple[str, ...]
    without: Observation
    with_them: Observation

    @property
    def differs(self) -> bool:
        """Whether the rows change the figure at all."""
        one, other = self.without, self.with_them
        if one.value is None or other.value is None:
            return (one.value, one.n) != (other.value, other.n)
        unlike = abs(one.value - other.value) > ROUNDING * max(abs(one.value), abs(other.value))
        return unlike or one.n != other.n


def effects(
    published: Published,
    reasons: Collection[str],
    *,
    viewer: str,
    grain: Grain = "month",
    metric: str | None = None,
    unit: str | None = None,
) -> list[Effect]:
    """Compare each figure that rows left out for these reasons could change with what it would be with them.

    Figures that are the same both ways are left out. Raises QueryError as a query does.
    """
    facts = {published.catalog.detectors[name].of for name in reasons}
    asked = [
        Query(metric=name, viewer=viewer, purpose="exclusions", grain=grain, unit=unit)
        for name, found in sorted(published.catalog.metrics.items())
        if metric in (None, name)
        and _reads(published.catalog, found, facts)
        and (metric is not None or holds_in(published.catalog, name, unit))
    ]
    counted = published.counting(reasons)
    pairs = zip(_answers(published, asked), _answers(counted, asked), strict=True)
    found = []
    for without, with_them in pairs:
        before = {o.period: o for o in without}
        for one in with_them:
            if one.period in before:
                effect = Effect(tuple(sorted(reasons)), before[one.period], one)
                found += [effect] if effect.differs else []
    return found


def _answers(published: Published, asked: Sequence[Query]) -> list[list[Observation]]:
    return evaluate_many(published, asked)


def _reads(catalog: Catalog, metric: MetricBase, facts: Collection[str]) -> bool:
    return any(row.of in facts for row in rows_of(catalog, catalog.metrics[metric.name]))
