"""How much of a figure there is a right to, and what it does to the figure that the rest is left out.

What those answered who forbid it is not read, to measure bias either: of rows without a right, only how many there are
is counted, by columns that tell of nobody. Two comparisons remain lawful (decision 0026). The figure of the rows with a
right can be standardised to the mix of all rows: that is the bias which the mix explains. And where a withdrawal holds
from then on only, earlier rows of customers who have withdrawn since may still be used, and say how much they differed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from leadline.catalog import composition
from leadline.catalog.definitions import (
    COMPOSED,
    Balance,
    Count,
    Mean,
    Metric,
    Purpose,
    Ratio,
    RowMetrics,
    Share,
    Standardised,
)
from leadline.catalog.definitions.policy import still
from leadline.catalog.references import of_customers
from leadline.catalog.units_of_measure import MINUS, placed
from leadline.metrics import terms
from leadline.metrics.adjusting import standardised_to
from leadline.metrics.estimate import estimate
from leadline.metrics.facts import Limit
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import slice_alias, term_alias

NO_CONSENT = "no_consent"
LEAST = 10
"""Fewer rows than these, of which nothing but their number is told, could be somebody."""
EARLIER = timedelta(days=365)
"""How far back earlier rows are compared."""
_Z = 1.959963984540054
_COMPARED = (Share, Balance, Mean, Ratio)
Place = tuple[str | None, str | None]
"""A unit (None: everything), and the value of a column."""


@dataclass(frozen=True, slots=True)
class Mix:
    """The value of a column whose share among the rows left out differs most from that among the rows that count.

    `value`, `low` and `high` are the figure as it would be if the rows that count were mixed as all rows are.
    """

    column: str
    of: str
    kept: float
    left_out: float
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier rows say of customers who have no right now: `bias` is what leaving them out adds to the figure.

    `differ` is the figure of those with a right less that of the others, over `n` earlier rows of theirs; `low`,
    `high` and the two-sided `p` are of the bias, by the normal approximation of both figures' intervals.
    """

    n: int
    differ: float
    bias: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one figure of one row metric: the rows that count, and how many are left out for want of a right."""

    metric: str
    purpose: str
    basis: str
    kept: int
    left_out: int
    mixes: tuple[Mix, ...] = ()
    earlier: Earlier | None = None

    @property
    def share(self) -> float:
        """The share of rows with a right, 0 to 1."""
        return self.kept / (self.kept + self.left_out)


def purpose_of(published: Published, metric: RowMetrics) -> tuple[str, Purpose] | None:
    """Give the purpose of a metric if customers decide about its rows."""
    catalog = published.catalog
    name = composition.purpose(catalog, metric)
    purpose = catalog.policy.purposes.get(name or "") if catalog.policy else None
    if name is None or purpose is None or not purpose.asks or not of_customers(catalog.facts, metric.of):
        return None
    return name, purpose


def coverage(published: Published, query: Query, period: Period) -> tuple[Coverage, ...]:
    """Say how much of one figure there is a right to, for each row metric that it is made of and customers decide on.

    Nothing is said where no row would count.
    """
    found = []
    for metric in published.rows(query.metric):
        asked = replace(query, since=period.start, until=period.end, grain=period.grain, by=(), by_unit=False)
        counts = counted(published, metric, asked)
        kept, left_out = counts.get((None, None), (0, 0))
        if kept + left_out == 0:
            continue
        one = _named(published, metric, kept, left_out)
        plain = not isinstance(published.metric(query.metric), COMPOSED)
        if plain and left_out >= max(LEAST, metric.minimum_n) and kept >= max(LEAST, metric.minimum_n):
            before = earlier(published, metric, asked, period, {None: left_out / (kept + left_out)})
            one = replace(one, mixes=tuple(_mixes(published, metric, asked)), earlier=before.get(None))
        found.append(one)
    return tuple(found)


def counted(published: Published, metric: RowMetrics, query: Query) -> dict[Place, tuple[int, int]]:
    """Count rows that count, and rows that are left out for want of a right alone, by unit and value of one column.

    Nothing where customers do not decide. Of rows that are left out, only what `where` asks is looked at.
    """
    if purpose_of(published, metric) is None:
        return {}
    at = metric.instant(published.catalog.facts[metric.of])
    whose = Count(
        kind="metric", type="count", name=metric.name, of=metric.of, where=metric.where, at=at, clock=metric.clock,
        dimensions=metric.dimensions, purpose=metric.purpose,
    )  # fmt: skip
    kept = {place: int(s["n"]) for place, s in _sums(published, whose, query).items()}
    all_ = {place: int(s["n"]) for place, s in _sums(published, whose, query, every=True).items()}
    return {place: (kept.get(place, 0), n - kept.get(place, 0)) for place, n in all_.items()}


def earlier(
    published: Published, metric: RowMetrics, query: Query, period: Period, shares: Mapping[str | None, float]
) -> dict[str | None, Earlier]:
    """Compare earlier rows of customers who have no right now with those of the others, by unit.

    Only where withdrawals hold from then on, so that these rows count; `shares` are those of rows left out now. Units
    with fewer than LEAST (or `minimum_n`) rows on a side have no comparison.
    """
    purpose = purpose_of(published, metric)
    if purpose is None or purpose[1].withdrawal != "from_then_on" or not isinstance(metric, _COMPARED):
        return {}
    before = replace(query, since=period.start - EARLIER, until=period.start, grain="month")
    every = _sums(published, metric, before)
    have = _sums(published, metric.model_copy(update={"purpose": still(purpose[0])}), before)
    found = {}
    for unit, share in shares.items():
        whole, others = every.get((unit, None)), have.get((unit, None))
        if whole is None or others is None:
            continue
        gone = {name: value - others[name] for name, value in whole.items()}
        if min(gone["n"], others["n"]) >= max(LEAST, metric.minimum_n) and share > 0:
            compared = _compared(metric, others, gone, share)
            if compared is not None:
                found[unit] = compared
    return found


def _compared(
    metric: RowMetrics, others: Mapping[str, float], gone: Mapping[str, float], share: float
) -> Earlier | None:
    """Take what leaving out a share of rows adds to a figure from how these differed before."""
    sums = {name: np.array([others[name], gone[name]]) for name in others}
    made = estimate(metric, sums)
    errors = (made.high - made.low) / 2 / _Z
    differ, error = float(made.value[0] - made.value[1]), float(math.hypot(*errors))
    if not (math.isfinite(differ) and math.isfinite(error) and error > 0):
        return None
    bias, half = share * differ, share * error * _Z
    p = math.erfc(abs(differ) / error / math.sqrt(2))
    return Earlier(int(gone["n"]), differ, bias, bias - half, bias + half, p)


def _mixes(published: Published, metric: RowMetrics, query: Query) -> list[Mix]:
    """Compare the mix of the rows left out with that of the others, column by column."""
    found = []
    for column in metric.by if not query.where else ():
        counts = counted(published, metric, replace(query, by=(column,)))
        values = {value: both for (_, value), both in counts.items() if value is not None}
        kept, gone = (sum(both[side] for both in counts.values()) for side in (0, 1))
        nowhere = sum(sum(both) for (_, value), both in counts.items() if value is None)
        told = {
            value: (a / kept, b / gone)
            for value, (a, b) in values.items()
            if kept and gone and a + b >= LEAST
        }
        if not told or len(values) < 2:
            continue
        of = max(told, key=lambda value: (abs(told[value][1] - told[value][0]), value))
        to = {value: float(sum(both)) for value, both in values.items() if sum(both)}
        figure = None
        if isinstance(metric, _COMPARED) and not nowhere:  # rows without a value have no place in the mix
            figure = standardised_to(published, query, metric, Standardised(by=column, to=to, covering=0.5))
        found.append(Mix(column, of, *told[of], *(figure or (None, None, None))))
    return found


def sentences(metric: Metric, found: Sequence[Coverage]) -> tuple[str, ...]:
    """Say coverage and measured bias in words, in the metric's unit."""
    said = []
    for one in found:
        whose = "" if one.metric == metric.name else f"{one.metric}: "
        said.append(
            f"{whose}{one.share:.0%} of {one.kept + one.left_out:,} rows; {one.left_out:,} ({1 - one.share:.0%}) are "
            f"left out: their customers give no right to the purpose {one.purpose} ({one.basis})."
        )
        said += [_mixed(metric, mix) for mix in one.mixes]
        if one.earlier:
            said.append(_before(metric, one.earlier))
    return tuple(said)


