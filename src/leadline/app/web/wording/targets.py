"""A measure's targets in words: what is asked, how sure the status is, since when, and who acts."""

from collections.abc import Sequence

from leadline.app.web import dates
from leadline.app.web.charts.specs import BulletSpec, SparkSpec
from leadline.app.web.numbers import NumberStyle, rough, short
from leadline.app.web.texts import say
from leadline.app.web.wording import figures, marks
from leadline.catalog.definitions import Definition, Metric
from leadline.catalog.scoring import ScoreRule
from leadline.metrics.observation import Observation
from leadline.scorecards.results import MeasureResult
from leadline.scorecards.scoring import ScoreStatus

_AS_BAD: dict[str, frozenset[str]] = {
    "at risk": frozenset({"at risk", "off target"}),
    "off target": frozenset({"off target"}),
}


def goal(measure: MeasureResult) -> str:
    """Give what is asked, as a bound (≥ 80%), or as a range where the middle is best (70% to 85%)."""
    return asked(figures.style(measure.metric), measure.rule)


def asked(written: NumberStyle, rule: ScoreRule | None) -> str:
    """Give what a score rule asks for."""
    if rule is None or not rule.aims:
        return "–"
    if rule.goal is not None:
        return bound(written, rule.goal, higher=rule.sign > 0)
    low, high = sorted(aim.goal for aim in rule.aims)[:2]
    return say("targets.between", low=written.round_value(low), high=written.round_value(high))


def bound(written: NumberStyle, level: float | None, *, higher: bool | None) -> str:
    """Give a level as a bound in the direction of good."""
    if level is None:
        return "–"
    return f"{'≤' if higher is False else '≥'} {written.round_value(level)}"


def score(value: float | None) -> str:
    """Give a score of ten."""
    return "–" if value is None else f"{value:.1f}"


def bullet(measure: MeasureResult) -> BulletSpec:
    """Give the measure's place between its bands, on the score scale."""
    mark = marks.of_node(measure)
    words = say("bullet.none", metric=measure.metric.label, status=mark.word.lower())
    if measure.score is not None:
        words = say(
            "bullet.score", metric=measure.metric.label, score=score(measure.score), status=mark.word.lower()
        )
    return BulletSpec(
        measure.score, measure.score_low, measure.score_high, words, mark.tone, measure.provisional
    )


def spark(measure: MeasureResult) -> SparkSpec:
    """Give the measure's history as a sparkline, with its goal."""
    return sparkline(measure.metric, measure.history, goal=measure.goal, mark=measure.status)


def sparkline(
    metric: Metric,
    history: Sequence[Observation],
    *,
    goal: float | None = None,
    mark: ScoreStatus = "unscored",
) -> SparkSpec:
    """Give a history as a sparkline."""
    written = figures.style(metric)
    known = [o for o in history if o.value is not None]
    if not known:
        return SparkSpec((), say("spark.none"), goal=None)
    ends = [
        f"{written.value(o.value or 0.0)} ({dates.period(dates.period_of(o))})" for o in (known[0], known[-1])
    ]
    summary = say("spark.summary", metric=metric.label, first=ends[0], last=ends[-1])
    provisional = history[-1].status == "provisional"
    return SparkSpec(tuple(o.value for o in history), summary, goal, provisional, marks.of(mark).tone)


def sure(measure: MeasureResult) -> str:
    """Say how sure a measure's status is."""
    if measure.status == "off target":
        return say("sure.off_target")
    if measure.status == "at risk":
        return say("sure.at_risk")
    if measure.settles_at_n is not None and measure.observation is not None:
        return say("sure.settles", n=rough(measure.settles_at_n), now=short(measure.observation.n))
    return measure.reason.rstrip(".") or say("sure.on_target")


def since(measure: MeasureResult) -> str:
    """Say since which period a measure has been as bad as it is now, as far as its history reaches."""
    scored = measure.rule is not None and measure.status != "unscored"
    return since_when(measure.rule, measure.status, measure.history) if scored and measure.rule else ""


def since_when(rule: ScoreRule, status: ScoreStatus, history: Sequence[Observation]) -> str:
    """Say since when a status, or a worse one, has held without a gap; empty for a status that is no deviation."""
    first: Observation | None = None
    for one in reversed(history):
        if one.value is None or rule.status(one.low, one.high) not in _AS_BAD.get(status, ()):
            break
        first = one
    if first is None or status not in _AS_BAD:
        return ""
    if first is history[-1]:
        return say("since.new")
    key = "since.longer" if first is history[0] else "since.period"
    return say(key, period=dates.period(dates.period_of(first)))


def owner(*definitions: Definition) -> str:
    """Name who acts: the first of the definitions that names somebody responsible, or an owner."""
    for definition in definitions:
        named = (definition.raci and definition.raci.responsible) or definition.owner
        if named:
            return named
    return ""
