"""A company for work: people with roles, a board and owners; and items in any state, made without a ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leadline.catalog import build
from leadline.catalog.definitions import Workflow
from leadline.catalog.documents import parse
from leadline.store.entries import DefinitionVersion, NewDefinition
from leadline.store.work_entries import Link, WorkEvent, WorkItem
from leadline.workflow.declared import Declared
from leadline.workflow.items import Item

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NPS = Link("metric", "nps")
PROJECT = "kind: project\nname: p\n---\nkind: board\nname: metrics\nmembers: [bea, ben, bob]\nquorum: 2\n"


@dataclass(frozen=True)
class Staff:
    """People as a test says that they are."""

    of_role: Mapping[str, frozenset[str]] = field(default_factory=dict)
    of_board: Mapping[str, frozenset[str]] = field(default_factory=dict)
    of_metric: Mapping[str, frozenset[str]] = field(default_factory=dict)
    of_team: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def roles(self, person: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give the roles of a person."""
        del links
        return frozenset(role for role, who in self.of_role.items() if person in who)

    def having(self, role: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give who has a role."""
        del links
        return self.of_role.get(role, frozenset())

    def board(self, name: str) -> frozenset[str]:
        """Give the members of a board."""
        return self.of_board.get(name, frozenset())

    def owners(self, link: Link) -> frozenset[str]:
        """Give the owners of a metric."""
        return self.of_metric.get(link.name, frozenset()) if link.kind == "metric" else frozenset()

    def quorum(self, board: str) -> int | None:
        """Give two of each board."""
        return 2 if board in self.of_board else None

    def acts_for(self, person: str, holder: str) -> bool:
        """Tell whether a name is the other, or in the team that it names."""
        return person.lower() == holder.lower() or person.lower() in self.of_team.get(holder, ())


STAFF = Staff(
    of_role={
        "steward": frozenset({"stella"}),
        "analyst": frozenset({"ana"}),
        "auditor": frozenset({"audrey"}),
        "administrator": frozenset({"adam"}),
    },
    of_board={"metrics": frozenset({"bea", "ben", "bob"})},
    of_metric={"nps": frozenset({"olga"})},
)


def declare(text: str) -> Declared:
    """Give a workflow of a text, which must be right."""
    documents, problems = parse(f"{PROJECT}---\n{text}", Path("leadline.yaml"))
    catalog = build(documents, Path(), problems)
    assert not catalog.problems, [str(one) for one in catalog.problems]
    (workflow,) = catalog.workflows.values()
    fingerprint = catalog.fingerprint(workflow)
    recorded = NewDefinition(
        "workflow", workflow.name, fingerprint.meaning, fingerprint.metadata, catalog.text(workflow), "w.yaml", 1
    )  # fmt: skip
    return Declared(workflow, recorded, shipped=False)


def event(position: int, kind: str, state: str, **different: Any) -> WorkEvent:
    """Give an event at noon."""
    values: dict[str, Any] = {
        "item": 1, "position": position, "kind": kind, "at": NOON, "actor": "arthur", "state": state,
        "closed": False, "assignee": "ass", "due": None, "content": None, "timer": None, "said": {}, "links": (),
    }  # fmt: skip
    return WorkEvent(**values | different)


def standing(
    workflow: Workflow,
    state: str,
    *,
    author: str = "arthur",
    assignee: str | None = "ass",
    after: Sequence[WorkEvent] = (),
) -> Item:
    """Give an item about NPS that has just come into a state; `after` happened since, from position 3 on."""
    opened = event(1, "opened", workflow.initial, actor=author, said={"fields": {}}, links=(NPS,))
    moved = event(2, "moved", state, assignee=assignee, said={"transition": "", "fields": {}})
    head = WorkItem(
        number=1, workflow=workflow.name, definition=1, title="About NPS", opened_by=author, opened_at=NOON,
        position=2 + len(after), changed_at=NOON, state=state, closed=workflow.states[state].final,
        assignee=assignee, due=None, content=after[-1].content if after else None,
    )  # fmt: skip
    version = DefinitionVersion(1, "workflow", workflow.name, 1, 1, "m", "w", "", "w.yaml", 1, NOON)
    return Item(head, workflow, version, (opened, moved, *after))
