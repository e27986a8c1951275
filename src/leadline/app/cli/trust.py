"""`leadline sources` and `leadline reconcile`: how far the data may be relied on, and where two systems disagree."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from leadline.app.attainment import Attained, attained
from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened, require, told
from leadline.app.wiring import open_published
from leadline.catalog.definitions import Reconciliation, Source
from leadline.errors import QueryError
from leadline.ingest.landing.unclaimed import unclaimed
from leadline.ingest.reliability.scores import PARTS
from leadline.insights.differing import Differing, differing
from leadline.insights.reconciliations import Cell, Reconciled, find, pairs, reconcile, reconciliations
from leadline.metrics.lateness import Late
from leadline.metrics.published import Published

ROWS = "ingest:row:read"

Named = Annotated[str | None, typer.Argument(metavar="NAME", help="A reconciliation; all if not given.")]


def sources(context: typer.Context, json_: Json = False) -> None:
    """Show each source's reliability with its parts, and whether its rows come when they are expected."""
    with opened(context) as space:
        published = open_published(space)
        with space.ledger.read() as reader:
            history = reader.told("reliability")
        left = unclaimed(published.catalog)
    found = [_source(published, source, history) for _, source in sorted(published.catalog.sources.items())]
    if json_:
        output.as_json(found)
        return
    rows = [
        [s["source"], output.number(s["score"], 0), *(output.number(s["parts"].get(p), 0) for p in PARTS),
         s["newest"] or "", s["attained"], " ".join(s["late"])]
        for s in found
    ]  # fmt: skip
    right = ("reliability", *PARTS)
    output.table(rows, "source", *right, "newest row", "objective", "late", right=right)
    for one in left:
        output.say(one.words)


def _source(published: Published, source: Source, history: list[tuple[datetime, Any]]) -> dict[str, Any]:
    told = published.generation.tables.get("reliability", {}).get(source.name, {})
    late = [Late.of(said) for said in published.generation.tables.get("late", ())]
    return {
        "source": source.name,
        "fact": source.fact,
        "score": told.get("score"),
        "parts": told.get("parts", {}),
        "reliable": told.get("reliable"),
        "newest": told.get("newest"),
        "attained": _words(source, attained(source, history)),
        "late": [one.words(published.catalog) for one in late if one.source == source.name],
    }


def _words(source: Source, found: Attained | None) -> str:
    if source.expected is None:
        return ""
    if found is None:
        return f"{source.expected.within} wanted"
    return f"{found.share:.0%} of {found.days} days, {source.expected.within} wanted"


def reconcile_sides(
    context: typer.Context,
    name: Named = None,
    rows: Annotated[bool, typer.Option("--rows", help="The keys whose rows differ.")] = False,
    period: Annotated[
        str | None, typer.Option("--period", help="A period; default: the last final one.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit.")] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="Only this slice: COLUMN=VALUE. May be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many keys.")] = 50,
    json_: Json = False,
) -> None:
    """Compare the two sides of a reconciliation, or of all; `--rows` shows what is on one side only or different."""
    with opened(context) as space:
        published = open_published(space)
        if name is None and rows:
            raise QueryError("Rows are compared for one reconciliation.", code="usage", hint="Name it.")
        if rows:
            require(space, ROWS)
        viewer = space.viewer
        found = (
            reconciliations(published, viewer=viewer)
            if name is None
            else [reconcile(published, find(published, name), viewer=viewer)]
        )
        cells = [(one, cell) for one in found for cell in _chosen(one, period, unit, where or [])]
        behind = [_behind(published, one.definition, cell, limit) for one, cell in cells] if rows else []
        shown = sum(len(one.keys) for one in behind if one is not None)
        purpose = "rows that two systems tell apart"
        told(space, ROWS, f"reconciliation:{name}", purpose=purpose, subjects=shown)
    if json_:
        output.as_json(
            [_as_dict(one, cell, behind[n] if rows else None) for n, (one, cell) in enumerate(cells)]
        )
        return
    _show(found, cells)
    for (one, cell), keys in zip(cells, behind, strict=False):
        _show_keys(one.definition, cell, keys)


def _chosen(one: Reconciled, period: str | None, unit: str | None, where: list[str]) -> list[Cell]:
    """Give the cells asked for: of the last period those that differ first; of one asked for, all."""
    asked = [cell for cell in one.cells if cell.period == (period or one.latest)]
    cells = [
        cell
        for cell in asked
        if unit in (None, cell.unit) and all(part in cell.slice.split(", ") for part in where)
    ]
    return sorted(cells, key=lambda cell: (cell.state != "differs", -abs(cell.difference or 0.0)))


def _behind(published: Published, one: Reconciliation, cell: Cell, limit: int) -> Differing | None:
    if cell.state != "differs":
        return None
    return differing(
        published, one, since=cell.start, until=cell.end, unit=cell.unit, where=pairs(cell.slice), limit=limit
    )


def _show(found: list[Reconciled], cells: list[tuple[Reconciled, Cell]]) -> None:
    rows = []
    for one, cell in cells:
        left, right = cell.values
        row = f", {one.in_a_row(cell)} in a row" if one.in_a_row(cell) > 1 else ""
        rows.append(
            [one.definition.name, cell.period, ", ".join(filter(None, (cell.unit, cell.slice))) or "everything",
             output.number(left), output.number(right), output.number(cell.difference), output.number(cell.allowed),
             (cell.state + row) if not cell.note else f"{cell.state}: {cell.note}"]
        )  # fmt: skip
    right_ = ("left", "right", "difference", "allowed")
    output.table(rows, "reconciliation", "period", "where", *right_, "state", right=right_)
    for one in found:
        count = f"{len(one.differing)} of {one.judged} differ" if one.judged else "nothing to compare yet"
        output.say(f"{one.definition.label}: {count}" + (f" in {one.latest}." if one.latest else "."))


def _show_keys(one: Reconciliation, cell: Cell, found: Differing | None) -> None:
    if found is None:
        return
    place = ", ".join(filter(None, (cell.unit, cell.slice))) or "everything"
    counts = ", ".join(f"{n:,} {side}" for side, n in found.counts.items() if n)
    output.say(f"{place}, {cell.period}: {found.total:,} keys differ" + (f" ({counts})." if counts else "."))
    rows = [
        [*("(none)" if part is None else part for part in key.key), key.side, output.number(key.left),
         output.number(key.right), f"{key.left_rows:,}", f"{key.right_rows:,}"]
        for key in found.keys
    ]  # fmt: skip
    right = (one.left, one.right, "rows left", "rows right")
    output.table(rows, *found.columns, "side", *right, right=right)


def _as_dict(one: Reconciled, cell: Cell, found: Differing | None) -> dict[str, Any]:
    left, right = cell.values
    said: dict[str, Any] = {
        "reconciliation": one.definition.name,
        "period": cell.period,
        "unit": cell.unit,
        "slice": cell.slice,
        "left": left,
        "right": right,
        "difference": cell.difference,
        "allowed": cell.allowed,
        "state": cell.state,
        "note": cell.note,
        "periods_in_a_row": one.in_a_row(cell),
    }
    return said if found is None else said | {"rows": asdict(found)}
