"""Checks of a file as a whole, against the files of its source that stand before it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlglot import exp

from leadline.catalog.definitions import DriftCheck, SchemaCheck, VolumeCheck
from leadline.ingest import conversions as c
from leadline.ingest.arrived import Arrived
from leadline.ingest.checks import MAPPED, kind_at_rest, sound
from leadline.ingest.expectation import count_interval, drift, each
from leadline.ingest.mapping import Plan
from leadline.ingest.sources.reading import RawColumn
from leadline.store.casts import as_type
from leadline.store.engine import Relation, ValueType
from leadline.store.entries import Batch
from leadline.store.staging import Staging

SHOWN = 3
_PARTS = 10
_SAMPLE = "sample"
_LEAST = 50
"""Rows that a file and those before it must have before their distributions are compared."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file fails a check (None: nobody can tell), in words and in numbers."""

    fails: bool | None
    statement: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


def columns(
    check: SchemaCheck,
    now: Sequence[RawColumn],
    before: Sequence[Batch],
    known: Mapping[str, Sequence[tuple[str, str]]],
) -> Verdict:
    """Compare a file's columns with those of the nearest file before it whose columns are known."""
    last = next((batch for batch in reversed(before) if batch.id in known), None)
    if last is None:
        return Verdict(None, "no earlier file whose columns are known")
    then = {name: kind for name, kind in known[last.id] if name not in check.ignore}
    mine = {column.name: column.type for column in now if column.name not in check.ignore}
    new, gone = sorted(mine.keys() - then.keys()), sorted(then.keys() - mine.keys())
    retyped = sorted(name for name in mine.keys() & then.keys() if mine[name] != then[name])
    said = [
        f"{what} {', '.join(map(repr, names))}"
        for what, names in (("new:", new), ("gone:", gone), ("of another type:", retyped))
        if names
    ]
    evidence = {"new": new, "gone": gone, "retyped": retyped, "compared_with": last.file}
    return Verdict(
        bool(said), f"columns {'; '.join(said)}; compared with {last.file}" if said else "", evidence
    )


def drifted(check: DriftCheck, file: Arrived) -> Verdict:
    """Compare how a column is distributed with the last files: numbers by the tenths of those before, else by value."""
    staging = file.staging
    earlier = [batch for batch in file.before if batch.rows_accepted][-check.batches :]
    if not earlier:
        return Verdict(None, "no earlier file")
    if check.column not in file.plan.fields:
        return Verdict(None, "the file has no such column")
    kind = kind_at_rest(file.catalog.facts[file.source.fact].columns[check.column].type)
    scanned = _at_rest(file, earlier, check.column, kind)
    value = exp.column(check.column, table="e", quoted=True)
    staging.drop(_SAMPLE)
    staging.load(_SAMPLE, file.engine.stream(exp.select(value.as_("v")).from_(scanned)))
    try:
        return _compared(check, file.plan, earlier, staging)
    finally:
        staging.drop(_SAMPLE)


def _compared(check: DriftCheck, plan: Plan, earlier: Sequence[Batch], staging: Staging) -> Verdict:
    mine = exp.select(exp.column(plan.fields[check.column]).as_("v")).from_(MAPPED).where(sound())
    cuts = _tenths(staging)
    then, now = (_categories(query, cuts, staging) for query in (exp.select("v").from_(_SAMPLE), mine))
    if min(sum(then.values()), sum(now.values())) < _LEAST:
        return Verdict(None, f"fewer than {_LEAST} rows with a value to compare")
    found = drift(then, now, check.false_alarms)
    if found is None:
        return Verdict(fails=False)
    evidence = {
        "index": found.index, "at_least": check.at_least, "by_chance": found.threshold,
        "degrees_of_freedom": found.degrees, "false_alarms": check.false_alarms, "moved": found.moved,
        "before": found.before, "now": found.now, "files": [batch.file for batch in earlier],
    }  # fmt: skip
    statement = (
        f"{check.column} is distributed otherwise than in the last {len(earlier)} files: stability index "
        f"{found.index:.2f} (by chance at most {found.threshold:.2f}); {found.moved} was {found.before:.1%}, "
        f"now {found.now:.1%}"
    )
    return Verdict(found.index >= check.at_least and found.index > found.threshold, statement, evidence)


def _tenths(staging: Staging) -> list[float]:
    """Give the cuts between the tenths of the earlier values where these are numbers of more than a few values."""
    kind = staging.read(
        exp.select(c.call("typeof", exp.column("v")).as_("t")).from_(_SAMPLE).limit(1)
    ).column(0)
    if not len(kind) or kind[0].as_py() not in {"DOUBLE", "BIGINT"}:
        return []
    count = exp.Count(this=exp.Distinct(expressions=[exp.column("v")]))
    if staging.read(exp.select(count).from_(_SAMPLE)).column(0)[0].as_py() <= 2 * _PARTS:
        return []
    parts = [exp.convert(n / _PARTS) for n in range(1, _PARTS)]
    cuts = [c.call("quantile_cont", exp.column("v"), part).as_(f"q{n}") for n, part in enumerate(parts)]
    (row,) = staging.read(exp.select(*cuts).from_(_SAMPLE)).to_pylist()
    return sorted({float(value) for value in row.values()})


