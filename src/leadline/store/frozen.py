"""The area of closed periods: what was frozen stays as it was; what moved since stands beside it.

A period is closed once; to close it again, two people must have reopened it: one who asks, another who agrees.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import sqlalchemy as sa

from leadline.errors import PeriodError
from leadline.store import records as r
from leadline.store.closings import (
    Closing,
    Frozen,
    NewClosing,
    PeriodState,
    Reopening,
    Restated,
    Restatement,
    closing_said,
    content_hash,
    restated_said,
)
from leadline.store.reading import Reading
from leadline.store.writing import Writing


class FrozenReader(Reading):
    """Questions about closed periods."""

    VERBS: ClassVar[frozenset[str]] = frozenset(
        {"close_period", "ask_reopening", "agree_reopening", "restate"}
    )

    def closings(self, scorecard: str | None = None, period: str | None = None) -> list[Closing]:
        """Give every closing there was, the oldest first, narrowed by what is given."""
        query = sa.select(r.closing).order_by(r.closing.c.number)
        for column, wanted in ((r.closing.c.scorecard, scorecard), (r.closing.c.period, period)):
            if wanted is not None:
                query = query.where(column == wanted)
        return [_closing(row) for row in self._rows(query)]

    def closing(self, closing_id: str) -> Closing:
        """Give one closing. Raises PeriodError when there is none of that identifier."""
        found = self._rows(sa.select(r.closing).where(r.closing.c.id == closing_id))
        if not found:
            raise PeriodError(f"There is no closing {closing_id!r}.", code="unknown-closing")
        return _closing(found[0])

    def latest(self, scorecard: str, period: str) -> Closing | None:
        """Give the last closing of a scorecard's period, reopened or not."""
        found = self.closings(scorecard, period)
        return found[-1] if found else None

    def state(self, closing: Closing | None) -> PeriodState:
        """Tell whether what a closing froze is in force."""
        if closing is None:
            return "open"
        steps = {one.step for one in self.reopenings(closing.id)}
        return "reopened" if "agreed" in steps else "reopening" if "asked" in steps else "closed"

    def in_force(self) -> list[Closing]:
        """Give the closings whose figures are frozen now: the last of each scorecard's period, unless reopened."""
        agreed = sa.select(r.reopening.c.closing).where(r.reopening.c.step == "agreed")
        query = sa.select(r.closing).where(r.closing.c.id.not_in(agreed)).order_by(r.closing.c.number)
        return [_closing(row) for row in self._rows(query)]

    def figures(self, closing_id: str, *, unit: str | None = None, every: bool = True) -> list[Frozen]:
        """Give what a closing froze, in its order: of every unit, or (not `every`) of one, None being everything."""
        query = sa.select(r.frozen_figure).where(r.frozen_figure.c.closing == closing_id)
        if not every:
            column = r.frozen_figure.c.unit
            query = query.where(column.is_(None) if unit is None else column == unit)
        return [_frozen(row) for row in self._rows(query.order_by(r.frozen_figure.c.position))]

    def of_metric(self, metric: str, closings: Collection[str]) -> dict[str, list[Frozen]]:
        """Give what closings froze of a metric, by closing, in their order."""
        table = r.frozen_figure.c
        query = sa.select(r.frozen_figure).where(table.metric == metric, table.closing.in_(list(closings)))
        found: dict[str, list[Frozen]] = {}
        for row in self._rows(query.order_by(table.closing, table.position)):
            found.setdefault(row["closing"], []).append(_frozen(row))
        return found

    def reopenings(self, closing_id: str) -> list[Reopening]:
        """Give what was done to reopen a closing, in order."""
        query = (
            sa.select(r.reopening).where(r.reopening.c.closing == closing_id).order_by(r.reopening.c.number)
        )
        return [Reopening(**row) for row in self._rows(query)]

    def restated(
        self, closing_id: str | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[Restated]:
        """Give restatements in the order in which they were recorded: of one closing or all, after a number."""
        query = sa.select(r.restatement).where(r.restatement.c.number > after)
        if closing_id is not None:
            query = query.where(r.restatement.c.closing == closing_id)
        return [Restated(**row) for row in self._rows(query.order_by(r.restatement.c.number).limit(limit))]

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every entry and what the journal must have said of it; a closing's hash is worked out again."""
        for row in self._rows(sa.select(r.closing)):
            closing = _closing(row)
            yield f"closing:{closing.id}", closing_said(row, content_hash(closing, self.figures(closing.id)))
        for row in self._rows(sa.select(r.reopening)):
            yield f"reopening:{row['number']}", dict(row)
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self._rows(sa.select(r.restatement).order_by(r.restatement.c.number)):
            groups.setdefault((row["closing"], row["generation"]), []).append(row)
        for (closing_id, generation), rows in groups.items():
            yield f"restated:{closing_id}:{generation}", restated_said(rows)


class FrozenWriter(FrozenReader, Writing):
    """Verbs that close, reopen and restate."""

    def close(self, new: NewClosing, figures: Sequence[Frozen]) -> Closing:
        """Freeze a period.

        Raises:
            PeriodError: it is closed already, there is nothing to freeze, or one figure is given twice.
        """
        known = self.latest(new.scorecard, new.period)
        if known is not None and self.state(known) != "reopened":
            raise PeriodError(
                f"{new.period} of {new.scorecard} was closed by {known.actor} on {known.closed_at:%Y-%m-%d}.",
                code="period-closed",
                hint="What moved since stands beside it as restated. To close it again, reopen it first.",
            )
        if not figures or len({figure.key for figure in figures}) < len(figures):
            raise PeriodError(
                f"{new.period} of {new.scorecard} cannot be closed: no figures, or one of them twice.",
                code="period-figures",
            )
        row = asdict(new) | {
            "number": self._next(r.closing.c.number),
            "lacking": list(new.lacking),
            "hash": content_hash(new, figures),
            "figures": len(figures),
            "closed_at": self._clock.now(),
            "actor": self._actor,
        }
        before = {"id": known.id, "hash": known.hash} if known else None
        self._say("close_period", f"closing:{new.id}", before=before, after=closing_said(row, row["hash"]))
        self._insert(r.closing, [row])
        self._insert(
            r.frozen_figure,
            [{"closing": new.id, "position": n, **asdict(figure)} for n, figure in enumerate(figures)],
        )
        return _closing(row)

    def ask_reopening(self, closing: Closing, because: str) -> Reopening:
        """Ask that a period be reopened. Raises PeriodError where it is not closed, or no reason is given."""
        return self._asked(closing, because, self._actor)

    def agree_reopening(self, closing: Closing, because: str = "") -> Reopening:
        """Agree that a period is reopened: its figures are frozen no longer, and stay in the ledger as they were.

        Raises:
            PeriodError: nobody asked for it, or the one who asked would agree with themself.
        """
        asked = [one for one in self.reopenings(closing.id) if one.step == "asked"]
        if not asked or self.state(closing) != "reopening":
            raise PeriodError(
                f"Nobody has asked to reopen {closing.period} of {closing.scorecard}.",
                code="period-not-asked",
            )
        self._two(asked[0].actor, closing)
        return self._reopening(closing, "agreed", because.strip(), self._actor)

    def reopen(self, closing: Closing, because: str, *, asked_by: str) -> Reopening:
        """Reopen a period that somebody asked for where it is said in `because`, as the second person.

        Raises:
            PeriodError: it is open, no reason is given, or who asked would agree with themself.
        """
        if self.state(closing) == "closed":
            self._two(asked_by, closing)
            self._asked(closing, because, asked_by)
        return self.agree_reopening(closing, because)

    def restate(self, generation: str, found: Sequence[Restatement]) -> None:
        """Record what a generation restated; a figure that is what was last recorded is left out by the caller."""
        by_closing: dict[str, list[dict[str, Any]]] = {}
        number, at = self._next(r.restatement.c.number), self._clock.now()
        for one in found:
            row = asdict(one) | {"number": number, "at": at, "generation": generation}
            by_closing.setdefault(one.closing, []).append(row)
            number += 1
        for closing_id, rows in by_closing.items():
            self._say("restate", f"restated:{closing_id}:{generation}", after=restated_said(rows))
            self._insert(r.restatement, rows)

    def _asked(self, closing: Closing, because: str, asked_by: str) -> Reopening:
        if self.state(closing) != "closed":
            raise PeriodError(
                f"{closing.period} of {closing.scorecard} is not closed, or reopening was asked for already.",
                code="period-not-closed",
            )
        if not because.strip():
            raise PeriodError(
                "Reopening needs a reason.", code="period-because", hint="Say what must change."
            )
        return self._reopening(closing, "asked", because.strip(), asked_by)

    def _two(self, asked_by: str, closing: Closing) -> None:
        if asked_by.casefold() == self._actor.casefold():
            raise PeriodError(
                f"{self._actor} asked to reopen {closing.period}: somebody else must agree.",
                code="period-second-person",
            )

    def _reopening(self, closing: Closing, step: str, because: str, actor: str) -> Reopening:
        row = {
            "number": self._next(r.reopening.c.number),
            "closing": closing.id,
            "step": step,
            "because": because,
            "at": self._clock.now(),
            "actor": actor,
        }
        verb = "ask_reopening" if step == "asked" else "agree_reopening"
        self._say(verb, f"reopening:{row['number']}", before={"closing": closing.id}, after=row)
        self._insert(r.reopening, [row])
        return Reopening(**row)  # type: ignore[arg-type]  # the columns are its fields


def _closing(row: dict[str, Any]) -> Closing:
    return Closing(**row | {"lacking": tuple(row["lacking"])})


def _frozen(row: dict[str, Any]) -> Frozen:
    return Frozen(**{name: value for name, value in row.items() if name not in {"closing", "position"}})
