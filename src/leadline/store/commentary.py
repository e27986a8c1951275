"""The area of commentary: what people said of a scorecard's figures, every version kept with its author."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from leadline.store import records as r
from leadline.store.reading import Reading
from leadline.store.writing import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What one person said of a measure (metric None: of the whole scorecard) in one period, for one unit.

    `parts` are the template's, by name; `version` counts what was said of the same.
    """

    number: int
    scorecard: str
    period: str
    metric: str | None
    unit: str | None
    version: int
    parts: Mapping[str, str]
    at: datetime
    author: str

    @property
    def about(self) -> tuple[str | None, str | None]:
        """What it is about: metric and unit."""
        return self.metric, self.unit


class CommentaryReader(Reading):
    """Questions about commentary."""

    VERBS: ClassVar[frozenset[str]] = frozenset({"comment"})

    def versions(self, scorecard: str, period: str | None = None, metric: str | None = None) -> list[Comment]:
        """Give every version of every comment, the oldest first, narrowed by what is given."""
        query = sa.select(r.comment).where(r.comment.c.scorecard == scorecard).order_by(r.comment.c.number)
        for column, wanted in ((r.comment.c.period, period), (r.comment.c.metric, metric)):
            if wanted is not None:
                query = query.where(column == wanted)
        return [Comment(**row) for row in self._rows(query)]

    def current(self, scorecard: str, period: str) -> dict[tuple[str | None, str | None], Comment]:
        """Give the last version of each comment on a period, by what it is about. One taken back is not there."""
        found = {one.about: one for one in self.versions(scorecard, period)}
        return {about: one for about, one in found.items() if any(one.parts.values())}

    def of_metric(self, metric: str) -> list[Comment]:
        """Give the last version of each comment on a metric, on any scorecard, the newest first."""
        query = sa.select(r.comment).where(r.comment.c.metric == metric).order_by(r.comment.c.number)
        found = {(row["scorecard"], row["period"], row["unit"]): Comment(**row) for row in self._rows(query)}
        return sorted((c for c in found.values() if any(c.parts.values())), key=lambda c: -c.number)

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every version of every comment."""
        for row in self._rows(sa.select(r.comment)):
            yield f"comment:{row['number']}", dict(row)


class CommentaryWriter(CommentaryReader, Writing):
    """The verb that says something."""

    def comment(
        self,
        scorecard: str,
        period: str,
        parts: Mapping[str, str],
        *,
        metric: str | None = None,
        unit: str | None = None,
    ) -> Comment:
        """Keep a comment, as the next version of what was said of the same; without text it takes that back."""
        earlier = [one for one in self.versions(scorecard, period, metric) if one.about == (metric, unit)]
        row: dict[str, Any] = {
            "number": self._next(r.comment.c.number),
            "scorecard": scorecard,
            "period": period,
            "metric": metric,
            "unit": unit,
            "version": len(earlier) + 1,
            "parts": {name: text.strip() for name, text in parts.items() if text.strip()},
            "at": self._clock.now(),
            "author": self._actor,
        }
        before = {"number": earlier[-1].number} if earlier else None
        self._say("comment", f"comment:{row['number']}", before=before, after=row)
        self._insert(r.comment, [row])
        return Comment(**row)
