"""A project's plan comes into force; what would then be computed is checked before anything is written."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from leadline.app.planning import planned
from leadline.app.wiring import Workspace
from leadline.catalog import load, require
from leadline.catalog.definitions import Grain
from leadline.catalog.plan import Effective, Plan
from leadline.clock import Clock
from leadline.errors import DefinitionError
from leadline.governance.apply import Approvals, apply, chosen
from leadline.governance.timelines import Node
from leadline.store.effective import DeedDone, NewDeed
from leadline.store.lock import writing


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that came into force (or is tried), and the deeds that say so."""

    plan: Plan
    deeds: tuple[DeedDone, ...]


def apply_plan(
    space: Workspace,
    clock: Clock,
    effective: Effective,
    *,
    only: Collection[Node] = (),
    bound_to: str | None = None,
    approvals: Approvals | None = None,
    parallel: bool = False,
    lasting: tuple[int, Grain] | None = None,
) -> Applied:
    """Bring what is governed and written into force, with the next refresh; `bound_to`: if its plan is this one.

    `parallel` computes it beside what is in force instead, `lasting` for so many whole periods.

    Raises:
        DefinitionError: nothing governed changes, the plan is another one or was not approved, or what would be
            computed then does not fit what is written.
        CheckFailed: the working definitions cannot be used.
        BusyError: another process is writing.
    """
    with writing(space.home, "apply", clock), space.ledger.write(actor=space.actor) as writer:
        ruling = space.in_force(clock.now(), writer)
        working = require(load(space.root))
        plan = chosen(planned(space, effective, ruling=ruling, working=working), only)
        if bound_to is not None and bound_to != plan.hash:
            raise DefinitionError(
                f"The plan is not {bound_to[:12]} but {plan.hash[:12]}: something was edited, or is to take effect "
                "otherwise.", code="apply-another", hint="Look at it again: leadline plan",
            )  # fmt: skip
        today = clock.now().astimezone(ZoneInfo(ruling.catalog.project.time_zone)).date()
        deeds = apply(
            writer,
            plan,
            working,
            ruling,
            today=today,
            approvals=approvals,
            parallel=parallel,
            lasting=lasting,
        )
        space.in_force(clock.now(), writer)  # refuses what could not be computed; then nothing is written
    return Applied(plan, tuple(deeds))


def withdraw(space: Workspace, metric: str) -> DeedDone:
    """Compute a candidate no longer.

    Raises:
        DefinitionError: the metric has none.
    """
    with space.ledger.write(actor=space.actor) as writer:
        ruling = space.in_force(space.clock.now(), writer)
        timeline = ruling.timelines.get(("metric", metric))
        if timeline is None or timeline.candidate is None:
            raise DefinitionError(f"No candidate of {metric!r} is computed.", code="no-candidate")
        return writer.effective.do(NewDeed(kind="metric", name=metric, deed="withdraw"))
