"""An approved plan comes into force through its change request, and through nothing else."""

from collections.abc import Collection, Mapping
from typing import Any

from leadline.app.change_control import open_request, plan_of, rebind, request
from leadline.app.planning import back_tested, planned
from leadline.app.wiring import Workspace
from leadline.app.work import Office
from leadline.catalog.plan import Effective, Plan
from leadline.errors import DefinitionError, NothingPublished
from leadline.governance import change_requests as cr
from leadline.governance.apply import chosen
from leadline.governance.timelines import Node
from leadline.store.effective import DeedDone
from leadline.workflow import Item, act


def opened(
    space: Workspace, how: Effective, *, only: Collection[Node] = (), because: str, title: str = ""
) -> Item:
    """Open a change request from the plan, its numeric back-test attached.

    Raises:
        DefinitionError: nothing governed changes. WorkError: the form is not filled in.
    """
    office, tested = (
        Office.within(space),
        _tested(space, chosen(planned(space, how), only)),
    )
    with space.ledger.write(actor=space.actor) as writer:
        return open_request(
            writer,
            space.root,
            office.people,
            how,
            only=only,
            justification=because,
            title=title,
            back_test=tested,
        )


def rebound(space: Workspace, number: int) -> Item:
    """Bind a request to the plan as it is now, its back-test attached; after an edit every approval is void.

    Raises:
        GovernanceError: the item is no change request.
    """
    with space.ledger.read() as reader:
        made = plan_of(reader, space.root, request(reader, number), space.clock.now())
    tested = _tested(space, made.plan)
    with space.ledger.write(actor=space.actor) as writer:
        return rebind(writer, space.root, number, tested)


def _tested(space: Workspace, plan: Plan) -> Mapping[str, Any] | None:
    """Give the back-test of a plan as JSON can say it; None where nothing was published that it could stand against.

    It is read by whoever may read the request: counts of rows that move, and no row.
    """
    try:
        return back_tested(space, plan, viewer=space.actor, examples=0).as_dict()
    except NothingPublished:
        return None


def apply_approved(space: Workspace, plan_hash: str) -> tuple[int, list[DeedDone]]:
    """Put a plan into force by the request that approved it; give the work item and what was done.

    Raises:
        DefinitionError: no request has approved this very plan (`apply-unapproved`).
        WorkError: who runs it may not take that step.
    """
    office = Office.within(space)
    with space.ledger.write(actor=space.actor) as writer:
        found = next((one for one in cr.requests(writer, plan_hash) if cr.ready(one)), None)
        if found is None:
            raise DefinitionError(
                f"The plan {plan_hash[:12]} was not approved, or was edited since.", code="apply-unapproved",
                hint="leadline change open --because …; approvals are bound to the plan's hash.",
            )  # fmt: skip
        done = act(writer, found.number, str(cr.step_of(found)), people=office.people, effects=office.effects)
        return done.number, cr.deeds_of(writer, done)
