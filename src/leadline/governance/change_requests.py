"""Change requests: work items that are bound to a plan by its hash. Only what was approved comes into force.

Any workflow that `binds` a plan is one; the shipped one is `change_request`. What was approved is the hash: another
plan, however little was edited, was approved by nobody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from leadline.catalog.catalog import Catalog
from leadline.catalog.plan import Change, Effective, Plan
from leadline.errors import DefinitionError, GovernanceError
from leadline.governance.apply import apply
from leadline.governance.in_force import InForce
from leadline.store.effective import DeedDone
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, item, items

EFFECT = "apply_plan"
PLAN_FILE = "plan.json"
BACK_TEST_FILE = "back-test.json"


@dataclass(frozen=True)
class ByRequest:
    """The approvals that the ledger knows; for one item, those of that item alone."""

    reader: LedgerReader
    only: Item | None = None

    def approved(self, plan_hash: str) -> str | None:
        """Name the work item by which a plan was approved; None when it was not, or when that was another plan."""
        found = [self.only] if self.only is not None else requests(self.reader, plan_hash)
        named = [one for one in found if one.content == plan_hash and (self.only is not None or ready(one))]
        return said(named[0]) if named else None


def requests(reader: LedgerReader, plan_hash: str | None = None) -> list[Item]:
    """Give the change requests, or those that are bound to one plan; the newest first."""
    heads = items(reader, Wanted(content=plan_hash) if plan_hash else None)
    found = [item(reader, head.number) for head in heads if head.content is not None]
    return sorted((one for one in found if is_request(one)), key=lambda one: -one.number)


def is_request(one: Item) -> bool:
    """Tell whether an item is bound to a plan."""
    return one.workflow.binds is not None and one.workflow.binds.content == "plan"


def ready(one: Item) -> bool:
    """Tell whether enough people have said yes to what an item is bound to, and nothing but applying it is left."""
    return step_of(one) is not None and any(
        step.to == one.state and step.approvals for step in one.workflow.transitions.values()
    )


def step_of(one: Item) -> str | None:
    """Name the step that puts what was approved into force, from the item's state."""
    for name, step in one.workflow.transitions.items():
        effects = {effect.do for effect in step.effects}
        if one.state in step.from_ and EFFECT in effects and not _is_emergency(one, name):
            return name
    return None


def in_emergency(one: Item) -> bool:
    """Tell whether a plan was ever put into force by this item without its approvals: visible for ever."""
    taken = [event.said.get("transition") for event in one.events if event.kind == "moved"]
    return any(_is_emergency(one, str(name)) for name in taken)


def awaits_review(one: Item) -> bool:
    """Tell whether it was put into force in an emergency, and nobody has accepted that afterwards."""
    return in_emergency(one) and not one.head.closed


def said(one: Item) -> str:
    """Name a request as deeds and pages do; an emergency is part of the name."""
    name = f"{one.workflow.name} {one.number}"
    return f"{name} (emergency)" if in_emergency(one) else name


def links(plan: Plan) -> tuple[Link, ...]:
    """Give what a request is about: what changes, and what stands on it; the owners of all of it are its reviewers."""
    found: dict[str, Link] = {}
    for change in plan.changes:
        for kind, name in ((change.kind, change.name), *((d.kind, d.name) for d in change.dependants)):
            found.setdefault(f"{kind}/{name}", Link("definition", f"{kind}/{name}"))
    return tuple(found.values())


def impact(plan: Plan) -> str:
    """Say in a text whom and what a plan affects: what changes, what breaks, what stands on it, who owns that."""
    lines = [_line(change) for change in plan.changes]
    lines.append(f"It takes effect {plan.effective}.")
    owners = [f"{owner or 'nobody'} ({len(theirs)})" for owner, theirs in plan.owners.items()]
    if owners:
        lines.append(f"Owners of what changes or stands on it: {', '.join(owners)}.")
    return "\n".join(lines)


