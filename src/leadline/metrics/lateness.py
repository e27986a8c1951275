"""Which figures lack rows that are late: a source says when its rows are due, and which part of the whole they are.

The rule: a figure that may lack rows is provisional. It is left alone only where what a late part brings is certainly
not in it: another unit, another value of a slice, another value that the metric's `where` asks for, days before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Conversion, RowMetrics
from leadline.metrics.periods import Period

Values = Sequence[tuple[str, str | None]]
"""Columns of a slice with the value of each."""


@dataclass(frozen=True, slots=True)
class Late:
    """A part of a source whose rows were due and are not there; nothing is known of it from `since` on."""

    source: str
    fact: str
    unit: str | None
    brings: Mapping[str, str]
    since: date

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Late":
        """Read it from what a generation says."""
        since = date.fromisoformat(said["since"])
        return cls(said["source"], said["fact"], said["unit"], said["brings"], since)

    def words(self, catalog: Catalog) -> str:
        """Say it in a sentence."""
        source = catalog.sources.get(self.source)
        name = source.label if source else self.source
        part = f" of {catalog.units.label(self.unit)}" if self.unit in catalog.units.names else ""
        return f"{name}{part} is late: nothing since {self.since.isoformat()}."


@dataclass(frozen=True)
class Lateness:
    """Everything that is late in one generation."""

    catalog: Catalog
    parts: tuple[Late, ...]
    _reaching: dict[str, tuple[tuple[Late, bool], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What reaches a metric: asked for every figure of a page, and the same for all of them."""
    _since: dict[str, date | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, catalog: Catalog, tables: Mapping[str, Any]) -> "Lateness":
        """Read it from a generation's tables."""
        return cls(catalog, tuple(Late.of(said) for said in tables.get("late", ())))

    def reaching(self, metric: RowMetrics) -> tuple[tuple[Late, bool], ...]:
        """Give what is late of the rows that a metric counts or looks for, and whether unit and values tell."""
        if metric.name not in self._reaching:
            self._reaching[metric.name] = tuple(self._found(metric))
        return self._reaching[metric.name]

    def _found(self, metric: RowMetrics) -> Iterator[tuple[Late, bool]]:
        own, later = _made_of(self.catalog, metric.of), frozenset[str]()
        if isinstance(metric, Conversion):
            later = _made_of(self.catalog, metric.followed_by.fact)
        for part in self.parts:
            if part.fact in later or (part.fact in own and part.fact != metric.of):
                yield part, False
            elif part.fact == metric.of and not asks_for_others(
                self.catalog, metric.name, tuple(sorted(part.brings.items()))
            ):
                yield part, True

    def since(self, metric: RowMetrics) -> date | None:
        """Give the first day from which any figure of a metric may lack rows; None where nothing is late."""
        if metric.name not in self._since:
            self._since[metric.name] = min((part.since for part, _ in self.reaching(metric)), default=None)
        return self._since[metric.name]

    def may_reach(self, metric: RowMetrics, period: Period) -> bool:
        """Tell whether anything late of a metric's rows may lie in a period, of whatever unit and slice."""
        first = self.since(metric)
        return first is not None and period.end > first

    def why(self, metric: RowMetrics, period: Period, unit: str | None, values: Values) -> str:
        """Say why a figure may lack rows; empty where it lacks none."""
        for part, told in self.reaching(metric):
            if period.end <= part.since:
                continue
            if told and (self._elsewhere(part, unit) or _other(part, values)):
                continue
            return part.words(self.catalog)
        return ""

    def _elsewhere(self, part: Late, unit: str | None) -> bool:
        units = self.catalog.units
        if part.unit is None or not unit or unit not in units.names or part.unit not in units.names:
            return False
        return part.unit not in units.descendants(unit) and unit not in units.descendants(part.unit)


def _other(part: Late, values: Values) -> bool:
    return any(column in part.brings and part.brings[column] != value for column, value in values)


@lru_cache(maxsize=1024)
def _made_of(catalog: Catalog, fact: str) -> frozenset[str]:
    """Name a fact and those that it is derived from."""
    found = [fact]
    while (one := catalog.facts.get(found[-1])) and one.from_ and one.from_ not in found:
        found.append(one.from_)
    return frozenset(found)


@lru_cache(maxsize=1024)
def asks_for_others(catalog: Catalog, metric: str, brings: tuple[tuple[str, str], ...]) -> bool:
    """Tell whether a metric's `where` certainly leaves out rows that have these values."""
    found = catalog.expressions.get(("metric", metric, ("where",)))
    if found is None or not brings:
        return False
    tree = found.tree
    return any(_excludes(part, dict(brings)) for part in _all_of(tree))


def _all_of(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Give the conditions that must all hold."""
    match tree:
        case exp.And():
            yield from _all_of(tree.this)
            yield from _all_of(tree.expression)
        case exp.Paren():
            yield from _all_of(tree.this)
        case _:
            yield tree


def _excludes(condition: exp.Expr, brings: Mapping[str, str]) -> bool:
    match condition:
        case exp.EQ(this=exp.Column() as column, expression=exp.Literal() as value):
            return _is_other(brings, column, [value])
        case exp.In(this=exp.Column() as column) if condition.expressions and all(
            isinstance(value, exp.Literal) for value in condition.expressions
        ):
            return _is_other(brings, column, condition.expressions)
        case _:
            return False


def _is_other(brings: Mapping[str, str], column: exp.Column, values: Sequence[exp.Expr]) -> bool:
    known = brings.get(column.name) if not column.table else None
    return known is not None and all(v.is_string and v.name != known for v in values)
