"""What waits for a board: work items that it is asked about, and contested owners, of the definitions it decides on."""

from collections.abc import Iterator

from leadline.catalog import Catalog
from leadline.catalog.definitions import Board, Definition
from leadline.catalog.people import Directory
from leadline.governance.meeting import Point
from leadline.governance.meetings import board
from leadline.governance.ownership.verbs import ownerships
from leadline.store.ledger_reader import LedgerReader
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, item

KINDS = frozenset(
    {
        "kpi_dispute",
        "retirement",
        "data_override",
        "kpi_outage",
        "stewardship_conflict",
        "period_reopening",
    }
)
"""Kinds of work that a board hears of, beside what is bound to a plan or to figures and what names the board."""


def waiting(reader: LedgerReader, catalog: Catalog, name: str) -> list[Point]:
    """Give what waits for a board, what is due first at the top; keys are given when a meeting is called.

    Raises:
        GovernanceError: there is no such board.
    """
    found, directory = board(catalog, name), Directory.of(catalog)
    points = []
    for head in reader.work.items(Wanted(closed=False)):
        one = item(reader, head.number)
        if _names(one, name) or (_is_heard(one) and _concerns(catalog, directory, found, one.links)):
            points.append(Point("", f"{one.workflow.label}: {one.title}"[:300], one.number))
    for owned in ownerships(reader, catalog):
        if owned.state == "contested" and found in directory.boards_of(owned.definition):
            node = f"{owned.definition.kind}/{owned.definition.name}"
            points.append(Point("", f"Who answers for {owned.definition.label}", about=f"ownership:{node}"))
    return points


def _names(one: Item, name: str) -> bool:
    """Tell whether an item is given to a board, or a step out of its state asks it."""
    if one.assignee == f"board {name}":
        return True
    steps = one.workflow.leaving(one.state).values()
    return any(f"board {name}" in text for step in steps for text in (*step.approvals, step.who))


def _is_heard(one: Item) -> bool:
    """Tell whether an item is of a kind that boards hear of, and somebody else than its author decides on it now."""
    steps = one.workflow.leaving(one.state).values()
    decided = any(step.approvals or "not author" in step.who for step in steps)
    bound = one.workflow.binds is not None
    return (one.workflow.name in KINDS or bound) and decided and not (bound and one.assignee == one.author)


def _concerns(catalog: Catalog, directory: Directory, found: Board, links: tuple[Link, ...]) -> bool:
    """Tell whether a board decides on something of what an item is about; one for everything decides on the rest."""
    about = list(_definitions(catalog, links))
    return any(found in directory.boards_of(one) for one in about) if about else not found.domains


def _definitions(catalog: Catalog, links: tuple[Link, ...]) -> Iterator[Definition]:
    names: set[tuple[str, str]] = {(one.kind, one.name) for one in links if one.kind in {"metric", "source"}}
    names |= {
        (kind, rest)
        for one in links
        if one.kind == "definition"
        for kind, _, rest in [one.name.partition("/")]
    }
    for one in catalog.definitions():
        if (one.kind, one.name) in names:
            yield one
