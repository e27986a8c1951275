"""A question about a metric whose definition changed is asked of each version for its own periods.

A period is of the version that is in force for the day on which it begins, whole. Where an earlier version cannot be
asked so (it was not sliced by that column, not shown so finely), its periods are left out of the answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from leadline.catalog import Catalog
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS
from leadline.metrics.published import Edition, Published
from leadline.metrics.query import Query
from leadline.metrics.rollups import ADDED_UP, COUNTED_ONCE
from leadline.store.entries import DefinitionVersion

Piece = tuple[Published, Query]

_OF_STATES = frozenset(
    {"partitions", "days", "coverage", "restated", "width", "editions", ADDED_UP, COUNTED_ONCE}
)
"""What a generation says of its states: an edition has its own."""


def edition(
    made: Published,
    catalog: Catalog,
    versions: Mapping[tuple[str, str], DefinitionVersion],
    tables: Mapping[str, Any],
    *,
    metrics: Iterable[str],
    since: date | None,
    until: date | None,
    candidate: bool,
) -> Edition:
    """Give an edition of a generation: the same rows, by other definitions of a few metrics."""
    rows = {name: said for name, said in made.generation.tables.items() if name not in _OF_STATES}
    generation = replace(made.generation, tables={**rows, **tables})
    every = {**made.versions, **versions}
    published = replace(made, catalog=catalog, generation=generation, versions=every, editions=())
    return Edition(since, until, frozenset(metrics), published, candidate)


def of_metric(published: Published, metric: str) -> list[Edition]:
    """Give the editions of a metric, the earliest first, without candidates."""
    mine = [e for e in published.editions if metric in e.metrics and not e.candidate]
    return sorted(mine, key=lambda e: e.since or date.min)


def candidate(published: Published, metric: str) -> Edition | None:
    """Give the version of a metric that is computed beside the one in force, if any is."""
    return next((e for e in published.editions if e.candidate and metric in e.metrics), None)


def pieces(published: Published, query: Query) -> list[Piece]:
    """Give the questions, in the order of their periods, whose answers one after the other are the query's."""
    editions = of_metric(published, query.metric)
    if not editions:
        return [(published, query)]
    found = list(_pieces(published, query))
    asked = [piece for piece in found if piece[0] is published or _can(*piece)]
    return asked or [(published, query)]


def _pieces(published: Published, query: Query) -> Iterator[Piece]:
    begin: date | None = query.since
    for edition in of_metric(published, query.metric):
        if edition.since is not None and (begin is None or begin < edition.since):
            yield from _within(published, query, begin, edition.since)
            begin = edition.since
        yield from _within(edition.published, query, begin, edition.until)
        if edition.until is None:
            return
        begin = edition.until if begin is None else max(begin, edition.until)
    yield from _within(published, query, begin, None)


def _within(published: Published, query: Query, since: date | None, until: date | None) -> Iterator[Piece]:
    """Ask for those of the query's periods that begin in [since, until), if there are any."""
    ends = [day for day in (until, query.until) if day is not None]
    end = min(ends) if ends else None
    if since is None or end is None or since < end:
        yield published, replace(query, since=since, until=end)


def _can(published: Published, query: Query) -> bool:
    """Tell whether a version can be asked so."""
    metric = published.catalog.metrics[query.metric]
    sliced = set(query.columns) <= set(dimensions(published.catalog, metric))
    by_unit = has_units(published.catalog, metric) or not (query.by_unit or query.unit)
    fine = GRAINS.index(query.grain) >= GRAINS.index(finest_shown(published.catalog, metric))
    return sliced and by_unit and fine
