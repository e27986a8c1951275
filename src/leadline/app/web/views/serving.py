"""What serves an objective: the process measures it watches, and the objectives that are to move it, with what the
figures say of each link."""

from dataclasses import replace

from leadline.app.web.addresses import to
from leadline.app.web.contexts.home import DriverLine, MeasureRow, Verdict
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import marks, targets
from leadline.catalog.definitions import Objective, Side
from leadline.insights.links import TestedLink, recalled
from leadline.scorecards.results import ObjectiveResult, ScorecardResult

TOLD = {
    "precedes": marks.named("moved", "serving.precedes", "good"),
    "against": marks.named("worse", "serving.against", "bad"),
    "not seen": marks.named("no data", "serving.not_seen", "quiet"),
    "cannot tell": marks.named("cannot tell", "serving.cannot_tell", "quiet"),
}


def widened(reading: Reading, result: ScorecardResult) -> ScorecardResult:
    """Give a scorecard's result with what its objectives watch, unscored; every score stays what it was."""
    return reading.scorecard(
        result.scorecard.name,
        unit=result.unit,
        period=result.period.start,
        where=dict(result.where),
        serving=True,
    )


def told_apart(
    result: ScorecardResult, objective: Objective, rows: list[MeasureRow]
) -> tuple[MeasureRow, ...]:
    """Mark the rows behind those that the scorecard itself has as watched: they serve, and are not scored."""
    own = next((len(one.measures) for one in _objectives(result) if one.objective == objective), 0)
    watched = marks.named("unscored", "serving.watched", "quiet")
    return (*rows[:own], *(replace(row, mark=watched) for row in rows[own:]))


def drivers(reading: Reading, result: ScorecardResult, objective: Objective) -> tuple[DriverLine, ...]:
    """Give the objectives that are declared to lead to one, as they stand on this scorecard."""
    standing = {one.objective.name: one for one in _objectives(result)}
    found = reading.once(("links-seen",), lambda: _links(reading))
    return tuple(
        _line(reading, one, standing.get(one.link.source))
        for one in found
        if one.link.target == objective.name and one.link.source in reading.catalog.objectives
    )


def _links(reading: Reading) -> tuple[TestedLink, ...]:
    """Give the links whose both sides who asks may see."""
    return tuple(
        one for one in recalled(reading.published, viewer=reading.person.name)
        if all(reading.sees(side.metric) for side in (one.link.driver, one.link.outcome) if side)
    )  # fmt: skip


def _objectives(result: ScorecardResult) -> list[ObjectiveResult]:
    return [one for part in result.perspectives for one in part.objectives]


def _line(reading: Reading, one: TestedLink, stands: ObjectiveResult | None) -> DriverLine:
    source = reading.catalog.objectives[one.link.source]
    score = targets.score(stands.score) if stands and stands.score is not None else ""
    words = say(
        "serving.link",
        driver=_label(reading, one.link.driver),
        outcome=_label(reading, one.link.outcome),
        after=one.link.declared.after,
        strength=say(f"serving.{one.link.declared.strength}"),
    )
    return DriverLine(
        Link(source.label, to.definition("objective", source.name)),
        Verdict(marks.of(stands.status if stands else "no data"), score, ""),
        words if one.link.driver and one.link.outcome else "",
        TOLD[one.told],
        one.sentence,
    )


def _label(reading: Reading, side: Side | None) -> str:
    """Name the figure in which one side of a link shows."""
    if side is None or side.metric not in reading.catalog.metrics:
        return ""
    units = reading.catalog.units
    where = [units.label(side.unit)] if side.unit else []
    return ", ".join([reading.catalog.metrics[side.metric].label, *where, *side.where.values()])
