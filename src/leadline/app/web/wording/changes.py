"""A figure against an earlier one, in words. Whether a change is clear is what the refresh found, tested all together.

The rule: `clear` says that a finding of this generation stands behind it; `untested` that none could. Totals are
compared by their daily mean, for months differ in length.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from leadline.app.web import dates
from leadline.app.web.charts.specs import Change, Tone
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.texts import say
from leadline.catalog.definitions import Count, Metric, Quantile, Sum
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.periods import Period
from leadline.store.entries import Finding

Kind = Literal["changed_from_previous", "changed_from_last_year"]
About = tuple[str, str, str, str | None, str, str]
"""Metric, grain, period, unit, slice, kind: what a finding of a change is about."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What is known of changes in one generation: the findings by what they are about, and what was tested.

    `tested` holds the grains at which each metric's changes were looked for; `covered` the first and the last day with
    rows of each metric that has any: only periods wholly inside were compared.
    """

    findings: Mapping[About, Finding]
    tested: Mapping[str, frozenset[str]]
    covered: Mapping[str, tuple[date, date]]

    def finding(self, one: Observation, kind: Kind) -> Finding | None:
        """Give the finding that a figure changed, if there is one."""
        return self.findings.get((one.metric, one.grain, one.period, one.unit, one.slice, kind))

    def was_tested(self, metric: Metric, now: Observation, before: Observation) -> bool:
        """Tell whether the two were compared: final, at a grain that is watched, of a type that can be."""
        both_final = now.status in FIRM and before.status in FIRM
        first, last = self.covered.get(metric.name, (date.max, date.min))
        inside = first <= before.start and now.end <= last + timedelta(days=1)
        watched = now.grain in self.tested.get(metric.name, ())
        return both_final and inside and watched and not isinstance(metric, Quantile)


def change(
    judge: Judge,
    metric: Metric,
    now: Observation | None,
    before: Observation | None,
    *,
    kind: Kind,
    higher: bool | None,
) -> Change | None:
    """Compare two figures of one metric; None where either has no value. `higher` says which way is good."""
    if now is None or before is None or now.value is None or before.value is None:
        return None
    found = judge.finding(now, kind)
    written = NumberStyle(metric.measured_in, metric.decimals)
    amount, size, said = _size(metric, written, now, before)
    against = dates.period(dates.period_of(before))
    if found is None:
        word = say("change.unclear" if judge.was_tested(metric, now, before) else "change.untested")
        tone: Tone = "quiet"
    else:
        word, tone = _judged(amount, higher=higher)
    moved = say("change.above" if amount > 0 else "change.below", size=said, against=against)
    sentence = (
        say("change.sentence", moved=moved, word=word) if amount else say("change.equal", against=against)
    )
    arrow: Literal["up", "down", ""] = "up" if amount > 0 else "down" if amount < 0 else ""
    return Change(against, arrow, size, word, sentence, found is not None, tone)


def column(one: Period, beside: Period) -> str:
    """Give the heading of a column of changes."""
    return say("change.versus", period=dates.brief(one, beside))


def _judged(amount: float, *, higher: bool | None) -> tuple[str, Tone]:
    if higher is None:
        return say("change.rose" if amount > 0 else "change.fell"), "quiet"
    return (say("change.better"), "good") if (amount > 0) == higher else (say("change.worse"), "bad")


def _size(
    metric: Metric, written: NumberStyle, now: Observation, before: Observation
) -> tuple[float, str, str]:
    """Give how far a figure moved, in few signs and in words."""
    new, old = now.value or 0.0, before.value or 0.0
    if isinstance(metric, Count | Sum):
        daily, earlier = new / (now.end - now.start).days, old / (before.end - before.start).days
        if earlier > 0:
            ratio = (daily / earlier - 1) * 100
            text = f"{abs(ratio):,.{0 if abs(ratio) >= 100 else 1}f}%"
            return ratio, text, say("change.daily", size=text)
    return new - old, written.size(new - old), written.difference(new - old)