def _mixed(metric: Metric, mix: Mix) -> str:
    words = f"By {mix.column}, {mix.of} makes {mix.left_out:.0%} of what is left out, {mix.kept:.0%} of what counts"
    if mix.value is None or mix.low is None or mix.high is None:
        return f"{words}."
    value, low, high = (_number(metric, end) for end in (mix.value, mix.low, mix.high))
    return f"{words}; mixed as all rows are, the figure would be {value} ({low} to {high})."


def _before(metric: Metric, found: Earlier) -> str:
    bias, low, high = (_number(metric, end) for end in (found.bias, found.low, found.high))
    way = "raises" if found.bias > 0 else "lowers"
    return (
        f"By {found.n:,} earlier rows of customers who have withdrawn since, leaving them out {way} the figure: "
        f"{bias} ({low} to {high})."
    )


def _number(metric: Metric, value: float) -> str:
    places = metric.decimals if metric.decimals is not None else 2
    return placed(f"{value:,.{places}f}".replace("-", MINUS), metric.measured_in)


def _named(published: Published, metric: RowMetrics, kept: int, left_out: int) -> Coverage:
    purpose = purpose_of(published, metric)
    assert purpose is not None  # noqa: S101 - rows are counted for such purposes only
    return Coverage(metric.name, purpose[0], purpose[1].basis.replace("_", " "), kept, left_out)


