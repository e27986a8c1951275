"""A scorecard's period as pages and packs show it: frozen where it is closed, else as it stands; with what was said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from leadline.app import periods as p
from leadline.app.seen import EVERYTHING, emptied, hidden, ready_for
from leadline.catalog.definitions import CommentaryTemplate
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.scorecards.commentary import Required, Selective, required
from leadline.scorecards.freezing import frozen, score_units
from leadline.scorecards.readiness import Readiness
from leadline.scorecards.tree import find
from leadline.store.closings import Closing, PeriodState, Reopening
from leadline.store.commentary import Comment
from leadline.store.ledger_reader import LedgerReader


@dataclass(frozen=True, slots=True)
class Record:
    """One scorecard, one period, one unit (None: everything).

    `closing` is the last one, in force unless `state` is reopened; then, and when there is none, `lines` are as they
    stand in the published generation. `comments` are the last versions on this unit's figures, by metric (None: on
    the scorecard). `wanted` are the measures of which a comment is required.
    """

    name: str
    period: Period
    unit: str | None
    units: tuple[str | None, ...]
    state: PeriodState
    closing: Closing | None
    lines: tuple[p.Beside, ...]
    ready: Readiness
    template: CommentaryTemplate
    comments: Mapping[str | None, Comment]
    wanted: tuple[Required, ...]
    steps: tuple[Reopening, ...]
    selective: tuple[Selective, ...]

    @property
    def is_frozen(self) -> bool:
        """Tell whether the figures are those that were frozen."""
        return self.closing is not None and self.state != "reopened"

    @property
    def moved(self) -> tuple[p.Beside, ...]:
        """Give the figures that are something else now."""
        return tuple(line for line in self.lines if line.now is not None)


def record(
    published: Published,
    reader: LedgerReader,
    name: str,
    period: Period,
    *,
    unit: str | None = None,
    viewer: str | Viewer,
    today: date,
) -> Record:
    """Read a period. `unit` is one that reports (default: the scorecard's own). Raises QueryError for another name."""
    scorecard = find(published.catalog, name)
    unit = unit or scorecard.unit
    closing = reader.frozen.latest(name, period.label)
    state = reader.frozen.state(closing)
    if closing is not None and state != "reopened":
        every = p.beside(reader.frozen, closing)
        units = tuple(dict.fromkeys(line.was.unit for line in every))
        lines = [line for line in every if line.was.unit == unit]
    else:
        units = p.units_of(published, name)
        results = score_units(published, name, period, [unit], viewer=EVERYTHING)
        lines = [p.Beside(figure, None) for figure in frozen(published, results)]
    dark = hidden(published, viewer, [line.was for line in lines], period)
    lines = [p.Beside(emptied(line.was), None) if n in dark else line for n, line in enumerate(lines)]
    said = reader.commentary.current(name, period.label)
    asked = p.template(scorecard)
    wanted = required(asked, (line.was for line in lines), said, units) if scorecard.reporting else []
    unseen = {line.was.metric for n, line in enumerate(lines) if n in dark}
    ready = p.ready(published, reader, name, period, today=today)
    ready = ready_for(published, viewer, ready)
    return Record(
        name=name,
        period=period,
        unit=unit,
        units=tuple(one for one in units if one in {u.unit for u in ready.units} or isinstance(viewer, str)),
        state=state,
        closing=closing,
        lines=tuple(lines),
        ready=ready,
        template=asked,
        comments={
            metric: comment
            for (metric, where), comment in said.items()
            if where == unit and (metric is None or metric not in unseen)
        },
        wanted=tuple(wanted),
        steps=tuple(reader.frozen.reopenings(closing.id)) if closing else (),
        selective=p.selectivity(published, reader, name),
    )
