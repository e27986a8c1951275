"""A composed metric is made of metrics that go together, and never of itself."""

from collections.abc import Iterator

from sqlglot import exp

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import parts, rows
from leadline.catalog.definitions import COMPOSED, Cumulative, Derived, Duration, Index, Manual, Metric, Stock
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find circles, windows over what is not additive over time, and sums of different units of measure."""
    for metric in catalog.metrics.values():
        if not isinstance(metric, COMPOSED):
            continue
        circle = _circle(catalog, metric, (metric.name,))
        if circle:
            names = " → ".join(circle)
            yield Problem(
                "error", "cycle", f"The metrics go in a circle: {names}.", catalog.place(metric, "name")
            )
        elif isinstance(metric, Cumulative):
            yield from _window(catalog, metric)
        elif isinstance(metric, Derived):
            yield from _formula(catalog, metric)
        else:
            yield from _index(catalog, metric)


def _circle(catalog: Catalog, metric: Metric, path: tuple[str, ...]) -> tuple[str, ...]:
    for name in parts(catalog, metric):
        if name == path[0]:
            return (*path, name)
        part = catalog.metrics.get(name)
        if part is not None and name not in path:
            found = _circle(catalog, part, (*path, name))
            if found:
                return found
    return ()


def _window(catalog: Catalog, metric: Cumulative) -> Iterator[Problem]:
    if (metric.to_date is None) == (metric.rolling is None):
        yield Problem(
            "error", "bad-value", "A running total is either `to_date` or `rolling`.", catalog.place(metric, "type"),
            "Write for example `to_date: year` or `rolling: 28 days`.",
        )  # fmt: skip
    base = catalog.metrics.get(metric.metric)
    if base is None:
        return
    if metric.measured_in != base.measured_in:
        yield Problem(
            "error", "unit-mismatch", f"{base.name!r} is measured in {base.measured_in}, and so is what it adds up to.",
            catalog.place(metric, "measured_in"), f"Write `measured_in: {base.measured_in}`.",
        )  # fmt: skip
    if isinstance(base, Cumulative):
        yield Problem(
            "error", "not-additive-over-time", f"{base.name!r} runs over a window already.",
            catalog.place(metric, "metric"), f"Name the metric under it: {base.metric}.",
        )  # fmt: skip
    for leaf in rows(catalog, base):
        if isinstance(leaf, Stock | Duration | Manual):
            yield Problem(
                "error", "not-additive-over-time", f"{leaf.name!r} is of type {leaf.type}, which has no sum over time.",
                catalog.place(metric, "metric"), "Ask for it at the coarser grain instead.",
            )  # fmt: skip


def _formula(catalog: Catalog, metric: Derived) -> Iterator[Problem]:
    found = catalog.expressions.get(("metric", metric.name, ("formula",)))
    if found is None:
        return
    if not found.columns:
        yield Problem("error", "no-parts", "The formula names no metric.", catalog.place(metric, "formula"))
    for node in found.tree.walk():
        if not isinstance(node, _ARITHMETIC):
            yield Problem(
                "error", "formula-forbidden", f"A formula over metrics has no {node.key!r}.",
                catalog.place(metric, "formula"),
                "It has + - * / pow, abs, sqrt, ln, exp, nullif, coalesce, greatest and least.",
            )  # fmt: skip
            return
    for node in found.tree.find_all(exp.Add, exp.Sub):
        left, right = _measure(catalog, node.this), _measure(catalog, node.expression)
        if left and right and left != right:
            sign = "+" if isinstance(node, exp.Add) else "-"
            yield Problem(
                "error", "unit-mismatch", f"The formula puts {left} {sign} {right}.", catalog.place(metric, "formula"),
                "Turn one into the other first; a percent and a fraction differ by a factor of 100.",
            )  # fmt: skip


_ARITHMETIC = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Pow,
    exp.Nullif, exp.Coalesce, exp.Greatest, exp.Least, exp.Abs, exp.Sqrt, exp.Ln, exp.Exp,
)  # fmt: skip
"""What has a slope, so that the interval of the parts becomes the interval of the whole."""


def _measure(catalog: Catalog, node: exp.Expression) -> str | None:
    """Give what a part of a formula is measured in, where that is known for sure."""
    match node:
        case exp.Paren() | exp.Neg():
            return _measure(catalog, node.this)
        case exp.Column():
            part = catalog.metrics.get(node.name)
            return part.measured_in if part else None
        case exp.Add() | exp.Sub():
            return _measure(catalog, node.this) or _measure(catalog, node.expression)
        case _:
            return None


def _index(catalog: Catalog, metric: Index) -> Iterator[Problem]:
    seen: set[str] = set()
    for nth, part in enumerate(metric.parts):
        at = ("parts", nth)
        if part.worst == part.best:
            yield Problem(
                "error", "bad-value", "`worst` and `best` are equal.", catalog.place(metric, *at, "best")
            )
        if part.metric in seen:
            yield Problem(
                "error", "counted-twice", f"{part.metric!r} is in the index already.",
                catalog.place(metric, *at, "metric"), "Give it one weight.",
            )  # fmt: skip
        seen.add(part.metric)
