"""Every expression of every definition, parsed once against the columns it may name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from leadline.catalog.definitions import (
    Conversion,
    Definition,
    Derived,
    DetectorBase,
    Fact,
    Identity,
    RowMetric,
    RuleCheck,
    Source,
)
from leadline.catalog.documents import Document
from leadline.catalog.expressions import Expression, Scope, parse
from leadline.catalog.facts import scope
from leadline.catalog.problems import Problem, problem_of
from leadline.catalog.values import ValueType, of_column
from leadline.errors import ExpressionError, Place

ExpressionKey = tuple[str, str, tuple[str | int, ...]]
"""Kind, name, and path of the expression inside the definition."""

_PREDICATES = ("where", "when", "plus", "minus")
_NUMBERS = ("weight", "numerator", "denominator", "value")


class Written(NamedTuple):
    """An expression as written: where it stands in its definition, and what it must be."""

    path: tuple[str | int, ...]
    text: str
    scope: Scope
    expects: str
    aggregates: bool = False
    mapping: bool = False


def written(
    definition: Definition, facts: Mapping[str, Fact], metrics: Collection[str] = ()
) -> Iterator[Written]:
    """Give the expressions of a definition whose fact is known; a formula is over the names of metrics."""
    if isinstance(definition, RowMetric):
        fact = facts.get(definition.of)
        if fact:
            yield from _of_metric(definition, scope(fact, facts))
        if isinstance(definition, Conversion) and definition.followed_by.where is not None:
            other = facts.get(definition.followed_by.fact)
            if other:
                text = definition.followed_by.where
                yield Written(("followed_by", "where"), text, scope(other, facts), "predicate")
    elif isinstance(definition, Derived):
        known = Scope(dict.fromkeys(metrics, "number"), what="the project's metrics")
        yield Written(("formula",), definition.formula, known, "number")
    elif isinstance(definition, Source):
        yield from _of_source(definition, facts)
    elif isinstance(definition, RuleCheck | DetectorBase | Identity):
        yield from _of_rows(definition, facts)
    elif isinstance(definition, Fact) and definition.from_:
        parent = facts.get(definition.from_)
        if parent:
            yield from _of_derived(definition, parent, facts)


def _of_rows(definition: RuleCheck | DetectorBase | Identity, facts: Mapping[str, Fact]) -> Iterator[Written]:
    """A check's or a detector's condition: over the fact's own columns, for rows are looked at alone."""
    if isinstance(definition, Identity):
        yield from _of_identity(definition, facts)
        return
    fact = facts.get(definition.of)
    name = "holds" if isinstance(definition, RuleCheck) else "where"
    text = getattr(definition, name)
    if fact and text is not None:
        yield Written((name,), text, scope(fact, {}), "predicate")


def _of_identity(identity: Identity, facts: Mapping[str, Fact]) -> Iterator[Written]:
    fact = facts.get(identity.of)
    if fact:
        own = {name: of_column(column.type) for name, column in fact.loaded.items()}
        for name, value in identity.values.items():
            yield Written(("values", name, "of"), value.of, Scope(own, what=f"the fact {fact.name!r}"), "any")


def _of_metric(metric: RowMetric, columns: Scope) -> Iterator[Written]:
    for role, names in (("predicate", _PREDICATES), ("number", _NUMBERS)):
        for name in names:
            text = getattr(metric, name, None)
            if text is not None:
                yield Written((name,), text, columns, role)


def _of_source(source: Source, facts: Mapping[str, Fact]) -> Iterator[Written]:
    columns = file_scope(source)
    fact = facts.get(source.fact)
    if source.lands is not None and source.lands.deleted is not None:
        yield Written((source.connector, "deleted"), source.lands.deleted, columns, "predicate", mapping=True)
    for nth, rejection in enumerate(source.reject):
        yield Written(("reject", nth, "when"), rejection.when, columns, "predicate", mapping=True)
    for name, text in source.columns.items():
        column = fact.columns.get(name) if fact else None
        yield Written(("columns", name), text, columns, column.type if column else "any", mapping=True)


def _of_derived(fact: Fact, parent: Fact, facts: Mapping[str, Fact]) -> Iterator[Written]:
    if fact.where is not None:
        yield Written(("where",), fact.where, scope(parent, facts), "predicate")
    if fact.versions and fact.versions.ended is not None:
        yield Written(("versions", "ended"), fact.versions.ended, scope(parent, facts), "predicate")
    if fact.spread is not None:
        yield Written(("spread", "lasting"), fact.spread.lasting, scope(parent, facts), "number")
    columns = scope(parent, facts, keys=frozenset(fact.key))
    for name, column in fact.columns.items():
        if column.as_ is not None:
            yield Written(("columns", name, "as"), column.as_, columns, column.type, aggregates=True)


def file_scope(source: Source) -> Scope:
    """Give the columns of a source's files: texts under any name, but typed in Parquet, where only the file knows."""
    kind: ValueType = "any" if source.typed else "text"
    what = f"the {'records' if source.connector else 'files'} of {source.name!r}"
    if source.header_names:
        names = (*source.header_names, *((source.file_name_as,) if source.file_name_as else ()))
        return Scope(dict.fromkeys(names, kind), what=what)
    return Scope(open_type=kind, what=what)


def parse_all(
    definitions: Iterable[Definition],
    documents: Mapping[tuple[str, str], tuple[Document, ...]],
    facts: Mapping[str, Fact],
    metrics: Collection[str] = (),
) -> tuple[dict[ExpressionKey, Expression], list[Problem]]:
    """Parse every expression; those that cannot be used are left out, each with a problem at its place."""
    parsed: dict[ExpressionKey, Expression] = {}
    problems: list[Problem] = []
    for definition in definitions:
        mine = documents[definition.kind, definition.name]
        for path, text, columns, expects, aggregates, mapping in written(definition, facts, metrics):
            document = nearest(mine, path)

            def place(
                offset: int, document: Document = document, path: tuple[str | int, ...] = path
            ) -> Place:
                return document.place(*path, offset=offset)

            try:
                parsed[definition.kind, definition.name, path] = parse(
                    text, columns, expects=expects, place=place, aggregates=aggregates, mapping=mapping
                )
            except ExpressionError as error:
                problems.append(problem_of(error, document.place(*path)))
    return parsed, problems


def nearest(documents: tuple[Document, ...], path: tuple[str | int, ...]) -> Document:
    """Give the document that holds a path: the first of several that does, else the first."""
    return next((d for d in documents if path in d.marks), documents[0])
