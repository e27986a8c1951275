"""Two metrics against each other: a point for each period and unit, both ranges, and the frontier that none beats.

Drawn twice, wide and narrow, as the trend is. Points that matter carry a label; every point is a link with its words.
"""

from dataclasses import dataclass

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear, axis
from leadline.app.web.charts.specs import Tone
from leadline.app.web.charts.svg import path, tag
from leadline.app.web.numbers import NumberStyle

_CHARACTER = 6.6


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """One standing: its values, the ends of both intervals, its words, and whether it is of the latest period."""

    x: float
    y: float
    ends: tuple[float, float, float, float]
    """Of x, low and high; of y, low and high."""
    label: str
    spoken: str
    href: str
    now: bool
    tone: Tone


@dataclass(frozen=True, slots=True)
class ScatterSpec:
    """Two axes with their styles and ranges; `frontier` are the points that none beats, in order of x."""

    key: str
    title: str
    summary: str
    points: tuple[ScatterPoint, ...]
    frontier: tuple[tuple[float, float], ...]
    axes: tuple[str, str]
    styles: tuple[NumberStyle, NumberStyle]
    ranges: tuple[tuple[float | None, float | None], tuple[float | None, float | None]]
    trails: tuple[tuple[tuple[float, float], ...], ...] = ()
    """The way of each unit, from its oldest point to its newest."""


@dataclass(frozen=True, slots=True)
class _Frame:
    name: str
    width: float
    height: float
    ticks: int


WIDE, NARROW = _Frame("wide", 900, 400, 6), _Frame("narrow", 358, 320, 4)


@dataclass(frozen=True, slots=True)
class _Plot:
    spec: ScatterSpec
    frame: _Frame
    ticks: tuple[tuple[float, ...], tuple[float, ...]]
    x: Linear
    y: Linear


def both(spec: ScatterSpec) -> Markup:
    """Give the wide and the narrow drawing; the style sheet shows the one that fits."""
    return draw(spec, WIDE) + draw(spec, NARROW)


def draw(spec: ScatterSpec, frame: _Frame) -> Markup:
    """Give the drawing in one size."""
    plot = _plot(spec, frame)
    name = f"{spec.key}-{frame.name}"
    return tag(
        "svg",
        tag("title", spec.title, id=f"{name}-title"),
        tag("desc", spec.summary, id=f"{name}-desc"),
        tag("g", _within(plot), _grid(plot), *_trails(plot), _frontier(plot), aria_hidden="true"),
        tag("g", *(_point(plot, one) for one in sorted(spec.points, key=lambda p: p.now))),
        class_=f"trend scatter {frame.name}",
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="group",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def _plot(spec: ScatterSpec, frame: _Frame) -> _Plot:
    levels: list[list[float]] = [[], []]
    for one in spec.points:
        levels[0] += [one.x, *one.ends[:2]]
        levels[1] += [one.y, *one.ends[2:]]
    for i in range(2):
        levels[i] += [corner[i] for corner in spec.frontier]
    made = [
        axis(
            levels[i] + [bound for bound in spec.ranges[i] if bound is not None],
            frame.ticks,
            ceiling=100.0 if spec.styles[i].measured_in == "percent" else None,
        )
        for i in range(2)
    ]
    across, up = made
    longest = max(len(spec.styles[1].tick(t, up[1] - up[0])) for t in up)
    left = 14 + longest * _CHARACTER
    x = Linear(across[0], across[-1], left, frame.width - 14)
    y = Linear(up[0], up[-1], frame.height - 44, 26)
    return _Plot(spec, frame, (across, up), x, y)


def _within(plot: _Plot) -> Markup:
    """Shade where both sides are in range."""
    (low, high), (least, most) = plot.spec.ranges
    left = plot.x.start if low is None else plot.x.kept(low)
    right = plot.x.stop if high is None else plot.x.kept(high)
    bottom = plot.y.start if least is None else plot.y.kept(least)
    top = plot.y.stop if most is None else plot.y.kept(most)
    return tag("rect", x=left, y=top, width=max(right - left, 0), height=max(bottom - top, 0), class_="band")


def _grid(plot: _Plot) -> Markup:
    drawn = []
    across, up = plot.ticks
    style = plot.spec.styles
    for value in up:
        at = plot.y(value)
        drawn.append(tag("line", x1=plot.x.start, x2=plot.x.stop, y1=at, y2=at, class_="grid"))
        words = style[1].tick(value, up[1] - up[0])
        drawn.append(tag("text", words, x=plot.x.start - 8, y=at + 4, text_anchor="end", class_="tick"))
    for nth, value in enumerate(across):
        at = plot.x(value)
        drawn.append(tag("line", x1=at, x2=at, y1=plot.y.stop, y2=plot.y.start, class_="grid"))
        words = style[0].tick(value, across[1] - across[0])
        anchor = "start" if nth == 0 else "end" if nth == len(across) - 1 else "middle"
        drawn.append(tag("text", words, x=at, y=plot.y.start + 16, text_anchor=anchor, class_="tick"))
    drawn.append(tag("text", plot.spec.axes[1], x=2, y=14, class_="tick here"))
    drawn.append(
        tag(
            "text",
            plot.spec.axes[0],
            x=plot.x.stop,
            y=plot.frame.height - 6,
            text_anchor="end",
            class_="tick here",
        )
    )
    return tag("g", *drawn)


def _trails(plot: _Plot) -> list[Markup]:
    ways = [[(plot.x(x), plot.y(y)) for x, y in trail] for trail in plot.spec.trails if len(trail) > 1]
    return [tag("path", d=path(way), class_="trail") for way in ways]


def _frontier(plot: _Plot) -> Markup:
    points = [(plot.x(x), plot.y(y)) for x, y in plot.spec.frontier]
    return tag("path", d=path(points), class_="goal frontier") if len(points) > 1 else tag("g")


def _point(plot: _Plot, one: ScatterPoint) -> Markup:
    x, y = plot.x(one.x), plot.y(one.y)
    low, high, least, most = one.ends
    drawn = [
        tag("title", one.spoken),
        tag("rect", x=x - 12, y=y - 12, width=24, height=24, class_="reach"),
    ]
    if one.now:
        drawn.append(tag("line", x1=plot.x(low), x2=plot.x(high), y1=y, y2=y, class_=f"whisker {one.tone}"))
        drawn.append(tag("line", x1=x, x2=x, y1=plot.y(least), y2=plot.y(most), class_=f"whisker {one.tone}"))
    drawn.append(
        tag("circle", cx=x, cy=y, r=5.5 if one.now else 3, class_=f"dot {one.tone if one.now else 'quiet'}")
    )
    if one.now:
        end = x > (plot.x.start + plot.x.stop) / 2
        drawn.append(
            tag("text", one.label, x=x - 9 if end else x + 9, y=y - 8, text_anchor="end" if end else "start",
                class_="label")
        )  # fmt: skip
    return tag("a", *drawn, href=one.href, aria_label=one.spoken)
