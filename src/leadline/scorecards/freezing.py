"""A scorecard's period as it is frozen: every figure and score of every unit, with its version, in one order.

The one rule: what is frozen is exactly what the scorecard showed, from one published generation.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from leadline.errors import PeriodError
from leadline.metrics.periods import Period
from leadline.metrics.published import Published, judging_version
from leadline.metrics.query import Viewer
from leadline.scorecards.results import MeasureResult, Node, ScorecardResult
from leadline.scorecards.tree import answered, arrange, find, in_force, questions
from leadline.store.closings import Closing, Frozen, NewClosing
from leadline.store.frozen import FrozenReader, FrozenWriter


def units_of(published: Published, scorecard: str) -> tuple[str | None, ...]:
    """Give the units that a scorecard is closed for: its own (None: everything), then those that report beside it."""
    card, units = find(published.catalog, scorecard), published.catalog.units
    named = card.reporting.units if card.reporting else ()
    if named == "all":
        named = units.descendants(card.unit) if card.unit else units.names
    return (card.unit, *(name for name in named if name != card.unit))


def score_units(
    published: Published, name: str, period: Period, units: Sequence[str | None], *, viewer: str | Viewer
) -> list[ScorecardResult]:
    """Score a scorecard for several units at once, in their order; see `tree.score`."""
    find(published.catalog, name)
    catalog, scorecard = in_force(published, name, period)
    asked = {
        unit: questions(catalog, scorecard, published.periods, period, unit=unit, viewer=viewer)
        for unit in units
    }
    queries = {key: query for one in asked.values() for key, query in one.items()}
    answers = answered(published, queries, period)
    return [
        arrange(catalog, scorecard, published.periods, period, unit=unit, answers=answers) for unit in units
    ]


def frozen(published: Published, results: Sequence[ScorecardResult]) -> list[Frozen]:
    """Give every node of several units' results as it is frozen."""
    return [one for result in results for one in _nodes(published, result)]


def close(
    writer: FrozenWriter,
    published: Published,
    name: str,
    period: Period,
    *,
    viewer: str | Viewer,
    because: str = "",
    lacking: Sequence[str] = (),
) -> Closing:
    """Freeze a period of a scorecard, from one published generation.

    Raises:
        PeriodError: the period is not over, is of another grain, or is closed already.
        QueryError: there is no such scorecard.
    """
    scorecard = find(published.catalog, name)
    require_over(published, name, period)
    results = score_units(published, name, period, units_of(published, name), viewer=viewer)
    return writer.close(
        NewClosing(
            id=f"{name}-{period.label}-{secrets.token_hex(3)}",
            scorecard=name,
            version=judging_version(published, "scorecard", scorecard.name, period.start),
            period=period.label,
            grain=period.grain,
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            generation=published.generation.id,
            because=because.strip(),
            lacking=tuple(lacking),
        ),
        frozen(published, results),
    )


def require_over(published: Published, name: str, period: Period) -> None:
    """Refuse a period that a scorecard does not have, or that was not over at the refresh. Raises PeriodError."""
    scorecard = find(published.catalog, name)
    if period.grain != scorecard.period:
        raise PeriodError(
            f"{name} is read by the {scorecard.period}; {period.label} is a {period.grain}.",
            code="period-grain",
        )
    day = published.generation.as_of.date()
    if period.end > day:
        raise PeriodError(
            f"{period.label} is not over in what was last published, as of {day.isoformat()}.",
            code="period-not-over",
            hint="Refresh after its last day: leadline refresh",
        )


def require_open(reader: FrozenReader, name: str, period: str, what: str) -> None:
    """Refuse what would alter a closed period, by name: an override, a manual figure, a comment.

    Raises:
        PeriodError: the period is closed and was not reopened.
    """
    closing = reader.latest(name, period)
    if closing is not None and reader.state(closing) != "reopened":
        raise PeriodError(
            f"{what} would alter {period} of {name}, which {closing.actor} closed on {closing.closed_at:%Y-%m-%d}.",
            code="period-closed",
            hint=f"Reopen it first: leadline reopen {name} {period} --because …",
        )


