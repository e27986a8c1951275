"""Two metrics that should say the same, compared cell by cell; findings of kind `reconciliation` where they do not.

The rule: only final figures are compared, by the tolerance that is declared and nothing else. Without `statistical`
there is no chance in it: a cell differs or does not. With it, differences that chance explains are none: of the cells
of a period that are said to differ, an expected 5 % at most do not (Benjamini and Hochberg 1995).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from leadline.catalog.definitions import Count, Metric, Reconciliation, Stock, Sum
from leadline.errors import QueryError, suggest
from leadline.insights import wording
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.store.entries import NewFinding

KIND = "reconciliation"
PURPOSE = "reconciliation"
REACH = 13
"""Periods looked back on, to say for how long."""
FALSE_DISCOVERIES = 0.05
_Z = 1.959963984540054
EXACT = 1e-9
"""Values that differ by less, relative to their size, were added up in another order."""

State = Literal["agrees", "differs", "not judged"]
Place = tuple[str | None, str]
"""Unit and slice."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One period, unit and slice: both figures, what they differ by, what is allowed, and what that means.

    `note` says why a cell is not judged. `p` is that of a difference within the tolerance, where chance plays a part.
    """

    period: str
    start: date
    end: date
    unit: str | None
    slice: str
    left: Observation | None
    right: Observation | None
    difference: float | None
    allowed: float
    state: State
    note: str = ""
    p: float | None = None

    @property
    def place(self) -> Place:
        """Unit and slice."""
        return self.unit, self.slice

    @property
    def values(self) -> tuple[float, float]:
        """Both values; what has no rows is 0."""
        return _value(self.left), _value(self.right)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A reconciliation's cells, by period and place. `latest` is the last period that is final on both sides."""

    definition: Reconciliation
    cells: tuple[Cell, ...]
    latest: str

    @property
    def now(self) -> list[Cell]:
        """The cells of the last period that is final on both sides."""
        return [cell for cell in self.cells if cell.period == self.latest]

    @property
    def judged(self) -> int:
        """How many cells of the last period were judged."""
        return sum(cell.state != "not judged" for cell in self.now)

    @property
    def differing(self) -> list[Cell]:
        """The cells of the last period that differ, the largest difference first."""
        found = [cell for cell in self.now if cell.state == "differs"]
        return sorted(found, key=lambda cell: -abs(cell.difference or 0.0))

    def in_a_row(self, cell: Cell) -> int:
        """Count for how many periods in a row, up to this one, a place has differed."""
        mine = [one for one in self.cells if one.place == cell.place and one.end <= cell.end]
        count = 0
        for one in reversed(mine):
            if one.state != "differs":
                break
            count += 1
        return count


def find(published: Published, name: str) -> Reconciliation:
    """Find a reconciliation. Raises QueryError with near names."""
    known = published.catalog.reconciliations
    if name not in known:
        raise QueryError(
            f"There is no reconciliation {name!r} in the published definitions.",
            code="unknown-reconciliation",
            hint=suggest(name, known) or (f"There are {', '.join(sorted(known))}." if known else ""),
        )
    return known[name]


def pairs(text: str) -> list[tuple[str, str | None]]:
    """Read a slice's label: `column=value`, comma-separated; `(none)` is no value."""
    found: list[tuple[str, str | None]] = []
    for part in filter(None, text.split(", ")):
        column, _, value = part.partition("=")
        found.append((column, None if value == "(none)" else value))
    return found


def reconcile(published: Published, one: Reconciliation, *, viewer: str | Viewer) -> Reconciled:
    """Compare both sides in the last periods that are final on both; no cells where there is none."""
    ends = [published.latest_complete(name, one.grain) for name in (one.left, one.right)]
    if any(end is None for end in ends):
        return Reconciled(one, (), "")
    last = min((end for end in ends if end is not None), key=lambda period: period.end)
    since = max(published.periods.back(last, REACH - 1).start, _both(published, one))
    if since >= last.end:
        return Reconciled(one, (), "")
    queries = [
        Query(metric=side, viewer=viewer, purpose=PURPOSE, grain=one.grain, by=by, unit=unit, since=since,
              until=last.end)
        for unit in one.units or (None,)
        for side, by in ((one.left, one.by), (one.right, one.right_by))
    ]  # fmt: skip
    answers = evaluate_many(published, queries)
    found: list[Cell] = []
    for nth, unit in enumerate(one.units or (None,)):
        left, right = (_by_cell(answer) for answer in answers[2 * nth : 2 * nth + 2])
        keys = sorted(left if one.right_whole else {*left, *right})
        for start, place in keys:
            whole = right.get((start, "" if one.right_whole else place))
            found.append(_cell(published, one, unit, left.get((start, place)), whole))
    return Reconciled(one, tuple(_surely(sorted(found, key=_order), one)), last.label)


def reconciliations(published: Published, *, viewer: str | Viewer) -> list[Reconciled]:
    """Compare the sides of every reconciliation of the project, by name."""
    known = published.catalog.reconciliations
    return [reconcile(published, known[name], viewer=viewer) for name in sorted(known)]


def findings(published: Published, found: Sequence[Reconciled]) -> Iterator[NewFinding]:
    """Give one finding for each cell of the last period that differs."""
    for one in found:
        for cell in one.differing:
            yield _finding(published, one, cell)


def _both(published: Published, one: Reconciliation) -> date:
    """Give the first day of the first period that both sides have rows for from its beginning, as far as is known."""
    begun = [covered[0] for side in (one.left, one.right) if (covered := published.coverage(side))]
    first = published.periods.period(one.grain, max(begun))
    return first.start if min(begun) >= first.start or max(begun) == first.start else first.end


