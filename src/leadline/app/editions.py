"""Figures by the versions of metrics that are in force for earlier periods, and by candidates: states of their own.

An edition's states are made as any others: what it is made from names them, so a later refresh finds them again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from leadline.errors import StoreError
from leadline.governance import in_force
from leadline.metrics.editions import edition
from leadline.metrics.facts import Facts
from leadline.metrics.published import Edition, Judging, Published
from leadline.metrics.restating import restate
from leadline.metrics.states import build

Show = Callable[[str, str, int, int], None]


def with_editions(
    made: Published,
    editions: Iterable[in_force.Edition],
    facts: Facts,
    before: Published | None,
    show: Show,
) -> Published:
    """Make the states of every edition, and give what is about to be published with them."""
    found, said = [], []
    for one in editions:
        new = _made(made, one, facts, before, show)
        found.append(new)
        said.append(_said(one, new))
    if not found:
        return made
    tables = {**made.generation.tables, "editions": said}
    return replace(made, generation=replace(made.generation, tables=tables), editions=tuple(found))


def with_judging(made: Published, judging: tuple[Judging, ...]) -> Published:
    """Give the same with what judges figures of earlier periods, said as the generation keeps it."""
    if not judging:
        return made
    said = [
        {
            "since": one.since.isoformat() if one.since else None,
            "until": one.until.isoformat() if one.until else None,
            "versions": sorted(version.id for version in one.versions.values()),
        }
        for one in judging
    ]
    tables = {**made.generation.tables, "judging": said}
    return replace(made, generation=replace(made.generation, tables=tables), judging=judging)


def restated(before: Published | None, made: Published) -> dict[str, object]:
    """Give what is remembered of restated figures; nothing where another Leadline kept other sums."""
    try:
        return restate(before, made)
    except StoreError as error:
        if error.code != "store-columns":
            raise
        return {}


def _made(
    made: Published, one: in_force.Edition, facts: Facts, before: Published | None, show: Show
) -> Edition:
    former = _former(before, one)
    known = former.generation.tables if former is not None and former is not before else {}
    label = "candidates" if one.candidate else "earlier versions"
    tables = build(
        replace(facts, catalog=one.catalog), known, lambda what, done, total: show(label, what, done, total)
    )
    new = _of(made, one, tables)
    if former is None or one.candidate:
        return new
    return _of(made, one, {**tables, "restated": restated(former, new.published)})


def _of(made: Published, one: in_force.Edition, tables: dict[str, Any]) -> Edition:
    return edition(
        made, one.catalog, one.versions, tables,
        metrics=one.metrics, since=one.since, until=one.until, candidate=one.candidate,
    )  # fmt: skip


def _former(before: Published | None, one: in_force.Edition) -> Published | None:
    """Give what had these metrics, all of them by the same meaning, in the last generation."""
    if before is None:
        return None
    wanted = {
        name: one.catalog.fingerprint(one.catalog.metrics[name]).meaning for name in one.catalog.metrics
    }
    for former in (*_same(before, one), before):
        metrics = former.catalog.metrics
        if all(
            n in metrics and former.catalog.fingerprint(metrics[n]).meaning == m for n, m in wanted.items()
        ):
            return former
    return None


def _same(before: Published, one: in_force.Edition) -> Iterator[Published]:
    for kept in before.editions:
        if kept.candidate == one.candidate:
            yield kept.published


def _said(one: in_force.Edition, new: Edition) -> dict[str, Any]:
    """Say an edition, as the generation keeps it."""
    kept = ("partitions", "days", "coverage", "restated", "width", "added_up_by_month")
    return {
        "since": one.since.isoformat() if one.since else None,
        "until": one.until.isoformat() if one.until else None,
        "candidate": one.candidate,
        "metrics": list(one.metrics),
        "made_of": sorted(one.catalog.metrics),
        "versions": sorted(version.id for version in one.versions.values()),
        "tables": {name: said for name, said in new.published.generation.tables.items() if name in kept},
    }
