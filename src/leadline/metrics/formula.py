"""A formula over other metrics, worked out with its slope in each of them: forward differentiation of a checked tree.

Only arithmetic that has a slope is offered; a division whose denominator cannot be told from zero has no interval.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.errors import QueryError

Name = str


@dataclass(frozen=True, slots=True)
class Slope:
    """A number and how much it moves when each part moves by one. `divisors` are what it was divided by."""

    value: float
    by: Mapping[Name, float] = field(default_factory=dict)
    divisors: tuple["Slope", ...] = ()


def evaluate(tree: exp.Expression, parts: Mapping[Name, Slope]) -> Slope:
    """Work out a formula; NaN where it has no value (a division by zero, a part without a value).

    Raises QueryError for syntax that formulas do not have.
    """
    match tree:
        case exp.Paren() | exp.Cast():
            return evaluate(tree.this, parts)
        case exp.Column():
            return parts[tree.name]
        case exp.Literal() if not tree.is_string:
            return Slope(float(tree.name))
        case exp.Null():
            return Slope(math.nan)
        case exp.Neg():
            one = evaluate(tree.this, parts)
            return _combined(one, Slope(0.0), -one.value, -1.0, 0.0)
    inner = [evaluate(e, parts) for e in _arguments(tree)]
    return _worked_out(tree, inner)


def _arguments(tree: exp.Expression) -> list[exp.Expression]:
    more = tree.args.get("expression")
    return [tree.this, *([more] if more is not None else tree.expressions)]


def _worked_out(tree: exp.Expression, inner: list[Slope]) -> Slope:
    match tree:
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div() | exp.Pow():
            return _binary(tree, inner[0], inner[1])
        case exp.Nullif():
            return Slope(math.nan) if inner[0].value == inner[1].value else inner[0]
        case exp.Coalesce():
            return next((one for one in inner if not math.isnan(one.value)), inner[-1])
        case exp.Greatest() | exp.Least():
            if any(math.isnan(one.value) for one in inner):
                return Slope(math.nan)
            choose: Callable[..., Slope] = max if isinstance(tree, exp.Greatest) else min
            return choose(inner, key=lambda one: one.value)
        case exp.Abs() | exp.Sqrt() | exp.Ln() | exp.Exp():
            return _unary(tree, inner[0])
        case _:
            raise QueryError(
                f"A formula over metrics has no {tree.key!r}.",
                code="formula-forbidden",
                hint="It has + - * / pow, abs, sqrt, ln, exp, nullif, coalesce, greatest and least.",
            )


def _binary(tree: exp.Expression, a: Slope, b: Slope) -> Slope:
    x, y = a.value, b.value
    match tree:
        case exp.Add():
            return _combined(a, b, x + y, 1.0, 1.0)
        case exp.Sub():
            return _combined(a, b, x - y, 1.0, -1.0)
        case exp.Mul():
            return _combined(a, b, x * y, y, x)
        case exp.Div():
            if y == 0 or math.isnan(y):
                return Slope(math.nan)
            whole = _combined(a, b, x / y, 1 / y, -x / y**2)
            return Slope(whole.value, whole.by, (*whole.divisors, b)) if b.by else whole
        case _:
            return _power(a, b)


def _power(a: Slope, b: Slope) -> Slope:
    x, y = a.value, b.value
    if x < 0 or (x == 0 and y < 0) or math.isnan(x) or math.isnan(y):
        return Slope(math.nan)
    try:
        value = x**y
    except OverflowError:
        return Slope(math.nan)
    base = y * x ** (y - 1) if x > 0 else (1.0 if y == 1 else 0.0)
    return _combined(a, b, value, base, value * math.log(x) if x > 0 else 0.0)


def _unary(tree: exp.Expression, a: Slope) -> Slope:
    x = a.value
    if math.isnan(x):
        return Slope(math.nan)
    try:
        match tree:
            case exp.Abs():
                return _combined(a, Slope(0.0), abs(x), math.copysign(1.0, x), 0.0)
            case exp.Sqrt():
                root = math.sqrt(x)
                return _combined(a, Slope(0.0), root, 0.5 / root if root else 0.0, 0.0)
            case exp.Ln():
                return _combined(a, Slope(0.0), math.log(x), 1 / x, 0.0)
            case _:
                return _combined(a, Slope(0.0), math.exp(x), math.exp(x), 0.0)
    except (ValueError, OverflowError):
        return Slope(math.nan)


def _combined(a: Slope, b: Slope, value: float, da: float, db: float) -> Slope:
    by = {name: da * slope for name, slope in a.by.items()}
    for name, slope in b.by.items():
        by[name] = by.get(name, 0.0) + db * slope
    return Slope(value, by, (*a.divisors, *b.divisors))
