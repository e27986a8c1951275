"""The verbs that change the ledger. Each checks what it is told, changes rows, and writes its journal row.

A writer is alone while its transaction lasts and nobody but `Ledger.write` commits it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store import records as r
from leadline.store.areas_writer import AreaWriters
from leadline.store.entries import Batch, DefinitionVersion, Generation, NewDefinition, NewFinding
from leadline.store.ledger_reader import LedgerReader
from leadline.store.said import batch_said, definition_said, generation_said


class LedgerWriter(AreaWriters, LedgerReader):
    """One writing transaction; it reads what it has written."""

    def record_batch(self, batch: Batch) -> None:
        """Record what was made of a file.

        Raises:
            StoreError: its rows do not add up, or it says of itself what only the ledger can know
                (`superseded_by`, `released`).
        """
        _check_batch(batch)
        row = asdict(batch) | {"number": self._next(r.batch.c.number), "file_inode": str(batch.file_inode)}
        row["reasons"] = dict(batch.reasons)
        del row["released"]
        self._say("record_batch", f"batch:{batch.id}", after=batch_said(row))
        self._connection.execute(sa.insert(r.batch).values(row))

    def supersede(self, old_id: str, new_id: str) -> None:
        """Let a batch, and the replays of it, count no longer because of a newer one. Doing so twice is no error.

        Raises:
            StoreError: one of them is unknown, they are the same, or another batch has superseded the old one.
        """
        old, new = self.batch(old_id), self.batch(new_id)
        if old.superseded_by == new.id:
            return
        if old.superseded_by is not None or old.id == new.id or new.superseded_by is not None:
            raise StoreError(
                f"Batch {new_id} cannot supersede batch {old_id}: one of them is superseded already, or both are one.",
                code="ledger-batch",
            )
        live = sa.select(r.batch.c.id).where(r.batch.c.superseded_by.is_(None), r.batch.c.id != new_id)
        replays = self._connection.scalars(live.where(r.batch.c.replays == old_id)).all()
        for batch_id in (old_id, *sorted(replays)):
            self._change_batch("supersede", batch_id, superseded_by=new_id)

    def see_file(self, batch_id: str, *, mtime_ns: int, inode: int) -> None:
        """Note that a file on disk still has the content of a batch, so that it need not be hashed again."""
        self.batch(batch_id)
        self._change_batch("see_file", batch_id, file_mtime_ns=mtime_ns, file_inode=str(inode))

    def record_definitions(self, definitions: Sequence[NewDefinition]) -> list[int]:
        """Record definitions and give their identifiers, in the same order.

        One whose meaning is new becomes a new version; one whose words are new, a new revision of its version;
        one that is known as it is gives the identifier it has.

        Raises:
            StoreError: two of them have the same kind and name.
        """
        names = [(d.kind, d.name) for d in definitions]
        twins = sorted({f"{kind} {name}" for kind, name in names if names.count((kind, name)) > 1})
        if twins:
            raise StoreError(f"Given twice: {', '.join(twins)}.", code="ledger-definition")
        latest = self._latest_definitions()
        return [self._record_definition(d, latest.get((d.kind, d.name))) for d in definitions]

    def publish(self, generation: Generation, findings: Sequence[NewFinding] = ()) -> None:
        """Make a generation the one that readers see, with what was found in it.

        Raises:
            StoreError: it names a batch that does not count or a definition that is not recorded, or the actor is
                not the one who writes.
        """
        self._check_generation(generation)
        if len({f.id for f in findings}) < len(findings):
            raise StoreError("One finding is given twice: two are about the same.", code="ledger-finding")
        said = generation_said(generation, findings)
        latest = self.generations(1)
        before = {"id": latest[0].id} if latest else None
        self._say("publish", f"generation:{generation.id}", before=before, after=said)
        row = {
            "number": self._next(r.generation.c.number),
            "id": generation.id,
            "published_at": generation.published_at,
            "as_of": generation.as_of,
            "tables": dict(generation.tables),
            "actor": generation.actor,
        }
        self._insert(r.generation, [row])
        self._link(r.generation_batch, "batch", generation.id, generation.batches)
        self._link(r.generation_definition, "definition", generation.id, generation.definitions)
        self._record_findings(generation.id, findings)

    def note(
        self,
        verb: str,
        subject: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write something into the journal that changes no entry of the ledger.

        Raises:
            StoreError: the verb is one of the ledger's own.
        """
        if verb in self.verbs:
            raise StoreError(f"{verb!r} is a verb of the ledger and cannot be a note.", code="ledger-verb")
        self._say(verb, subject, before=before, after=after)

    def _change_batch(self, verb: str, batch_id: str, **values: object) -> None:
        """Change a batch's changeable columns."""
        columns = [r.batch.c[name] for name in values]
        before = (
            self._connection.execute(sa.select(*columns).where(r.batch.c.id == batch_id)).mappings().one()
        )
        self._say(verb, f"batch:{batch_id}", before=dict(before), after=values)
        self._connection.execute(sa.update(r.batch).where(r.batch.c.id == batch_id).values(values))

    def _latest_definitions(self) -> dict[tuple[str, str], DefinitionVersion]:
        """Give the newest version and revision of each definition."""
        table = r.definition_version
        newest = sa.select(sa.func.max(table.c.id)).group_by(table.c.kind, table.c.name)
        found = self._rows(sa.select(table).where(table.c.id.in_(newest)))
        return {(row["kind"], row["name"]): DefinitionVersion(**row) for row in found}

    def _record_definition(self, new: NewDefinition, known: DefinitionVersion | None) -> int:
        """Record a definition unless it is known as it is."""
        if known and (known.meaning, known.metadata) == (new.meaning, new.metadata):
            return known.id
        version, revision = (known.version, known.revision) if known else (0, 0)
        if known and known.meaning == new.meaning:
            revision += 1
        else:
            version, revision = version + 1, 1
        identifier = self._next(r.definition_version.c.id)
        row = asdict(new) | {
            "id": identifier,
            "version": version,
            "revision": revision,
            "recorded_at": self._clock.now(),
        }
        before = definition_said(asdict(known)) if known else None
        self._say("record_definition", f"definition:{identifier}", before=before, after=definition_said(row))
        self._insert(r.definition_version, [row])
        return identifier

    def _check_generation(self, generation: Generation) -> None:
        """Refuse a generation that is not what it says."""
        if generation.actor != self._actor:
            raise StoreError("A generation is published by the actor who writes.", code="ledger-actor")
        live = {batch.id for batch in self.live_batches()}
        if stale := [b for b in generation.batches if b not in live]:
            raise StoreError(
                f"These batches do not count, or not any more: {', '.join(stale)}.", code="ledger-batch"
            )
        recorded = set(self._connection.scalars(sa.select(r.definition_version.c.id)))
        if missing := [str(d) for d in generation.definitions if d not in recorded]:
            raise StoreError(
                f"These definitions are not recorded: {', '.join(missing)}.", code="ledger-definition"
            )

    def _record_findings(self, generation: str, findings: Sequence[NewFinding]) -> None:
        """Keep what a generation says of each finding, and each finding that is new."""
        known = set(self._connection.scalars(sa.select(r.finding.c.id)))
        about = ("id", "kind", "metric", "period", "grain", "unit", "slice")
        said = ("statement", "evidence", "severity", "direction")
        self._insert(r.finding, [{n: getattr(f, n) for n in about} for f in findings if f.id not in known])
        sightings = [
            {n: getattr(f, n) for n in said}
            | {"finding": f.id, "generation": generation, "position": position}
            for position, f in enumerate(findings)
        ]
        self._insert(r.sighting, sightings)

    def _link(self, table: sa.Table, column: str, generation: str, values: Sequence[object]) -> None:
        """Keep what a generation was computed from, in order."""
        rows = [{"generation": generation, "position": p, column: v} for p, v in enumerate(values)]
        self._insert(table, rows)


def _check_batch(batch: Batch) -> None:
    """Refuse a batch that contradicts itself."""
    if batch.rows_in != batch.rows_accepted + batch.rows_quarantined:
        raise StoreError(
            f"The rows of {batch.file} do not add up: {batch.rows_in} in, {batch.rows_accepted} accepted, "
            f"{batch.rows_quarantined} held.",
            code="ledger-rows",
        )
    if batch.superseded_by is not None or batch.released:
        raise StoreError(
            "A new batch is superseded by none, and nothing of it is released.", code="ledger-batch"
        )
    if batch.state == "refused" and (batch.rows_in or not batch.reason):
        raise StoreError("A refused file has a reason and no rows.", code="ledger-batch")
