"""Published figures worked out again from the rows behind them: equal, or why not.

A figure that is read from states must be the figure that its rows give, by the same definition, of the same batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query

Outcome = Literal["equal", "differs", "cannot tell"]
TOLERANCE = 1e-9
_SAME = ("value", "low", "high")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A published figure, what its rows give, and whether they are equal to 1e-9 relative; `why` says why not."""

    published: Observation
    again: Observation | None
    outcome: Outcome
    why: str


def recompute(published: Published, queries: Sequence[Query]) -> Iterator[Recomputed]:
    """Answer queries from the states and again from the rows, and compare figure by figure.

    Rows that are gone (swept, or the warehouse was changed by hand) leave a figure that nobody can tell about. Raises
    QueryError as `evaluate` does.
    """
    rows = published.counting(published.counted)
    for query, figures in zip(queries, evaluate_many(published, queries), strict=True):
        missing = _missing(published, query.metric)
        again = {} if missing else {_key(o): o for o in evaluate_many(rows, [query])[0]}
        for figure in figures:
            yield _compared(figure, again.pop(_key(figure), None), missing)
        for extra in again.values():
            yield Recomputed(extra, extra, "differs", "The rows give this figure, and it is not published.")


def _missing(published: Published, metric: str) -> str:
    """Say which rows of a metric's facts are gone."""
    facts = {row.of for row in published.rows(metric)}
    gone = [
        f"{relation.name}/{relation.key}"
        for fact in sorted(facts)
        for relation in published.facts.relations.get(fact, ())
        if not published.engine.exists(relation)
    ]
    return (
        f"Rows are gone from the warehouse: {', '.join(gone[:3])}{' …' if len(gone) > 3 else ''}."
        if gone
        else ""
    )


def _compared(figure: Observation, again: Observation | None, missing: str) -> Recomputed:
    if missing:
        return Recomputed(figure, None, "cannot tell", missing)
    if again is None:
        empty = figure.value in {None, 0} and not figure.n
        why = "" if empty else "The rows give no such figure."
        return Recomputed(figure, None, "equal" if empty else "differs", why)
    unlike = [name for name in _SAME if not near(getattr(figure, name), getattr(again, name))]
    if figure.n != again.n:
        unlike.append("n")
    why = "; ".join(f"{name}: {said(getattr(figure, name))} published, {said(getattr(again, name))} from the rows"
                    for name in unlike)  # fmt: skip
    return Recomputed(figure, again, "differs" if unlike else "equal", why)


def near(one: float | None, other: float | None) -> bool:
    """Tell whether a figure that was kept and the one from the rows are the same, but for rounding."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1e-3)


def said(value: float | None) -> str:
    """Say a number so that two which differ are not said alike."""
    return "nothing" if value is None else f"{value:.12g}"


def _key(one: Observation) -> tuple[object, ...]:
    return one.metric, one.start, one.end, one.unit, one.slice, one.adjustment
