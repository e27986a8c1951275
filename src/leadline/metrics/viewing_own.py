"""Totals that would tell of somebody else: who sees the own figure and the total of a team knows what is left of it.

Where fewer than two others, or fewer rows of others than a role asks for, are left, the total is not shown.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from leadline.catalog.composition import dimensions
from leadline.metrics.observation import Observation, slice_label
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Sight
from leadline.metrics.viewing import shown_by

PURPOSE = "protection"
OTHERS = 2
"""So many others than the viewer must be in a total: of two persons, each knows the other's figure."""

Place = tuple[date, str | None]


def kept_back(
    published: Published,
    query: Query,
    answer: list[Observation],
    ask: Callable[[Published, Query], list[Observation]],
) -> list[Observation]:
    """Suppress what of an answer, together with the viewer's own figures, would tell of too few others."""
    if isinstance(query.viewer, str):
        return answer
    sight = shown_by(published, query)
    known = dimensions(published.catalog, published.metric(query.metric))
    for column, value in sight.own:
        if value is not None and column in known and column not in query.where:
            few = _few(published, query, sight, (column, value), ask)
            answer = [_kept(one, few) for one in answer]
    return answer


def _few(
    published: Published,
    query: Query,
    sight: Sight,
    own: tuple[str, str],
    ask: Callable[[Published, Query], list[Observation]],
) -> Callable[[Observation], bool]:
    """Give what tells whether too few others are in a figure: counted by the column, before anything is hidden."""
    apart = replace(query, viewer=PURPOSE, by=(own[0],), where={})
    if query.by or query.where:
        return lambda _: True  # a slice of a total: who is in it is not counted, so it is not shown
    rows: dict[Place, dict[str, int]] = {}
    for one in ask(published, apart):
        rows.setdefault((one.start, one.unit), {})[one.slice] = one.n or 0
    mine = slice_label(*own)

    def few(one: Observation) -> bool:
        counted = rows.get((one.start, one.unit), {})
        others = [n for slice_, n in counted.items() if slice_ != mine and n > 0]
        if not counted.get(mine):
            return False
        return bool(others) and (len(others) < OTHERS or sum(others) < sight.minimum_n)

    return few


def _kept(one: Observation, few: Callable[[Observation], bool]) -> Observation:
    if one.value is None or not few(one):
        return one
    note = "With your own figure, it would tell of too few others."
    return replace(one, value=None, low=None, high=None, n=None, former=None, status="suppressed", note=note)
