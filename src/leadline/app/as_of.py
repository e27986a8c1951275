"""Figures as of an earlier instant: the rows as they were then, the definitions as they are now.

A batch is an instant (when it was recorded), and so is a generation, which brings its own definitions. What is asked
is computed from the rows; they are kept for a while after they were superseded (store/sweep.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from leadline.app import trust
from leadline.app.excluding import detecting
from leadline.app.wiring import Workspace, open_published
from leadline.clock import Clock
from leadline.errors import QueryError
from leadline.ingest.consent import WORDS
from leadline.ingest.derived import derive
from leadline.ingest.leaving import Found, Rows
from leadline.ingest.left_out import FINDERS, left_out
from leadline.metrics.published import Published, with_editions
from leadline.metrics.states import live_relations, people
from leadline.store.engine import Relation
from leadline.store.entries import Batch
from leadline.store.lock import writing


def open_as_of(space: Workspace, asked: str, clock: Clock) -> Published:
    """Give what would have been published at an instant, from the rows that counted then.

    `asked` is an instant (wall-clock time of the project where it has no offset), a batch or a generation.

    Raises:
        QueryError: it is none of these, lies ahead, or rows of then are no longer kept.
        BusyError: derived facts of then must be made, and another process is writing.
    """
    with space.ledger.read() as reader:
        batches = {batch.id: batch for batch in reader.batches()}
        generations = {one.id: one for one in reader.generations()}
    published = open_published(space, asked if asked in generations else None)
    if asked in generations:
        instant = generations[asked].as_of
    elif asked in batches:
        instant = batches[asked].recorded_at
    else:
        instant = _instant(asked, published.catalog.project.time_zone)
    if instant > clock.now():
        raise QueryError(
            f"{asked} lies ahead: nobody knows what will have been recorded.", code="as-of-ahead"
        )
    return computed(
        space, published, live_at(batches, instant), every=batches.values(), instant=instant, clock=clock
    )


def computed(
    space: Workspace,
    published: Published,
    live: Mapping[str, Batch],
    *,
    every: Iterable[Batch],
    instant: datetime,
    clock: Clock,
) -> Published:
    """Give what would have been published at an instant with these batches, by the definitions of `published`.

    `every` batch there is says what customers have said since. Raises QueryError where rows are no longer kept.
    """
    then = {batch.id: batch for batch in live.values() if batch.fact in published.catalog.facts}
    for batch in then.values():
        if batch.rows_accepted and not space.engine.exists(Relation("fact", batch.fact, batch.id)):
            raise QueryError(
                f"Rows that counted at {instant:%Y-%m-%d %H:%M} UTC are no longer kept: those of {batch.file}.",
                code="as-of-gone",
                hint="Ask for a later instant; superseded rows are kept for 400 days.",
            )
    kept = published.generation.tables.get("identity", {})
    derived = _derived(space, published, then, clock)
    counting = [(batch.fact, batch.id) for batch in then.values() if batch.rows_accepted]
    rows = Rows(published.catalog, space.engine, live_relations(counting, derived), instant,
                people({"identity": kept}))  # fmt: skip
    generation = replace(
        published.generation,
        id=f"as of {instant.isoformat(timespec='seconds')}",
        as_of=instant,
        batches=tuple(then),
        tables={
            "identity": kept,
            **trust.look(published.catalog, space.engine, list(then.values()), list(then.values()), instant)[
                1
            ],
            "derived": derived,
            "left_out": _left_out(space, rows, _words(every), clock),
        },
    )
    made = replace(published, generation=generation, batches=then, at_rest=False)
    return with_editions(made, lambda one: replace(one, generation=generation, batches=then, at_rest=False))


def live_at(batches: Mapping[str, Batch], instant: datetime) -> dict[str, Batch]:
    """Give the batches whose rows counted at an instant: recorded by then, and not superseded by then."""
    return {
        batch.id: batch
        for batch in batches.values()
        if batch.state == "loaded"
        and batch.recorded_at <= instant
        and (batch.superseded_by is None or batches[batch.superseded_by].recorded_at > instant)
    }


def _derived(
    space: Workspace, published: Published, then: Mapping[str, Batch], clock: Clock
) -> dict[str, str]:
    if not any(fact.from_ for fact in published.catalog.facts.values()):
        return {}
    with writing(space.home, "as-of", clock):
        return derive(
            published.catalog, space.engine, list(then.values()), people(published.generation.tables)
        )


def _words(batches: Iterable[Batch]) -> tuple[Relation, ...]:
    """Give where all that customers have said stands, up to now."""
    live = [b for b in batches if b.fact == WORDS and b.state == "loaded" and b.superseded_by is None]
    return tuple(Relation("fact", WORDS, b.id) for b in sorted(live, key=lambda b: b.id) if b.rows_accepted)


def _left_out(
    space: Workspace, rows: Rows, words: tuple[Relation, ...], clock: Clock
) -> dict[str, list[str]]:
    """Leave out what detectors would have caught then, and whoever has no right today: a withdrawal holds for every
    figure that is computed after it, of whatever moment."""
    if rows.catalog.policy is None and not rows.catalog.detectors:
        return {}
    today = replace(rows, relations={**rows.relations, WORDS: words}, now=clock.now())

    def without_right(_then: Rows) -> list[Found]:
        return [found for finder in FINDERS for found in finder(today)]

    with writing(space.home, "as-of", clock):
        return left_out(rows, (without_right, detecting(space, rows.catalog)))


def _instant(text: str, zone: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(
            f"{text!r} is no instant, no batch and no generation.",
            code="unknown-as-of",
            hint="Write 2026-05-01T00:00, or name a batch; `leadline explain` shows them.",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
