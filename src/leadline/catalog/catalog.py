"""A project's definitions, loaded, completed, checked.

Loading never raises for what is written: whatever is wrong is in `problems`, and `require` refuses errors.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from leadline.catalog import compiled, facts, units
from leadline.catalog.compiled import ExpressionKey
from leadline.catalog.definitions import (
    Calendar,
    ColumnType,
    Definition,
    Fact,
    Metric,
    MetricBase,
    Objective,
    Project,
    Scorecard,
    Source,
    Unit,
)
from leadline.catalog.documents import PROJECT_FILE, Document, read
from leadline.catalog.expressions import Expression
from leadline.catalog.fingerprint import Fingerprint, Fingerprints
from leadline.catalog.problems import CheckFailed, Problem, in_order
from leadline.catalog.units import UnitTree
from leadline.catalog.validate import duplicates, validate
from leadline.errors import DefinitionError, Place, suggest

D = TypeVar("D", bound=Definition)


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything a project defines, by kind and name, with the shipped model. `facts` are complete: all columns."""

    root: Path
    project: Project
    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    metrics: Mapping[str, Metric]
    units: UnitTree
    calendars: Mapping[str, Calendar]
    objectives: Mapping[str, Objective]
    scorecards: Mapping[str, Scorecard]
    documents: Sequence[Document]
    problems: Sequence[Problem]
    unit_definitions: Mapping[str, Unit]
    documents_of: Mapping[tuple[str, str], tuple[Document, ...]]
    expressions: Mapping[ExpressionKey, Expression]
    fingerprints: Fingerprints = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the fingerprints, which are worked out when asked for."""
        fingerprints = Fingerprints(
            self.project, self.calendar, self.units, self.facts, self.metrics, self.expressions
        )
        object.__setattr__(self, "fingerprints", fingerprints)

    def definitions(self) -> Iterator[Definition]:
        """Give every definition: the project, then each kind by name."""
        kinds: tuple[Mapping[str, Definition], ...] = (
            self.facts, self.sources, self.unit_definitions, self.calendars, self.metrics, self.objectives,
            self.scorecards,
        )  # fmt: skip
        yield self.project
        for kind in kinds:
            yield from (kind[name] for name in sorted(kind))

    @property
    def calendar(self) -> Calendar:
        """The project's calendar: the one it names, else the only one there is, else the common one."""
        named = self.calendars.get(self.project.calendar or "")
        only = next(iter(self.calendars.values())) if len(self.calendars) == 1 else None
        return named or only or Calendar(kind="calendar", name="common")

    def expression(self, definition: Definition, *path: str | int) -> Expression:
        """Give the checked expression at a path, as `(metric, "where")` or `(fact, "columns", "x", "as")`.

        Raises DefinitionError if there is none, or none that can be used (its problem is in `problems`).
        """
        found = self.expressions.get((definition.kind, definition.name, path))
        if found is None:
            where = ".".join(str(step) for step in path)
            raise DefinitionError(
                f"{definition.kind} {definition.name!r} has no usable expression at {where!r}.",
                code="no-expression", place=self.place(definition, *path), hint="Run `leadline check`.",
            )  # fmt: skip
        return found

    def place(self, definition: Definition, *path: str | int) -> Place:
        """Give where a definition, or something in it, is written (the nearest thing around it that is)."""
        documents = self.documents_of.get((definition.kind, definition.name))
        if not documents:
            return Place(Path(PROJECT_FILE))
        return compiled.nearest(documents, path).place(*path)

    def text(self, definition: Definition) -> str:
        """Give the YAML of a definition; for a fact extended under its own name, of both, `---` between.

        `documents.parse` reads it back.
        """
        documents = self.documents_of.get((definition.kind, definition.name), ())
        texts = [d.text.strip().removeprefix("---").removesuffix("...").strip() for d in documents]
        return "\n---\n".join(texts) + "\n"

    def fingerprint(self, definition: Definition) -> Fingerprint:
        """Give the hashes of a definition's meaning and of its metadata."""
        return self.fingerprints.of(definition)

    def dimension_type(self, metric: MetricBase, dimension: str) -> ColumnType:
        """Give the type of a column, or `reference.column`, by which a metric may be sliced."""
        fact = self.facts[metric.of]
        name, _, theirs = dimension.partition(".")
        column = fact.columns.get(name)
        if column and theirs:
            referenced = self.facts.get(column.references or "")
            column = referenced.columns.get(theirs) if referenced else None
        if column is None:
            known = facts.scope(fact, self.facts).columns
            raise DefinitionError(
                f"There is no column {dimension!r} in the fact {fact.name!r}.", code="unknown-column",
                place=self.place(metric, "by"), hint=suggest(dimension, known),
            )  # fmt: skip
        return column.type


