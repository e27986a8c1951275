"""The bridge: the steps from one figure to another, row by row inside a real table, on one scale.

The rule: changes are bars between two levels, figures are points; so the axis may leave out zero, and a bar's length is
its change. Positions are percentages, so each row stretches with its column.
"""

from dataclasses import dataclass

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear, axis
from leadline.app.web.charts.specs import BridgeSpec, BridgeStep
from leadline.app.web.charts.svg import percent, tag

_MARGIN = 0.04
_THIN = 0.004
"""A change that is not nothing shows at least a hair."""


@dataclass(frozen=True, slots=True)
class BridgeScale:
    """The one scale of a bridge."""

    ticks: tuple[float, ...]
    place: Linear


def scale(spec: BridgeSpec) -> BridgeScale:
    """Give the scale that holds every level."""
    levels = [level for step in spec.steps for level in (step.start, step.end) if level is not None]
    made = axis(levels, 3, ceiling=100.0 if spec.style.measured_in == "percent" else None)
    return BridgeScale(made, Linear(made[0], made[-1], _MARGIN, 1 - _MARGIN))


def row(spec: BridgeSpec, nth: int) -> Markup:
    """Give one row's drawing: hairlines of the scale, what joins it to its neighbours, its point or its bar."""
    at, step = scale(spec), spec.steps[nth]
    drawn = [
        tag("line", x1=x, x2=x, y1=0, y2="100%", class_="grid") for x in map(percent, map(at.place, at.ticks))
    ]
    first, last = nth == 0, nth == len(spec.steps) - 1
    before, after = at.place(step.end if step.start is None else step.start), at.place(step.end)
    if not first:
        drawn.append(_upright(before, "0", "50%"))
    if not last:
        drawn.append(_upright(after, "50%", "100%"))
    drawn.append(_point(after) if step.start is None else _bar(step, before, after))
    return tag("svg", *drawn, class_="row-plot bridge", height=38, aria_hidden="true")


def foot(spec: BridgeSpec) -> Markup:
    """Give the axis under the last row."""
    at = scale(spec)
    step = at.ticks[1] - at.ticks[0]
    ends = {at.ticks[0]: "start", at.ticks[-1]: "end"}
    drawn = [
        tag("text", spec.style.tick(t, step), x=percent(at.place(t)), y=13, text_anchor=ends.get(t, "middle"),
            class_="tick")
        for t in (at.ticks if len(at.ticks) < 4 else at.ticks[::2])
    ]  # fmt: skip
    return tag("svg", *drawn, class_="row-plot axis", height=18, aria_hidden="true")


def _upright(share: float, top: str, bottom: str) -> Markup:
    return tag("line", x1=percent(share), x2=percent(share), y1=top, y2=bottom, class_="join")


def _point(share: float) -> Markup:
    return tag("circle", cx=percent(share), cy="50%", r=4.5, class_="dot quiet")


def _bar(step: BridgeStep, before: float, after: float) -> Markup:
    rises = step.start is not None and step.end > step.start
    left, width = min(before, after), max(abs(after - before), _THIN if step.end != step.start else 0.0)
    return tag(
        "rect",
        x=percent(left),
        width=percent(width),
        y="28%",
        height="44%",
        class_="rises" if rises else "falls",
    )
