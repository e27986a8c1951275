"""The history of a definition: every version, who recorded it, what it changed, key by key, and what was done to it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from leadline.catalog.differences import KeyChange, text_differences
from leadline.errors import QueryError, suggest
from leadline.governance.in_force import documents
from leadline.governance.timelines import Timeline, timeline
from leadline.store.effective import DeedDone
from leadline.store.entries import DefinitionVersion
from leadline.store.ledger_reader import LedgerReader

Made = Literal["first", "meaning", "words", "beneath"]
"""What a version changed: it is the first, its meaning, its words only, or the meaning of what it stands on only."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One version or revision: who recorded it, and what it changed of the one before."""

    version: DefinitionVersion
    actor: str
    made: Made
    keys: tuple[KeyChange, ...]

    @property
    def number(self) -> str:
        """The version, with its revision from the second on."""
        one = self.version
        return str(one.version) if one.revision <= 1 else f"{one.version}.{one.revision}"


@dataclass(frozen=True, slots=True)
class History:
    """A definition's versions, the newest first, and the deeds that were done to it, the newest first."""

    kind: str
    name: str
    versions: tuple[Recorded, ...]
    deeds: tuple[DeedDone, ...]
    timeline: Timeline

    def number(self, definition: int | None) -> str:
        """Give the number of a recorded version."""
        return next((one.number for one in self.versions if one.version.id == definition), "")

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON can say it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "stage": self.timeline.stage,
            "replaced_by": self.timeline.replaced_by or None,
            "versions": [
                {
                    "version": r.version.version, "revision": r.version.revision, "made": r.made, "actor": r.actor,
                    "recorded_at": r.version.recorded_at, "meaning": r.version.meaning, "text": r.version.text,
                    "keys": [asdict(key) for key in r.keys],
                }
                for r in self.versions
            ],
            "deeds": [{**asdict(deed), "version": self.number(deed.definition)} for deed in self.deeds],
        }  # fmt: skip


def history(reader: LedgerReader, kind: str, name: str, until: datetime | None = None) -> History:
    """Give the history of a definition. Raises QueryError when the ledger has never seen it."""
    versions = [v for v in reader.versions(kind, name) if until is None or v.recorded_at <= until]
    deeds = reader.effective.deeds(kind, name)
    if not versions:
        known = {deed.name for deed in reader.effective.deeds(kind)}
        raise QueryError(
            f"The ledger knows no {kind} {name!r}.", code="unknown-definition", hint=suggest(name, known)
        )
    found = []
    for place, one in enumerate(versions):
        before = versions[place - 1] if place else None
        rows = reader.journal(limit=1, subject=f"definition:{one.id}", verb="record_definition")
        found.append(_recorded(one, before, rows[0].actor if rows else ""))
    return History(kind, name, tuple(reversed(found)), tuple(reversed(deeds)), timeline(deeds))


def _recorded(one: DefinitionVersion, before: DefinitionVersion | None, actor: str) -> Recorded:
    if before is None:
        return Recorded(one, actor, "first", ())
    keys = text_differences(documents(before), documents(one))
    if one.meaning == before.meaning:
        return Recorded(one, actor, "words", keys)
    return Recorded(one, actor, "meaning" if keys else "beneath", keys)
