"""Payouts and their approval: what a plan pays for a period is approved as its statements say it, or not at all.

The rule: an approval is of what is so, whoever looks. It is bound to statements that are made of every figure, and
these are kept with it, so that what was approved can still be read when rows arrive later.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from leadline.app.evidence import evidence
from leadline.app.seen import EVERYTHING
from leadline.app.work import Office
from leadline.catalog.definitions import Incentive
from leadline.errors import WorkError
from leadline.metrics.published import Published
from leadline.scorecards.incentives import Payout, payouts
from leadline.store.home import Home
from leadline.store.journal import digest
from leadline.store.ledger import Ledger
from leadline.store.work_entries import Link, Wanted, WorkItem
from leadline.workflow import Item, attach, item, open_item
from leadline.workflow.declared import find
from leadline.workflow.files import keep, read

WORKFLOW = "payout_approval"
STATEMENTS = "statements.txt"
"""What the statements that an approval is of are kept as."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Where the approval of a plan's payouts for a period stands.

    `changed`: it was approved (or asked for) as it was, and what is paid has changed since.
    """

    state: Literal["none", "asked", "approved", "refused", "changed"]
    item: WorkItem | None = None


def of_everything(
    ledger: Ledger, published: Published, plan: Incentive, period: date | None = None
) -> list[Payout]:
    """Work out a plan's payouts of every figure, whoever asks: what an approval is of."""
    known = evidence(ledger, published, [plan])
    return payouts(published, plan, viewer=EVERYTHING, evidence=known, period=period)


def content(paid: Sequence[Payout]) -> str:
    """Give the hash of a period's statements: what an approval is bound to."""
    return digest([one.statement()["hash"] for one in paid])


def submit(office: Office, paid: Sequence[Payout], actor: str) -> Item:
    """Open the item by which the payouts of a period are approved, with their statements.

    Raises:
        WorkError: rows may still arrive, or the plan does not pay yet (`payout-open`); or one is open (`payout-asked`).
    """
    plan, period = paid[0].plan, paid[0].period
    early = [one for one in paid if one.state in {"provisional", "before the plan"}]
    if early:
        raise WorkError(
            f"{plan.label} cannot be approved for {period.label} yet: {early[0].unit}: {' '.join(early[0].why)}",
            code="payout-open", hint="Ask again when its figures are final.",
        )  # fmt: skip
    standing = approval(office.ledger, paid)
    if standing.item is not None and standing.state in {"asked", "approved"}:
        raise WorkError(
            f"{plan.label}, {period.label} is {standing.state} already.", code="payout-asked",
            hint=f"See: leadline work show {standing.item.number}",
        )  # fmt: skip
    said = json.dumps([one.statement() for one in paid], indent=1, ensure_ascii=False, default=str)
    kept = keep(Home(office.catalog.root / ".leadline"), STATEMENTS, said.encode())
    with office.ledger.write(actor=actor) as writer:
        opened = open_item(
            writer, find(office.catalog, WORKFLOW), title=f"{plan.label}, {period.label}", people=office.people,
            links=_links(plan, period.label), content=content(paid), effects=office.effects,
        )  # fmt: skip
        return attach(writer, opened.number, kept)


def asked_as(office: Office, number: int) -> list[dict[str, Any]]:
    """Give the statements as they were when an item asked for their approval; none where it kept none."""
    with office.ledger.read() as reader:
        found = item(reader, number)
    kept = next((file for file in found.attachments if file.name == STATEMENTS), None)
    if kept is None:
        return []
    said: list[dict[str, Any]] = json.loads(read(Home(office.catalog.root / ".leadline"), kept.sha256))
    return said


def approval(ledger: Ledger, paid: Sequence[Payout]) -> Approval:
    """Tell where the approval of a period's payouts stands, as they are now; `paid` are those of every figure."""
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