def _categories(query: exp.Select, cuts: Sequence[float], staging: Staging) -> Counter[str]:
    """Count rows by value, or by the stretch between cuts that a value lies in; unknown values are one category."""
    value = exp.column("v", table="s")
    shown: exp.Expr = as_type(value.copy(), "VARCHAR", dialect="duckdb")
    if cuts:
        ends = [f"up to {cut:g}" for cut in cuts]
        branches = [
            exp.If(this=exp.LTE(this=value.copy(), expression=exp.convert(cut)), true=c.text(end))
            for cut, end in zip(cuts, ends, strict=True)
        ]
        shown = exp.Case(ifs=branches, default=c.when(c.present(value), c.text(f"above {cuts[-1]:g}")))
    named = exp.Coalesce(this=shown, expressions=[c.text("(none)")])
    counted = (
        exp.select(named.as_("c"), exp.Count(this=exp.Star()).as_("n"))
        .from_(query.subquery("s"))
        .group_by("c")
    )
    return Counter({row["c"]: row["n"] for row in staging.read(counted).to_pylist()})


def volume(check: VolumeCheck, file: Arrived) -> Verdict:
    """Compare the rows of each day, week or month of a file with those before, all files of the source added up."""
    fact = file.catalog.facts[file.source.fact]
    if fact.at is None or fact.at not in file.plan.fields:
        return Verdict(None, "the file does not say when its rows were")
    kind = kind_at_rest(fact.columns[fact.at].type)
    day = _day(exp.column(file.plan.fields[fact.at]), kind, file.zone)
    mine = exp.select(day.as_("d")).from_(MAPPED).where(sound())
    now = _counts(file.staging.read(_by_day(mine)).to_pylist())
    if not now:
        return Verdict(None, "the file has no rows")
    known: Counter[date] = Counter()
    if earlier := [batch for batch in file.before if batch.rows_accepted]:
        day = _day(exp.column(fact.at, table="e", quoted=True), kind, file.zone)
        then = exp.select(day.as_("d")).from_(_at_rest(file, earlier, fact.at, kind))
        known = _counts(file.engine.read(_by_day(then)).to_pylist())
    return _expected(check, now, known)


def _day(value: exp.Expr, kind: ValueType, zone: str) -> exp.Expr:
    return as_type(value if kind == "date" else c.in_zone(value, zone), "DATE", dialect="duckdb")


def _by_day(rows: exp.Select) -> exp.Select:
    return exp.select("d", exp.Count(this=exp.Star()).as_("n")).from_(rows.subquery("r")).group_by("d")


def _counts(rows: Iterable[Mapping[str, Any]]) -> Counter[date]:
    return Counter({row["d"]: row["n"] for row in rows if row["d"] is not None})


def _expected(check: VolumeCheck, now: Mapping[date, int], known: Mapping[date, int]) -> Verdict:
    first, last = min(now), max(now)
    series: dict[date, float] = defaultdict(float)
    for counts in (known, now):
        for day, number in counts.items():
            series[_start(day, check.every)] += number
    begun = _start(min([*known, first]), check.every)
    tested, start = [], _start(first, check.every)
    while start <= last:
        history = _history(check, series, start, begun)
        if len(history) >= min(4, check.history):
            tested.append((start, series.get(start, 0.0), history))
        start = _next(start, check.every)
    if not tested:
        return Verdict(None, f"fewer than 4 earlier {check.every}s to judge by")
    share = each(check.false_alarms, len(tested))
    odd = []
    for start, rows, history in tested:
        days = _length(start, check.every)
        interval = count_interval([h * days for h in history], share)
        if not interval.low <= rows <= interval.high:
            odd.append((start, rows, interval))
    evidence = {
        "tested": len(tested), "false_alarms": check.false_alarms,
        "odd": [
            {"since": start.isoformat(), "rows": rows, "expected": i.expected, "low": i.low, "high": i.high,
             "history": i.history}
            for start, rows, i in odd
        ],
    }  # fmt: skip
    said = [
        f"{start.isoformat()}: {rows:,.0f} rows, expected {i.low:,.0f} to {i.high:,.0f}"
        for start, rows, i in odd[:SHOWN]
    ]
    more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
    return Verdict(
        bool(odd),
        f"{len(odd)} of {len(tested)} {check.every}s: {'; '.join(said)}{more}" if odd else "",
        evidence,
    )


def _history(check: VolumeCheck, series: Mapping[date, float], start: date, begun: date) -> list[float]:
    """Give the rows per day of the periods before: same weekdays, weeks or months; none before the first row."""
    found: list[float] = []
    while len(found) < check.history:
        start = (
            start - timedelta(days=7)
            if check.every != "month"
            else _start(start - timedelta(days=1), "month")
        )
        if start < begun:
            break
        found.append(series.get(start, 0.0) / _length(start, check.every))
    return found


def _start(day: date, every: str) -> date:
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day


def _next(start: date, every: str) -> date:
    return start + timedelta(days=_length(start, every))


def _length(start: date, every: str) -> int:
    if every != "month":
        return 7 if every == "week" else 1
    return ((start + timedelta(days=31)).replace(day=1) - start).days


def _at_rest(file: Arrived, batches: Sequence[Batch], column: str, kind: ValueType) -> exp.Expr:
    """Give the rows at rest of batches, with one column."""
    relations = [Relation("fact", file.source.fact, batch.id) for batch in batches]
    return file.engine.scan(relations, {column: kind}, "e")
