"""One published generation, as its readers need it: definitions as they were then, states, and where rows came from."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.definitions import Conversion, Grain, Metric, RowMetrics, seconds
from leadline.errors import QueryError, suggest
from leadline.metrics.calendars import periods_of
from leadline.metrics.facts import Facts
from leadline.metrics.families import Family, StateTable, by_metric, tables
from leadline.metrics.finest import BUCKET, finest
from leadline.metrics.merging import STATE, Merge
from leadline.metrics.partitions import Partition, between
from leadline.metrics.periods import Period, Periods
from leadline.metrics.rollups import Rollups, local_day, whole_months
from leadline.metrics.states import covered, live_relations
from leadline.store.engine import Engine, ValueType
from leadline.store.entries import Batch, DefinitionVersion, Generation


@dataclass(frozen=True)
class Published:
    """Everything a reader needs of one generation. It never changes; a later refresh makes another.

    Figures as of another time have no states at rest (`at_rest` is false): all is computed from the rows of then.
    """

    catalog: Catalog
    engine: Engine
    generation: Generation
    versions: Mapping[tuple[str, str], DefinitionVersion]
    batches: Mapping[str, Batch]
    at_rest: bool = True

    @cached_property
    def periods(self) -> Periods:
        """The periods of the project's calendar."""
        return periods_of(self.catalog.calendar)

    @cached_property
    def facts(self) -> Facts:
        """The rows that this generation was computed from."""
        live = [(b.fact, b.id) for b in self.batches.values() if b.rows_accepted]
        return Facts(
            self.catalog,
            self.engine,
            live_relations(live, self.generation.tables.get("derived", {})),
            self.generation.as_of,
        )

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """The family of each metric, by the metric's name."""
        return by_metric(self.catalog)

    @cached_property
    def _tables(self) -> Mapping[str, tuple[StateTable, ...]]:
        found: dict[str, tuple[StateTable, ...]] = {}
        for table in tables(self.catalog):
            for metric in table.metrics:
                found[metric.name] = (*found.get(metric.name, ()), table)
        return found

    @cached_property
    def _rollups(self) -> Rollups:
        return Rollups(self.catalog, self.generation.tables.get("width", "year"))

    @cached_property
    def _partitions(self) -> list[tuple[Partition, list[str]]]:
        named = self.generation.tables.get("partitions", {}).items()
        return sorted((Partition.named(label), list(publications)) for label, publications in named)

    def table(self, metric: str, columns: Collection[str]) -> StateTable | None:
        """Give the state table from which figures of a row metric by these columns are read, if there is one."""
        return next((table for table in self._tables.get(metric, ()) if table.answers(columns)), None)

    def states(self, table: StateTable, merge: Merge) -> tuple[exp.Expr, Merge]:
        """Give the states that a request reads, under the alias STATE, and the request fit to them.

        Whole months are read as they were added up when they were published, the days at their edges as they are.
        Where no states are at rest they are what those would be made of.
        """
        if not self.at_rest:
            return self._from_rows(table), merge
        monthly = self._rollups.monthly(table, merge)
        months = whole_months(merge, self.periods) if monthly else None
        since, until = (date.fromisoformat(text) if text else None for text in (merge.since, merge.until))
        if monthly is None or months is None:
            return self._read(table.name, table.columns, since, until), merge
        whole = self._read(monthly.name, monthly.columns, months.since, months.until)
        if not months.edges:
            return whole, replace(merge, finest="day")
        day, columns = local_day(table, self.catalog), list(monthly.columns)
        parts = [
            _selected(
                whole, columns, exp.column(BUCKET, table=STATE, quoted=True), months.since, months.until
            )
        ]
        for edge in months.edges:
            days = self._read(table.name, table.columns, *edge)
            parts.append(_selected(days, columns, day, *edge))
        query: exp.Query = parts[0]
        for part in parts[1:]:
            query = exp.union(query, part, distinct=False, copy=False)
        return query.subquery(STATE, copy=False), replace(merge, finest="day")

    def _from_rows(self, table: StateTable) -> exp.Expr:
        query = finest(self.facts, table.metrics, table.by, by_batch=False, products=table.products)
        return query.subquery(STATE)

    def _read(
        self, table: str, columns: Mapping[str, ValueType], since: date | None, until: date | None
    ) -> exp.Expr:
        place = self._rollups.place(table)
        names = [names[place] for partition, names in self._partitions if partition.touches(since, until)]
        return self.engine.published(names, table, columns, STATE)

    def metric(self, name: str) -> Metric:
        """Find a metric. Raises QueryError with near names."""
        if name not in self.catalog.metrics:
            raise QueryError(
                f"There is no metric {name!r} in the published definitions.",
                code="unknown-metric",
                hint=suggest(name, self.catalog.metrics) or "See `leadline metrics` for those there are.",
            )
        return self.catalog.metrics[name]

    def version(self, kind: str, name: str) -> int:
        """Give the version of a definition in this generation."""
        return self.versions[kind, name].version

    def rows(self, metric: str) -> tuple[RowMetrics, ...]:
        """Give the row metrics that a metric is made of: itself, if it reads rows."""
        return rows(self.catalog, self.catalog.metrics[metric])

    def coverage(self, metric: str) -> tuple[date, date] | None:
        """Give the first and the last local day for which a metric has rows; None when it has none.

        A composed metric is covered where all its parts are. Days after the refresh are never covered, whatever
        dates the rows bear.
        """
        today = _local_date(self.generation.as_of, self.catalog.project.time_zone)
        found = [self._ends(self.families[leaf.name].name) for leaf in self.rows(metric)]
        ends = [end for end in found if end is not None]
        if not found or len(ends) < len(found):
            return None
        first, last = max(first for first, _ in ends), min(*(last for _, last in ends), today)
        return (first, last) if first <= last else None

    def settled_until(self, metric: Conversion) -> date | None:
        """Give the local day before which the horizon of every row has passed; None when none has."""
        covered, followed = (
            self.coverage(metric.name),
            self._ends(f"{self.families[metric.name].name}:followed"),
        )
        if covered is None:
            return None
        seen = min(covered[1], followed[1]) if followed else covered[1]
        return seen + timedelta(days=1) - timedelta(days=math.ceil(seconds(metric.within) / 86400))

    def _ends(self, name: str) -> tuple[date, date] | None:
        found = self._coverage(name.removesuffix(":followed")).get(name)
        return (date.fromisoformat(found[0]), date.fromisoformat(found[1])) if found else None

    def _coverage(self, family: str) -> Mapping[str, list[str]]:
        if self.at_rest:
            found: Mapping[str, list[str]] = self.generation.tables.get("coverage", {})
            return found
        if family not in self._covered:
            one = next(f for f in self.families.values() if f.name == family)
            self._covered[family] = covered(self.facts, one, self._from_rows)
        return self._covered[family]

    @cached_property
    def _covered(self) -> dict[str, Mapping[str, list[str]]]:
        """What is covered by family, as far as it was asked for: it is computed from the rows."""
        return {}

    def latest_complete(self, metric: str, grain: Grain) -> Period | None:
        """Give the last period of a grain that is final, or else the last with rows; None when there are none."""
        covered = self.coverage(metric)
        if covered is None:
            return None
        period = self.periods.period(grain, covered[1])
        first = self.periods.period(grain, covered[0])
        candidate = period
        while candidate.start >= first.start:
            if self.is_final(metric, candidate):
                return candidate
            candidate = self.periods.back(candidate)
        return period

    def is_final(self, metric: str, period: Period) -> bool:
        """Tell whether all rows of a period may be expected to be there.

        Two things must hold: rows were seen in the metric's collection period that ends with it or later, and the
        refresh happened `available_after` its end. For a conversion, the horizon of all its rows must have passed.
        """
        return all(self._is_final(leaf, period) for leaf in self.rows(metric))

    def _is_final(self, metric: RowMetrics, period: Period) -> bool:
        return period.end <= self.final_until(metric)

    def redefined(self, metric: str, period: Period) -> str | None:
        """Say which version of a definition held when a period was final, where states do not tell what was."""
        found = self.generation.tables.get("restated", {}).get("redefined", {}).get(metric)
        if found is None or period.end.isoformat() > found[1]:
            return None
        return f"It was final by version {found[0]} of the definition, until {found[2]}."

    def final_until(self, metric: RowMetrics) -> date:
        """Give the day before which all of a row metric's periods are final; the earliest of days when none is."""
        covered = self.coverage(metric.name)
        if covered is None:
            return date.min
        every: Grain = "day" if metric.collected.every == "hour" else metric.collected.every
        seen_until = self.periods.period(every, covered[1]).end
        if isinstance(metric, Conversion):
            settled = self.settled_until(metric)
            seen_until = min(seen_until, settled) if settled else date.min
        waited = _local_date(
            self.generation.as_of - _wait(metric.collected.available_after), self.catalog.project.time_zone
        )
        return min(seen_until, waited)


def _selected(
    source: exp.Expr, columns: Sequence[str], day: exp.Expr, since: date | None, until: date | None
) -> exp.Select:
    """Select states of days [since, until), each with its day for a bucket."""
    chosen = [
        exp.alias_(
            day.copy() if name == BUCKET else exp.column(name, table=STATE, quoted=True), name, quoted=True
        )
        for name in columns
    ]
    inside = between(day, since, until)
    return exp.select().select(*chosen, copy=False).from_(source, copy=False).where(*inside, copy=False)


def _wait(text: str) -> timedelta:
    amount, unit = text.split()
    return timedelta(**{unit.rstrip("s") + "s": int(amount)})


def _local_date(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
