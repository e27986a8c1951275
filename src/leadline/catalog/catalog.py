"""A project's definitions, loaded, completed, checked. Loading never raises for what is written: it reports problems."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leadline.catalog import compiled, facts, units
from leadline.catalog.compiled import ExpressionKey
from leadline.catalog.definitions import (
    Calendar,
    ColumnType,
    Definition,
    Fact,
    MetricBase,
    Objective,
    Project,
    Scorecard,
    Source,
    Unit,
)
from leadline.catalog.documents import PROJECT_FILE, Document, read
from leadline.catalog.expressions import Expression
from leadline.catalog.problems import CheckFailed, Problem, in_order
from leadline.catalog.units import UnitTree
from leadline.catalog.validate import duplicates, validate
from leadline.errors import DefinitionError, Place, suggest


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything a project defines, by kind and name, with the shipped model. `facts` are complete: all columns."""

    root: Path
    project: Project
    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    metrics: Mapping[str, MetricBase]
    units: UnitTree
    calendars: Mapping[str, Calendar]
    objectives: Mapping[str, Objective]
    scorecards: Mapping[str, Scorecard]
    documents: Sequence[Document]
    problems: Sequence[Problem]
    unit_definitions: Mapping[str, Unit]
    documents_of: Mapping[tuple[str, str], tuple[Document, ...]]
    expressions: Mapping[ExpressionKey, Expression]

    def definitions(self) -> Iterator[Definition]:
        """Give every definition: the project, then each kind by name."""
        yield self.project
        for kind in (self.facts, self.sources, self.unit_definitions, self.calendars, self.metrics,
                     self.objectives, self.scorecards):  # fmt: skip
            yield from (kind[name] for name in sorted(kind))  # type: ignore[attr-defined]

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
    project = _project(written, root, wrong)
    complete = facts.complete([(d, doc) for d, doc in written if isinstance(d, Fact)])
    unit_list = [(d, doc) for d, doc in written if isinstance(d, Unit)]
    tree, unit_faults = units.build(unit_list, project.time_zone)
    wrong += complete.problems + unit_faults
    documents_of = {(d.kind, d.name): (doc,) for d, doc in reversed(written)}
    documents_of |= {("fact", name): docs for name, docs in complete.documents.items()}
    named: dict[type[Definition], dict[str, Definition]] = {}
    for cls in (Source, MetricBase, Calendar, Objective, Scorecard, Unit):
        named[cls] = {d.name: d for d, _ in reversed(written) if isinstance(d, cls)}
    of_rows = [*complete.complete.values(), *named[Source].values(), *named[MetricBase].values()]
    expressions, expression_faults = compiled.parse_all(of_rows, documents_of, complete.complete)
    wrong += expression_faults
    catalog = Catalog(
        root=root, project=project, facts=complete.complete, sources=named[Source], metrics=named[MetricBase],
        units=tree, calendars=named[Calendar], objectives=named[Objective], scorecards=named[Scorecard],
        documents=tuple(found), problems=(), unit_definitions=named[Unit], documents_of=documents_of,
        expressions=expressions,
    )  # type: ignore[arg-type]  # fmt: skip
    return _checked(catalog, wrong)


def _checked(catalog: Catalog, problems: list[Problem]) -> Catalog:
    import dataclasses

    return dataclasses.replace(catalog, problems=tuple(in_order(problems)))


def _project(written: list[tuple[Definition, Document]], root: Path, problems: list[Problem]) -> Project:
    """Give the project's own document, or a stand-in with a problem."""
    for definition, document in written:
        if isinstance(definition, Project):
            return definition
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
