"""A metric serves a purpose that the columns it uses may serve, and shows nobody's personal values as slices."""

from collections.abc import Iterator
from typing import NamedTuple

from leadline.catalog import composition
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    CLASSIFICATIONS,
    Column,
    Conversion,
    Distinct,
    Duration,
    Fact,
    Purpose,
    RowMetric,
    Stock,
    Valued,
)
from leadline.catalog.problems import Problem
from leadline.catalog.references import of_customers
from leadline.catalog.rules.policy_names import known

_PROTECTED = frozenset({"personal", "sensitive"})


class _Use(NamedTuple):
    """A column that a metric uses: of which fact, where that is written, and whether its values are shown."""

    fact: Fact
    column: str
    path: tuple[str | int, ...]
    shown: bool = False


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find metrics without a purpose, columns that it may not use, and slices that would show personal values."""
    for metric in catalog.metrics.values():
        fact = catalog.facts.get(metric.of) if isinstance(metric, RowMetric) else None
        if fact is None or not isinstance(metric, RowMetric):
            continue
        name = composition.purpose(catalog, metric)
        declared = catalog.policy.purposes.get(name or "") if catalog.policy else None
        purpose = (name, declared) if name and declared else None
        if catalog.policy and name is None:
            yield Problem(
                "error", "no-purpose", f"The metric {metric.name!r} does not say what it is for.",
                catalog.place(metric, "name"), f"Write `purpose:` and one of {', '.join(catalog.policy.purposes)}, or "
                "give the project one for all others.",
            )  # fmt: skip
        if metric.purpose:
            yield from known(catalog, metric.purpose, metric, "purpose")
        for use in _uses(catalog, metric, fact):
            column = _column(catalog, use.fact, use.column)
            if column:
                yield from _use(catalog, metric, use, column, purpose)
        if purpose and purpose[1].asks:
            yield from _lost(catalog, metric, fact)


def _use(
    catalog: Catalog, metric: RowMetric, use: _Use, column: Column, purpose: tuple[str, Purpose] | None
) -> Iterator[Problem]:
    kind, place = catalog.classification(column), catalog.place(metric, *use.path)
    if use.shown and kind in _PROTECTED:
        undeclared = (
            "" if column.classification else ", as the policy says of every column that is not classified"
        )
        yield Problem(
            "error", "personal-slice", f"{use.column!r} is {kind}{undeclared}, and its values would stand beside "
            "figures.", place, "Slice by what many customers share (segment, region …), count it "
            "(`type: distinct`), or classify it in its fact if it tells of nobody.",
        )  # fmt: skip
    if purpose is None or kind is None:
        return
    name, declared = purpose
    if column.purposes is not None and name not in column.purposes:
        yield Problem(
            "error", "purpose-refused", f"{use.column!r} may not be used for {name!r}: it serves "
            f"{', '.join(column.purposes) or 'no purpose'}.", place,
            "Measure it for one of these purposes (`purpose:`), or leave the column out.",
        )  # fmt: skip
    elif CLASSIFICATIONS.index(kind) > CLASSIFICATIONS.index(declared.may_use):
        yield Problem(
            "error", "purpose-refused", f"{use.column!r} is {kind}, and {name!r} may use what is {declared.may_use} at "
            "most.", place, "Leave the column out, or let the policy say `may_use:` if the law lets it.",
        )  # fmt: skip


def _uses(catalog: Catalog, metric: RowMetric, fact: Fact) -> Iterator[_Use]:
    for (kind, name, path), expression in catalog.expressions.items():
        if (kind, name) == ("metric", metric.name):
            follows = isinstance(metric, Conversion) and path[0] == "followed_by"
            of = (
                catalog.facts.get(metric.followed_by.fact)
                if isinstance(metric, Conversion) and follows
                else fact
            )
            yield from (_Use(of, column, path) for column in sorted(expression.columns) if of)
    yield from (_Use(fact, column, ("by", nth), shown=True) for nth, column in enumerate(metric.by))
    if metric.raked:
        yield from (_Use(fact, column, ("raked", "to", column), shown=True) for column in metric.raked.to)
    if metric.standardised:
        yield _Use(fact, metric.standardised.by, ("standardised", "by"), shown=True)
    named: list[tuple[str, str | None]] = [("cluster", metric.cluster), ("at", metric.instant(fact))]
    named += [("clock", metric.clock if metric.clock not in {"project", "unit"} else None)]
    if isinstance(metric, Stock | Duration):
        named.append(("until", metric.until))
    if isinstance(metric, Distinct | Conversion):
        named.append(("entity", metric.entity))
    yield from (_Use(fact, column, (path,)) for path, column in named if column)
    if isinstance(metric, Valued) and metric.money:
        yield _Use(fact, metric.money.currency, ("given_in", "currency"))


def _column(catalog: Catalog, fact: Fact, path: str) -> Column | None:
    name, dot, behind = path.partition(".")
    column = fact.columns.get(name)
    if column and dot:
        other = catalog.facts.get(column.references or "")
        return other.columns.get(behind) if other else None
    return column


def _lost(catalog: Catalog, metric: RowMetric, fact: Fact) -> Iterator[Problem]:
    """Find facts of customers' rows that cannot be told apart, so that nobody's could be left out."""
    inner: Fact | None = fact
    while inner:
        if of_customers(catalog.facts, inner.name) and not inner.key:
            made = "" if inner is fact else f", and {fact.name!r} is made of them"
            yield Problem(
                "error", "rights-lost", f"The fact {inner.name!r} has no key, so that none of its rows can be left out"
                f"{made}.", catalog.place(metric, "of"),
                "Name the columns by which its rows are told apart: `key:`.",
            )  # fmt: skip
        inner = catalog.facts.get(inner.from_ or "")
