"""Work items and the rest of Leadline: figures are pinned and computed again, findings open work, effects are done.

What a step may do beside moving its item is registered in EFFECTS, a line each, by whoever owns the deed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from leadline.app import access_requests, change_control, work_effects
from leadline.app.access_requests import covering
from leadline.app.people import Company, linked
from leadline.app.wiring import Workspace, open_published
from leadline.app.work_effects import Desk
from leadline.catalog import Catalog
from leadline.catalog.definitions.workflow import Effect
from leadline.errors import LeadlineError, QueryError, WorkError, suggest
from leadline.governance.access import Person
from leadline.governance.accounts import Account, accounts
from leadline.governance.ownership.verbs import accepted
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import Explanation, explain
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.store.entries import Finding
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link
from leadline.workflow import Item, People, item, open_item
from leadline.workflow.declared import find
from leadline.workflow.verbs import Doing, looked_at

PURPOSE = "settling work"
NAMED = 20
"""So many files of a figure are named in an item about it; all are in the hash."""
_KINDS = ("metric", "definition", "figure", "finding", "source", "item", "unit", "period")
Made = Callable[[Catalog, People], Doing]
"""Makes an effect for the definitions and people of one transaction."""


@dataclass(frozen=True)
class Office:
    """What work is done with: the ledger, the definitions as they are now, and who people are."""

    ledger: Ledger
    catalog: Catalog
    people: People
    published: Callable[[], Published] | None = None
    person: Person | None = None

    @classmethod
    def of(
        cls, ledger: Ledger, catalog: Catalog, today: date | None = None, person: Person | None = None,
        published: Callable[[], Published] | None = None,
    ) -> "Office":  # fmt: skip
        """Give a project's office, for who is signed in, if anybody is; without a day, grants that end do not count.

        Without `published`, steps that freeze or retire figures are refused.
        """
        with ledger.read() as reader:
            owners = accepted(reader, catalog)
        with ledger.read() as reader:
            known = list(accounts(reader).values())
        people = Company(catalog, _granted(known, today, person), owners, covering(known, catalog, today))
        return cls(ledger, catalog, people, published, person)

    @classmethod
    def within(cls, space: Workspace, today: date | None = None) -> "Office":
        """Give the office of a project that is open."""
        return cls.of(
            space.ledger, space.definitions(), today, space.person, published=lambda: open_published(space)
        )  # fmt: skip

    @property
    def effects(self) -> Mapping[str, Doing]:
        """What steps may do."""
        found = {name: made(self.catalog, self.people) for name, made in EFFECTS.items()}
        if self.published is None:
            return found
        return {**found, **work_effects.effects(Desk(self.catalog, self.published, self.person))}


def _granted(
    known: Iterable[Account], today: date | None, person: Person | None
) -> dict[str, frozenset[str]]:
    """Give who holds which role everywhere: by a grant that holds on a day."""
    found: dict[str, set[str]] = {}
    for account in known:
        for grant in account.grants:
            holds = grant.until is None or (today is not None and grant.until >= today)
            if not account.locked and grant.unit is None and holds:
                found.setdefault(grant.role, set()).add(account.name)
    for held in person.held if person else ():
        if held.units is None and person:
            found.setdefault(held.role.name, set()).add(person.name)
    return {role: frozenset(names) for role, names in found.items()}


def _opening(catalog: Catalog, people: People) -> Doing:
    """Open another item about the same, and about the item whose step it is."""

    def do(writer: LedgerWriter, found: Item, effect: Effect) -> None:
        workflow = find(catalog, effect.workflow or "")
        asked = (*workflow.workflow.opening.asks, *workflow.workflow.opening.may_ask)
        given = {name: value for name, value in found.fields.items() if name in asked}
        links = (*found.links, Link("item", str(found.number)))
        title = f"{workflow.workflow.label}: {found.title}"[:200]
        open_item(writer, workflow, title=title, fields=given, links=links, people=people, effects={})

    return do


EFFECTS: dict[str, Made] = {
    "open_item": _opening,
    "grant_access": access_requests.granting,
    "apply_plan": change_control.applying,
    "override_figure": change_control.overriding,
    "suspend_metric": change_control.suspending,
    "resume_metric": change_control.resuming,
}


def parse_link(text: str) -> Link:
    """Read `metric:nps`, `definition:scorecard/service`, `finding:ID`. Raises WorkError for what is no link."""
    kind, colon, name = text.partition(":")
    if kind not in _KINDS or not colon or not name.strip():
        raise WorkError(
            f"{text!r} is no link.", code="work-link",
            hint=suggest(kind, _KINDS) or f"Write KIND:NAME; the kinds are {', '.join(_KINDS)}.",
        )  # fmt: skip
    return Link(kind, name.strip()[:300])  # type: ignore[arg-type] # one of the kinds, as was just seen


def check_links(catalog: Catalog, links: Iterable[Link]) -> None:
    """Refuse links to definitions that there are not. Raises WorkError."""
    for link in links:
        if link.kind in {"metric", "source", "definition"} and linked(catalog, link) is None:
            known = catalog.metrics if link.kind == "metric" else catalog.sources
            raise WorkError(
                f"There is no {link.kind} {link.name!r}.", code="work-link",
                hint=suggest(link.name, known) or "leadline metrics lists what there is.",
            )  # fmt: skip
        if link.kind == "unit" and link.name not in catalog.units.names:
            raise WorkError(f"There is no unit {link.name!r}.", code="work-link")


def address(metric: str, period: str, unit: str | None = None, slice_: str | None = None) -> str:
    """Give a figure's address in its one form."""
    parts = {"metric": metric, "period": period, "unit": unit, "slice": slice_}
    return urlencode({name: value for name, value in parts.items() if value})