def locked(reader: FrozenReader, metric: str, day: str, unit: str | None = None) -> Closing | None:
    """Give the closing that holds a metric's figure of a day (ISO) for a unit, if one is in force."""
    for closing in reader.in_force():
        if closing.start <= day < closing.end and any(
            figure.metric == metric for figure in reader.figures(closing.id, unit=unit, every=False)
        ):
            return closing
    return None


def locks(
    reader: FrozenReader,
    metrics: Collection[str],
    days: tuple[date, date | None],
    units: Collection[str | None] | None,
    *,
    part: str | None = None,
) -> Iterator[Closing]:
    """Give the closings in force that froze figures of these metrics, in [since, until) of `days` (None: from then on),
    of these units (None: of any), and of one slice as figures name it (empty: of no slice; None: of any)."""
    since, until = days[0].isoformat(), days[1].isoformat() if days[1] else None
    for closing in reader.in_force():
        if closing.end <= since or (until is not None and closing.start >= until):
            continue
        measured = [
            figure
            for figure in reader.figures(closing.id)
            if figure.metric in metrics and part in {None, segment_label(figure)}
        ]
        held = {unit for one in measured for unit in (one.unit, one.path.partition("@")[2] or one.unit)}
        if measured and (units is None or held & set(units)):
            yield closing


def require_unlocked(
    reader: FrozenReader,
    metrics: Collection[str],
    days: tuple[date, date | None],
    units: Collection[str | None] | None,
    what: str,
    *,
    part: str | None = None,
) -> None:
    """Refuse what would alter figures that a closed period froze; see `locks`.

    Raises:
        PeriodError: a closing holds one of them, and its period was not reopened.
    """
    for closing in locks(reader, metrics, days, units, part=part):
        require_open(reader, closing.scorecard, closing.period, what)


def _nodes(published: Published, result: ScorecardResult) -> Iterator[Frozen]:
    yield _node("scorecard", "", result.scorecard.label, result.unit, result)
    placed: set[str] = set()
    for perspective in result.perspectives:
        path = perspective.perspective.name
        yield _node("perspective", path, perspective.perspective.label, result.unit, perspective)
        for objective in perspective.objectives:
            place = f"{path}/{objective.objective.name}"
            yield _node("objective", place, objective.objective.label, result.unit, objective)
            for measure in objective.measures:
                where = f"{place}/{measure.metric.name}{_segment(measure)}"
                if measure.unit and (measure.unit != result.unit or where in placed):
                    where += f"@{measure.unit}"  # of a unit of its own, which may be the one that reports
                placed.add(where)
                yield _measure(published, where, result.unit, measure)


def _segment(measure: MeasureResult) -> str:
    """Tell a figure of a segment from that of everything."""
    return "#" + ", ".join(f"{column}={value}" for column, value in measure.where) if measure.where else ""


def segment_label(figure: Frozen) -> str:
    """Give the segment that a frozen figure is of, as its slice is named; empty for everything."""
    return figure.path.partition("#")[2].partition("@")[0]


def segment_of(figure: Frozen) -> dict[str, str]:
    """Give the segment that a frozen figure is of, by column; empty for everything."""
    text = segment_label(figure)
    return dict(part.partition("=")[::2] for part in text.split(", ") if part)


def _node(kind: Any, path: str, label: str, unit: str | None, node: Node) -> Frozen:
    return Frozen(node=kind, path=path, label=label, unit=unit, **_scored(node))


def _measure(published: Published, path: str, unit: str | None, one: MeasureResult) -> Frozen:
    now = one.observation
    figure: dict[str, Any] = {"status": "no data"}
    if now is not None:
        figure = {
            "value": now.value,
            "low": now.low,
            "high": now.high,
            "n": now.n,
            "status": now.status,
            "method": now.method,
        }
    return Frozen(
        node="measure",
        path=path,
        label=one.metric.label,
        unit=unit,
        metric=one.metric.name,
        version=published.version("metric", one.metric.name),
        measured_in=one.metric.measured_in or "",
        red_flag=one.red_flag,
        goal=one.goal,
        **figure,
        **_scored(one),
    )


def _scored(node: Node) -> dict[str, Any]:
    return {
        "score": node.score,
        "score_low": node.score_low,
        "score_high": node.score_high,
        "verdict": node.status,
        "reason": node.reason,
        "weight": node.weight,
        "counts": node.counts,
        "confidence": node.confidence,
    }
