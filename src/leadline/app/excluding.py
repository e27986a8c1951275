"""Rows that enter no figure, where the rooms meet: what finds them, and what they do to each figure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from leadline.app.wiring import Workspace
from leadline.catalog import Catalog
from leadline.catalog.composition import instant
from leadline.catalog.composition import rows as rows_of
from leadline.catalog.definitions import (
    Balance,
    Count,
    Distinct,
    Grain,
    Mean,
    Metric,
    MetricBase,
    Quantile,
    Ratio,
    Share,
    Sum,
)
from leadline.catalog.federation import holds_in
from leadline.ingest.exclusions import Detectors, released
from leadline.ingest.survey import largest
from leadline.insights.left_out_rows import left_out_days
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.facts import Limit, split
from leadline.metrics.finest import used_columns
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.restating import ROUNDING
from leadline.metrics.viewing import sees
from leadline.metrics.windows import leaves
from leadline.store.staging import Staging

IN_MEMORY = 200_000_000
"""Where files are larger than this, their rows are looked at in a file: slower, and of any number."""

AROUND = timedelta(days=2)
"""So many days beside a period are looked at too: what is a day is decided by wall clocks."""
_OWN_ROWS = (Balance, Count, Distinct, Mean, Quantile, Ratio, Share, Sum)
"""Metrics of which a period's figure is made of the rows of that period."""


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
    viewer: str | Viewer,
    grain: Grain = "month",
    metric: str | None = None,
    unit: str | None = None,
) -> list[Effect]:
    """Compare each figure that rows left out for these reasons could change with what it would be with them.

    Figures that are the same both ways, or that are not the viewer's to see, are left out. Where a metric's figure is
    made of its own period's rows alone, only periods in which rows are left out are looked at, and only their rows.
    Raises QueryError as a query does.
    """
    catalog = published.catalog
    facts = {catalog.detectors[name].of for name in reasons}
    asked: dict[_Look, list[Query]] = {}
    for name, found in sorted(catalog.metrics.items()):
        here = metric is not None or holds_in(catalog, name, unit)
        if metric in (None, name) and here and _reads(catalog, found, facts):
            for look in _looks(published, found, reasons, grain):
                query = Query(
                    metric=name, viewer=viewer, purpose="exclusions", grain=grain, unit=unit,
                    since=look.since, until=look.until,
                )  # fmt: skip
                if sees(published, query):
                    asked.setdefault(look, []).append(query)
    changed = [
        effect
        for look, queries in asked.items()
        for effect in _compared(published, published.counting(reasons, dict(look.limits)), queries, reasons)
    ]
    return sorted(changed, key=lambda one: (one.without.metric, one.without.start))


@dataclass(frozen=True, slots=True)
class _Look:
    """Periods that begin in [since, until), and which rows of the facts are enough for their figures."""

    since: date | None = None
    until: date | None = None
    limits: tuple[tuple[str, Limit], ...] = ()


def _looks(published: Published, metric: Metric, reasons: Collection[str], grain: Grain) -> list[_Look]:
    """Give where the figures of a metric may change; everywhere, where rows of one period decide over another's."""
    catalog, periods = published.catalog, published.periods
    at: dict[str, str] = {}
    looked: set[str | None] = set()
    for name, span in leaves(catalog, metric):
        leaf = catalog.metrics[name]
        if not isinstance(leaf, _OWN_ROWS) or span is not None:
            return [_Look()]
        column = instant(catalog, leaf)
        if "." in column or at.setdefault(leaf.of, column) != column:
            return [_Look()]
        behind = split(used_columns(catalog, (leaf,), (column,)))[1]
        looked |= {catalog.facts[leaf.of].columns[name].references for name in behind}
    days = {day for fact, column in at.items() for day in _days(published, fact, column, reasons)}
    found = []
    for start, end in sorted({(p.start, p.end) for p in (periods.period(grain, day) for day in days)}):
        since, until = start - AROUND, end + AROUND
        limits = [
            (fact, Limit(column, since, until)) for fact, column in sorted(at.items()) if fact not in looked
        ]
        found.append(_Look(start, end, tuple(limits)))
    return found


def _days(published: Published, fact: str, column: str, reasons: Collection[str]) -> set[date]:
    """Give the local days, by one of its instants, on which rows of a fact are left out for some reasons."""
    detectors, caught = published.catalog.detectors, published.generation.tables.get("caught", {})
    keys = [caught[name] for name in reasons if name in caught and detectors[name].of == fact]
    return left_out_days(published, fact, column, keys) if keys else set()


def _compared(
    published: Published, counted: Published, asked: Sequence[Query], reasons: Collection[str]
) -> Iterator[Effect]:
    pairs = zip(evaluate_many(published, asked), evaluate_many(counted, asked), strict=True)
    for without, with_them in pairs:
        before = {o.period: o for o in without}
        for one in with_them:
            if one.period in before:
                effect = Effect(tuple(sorted(reasons)), before[one.period], one)
                if effect.differs:
                    yield effect


def _reads(catalog: Catalog, metric: MetricBase, facts: Collection[str]) -> bool:
    return any(row.of in facts for row in rows_of(catalog, catalog.metrics[metric.name]))