def put_into_force(
    writer: LedgerWriter, one: Item, plan: Plan, working: Catalog, standing: tuple[InForce, date]
) -> list[DeedDone]:
    """Bring a plan into force by the step that was just taken, in its transaction; `standing`: what is in force today.

    Raises:
        GovernanceError: the plan is another one than the item is bound to (`change-edited`).
        DefinitionError: what would be computed does not fit what is written.
    """
    if plan.hash != one.content:
        bound = str(one.content)[:12]
        raise GovernanceError(
            f"The definitions were edited: the plan is {plan.hash[:12]}, and {bound} is what was approved.",
            code="change-edited", hint="Bind the request to the plan as it is now; approvals of what it was are void.",
        )  # fmt: skip
    ruling, today = standing
    return apply(writer, plan, working, ruling, today=today, approvals=ByRequest(writer, one))


def effective_said(effective: Effective) -> str:
    """Say from when on a change counts, as `effective_of` reads it."""
    return f"from {effective.since}" if effective.since else effective.mode


def effective_of(text: str) -> Effective:
    """Read `from_now`, `restating` or `from 2026-07-01`. Raises GovernanceError."""
    word, _, day = text.strip().partition(" ")
    try:
        if word == "from":
            return Effective("from_period", date.fromisoformat(day))
        if word in {"from_now", "restating"}:
            return Effective("restating" if word == "restating" else "from_now")
    except ValueError:
        pass
    raise GovernanceError(
        f"{text!r} does not say from when on.",
        code="change-effective",
        hint="from_now, restating or from 2026-07-01.",
    )


def nodes(text: str) -> Collection[tuple[str, str]]:
    """Read `metric:nps scorecard:service`."""
    found = [word.partition(":") for word in text.replace(",", " ").split()]
    return [(kind, name) for kind, _, name in found]


def nodes_said(only: Sequence[tuple[str, str]]) -> str:
    """Say definitions, as `nodes` reads them."""
    return " ".join(f"{kind}:{name}" for kind, name in only)


def deeds_of(reader: LedgerReader, one: Item) -> list[DeedDone]:
    """Give what came into force by a request."""
    names = {f"{one.workflow.name} {one.number}", f"{one.workflow.name} {one.number} (emergency)"}
    return [deed for deed in reader.effective.deeds() if deed.request in names]


def emergencies(reader: LedgerReader) -> dict[tuple[str, str], DeedDone]:
    """Give, of each definition, the newest deed that was done in an emergency."""
    found = {}
    for deed in reader.effective.deeds():
        if deed.request and deed.request.endswith("(emergency)"):
            found[deed.kind, deed.name] = deed
    return found


def _is_emergency(one: Item, transition: str) -> bool:
    """Tell whether a step puts a plan into force that nobody has approved: from no state that approvals lead to."""
    step = one.workflow.transitions.get(transition)
    if step is None or EFFECT not in {effect.do for effect in step.effects}:
        return False
    approved = {other.to for other in one.workflow.transitions.values() if other.approvals}
    return not step.approvals and not set(step.from_) <= approved


def _line(change: Change) -> str:
    words: dict[str, Any] = {
        "added": "is new",
        "meaning": "means something else",
        "words": "is described otherwise",
        "removed": "is removed",
    }
    breaks = f" It breaks: {'; '.join(change.breaking)}." if change.breaking else ""
    above = [f"{d.kind} {d.name}" for d in change.dependants]
    more = (
        f" {len(above)} stand on it: {', '.join(above[:8])}{' …' if len(above) > 8 else ''}." if above else ""
    )
    return f"{change.label} {words[change.what]}.{breaks}{more}"


def refuse_ungoverned(plan: Plan) -> None:
    """Refuse a request about nothing that is governed. Raises DefinitionError."""
    if not plan.governed:
        raise DefinitionError(
            "Nothing that is governed changes.", code="apply-nothing",
            hint="What is not governed comes into force with the next refresh.",
        )  # fmt: skip
