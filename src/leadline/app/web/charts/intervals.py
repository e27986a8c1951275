"""The dot-and-interval plot: slices or units on one scale, row by row inside a real table.

The rule: positions are percentages, so each row's drawing stretches with its column and all rows share one scale.
"""

from dataclasses import dataclass

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear, axis
from leadline.app.web.charts.specs import IntervalRow, IntervalSpec
from leadline.app.web.charts.svg import percent, tag

_MARGIN = 0.03


@dataclass(frozen=True, slots=True)
class IntervalScale:
    """The one scale of a plot."""

    ticks: tuple[float, ...]
    place: Linear


def scale(spec: IntervalSpec) -> IntervalScale:
    """Give the scale that holds every value, interval end, the whole and the goal."""
    levels = [level for row in spec.rows for level in (row.value, row.low, row.high)] + [
        spec.whole,
        spec.goal,
    ]
    ceiling = 100.0 if spec.style.measured_in == "percent" else None
    made = axis([level for level in levels if level is not None], 3, ceiling=ceiling)
    return IntervalScale(made, Linear(made[0], made[-1], _MARGIN, 1 - _MARGIN))


def row(spec: IntervalSpec, one: IntervalRow) -> Markup:
    """Give one row's drawing: hairlines of the scale, the whole and the goal, then the dot and its interval."""
    at = scale(spec)
    drawn = [_upright(at.place(tick), "grid") for tick in at.ticks]
    if spec.whole is not None:
        drawn.append(_upright(at.place(spec.whole), "whole"))
    if spec.goal is not None:
        drawn.append(_upright(at.place(spec.goal), "goal"))
    if one.low is not None and one.high is not None:
        ends = {"x1": percent(at.place(one.low)), "x2": percent(at.place(one.high))}
        drawn.append(tag("line", y1="50%", y2="50%", class_=f"whisker {one.tone}", **ends))
    if one.value is not None:
        hollow = " hollow" if one.certainty in {"provisional", "suspended"} else ""
        drawn.append(
            tag("circle", cx=percent(at.place(one.value)), cy="50%", r=4.5, class_=f"dot {one.tone}{hollow}")
        )
    return tag("svg", *drawn, class_="row-plot", height=24, aria_hidden="true")


def foot(spec: IntervalSpec) -> Markup:
    """Give the axis under the last row."""
    at = scale(spec)
    step = at.ticks[1] - at.ticks[0]
    drawn = [
        tag(
            "text",
            spec.style.tick(t, step),
            x=percent(at.place(t)),
            y=13,
            text_anchor=_anchor(at, t),
            class_="tick",
        )
        for t in (at.ticks if len(at.ticks) < 4 else at.ticks[::2])
    ]
    return tag("svg", *drawn, class_="row-plot axis", height=18, aria_hidden="true")


def _anchor(at: IntervalScale, tick: float) -> str:
    return "start" if tick == at.ticks[0] else "end" if tick == at.ticks[-1] else "middle"


def _upright(share: float, name: str) -> Markup:
    return tag("line", x1=percent(share), x2=percent(share), y1=0, y2="100%", class_=name)
