"""Findings about rows that a detector keeps out of figures: where, with them, a figure would be another one.

The one rule: a figure is told of only if it would lie outside its own interval with the rows that are left out. The
kind is what the detector finds: `survey_fraud`, `spam`, `test_rows`, `outliers`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import FINDS, Balance, Count, Fact, Mean, Ratio, Share, Sum
from leadline.catalog.federation import holds_in
from leadline.insights import wording
from leadline.insights.targets import DEFAULT_GRAIN
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.facts import Limit, value_type
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.store.casts import as_type
from leadline.store.engine import Relation, ValueType
from leadline.store.entries import NewFinding

PURPOSE = "findings"
LEAST = 10
"""Fewer rows of one period are not looked into."""
MOST = 0.9
"""The smallest unit that has at least this share of the rows is named."""

_JUDGED = (Balance, Count, Mean, Ratio, Share, Sum)


def left_out_rows(published: Published, *, viewer: str) -> list[NewFinding]:
    """Compare, for what was caught in each month, the figures of its fact with and without those rows."""
    found: list[NewFinding] = []
    for group in _groups(published):
        by_period: dict[str, Counter[str]] = defaultdict(Counter)
        periods: dict[str, Period] = {}
        for day, unit, rows in _counts(published, group):
            period = published.periods.period(DEFAULT_GRAIN, day)
            periods[period.label] = period
            by_period[period.label][unit or ""] += rows
        for label, units in sorted(by_period.items()):
            if units.total() >= LEAST:
                found += _Compared(published, group, periods[label], units, viewer).findings()
    return list({finding.id: finding for finding in found}.values())


@dataclass(frozen=True, slots=True)
class _Group:
    """The detectors of one fact that find the same kind of thing, and the relations of what each caught.

    One row may be caught by several, so only all of them together could let it count.
    """

    fact: Fact
    kind: str
    names: tuple[str, ...]
    keys: tuple[str, ...]


def _groups(published: Published) -> Iterator[_Group]:
    catalog = published.catalog
    caught: Mapping[str, str] = published.generation.tables.get("caught", {})
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in sorted(caught.keys() & catalog.detectors.keys()):
        detector = catalog.detectors[name]
        kind = detector.finds or FINDS[str(getattr(detector, "type", ""))]
        together[detector.of, kind].append(name)
    for (fact, kind), names in sorted(together.items()):
        if published.facts.left_out.has(fact) and catalog.facts[fact].at is not None:
            yield _Group(catalog.facts[fact], kind, tuple(names), tuple(caught[name] for name in names))


def left_out_days(published: Published, fact: str, at: str, keys: Sequence[str]) -> set[date]:
    """Give the days (of the project's clock, by one of its instants) of a fact's rows that these relations name."""
    found = published.catalog.facts[fact]
    return {day for day, _, _ in _counted(published, found, at, keys)}


def _counts(published: Published, group: _Group) -> Iterator[tuple[date, str | None, int]]:
    """Count the rows that detectors keep out, by day (of the project's clock) and unit."""
    assert group.fact.at is not None  # noqa: S101 - groups are of facts with an instant
    return _counted(published, group.fact, group.fact.at, group.keys)


def _counted(
    published: Published, fact: Fact, instant: str, keys: Sequence[str]
) -> Iterator[tuple[date, str | None, int]]:
    facts = published.facts
    columns = sorted({*fact.key, instant, *([fact.unit] if fact.unit else [])})
    types: dict[str, ValueType] = {name: value_type(fact.columns[name].type) for name in fact.key}
    each = published.engine.scan([Relation("left_out", fact.name, key) for key in keys], types, "e")
    once = exp.select(*(_column(name, "e") for name in fact.key)).distinct()
    caught = once.from_(each).subquery("c")
    same = [exp.EQ(this=_column(name, "c"), expression=_column(name, "f")) for name in fact.key]
    at: exp.Expr = _column(instant, "f")
    if fact.columns[instant].type == "instant":
        at = exp.AtTimeZone(this=at, zone=exp.Literal.string(published.catalog.project.time_zone))
    unit = _column(fact.unit, "f") if fact.unit else as_type(exp.null(), "text")
    rows = exp.select(exp.alias_(as_type(at, "date"), "d", quoted=True), exp.alias_(unit, "u", quoted=True))
    rows = rows.from_(facts.scan(fact.name, columns, "f")).join(caught, on=exp.and_(*same))
    rows = rows.where(facts.leaves_out(fact.name, None, "f"))
    names = [_column(name, "r") for name in ("d", "u")]
    counted = exp.select(*names, exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True))
    counted = counted.from_(rows.subquery("r")).group_by(*(name.copy() for name in names))
    for row in published.engine.read(counted).to_pylist():
        if row["d"] is not None:
            yield row["d"], row["u"], int(row["n"])


def _column(name: str, table: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


_Judged = Balance | Count | Mean | Ratio | Share | Sum


@dataclass(frozen=True, slots=True)
class _Compared:
    """The figures of one period, with and without the rows that a group of detectors keeps out."""

    published: Published
    group: _Group
    period: Period
    units: Counter[str]
    viewer: str

    def findings(self) -> Iterator[NewFinding]:
        """Give a finding for each figure that the rows would move out of its interval."""
        catalog, fact, period = self.published.catalog, self.group.fact, self.period
        metrics: list[_Judged] = [
            metric
            for metric in catalog.metrics.values()
            if isinstance(metric, _JUDGED) and metric.of == fact.name and metric.instant(fact) == fact.at
        ]
        unit = _smallest(catalog, self.units) if fact.unit else None
        metrics = [one for one in metrics if holds_in(catalog, one.name, unit)]
        asked = [
            Query(metric=metric.name, viewer=self.viewer, purpose=PURPOSE, grain=DEFAULT_GRAIN, unit=unit,
                  since=period.start, until=period.end)
            for metric in metrics
        ]  # fmt: skip
        near = Limit(fact.at or "", period.start - timedelta(days=2), period.end + timedelta(days=2))
        counting = self.published.counting(self.group.names, {fact.name: near})
        without, with_them = evaluate_many(self.published, asked), evaluate_many(counting, asked)
        for metric, now, other in zip(metrics, without, with_them, strict=True):
            for one, two in zip(now, other, strict=True):
                if _moves(one, two):
                    yield self._finding(metric, one, two)

    def _finding(self, metric: _Judged, without: Observation, with_them: Observation) -> NewFinding:
        catalog, rows = self.published.catalog, self.units.total()
        low, high = without.low or 0.0, without.high or 0.0
        places = wording.decimals(metric, (high - low) / 2)
        now, other = (
            "no figure" if o.value is None else wording.figure(metric, o.value, places)
            for o in (without, with_them)
        )
        labels = "; ".join(catalog.detectors[name].label for name in self.group.names)
        statement = (
            f"{rows:,} rows are left out of {wording.about(catalog, metric, without.unit, '')} in "
            f"{wording.period(DEFAULT_GRAIN, without.period)} ({labels}): it is {now} without them, and would be "
            f"{other} with them."
        )
        return NewFinding(
            kind=self.group.kind,
            metric=metric.name,
            period=without.period,
            grain=DEFAULT_GRAIN,
            unit=without.unit,
            slice="",
            statement=statement,
            evidence={
                "rows": rows,
                "detectors": list(self.group.names),
                "units": dict(sorted(self.units.items())),
                "value": without.value,
                "low": without.low,
                "high": without.high,
                "n": without.n,
                "with": {
                    "value": with_them.value,
                    "low": with_them.low,
                    "high": with_them.high,
                    "n": with_them.n,
                },
                "test": "with the rows that are left out, the figure lies outside its 95 % interval",
                "method": without.method,
                "measured_in": metric.measured_in,
                "p": None,
                "adjusted_p": None,
            },
            severity="medium",
            direction="neutral",
        )


def _smallest(catalog: Catalog, units: Counter[str]) -> str | None:
    """Name the smallest unit that has nearly all of the rows; None where that is the whole."""
    below: Counter[str] = Counter()
    for unit, rows in units.items():
        if unit in catalog.units.names:
            for name in {unit, *catalog.units.ancestors(unit)}:
                below[name] += rows
    wide = [name for name, rows in below.items() if rows >= MOST * units.total()]
    deepest = max(wide, key=lambda name: (len(catalog.units.ancestors(name)), name), default=None)
    return deepest if deepest is not None and catalog.units.parent(deepest) is not None else None


def _moves(without: Observation, with_them: Observation) -> bool:
    """Tell whether a figure would lie outside its interval with the rows that are left out, or be there at all."""
    if with_them.value is None:
        return False
    if without.status == "no data":
        return True
    if without.value is None or without.low is None or without.high is None:
        return False
    return not without.low <= with_them.value <= without.high