def pinned(published: Published, text: str, viewer: str | Viewer, *, whole: bool = False) -> Link:
    """Give a link to a figure as it is now, with what proves later what it was; `whole`: also where it came from.

    Raises:
        WorkError: the address is none. QueryError: there is no such figure.
    """
    query, canonical = _query(published, text, viewer)
    found = evaluate(published, query)
    if len(found) != 1:
        raise QueryError(
            f"There is no figure {canonical!r}.", code="unknown-period", hint="leadline query METRIC"
        )
    kept = pin(published, found[0])
    return Link("figure", canonical, kept | ({"provenance": provenance(published, query)} if whole else {}))


def shows(published: Published, found: Item, viewer: str | Viewer) -> bool:
    """Tell whether a viewer is shown the figure that an item is about; True where it is about none."""
    for link in found.links:
        if link.kind == "figure":
            try:
                return bool((pinned(published, link.name, viewer).pin or {}).get("n"))
            except LeadlineError:
                return False
    return True


def without_figures(found: Item) -> Item:
    """Give an item as who is not shown its figure reads it: not what it was, nor what came of looking again."""
    events = tuple(
        replace(event, links=tuple(replace(link, pin=None) for link in event.links))
        for event in found.events
        if event.kind != "recomputed"
    )
    return replace(found, events=events)


def pin(published: Published, one: Observation) -> dict[str, Any]:
    """Say what a figure is, with the hash of all of it."""
    said = {
        "metric": one.metric, "version": one.version, "period": one.period, "unit": one.unit, "slice": one.slice,
        "value": one.value, "low": one.low, "high": one.high, "n": one.n, "status": one.status,
    }  # fmt: skip
    hashed = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return {**said, "generation": published.generation.id, "hash": hashed}


def provenance(published: Published, query: Query) -> dict[str, Any]:
    """Say where a figure comes from: its definition's meaning, and the files and how many of their rows are in it."""
    found = explain(published, query)
    return _came_from(found)


def _came_from(found: Explanation) -> dict[str, Any]:
    files = sorted(
        (one.batch.source, one.batch.file, one.batch.file_hash, one.rows)
        for one in (*found.batches, *found.derived_from)
    )
    hashed = hashlib.sha256(json.dumps(files).encode()).hexdigest()
    return {
        "definition": found.definition.meaning, "version": found.definition.version, "files": len(files),
        "rows": sum(one[3] for one in files), "files_hash": hashed,
        "named": [[source, file, sha[:12], rows] for source, file, sha, rows in files[:NAMED]],
    }  # fmt: skip


def of_finding(published: Published, finding: Finding, viewer: str | Viewer, *, figure: bool) -> list[Link]:
    """Give what an item about a finding is about: the finding, its metric and unit, and where asked its figure."""
    links = [Link("finding", finding.id)]
    if finding.metric in published.catalog.metrics:
        links.append(Link("metric", finding.metric))
    if finding.unit:
        links.append(Link("unit", finding.unit))
    if figure:
        figure_of = address(finding.metric, finding.period, finding.unit, finding.slice)
        links.append(pinned(published, figure_of, viewer, whole=True))
    return links


