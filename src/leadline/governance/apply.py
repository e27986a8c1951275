"""A plan comes into force: versions are recorded, and deeds say for which periods they count.

What was approved is a plan's hash. Any edit after the approval gives another plan, which nobody approved.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from leadline.catalog import Catalog
from leadline.catalog.composition import rows
from leadline.catalog.definitions import Definition, Grain, seconds
from leadline.catalog.plan import Change, Plan
from leadline.errors import DefinitionError
from leadline.governance.in_force import InForce
from leadline.governance.timelines import UNTIL, Node
from leadline.metrics.calendars import periods_of
from leadline.store.effective import Deed, DeedDone, NewDeed
from leadline.store.entries import NewDefinition
from leadline.store.ledger_writer import LedgerWriter


class Approvals(Protocol):
    """Who knows which plans were approved."""

    def approved(self, plan_hash: str) -> str | None:
        """Name the work item by which a plan was approved; None when it was not."""
        ...


def described(catalog: Catalog, definition: Definition) -> NewDefinition:
    """Give a definition as it is to be recorded."""
    fingerprint, place = catalog.fingerprint(definition), catalog.place(definition)
    return NewDefinition(
        kind=definition.kind,
        name=definition.name,
        meaning=fingerprint.meaning,
        metadata=fingerprint.metadata,
        text=catalog.text(definition),
        file=place.file.as_posix(),
        line=place.line,
    )


def chosen(plan: Plan, only: Collection[Node]) -> Plan:
    """Give the governed part of a plan: all of it, or some definitions with those that change because of them alone.

    Raises:
        DefinitionError: nothing governed changes, or not what is named (`apply-nothing`).
    """
    governed = plan.governed
    if unknown := [node for node in only if node not in {(c.kind, c.name) for c in governed}]:
        raise DefinitionError(
            f"Of what is governed, {unknown[0][0]} {unknown[0][1]} does not change.", code="apply-nothing",
            hint="See `leadline plan`; what is not governed comes into force with the next refresh.",
        )  # fmt: skip
    if only:
        reached = {*only, *(node for c in governed if (c.kind, c.name) in only for node in _above(c))}
        governed = tuple(c for c in governed if (c.kind, c.name) in only or _follows(c, reached))
    if not governed:
        raise DefinitionError(
            "Nothing that is governed changes.", code="apply-nothing",
            hint="What is not governed comes into force with the next refresh.",
        )  # fmt: skip
    return replace(plan, changes=governed)


def _above(change: Change) -> Iterator[Node]:
    yield from ((d.kind, d.name) for d in change.dependants)


def _follows(change: Change, reached: Collection[Node]) -> bool:
    """Tell whether a definition changes because of what it stands on alone."""
    return (change.kind, change.name) in reached and not any(not key.described for key in change.keys)


def apply(
    writer: LedgerWriter,
    plan: Plan,
    working: Catalog,
    ruling: InForce,
    *,
    today: date,
    approvals: Approvals | None = None,
    parallel: bool = False,
    lasting: tuple[int, Grain] | None = None,
) -> list[DeedDone]:
    """Bring the governed changes of a plan into force, within the writer's transaction; or, `parallel`, let metrics be
    computed as candidates beside what is in force.

    A candidate that lasts for some whole periods ends by itself when all their rows may be expected to be there.

    Raises:
        DefinitionError: the plan was not approved (`apply-unapproved`), nothing governed changes (`apply-nothing`), or
            something that is no metric with another meaning is to be tried (`apply-parallel`).
    """
    if not plan.governed:
        raise DefinitionError("Nothing that is governed changes.", code="apply-nothing")
    request = approvals.approved(plan.hash) if approvals is not None and not parallel else ""
    if request is None:
        raise DefinitionError(
            f"The plan {plan.hash[:12]} was not approved, or was edited since.", code="apply-unapproved",
            hint="Open a change request for the plan as it is now; approvals are bound to its hash.",
        )  # fmt: skip
    applying = _Applying(
        writer, plan, working, ruling, today, request, "try" if parallel else "apply", lasting
    )
    return [deed for change in plan.governed for deed in applying.one(change)]


@dataclass(frozen=True)
class _Applying:
    """One plan on its way into force."""

    writer: LedgerWriter
    plan: Plan
    working: Catalog
    ruling: InForce
    today: date
    request: str
    deed: Literal["apply", "try"]
    lasting: tuple[int, Grain] | None = None

    def one(self, change: Change) -> Iterator[DeedDone]:
        """Do what a change asks for; what was governed without a deed is adopted first, so that its past is known."""
        node = (change.kind, change.name)
        if self.deed == "try" and (change.kind != "metric" or change.what != "meaning"):
            raise DefinitionError(
                f"{change.label} cannot be tried: only a metric that means something else can be computed beside the "
                "one in force.", code="apply-parallel", hint="Choose metrics: --only metric:NAME.",
            )  # fmt: skip
        standing = self.ruling.versions.get(node)
        if node not in self.ruling.timelines and standing is not None:
            yield self._do(change, "adopt", definition=standing.id)
        if change.what == "removed":
            timeline = self.ruling.timelines.get(node)
            if change.renamed_to is None and (timeline is None or timeline.stage == "in force"):
                raise DefinitionError(
                    f"{change.label} is in force and was never deprecated: whoever uses it would not have been told.",
                    code="apply-living", hint=f"leadline deprecate {change.kind} {change.name} --replaced-by …",
                )  # fmt: skip
            yield self._do(change, "retire", since=self.today, replaced_by=change.renamed_to or "")
            return
        written = next(d for d in self.working.definitions() if (d.kind, d.name) == node)
        (identifier,) = self.writer.record_definitions([described(self.working, written)])
        words = change.what == "words"
        since = None if change.what in {"words", "added"} else self._since
        mode: str = "words" if words else self.plan.effective.mode
        if self.deed == "try" and self.lasting is not None:
            mode = f"{UNTIL}{self._over(written, self.lasting).isoformat()}"
        yield self._do(change, self.deed, definition=identifier, mode=mode, since=since)

    def _over(self, written: Definition, lasting: tuple[int, Grain]) -> date:
        """Give the day on which a candidate ends: so many whole periods, and the wait for their last rows."""
        count, grain = lasting
        periods, start = periods_of(self.working.calendar), self._since or self.today
        period = periods.period(grain, start)
        if period.start < start:
            period = periods.period(grain, period.end)
        for _ in range(count - 1):
            period = periods.period(grain, period.end)
        leaves = rows(self.working, self.working.metrics[written.name])
        wait = max((seconds(leaf.collected.available_after) for leaf in leaves), default=0.0)
        return period.end + timedelta(days=math.ceil(wait / 86400) + 1)

    @property
    def _since(self) -> date | None:
        effective = self.plan.effective
        return self.today if effective.mode == "from_now" else effective.since

    def _do(self, change: Change, deed: Deed, **values: Any) -> DeedDone:
        bound: dict[str, Any] = {} if deed == "adopt" else {"plan": self.plan.hash, "request": self.request}
        return self.writer.effective.do(
            NewDeed(kind=change.kind, name=change.name, deed=deed, **bound, **values)
        )
