"""What steps of work items do to periods and definitions: closed, reopened; announced as going, retired, kept.

Each is done in the transaction of its step, with the rights of who takes it, or refused; done twice, it is done once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from leadline.app import periods as p
from leadline.app.archive import archive
from leadline.app.end_notices import tell_users
from leadline.app.wiring import in_force_at
from leadline.catalog import Catalog
from leadline.catalog.definitions.workflow import Effect
from leadline.errors import AccessError, PeriodError, WorkError
from leadline.governance.access import Person, may
from leadline.governance.lifecycle import step
from leadline.governance.timelines import Node
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.store.effective import Deed
from leadline.store.home import Home
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow import Item, comment
from leadline.workflow.verbs import Doing

CLOSE, CHANGE = "scorecards:period:close", "governance:change:write"


@dataclass(frozen=True)
class Desk:
    """What these effects are done with: the definitions, what is published, and who is signed in, if anybody is."""

    catalog: Catalog
    published: Callable[[], Published]
    person: Person | None = None

    def require(self, permission: str) -> None:
        """Refuse who may not. On the command line, whoever runs it may. Raises AccessError."""
        if self.person is None:
            return
        decision = may(self.person, permission, everywhere=True)
        if not decision.allowed:
            raise AccessError(
                f"{self.person.name} may take this step, and not do what it does: {decision.why}.",
                code="effect-rights", hint=f"It needs {permission}.",
            )  # fmt: skip

    def today(self, writer: LedgerWriter) -> date:
        """Give the day it is by the project's clock."""
        return writer.now.astimezone(ZoneInfo(self.catalog.project.time_zone)).date()


def effects(desk: Desk) -> Mapping[str, Doing]:
    """Give what steps may do to periods and definitions."""
    return {
        "freeze_period": closing(desk),
        "reopen_period": reopening(desk),
        "announce_retirement": announcing(desk),
        "retire_definition": retiring(desk),
        "keep_definition": keeping(desk),
    }


def closing(desk: Desk) -> Doing:
    """Make the effect that freezes the periods that an item is about; what is open all the same is in its form."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        desk.require(CLOSE)
        published = desk.published()
        despite = str(found.fields.get("exceptions") or "").strip()
        for name, period in _periods(published, found):
            last = writer.frozen.latest(name, period.label)
            if last is not None and writer.frozen.state(last) in {"closed", "reopening"}:
                comment(
                    writer, found.number, f"{period.label} of {name} was closed already, by {last.actor}."
                )
                continue
            made = p.close_in(
                writer, published, name, period, today=desk.today(writer), despite=bool(despite),
                because=f"{despite or found.title} ({_said(found)})",
            )  # fmt: skip
            said = f"{period.label} of {name} is closed: {made.figures} figures, hash {made.hash}."
            comment(writer, found.number, said)

    return do


def reopening(desk: Desk) -> Doing:
    """Make the effect that reopens the periods that an item is about: its author asks, who takes the step agrees."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        desk.require(CLOSE)
        for name, period in _periods(desk.published(), found):
            last = p.closed(writer.frozen, name, period.label)
            if writer.frozen.state(last) == "reopened":
                comment(writer, found.number, f"{period.label} of {name} was open already.")
                continue
            because = f"{found.fields.get('why') or found.title} ({_said(found)})"
            writer.frozen.reopen(last, because, asked_by=found.author)
            comment(
                writer, found.number, f"{period.label} of {name} is open again; {last.hash} is kept as it was frozen."
            )  # fmt: skip

    return do


