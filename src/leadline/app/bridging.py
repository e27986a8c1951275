"""Why a frozen figure is another one now: from the rows and definitions of then to those of now, one step at a time.

The one rule: each step is a figure that was computed from rows, and what the steps do not explain is said to be so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from leadline.app.as_of import computed, live_at
from leadline.app.wiring import Workspace, definitions_of, open_published
from leadline.catalog import Catalog, build
from leadline.clock import Clock
from leadline.errors import LeadlineError, PeriodError
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.scorecards.freezing import segment_of
from leadline.scorecards.restating import near
from leadline.store.closings import Closing, Frozen
from leadline.store.entries import Batch

Cause = Literal["rights", "late data", "correction", "reclassification", "definition", "unexplained"]
"""`rights`: customers have since said that their rows may not be used, or detectors and decisions leave out others;
`correction`: files that replace earlier ones; `reclassification`: units that were drawn anew."""


@dataclass(frozen=True, slots=True)
class Step:
    """One cause, what the figure is after it (None: there is none), and its part of the change."""

    cause: Cause
    value: float | None
    change: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """The way from a frozen figure to the present one. `steps` that change nothing are left out; `cannot_tell` says
    why part of it, or all, could not be worked out."""

    was: Frozen
    now: float | None
    steps: tuple[Step, ...]
    cannot_tell: str = ""


def bridge_in(
    space: Workspace, clock: Clock, closing: Closing, figure: Frozen, viewer: str | Viewer
) -> Bridge:
    """Work out a bridge as pages ask for it; see `bridge`."""
    return bridge(space, closing, figure, clock, viewer=viewer)


def bridge(
    space: Workspace, closing: Closing, figure: Frozen, clock: Clock, *, viewer: str | Viewer
) -> Bridge:
    """Work out why a frozen figure moved, from the rows; takes as long as five figures from rows do.

    Raises:
        PeriodError: it is a score, not a figure; or it may not be said how far it moved.
    """
    if figure.metric is None:
        raise PeriodError(
            "Only a measure's figure has a bridge.", code="bridge-figure", hint="Name a measure."
        )
    now = open_published(space)
    query = _query(closing, now, figure, viewer)
    present = _value(now, query, closing)
    try:
        then = open_published(space, closing.generation)
        found = _steps(space, (then, now), query, closing, clock)
    except LeadlineError as error:
        rest = _change(figure.value, present)
        step = Step("unexplained", present, rest, "Not known.")
        return Bridge(figure, present, (step,) if rest else (), f"{error.message} {error.hint}".strip())
    steps, value = list[Step](), figure.value
    for cause, after, words in [*found, ("unexplained", present, "What none of the steps explains.")]:
        if not near(value, after):
            steps.append(Step(cause, after, _change(value, after), words))
        value = after
    return Bridge(figure, present, tuple(steps))


def _steps(
    space: Workspace, ends: tuple[Published, Published], query: Query, closing: Closing, clock: Clock
) -> list[tuple[Cause, float | None, str]]:
    then, now = ends
    with space.ledger.read() as reader:
        every = {batch.id: batch for batch in reader.batches()}
    old = live_at(every, then.generation.as_of)
    live = {batch.id: batch for batch in every.values() if batch.id in set(now.generation.batches)}
    came = {**old, **{b.id: b for b in live.values() if b.id not in old and not _replaces(b, old)}}

    def at(definitions: Published, rows: Mapping[str, Batch]) -> float | None:
        instant = now.generation.as_of
        return _value(
            computed(space, definitions, rows, every=every.values(), instant=instant, clock=clock),
            query,
            closing,
        )

    late, corrected = len(came) - len(old), sum(b.superseded_by in live for b in old.values())
    steps: list[tuple[Cause, float | None, str]] = [
        ("rights", at(then, old), "Rows of then that are left out today, or are not any more."),
        ("late data", at(then, came), f"{late} files came after the period was closed."),
        ("correction", at(then, live), f"{corrected} files of then were replaced."),
    ]
    redrawn = _with_units_of_now(space, then, now)
    if redrawn is not None:
        steps.append(("reclassification", at(redrawn, live), "Units were drawn anew."))
    before, after = (_version(p, query.metric) for p in (then, now))
    words = (
        f"Version {before} became version {after}."
        if before != after
        else "What it is made of was redefined."
    )
    return [*steps, ("definition", at(now, live), words)]


def _replaces(batch: Batch, old: Mapping[str, Batch]) -> bool:
    """Tell whether a batch came in the place of one that counted then, or releases rows of one."""
    return batch.replays in old or any(one.superseded_by == batch.id for one in old.values())


def _with_units_of_now(space: Workspace, then: Published, now: Published) -> Published | None:
    """Give the definitions of then with the units of now; None where they are the same, or do not go together."""
    kinds = {"unit"}
    was, is_ = ({k: v.meaning for k, v in p.versions.items() if k[0] in kinds} for p in (then, now))
    if was == is_:
        return None
    versions = [v for k, v in then.versions.items() if k[0] not in kinds]
    versions += [v for k, v in now.versions.items() if k[0] in kinds]
    made: Catalog = build([document for v in versions for document in definitions_of(v)], space.root)
    if any(problem.level == "error" for problem in made.problems):
        return None
    return replace(then, catalog=made)


def _query(closing: Closing, now: Published, figure: Frozen, viewer: str | Viewer) -> Query:
    period = now.periods.parse(closing.period)
    unit = figure.path.partition("@")[2] or figure.unit
    return Query(
        metric=figure.metric or "", viewer=viewer, purpose="the bridge of a closed period", grain=period.grain,
        unit=unit, since=period.start, until=period.end, where=segment_of(figure),
    )  # fmt: skip


def _value(published: Published, query: Query, closing: Closing) -> float | None:
    period: Period = published.periods.parse(closing.period)
    if query.metric not in published.catalog.metrics:
        return None
    found: list[Observation] = evaluate(published, query)
    return next((one.value for one in found if one.start == period.start), None)


def _version(published: Published, metric: str) -> int | None:
    known = published.versions.get(("metric", metric))
    return known.version if known else None


def _change(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else other - one
