"""Each source's reliability at one refresh, and what of it is late: JSON values, as the generation keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadline.catalog import Catalog
from leadline.catalog.definitions import Expected, Source
from leadline.ingest.reasons import Reason
from leadline.ingest.reliability import scores
from leadline.ingest.reliability.awaited import awaited, due, following, overdue
from leadline.ingest.reliability.seen import Seen, seen
from leadline.ingest.result import live_law
from leadline.store.engine import Engine
from leadline.store.entries import Batch

_DOUBLED = frozenset({Reason("duplicate").words, Reason("already-loaded").words})


@dataclass(frozen=True, slots=True)
class Delivered:
    """What counts of one source, and what was seen of it: `refused` counts the files that could not be read."""

    source: Source
    live: tuple[Batch, ...]
    refused: int
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a source: what was seen of it, the periods that were due, and those of them that are missing."""

    seen: Seen
    awaited: tuple[date, ...]
    overdue: tuple[date, ...]


def delivered(
    catalog: Catalog, engine: Engine, live: Sequence[Batch], every: Sequence[Batch], now: datetime
) -> list[Delivered]:
    """Look at every source: `live` are the batches that count, `every` all there ever were.

    Raises:
        StoreError: the warehouse refuses.
    """
    found = []
    last = {(batch.source, batch.file): batch for batch in every if not batch.replays}
    for name, source in sorted(catalog.sources.items()):
        mine = tuple(batch for batch in live if batch.source == name and batch.fact == source.fact)
        refused = sum(b.state == "refused" for (of, _), b in last.items() if of == name)
        parts = tuple(_part(source.expected, one, now) for one in seen(catalog, engine, source, mine, now))
        found.append(Delivered(source, mine, refused, parts))
    return found


def _part(expected: Expected | None, one: Seen, now: datetime) -> Part:
    if expected is None:
        raise AssertionError("nothing is awaited of a source without an objective")
    periods = awaited(expected, one.zone, now, one.first)
    missing = overdue(expected, periods, one.newest)
    if scores.is_chance(expected.every, missing, one.counts):
        missing = []
    return Part(one, tuple(periods), tuple(missing))


def late(found: Sequence[Delivered]) -> list[dict[str, Any]]:
    """Give each part of a source that is late: whose rows of an awaited period are not there though they were due.

    `since` is the first day from which nothing is known of it, `due` when the first missing rows should have come.
    """
    return [
        _said(one.source, one.source.expected, part)
        for one in found
        for part in one.parts
        if part.overdue and one.source.expected is not None
    ]


def _said(source: Source, expected: Expected, part: Part) -> dict[str, Any]:
    first, newest = part.overdue[0], part.seen.newest
    since = first if newest is None else min(first, following("day", newest))
    return {
        "source": source.name,
        "fact": source.fact,
        "unit": part.seen.unit,
        "brings": dict(expected.brings),
        "since": since.isoformat(),
        "newest": newest.isoformat() if newest else None,
        "due": due(expected, part.seen.zone, first).isoformat(),
        "periods": len(part.overdue),
        "every": expected.every,
    }


def reliability(
    found: Sequence[Delivered],
    astray: Mapping[str, float],
    agreeing: Mapping[str, float],
) -> dict[str, Any]:
    """Give each source's score and its parts, whether its objective was met at this refresh, and the counts behind.

    `astray` is the share of a source's rows whose reference names no row, `agreeing` the share of the reconciled cells
    with its rows that agree; both by source, 0 and 1 where nothing is known.
    """
    said: dict[str, Any] = {}
    for one in found:
        parts = _parts(one, astray.get(one.source.name, 0.0), agreeing.get(one.source.name, 1.0))
        score, expected = parts.score, one.source.expected
        missing = [len(part.overdue) for part in one.parts]
        newest = [part.seen.newest for part in one.parts if part.seen.newest]
        said[one.source.name] = {
            "score": None if score is None else round(score, 2),
            "parts": {name: round(value, 2) for name, value in parts.known.items()},
            "reliable": None if score is None or expected is None else score >= expected.reliable_from,
            "met": not any(missing) if any(part.awaited for part in one.parts) else None,
            "overdue": max(missing, default=0),
            "newest": max(newest).isoformat() if newest else None,
        }
    return said


def _parts(one: Delivered, astray: float, agreeing: float) -> scores.Parts:
    law = live_law(one.live)
    files = len({batch.file for batch in one.live})
    doubled = sum(n for b in one.live for reason, n in b.reasons.items() if reason in _DOUBLED)
    whole = steady = timely = None
    awaited_parts = [part for part in one.parts if part.awaited]
    if awaited_parts and one.source.expected:
        every = one.source.expected.every
        whole = _mean([scores.completeness(part.awaited, part.seen.counts) for part in awaited_parts])
        steady = _mean([scores.stability(every, part.awaited, part.seen.counts) for part in awaited_parts])
        timely = _mean([scores.timeliness(len(part.overdue)) for part in awaited_parts])
    return scores.Parts(
        completeness=whole,
        timeliness=timely,
        validity=scores.validity(law.rows_in, law.accepted, files, one.refused),
        consistency=scores.consistency(law.rows_in, doubled, astray, agreeing),
        stability=steady,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
