"""Everything a project defines, as one frozen value that the rooms above read; made by loading.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadline.catalog import compiled, facts
from leadline.catalog.compiled import ExpressionKey
from leadline.catalog.definitions import (
    Board,
    Calendar,
    CheckBase,
    Classification,
    Column,
    ColumnType,
    Definition,
    DetectorBase,
    Domain,
    Fact,
    Goal,
    Identity,
    Incentive,
    Initiative,
    Metric,
    Objective,
    Person,
    Policy,
    Project,
    Reconciliation,
    Role,
    RowMetric,
    Scorecard,
    Source,
    Strategy,
    TradeOff,
    Unit,
    Workflow,
)
from leadline.catalog.documents import PROJECT_FILE, Document
from leadline.catalog.expressions import Expression
from leadline.catalog.fingerprint import Fingerprint, Fingerprints
from leadline.catalog.problems import Problem
from leadline.catalog.units import UnitTree
from leadline.errors import DefinitionError, Place, suggest


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
    policies: Mapping[str, Policy]
    identities: Mapping[str, Identity]
    documents: Sequence[Document]
    problems: Sequence[Problem]
    unit_definitions: Mapping[str, Unit]
    documents_of: Mapping[tuple[str, str], tuple[Document, ...]]
    expressions: Mapping[ExpressionKey, Expression]
    reconciliations: Mapping[str, Reconciliation] = field(default_factory=dict)
    trade_offs: Mapping[str, TradeOff] = field(default_factory=dict)
    incentives: Mapping[str, Incentive] = field(default_factory=dict)
    checks: Mapping[str, CheckBase] = field(default_factory=dict)
    detectors: Mapping[str, DetectorBase] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Those that the project wrote; roles.in_force adds the standard ones."""
    persons: Mapping[str, Person] = field(default_factory=dict)
    boards: Mapping[str, Board] = field(default_factory=dict)
    domains: Mapping[str, Domain] = field(default_factory=dict)
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)
    initiatives: Mapping[str, Initiative] = field(default_factory=dict)
    unusable: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of what was written and cannot be used; its own problems say why."""
    fingerprints: Fingerprints = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the fingerprints, which are worked out when asked for."""
        fingerprints = Fingerprints(
            self.project,
            self.calendar,
            self.units,
            self.facts,
            self.metrics,
            self.expressions,
            self.policy,
            self.identities,
            self.scorecards,
        )
        object.__setattr__(self, "fingerprints", fingerprints)

    def definitions(self) -> Iterator[Definition]:
        """Give every definition: the project, then each kind by name."""
        kinds: tuple[Mapping[str, Definition], ...] = (
            self.facts, self.sources, self.unit_definitions, self.calendars, self.metrics, self.objectives,
            self.scorecards, self.policies, self.reconciliations, self.checks, self.detectors,
            self.identities, self.roles, self.persons, self.boards, self.domains,
            self.strategies, self.goals, self.initiatives,
            self.trade_offs, self.incentives,
            self.workflows,
        )  # fmt: skip
        yield self.project
        for kind in kinds:
            yield from (kind[name] for name in sorted(kind))

    @property
    def calendar(self) -> Calendar:
        """The calendar that the project names, else the common one."""
        named = self.calendars.get(self.project.calendar or "")
        return named or Calendar(kind="calendar", name="common")

    @property
    def policy(self) -> Policy | None:
        """The rights that hold in the project, if it declares any: there is one policy."""
        return next((self.policies[name] for name in sorted(self.policies)), None)

    @property
    def strategy(self) -> Strategy | None:
        """The strategy of the project, if it declares one: there is one strategy."""
        return next((self.strategies[name] for name in sorted(self.strategies)), None)

    def classification(self, column: Column) -> Classification | None:
        """Give how far a column's values may go: as declared, else as the policy says of all others."""
        return column.classification or (self.policy.unclassified if self.policy else None)

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
        """Give the YAML of a definition, from the line of its `place`; `documents.recall` reads it back.

        For a fact extended under its own name it is two documents, the project's first, `---` between them.
        """
        documents = self.documents_of.get((definition.kind, definition.name), ())
        return "---\n".join(d.body for d in documents)

    def fingerprint(self, definition: Definition) -> Fingerprint:
        """Give the hashes of a definition's meaning and of its metadata."""
        return self.fingerprints.of(definition)

    def dimension_type(self, metric: RowMetric, dimension: str) -> ColumnType:
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
