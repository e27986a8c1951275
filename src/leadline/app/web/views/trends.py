"""The series of a metric's page: its points, its targets, and a sentence that says what it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leadline.app.web import dates
from leadline.app.web.charts.specs import Change, TrendMark, TrendPoint, TrendSpec
from leadline.app.web.charts.trend import leaves_out_zero
from leadline.app.web.numbers import NumberStyle, whole
from leadline.app.web.texts import say
from leadline.app.web.wording import figures, marks, targets
from leadline.catalog.definitions import Count, Metric, Scorecard, Sum
from leadline.catalog.scoring import ScoreRule
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.scorecards.scoring import ScoreStatus

COLUMNS = ("chart.period", "chart.value", "chart.interval", "chart.n", "chart.goal", "chart.status")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a scorecard asks of the figure in focus, and what it comes to."""

    scorecard: Scorecard
    objective: str
    rule: ScoreRule
    status: ScoreStatus
    ruled: Callable[[Observation], ScoreRule | None] | None = None
    """Gives the rule that held for another period's figure, where targets changed."""

    def at(self, one: Observation) -> ScoreRule | None:
        """Give the rule that held for a figure's period."""
        return self.ruled(one) if self.ruled else self.rule


def aim_status(rule: ScoreRule, one: Observation | None) -> ScoreStatus:
    """Give the status of a figure under a rule."""
    if one is None or one.value is None:
        return "suppressed" if one and one.status == "suppressed" else "no data"
    return "suspended" if one.status == "suspended" else rule.status(one.low, one.high)


def trend(
    metric: Metric,
    series: Sequence[Observation],
    focus: Period,
    aim: Aim | None,
    *,
    title: str,
    summary: str,
    noted: tuple[TrendMark, ...] = (),
) -> TrendSpec | None:
    """Give the trend; None when no period has a value."""
    if all(one.value is None for one in series):
        return None
    written = figures.style(metric, series[-1])
    points = tuple(_point(written, one, focus, aim) for one in series)
    made = TrendSpec(
        key="trend",
        title=title,
        summary=summary,
        points=points,
        style=written,
        goal_word=_at(written, "chart.goal_at", aim.rule.goal if aim else None),
        red_flag_word=_at(written, "chart.flag_at", aim.rule.red_flag if aim else None),
        from_zero=isinstance(metric, Count | Sum),
        columns=tuple(say(key) for key in COLUMNS),
        marks=noted,
    )
    start = leaves_out_zero(made)
    return made.breaking(say("chart.break", level=written.round_value(start))) if start is not None else made


def _at(written: NumberStyle, key: str, level: float | None) -> str:
    return "" if level is None else say(key, level=written.round_value(level))


def _point(written: NumberStyle, one: Observation, focus: Period, aim: Aim | None) -> TrendPoint:
    held = aim.at(one) if aim else None
    period = dates.period_of(one)
    short, group = dates.axis(period)
    here = period.start == focus.start
    return TrendPoint(
        short=short,
        group=group,
        label=dates.period(period),
        value=one.value,
        low=one.low,
        high=one.high,
        n=whole(one.n),
        certainty=one.status,
        href=figures.href(one),
        spoken=figures.spoken(written, one),
        goal=held.goal if held else None,
        red_flag=held.red_flag if held else None,
        former=one.former,
        here=here,
        tone=marks.of(aim.status).tone if aim and here else "quiet",
    )


def sentence(
    metric: Metric,
    now: Observation | None,
    before: Change | None,
    aim: Aim | None,
    history: Sequence[Observation],
) -> str:
    """Say in one sentence what the series comes to in the period in focus."""
    if now is None or now.value is None:
        period = dates.period(dates.period_of(now)) if now else ""
        return say("sentence.none" if period else "sentence.nothing", metric=metric.label, period=period)
    moved = "stood"
    if before is not None and before.clear:
        moved = "rose" if before.arrow == "up" else "fell"
    value = figures.style(metric, now).value(now.value)
    words = say(
        f"sentence.{moved}", metric=metric.label, value=value, period=dates.period(dates.period_of(now))
    )
    if aim is None or aim.status not in {"off target", "at risk", "on target"}:
        return words
    when = targets.since_when(aim.rule, aim.status, history)
    state = say(f"status.{aim.status}").lower()
    if when == say("since.new"):
        return say("sentence.newly", words=words, status=state)
    return say("sentence.status", words=words, status=f"{state} {when}".strip())


def summary(now: Observation | None, changes: Sequence[Change]) -> str:
    """Say how the figure stands against earlier ones."""
    if now is None or now.value is None:
        return ""
    return " ".join(f"{change.sentence[0].upper()}{change.sentence[1:]}." for change in changes)
