"""Closing, reopening and commenting as the doors do it: on the latest published generation, by the ledger's verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from leadline.app.disputes import Disputed, disputes, within
from leadline.app.seen import EVERYTHING, ready_for
from leadline.catalog.definitions import CommentaryTemplate, Scorecard
from leadline.catalog.weights import measures_of
from leadline.clock import Clock
from leadline.errors import PeriodError, suggest
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.commentary import Selective, checked, selective_owners
from leadline.scorecards.freezing import close, require_open, require_over, units_of
from leadline.scorecards.readiness import Readiness, readiness
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import find
from leadline.store.closings import Closing, Frozen, Restated
from leadline.store.commentary import Comment
from leadline.store.frozen import FrozenReader
from leadline.store.ledger import Ledger
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter

__all__ = [
    "Beside",
    "beside",
    "calendar",
    "close_in",
    "close_period",
    "closed",
    "is_other",
    "ordered",
    "ready",
    "reopen_period",
    "say",
    "selectivity",
    "template",
    "today",
    "units_of",
]

SHOWN = 6
"""So many periods of the past stand on the calendar."""


def close_period(
    ledger: Ledger,
    published: Published,
    name: str,
    period: Period,
    *,
    actor: str,
    today: date,
    because: str,
    despite: bool,
) -> Closing:
    """Freeze a period. What it lacks is kept with it.

    Raises:
        PeriodError: it is not over, is closed, or lacks something and `despite` is not given with a reason.
    """
    with ledger.write(actor=actor) as writer:
        return close_in(writer, published, name, period, today=today, because=because, despite=despite)


def close_in(
    writer: LedgerWriter,
    published: Published,
    name: str,
    period: Period,
    *,
    today: date,
    because: str,
    despite: bool,
) -> Closing:
    """Freeze a period in a transaction that is open: of a work item's step, or of nothing else; see `close_period`."""
    require_over(published, name, period)
    found = ready(published, writer, name, period, today=today)
    units = published.catalog.units
    gaps = tuple(
        f"{units.label(gap.unit)}: {gap.words}" if gap.unit in units.names and gap.unit else gap.words
        for gap in found.gaps
    )
    if gaps and found.state in {"open", "reopened"} and not (despite and because.strip()):
        more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        raise PeriodError(
            f"{period.label} of {name} is not ready: {gaps[0].rstrip('.')}{more}.",
            code="period-not-ready",
            hint="See `leadline readiness`. To close it all the same, say --despite and --because.",
        )
    return close(writer.frozen, published, name, period, viewer=writer.actor, because=because, lacking=gaps)


def ready(
    published: Published,
    reader: LedgerReader,
    name: str,
    period: Period,
    *,
    today: date,
    contested: Sequence[Disputed] | None = None,
    results: Sequence[ScorecardResult] | None = None,
) -> Readiness:
    """Say what a period lacks, open disputes included; `contested`, `results`: what was read already."""
    found = disputes(reader, closed=False) if contested is None else contested
    waits = within(published, found, period)
    return readiness(
        published, reader, name, period, viewer=EVERYTHING, today=today, disputes=waits, results=results
    )


def reopen_period(
    ledger: Ledger, name: str, period: str, *, actor: str, because: str, agree: bool
) -> Closing:
    """Ask that a closed period be reopened, or (`agree`) agree to it as a second person. Raises PeriodError."""
    with ledger.write(actor=actor) as writer:
        closing = closed(writer.frozen, name, period)
        if agree:
            writer.frozen.agree_reopening(closing, because)
        else:
            writer.frozen.ask_reopening(closing, because)
    return closing


def closed(reader: FrozenReader, name: str, period: str) -> Closing:
    """Give the last closing of a scorecard's period. Raises PeriodError when it was never closed."""
    found = reader.latest(name, period)
    if found is None:
        raise PeriodError(
            f"{period} of {name} was never closed.",
            code="period-not-closed",
            hint=f"Close it with: leadline close {name} {period}",
        )
    return found


