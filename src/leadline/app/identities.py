"""Identities at a refresh and between refreshes: resolved, asked about, decided on, learned again."""

from collections.abc import Callable, Sequence
from typing import Any

from leadline.app.wiring import Workspace
from leadline.catalog import Catalog
from leadline.clock import Clock
from leadline.errors import IdentityError, NothingPublished, suggest
from leadline.ingest.identity import decisions as d
from leadline.ingest.identity import reading
from leadline.ingest.identity.changes import Change
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.reading import Pair
from leadline.ingest.identity.resolve import Place, State, learn_again, resolve, states, tables
from leadline.ingest.identity.staged import Records
from leadline.metrics.published import Published
from leadline.store.engine import Engine, Relation
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

Show = Callable[[str, str, int, int], None]


IN_MEMORY = 2_000_000
"""Up to so many records are resolved in memory, more in a file: slower, and of any number."""


def place(space: Workspace, catalog: Catalog, live: Sequence[Batch]) -> Place:
    """Give where identities are resolved."""
    of = {identity.of for identity in catalog.identities.values()}
    large = sum(batch.rows_accepted for batch in live if batch.fact in of) > IN_MEMORY
    return Place(
        catalog, space.engine, space.ledger, lambda: Staging(space.home.root, space.settings, large=large)
    )


def former(space: Workspace) -> dict[str, Any]:
    """Give what the generation in force keeps; nothing where there is none."""
    with space.ledger.read() as reader:
        try:
            return dict(reader.generation().tables)
        except NothingPublished:
            return {}


def resolved(
    space: Workspace, catalog: Catalog, live: Sequence[Batch], clock: Clock, show: Show
) -> dict[str, Any]:
    """Resolve every identity; give what the generation keeps of them. The caller holds the writing lock."""
    if not catalog.identities:
        return {}
    found = resolve(
        place(space, catalog, live), live, former(space), clock, actor=space.actor,
        told=lambda what: show("identities", what, 0, 1),
    )  # fmt: skip
    show("identities", "", 1, 1)
    return tables(found)


def relearned(space: Workspace, name: str) -> Model:
    """Learn an identity's next model from the rows that count now. The caller holds the writing lock."""
    with space.ledger.read() as reader:
        live = reader.live_batches()
    return learn_again(place(space, space.definitions(), live), live, name, actor=space.actor)


def state(published: Published, name: str | None) -> tuple[str, State]:
    """Give the state of an identity in a generation; without a name, of the only one.

    Raises:
        IdentityError: there is none, or several and none was named.
    """
    found = states(published.generation.tables)
    if name is None and len(found) == 1:
        return next(iter(found.items()))
    if name is None or name not in found:
        listed = (
            f"There are {', '.join(sorted(found))}."
            if found
            else "Declare one (docs/identity.md), and refresh."
        )
        raise IdentityError(
            f"There is no identity {name!r}." if name else "No identity is named.", code="identity-unknown",
            hint=(suggest(name, found) if name else "") or listed,
        )  # fmt: skip
    return name, found[name]


def model_in_force(ledger: Ledger, name: str, version: int | None) -> Model | None:
    """Give a version of what was learned."""
    with ledger.read() as reader:
        return next((model for model, _ in d.models(reader, name) if model.version == version), None)


def side_by_side(
    published: Published, ledger: Ledger, name: str, keys: tuple[str, str], opening: Callable[[], Staging]
) -> Pair:
    """Set two records of an identity side by side."""
    _, found = state(published, name)
    identity = published.catalog.identities[name]
    relations = [
        Relation("fact", batch.fact, batch.id)
        for batch in published.batches.values()
        if batch.fact == identity.of and batch.rows_accepted
    ]
    records = Records(published.catalog, published.engine, identity, relations)
    with opening() as staging:
        return reading.pair(staging, records, model_in_force(ledger, name, found.model), keys)


def decide(
    ledger: Ledger,
    published: Published,
    name: str,
    keys: tuple[str, str],
    *,
    accept: bool,
    actor: str,
    because: str = "",
    level: str | None = None,
) -> None:
    """Record that two records are one (person, or whatever `level` names), or are not; in force from the next refresh.

    Raises:
        IdentityError: there is no such identity, level or record, or both are the same.
    """
    _, found = state(published, name)
    if level is not None and level not in found.columns:
        raise IdentityError(
            f"{name!r} has no level {level!r}.", code="identity-unknown",
            hint=suggest(level, found.columns) or f"It has {', '.join(found.columns)}.",
        )  # fmt: skip
    reading.demand(published.engine, found, keys)
    above = level if level is not None and level != found.columns[0] else ""
    with ledger.write(actor=actor) as writer:
        d.decide(writer, name, accept=accept, left=keys[:1], right=keys[1:], because=because, level=above)


def undo_change(ledger: Ledger, published: Published, name: str, said: str, *, actor: str) -> Change:
    """Undo what a refresh did of itself, at the level of the change: records that came together are rejected, records
    that parted accepted.

    Raises:
        IdentityError: there is no such change, or it cannot be undone.
    """
    _, found = state(published, name)
    line = next((c for c in reading.log(published.engine, found) if f"{c.run}.{c.nth}" == said), None)
    if line is None or line.what == "ended" or line.level not in found.columns:
        raise IdentityError(
            f"There is no change {said!r} that can be undone.", code="identity-decision",
            hint=f"See: leadline identity log --identity {name}",
        )  # fmt: skip
    moved, stayed = _sides(published.engine, found, line)
    together = line.what == "split"
    with ledger.write(actor=actor) as writer:
        left, right = (moved[:1], stayed[:1]) if together else (moved, stayed)
        level = line.level if line.level != found.columns[0] else ""
        d.decide(
            writer,
            name,
            accept=together,
            left=left,
            right=right,
            because=f"undoes change {said}",
            level=level,
        )
    return line


def _sides(engine: Engine, found: State, line: Change) -> tuple[list[str], list[str]]:
    """Give the records that moved, and those that they joined or left."""
    other = line.id if line.what == "split" else line.other
    there = reading.members(engine, found, line.level, other)
    moved = [key for key in line.moved if key in reading.known(engine, found, line.moved)]
    return moved, [key for key in there if key not in set(moved)]
