"""What scorecards ask of a metric, and what its figure in focus comes to under each."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from leadline.app.web.charts.specs import BulletSpec
from leadline.app.web.contexts.metrics import Target
from leadline.app.web.contexts.pieces import Mark
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.trends import Aim, aim_status
from leadline.app.web.wording import documents, figures, marks, targets
from leadline.catalog.cascade import sliced
from leadline.catalog.definitions import Grain, Measure, Metric
from leadline.catalog.score_rules import aimed, rule_of
from leadline.catalog.scoring import ScoreRule, is_beyond
from leadline.metrics.observation import Observation


def aims(
    reading: Reading,
    metric: Metric,
    *,
    grain: Grain,
    unit: str | None,
    where: Mapping[str, str],
    now: Observation | None,
) -> list[Aim]:
    """Give what is asked of a metric at a grain: what is asked of the very unit first, then the project's scorecard.

    Of a slice, what scorecards of that very segment ask; nothing at another grain than the card's.
    """
    found: list[tuple[bool, Aim]] = []
    first = reading.catalog.project.scorecard
    for card in sorted(reading.catalog.scorecards.values(), key=lambda card: (card.name != first, card.name)):
        for perspective in card.perspectives:
            for place in perspective.objectives:
                for measure in place.measures:
                    segment = _segment(reading, metric, card.where, measure, where)
                    mine = measure.metric == metric.name and (measure.unit or card.unit) in {None, unit}
                    if not mine or segment is None:
                        continue
                    rule = rule_of(aimed(measure, reading.catalog.units, unit, _day(now), segment))
                    if rule is not None and card.period == grain:
                        label = reading.catalog.objectives[place.objective].label
                        own = (measure.unit or card.unit) == unit
                        found.append(
                            (
                                own,
                                Aim(
                                    card,
                                    label,
                                    rule,
                                    aim_status(rule, now),
                                    partial(_ruled, reading, measure, unit, segment),
                                ),
                            )
                        )
    return [aim for _, aim in sorted(found, key=lambda pair: not pair[0])]


def _segment(
    reading: Reading, metric: Metric, own: Mapping[str, str], measure: Measure, where: Mapping[str, str]
) -> Mapping[str, str] | None:
    """Give the segment, in a scorecard's words, for which it asks something of a slice; None where it does not."""
    asked = dict(where)
    for segment in (own, *({**own, **target.where} for target in measure.targets)):
        if (sliced(reading.catalog, metric, segment) if segment else {}) == asked:
            return segment
    return None


def _ruled(
    reading: Reading, measure: Measure, unit: str | None, segment: Mapping[str, str], one: Observation
) -> ScoreRule | None:
    """Give the rule that held for a figure's period."""
    return rule_of(aimed(measure, reading.catalog.units, unit, _day(one), segment))


def _day(one: Observation | None) -> date:
    return one.end - timedelta(days=1) if one else date.max


def marked(aim: Aim, now: Observation | None) -> Mark:
    """Give the mark of a figure under what is asked of it."""
    low, _ = _ends(aim, now)
    return marks.of(aim.status, exceeds=is_beyond(low, aim.scorecard.exceeds_from, aim.rule.borders))


def _ends(aim: Aim, now: Observation | None) -> tuple[float | None, float | None]:
    """Give the least and the greatest score in a figure's interval; none where there is no figure."""
    return (None, None) if now is None or now.value is None else aim.rule.ends(now.low, now.high)


def shown(metric: Metric, aim: Aim, now: Observation | None) -> Target:
    """Give what is asked, with the figure's place between the bands."""
    written, rule = figures.style(metric), aim.rule
    value = now.value if now else None
    score = None if value is None else rule.score(value)
    low, high = _ends(aim, now)
    mark = marked(aim, now)
    words = say("bullet.none", metric=metric.label, status=mark.word.lower())
    if score is not None:
        words = say("bullet.score", metric=metric.label, score=targets.score(score), status=mark.word.lower())
    hollow = now is not None and now.status == "provisional"
    return Target(
        scorecard=documents.link(aim.scorecard),
        objective=aim.objective,
        goal=say("deviation.goal", goal=targets.asked(written, rule)),
        red_flag=""
        if rule.red_flag is None
        else say("chart.flag_at", level=written.round_value(rule.red_flag)),
        mark=mark,
        score=targets.score(score) if score is not None else "",
        bullet=BulletSpec(score, low, high, words, mark.tone, hollow),
    )
