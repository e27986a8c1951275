"""One published generation, as its readers need it: definitions as they were then, states, and where rows came from."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.definitions import Conversion, Grain, Metric, RowMetrics, seconds
from leadline.errors import QueryError, suggest
from leadline.metrics.calendars import periods_of
from leadline.metrics.facts import Facts, Limit
from leadline.metrics.families import Family, StateTable, by_metric, tables
from leadline.metrics.finest import finest
from leadline.metrics.lateness import Lateness
from leadline.metrics.left_out import LeftOut
from leadline.metrics.marks import Marks
from leadline.metrics.merging import STATE, Merge
from leadline.metrics.periods import Period, Periods
from leadline.metrics.plans import Plans
from leadline.metrics.reliance import unreliable
from leadline.metrics.sources import Sources
from leadline.metrics.states import covered, live_relations, people
from leadline.store.engine import Engine
from leadline.store.entries import Batch, DefinitionVersion, Generation

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Edition:
    """Some metrics by other definitions than those in force today, for periods that begin in [since, until).

    A candidate is in force for none: it is computed beside what is, and its figures are never among the others.
    """

    since: date | None
    until: date | None
    metrics: frozenset[str]
    published: "Published"
    candidate: bool = False

    def has(self, day: date) -> bool:
        """Tell whether periods that begin on a day are its own."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, eq=False)
class Judging:
    """Scorecards, objectives and incentive plans as they were in force for periods that begin in [since, until), where
    that is not how they are today: with all that they name, as it is today."""

    since: date | None
    until: date | None
    versions: Mapping[tuple[str, str], DefinitionVersion]
    catalog: Catalog

    def has(self, day: date) -> bool:
        """Tell whether periods that begin on a day are judged so."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


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
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """Which rows of some facts are looked at, where all is computed from the rows."""
    counted: frozenset[str] = frozenset()
    """Why rows may be left out and count all the same."""
    editions: "tuple[Edition, ...]" = ()
    """Metrics as they are in force for earlier periods, and candidates for later ones."""

    judging: tuple[Judging, ...] = ()
    """What judges figures of earlier periods, where it was another than today."""
    marks: Marks = field(default_factory=Marks)
    """What people decided about its figures, up to when it was opened."""

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
            limits=self.limits,
            left_out=LeftOut.of(self.generation.tables.get("left_out", {}), self.counted),
            people=people(self.generation.tables),
        )

    def counting(self, reasons: Collection[str], limits: Mapping[str, Limit] | None = None) -> "Published":
        """Give the same, with the rows counted that are left out for these reasons alone: computed from the rows.

        With `limits`, from some of them: figures of other periods are not to be asked for.
        """
        rows = {name: self.generation.tables.get(name, {}) for name in ("derived", "left_out", "identity")}
        made = replace(
            self,
            generation=replace(self.generation, tables=rows),
            at_rest=False,
            counted=frozenset(reasons),
            limits=limits or {},
        )
        return with_editions(made, lambda one: one.counting(reasons, limits))

    def at(self, metric: str, day: date) -> "Published":
        """Give where a metric's figures of periods that begin on a day are: an edition, or this."""
        mine = (e for e in self.editions if metric in e.metrics and not e.candidate)
        return next((e.published for e in mine if e.has(day)), self)

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

    def table(self, metric: str, columns: Collection[str]) -> StateTable | None:
        """Give the state table from which figures of a row metric by these columns are read, if there is one."""
        return next((table for table in self._tables.get(metric, ()) if table.answers(columns)), None)

    @cached_property
    def sources(self) -> Sources:
        """The states at rest."""
        return Sources(self.catalog, self.engine, self.periods, self.generation.tables)

    @cached_property
    def lateness(self) -> Lateness:
        """What is late of the sources that say when their rows are due."""
        return Lateness.of(self.catalog, self.generation.tables)

    @cached_property
    def plans(self) -> Plans:
        """The reads that were compiled for this generation."""
        return Plans()

    def states(self, table: StateTable, merge: Merge) -> tuple[exp.Expr, Merge]:
        """Give the states that a request reads, under the alias STATE, and the request fit to them.

        Whole months are read as they were added up when they were published, the days at their edges as they are.
        Where no states are at rest they are what those would be made of.
        """
        if not self.at_rest:
            return self._from_rows(table), merge
        source = self.sources.of(table, merge)
        return self.sources.rows(source), source.fit(merge)

    def _from_rows(self, table: StateTable) -> exp.Expr:
        query = finest(self.facts, table.metrics, table.by, by_batch=False, products=table.products)
        return query.subquery(STATE)

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
        return self._once(("rows", metric), lambda: rows(self.catalog, self.catalog.metrics[metric]))

    def unreliable(self, metric: str) -> str:
        """Say which sources of a metric are below the reliability that they declare, and are not late."""

        def say() -> str:
            late = {part.source for leaf in self.rows(metric) for part, _ in self.lateness.reaching(leaf)}
            found = unreliable(self.catalog, self.generation.tables, self.catalog.metrics[metric])
            return " ".join(words for source, words in found.items() if source not in late)

        return self._once(("unreliable", metric), say)

    def coverage(self, metric: str) -> tuple[date, date] | None:
        """Give the first and the last local day for which a metric has rows; None when it has none.

        A composed metric is covered where all its parts are. Days after the refresh are never covered, whatever
        dates the rows bear.
        """
        return self._once(("coverage", metric), lambda: self._covered_days(metric))

    def _covered_days(self, metric: str) -> tuple[date, date] | None:
        today = _local_date(self.generation.as_of, self.catalog.project.time_zone)
        found = [self._ends(self.families[leaf.name].name) for leaf in self.rows(metric)]
        ends = [end for end in found if end is not None]
        if not found or len(ends) < len(found):
            return None
        first, last = max(first for first, _ in ends), min(*(last for _, last in ends), today)
        return (first, last) if first <= last else None

    def _once(self, what: tuple[str, str], compute: Callable[[], T]) -> T:
        """Work out what is asked again and again; a generation never changes."""
        if what not in self._known:
            self._known[what] = compute()
        found: T = self._known[what]
        return found

    @cached_property
    def _known(self) -> dict[tuple[str, str], Any]:
        return {}

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
        return period.end <= self._once(("final", metric), lambda: self._final_until(metric))

    def _final_until(self, metric: str) -> date:
        return min((self.final_until(leaf) for leaf in self.rows(metric)), default=date.max)

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


def judged_by(published: Published, day: date) -> Catalog:
    """Give the definitions that judge figures of periods that begin on a day."""
    return next((one.catalog for one in published.judging if one.has(day)), published.catalog)


def judging_version(published: Published, kind: str, name: str, day: date) -> int:
    """Give the version of a scorecard or plan that judges periods that begin on a day."""
    mine = next((one.versions for one in published.judging if one.has(day)), {})
    return mine[kind, name].version if (kind, name) in mine else published.version(kind, name)


def with_editions(published: Published, change: Callable[[Published], Published]) -> Published:
    """Give the same, with what is changed in it changed in its editions too."""
    changed = tuple(replace(one, published=change(one.published)) for one in published.editions)
    return replace(published, editions=changed)


def _wait(text: str) -> timedelta:
    amount, unit = text.split()
    return timedelta(**{unit.rstrip("s") + "s": int(amount)})


def _local_date(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