def announcing(desk: Desk) -> Doing:
    """Make the effect that announces definitions as going: deprecated at once, with a sunset on `last_day`."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        desk.require(CHANGE)
        ends = date.fromisoformat(str(found.fields["last_day"])) if found.fields.get("last_day") else None
        instead = str(found.fields.get("replacement") or "").partition("/")[2]
        for node in _nodes(found):
            stage = _stage(desk, writer, node)
            if stage is None:
                said = (
                    f"{node[0]} {node[1]} is not governed: it is computed until it is taken out of its file."
                )
                comment(writer, found.number, said)
                continue
            if stage == "retired":
                continue
            if stage == "in force":
                _step(desk, writer, found, node, "deprecate", replaced_by=instead)
            if ends is not None:
                _step(desk, writer, found, node, "sunset", on=ends, replaced_by=instead)

    return do


def retiring(desk: Desk) -> Doing:
    """Make the effect that retires definitions: archived with their figures first, computed no longer."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        desk.require(CHANGE)
        for node in _nodes(found):
            stage = _stage(desk, writer, node)
            if stage == "retired" or (stage is None and not _is_there(desk.catalog, node)):
                comment(writer, found.number, f"{node[0]} {node[1]} is gone already.")
                continue
            version = in_force_at(desk.catalog.root, writer.now, writer).versions.get(node)
            _step(desk, writer, found, node, "retire")
            if version is not None:
                home = Home(desk.catalog.root / ".leadline")
                folder, files = archive(home, desk.published, node, version, actor=writer.actor)
                writer.note("archive", f"{node[0]}:{node[1]}", after={"folder": folder.name, "files": files})

    return do


def keeping(desk: Desk) -> Doing:
    """Make the effect that takes an announcement back: the definition stays in force."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        for node in _nodes(found):
            if _stage(desk, writer, node) in {"deprecated", "sunset"}:
                _step(desk, writer, found, node, "keep")

    return do


def _step(
    desk: Desk, writer: LedgerWriter, found: Item, node: Node, deed: Deed, *, on: date | None = None,
    replaced_by: str = "",
) -> None:  # fmt: skip
    ruling = in_force_at(desk.catalog.root, writer.now, writer)
    why = str(found.fields.get("why") or found.title)
    step(
        writer, ruling, node, deed, today=desk.today(writer), on=on, replaced_by=replaced_by, note=why,
        request=_said(found),
    )  # fmt: skip
    tell_users(writer, ruling.catalog, node, found=found)


def _stage(
    desk: Desk, writer: LedgerWriter, node: Node
) -> Literal["in force", "deprecated", "sunset", "retired"] | None:
    """Give how far a definition's end is; None where it is not governed."""
    timeline = in_force_at(desk.catalog.root, writer.now, writer).timelines.get(node)
    return timeline.stage if timeline is not None else None


def _nodes(found: Item) -> list[Node]:
    """Give the definitions that an item is about, by kind and name."""
    named: list[Node] = [(one.kind, one.name) for one in found.links if one.kind in {"metric", "source"}]
    for one in found.links:
        if one.kind == "definition":
            kind, _, name = one.name.partition("/")
            named.append((kind, name))
    return list(dict.fromkeys(named))


def _is_there(catalog: Catalog, node: Node) -> bool:
    return any((one.kind, one.name) == node for one in catalog.definitions())


def _periods(published: Published, found: Item) -> Iterator[tuple[str, Period]]:
    """Give the scorecards and periods that an item is about.

    Raises:
        WorkError: it names none. PeriodError: a period is no period.
    """
    cards = [name for kind, name in _nodes(found) if kind == "scorecard"]
    named = [one.name for one in found.links if one.kind == "period"]
    if not cards or not named:
        raise WorkError(
            "It is about no scorecard, or about no period: nothing can be closed or opened.", code="work-about",
            hint=f"leadline work link {found.number} definition:scorecard/NAME period:2026-09",
        )  # fmt: skip
    for name in dict.fromkeys(cards):
        if name not in published.catalog.scorecards:
            raise PeriodError(f"No scorecard {name!r} is published.", code="unknown-scorecard")
        for text in dict.fromkeys(named):
            yield name, published.periods.parse(text)


def _said(found: Item) -> str:
    return f"{found.workflow.name} {found.number}"
