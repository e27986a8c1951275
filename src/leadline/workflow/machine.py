"""The state machine: which steps a person may take of an item now, and what taking one would do. It changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.catalog.definitions.workflow import Transition
from leadline.catalog.who import Approval, Term, approval, parse
from leadline.errors import WorkError, suggest
from leadline.workflow.items import Item
from leadline.workflow.people import People, group, meets


@dataclass(frozen=True, slots=True)
class Offer:
    """A step out of an item's state, for one person: whether they may take it now, and else why not.

    `approved_by` said yes already; `missing` are the lines of `approvals` that would not be met if they took it.
    """

    name: str
    step: Transition
    title: str
    allowed: bool
    why: str
    approved_by: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def moves(self) -> bool:
        """Whether taking it would move the item, and not only count as a yes."""
        return self.allowed and not self.missing


def offers(item: Item, actor: str, people: People) -> list[Offer]:
    """Give every step out of the item's state, in the order in which they are written."""
    return [
        _offer(item, name, step, actor, people) for name, step in item.workflow.leaving(item.state).items()
    ]


def offer(item: Item, transition: str, actor: str, people: People) -> Offer:
    """Give one step, which the person may take.

    Raises:
        WorkError: no such step leads out of the item's state (`work-step`), or the person may not take it
            (`work-who`), has said yes already (`work-voted`), or something is missing first (`work-requires`).
    """
    steps = item.workflow.leaving(item.state)
    if transition not in steps:
        known = transition in item.workflow.transitions
        raise WorkError(
            f"Work item {item.number} is {item.state!r}: {transition!r} does not lead out of that."
            if known
            else f"The workflow {item.workflow.name!r} has no step {transition!r}.",
            code="work-step",
            hint=suggest(transition, steps)
            or f"Possible now: {', '.join(steps) or 'nothing, work is over'}.",
        )
    found = _offer(item, transition, steps[transition], actor, people)
    if not found.allowed:
        voted = any(people.acts_for(actor, one) for one in found.approved_by)
        who = _may(item, steps[transition], actor, people)
        raise WorkError(found.why, code="work-voted" if voted else "work-requires" if who else "work-who")
    return found


def _offer(item: Item, name: str, step: Transition, actor: str, people: People) -> Offer:
    approved = tuple(dict.fromkeys(event.actor for event in item.approvals(name)))
    why = _why_not(item, step, actor, approved, people)
    missing = tuple(_missing(item, step, {*approved, actor}, people)) if not why else ()
    title = item.workflow.titled(step, name)
    return Offer(name, step, title, not why, why, approved, missing)


def _why_not(item: Item, step: Transition, actor: str, approved: tuple[str, ...], people: People) -> str:
    """Say why a person may not take a step; empty where they may."""
    if not _may(item, step, actor, people):
        return f"{actor} may not: this is for {said(step)}."
    if any(people.acts_for(actor, one) for one in approved):
        return f"{actor} has said yes already."
    for required in step.requires:
        by = actor if required == "recomputation" else None
        kind = {"recomputation": "recomputed", "attachment": "attached", "comment": "commented"}[required]
        if not item.since_entered(kind, by=by):
            return {
                "recomputation": f"{actor} has not looked at a recomputation of the figure yet.",
                "attachment": "Nothing is attached yet.",
                "comment": "There is no comment yet.",
            }[required]
    return ""


def _may(item: Item, step: Transition, actor: str, people: People) -> bool:
    """Tell whether a person is one of those who may take a step, and counts for it."""
    if not meets(parse(step.who), actor, item.about, people):
        return False
    wanted = [approval(text) for text in step.approvals]
    return not wanted or any(meets(one.who, actor, item.about, people) for one in wanted)


def _missing(item: Item, step: Transition, yes: set[str], people: People) -> Iterator[str]:
    """Give the lines of approvals that some people's yes does not meet. Who has left a group counts no longer."""
    able = {one for one in yes if meets(parse(step.who), one, item.about, people)}
    for wanted in (approval(text) for text in step.approvals):
        have, need = _counted(item, wanted, able, people)
        if need is None:
            yield f"{wanted.written} (nobody is known)"
        elif have < need:
            yield f"{wanted.written} ({have} of {need})"


def _counted(item: Item, wanted: Approval, able: set[str], people: People) -> tuple[int, int | None]:
    """Give how many have said yes and how many must; None where it is a part of people whom nobody can list.

    A number counts who said yes; a part counts those for whom somebody did: a member of a team does for the team.
    """
    if isinstance(wanted.of, int):
        return sum(meets(wanted.who, one, item.about, people) for one in able), wanted.of
    listed = group(wanted.who, item.about, people)
    if not listed:
        return 0, None
    have = sum(any(people.acts_for(one, holder) for one in able) for holder in listed)
    if wanted.of == "quorum":
        return have, people.quorum(wanted.who.name) if isinstance(wanted.who, Term) else None
    return have, len(listed) if wanted.of == "all" else len(listed) // 2 + 1


def said(step: Transition) -> str:
    """Say for whom a step is."""
    counted = " and ".join(step.approvals)
    if counted and step.who != "anyone":
        return f"{counted}, {step.who}"
    return counted or step.who
