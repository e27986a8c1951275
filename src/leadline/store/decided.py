"""What people decided about definitions and figures: owners, suspensions, overrides, meetings.

Only appended: the present is what all decisions on a subject come to, and the rooms above say what that is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store.reading import Reading
from leadline.store.records.decided import decision
from leadline.store.writing import Writing


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: about what (`ownership`, `suspension`, …), on which subject, and what was said with it (JSON).

    `item` is the work item that it came from, if any.
    """

    number: int
    at: datetime
    actor: str
    about: str
    subject: str
    what: str
    item: str | None
    said: Mapping[str, Any]


class DecidedReader(Reading):
    """Reads decisions."""

    VERBS: ClassVar[frozenset[str]] = frozenset({"decide"})

    def of(self, about: str, subject: str | None = None) -> list[Decision]:
        """Give the decisions of one sort, on one subject or on all, the oldest first."""
        query = sa.select(decision).where(decision.c.about == about).order_by(decision.c.number)
        if subject is not None:
            query = query.where(decision.c.subject == subject)
        return [Decision(**row) for row in self._rows(query)]

    def last(self) -> int:
        """Give the number of the newest decision, 0 when there is none: what is kept of them is out of date by it."""
        return int(
            self._connection.scalar(sa.select(sa.func.coalesce(sa.func.max(decision.c.number), 0))) or 0
        )

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every decision as the journal must have said it."""
        for row in self._rows(sa.select(decision).order_by(decision.c.number)):
            yield f"decision:{row['number']}", dict(row)


class DecidedWriter(DecidedReader, Writing):
    """Writes decisions."""

    def decide(
        self, about: str, subject: str, what: str, said: Mapping[str, Any], *, item: str | None = None
    ) -> Decision:
        """Record a decision of the actor.

        Raises:
            StoreError: it is on nothing.
        """
        if not about or not subject or not what:
            raise StoreError("A decision is on something.", code="ledger-decision")
        row: dict[str, Any] = {
            "number": self._next(decision.c.number),
            "at": self._clock.now(),
            "actor": self._actor,
            "about": about,
            "subject": subject,
            "what": what,
            "item": item,
            "said": dict(said),
        }
        self._say("decide", f"decision:{row['number']}", after=row)
        self._insert(decision, [row])
        return Decision(**row)
