"""Word-sized drawings: sparkline, bullet, bar. Their summaries are their accessible names.

Positions are percentages of the width where marks must keep their shape while the drawing stretches.
"""

from functools import cache

from markupsafe import Markup

from leadline.app.web.charts.scale import Linear
from leadline.app.web.charts.specs import BarSpec, BulletSpec, SparkSpec
from leadline.app.web.charts.svg import path, percent, tag

SPARK = (72.0, 20.0)
RED_FLAG, GOAL, BEST = 10 / 3, 20 / 3, 10.0
BANDS = (("low", 0, RED_FLAG), ("mid", RED_FLAG, GOAL), ("top", GOAL, BEST))


def spark(spec: SparkSpec) -> Markup:
    """Give a sparkline: the series, its goal as a hairline, its last value as a dot."""
    width, height = SPARK
    known = [v for v in (*spec.values, spec.goal) if v is not None]
    y = Linear(min(known, default=0), max(known, default=1), height - 4, 4)
    step = (width - 8) / max(len(spec.values) - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(spec.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((4 + index * step, y(value)))
    drawn = []
    if spec.goal is not None:
        drawn.append(tag("line", x1=0, x2=width, y1=y(spec.goal), y2=y(spec.goal), class_="goal"))
    drawn += [tag("path", d=path(run), class_="line") for run in runs if len(run) > 1]
    if runs[-1]:
        x, at = runs[-1][-1]
        hollow = " hollow" if spec.provisional_last else ""
        drawn.append(tag("circle", cx=x, cy=at, r=2.8, class_=f"dot {spec.tone}{hollow}"))
    return tag(
        "svg", *drawn, class_="spark", width=width, height=height, viewBox=f"0 0 {width:g} {height:g}",
        role="img", aria_label=spec.summary,
    )  # fmt: skip


def bullet(spec: BulletSpec) -> Markup:
    """Give a bullet graph on the score scale: bands, the goal as a tick, the measure as a dot with its interval."""
    drawn = [_ground()]
    if spec.low is not None and spec.high is not None:
        ends = {"x1": percent(spec.low / BEST), "x2": percent(spec.high / BEST)}
        drawn.append(tag("line", y1=10, y2=10, class_=f"whisker {spec.tone}", **ends))
    if spec.score is not None:
        hollow = " hollow" if spec.hollow else ""
        drawn.append(
            tag("circle", cx=percent(spec.score / BEST), cy=10, r=4, class_=f"dot {spec.tone}{hollow}")
        )
    return tag("svg", *drawn, class_="bullet", height=20, role="img", aria_label=spec.summary)


@cache
def _ground() -> Markup:
    """Give what all bullet graphs stand on: the bands, and the goal as a tick."""
    bands = [
        tag(
            "rect",
            x=percent(start / BEST),
            width=percent((stop - start) / BEST),
            y=4,
            height=12,
            class_=f"band {name}",
        )
        for name, start, stop in BANDS
    ]
    at = percent(GOAL / BEST)
    return Markup().join([*bands, tag("line", x1=at, x2=at, y1=2, y2=18, class_="goal")])


def bar(spec: BarSpec) -> Markup:
    """Give a bar from zero; a part that is not nothing shows at least a hair."""
    share = spec.part / spec.whole if spec.whole else 0.0
    filled = max(share, 0.004) if spec.part > 0 else 0.0
    return tag(
        "svg",
        tag("rect", x=0, y=3, width="100%", height=8, class_="rest"),
        tag("rect", x=0, y=3, width=percent(filled), height=8, class_=f"part {spec.tone}"),
        class_="share", height=14, role="img", aria_label=spec.summary,
    )  # fmt: skip
