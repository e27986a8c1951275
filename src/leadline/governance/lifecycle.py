"""The end of a governed definition, step by step: deprecated, sunset on a day, retired. A step is a deed in the ledger.

Whoever uses it is told at each step; a replacement is named; nothing is retired that something still stands on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leadline.catalog import Catalog
from leadline.catalog.graph import downstream
from leadline.catalog.plan import Dependant
from leadline.errors import DefinitionError
from leadline.governance.in_force import InForce
from leadline.governance.timelines import Node, Stage, Timeline
from leadline.store.effective import Deed, DeedDone, NewDeed
from leadline.store.ledger_writer import LedgerWriter

ALLOWED: frozenset[tuple[Stage, Deed]] = frozenset(
    {
        ("in force", "deprecate"),
        ("deprecated", "deprecate"),  # another replacement
        ("deprecated", "sunset"),
        ("sunset", "sunset"),  # another day
        ("sunset", "retire"),
        ("deprecated", "keep"),
        ("sunset", "keep"),
    }
)
"""Which step may follow which stage; an application begins anew."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What those who use a definition are to be told: its stage, its last day, what to use instead, who uses it."""

    kind: str
    name: str
    stage: Stage
    ends: date | None
    replaced_by: str
    dependants: tuple[Dependant, ...]

    def __str__(self) -> str:
        """Say it in a sentence."""
        when = f" on {self.ends}" if self.ends and self.stage == "sunset" else ""
        instead = f" Use {self.replaced_by} instead." if self.replaced_by else ""
        users = ", ".join(f"{d.kind} {d.name}{f' ({d.owner})' if d.owner else ''}" for d in self.dependants)
        on = f" On it stand {users}." if users else ""
        word = "has its sunset" if self.stage == "sunset" else f"is {self.stage}"
        return f"{self.kind} {self.name} {word}{when}.{instead}{on}"


def step(
    writer: LedgerWriter,
    ruling: InForce,
    node: Node,
    deed: Deed,
    *,
    today: date,
    on: date | None = None,
    replaced_by: str = "",
    note: str = "",
    request: str = "",
) -> DeedDone:
    """Take the next step of a definition's end, or (`keep`) say that it does not end; `request`: by which work item.

    Raises:
        DefinitionError: it is not governed or not in force (`not-governed`), the step does not follow its stage
            (`lifecycle-step`), the replacement is none (`lifecycle-replacement`), the day is past
            (`lifecycle-day`), or something still stands on what is to be retired (`retire-used`).
    """
    timeline = ruling.timelines.get(node)
    if node not in ruling.versions or timeline is None:
        raise DefinitionError(
            f"{node[0]} {node[1]} is not governed, or not in force.", code="not-governed",
            hint="Name it under `governed:` in leadline.yaml and refresh; what is not governed is simply edited.",
        )  # fmt: skip
    if (timeline.stage, deed) not in ALLOWED:
        raise DefinitionError(
            f"{node[0]} {node[1]} is {timeline.stage}: {deed} is not its next step.", code="lifecycle-step",
            hint="The steps are deprecate, sunset, retire; keep takes the first two back.",
        )  # fmt: skip
    _check_replacement(ruling.catalog, node, replaced_by)
    _check_day(deed, timeline, today, on)
    if deed == "retire":
        _check_unused(ruling.catalog, node)
    since = on if deed == "sunset" else today if deed == "retire" else None
    return writer.effective.do(
        NewDeed(
            kind=node[0], name=node[1], deed=deed, definition=ruling.versions[node].id, since=since,
            replaced_by=replaced_by, note=note, request=request,
        )
    )  # fmt: skip


def _check_replacement(catalog: Catalog, node: Node, replaced_by: str) -> None:
    known = {d.name for d in catalog.definitions() if d.kind == node[0]}
    if replaced_by and (replaced_by not in known or replaced_by == node[1]):
        raise DefinitionError(
            f"{replaced_by!r} cannot replace it: no other {node[0]} of that name is in force.",
            code="lifecycle-replacement",
        )


def _check_day(deed: Deed, timeline: Timeline, today: date, on: date | None) -> None:
    if deed == "sunset" and (on is None or on <= today):
        raise DefinitionError(
            "A sunset is on a day to come.", code="lifecycle-day", hint="Say --on 2026-12-31."
        )
    if deed == "retire" and timeline.ends is not None and timeline.ends > today:
        raise DefinitionError(
            f"Its sunset is on {timeline.ends}: until then others may rely on it.", code="lifecycle-day"
        )


def _check_unused(catalog: Catalog, node: Node) -> None:
    users = dependants(catalog, node)
    if users:
        raise DefinitionError(
            f"On {node[0]} {node[1]} still stand {', '.join(f'{d.kind} {d.name}' for d in users)}.",
            code="retire-used", hint="Move them to its replacement first.",
        )  # fmt: skip


def dependants(catalog: Catalog, node: Node) -> tuple[Dependant, ...]:
    """Give what stands on a definition, with who owns that."""
    one = next((d for d in catalog.definitions() if (d.kind, d.name) == node), None)
    return tuple(
        Dependant(d.kind, d.name, d.label, d.owner) for d in (downstream(catalog, one) if one else ())
    )


def notices(ruling: InForce) -> Iterator[Notice]:
    """Give what is to be told of definitions whose end has begun."""
    for node, timeline in sorted(ruling.timelines.items()):
        if timeline.stage in {"deprecated", "sunset"} and node in ruling.versions:
            used = dependants(ruling.catalog, node)
            yield Notice(*node, timeline.stage, timeline.ends, timeline.replaced_by, used)
