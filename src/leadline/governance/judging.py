"""What judges figures of earlier periods: scorecards, objectives and incentive plans at the version in force then.

A period is judged by the version in force for the day on which it begins, unless a later one was applied restating.
What these name is as it is today; a metric that is gone since is added as it was last in force, and has no figures.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from leadline.catalog import Catalog, build
from leadline.catalog.definitions import Definition
from leadline.catalog.documents import Document, recall
from leadline.catalog.weights import measures_of
from leadline.errors import DefinitionError
from leadline.governance.timelines import Node, Timeline
from leadline.metrics.published import Judging
from leadline.store.entries import DefinitionVersion

JUDGED = frozenset({"scorecard", "objective", "incentive"})
"""Kinds that have a version for each period, beside metrics."""


def judgings(
    catalog: Catalog,
    timelines: Mapping[Node, Timeline],
    versions: Mapping[int, DefinitionVersion],
    today: date,
    root: Path,
) -> Iterator[Judging]:
    """Give what judged periods of each stretch of days before the last change, where it was not what does today.

    Raises DefinitionError where a scorecard of then names what is gone and was not governed (`judged-by-gone`).
    """
    mine = {node: line for node, line in timelines.items() if node[0] in JUDGED and _is_there(catalog, node)}
    days = {s.since for line in mine.values() for s in line.segments if s.since and s.since <= today}
    bounds = sorted(days)
    for since, until in zip([None, *bounds], bounds, strict=False):
        then: dict[Node, DefinitionVersion] = {}
        for node, line in mine.items():
            segment = line.at(since or date.min)
            if segment is not None and segment.definition is not None:
                version = versions[segment.definition]
                if version.meaning != catalog.fingerprint(_definition(catalog, node)).meaning:
                    then[node] = version
        if then:
            yield made(catalog.documents, then, _gone(timelines, versions), (since, until), root)


def made(
    texts: Sequence[Document],
    then: Mapping[Node, DefinitionVersion],
    gone: Mapping[str, DefinitionVersion],
    days: tuple[date | None, date | None],
    root: Path,
) -> Judging:
    """Put versions of then in the place of those of today. Raises DefinitionError as `judgings`."""
    kept = exchanged(texts, then)
    found = build(kept, root)
    known = {d.data.get("name") for d in kept if d.kind == "metric"}
    cards = [
        found.scorecards[name] for kind, name in then if kind == "scorecard" and name in found.scorecards
    ]
    missing = {m.metric for card in cards for m in measures_of(card)} - known
    more = {("metric", name): gone[name] for name in missing if name in gone}
    if more:
        then = {**then, **more}
        found = build(exchanged(texts, then), root)
    errors = [p for p in found.problems if p.level == "error"]
    if errors:
        named = ", ".join(f"{kind} {name}" for kind, name in then)
        raise DefinitionError(
            f"What judged periods before {days[1]} cannot be read with what there is today ({named}): "
            f"{errors[0].message}",
            code="judged-by-gone", place=errors[0].place,
            hint="Bring back what it names, or apply the scorecard restating.",
        )  # fmt: skip
    return Judging(*days, dict(then), found)


def exchanged(texts: Iterable[Document], then: Mapping[Node, DefinitionVersion]) -> list[Document]:
    """Put recorded versions in the place of documents."""
    kept = [d for d in texts if (d.kind, str(d.data.get("name"))) not in then]
    return kept + [d for v in then.values() for d in recall(v.text, Path(v.file), v.line)]


def _gone(
    timelines: Mapping[Node, Timeline], versions: Mapping[int, DefinitionVersion]
) -> dict[str, DefinitionVersion]:
    """Give the last versions in force of governed metrics, by name."""
    found = {}
    for (kind, name), line in timelines.items():
        known = [s.definition for s in line.segments if s.definition is not None]
        if kind == "metric" and known:
            found[name] = versions[known[-1]]
    return found


def _is_there(catalog: Catalog, node: Node) -> bool:
    return any((d.kind, d.name) == node for d in catalog.definitions())


def _definition(catalog: Catalog, node: Node) -> Definition:
    return next(d for d in catalog.definitions() if (d.kind, d.name) == node)