def _by_cell(answer: Sequence[Observation]) -> Mapping[tuple[date, str], Observation]:
    return {(o.start, o.slice): o for o in answer}


def _order(cell: Cell) -> tuple[str, str, date]:
    return cell.unit or "", cell.slice, cell.start


def _value(side: Observation | None) -> float:
    return 0.0 if side is None or side.value is None else side.value


def _cell(
    published: Published,
    one: Reconciliation,
    unit: str | None,
    left: Observation | None,
    right: Observation | None,
) -> Cell:
    known = left or right
    if known is None:
        raise AssertionError("a cell has a side")
    cell = Cell(known.period, known.start, known.end, unit, known.slice, left, right, None, 0.0, "not judged")
    for name, side in ((one.left, left), (one.right, right)):
        if note := _unfit(published.catalog.metrics[name], side):
            return _replaced(cell, note=note)
    values = cell.values
    allowed = one.tolerance.allows(*values)
    difference = values[0] - values[1]
    beyond = abs(difference) > allowed + EXACT * max(map(abs, values))
    p = _p(cell, abs(difference) - allowed) if one.tolerance.statistical else None
    if one.tolerance.statistical and p is None and beyond:
        return _replaced(cell, difference, allowed, note="A side has no interval.")
    return _replaced(cell, difference, allowed, "differs" if beyond else "agrees", p=p)


def _replaced(
    cell: Cell,
    difference: float | None = None,
    allowed: float = 0.0,
    state: State = "not judged",
    *,
    note: str = "",
    p: float | None = None,
) -> Cell:
    about = (cell.period, cell.start, cell.end, cell.unit, cell.slice, cell.left, cell.right)
    return Cell(*about, difference, allowed, state, note, p)


def _unfit(metric: Metric, side: Observation | None) -> str:
    """Say why a side cannot be compared; empty where it can. What is added up is 0 where there are no rows."""
    added = isinstance(metric, Sum | Count | Stock)
    if side is None or (side.status == "no data" and not side.n):
        return "" if added else f"{metric.label} has no rows."
    if side.status not in FIRM or side.value is None:
        return f"{metric.label} is {side.status}." + (f" {side.note}" if side.note else "")
    return ""


def _p(cell: Cell, beyond: float) -> float | None:
    """Two-sided p of a difference within the tolerance, from both intervals taken as 1.96 standard errors."""
    variance = 0.0
    for side in (cell.left, cell.right):
        if side is None or side.low is None or side.high is None:
            return None
        variance += ((side.high - side.low) / (2 * _Z)) ** 2
    if beyond <= 0:
        return 1.0
    return math.erfc(beyond / math.sqrt(2 * variance)) if variance > 0 else 0.0


def _surely(cells: list[Cell], one: Reconciliation) -> list[Cell]:
    """Let cells agree whose difference may be chance, period by period."""
    if not one.tolerance.statistical:
        return cells
    sure: dict[tuple[str, Place], float] = {}
    for period in {cell.period for cell in cells}:
        mine = [cell for cell in cells if cell.period == period and cell.p is not None]
        adjusted = benjamini_hochberg([cell.p if cell.p is not None else math.nan for cell in mine])
        sure |= {(c.period, c.place): float(q) for c, q in zip(mine, adjusted, strict=True)}
    return [_judged(cell, sure.get((cell.period, cell.place))) for cell in cells]


def _judged(cell: Cell, adjusted: float | None) -> Cell:
    if cell.state == "not judged" or adjusted is None:
        return cell
    state: State = "differs" if cell.state == "differs" and adjusted <= FALSE_DISCOVERIES else "agrees"
    return _replaced(cell, cell.difference, cell.allowed, state, p=adjusted)


def _finding(published: Published, one: Reconciled, cell: Cell) -> NewFinding:
    definition, catalog = one.definition, published.catalog
    left, right = catalog.metrics[definition.left], catalog.metrics[definition.right]
    row, values = one.in_a_row(cell), cell.values
    return NewFinding(
        kind=KIND,
        metric=left.name,
        period=cell.period,
        grain=definition.grain,
        unit=cell.unit,
        slice=cell.slice,
        statement=statement(published, one, cell),
        evidence={
            "reconciliation": definition.name,
            "left": values[0],
            "right": values[1],
            "difference": cell.difference,
            "allowed": cell.allowed,
            "other": right.name,
            "periods_in_a_row": row,
            "test": "beyond the declared tolerance"
            + (", and more than chance explains" if definition.tolerance.statistical else ""),
            "p": None,
            "adjusted_p": cell.p,
            "tested": one.judged,
            "measured_in": left.measured_in,
        },
        severity="high",
        direction="bad",
    )


def statement(published: Published, one: Reconciled, cell: Cell) -> str:
    """Say what differs, where, by how much, and since when."""
    definition, catalog = one.definition, published.catalog
    left, right = catalog.metrics[definition.left], catalog.metrics[definition.right]
    values, difference = cell.values, cell.difference or 0.0
    places = max(left.decimals or 0, wording.decimals(left, abs(difference)) if left.decimals is None else 0)
    larger = max(map(abs, values))
    share = f" ({abs(difference) / larger:.1%} of it)" if larger else ""
    less = "less" if difference < 0 else "more"
    return (
        f"{wording.about(catalog, left, cell.unit, cell.slice)} was "
        f"{wording.figure(left, values[0], places)} in {wording.period(definition.grain, cell.period)}, "
        f"{wording.figure(left, abs(difference), places)} {less} than {right.label.lower()}, "
        f"{wording.figure(right, values[1], places)}{share}"
        f"{wording.in_a_row(definition.grain, one.in_a_row(cell))}."
    )