def say(
    ledger: Ledger,
    published: Published,
    name: str,
    period: Period,
    parts: Mapping[str, str],
    *,
    actor: str,
    metric: str | None = None,
    unit: str | None = None,
) -> Comment:
    """Keep a comment on a measure (None: on the scorecard) in a period; without text it takes the last one back.

    Raises:
        PeriodError: the period is closed, the scorecard has no such measure, or a part is none of its template's.
    """
    scorecard = find(published.catalog, name)
    if period.grain != scorecard.period:
        require_over(published, name, period)
    names = {measure.metric for measure in measures_of(scorecard)}
    if metric is not None and metric not in names:
        raise PeriodError(
            f"{name} has no measure {metric!r}.", code="unknown-measure", hint=suggest(metric, names)
        )
    if unit is not None and unit not in published.catalog.units.names:
        raise PeriodError(
            f"There is no unit {unit!r}.",
            code="unknown-unit",
            hint=suggest(unit, published.catalog.units.names),
        )
    unit = unit or scorecard.unit
    kept = checked(template(scorecard), parts)
    with ledger.write(actor=actor) as writer:
        require_open(writer.frozen, name, period.label, "A comment")
        return writer.commentary.comment(name, period.label, kept, metric=metric, unit=unit)


def template(scorecard: Scorecard) -> CommentaryTemplate:
    """Give what a comment on a scorecard says, part by part."""
    return scorecard.reporting.commentary if scorecard.reporting else CommentaryTemplate()


def ordered(parts: Sequence[str], said: Mapping[str, str]) -> list[str]:
    """Give the parts of a comment as its template orders them; those that it knows no more come last."""
    return [*(name for name in parts if name in said), *sorted(said.keys() - set(parts))]


def calendar(
    published: Published,
    reader: LedgerReader,
    *,
    viewer: str | Viewer,
    now: date,
    names: Sequence[str] = (),
    count: int = SHOWN,
) -> list[Readiness]:
    """Give the last periods that are over, of every scorecard or of some, the newest first of each."""
    found, contested = [], disputes(reader, closed=False)
    for name in names or sorted(published.catalog.scorecards):
        scorecard = find(published.catalog, name)
        current = published.periods.period(scorecard.period, published.generation.as_of.date())
        for back in range(1, count + 1):
            period = published.periods.back(current, back)
            made = ready(published, reader, name, period, today=now, contested=contested)
            found.append(ready_for(published, viewer, made))
    return found


def selectivity(
    published: Published, reader: LedgerReader, name: str, count: int = SHOWN
) -> tuple[Selective, ...]:
    """Give where comments on the last closed periods of a scorecard keep to good news: on the whole, and by owner."""
    closings = {one.period: one for one in reader.frozen.closings(name)}
    last = [closings[period] for period in sorted(closings, key=lambda p: closings[p].start)][-count:]
    owners = {metric.name: metric.owner or "" for metric in published.catalog.metrics.values()}
    told = selective_owners(
        ((reader.frozen.figures(one.id), reader.commentary.current(name, one.period)) for one in last),
        owners,
    )
    return tuple(one for one in told if one.is_flagged)


def today(published: Published, clock: Clock) -> date:
    """Give the day it is by the project's clock."""
    return clock.now().astimezone(ZoneInfo(published.catalog.project.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Beside:
    """A frozen figure and, where it was restated, what it came to last."""

    was: Frozen
    now: Restated | None


def beside(reader: FrozenReader, closing: Closing) -> list[Beside]:
    """Give what a closing froze, each with its last restatement if that still is another figure."""
    last = {one.position: one for one in reader.restated(closing.id)}
    found = []
    for position, figure in enumerate(reader.figures(closing.id)):
        now = last.get(position)
        found.append(Beside(figure, now if now is not None and is_other(figure, now) else None))
    return found


def is_other(was: Frozen, now: Restated) -> bool:
    """Tell whether a restatement still says something else than what was frozen: figures may come back."""
    return now.withheld or (was.value, was.low, was.high, was.n, was.score, was.verdict) != (
        now.value, now.low, now.high, now.n, now.score, now.verdict,
    )  # fmt: skip