def _sums(
    published: Published, metric: RowMetrics, query: Query, *, every: bool = False
) -> dict[Place, dict[str, float]]:
    """Add up a metric's sums over the rows and all periods of a query, by unit and value of its one column."""
    request = replace(Request.of(published, query, metric, None), table=None)
    rows: Any = request.read(_within(published, metric, query, every=every), [request.metric])
    names = terms.names(request.metric)
    units = rows.column("unit").to_pylist()
    values: Sequence[str | None] = [None] * rows.num_rows
    if query.by:
        values = rows.column(slice_alias(query.by[0])).to_pylist()
    columns = {
        name: np.nan_to_num(
            rows.column(term_alias(metric.name, name)).to_numpy(zero_copy_only=False).astype(float)
        )
        for name in names
    }
    found: dict[Place, dict[str, float]] = {}
    for i, (unit, value) in enumerate(zip(units, values, strict=True)):
        sums = found.setdefault((unit if query.by_unit else None, value), dict.fromkeys(names, 0.0))
        for name in names:
            sums[name] += float(columns[name][i])
    return found


def _within(published: Published, metric: RowMetrics, query: Query, *, every: bool) -> Published:
    """Give the same generation with only the rows about the days of a query: most need not be read. With `every`, those
    left out for want of a right alone are among them."""
    at = metric.instant(published.catalog.facts[metric.of])
    facts = published.facts.counting({NO_CONSENT}) if every else published.facts
    if at is not None and "." not in at and query.since is not None and query.until is not None:
        spare = timedelta(days=2)  # for wall clocks
        facts = facts.narrowed({}, {metric.of: Limit(at, query.since - spare, query.until + spare)})
    near = replace(published)
    vars(near)["facts"] = facts
    return near
