"""An area of the ledger: which version of a governed definition is in force, from when on, by whose deed.

Deeds are rows that are only added; what is in force follows from all of them, in their order (catalog/in_force.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store.entries import DefinitionVersion
from leadline.store.reading import Reading
from leadline.store.records.effective import effective
from leadline.store.records.published import definition_version
from leadline.store.writing import Writing

Deed = Literal["adopt", "apply", "try", "withdraw", "deprecate", "sunset", "retire", "keep"]
"""`adopt`: governed from now on as it was computed until now; `apply`: by a plan; `try`: computed beside what is in
force, as a candidate, until `withdraw` or an application; the others end a definition's life step by step, and `keep`
says that it does not end after all."""

DEEDS: tuple[Deed, ...] = ("adopt", "apply", "try", "withdraw", "deprecate", "sunset", "retire", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeed:
    """What is done to a definition. `since`: the first day of the periods it concerns, or of a step of its end; None:
    all periods. `request` names the work item that allowed it, `replaced_by` the definition to use instead."""

    kind: str
    name: str
    deed: Deed
    definition: int | None = None
    mode: str = ""
    since: date | None = None
    plan: str = ""
    request: str = ""
    replaced_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedDone(NewDeed):
    """A deed with its place in their order, who did it, and when."""

    id: int
    actor: str
    at: datetime


class EffectiveReader(Reading):
    """What came into force."""

    VERBS: ClassVar[frozenset[str]] = frozenset(f"{deed}_definition" for deed in DEEDS)

    def deeds(self, kind: str | None = None, name: str | None = None) -> list[DeedDone]:
        """Give what was done to definitions, of a kind and name or of all, the oldest first."""
        query = sa.select(effective).order_by(effective.c.id)
        for column, wanted in ((effective.c.kind, kind), (effective.c.name, name)):
            if wanted is not None:
                query = query.where(column == wanted)
        return [_deed(row) for row in self._rows(query)]

    def last(self) -> int:
        """Give the number of the newest deed, 0 when there is none: what is kept of them is out of date by it."""
        return int(self._connection.scalar(sa.select(sa.func.coalesce(sa.func.max(effective.c.id), 0))) or 0)

    def definition(self, identifier: int) -> DefinitionVersion:
        """Give a recorded version by its identifier.

        Raises:
            StoreError: there is none.
        """
        found = self.definitions([identifier])
        if not found:
            raise StoreError(f"There is no definition {identifier}.", code="ledger-unknown")
        return found[0]

    def definitions(self, identifiers: list[int]) -> list[DefinitionVersion]:
        """Give recorded versions by their identifiers, in the order of recording."""
        table = definition_version
        query = sa.select(table).where(table.c.id.in_(identifiers)).order_by(table.c.id)
        return [DefinitionVersion(**row) for row in self._rows(query)]

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every deed with its subject in the journal."""
        for row in self._rows(sa.select(effective).order_by(effective.c.id)):
            yield f"effective:{row['id']}", row


class EffectiveWriter(EffectiveReader, Writing):
    """The one verb that brings something into force, or out of it."""

    def do(self, new: NewDeed) -> DeedDone:
        """Write a deed.

        Raises:
            StoreError: it names a version that is not recorded, or not one of this definition.
        """
        if new.definition is not None:
            version = self.definition(new.definition)
            if (version.kind, version.name) != (new.kind, new.name):
                raise StoreError(
                    f"Version {new.definition} is one of {version.kind} {version.name}.",
                    code="ledger-definition",
                )
        row = asdict(new) | {
            "id": self._next(effective.c.id),
            "since": new.since.isoformat() if new.since else None,
            "actor": self.actor,
            "at": self._clock.now(),
        }
        self._say(f"{new.deed}_definition", f"effective:{row['id']}", after=row)
        self._insert(effective, [row])
        return _deed(row)


def _deed(row: Mapping[str, Any]) -> DeedDone:
    since = date.fromisoformat(row["since"]) if row["since"] else None
    return DeedDone(**{**row, "since": since})
