"""Which days each batch touches: what decides the partitions that a refresh makes anew.

A batch never changes, so its reach is read once, when it is new, and remembered beside the states it went into.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import instant
from leadline.catalog.definitions import Conversion, Count, RowMetrics, Stock
from leadline.metrics.facts import BATCH, Facts
from leadline.metrics.finest import BUCKET, finest
from leadline.metrics.following import event_instant
from leadline.metrics.graft import ROW, WallClock
from leadline.metrics.history import Dimensions, histories, passed
from leadline.metrics.left_out import marks
from leadline.metrics.merging import STATE
from leadline.metrics.naming import digest
from leadline.metrics.periods import truncated
from leadline.metrics.shapes import slice_alias, term_alias
from leadline.store.casts import as_type


@dataclass(frozen=True, slots=True)
class Touch:
    """The first and the last day of one month on which a batch has rows, and how many there are in that month."""

    first: date
    last: date
    rows: int


Reach = dict[str, dict[date, Touch]]
"""By batch, then by the first day of the (common) month."""


@dataclass(frozen=True, slots=True)
class Dated:
    """The rows of a fact, each on the local day of one of its instants."""

    metric: Count

    @classmethod
    def of(cls, catalog: Catalog, metric: RowMetrics) -> tuple["Dated", ...]:
        """Give the days that decide where a metric's rows lie; a stock's rows lie on two."""
        columns = (metric.from_, metric.until) if isinstance(metric, Stock) else (instant(catalog, metric),)
        return tuple(cls(_count(metric.of, column, metric.clock, metric.dimensions)) for column in columns)

    @classmethod
    def of_events(cls, catalog: Catalog, metric: Conversion) -> "Dated":
        """Give the days of the events that may follow a conversion's rows."""
        return cls(
            _count(metric.followed_by.fact, event_instant(catalog, metric.followed_by), "project", "as_was")
        )

    @property
    def fact(self) -> str:
        """Name the fact."""
        return self.metric.of

    def name(self, facts: Facts) -> str:
        """Name what decides these days; what is remembered under another name is no longer true."""
        clock = WallClock.of(facts.catalog, self.metric)
        columns = [self.metric.at or "", clock.column or ""]
        fact = facts.catalog.facts[self.fact]
        behind = [fact.columns[c.partition(".")[0]].references or "" for c in columns if "." in c]
        keys: list[object] = [[r.key for r in facts.relations.get(name, ())] for name in behind]
        if self.metric.dimensions == "as_is":
            keys += [passed(facts, there) for there in histories(facts, fact, columns).values()]
        return digest([self.fact, columns, clock.zone, sorted((clock.zones or {}).items()), keys])

    def read(self, facts: Facts, batches: Iterable[str]) -> Reach:
        """Find out which days these batches touch."""
        wanted = set(batches)
        relations = tuple(r for r in facts.relations.get(self.fact, ()) if r.key in wanted)
        if not relations:
            return {}
        counted = finest(facts.with_all().narrowed({self.fact: relations}), [self.metric], (), by_batch=True)
        day, batch = (exp.column(name, table=STATE, quoted=True) for name in (BUCKET, BATCH))
        rows = exp.Sum(this=exp.column(term_alias(self.metric.name, "n"), table=STATE, quoted=True))
        month = truncated("month", day)
        query = (
            exp.select(
                exp.alias_(batch, "batch", quoted=True),
                exp.alias_(month, "month", quoted=True),
                exp.alias_(exp.Min(this=day.copy()), "first", quoted=True),
                exp.alias_(exp.Max(this=day.copy()), "last", quoted=True),
                exp.alias_(as_type(rows, "bigint"), "rows", quoted=True),
            )
            .from_(counted.subquery(STATE))
            .group_by(batch.copy(), month.copy())
        )
        found: Reach = {}
        only = relations[0].key if facts.catalog.facts[self.fact].from_ else None
        for row in facts.engine.read(query).to_pylist():
            # rows of a derived fact name no batch: its one relation stands for all it was made from
            touch = Touch(row["first"], row["last"], row["rows"])
            found.setdefault(only or row["batch"], {})[row["month"]] = touch
        return found

    def left_out(self, facts: Facts, purpose: str | None) -> dict[str, dict[date, str]]:
        """Give, by batch and month, a hash of which of its rows are left out of the figures of a purpose."""
        if not facts.left_out.has(self.fact):
            return {}
        fact = facts.catalog.facts[self.fact]
        rows_ = finest(
            facts.with_all(),
            [self.metric],
            fact.key,
            by_batch=True,
            keep=facts.leaves_out(self.fact, purpose, ROW),
        )
        keys = [slice_alias(name) for name in fact.key]
        only = facts.relations[self.fact][0].key if fact.from_ and facts.relations.get(self.fact) else None
        return marks(facts.engine.read(rows_), keys, batch=only)


def united(reaches: Sequence[Reach]) -> Reach:
    """Give where batches lie by any of several instants."""
    found: Reach = {}
    for reach in reaches:
        for batch, months in reach.items():
            mine = found.setdefault(batch, {})
            for month, touch in months.items():
                other = mine.get(month, touch)
                mine[month] = Touch(
                    min(touch.first, other.first), max(touch.last, other.last), max(touch.rows, other.rows)
                )
    return found


def rows(reach: Mapping[str, Mapping[date, Touch]]) -> int:
    """Count the rows of all batches."""
    return sum(touch.rows for months in reach.values() for touch in months.values())


def _count(fact: str, at: str, clock: str, dimensions: Dimensions) -> Count:
    return Count(kind="metric", type="count", name="rows", of=fact, at=at, clock=clock, dimensions=dimensions)
