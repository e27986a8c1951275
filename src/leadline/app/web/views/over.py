"""A scorecard's measures over other stretches of time: since the year began, rolling, and a year ago.

What is asked for is computed, and nothing of it by default. Status and score stay those of the period: its targets are
for it. The two stretches of a line share no rows; whether their intervals touch is said, and no more is claimed.
"""

from collections.abc import Sequence
from typing import Literal

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import Change
from leadline.app.web.contexts.home import Over, Stretch
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import changes, figures, marks
from leadline.catalog.definitions import Count, Metric, Sum
from leadline.errors import LeadlineError, QueryError, suggest
from leadline.metrics.longer import ROLLING, Longer, has_longer, longer_many, span
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.query import Query
from leadline.metrics.viewing import sees
from leadline.metrics.windows import window
from leadline.scorecards.like_for_like import is_stretch
from leadline.scorecards.results import MeasureResult, ScorecardResult

ViewName = Literal["period", "ytd", "rolling", "year-ago", "serving", "acting"]
VIEWS: tuple[ViewName, ...] = ("period", "ytd", "rolling", "year-ago", "serving", "acting")
"""What a scorecard's page shows of its measures; the first, where nothing is asked for."""
_KINDS: dict[ViewName, Longer] = {"ytd": "to_date", "rolling": "rolling"}
Place = tuple[str, str | None]
"""A measure of a scorecard: its metric, and the unit that it is read for."""


def view_of(asked: str | None) -> ViewName:
    """Read which view is asked for. Raises QueryError for one that there is not."""
    found = next((name for name in VIEWS if name == (asked or "period")), None)
    if found is None:
        raise QueryError(
            say("over.unknown", view=asked), code="unknown-view", hint=suggest(asked or "", VIEWS)
        )
    return found


def offered(period: Period) -> tuple[ViewName, ...]:
    """Give the views that a period has: one that is a year has no longer stretch, and is its own year to date."""
    longer = span("to_date", period.grain) is not None
    return tuple(name for name in VIEWS if longer or name not in _KINDS)


def columns(reading: Reading, period: Period, view: ViewName) -> tuple[str, ...]:
    """Give the headings of a view's columns; none for those that keep the period's own."""
    if view == "year-ago":
        ago = reading.published.periods.year_ago(period)
        return dates.brief(ago, period), changes.column(ago, period)
    if view not in _KINDS:
        return ()
    count = ROLLING.get(period.grain, 0)
    now = say("record.to_date") if view == "ytd" else say("record.rolling", count=count, grain=period.grain)
    return now, say("over.before"), say("over.change")


def over(reading: Reading, result: ScorecardResult, view: ViewName) -> dict[Place, Over]:
    """Give every measure over the stretches of a view; of those that have none, why."""
    if view == "year-ago":
        return {_place(one): _year_ago(reading, one) for one in result.measures()}
    if view not in _KINDS:
        return {}
    key = ("over", result.scorecard.name, result.unit, result.period.label, result.where, view)
    return reading.once(key, lambda: _over(reading, result, _KINDS[view]))


def _place(one: MeasureResult) -> Place:
    return one.metric.name, one.unit


def _year_ago(reading: Reading, one: MeasureResult) -> Over:
    before = one.last_year
    told = changes.change(
        reading.judge(), one.metric, one.observation, before, kind="changed_from_last_year",
        higher=one.higher_is_better,
    )  # fmt: skip
    if before is None:
        return Over((Stretch(words=say("over.no_rows")),), None)
    return Over((_stretch(one.metric, before, figures.href(before)),), told)


def _over(reading: Reading, result: ScorecardResult, kind: Longer) -> dict[Place, Over]:
    periods, now = reading.published.periods, result.period
    ago = periods.year_ago(now)
    measures = {_place(one): one for one in result.measures()}
    asked = [
        (_query(reading, result, one), period)
        for one in measures.values()
        for period in (now, ago)
        if _asks(reading, result, one)
    ]
    answers = iter(_answers(reading, asked, kind))
    found = {}
    for place, one in measures.items():
        if not _asks(reading, result, one):
            key = "over.level" if not has_longer(one.metric) else "over.no_rows"
            found[place] = Over((Stretch(words=say(key)), Stretch()), None)
        else:
            found[place] = _told(reading, one, kind, (now, ago), (next(answers), next(answers)))
    return found


def _asks(reading: Reading, result: ScorecardResult, one: MeasureResult) -> bool:
    """Tell whether a measure has a longer stretch that who asks may see."""
    return (
        has_longer(one.metric)
        and one.observation is not None
        and sees(reading.published, _query(reading, result, one))
    )


