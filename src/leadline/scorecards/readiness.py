"""Whether a scorecard's period is ready to be closed, unit by unit, and if not, what it lacks and of whom.

The one rule: a period without gaps is complete; one with gaps says each of them, so that nobody takes a part for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from leadline.catalog.definitions import CommentaryTemplate, seconds
from leadline.catalog.federation import beneath
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.commentary import required
from leadline.scorecards.freezing import frozen, score_units, units_of
from leadline.scorecards.results import MeasureResult, ScorecardResult
from leadline.store.closings import Frozen, PeriodState
from leadline.store.commentary import Comment
from leadline.store.ledger_reader import LedgerReader

GapKind = Literal[
    "not over", "late feed", "provisional", "manual entry", "no figure", "commentary", "dispute"
]
DUE = "10 days"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that a period lacks: of what kind, of which unit (None: everything) and measure, in words, and whose
    it is to bring (empty: nobody is named)."""

    kind: GapKind
    unit: str | None
    metric: str | None
    words: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class UnitReady:
    """One reporting unit: its gaps, its score as it stands, and the share of weight with data (0..1)."""

    unit: str | None
    gaps: tuple[Gap, ...]
    verdict: str
    score: float | None
    confidence: float

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.gaps


@dataclass(frozen=True, slots=True)
class Readiness:
    """A scorecard's period on the reporting calendar. `due` is the day by which it is to be closed."""

    scorecard: str
    period: Period
    state: PeriodState
    due: date
    overdue: bool
    units: tuple[UnitReady, ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that is missing, unit by unit."""
        return tuple(gap for unit in self.units for gap in unit.gaps)

    @property
    def is_complete(self) -> bool:
        """Tell whether every unit is ready."""
        return all(unit.is_ready for unit in self.units)


@dataclass(frozen=True, slots=True)
class Dispute:
    """Somebody contests a figure, and it is not settled."""

    metric: str
    unit: str | None
    words: str
    owner: str = ""


def readiness(
    published: Published,
    reader: LedgerReader,
    name: str,
    period: Period,
    *,
    viewer: str | Viewer,
    today: date,
    disputes: Sequence[Dispute] = (),
    results: Sequence[ScorecardResult] | None = None,
) -> Readiness:
    """Say what a period lacks, as of a published generation and what is said in the ledger now.

    `results` are those of the units that report, in their order, where they are known already.
    """
    scorecard = published.catalog.scorecards[name]
    template = scorecard.reporting.commentary if scorecard.reporting else None
    closing = reader.frozen.latest(name, period.label)
    said = reader.commentary.current(name, period.label)
    if results is None:
        results = score_units(published, name, period, units_of(published, name), viewer=viewer)
    due = period.end + timedelta(seconds=seconds(scorecard.reporting.due if scorecard.reporting else DUE))
    state = reader.frozen.state(closing)
    reporting = tuple(result.unit for result in results)
    units = [_unit(published, result, template, said, disputes, reporting=reporting) for result in results]
    return Readiness(name, period, state, due, state in {"open", "reopened"} and today > due, tuple(units))


def _unit(
    published: Published,
    result: ScorecardResult,
    template: CommentaryTemplate | None,
    said: Mapping[tuple[str | None, str | None], Comment],
    disputes: Iterable[Dispute],
    *,
    reporting: Sequence[str | None],
) -> UnitReady:
    figures = [f for f in frozen(published, [result]) if f.node == "measure"]
    gaps = [*_over(published, result), *_figures(published, result)]
    if template is not None:
        gaps += _comments(published, template, figures, said, reporting)
    gaps += [
        Gap("dispute", result.unit, one.metric, one.words, one.owner)
        for one in disputes
        if _concerns(published, result, one)
    ]
    return UnitReady(result.unit, tuple(gaps), result.status, result.score, result.confidence)


def _concerns(published: Published, result: ScorecardResult, one: Dispute) -> bool:
    """Tell whether a dispute is about a measure of a unit's result, or what one is made of, there or further below."""
    catalog = published.catalog
    measured = [measure.metric for measure in result.measures()]
    names = {name for metric in measured for name in (metric.name, *beneath(catalog, metric))}
    above = (one.unit, *(catalog.units.ancestors(one.unit) if one.unit in catalog.units.entries else ()))
    return one.metric in names and (result.unit is None or result.unit in above)


def _over(published: Published, result: ScorecardResult) -> list[Gap]:
    day = published.generation.as_of.date()
    if result.period.end <= day:
        return []
    words = f"{result.period.label} ends on {(result.period.end - timedelta(days=1)).isoformat()}."
    return [Gap("not over", result.unit, None, words)]


def _figures(published: Published, result: ScorecardResult) -> list[Gap]:
    """Find measures whose figures are not there, or not final, and say what they wait for."""
    found: dict[tuple[str, str | None], Gap] = {}
    for one in result.measures():
        gap = _figure(published, result, one)
        if gap is not None:
            found.setdefault((one.metric.name, one.unit), gap)
    return list(found.values())


def _figure(published: Published, result: ScorecardResult, one: MeasureResult) -> Gap | None:
    metric, now, owner = one.metric, one.observation, one.metric.owner or ""
    if one.unit != result.unit and one.unit is not None and result.unit is not None:
        return None  # a measure of a unit of its own is reported once, where everything is
    if now is not None and now.status == "suppressed":
        return None  # it is complete, and of too few rows to be shown
    if now is None or now.value is None:
        if metric.type == "manual":
            words = f"{metric.label}: nobody has entered a figure for {result.period.label}."
            return Gap("manual entry", result.unit, metric.name, words, owner)
        if one.rule is None or one.weight <= 0 or (result.unit is not None and now is None):
            return None  # it has no influence, or its fact does not tell units apart
        return Gap(
            "no figure", result.unit, metric.name, f"{metric.label}: {one.reason or 'no rows.'}", owner
        )
    if now.status != "provisional":
        return None
    late = [
        part.words(published.catalog)
        for leaf in published.rows(metric.name)
        for part, _ in published.lateness.reaching(leaf)
        if part.since < result.period.end
    ]
    if late:
        return Gap(
            "late feed", result.unit, metric.name, f"{metric.label}: {' '.join(dict.fromkeys(late))}", owner
        )
    words = f"{metric.label} is provisional: {now.note or 'rows may still arrive.'}"
    return Gap("provisional", result.unit, metric.name, words, owner)


def _comments(
    published: Published,
    template: CommentaryTemplate,
    figures: Iterable[Frozen],
    said: Mapping[tuple[str | None, str | None], Comment],
    reporting: Sequence[str | None],
) -> list[Gap]:
    found = []
    for one in required(template, figures, said, reporting):
        if one.standing != "complete":
            parts = ", ".join(part.replace("_", " ") for part in one.lacking)
            what = "has no comment" if one.standing == "missing" else f"has a comment that lacks: {parts}"
            owner = published.catalog.metrics[one.metric].owner or ""
            found.append(
                Gap("commentary", one.unit, one.metric, f"{one.label} is {one.verdict} and {what}.", owner)
            )
    return found
