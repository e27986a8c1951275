"""What native charts are made of, the same for slides and workbooks: their lines, axis and names of periods."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leadline.app.web.charts.specs import TrendSpec
from leadline.app.web.charts.trend import WIDE, ticks
from leadline.app.web.texts import say

INK, INK_2, LINE = "17191D", "50555F", "E4E4DF"
TONES = {
    "good": "177245",
    "risk": "8F5B00",
    "bad": "C02A20",
    "unknown": "50555F",
    "quiet": "50555F",
    "beyond": "2450B5",
}
ACCENT, SOFT = "2450B5", "A9BCE6"
_SETTLED = {"final", "restated"}
_SCALES = {"m": ",,", "bn": ",,,"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart. `beside`: it is drawn beside the figure itself, thinner and without points."""

    name: str
    values: tuple[float | None, ...]
    colour: str
    beside: bool
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The page's axis: its ends, the distance of its ticks, and how Office programs write them."""

    low: float
    high: float
    step: float
    form: str


def lines(spec: TrendSpec) -> Iterator[Line]:
    """Give a chart's lines: the figure first, then its interval's ends, the goal, the red flag."""
    points = spec.points
    yield Line(say("chart.value"), tuple(p.value for p in points), ACCENT, beside=False)
    if any(p.low is not None for p in points):
        yield Line(say("pack.low"), tuple(p.low for p in points), SOFT, beside=True)
        yield Line(say("pack.high"), tuple(p.high for p in points), SOFT, beside=True)
    if any(p.goal is not None for p in points):
        yield Line(say("tree.goal"), tuple(p.goal for p in points), INK, beside=True)
    if any(p.red_flag is not None for p in points):
        yield Line(
            say("pack.flag"), tuple(p.red_flag for p in points), TONES["bad"], beside=True, dashed=True
        )


def axis(spec: TrendSpec) -> Axis:
    """Give the axis that the page draws."""
    at = ticks(spec, WIDE)
    step = at[1] - at[0]
    text = spec.style.tick(at[-1], step)
    decimals = re.search(r"\.\d+", text)
    letter = re.search(r"[a-z]+", text)
    scale = _SCALES.get(letter.group(), "") if letter else ""
    behind = f"{letter.group() if letter else ''}{'%' if text.endswith('%') else ''}"
    digits = f".{'0' * (len(decimals.group()) - 1)}" if decimals else ""
    return Axis(at[0], at[-1], step, f"#,##0{digits}{scale}" + (f'"{behind}"' if behind else ""))


def runs(spec: TrendSpec) -> list[tuple[str, list[str]]]:
    """Give the periods' names as the page has them: each group once for its run, with what stands under the marks."""
    found: list[tuple[str, list[str]]] = []
    for point in spec.points:
        if not found or found[-1][0] != point.group:
            found.append((point.group, []))
        found[-1][1].append(point.short)
    return found


def unsettled(spec: TrendSpec) -> list[int]:
    """Give the places of points that may still move: they are drawn hollow."""
    return [n for n, p in enumerate(spec.points) if p.value is not None and p.certainty not in _SETTLED]


def toned(spec: TrendSpec) -> tuple[int, str] | None:
    """Give the place of the period in focus and the colour of its status."""
    here = next((n for n, p in enumerate(spec.points) if p.here and p.value is not None), None)
    return None if here is None else (here, TONES[spec.points[here].tone])
