"""The trend: a line with its interval band, the goal as a stepped line, the red flag dashed, provisional points hollow.

Drawn twice, wide and narrow, and the style sheet shows one: text keeps its size on a phone, without a script.
"""

from dataclasses import dataclass
from itertools import groupby, pairwise

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear, axis
from leadline.app.web.charts.specs import TrendPoint, TrendSpec
from leadline.app.web.charts.svg import path, stepped, tag
from leadline.metrics.observation import FIRM

_CHARACTER = 6.6


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and how much of it the axes take."""

    name: str
    width: float
    height: float
    ticks: int
    labels: int
    """How many period labels fit."""
    right: float


WIDE = Frame("wide", 900, 300, 5, 20, 92)
NARROW = Frame("narrow", 358, 230, 4, 6, 12)


@dataclass(frozen=True, slots=True)
class _Plot:
    spec: TrendSpec
    frame: Frame
    ticks: tuple[float, ...]
    y: Linear
    left: float

    @property
    def right(self) -> float:
        return self.frame.width - self.frame.right

    @property
    def bottom(self) -> float:
        return self.y.start

    @property
    def half(self) -> float:
        """Half the width that one period takes."""
        return (self.right - self.left) / max(len(self.spec.points), 1) / 2

    def x(self, index: int) -> float:
        return self.left + self.half * (2 * index + 1)


def draw(spec: TrendSpec, frame: Frame) -> Markup:
    """Give the drawing in one size."""
    plot = _plot(spec, frame)
    name = f"{spec.key}-{frame.name}"
    return tag(
        "svg",
        tag("title", spec.title, id=f"{name}-title"),
        tag("desc", spec.summary, id=f"{name}-desc"),
        tag(
            "g",
            _outages(plot),
            _grid(plot),
            _periods(plot),
            _versions(plot),
            _targets(plot),
            _band(plot),
            _line(plot),
            aria_hidden="true",
        ),
        _points(plot),
        class_=f"trend {frame.name}",
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="group",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def both(spec: TrendSpec) -> Markup:
    """Give the wide and the narrow drawing; the style sheet shows the one that fits."""
    return draw(spec, WIDE) + draw(spec, NARROW)


def leaves_out_zero(spec: TrendSpec) -> float | None:
    """Give the value the axis starts at when that is not zero, to be said beside the chart."""
    first = ticks(spec, WIDE)[0]
    return first if first > 0 else None


def ticks(spec: TrendSpec, frame: Frame) -> tuple[float, ...]:
    """Give the ticks of the axis; the same wherever the series is drawn."""
    levels = [level for p in spec.points for level in (p.value, p.former, p.goal, p.red_flag)]
    # the interval of a period that has only begun is wide: it is cut off rather than allowed to flatten the rest
    levels += [level for p in spec.points if p.certainty in FIRM for level in (p.low, p.high)]
    ceiling = 100.0 if spec.style.measured_in == "percent" else None
    return axis(
        [level for level in levels if level is not None],
        frame.ticks,
        from_zero=spec.from_zero,
        ceiling=ceiling,
    )


def _plot(spec: TrendSpec, frame: Frame) -> _Plot:
    at = ticks(spec, frame)
    step = at[1] - at[0]
    longest = max(len(spec.style.tick(t, step)) for t in at)
    y = Linear(at[0], at[-1], frame.height - 40, 12)
    return _Plot(spec, frame, at, y, 14 + longest * _CHARACTER)


def _grid(plot: _Plot) -> Markup:
    step = plot.ticks[1] - plot.ticks[0]
    drawn = []
    for tick in plot.ticks:
        y = plot.y(tick)
        base = tick == plot.ticks[0]
        drawn.append(tag("line", x1=plot.left, x2=plot.right, y1=y, y2=y, class_="base" if base else "grid"))
        text = plot.spec.style.tick(tick, step)
        drawn.append(tag("text", text, x=plot.left - 8, y=y + 4, text_anchor="end", class_="tick"))
    if plot.ticks[0] > 0:
        x, y = plot.left, plot.bottom
        zigzag = path([(x - 5, y + 7), (x - 1.5, y + 3), (x + 1.5, y + 10), (x + 5, y + 6)])
        drawn.append(tag("path", d=zigzag, class_="break"))
    return Markup().join(drawn)


def _periods(plot: _Plot) -> Markup:
    points = plot.spec.points
    every = -(-len(points) // plot.frame.labels)
    last = len(points) - 1
    drawn, group = [], ""
    for index, point in enumerate(points):
        shown = (last - index) % every == 0
        x = plot.x(index)
        if shown:
            weight = "tick here" if point.here else "tick"
            drawn.append(
                tag("text", point.short, x=x, y=plot.bottom + 17, text_anchor="middle", class_=weight)
            )
        if shown and point.group != group:
            group = point.group
            drawn.append(
                tag("text", group, x=x, y=plot.bottom + 32, text_anchor="middle", class_="tick year")
            )
    return Markup().join(drawn)


def _versions(plot: _Plot) -> Markup:
    """Where a version takes effect: an upright at the beginning of its first period, with its number."""
    drawn = []
    for mark in plot.spec.marks:
        if mark.kind != "version":
            continue
        edge = plot.x(mark.first) - plot.half
        near = edge > plot.right - 60
        drawn.append(tag("line", x1=edge, x2=edge, y1=12, y2=plot.bottom, class_="change"))
        drawn.append(
            tag("text", mark.text, x=edge + (-4 if near else 4), y=22, class_="tick note",
                text_anchor="end" if near else "start")
        )  # fmt: skip
    return Markup().join(drawn)


def _outages(plot: _Plot) -> Markup:
    """Behind the periods of an outage: a shade, with a word where there is room."""
    drawn = []
    for mark in plot.spec.marks:
        if mark.kind != "outage":
            continue
        left, right = plot.x(mark.first) - plot.half, plot.x(mark.last) + plot.half
        drawn.append(tag("rect", x=left, y=12, width=right - left, height=plot.bottom - 12, class_="outage"))
        middle = min(max((left + right) / 2, plot.left + 30), plot.right - 30)
        drawn.append(
            tag("text", mark.text, x=middle, y=plot.bottom - 6, text_anchor="middle", class_="tick note")
        )
    return Markup().join(drawn)


def _former(plot: _Plot, x: float, point: TrendPoint) -> Markup:
    """What a restated figure was when it was first final: a ring, joined to what it is now."""
    if point.former is None or point.value is None:
        return Markup()
    y = plot.y(point.former)
    return tag("line", x1=x, x2=x, y1=y, y2=plot.y(point.value), class_="was") + tag(
        "circle", cx=x, cy=y, r=2.6, class_="was"
    )


def _targets(plot: _Plot) -> Markup:
    drawn: list[Markup] = []
    goals, flags = [p.goal for p in plot.spec.points], [p.red_flag for p in plot.spec.points]
    ends = {"goal": (goals, plot.spec.goal_word), "flag": (flags, plot.spec.red_flag_word)}
    heights = _label_heights(plot, {name: levels for name, (levels, _) in ends.items()})
    for name, (levels, word) in ends.items():
        steps = [
            (plot.x(i) - plot.half, plot.x(i) + plot.half, plot.y(level))
            for i, level in enumerate(levels)
            if level is not None
        ]
        if not steps:
            continue
        drawn.append(tag("path", d=stepped(steps), class_=name))
        if plot.frame.right > 40:
            drawn.append(tag("text", word, x=plot.right + 6, y=heights[name] + 4, class_=f"label {name}"))
        else:
            above = heights[name] == min(heights.values()) or steps[-1][2] > plot.bottom - 16
            y = steps[-1][2] + (-5 if above else 13)
            drawn.append(tag("text", word, x=plot.right, y=y, text_anchor="end", class_=f"label {name}"))
    return Markup().join(drawn)


def _label_heights(plot: _Plot, levels: dict[str, list[float | None]]) -> dict[str, float]:
    """Where the words of goal and red flag stand: at their lines' ends, at least one text line apart."""
    ends = {name: [v for v in row if v is not None] for name, row in levels.items()}
    heights = {name: plot.y(row[-1]) for name, row in ends.items() if row}
    if len(heights) == 2 and abs(heights["goal"] - heights["flag"]) < 14:
        middle = (heights["goal"] + heights["flag"]) / 2
        above = "goal" if heights["goal"] <= heights["flag"] else "flag"
        heights = {name: middle - 7 if name == above else middle + 7 for name in heights}
    return heights


