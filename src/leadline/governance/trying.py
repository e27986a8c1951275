"""Two versions run in parallel: what a candidate came to beside the version in force, as each refresh saw it, kept.

Nothing of a candidate is among published figures. What was compared last stays with later generations, also when the
candidate has ended.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Grain
from leadline.errors import QueryError
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.published import Edition, Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import sees

KEPT = "compared"
"""Under this name a generation keeps what was compared."""
PERIODS = 12
_PURPOSE = "a parallel run"


def with_comparisons(made: Published, before: Published | None, *, viewer: str) -> Published:
    """Give what is about to be published with its candidates compared, and what was compared earlier."""
    found: dict[str, Any] = dict(before.generation.tables.get(KEPT, {})) if before else {}
    for edition in made.editions:
        if edition.candidate:
            for name in sorted(edition.metrics & set(made.catalog.metrics)):
                found[name] = _compared(made, edition, name, viewer)
    if not found:
        return made
    tables = {**made.generation.tables, KEPT: found}
    return replace(made, generation=replace(made.generation, tables=tables))


def _compared(made: Published, edition: Edition, name: str, viewer: str) -> dict[str, Any]:
    catalogs = made.catalog, edition.published.catalog
    grain: Grain = max("month", *(finest_shown(c, c.metrics[name]) for c in catalogs), key=GRAINS.index)
    last = edition.published.latest_complete(name, grain)
    pairs: list[dict[str, Any]] = []
    since = edition.since or (made.periods.back(last, PERIODS - 1).start if last else None)
    if last is not None and since is not None and since < last.end:
        asked = Query(name, viewer, _PURPOSE, grain, since=since, until=last.end)
        in_force, tried = ({o.period: o for o in evaluate(p, asked)} for p in (made, edition.published))
        pairs = [
            {"period": period, "in_force": _said(in_force.get(period)), "candidate": _said(one)}
            for period, one in tried.items()
        ]
    return {
        "in_force": made.version("metric", name), "candidate": edition.published.version("metric", name),
        "since": edition.since.isoformat() if edition.since else None, "grain": grain,
        "generation": made.generation.id, "as_of": made.generation.as_of.isoformat(), "pairs": pairs,
    }  # fmt: skip


def _said(one: Observation | None) -> Mapping[str, Any] | None:
    if one is None:
        return None
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n, "status": one.status}


def comparison(published: Published, name: str, *, viewer: str | Viewer) -> Mapping[str, Any]:
    """Give what was compared last of a metric and its candidate, also where that has ended.

    Raises QueryError where nothing was, or the viewer may not see the metric's figures of everything.
    """
    found: Mapping[str, Any] | None = published.generation.tables.get(KEPT, {}).get(name)
    if found is None:
        raise QueryError(
            f"No candidate of {name!r} was computed beside it.", code="no-candidate",
            hint="leadline apply --parallel --for '3 months' begins one, with the next refresh.",
        )  # fmt: skip
    published.metric(name)
    if not sees(published, Query(name, viewer, _PURPOSE, found["grain"])):
        raise QueryError(f"Figures of {name!r} are not yours to see.", code="not-yours")
    return found
