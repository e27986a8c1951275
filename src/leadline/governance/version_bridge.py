"""The bridge between two versions of a metric: how much of a step in its series is the definition, and how much is not.

Both versions are computed from the rows there are now. So what a figure was when it was first published, plus what came
late or was corrected since, plus the change of the definition, is what it is: the parts add up exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from leadline.catalog import Catalog, build
from leadline.catalog.definitions import Grain
from leadline.errors import QueryError
from leadline.governance.in_force import documents
from leadline.governance.pairing import exchanged
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.store.entries import DefinitionVersion

PURPOSE = "a bridge between versions"


@dataclass(frozen=True, slots=True)
class Span:
    """One period: first published as final (None: never, or not another value), by the old version on the rows of now,
    and by the new one. `rows` is what late and corrected rows did, `definition` what the change of the definition did.
    """

    period: str
    published: float | None
    old: float | None
    new: float | None
    rows: float | None
    definition: float | None
    in_force: int

    @property
    def total(self) -> float | None:
        """All that there is between the first and the last: the sum of the parts."""
        start = self.published if self.published is not None else self.old
        return self.new - start if self.new is not None and start is not None else None


@dataclass(frozen=True, slots=True)
class Place:
    """Of what a bridge is: periods that begin in [since, until), a unit, values of columns."""

    since: date
    until: date
    unit: str | None = None
    where: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class VersionBridge:
    """Every period by both versions."""

    metric: str
    title: str
    measured_in: str
    grain: Grain
    old_version: int
    new_version: int
    spans: tuple[Span, ...]

    def step(self, nth: int) -> tuple[Span, Span] | None:
        """Give the spans between which the series goes over from the old version to the new one, where `nth` is the
        first of the new."""
        if nth < 1 or nth >= len(self.spans):
            return None
        before, after = self.spans[nth - 1], self.spans[nth]
        over = (before.in_force, after.in_force) == (self.old_version, self.new_version)
        told = None not in (before.old, after.old, after.new)
        return (before, after) if over and told else None


def version_bridge(
    published: Published,
    versions: Sequence[DefinitionVersion],
    metric: str,
    *,
    viewer: str | Viewer,
    grain: Grain = "month",
    periods: int = 12,
    place: Place | None = None,
) -> VersionBridge:
    """Bridge the version in force today and the one of another meaning before it. Raises QueryError without one.

    `versions` are those of the metric that were ever in force, the oldest first; `place`: of which part, and which
    periods, where not the last ones of the whole.
    """
    now = published.versions["metric", metric]
    earlier = [v for v in versions if v.version < now.version]
    if not earlier:
        raise QueryError(
            f"{metric} has one version only.", code="one-version", hint="See: leadline history metric NAME"
        )
    before = earlier[-1]
    last = published.latest_complete(metric, grain)
    if last is None:
        raise QueryError(f"{metric} has no rows.", code="no-rows")
    at = place or Place(published.periods.back(last, periods - 1).start, last.end)
    query = Query(
        metric, viewer, PURPOSE, grain, since=at.since, until=at.until, unit=at.unit, where=at.where or {}
    )
    new = {o.period: o for o in evaluate(_today(published), query)}
    old = {o.period: o for o in evaluate(_by(published, before, metric), query)}
    shown = {o.period: o for o in evaluate(published, query)}
    since = _first_of_before(earlier)
    every = (_span(old.get(p), one, shown.get(p), since) for p, one in new.items())
    spans = tuple(span for span in every if span.old is not None or span.new is not None)
    one = published.catalog.metrics[metric]
    return VersionBridge(metric, one.label, one.measured_in, grain, before.version, now.version, spans)


def _today(published: Published) -> Published:
    """Answer for all periods by the version in force today: its states are there for every day."""
    kept = tuple(e for e in published.editions if e.candidate)
    return replace(published, editions=kept)


def _by(published: Published, version: DefinitionVersion, metric: str) -> Published:
    """Give where the figures by an earlier version are: an edition's states, or the rows."""
    for edition in published.editions:
        mine = edition.published.versions.get(("metric", metric))
        if metric in edition.metrics and mine is not None and mine.meaning == version.meaning:
            return edition.published
    return exchanged(published, _with(published.catalog, version, metric), [metric])


def _with(catalog: Catalog, version: DefinitionVersion, metric: str) -> Catalog:
    others = [d for d in catalog.documents if (d.kind, d.data.get("name")) != ("metric", metric)]
    return build([*others, *documents(version)], catalog.root)


def _first_of_before(earlier: Sequence[DefinitionVersion]) -> date | None:
    """Give the day since which the old version was there; None where no other came before it."""
    old = earlier[-1].version
    if all(v.version == old for v in earlier):
        return None
    return min(v.recorded_at for v in earlier if v.version == old).date()


def _span(
    old: Observation | None, new: Observation, shown: Observation | None, since: date | None = None
) -> Span:
    """Part the step: late and corrected rows first, by the old version, then the definition, on the rows of now.

    What was final before the old version was there (`since`) was published by yet another one: that is not parted
    into rows and definition, for it would be told as rows what a definition did.
    """
    was = old.value if old else None
    first = shown.former if shown is not None and (since is None or since <= new.end) else None
    definition = new.value - was if new.value is not None and was is not None else None
    rows = was - first if was is not None and first is not None else None
    return Span(new.period, first, was, new.value, rows, definition, shown.version if shown else new.version)