def load(root: Path) -> Catalog:
    """Read, complete and check a project. What is wrong with it is in `problems`; nothing is raised for it."""
    documents, problems = read(root)
    return build(documents, root, problems)


def build(documents: Iterable[Document], root: Path, problems: Iterable[Problem] = ()) -> Catalog:
    """Make a catalog of documents, wherever they come from: files, or the texts that the ledger keeps."""
    found = list(documents)
    wrong = list(problems)
    written: list[tuple[Definition, Document]] = []
    for document in found:
        definition, faults = validate(document)
        wrong += faults
        if definition:
            written.append((definition, document))
    wrong += duplicates(written)
    project = _project(written, wrong)
    complete = facts.complete(_of(written, Fact))
    tree, unit_faults = units.build(_of(written, Unit), project.time_zone)
    documents_of: dict[tuple[str, str], tuple[Document, ...]] = {
        (d.kind, d.name): (document,) for d, document in reversed(written)
    }
    documents_of |= {("fact", name): pieces for name, pieces in complete.documents.items()}
    sources, metrics = _named(written, Source), _named(written, MetricBase)
    of_rows: list[Definition] = [*complete.complete.values(), *sources.values(), *metrics.values()]
    expressions, expression_faults = compiled.parse_all(of_rows, documents_of, complete.complete)
    catalog = Catalog(
        root=root,
        project=project,
        facts=complete.complete,
        sources=sources,
        metrics=cast("Mapping[str, Metric]", metrics),
        units=tree,
        calendars=_named(written, Calendar),
        objectives=_named(written, Objective),
        scorecards=_named(written, Scorecard),
        documents=tuple(found),
        problems=(),
        unit_definitions=_named(written, Unit),
        documents_of=documents_of,
        expressions=expressions,
    )
    wrong += [*complete.problems, *unit_faults, *expression_faults]
    return dataclasses.replace(catalog, problems=tuple(in_order(wrong)))


def _of(written: list[tuple[Definition, Document]], cls: type[D]) -> list[tuple[D, Document]]:
    """Give the definitions of one class with their documents."""
    return [(d, document) for d, document in written if isinstance(d, cls)]


def _named(written: list[tuple[Definition, Document]], cls: type[D]) -> dict[str, D]:
    """Give the definitions of one class by name; the first of a name counts."""
    return {d.name: d for d, _ in reversed(_of(written, cls))}


def _project(written: list[tuple[Definition, Document]], problems: list[Problem]) -> Project:
    """Give the project's own definition, or a stand-in with a problem."""
    found = _of(written, Project)
    if found:
        return found[0][0]
    problems.append(
        Problem("error", "no-project", f"There is no `kind: project` document in {PROJECT_FILE}.",
                Place(Path(PROJECT_FILE)), "Write one: kind: project, name: …, time_zone: …")
    )  # fmt: skip
    return Project(kind="project", name="project")


def require(catalog: Catalog) -> Catalog:
    """Give the catalog back if it has no error; raise CheckFailed with every problem if it has."""
    if any(problem.level == "error" for problem in catalog.problems):
        raise CheckFailed(catalog.problems)
    return catalog
