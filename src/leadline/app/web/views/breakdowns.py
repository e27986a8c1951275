"""Where a figure comes from: the parts of the organisation and the declared slices, as intervals on one scale.

The rule: a part is clearly apart from the whole when its interval does not reach the whole's value; totals are shown
as shares of the whole instead, for parts of a total are not comparable with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import Change, IntervalRow, IntervalSpec, Tone
from leadline.app.web.numbers import NumberStyle, share, short
from leadline.app.web.texts import say
from leadline.app.web.views.trends import Aim
from leadline.app.web.wording import figures
from leadline.catalog.definitions import Count, Metric, Sum
from leadline.metrics.observation import Observation

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, the address of the metric's page for it, and its figure."""

    label: str
    href: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class Whole:
    """What parts are held against."""

    metric: Metric
    observation: Observation
    higher: bool | None
    aim: Aim | None

    @property
    def additive(self) -> bool:
        """Tell whether parts add up to the whole."""
        return isinstance(self.metric, Count | Sum)


def breakdown(whole: Whole, key: str, label: str, parts: Sequence[Part]) -> IntervalSpec | None:
    """Compare parts with the whole; None when there are fewer than two, or the whole has no value."""
    if whole.observation.value is None or len(parts) < 2:
        return None
    written = figures.style(whole.metric)
    shown = sorted(parts, key=lambda part: -(part.observation.n or 0))[:SHOWN]
    shown.sort(key=lambda part: _worst_first(whole, part.observation))
    rows = tuple(_row(whole, written, part) for part in shown)
    title = say("breakdown.by", label=label)
    if len(parts) > SHOWN:
        title = say("breakdown.some", title=title, shown=SHOWN, count=len(parts))
    goal = whole.aim.rule.goal if whole.aim and not whole.additive else None
    value = written.value(whole.observation.value)
    return IntervalSpec(
        key=key,
        title=title,
        message=_message(whole, shown, rows),
        label=label.capitalize(),
        rows=rows,
        style=written,
        whole=None if whole.additive else whole.observation.value,
        whole_word="" if whole.additive else say("breakdown.whole", value=value),
        goal=goal,
        goal_word=say("breakdown.goal", value=written.round_value(goal)) if goal is not None else "",
    )


def slice_href(metric: str, period: str, unit: str | None, slice_: str) -> str:
    """Give the address of a metric's page for one slice."""
    return to.metric(metric, period=period, unit=unit, slice=slice_)


def _worst_first(whole: Whole, one: Observation) -> tuple[bool, float]:
    """Order parts: the worst first, or the largest where neither way is good; those without a value last."""
    if one.value is None:
        return True, 0.0
    return False, one.value if whole.higher and not whole.additive else -one.value


def _row(whole: Whole, written: NumberStyle, part: Part) -> IntervalRow:
    one = part.observation
    hidden = one.value is None
    return IntervalRow(
        label=part.label,
        href=part.href,
        figure_href=figures.href(one),
        value=one.value,
        low=one.low,
        high=one.high,
        text=say(f"status.{one.status}") if hidden else written.brief(one.value or 0.0),
        interval=figures.spoken(written, one),
        n=short(one.n),
        certainty=one.status,
        against=None if whole.additive or hidden else _against(whole, written, one),
        portion=share(one.value or 0.0, whole.observation.value or 0.0)
        if whole.additive and not hidden
        else "",
    )


def _against(whole: Whole, written: NumberStyle, one: Observation) -> Change:
    value, level = one.value or 0.0, whole.observation.value or 0.0
    gap = value - level
    apart = one.low is not None and one.high is not None and not one.low <= level <= one.high
    tone: Tone = "quiet"
    if not apart:
        word = say("change.unclear")
    elif whole.higher is None:
        word = say("breakdown.above" if gap > 0 else "breakdown.below")
    else:
        good = (gap > 0) == whole.higher
        word, tone = (say("change.better"), "good") if good else (say("change.worse"), "bad")
    said = say(
        "change.above" if gap > 0 else "change.below",
        size=written.difference(gap),
        against=say("breakdown.all"),
    )
    arrow: Literal["up", "down", ""] = "up" if gap > 0 else "down" if gap < 0 else ""
    return Change(say("breakdown.all"), arrow, written.size(gap), word, f"{said}: {word}", apart, tone)


def _message(whole: Whole, parts: Sequence[Part], rows: Sequence[IntervalRow]) -> str:
    """Say in a sentence what stands out."""
    if whole.additive:
        largest = max(rows, key=lambda row: row.value or 0.0)
        return say("breakdown.largest", label=largest.label, share=largest.portion)
    clear = [(part, row) for part, row in zip(parts, rows, strict=True) if row.against and row.against.clear]
    if not clear:
        return say("breakdown.even")
    level = whole.observation.value or 0.0
    worse = [pair for pair in clear if pair[1].against and pair[1].against.tone == "bad"] or clear
    part, row = max(worse, key=lambda pair: abs((pair[0].observation.value or 0.0) - level))
    gap = (part.observation.value or 0.0) - level
    size = figures.style(whole.metric).difference(gap)
    return say("breakdown.lower" if gap < 0 else "breakdown.higher", label=row.label, size=size)
