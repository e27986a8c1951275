"""Change requests of a project: opened from its plan, bound anew, put into force; and other effects on figures."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from leadline.app.planning import published_and_governed
from leadline.app.wiring import in_force_at
from leadline.catalog import Catalog, build, load, require
from leadline.catalog.definitions.workflow import Effect
from leadline.catalog.documents import PROJECT_FILE, parse, recall, shipped
from leadline.catalog.federation import beneath
from leadline.catalog.plan import Effective, Plan, plan
from leadline.errors import GovernanceError, NothingPublished
from leadline.governance import change_requests as cr
from leadline.governance import figure_marks as fm
from leadline.governance.apply import chosen
from leadline.governance.in_force import InForce
from leadline.metrics.calendars import periods_of
from leadline.scorecards.freezing import require_unlocked
from leadline.store.home import Home
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter
from leadline.workflow import Item, People, attach, bind, item, open_item
from leadline.workflow.declared import find
from leadline.workflow.files import keep
from leadline.workflow.verbs import Doing

WORKFLOW = "change_request"
Node = tuple[str, str]


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made of: the definitions as they are written, and what is in force."""

    plan: Plan
    working: Catalog
    ruling: InForce
    today: date


def planned(
    writer: LedgerReader, root: Path, now: datetime, effective: Effective, only: Collection[Node] = ()
) -> Planned:
    """Give the governed part of what the folder would change, by the same moment of the ledger.

    Raises:
        CheckFailed: the working definitions cannot be used.
        DefinitionError: nothing governed changes.
    """
    working, ruling = require(load(root)), in_force_at(root, now, writer)
    found = chosen(plan(_standing(writer, root, ruling, working), working, effective), only)
    today = now.astimezone(ZoneInfo(working.project.time_zone)).date()
    return Planned(found, working, ruling, today)


def open_request(
    writer: LedgerWriter,
    root: Path,
    people: People,
    effective: Effective,
    *,
    only: Collection[Node] = (),
    justification: str,
    title: str = "",
    workflow: str = WORKFLOW,
    back_test: Mapping[str, Any] | None = None,
) -> Item:
    """Open a change request from the plan as it is: bound to its hash, with its impact written and attached.

    Raises:
        DefinitionError: nothing governed changes. CheckFailed: the working definitions cannot be used.
        WorkError: the justification is missing, or the actor may not open one.
    """
    made = planned(writer, root, writer.now, effective, only)
    cr.refuse_ungoverned(made.plan)
    named = ", ".join(change.title for change in made.plan.changes[:3])
    found = open_item(
        writer, find(made.working, workflow), title=title or f"Change of {named}"[:200], people=people,
        fields={
            "justification": justification, "impact": cr.impact(made.plan),
            "takes_effect": cr.effective_said(effective), "definitions": cr.nodes_said(sorted(only)),
        },
        links=cr.links(made.plan), content=made.plan.hash, effects={},
    )  # fmt: skip
    return _attached(writer, root, found, made.plan, back_test)


def rebind(writer: LedgerWriter, root: Path, number: int, back_test: Mapping[str, Any] | None = None) -> Item:
    """Bind a request to the plan as it is now: where anything was edited, every approval is void.

    Raises:
        GovernanceError: the item is no change request.
    """
    found = request(writer, number)
    made = plan_of(writer, root, found, writer.now)
    if made.plan.hash == found.content:
        return found
    found = bind(writer, number, made.plan.hash)
    return _attached(writer, root, found, made.plan, back_test)


def request(reader: LedgerReader, number: int) -> Item:
    """Give a change request. Raises GovernanceError for another item."""
    found = item(reader, number)
    if not cr.is_request(found):
        raise GovernanceError(f"Work item {number} is no change request.", code="change-none")
    return found


def plan_of(reader: LedgerReader, root: Path, found: Item, now: datetime) -> Planned:
    """Give the plan, as it is now, of what a request is about."""
    effective = cr.effective_of(str(found.fields.get("takes_effect") or "from_now"))
    only = cr.nodes(str(found.fields.get("definitions") or ""))
    return planned(reader, root, now, effective, only)


def applying(catalog: Catalog, people: People) -> Doing:
    """Make the effect that puts the plan of a request into force."""
    del people

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        made = plan_of(writer, catalog.root, found, writer.now)
        cr.put_into_force(writer, found, made.plan, made.working, (made.ruling, made.today))
        in_force_at(
            catalog.root, writer.now, writer
        )  # refuses what could not be computed; then nothing is written

    return do


@dataclass(frozen=True)
class Pinned:
    """A figure as it was when an item was opened about it."""

    metric: str
    period: str
    unit: str | None
    slice: str
    value: float | None
    status: str