def _query(reading: Reading, result: ScorecardResult, one: MeasureResult) -> Query:
    return Query(
        one.metric.name, reading.viewer, PURPOSE, grain=result.period.grain, unit=one.unit, where=dict(one.where)
    )  # fmt: skip


def _answers(
    reading: Reading, asked: Sequence[tuple[Query, Period]], kind: Longer
) -> list[Observation | None]:
    """Answer all at once; where one of them is refused, each by itself."""
    try:
        return longer_many(reading.published, asked, kind)
    except LeadlineError:
        return [_alone(reading, one, kind) for one in asked]


def _alone(reading: Reading, asked: tuple[Query, Period], kind: Longer) -> Observation | None:
    try:
        return longer_many(reading.published, [asked], kind)[0]
    except LeadlineError:  # the project's windows do not reach so far, or its units hold it back
        return None


def _told(
    reading: Reading,
    one: MeasureResult,
    kind: Longer,
    of: tuple[Period, Period],
    seen: tuple[Observation | None, Observation | None],
) -> Over:
    """Say what a measure is over two stretches, and how they differ where both are whole."""
    now, before = seen
    address = to.metric(
        one.metric.name, grain=of[0].grain, period=of[0].label, unit=one.unit
    )  # it shows what it is made of, and what it was with periods as they were closed
    short = [_short(reading, one.metric, kind, period) for period in of]
    if is_stretch(of[1].label):  # a long year came between: what ends 52 weeks earlier ends within a period
        return Over(
            (_stretch(one.metric, now, address, short[0]), Stretch(words=say("over.not_alike"))), None
        )
    stretches = (
        _stretch(one.metric, now, address, short[0]),
        _stretch(one.metric, before, "", short[1]),
    )
    if now is None or before is None or now.value is None or before.value is None or any(short):
        return Over(stretches, None)
    days = [_days(reading, kind, period) for period in of]
    return Over(stretches, _change(one, now, before, of[1], days))


def _stretch(metric: Metric, seen: Observation | None, href: str, short: str = "") -> Stretch:
    if seen is None or seen.value is None:
        note = seen.note.rstrip(".") if seen is not None else ""
        return Stretch(words=short or note or say("over.no_rows"))
    written = figures.style(metric, seen)
    return Stretch(
        written.brief(seen.value),
        written.interval(seen.low, seen.high),
        short,
        href,
        figures.spoken(written, seen),
        marks.of_figure(seen.status),
    )


def _short(reading: Reading, metric: Metric, kind: Longer, period: Period) -> str:
    """Say from which period on there are rows, where that is within a stretch and not its first."""
    covered, over_ = reading.published.coverage(metric.name), span(kind, period.grain)
    if covered is None or over_ is None:
        return ""
    first, _ = window(reading.published, over_, period)
    begins = reading.published.periods.period(period.grain, covered[0])
    return say("over.from", period=dates.period(begins)) if begins.start > first else ""


def _days(reading: Reading, kind: Longer, period: Period) -> int:
    over_ = span(kind, period.grain)
    first, end = window(reading.published, over_, period) if over_ else (period.start, period.end)
    return (end - first).days


def _change(
    one: MeasureResult, now: Observation, before: Observation, ago: Period, days: Sequence[int]
) -> Change:
    """Say how far two stretches are apart; totals by their daily mean, for years differ in length."""
    metric, new, old = one.metric, now.value or 0.0, before.value or 0.0
    written = NumberStyle(metric.measured_in, metric.decimals)
    amount, size, said = new - old, written.size(new - old), written.difference(new - old)
    if isinstance(metric, Count | Sum) and old > 0:
        amount = (new / days[0] / (old / days[1]) - 1) * 100
        size = f"{abs(amount):,.{0 if abs(amount) >= 100 else 1}f}%"
        said = say("change.daily", size=size)
    apart = _apart(now, before)
    word = say("over.apart" if apart else "over.touch" if apart is False else "change.untested")
    against = dates.period(ago)
    moved = say("change.above" if amount > 0 else "change.below", size=said, against=against)
    sentence = (
        say("change.sentence", moved=moved, word=word) if amount else say("change.equal", against=against)
    )
    arrow: Literal["up", "down", ""] = "up" if amount > 0 else "down" if amount < 0 else ""
    return Change(against, arrow, size, word, sentence, bool(apart), "quiet")


def _apart(now: Observation, before: Observation) -> bool | None:
    """Tell whether two intervals leave each other out; None where one of them is not known."""
    if None in (now.low, now.high, before.low, before.high):
        return None
    return (now.low or 0.0) > (before.high or 0.0) or (now.high or 0.0) < (before.low or 0.0)