def _runs(plot: _Plot) -> list[list[tuple[int, TrendPoint]]]:
    """Stretches of consecutive periods that have a value."""
    runs: list[list[tuple[int, TrendPoint]]] = [[]]
    for index, point in enumerate(plot.spec.points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((index, point))
    return [run for run in runs if run]


def _band(plot: _Plot) -> Markup:
    drawn = []
    for run in _runs(plot):
        held = [(plot.x(i), p.low, p.high) for i, p in run if p.low is not None and p.high is not None]
        if len(held) > 1:
            upper = [(x, plot.y.kept(high)) for x, _, high in held]
            lower = [(x, plot.y.kept(low)) for x, low, _ in reversed(held)]
            drawn.append(tag("path", d=path(upper + lower) + "Z", class_="band"))
        for x, low, high in held:
            ends = {"y1": plot.y.kept(low), "y2": plot.y.kept(high)}
            drawn.append(tag("line", x1=x, x2=x, class_="whisker", **ends))
    return Markup().join(drawn)


def _line(plot: _Plot) -> Markup:
    drawn = []
    for run in _runs(plot):
        spots = [(plot.x(i), plot.y(p.value), p.certainty) for i, p in run if p.value is not None]
        for settled, stretch in groupby(spots, key=lambda spot: spot[2] in FIRM):
            firm = [(x, y) for x, y, _ in stretch]
            if settled and len(firm) > 1:
                drawn.append(tag("path", d=path(firm), class_="line"))
        for (x1, y1, before), (x2, y2, certainty) in pairwise(spots):
            if not {before, certainty} <= FIRM:
                drawn.append(tag("path", d=path([(x1, y1), (x2, y2)]), class_="line unsettled"))
    return Markup().join(drawn)


def _points(plot: _Plot) -> Markup:
    drawn = []
    for index, point in enumerate(plot.spec.points):
        x = plot.x(index)
        if point.value is None:
            shape = _gap(point, x, plot.bottom - 10)
        else:
            y = plot.y(point.value)
            hollow = " hollow" if point.certainty in {"provisional", "suspended"} else ""
            here = f" here {point.tone}" if point.here else ""
            shape = tag("circle", cx=x, cy=y, r=5 if point.here else 3, class_=f"point{hollow}{here}")
        drawn.append(_former(plot, x, point))
        reach = tag(
            "rect", x=x - plot.half, y=8, width=plot.half * 2, height=plot.bottom - 8, class_="reach", rx=2
        )
        drawn.append(
            tag("a", reach, shape, href=point.href, aria_label=point.spoken, data_readout=point.spoken)
        )
    return Markup().join(drawn)


def _gap(point: TrendPoint, x: float, y: float) -> Markup:
    """A period without a value: the shape of its status, standing on the axis."""
    if point.certainty == "suppressed":
        return tag("rect", x=x - 3.5, y=y - 3.5, width=7, height=7, rx=1, class_="gap")
    return tag("path", d=path([(x - 3.5, y), (x + 3.5, y)]), class_="gap")
