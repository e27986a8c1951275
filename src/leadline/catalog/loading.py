"""From files, or texts that the ledger keeps, to a catalog.

Loading never raises for what is written: whatever is wrong is in `problems`, and `require` refuses errors.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from leadline.catalog import cascade, compiled, facts, rules, units
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    Board,
    Calendar,
    CheckBase,
    Definition,
    DetectorBase,
    Domain,
    Fact,
    Goal,
    Identity,
    Incentive,
    Initiative,
    Metric,
    MetricBase,
    Objective,
    Person,
    Policy,
    Project,
    Reconciliation,
    Role,
    Scorecard,
    Source,
    Strategy,
    TradeOff,
    Unit,
    Workflow,
)
from leadline.catalog.documents import PROJECT_FILE, Document, read
from leadline.catalog.problems import CheckFailed, Problem, in_order
from leadline.catalog.validate import duplicates, validate
from leadline.errors import Place

D = TypeVar("D", bound=Definition)


def load(root: Path) -> Catalog:
    """Read, complete and check a project. What is wrong with it is in `problems`; nothing is raised for it."""
    documents, problems = read(root)
    return build(documents, root, problems)


BY_NAME: dict[str, type[Any]] = {
    "calendars": Calendar,
    "objectives": Objective,
    "policies": Policy,
    "reconciliations": Reconciliation,
    "trade_offs": TradeOff,
    "incentives": Incentive,
    "unit_definitions": Unit,
    "roles": Role,
    "persons": Person,
    "boards": Board,
    "domains": Domain,
    "strategies": Strategy,
    "goals": Goal,
    "initiatives": Initiative,
    "workflows": Workflow,
}
"""What the catalog keeps by name as it was written: its attribute, and the class."""


def build(documents: Iterable[Document], root: Path, problems: Iterable[Problem] = ()) -> Catalog:
    """Make a catalog of documents, wherever they come from: files, or the texts that the ledger keeps.

    The same documents give the same catalog, which never changes: what is worked out of one is worked out once.
    """
    return _built(tuple(documents), root, tuple(problems))


@lru_cache(maxsize=8)
def _built(found: tuple[Document, ...], root: Path, problems: tuple[Problem, ...]) -> Catalog:
    wrong = list(problems)
    written: list[tuple[Definition, Document]] = []
    unusable: set[tuple[str, str]] = set()
    for document in found:
        definition, faults = validate(document)
        wrong += faults
        if definition:
            written.append((definition, document))
        else:
            unusable.add((document.kind, str(document.data.get("name"))))
    wrong += duplicates(written)
    project = _project(written, unusable, wrong)
    identities = _named(written, Identity)
    complete = facts.complete(_of(written, Fact), identities.values())
    unusable |= {("fact", fact.name) for fact, _ in _of(written, Fact) if fact.name not in complete.complete}
    tree, unit_faults = units.build(_of(written, Unit), project.time_zone)
    documents_of: dict[tuple[str, str], tuple[Document, ...]] = {
        (d.kind, d.name): (document,) for d, document in reversed(written)
    }
    documents_of |= {("fact", name): pieces for name, pieces in complete.documents.items()}
    cards, card_faults, broken = cascade.made(_of(written, Scorecard), _named(written, Objective), unusable)
    unusable |= broken
    sources, metrics = _named(written, Source), _named(written, MetricBase)
    checks, detectors = _named(written, CheckBase), _named(written, DetectorBase)
    of_rows: list[Definition] = [*complete.complete.values(), *sources.values(), *metrics.values()]
    of_rows += [*checks.values(), *detectors.values(), *identities.values()]
    expressions, expression_faults = compiled.parse_all(of_rows, documents_of, complete.complete, metrics)
    catalog = Catalog(
        root=root,
        project=project,
        facts=complete.complete,
        sources=sources,
        metrics=cast("Mapping[str, Metric]", metrics),
        units=tree,
        identities=identities,
        documents=found,
        problems=(),
        documents_of=documents_of,
        expressions=expressions,
        scorecards=cards,
        checks=checks,
        detectors=detectors,
        unusable=frozenset(unusable),
        **{name: _named(written, cls) for name, cls in BY_NAME.items()},
    )
    wrong += [*complete.problems, *unit_faults, *card_faults, *expression_faults, *rules.check(catalog)]
    return dataclasses.replace(catalog, problems=tuple(in_order(wrong)))


def _of(written: list[tuple[Definition, Document]], cls: type[D]) -> list[tuple[D, Document]]:
    """Give the definitions of one class with their documents."""
    return [(d, document) for d, document in written if isinstance(d, cls)]


def _named(written: list[tuple[Definition, Document]], cls: type[D]) -> dict[str, D]:
    """Give the definitions of one class by name; the first of a name counts."""
    return {d.name: d for d, _ in reversed(_of(written, cls))}


def _project(
    written: list[tuple[Definition, Document]], unusable: set[tuple[str, str]], problems: list[Problem]
) -> Project:
    """Give the project's own definition, or a stand-in with a problem."""
    found = _of(written, Project)
    if found:
        return found[0][0]
    stand_in = Project(kind="project", name="project")
    if any(kind == "project" for kind, _ in unusable):
        return stand_in
    problems.append(
        Problem("error", "no-project", f"There is no `kind: project` document in {PROJECT_FILE}.",
                Place(Path(PROJECT_FILE)), "Write one: kind: project, name: …, time_zone: …")
    )  # fmt: skip
    return stand_in


def require(catalog: Catalog) -> Catalog:
    """Give the catalog back if it has no error; raise CheckFailed with every problem if it has."""
    if any(problem.level == "error" for problem in catalog.problems):
        raise CheckFailed(catalog.problems)
    return catalog