def overriding(catalog: Catalog, people: People) -> Doing:
    """Make the effect that states a figure otherwise; of an item for which one stands, that lifts it."""
    del people

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        name = f"{found.workflow.name} {found.number}"
        standing = fm.of_item(writer, name)
        _unlocked(writer, catalog, found)
        if standing:
            for one in standing:
                fm.lift(writer, one, reason=str(found.fields.get("reason") or "It is over."), item=name)
            return
        link = next((one for one in found.links if one.kind == "figure"), None)
        if link is None or found.fields.get("value") is None:
            raise GovernanceError("It names no figure and no value.", code="override-value")
        pin, said = dict(link.pin or {}), dict(parse_qsl(link.name))
        figure = Pinned(
            said["metric"], said["period"], said.get("unit"), said.get("slice", ""), pin.get("value"),
            str(pin.get("status", "")),
        )  # fmt: skip
        value, why = float(found.fields["value"]), str(found.fields.get("why") or "")
        fm.override(writer, figure, value, reason=why, item=name, asked_by=found.author)

    return do


def _unlocked(writer: LedgerWriter, catalog: Catalog, found: Item) -> None:
    """Refuse to state, or to state no longer, a figure of a closed period. Raises PeriodError."""
    for link in found.links:
        if link.kind == "figure":
            said = dict(parse_qsl(link.name))
            period = periods_of(catalog.calendar).parse(said["period"])
            require_unlocked(
                writer.frozen, {said["metric"]}, (period.start, period.end), {said.get("unit")},
                "A figure that is stated by hand", part=said.get("slice", ""),
            )  # fmt: skip


def suspending(catalog: Catalog, people: People) -> Doing:
    """Make the effect that suspends the metrics that an item is about, from `since` to `until` of its form."""
    del people

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        fields, name = found.fields, f"{found.workflow.name} {found.number}"
        named = [one.name for one in found.links if one.kind == "unit"]
        units: list[str | None] = [*named] or [None]
        for link in found.links:
            if link.kind == "metric":
                since, until = date.fromisoformat(str(fields["since"])), _day(fields.get("until"))
                for unit in units:
                    _none_closed(writer, catalog, link.name, unit, (since, until))
                    fm.suspend(
                        writer, catalog, link.name, since=since, until=until, unit=unit,
                        reason=str(fields.get("reason") or ""), item=name,
                    )  # fmt: skip

    return do


def resuming(catalog: Catalog, people: People) -> Doing:
    """Make the effect that ends the suspensions of an item, with the day `until` of its form."""
    del people

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        del effect
        name, until = f"{found.workflow.name} {found.number}", _day(found.fields.get("until"))
        if until is None:
            raise GovernanceError("The last day of the outage is missing.", code="suspension-days")
        mine = set(fm.of_item(writer, name))
        for one in fm.marks(writer).suspensions:
            if one.id in mine:
                if until != one.until:
                    days = (min(until, one.until or until), max(until, one.until) if one.until else None)
                    _none_closed(writer, catalog, one.metric, one.unit, days)
                fm.resume(
                    writer,
                    one.id,
                    until=until,
                    reason=str(found.fields.get("finding") or "It is over."),
                    item=name,
                )

    return do


def _none_closed(
    writer: LedgerWriter, catalog: Catalog, metric: str, unit: str | None, days: tuple[date, date | None]
) -> None:
    """Refuse to suspend, or no longer to suspend, days of a closed period, of a metric and all made of it.

    Raises:
        PeriodError: the period was not reopened.
    """
    made_of_it = {name for name, one in catalog.metrics.items() if metric in beneath(catalog, one)}
    units: set[str | None] | None = None
    if unit in catalog.units.entries:
        units = {unit, *catalog.units.descendants(str(unit))}
    require_unlocked(writer.frozen, {metric, *made_of_it}, days, units, "An outage of these days")


def _attached(
    writer: LedgerWriter, root: Path, found: Item, made: Plan, back_test: Mapping[str, Any] | None
) -> Item:
    """Attach the plan, and its back-test, as they are now; the names say which plan they are of."""
    home = Home(root / ".leadline")
    short, kept = made.hash[:8], {one.name for one in found.attachments}
    files: dict[str, Mapping[str, Any]] = {cr.PLAN_FILE: made.as_dict()}
    if back_test is not None:
        files[cr.BACK_TEST_FILE] = back_test
    for name, content in files.items():
        as_ = f"{short}-{name.removesuffix('.json')}.txt"
        if as_ not in kept:
            text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
            found = attach(writer, found.number, keep(home, as_, text.encode()))
    return found


def _standing(reader: LedgerReader, root: Path, ruling: InForce, working: Catalog) -> Catalog:
    """Give the definitions in force; where nothing was published yet, none but the shipped model."""
    try:
        versions = reader.definitions(reader.generation().id)
    except NothingPublished:
        project = parse(f"kind: project\nname: {working.project.name}\n", Path(PROJECT_FILE))[0]
        return build([*shipped(), *project], root)
    documents = [d for v in versions for d in recall(v.text, Path(v.file), v.line)]
    published = build(documents, root)
    return published_and_governed(published, ruling, root) if ruling.versions else published


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None
