"""Findings in words. The one rule: a statement says the figure, the period, what it is held against, and how sure."""

import math

from leadline.catalog import Catalog
from leadline.catalog.definitions import Count, Grain, Metric, Sum
from leadline.catalog.definitions.calendar import MONTHS
from leadline.catalog.units_of_measure import MINUS, placed, prefix, suffix

_SPAN = {"hour": "hour", "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}


def about(catalog: Catalog, metric: Metric, unit: str | None, slice_: str) -> str:
    """Name a figure: the metric's label, the unit it is of, the slice it is of."""
    words = metric.label
    if unit is not None:
        words += f" in {catalog.units.label(unit)}"
    for part in filter(None, slice_.split(", ")):
        column, _, value = part.partition("=")
        name = column.rpartition(".")[2].replace("_", " ")
        words += f" without {name}" if value == "(none)" else f" for {name} {value}"
    return words


def period(grain: Grain, label: str) -> str:
    """Say a period's label: March 2026, P3 2026, week 10 of 2026, Q1 2026, 2026, 2026-03-05."""
    if grain == "month" and "-P" in label:
        year, _, month = label.partition("-P")
        return f"P{int(month)} {year}"
    if grain == "month":
        year, _, month = label.partition("-")
        return f"{MONTHS[int(month) - 1].capitalize()} {year}"
    if grain == "week":
        year, _, week = label.partition("-W")
        return f"week {int(week)} of {year}"
    if grain == "quarter":
        year, _, quarter = label.partition("-")
        return f"{quarter} {year}"
    return label


def decimals(metric: Metric, margin: float) -> int:
    """Give the decimals that show a margin with two digits, at most 6; never fewer than the metric asks for."""
    asked = metric.decimals if metric.decimals is not None else 0
    if not math.isfinite(margin) or margin <= 0:
        return max(asked, 1)
    return min(max(asked, 1 - math.floor(math.log10(margin))), 6)


def figure(metric: Metric, value: float, places: int) -> str:
    """Write a value with its unit of measure as pages do: 71.2%, 310 s, 31.2, €12.40."""
    return placed(f"{value:,.{places}f}".replace("-", MINUS), metric.measured_in)


def bare(value: float) -> str:
    """Write a number that a person chose, such as a target, without decimals it does not have."""
    return f"{value:,.10g}".replace("-", MINUS)


def daily(metric: Metric, value: float, places: int) -> str:
    """Write a compared value: a total is compared by its mean day, and says so."""
    words = figure(metric, value, places)
    return f"{words} a day" if isinstance(metric, Count | Sum) else words


def difference(metric: Metric, value: float, margin: float, places: int) -> str:
    """Write a difference with its margin: −7.7 ± 2.1 points. That of a total is one at equal weekdays, and says so."""
    sign = MINUS if value < 0 else "+"
    points = metric.measured_in in {"percent", "points"}
    unit = " points" if points else suffix(metric.measured_in)
    before = prefix(metric.measured_in)
    words = f"{sign}{before}{abs(value):,.{places}f} ± {before}{margin:,.{places}f}{unit}"
    return f"{words} at equal weekdays" if isinstance(metric, Count | Sum) else words


def in_a_row(grain: Grain, count: int) -> str:
    """Say for how long: empty for one period, else `, for the third month in a row`."""
    ordinals = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}
    if count < 2:
        return ""
    return f", for the {ordinals.get(count, f'{count}th')} {_SPAN[grain]} in a row"
