"""Questions to the ledger, answered as frozen values. A reader sees one moment and can change nothing."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from leadline.errors import NothingPublished, StoreError
from leadline.store import records as r
from leadline.store.areas_reader import AreaReaders
from leadline.store.entries import Batch, DefinitionVersion, Finding, Generation, JournalRow
from leadline.store.journal import instant_said
from leadline.store.said import batch_said, definition_said, generation_said

VERBS = frozenset({"record_batch", "supersede", "see_file", "record_definition", "publish"})
"""The verbs of what refreshes publish; other areas have their own, and every other verb is a note."""


class LedgerReader(AreaReaders):
    """One consistent view of the ledger."""

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs whose journal rows say what an entry is, of every area."""
        return VERBS.union(*(area.VERBS for area in self._areas()))

    def live_batches(self) -> list[Batch]:
        """Give the batches whose rows count now: loaded, and superseded by none; in the order of recording."""
        live = (r.batch.c.state == "loaded") & r.batch.c.superseded_by.is_(None)
        return self._batches(live)

    def batches(self, source: str | None = None) -> list[Batch]:
        """Give every batch there ever was, of one source or of all, in the order of recording."""
        return self._batches(sa.true() if source is None else r.batch.c.source == source)

    def batch(self, batch_id: str) -> Batch:
        """Give one batch.

        Raises:
            StoreError: there is none of that identifier.
        """
        found = self._batches(r.batch.c.id == batch_id)
        if not found:
            raise StoreError(f"There is no batch {batch_id!r}.", code="ledger-unknown")
        return found[0]

    def generation(self, generation_id: str | None = None) -> Generation:
        """Give a generation, or the latest.

        Raises:
            NothingPublished: there is none yet.
            StoreError: there is none of that identifier.
        """
        wanted = self.newest() if generation_id is None else generation_id
        found = self._generations(sa.select(r.generation).where(r.generation.c.id == wanted))
        if not found:
            raise StoreError(f"There is no generation {generation_id!r}.", code="ledger-unknown")
        return found[0]

    def newest(self) -> str:
        """Name the latest generation, and nothing of it: what every page asks first.

        Raises:
            NothingPublished: there is none yet.
        """
        table = r.generation
        query = sa.select(table.c.id).order_by(table.c.number.desc()).limit(1)
        found = self._connection.execute(query).scalar()
        if found is None:
            raise NothingPublished(
                "Nothing has been published in this project yet.", hint="Run: leadline refresh"
            )
        return str(found)

    def generations(self, limit: int | None = None) -> list[Generation]:
        """Give the generations, the latest first."""
        return self._generations(sa.select(r.generation).order_by(r.generation.c.number.desc()).limit(limit))

    def told(self, name: str, limit: int = 120) -> list[tuple[datetime, Any]]:
        """Give what the last generations told under one name of their tables, with their instants, the latest first.

        Generations that told nothing under it are left out.
        """
        table = r.generation
        query = sa.select(table.c.as_of, table.c.tables).order_by(table.c.number.desc()).limit(limit)
        return [(row["as_of"], row["tables"][name]) for row in self._rows(query) if name in row["tables"]]

    def definitions(self, generation_id: str) -> list[DefinitionVersion]:
        """Give the definitions that a generation was computed from, in the order in which it names them."""
        link = r.generation_definition
        query = (
            sa.select(r.definition_version)
            .join(link, link.c.definition == r.definition_version.c.id)
            .where(link.c.generation == generation_id)
            .order_by(link.c.position)
        )
        return [DefinitionVersion(**row) for row in self._rows(query)]

    def versions(self, kind: str, name: str) -> list[DefinitionVersion]:
        """Give every version and revision of a definition, the oldest first."""
        table = r.definition_version
        query = sa.select(table).where(table.c.kind == kind, table.c.name == name).order_by(table.c.id)
        return [DefinitionVersion(**row) for row in self._rows(query)]

    def findings(
        self,
        generation_id: str | None = None,
        *,
        kind: str | None = None,
        metric: str | None = None,
        unit: str | None = None,
    ) -> list[Finding]:
        """Give what a generation, or the latest, found, in its order; narrowed by what is given.

        Raises:
            NothingPublished: there is no generation yet.
        """
        generation = generation_id or self.generation().id
        first, last = self._seen()
        query = (
            _sightings(first, last)
            .where(r.sighting.c.generation == generation)
            .order_by(r.sighting.c.position)
        )
        for name, value in {"kind": kind, "metric": metric, "unit": unit}.items():
            if value is not None:
                query = query.where(r.finding.c[name] == value)
        return [Finding(**row) for row in self._rows(query)]

    def former_findings(self, kinds: Sequence[str]) -> list[Finding]:
        """Give findings of some kinds that an earlier generation made and the latest did not, as they were said last.

        Raises:
            NothingPublished: there is no generation yet.
        """
        latest = self.generation().id
        first, last = self._seen()
        query = (
            _sightings(first, last)
            .where(
                r.finding.c.kind.in_(kinds), r.sighting.c.generation == last.element, last.element != latest
            )
            .order_by(r.finding.c.id)
        )
        return [Finding(**row) for row in self._rows(query)]

    def journal(
        self,
        limit: int | None = 100,
        subject: str | None = None,
        *,
        actor: str | None = None,
        verb: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
    ) -> list[JournalRow]:
        """Give the latest rows of the journal, the newest first: those that meet all that is asked.

        `since` is inside, `until` outside; `text` stands in the subject, or in what was said before or after.
        """
        at = {"since": since, "until": until}
        said = {name: None if when is None else instant_said(when) for name, when in at.items()}
        conditions = [
            column == wanted
            for column, wanted in (
                (r.journal.c.subject, subject),
                (r.journal.c.actor, actor),
                (r.journal.c.verb, verb),
            )
            if wanted is not None
        ]
        if said["since"] is not None:
            conditions.append(r.journal.c.at >= said["since"])
        if said["until"] is not None:
            conditions.append(r.journal.c.at < said["until"])
        if text is not None:
            places = (r.journal.c.subject, r.journal.c.before, r.journal.c.after)
            conditions.append(sa.or_(*(place.icontains(text, autoescape=True) for place in places)))
        query = sa.select(r.journal).where(*conditions).order_by(r.journal.c.seq.desc()).limit(limit)
        return [JournalRow(**row) for row in self._rows(query)]

    @property
    def last_seq(self) -> int:
        """The number of the journal's last row, 0 where there is none: another one, and something was written."""
        return int(self._connection.scalar(sa.select(sa.func.max(r.journal.c.seq))) or 0)

    def notes(self, *verbs: str) -> list[JournalRow]:
        """Give the journal's notes of some verbs, the oldest first."""
        query = sa.select(r.journal).where(r.journal.c.verb.in_(verbs)).order_by(r.journal.c.seq)
        return [JournalRow(**row) for row in self._rows(query)]

    def chain(self) -> Iterator[JournalRow]:
        """Give every row of the journal, the oldest first."""
        query = sa.select(r.journal).order_by(r.journal.c.seq).execution_options(yield_per=1000)
        with closing(self._connection.execute(query)) as rows:  # also when the caller reads no further
            for row in rows.mappings():
                yield JournalRow(**row)

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every entry: its subject in the journal, and what the journal must have said of it in sum."""
        for row in self._rows(sa.select(r.batch)):
            yield f"batch:{row['id']}", batch_said(row)
        for row in self._rows(sa.select(r.definition_version)):
            yield f"definition:{row['id']}", definition_said(row)
        for generation in reversed(self.generations()):
            yield f"generation:{generation.id}", generation_said(generation, self.findings(generation.id))
        for area in self._areas():
            yield from area.contents()

    def _batches(self, condition: sa.ColumnElement[bool]) -> list[Batch]:
        """Give the batches for which a condition holds, each with the rows released from it since."""
        replay = r.batch.alias("replay")
        released = (
            sa.select(sa.func.coalesce(sa.func.sum(replay.c.rows_accepted), 0))
            .where(replay.c.replays == r.batch.c.id, replay.c.superseded_by.is_(None))
            .scalar_subquery()
        )
        query = sa.select(r.batch, released.label("released")).where(condition).order_by(r.batch.c.number)
        found = []
        for row in self._rows(query):
            del row["number"]
            found.append(
                Batch(**row | {"file_inode": int(row["file_inode"]), "released": int(row["released"])})
            )
        return found

    def _generations(self, query: sa.Select[Any]) -> list[Generation]:
        """Give the generations that a query selects, with what each was computed from."""
        found = self._rows(query)
        names = query.with_only_columns(r.generation.c.id)
        batches = self._links(r.generation_batch, r.generation_batch.c.batch, names)
        definitions = self._links(r.generation_definition, r.generation_definition.c.definition, names)
        return [
            Generation(
                id=row["id"],
                published_at=row["published_at"],
                as_of=row["as_of"],
                batches=tuple(batches.get(row["id"], ())),
                definitions=tuple(definitions.get(row["id"], ())),
                tables=row["tables"],
                actor=row["actor"],
            )
            for row in found
        ]

    def _links(self, link: sa.Table, column: sa.Column[Any], names: sa.Select[Any]) -> dict[str, list[Any]]:
        """Give what each of the generations named links to, in its order."""
        linked: dict[str, list[Any]] = {}
        query = (
            sa.select(link.c.generation, column).where(link.c.generation.in_(names)).order_by(link.c.position)
        )
        for generation, value in self._connection.execute(query):
            linked.setdefault(generation, []).append(value)
        return linked

    def _seen(self) -> tuple[sa.Label[Any], sa.Label[Any]]:
        """Give the first and the last generation that made the finding selected, as columns."""
        query = (
            sa.select(r.generation.c.id)
            .join(r.sighting, r.sighting.c.generation == r.generation.c.id)
            .where(r.sighting.c.finding == r.finding.c.id)
            .limit(1)
            .correlate(r.finding)
        )
        first = query.order_by(r.generation.c.number).scalar_subquery()
        last = query.order_by(r.generation.c.number.desc()).scalar_subquery()
        return first.label("first_generation"), last.label("last_generation")


def _sightings(first: sa.Label[Any], last: sa.Label[Any]) -> sa.Select[Any]:
    """Select findings as generations made them, with the first and the last that did."""
    about = [r.finding.c[name] for name in ("id", "kind", "metric", "period", "grain", "unit", "slice")]
    said = [r.sighting.c[name] for name in ("statement", "evidence", "severity", "direction")]
    return sa.select(*about, *said, first, last).join(r.sighting, r.sighting.c.finding == r.finding.c.id)