def recomputed(published: Published, about: Item, viewer: str | Viewer) -> dict[str, Any]:
    """Compute the figure that an item is about again from its rows, and compare it with what was published and pinned.

    `outcome`: `equal` (the rows give what is published), `differs`, or `cannot tell` (suppressed, or no rows);
    `unchanged`: whether what is published is still what was pinned. Raises WorkError where the item has no figure.
    """
    link = next((one for one in about.links if one.kind == "figure"), None)
    if link is None:
        raise WorkError(f"Work item {about.number} is about no figure.", code="work-about")
    query, _ = _query(published, link.name, viewer)
    found = explain(published, query)
    now, was = pin(published, found.observation), dict(link.pin or {})
    hidden = found.observation.value is None or found.recomputed is None
    return {
        "figure": link.name, "generation": published.generation.id, "published": now["value"],
        "recomputed": found.recomputed, "pinned": was.get("value"), "status": now["status"],
        "outcome": "cannot tell" if hidden else "equal" if found.agrees else "differs",
        "unchanged": now["hash"] == was.get("hash"), "batches": len(found.batches),
        "rows": sum(share.rows for share in found.batches), "version": now["version"],
        "same_rows": _same(was.get("provenance"), _came_from(found)),
    }  # fmt: skip


def _same(was: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool | None:
    """Tell whether a figure comes from the files and the definition that it came from; None where nobody knows."""
    return None if was is None else all(was[name] == now[name] for name in ("files_hash", "definition"))


def look(
    office: Office, published: Published, number: int, actor: str, viewer: str | Viewer | None = None
) -> dict[str, Any]:
    """Compute an item's figure again, and record that somebody has looked at what came of it."""
    with office.ledger.read() as reader:
        found = item(reader, number)
    result = recomputed(published, found, viewer or actor)
    with office.ledger.write(actor=actor) as writer:
        looked_at(writer, number, result)
    return result


def looked_said(result: Mapping[str, Any]) -> str:
    """Say what a recomputation gave, in a sentence or two."""
    shown = {name: _number(result.get(name)) for name in ("published", "recomputed", "pinned")}
    rows = f"{result.get('rows', 0):,} rows of {result.get('batches', 0)} files"
    first = {
        "equal": f"The rows give what is published: {shown['recomputed']}, from {rows}.",
        "differs": f"The rows give {shown['recomputed']}, and {shown['published']} is published ({rows}).",
    }.get(str(result.get("outcome")), f"It cannot be told: the figure is {result.get('status', 'gone')}.")
    told = {
        True: " It comes from the same files by the same definition as when the item was opened.",
        False: " Since the item was opened its files or its definition have changed.",
    }
    since = told.get(bool(result["same_rows"]), "") if result.get("same_rows") is not None else ""
    if result.get("unchanged"):
        return f"{first}{since}"
    return (
        f"{first} When the item was opened it was {shown['pinned']}; it has been published anew since.{since}"
    )


def _number(value: object) -> str:
    return "–" if value is None else f"{float(str(value)):.6g}"


def _query(published: Published, text: str, viewer: str | Viewer) -> tuple[Query, str]:
    """Read a figure's address; give the query for it, and the address in its one form."""
    parts = dict(parse_qsl(text))
    unknown = parts.keys() - {"metric", "period", "unit", "slice", "grain"}
    if unknown or not parts.get("metric") or not parts.get("period"):
        raise WorkError(
            f"{text!r} is not a figure's address.", code="work-link",
            hint="Write metric=nps&period=2026-01, and unit= and slice= where it is of a part.",
        )  # fmt: skip
    period = published.periods.parse(parts["period"])
    where = {}
    for one in filter(None, parts.get("slice", "").split(",")):
        column, _, value = one.partition("=")
        where[column] = "" if value == "(none)" else value
    metric = published.metric(parts["metric"]).name
    query = Query(
        metric, viewer, PURPOSE, grain=period.grain, unit=parts.get("unit"), since=period.start, until=period.end,
        where=where,
    )  # fmt: skip
    return query, address(metric, parts["period"], parts.get("unit"), parts.get("slice"))
