"""Cause-and-effect links of the strategy, tested: does the driver's movement precede the outcome's by the declared lag?

The one rule: final figures only, and false discoveries are controlled over all links (Benjamini and Hochberg).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from leadline.catalog import Catalog
from leadline.catalog.composition import collected, finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Grain, Side
from leadline.catalog.strategy import CauseLink, links
from leadline.insights.stats.multiplicity import benjamini_hochberg
from leadline.insights.stats.precedence import Floats, Precedence, precedence
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query

PURPOSE = "strategy"
STRENGTHS = {"weak": 0.1, "moderate": 0.3, "strong": 0.5}
"""Partial correlations that the words of a link stand for (Cohen 1988)."""
SIGNIFICANT = 0.05
KEPT = "links"
"""Where a generation keeps what its links were found to be."""
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.437, "quarter": 91.31, "year": 365.25}
_SEASON = {"day": 7}


@dataclass(frozen=True, slots=True)
class TestedLink:
    """A link and what the figures say of it. `steps` is the lag in periods of `grain`.

    `found` None: there was nothing to compare, for the reason that `why` gives.
    """

    link: CauseLink
    grain: Grain
    steps: int
    found: Precedence | None
    adjusted_p: float | None = None
    why: str = ""

    @property
    def told(self) -> str:
        """What the figures say: precedes, against, not seen, cannot tell."""
        return self.found.told if self.found else "cannot tell"

    @property
    def sentence(self) -> str:
        """The same in a sentence, with numbers."""
        return _sentence(self)


def tested_links(published: Published, *, viewer: str) -> tuple[TestedLink, ...]:
    """Test every link of the strategy in the figures that are published, in the order of the links."""
    catalog = published.catalog
    placed = [_placed(catalog, link) for link in links(catalog)]
    asked = [one for one in placed if not one.why]
    queries = [_query(one, side, viewer) for one in asked for side in _sides(one)]
    answers = evaluate_many(published, queries)
    done = {
        (one.link.source, one.link.nth): _tested(published, one, answers[2 * n], answers[2 * n + 1])
        for n, one in enumerate(asked)
    }
    return _adjusted([done.get((one.link.source, one.link.nth), one) for one in placed])


def kept(found: Sequence[TestedLink]) -> list[dict[str, Any]]:
    """Give what a generation keeps of its tested links: JSON."""
    return [
        {
            "source": one.link.source,
            "nth": one.link.nth,
            "grain": one.grain,
            "steps": one.steps,
            "found": asdict(one.found) if one.found else None,
            "adjusted_p": one.adjusted_p,
            "why": one.why,
        }
        for one in found
    ]


def recalled(published: Published, *, viewer: str) -> tuple[TestedLink, ...]:
    """Give the links as the refresh tested them; tested now where it did not."""
    told = published.generation.tables.get(KEPT)
    if told is None:
        return tested_links(published, viewer=viewer)
    known = {(one["source"], one["nth"]): one for one in told}
    return tuple(
        TestedLink(
            link,
            one["grain"],
            one["steps"],
            Precedence(**one["found"]) if one["found"] else None,
            one["adjusted_p"],
            one["why"],
        )
        for link in links(published.catalog)
        if (one := known.get((link.source, link.nth)))
    )


def _placed(catalog: Catalog, link: CauseLink) -> TestedLink:
    """Say at which grain and lag a link is looked for: as fine as its lag is told and both figures are collected."""
    amount, unit = link.declared.after.split()
    days = int(amount) * _DAYS[unit.removesuffix("s")]
    grain: Grain = "day" if unit.startswith("day") else "week"
    sides = [side for side in (link.driver, link.outcome) if side and side.metric in catalog.metrics]
    for side in sides:
        metric = catalog.metrics[side.metric]
        grain = max(grain, finest_shown(catalog, metric), collected(catalog, metric).every, key=GRAINS.index)
    steps = round(days / _DAYS[grain])
    why = ""
    if len(sides) < 2:
        why = "An objective has no measure in which the link could show."
    elif link.sign is None:
        why = "Nobody says which way the outcome moves."
    elif steps < 1:
        why = f"The figures come once a {grain}, which is longer than the lag."
    elif any(side.unit and not has_units(catalog, catalog.metrics[side.metric]) for side in sides):
        why = "A figure is not told apart by unit."
    return TestedLink(link, grain, max(steps, 1), None, why=why)


def _sides(one: TestedLink) -> tuple[Side, Side]:
    assert one.link.driver  # noqa: S101 - a link without it has a `why`
    assert one.link.outcome  # noqa: S101 - likewise
    return one.link.driver, one.link.outcome


def _query(one: TestedLink, side: Side, viewer: str) -> Query:
    return Query(
        side.metric, viewer, PURPOSE, grain=one.grain, unit=side.unit, where=dict(side.where),
    )  # fmt: skip


def _tested(
    published: Published, one: TestedLink, driver: Sequence[Observation], outcome: Sequence[Observation]
) -> TestedLink:
    known = [
        {o.start: o.value for o in side if o.status in FIRM and o.value is not None}
        for side in (driver, outcome)
    ]
    if not all(known):
        return replace(one, why="A figure has no final values.")
    first = max(min(side) for side in known)
    last = min(max(side) for side in known)
    periods = [p.start for p in published.periods.between(one.grain, first, last)] + [last]
    if last <= first:
        return replace(one, why="The two figures have no periods in common.")
    x, y = (_series(side, periods) for side in known)
    expected = STRENGTHS[one.link.declared.strength] * (one.link.sign or 1)
    year = _DAYS["year"] / _DAYS[one.grain]
    found = precedence(x, y, one.steps, expected=expected, season=_SEASON.get(one.grain, 1), year=year)
    return replace(one, found=found)


def _series(known: dict[date, float], periods: Sequence[date]) -> Floats:
    return np.array([known.get(start, np.nan) for start in periods], dtype=float)


def _adjusted(found: Sequence[TestedLink]) -> tuple[TestedLink, ...]:
    """Take back what could be chance, so many links having been looked at."""
    p = [one.found.p if one.found and one.found.p is not None else math.nan for one in found]
    shares = benjamini_hochberg(p)
    done = []
    for one, share in zip(found, shares, strict=True):
        adjusted = None if math.isnan(share) else float(share)
        result = one.found
        if result and result.told in {"precedes", "against"} and (adjusted or 0.0) > SIGNIFICANT:
            result = replace(result, told="cannot tell")
        done.append(replace(one, found=result, adjusted_p=adjusted))
    return tuple(done)


def _sentence(one: TestedLink) -> str:
    found = one.found
    if found is None:
        return f"Cannot tell: {one.why[:1].lower()}{one.why[1:]}"
    lag = one.link.declared.after
    count = f"n = {found.n} {one.grain}s"
    if found.correlation is None or found.low is None or found.high is None:
        return f"Cannot tell: {count}; about {found.needed} would show a {one.link.declared.strength} link."
    way = one.link.sign or 1
    low, high = sorted((found.low * way, found.high * way))
    numbers = f"{found.correlation * way:+.2f} in the claimed direction, {low:+.2f} to {high:+.2f}, {count}"
    match found.told:
        case "precedes":
            return f"It shows: what the driver does is followed after {lag} ({numbers})."
        case "against":
            return f"It shows the other way round: the outcome moves against it after {lag} ({numbers})."
        case "not seen":
            return f"Not seen: less than a {one.link.declared.strength} link after {lag} ({numbers})."
        case _:
            more = (
                f"; about {found.needed} would show a {one.link.declared.strength} link"
                if found.needed
                else ""
            )
            return f"Cannot tell ({numbers}{more})."
