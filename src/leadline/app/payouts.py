"""Payouts and their approval: what a plan pays for a period is approved as its statements say it, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.app.work import Office
from leadline.catalog.definitions import Incentive
from leadline.errors import WorkError
from leadline.scorecards.incentives import Payout
from leadline.store.journal import digest
from leadline.store.ledger import Ledger
from leadline.store.work_entries import Link, Wanted, WorkItem
from leadline.workflow import Item, open_item
from leadline.workflow.declared import find

WORKFLOW = "payout_approval"


@dataclass(frozen=True, slots=True)
class Approval:
    """Where the approval of a plan's payouts for a period stands.

    `changed`: it was approved (or asked for) as it was, and what is paid has changed since.
    """

    state: Literal["none", "asked", "approved", "refused", "changed"]
    item: WorkItem | None = None


def content(paid: Sequence[Payout]) -> str:
    """Give the hash of a period's statements: what an approval is bound to."""
    return digest([one.statement()["hash"] for one in paid])


def submit(office: Office, paid: Sequence[Payout], actor: str) -> Item:
    """Open the item by which the payouts of a period are approved.

    Raises:
        WorkError: rows may still arrive, or the plan does not pay yet (`payout-open`); or one is open (`payout-asked`).
    """
    plan, period = paid[0].plan, paid[0].period
    early = [one.unit for one in paid if one.state in {"provisional", "before the plan"}]
    if early:
        raise WorkError(
            f"{plan.label} cannot be approved for {period.label} yet: {paid[0].why[0] if paid[0].why else ''}".strip(),
            code="payout-open", hint="Ask again when its figures are final.",
        )  # fmt: skip
    standing = approval(office.ledger, paid)
    if standing.item is not None and standing.state in {"asked", "approved"}:
        raise WorkError(
            f"{plan.label}, {period.label} is {standing.state} already.", code="payout-asked",
            hint=f"See: leadline work show {standing.item.number}",
        )  # fmt: skip
    with office.ledger.write(actor=actor) as writer:
        return open_item(
            writer, find(office.catalog, WORKFLOW), title=f"{plan.label}, {period.label}", people=office.people,
            links=_links(plan, period.label), content=content(paid), effects=office.effects,
        )  # fmt: skip


def approval(ledger: Ledger, paid: Sequence[Payout]) -> Approval:
    """Tell where the approval of a period's payouts stands, as they are now."""
    plan, period = paid[0].plan, paid[0].period
    definition, named = _links(plan, period.label)
    with ledger.read() as reader:
        about = reader.work.items(Wanted(workflow=WORKFLOW, link=definition))
        same = {one.number for one in reader.work.items(Wanted(workflow=WORKFLOW, link=named))}
    found = sorted((one for one in about if one.number in same), key=lambda one: one.number, reverse=True)
    now = content(paid)
    for one in found:
        if one.content == now and one.state in {"asked", "approved", "refused"}:
            return Approval(one.state, one)  # type: ignore[arg-type]  # one of the three, as was just seen
    stale = next((one for one in found if one.state in {"asked", "approved"}), None)
    return Approval("changed", stale) if stale else Approval("none")


def _links(plan: Incentive, period: str) -> tuple[Link, Link]:
    return Link("definition", f"incentive/{plan.name}"), Link("period", period)
