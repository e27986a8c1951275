"""Small multiples: one series after another on one scale, each with its interval band and the goal as a hairline."""

from dataclasses import dataclass

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear
from leadline.app.web.charts.specs import Tone
from leadline.app.web.charts.svg import path, tag

SIZE = (176.0, 56.0)


@dataclass(frozen=True, slots=True)
class Multiple:
    """One small series, oldest first (None: a gap), with both ends; `low` and `high` bound the scale that all share.

    `summary` says it in a sentence; `value` is what is written beside the name.
    """

    label: str
    href: str
    value: str
    values: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    low: float
    high: float
    summary: str
    goal: float | None = None
    hollow: bool = False
    tone: Tone = "quiet"


def draw(one: Multiple) -> Markup:
    """Give one small series."""
    width, height = SIZE
    y = Linear(one.low, one.high, height - 4, 4)
    step = (width - 8) / max(len(one.values) - 1, 1)
    drawn = []
    if one.goal is not None:
        drawn.append(tag("line", x1=0, x2=width, y1=y.kept(one.goal), y2=y.kept(one.goal), class_="goal"))
    for run in _runs(one):
        top = [(4 + i * step, y.kept(one.highs[i] or 0.0)) for i in run]
        bottom = [(4 + i * step, y.kept(one.lows[i] or 0.0)) for i in reversed(run)]
        if len(run) > 1:
            drawn.append(tag("path", d=path([*top, *bottom]) + "Z", class_="band"))
    line: list[tuple[float, float]] = []
    last: tuple[float, float] | None = None
    for i, value in enumerate((*one.values, None)):
        if value is not None:
            last = (4 + i * step, y(value))
            line.append(last)
        elif line:
            drawn.append(tag("path", d=path(line), class_="line"))
            line = []
    if last is not None and one.values[-1] is not None:
        hollow = " hollow" if one.hollow else ""
        drawn.append(tag("circle", cx=last[0], cy=last[1], r=3, class_=f"dot {one.tone}{hollow}"))
    return tag(
        "svg", *drawn, class_="multiple", width=width, height=height, viewBox=f"0 0 {width:g} {height:g}",
        role="img", aria_label=one.summary,
    )  # fmt: skip


def _runs(one: Multiple) -> list[list[int]]:
    """Give the stretches of periods that have both ends."""
    runs: list[list[int]] = [[]]
    for i in range(len(one.values)):
        if one.lows[i] is None or one.highs[i] is None or one.values[i] is None:
            runs.append([])
        else:
            runs[-1].append(i)
    return [run for run in runs if run]
