"""What frozen figures come to now, where that is something else: recorded beside them at each refresh, never over them.

The one rule: what was closed is never written again. Where the figure rests on a minimum number of rows, and fewer than
that may have changed, it is said that it moved and not how far: the difference would tell of those few.
"""

from collections.abc import Mapping, Sequence

from leadline.catalog import Catalog
from leadline.metrics.published import Published
from leadline.scorecards.freezing import frozen, score_units
from leadline.store.closings import Closing, Frozen, Restatement
from leadline.store.frozen import FrozenReader

TOLERANCE = 1e-9
GONE = "not defined"
"""Status of a figure whose measure, unit or scorecard is not among the published definitions any more."""

Key = tuple[str | None, str]


def restatements(published: Published, reader: FrozenReader, *, viewer: str) -> list[Restatement]:
    """Give every frozen figure in force that is something else now than was last recorded of it."""
    return [one for closing in reader.in_force() for one in _of_closing(published, reader, closing, viewer)]


def _of_closing(
    published: Published, reader: FrozenReader, closing: Closing, viewer: str
) -> list[Restatement]:
    was, now = reader.figures(closing.id), present(published, reader, closing, viewer=viewer)
    last = {one.position: one for one in reader.restated(closing.id)}
    found = []
    held = _held_back(published.catalog, was, now)
    for position, figure in enumerate(was):
        made = _restatement(closing, position, published, now.get(figure.key), withheld=figure.key in held)
        known = last.get(position)
        if known is None:
            if not _unlike(figure, now.get(figure.key)):
                continue
        elif _said(known) == _said(made):
            continue
        found.append(made)
    return found


def present(
    published: Published, reader: FrozenReader, closing: Closing, *, viewer: str
) -> Mapping[Key, Frozen]:
    """Give what a closing's figures come to in a generation, by unit and path; those that it does not define lack."""
    if closing.scorecard not in published.catalog.scorecards:
        return {}
    known = published.catalog.units.names
    units = [u for u in dict.fromkeys(f.unit for f in reader.figures(closing.id)) if u is None or u in known]
    period = published.periods.parse(closing.period)
    if period.grain != published.catalog.scorecards[closing.scorecard].period:
        return {}
    results = score_units(published, closing.scorecard, period, units, viewer=viewer)
    return {figure.key: figure for figure in frozen(published, results)}


def _unlike(was: Frozen, now: Frozen | None) -> bool:
    """Tell whether a figure is another one: its value, ends, n, score or what it is judged as."""
    if now is None:
        return True
    numbers = ("value", "low", "high", "n", "score")
    return was.verdict != now.verdict or any(
        not near(getattr(was, name), getattr(now, name)) for name in numbers
    )


def near(one: float | None, other: float | None) -> bool:
    """Tell whether two numbers are the same but for rounding."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1.0)


def _held_back(catalog: Catalog, was: Sequence[Frozen], now: Mapping[Key, Frozen]) -> set[Key]:
    """Name the figures of which it is not said how far they moved: those of few rows, and scores made of them."""
    few = {figure.key for figure in was if _of_few(catalog, figure, now.get(figure.key))}
    return few | {
        node.key
        for node in was
        if node.node != "measure"
        and any(unit == node.unit and path.startswith(node.path) for unit, path in few)
    }


def _of_few(catalog: Catalog, was: Frozen, now: Frozen | None) -> bool:
    metric = catalog.metrics.get(was.metric or "")
    least = (metric.minimum_n if metric else None) or 0
    if now is None or least <= 1 or now.version != was.version or not _unlike(was, now):
        return False
    if was.value is None or now.value is None or was.n is None or now.n is None:
        return False
    return abs(now.n - was.n) < least


def _restatement(
    closing: Closing, position: int, published: Published, now: Frozen | None, *, withheld: bool
) -> Restatement:
    shown = None if withheld else now
    return Restatement(
        closing=closing.id,
        position=position,
        generation=published.generation.id,
        version=now.version if now else None,
        value=shown.value if shown else None,
        low=shown.low if shown else None,
        high=shown.high if shown else None,
        n=shown.n if shown else None,
        status=now.status if now else GONE,
        score=shown.score if shown else None,
        verdict=now.verdict if now else "no data",
        withheld=withheld,
    )


def _said(one: Restatement) -> tuple[object, ...]:
    numbers = (one.value, one.low, one.high, one.score)
    return (
        *(None if x is None else float(f"{x:.9g}") for x in numbers),
        one.n,
        one.version,
        one.verdict,
        one.withheld,
    )
