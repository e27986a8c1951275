"""Candidates: a metric's version in force and the one that is tried beside it, over the same past periods and rows."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from leadline.catalog import Catalog, build
from leadline.catalog.definitions import Grain
from leadline.catalog.plan import Effective, plan
from leadline.errors import DefinitionError
from leadline.governance.backtest import backtest
from leadline.governance.backtest_results import MetricTest
from leadline.governance.in_force import documents
from leadline.governance.timelines import timelines
from leadline.metrics.editions import candidate
from leadline.metrics.published import Published
from leadline.metrics.query import Viewer
from leadline.store.effective import DeedDone, NewDeed
from leadline.store.entries import DefinitionVersion
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is tried: of which metric, since when and by whom, for periods from which day on (None: all)."""

    metric: str
    version: DefinitionVersion
    since: date | None
    until: date | None
    """The day on which it ends by itself."""
    at: datetime
    actor: str


def candidates(reader: LedgerReader, today: date | None = None) -> list[Candidate]:
    """Give the candidates that were neither applied nor withdrawn, nor ended by themselves by a day, by metric."""
    deeds = reader.effective.deeds("metric")
    by_id = {deed.id: deed for deed in deeds}
    lines = {name: line.candidate for (_, name), line in timelines(deeds).items()}
    tried = {n: s for n, s in lines.items() if s is not None and not (today is not None and s.is_over(today))}
    named = [s.definition for s in tried.values() if s.definition is not None]
    found = {v.id: v for v in reader.effective.definitions(named)} if named else {}
    return [
        Candidate(name, found[s.definition], s.since, s.until, by_id[s.deed].at, by_id[s.deed].actor)
        for name, s in sorted(tried.items())
        if s.definition in found
    ]


def one(reader: LedgerReader, metric: str) -> Candidate:
    """Give the candidate of a metric. Raises DefinitionError where it has none."""
    for found in candidates(reader):
        if found.metric == metric:
            return found
    raise DefinitionError(f"No candidate of {metric!r} is computed.", code="no-candidate")


def proposed(published: Published, tried: Candidate) -> Catalog:
    """Give the definitions that were published with a candidate in the place of its metric's version."""
    of = published.catalog
    others = [d for d in of.documents if (d.kind, d.data.get("name")) != ("metric", tried.metric)]
    return build([*others, *documents(tried.version)], of.root)


def side_by_side(
    published: Published,
    tried: Candidate,
    *,
    viewer: str | Viewer,
    periods: int = 6,
    grain: Grain = "month",
) -> MetricTest | None:
    """Compute both versions over the last complete periods, with the difference and its interval; None where the
    candidate says what is in force."""
    working = proposed(published, tried)
    found = plan(published.catalog, working, Effective("restating"))
    changes = tuple(c for c in found.changes if (c.kind, c.name) == ("metric", tried.metric))
    if not changes or changes[0].what != "meaning":
        return None
    alone = replace(found, changes=changes)
    tests = backtest(published, alone, working, viewer=viewer, periods=periods, grain=grain, examples=0)
    return next((test for test in tests.metrics if test.metric == tried.metric), None)


def is_computed(published: Published, metric: str) -> bool:
    """Tell whether the last refresh computed the candidate: it does so from the one after it was tried."""
    return candidate(published, metric) is not None


def withdraw(writer: LedgerWriter, metric: str, *, reason: str) -> DeedDone:
    """Compute a candidate no longer. Raises DefinitionError where there is none, or no reason."""
    one(writer, metric)
    if not reason.strip():
        raise DefinitionError("A reason is needed.", code="no-reason", hint="Say why it is dropped.")
    return writer.effective.do(NewDeed(kind="metric", name=metric, deed="withdraw", note=reason.strip()))
