"""Facts made complete: what they extend, what they derive from, and which columns an expression over them may name.

A fact may be extended once under its own name (that is how a project adds columns to the shipped model), and any
number of times under other names. An inherited column may be described and constrained anew, never change its type.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leadline.catalog.checker import Scope
from leadline.catalog.definitions import Column, Fact, Identity, ResolvedColumn, Spread
from leadline.catalog.definitions.history import Versions
from leadline.catalog.documents import Document
from leadline.catalog.problems import Problem
from leadline.catalog.values import ValueType, of_column
from leadline.errors import suggest

Written = tuple[Fact, Document]


@dataclass(slots=True)
class Facts:
    """Every fact by name, the documents it is made of (nearest first), and what is wrong with them."""

    complete: dict[str, Fact] = field(default_factory=dict)
    documents: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Resolution:
    """The work in progress: what was written by name, and what is being completed just now."""

    bases: dict[str, Written]
    extensions: dict[str, Written]
    result: Facts
    resolved: Mapping[str, Mapping[str, ResolvedColumn]]
    open: list[str] = field(default_factory=list)

    def fact(self, name: str) -> Fact | None:
        """Complete one fact; None if it cannot be, with a problem noted."""
        if name in self.result.complete:
            return self.result.complete[name]
        if name not in self.bases:
            return None
        self.open.append(name)
        written, document = self.bases[name]
        fact: Fact | None = written
        if written.extends and written.from_:
            self.problem(
                "extends-and-from",
                "A fact extends another or is derived from one, not both.",
                document,
                "from",
            )
        elif written.extends:
            parent = self.parent(document, "extends", written.extends)
            fact = self.joined(parent, written, document) if parent else None
        if fact and name in self.extensions:
            fact = self.joined(fact, *self.extensions[name])
        if fact and (gained := self.resolved.get(name)):
            fact = fact.model_copy(update={"columns": {**gained, **fact.columns}})
        if fact and fact.from_:
            parent = self.parent(document, "from", fact.from_)
            fact = _keyed(fact, parent) if parent else None
        self.open.pop()
        if fact:
            self.result.complete[name] = fact
        return fact

    def parent(self, document: Document, key: str, name: str) -> Fact | None:
        """Complete the fact that another begins with, refusing circles and unknown names."""
        if name in self.open:
            circle = " → ".join([*self.open[self.open.index(name) :], name])
            self.problem("cycle", f"The facts go in a circle: {circle}.", document, key)
            return None
        if name not in self.bases:
            hint = suggest(name, self.bases)
            self.problem("unknown-fact", f"There is no fact {name!r}.", document, key, hint=hint)
            return None
        return self.fact(name)

    def joined(self, start: Fact, added: Fact, document: Document) -> Fact:
        """Add one fact's columns and places to another's."""
        for name, column in added.columns.items():
            before = start.columns.get(name)
            if before and before.type != column.type:
                self.problem(
                    "column-retyped", f"{name!r} is {before.type} in {start.name!r}; it cannot become {column.type}.",
                    document, "columns", name, "type", hint="Give the column another name.",
                )  # fmt: skip
        if added.where and start.where:
            self.problem("where-twice", f"{start.name!r} already has a `where`.", document, "where")
        if added.from_ and added.name == start.name:
            self.problem(
                "extends-and-from",
                "A fact extends another or is derived from one, not both.",
                document,
                "from",
            )
        same = added.name == start.name
        described = {
            name: getattr(added, name) or (getattr(start, name) if same else None)
            for name in ("title", "description", "owner", "raci", "because")
        }
        return added.model_copy(
            update={
                **described,
                "extends": start.extends if same else added.extends,
                "from_": start.from_,
                "where": added.where or start.where,
                "stitch": added.stitch or start.stitch,
                "spread": added.spread or start.spread,
                "versions": added.versions or start.versions,
                "key": added.key or start.key,
                "at": added.at or start.at,
                "unit": added.unit or start.unit,
                "valid": added.valid or start.valid,
                "columns": {
                    **(start.columns if same else start.loaded),
                    **{n: _classified(c, start.columns.get(n)) for n, c in added.columns.items()},
                },
            }
        )

    def problem(self, code: str, message: str, document: Document, *path: str, hint: str = "") -> None:
        """Note an error."""
        self.result.problems.append(Problem("error", code, message, document.place(*path), hint))


def _classified(column: Column, before: Column | None) -> Column:
    """Give a column that is described anew the classification that it had, where it declares no other."""
    if before is None:
        return column
    kept = {name: getattr(before, name) for name in ("classification", "purposes", "masked_as")}
    kept = {name: value for name, value in kept.items() if getattr(column, name) is None}
    return column.model_copy(update=kept)


def _versioned(fact: Fact, versions: Versions, parent: Fact) -> dict[str, Column]:
    """Give a fact of versions their begin and end, and the columns that they are told apart by."""
    when = parent.columns.get(versions.instant)
    found: dict[str, Column] = {}
    if when is not None and fact.valid is not None:
        found[fact.valid.from_] = Column(type=when.type, required=True)
        found[fact.valid.until or ""] = Column(type=when.type)
    for name in versions.columns:
        if name in parent.columns:
            found[name] = parent.columns[name].model_copy(update={"recoded": (), "as_": None})
    return {name: column for name, column in found.items() if name and name not in fact.columns}


def _keyed(fact: Fact, parent: Fact) -> Fact:
    """Give a derived fact its key columns from its parent, where it does not describe them itself."""
    inherited = {
        name: _classified(
            Column(type=parent.columns[name].type, references=parent.columns[name].references, required=True),
            parent.columns[name],
        )
        for name in fact.key
        if name not in fact.columns and name in parent.columns
    }
    if fact.stitch:
        inherited |= _stitched(fact, parent)
    if fact.spread:
        inherited |= _spread(fact, fact.spread, parent)
    if fact.versions:
        inherited |= _versioned(fact, fact.versions, parent)
    return fact.model_copy(update={"columns": {**inherited, **fact.columns}}) if inherited else fact


def _stitched(fact: Fact, parent: Fact) -> dict[str, Column]:
    """Give the columns that stitching makes, unless they are described: a chain has the key of its first row."""
    made = {name: Column(type="text") for name in fact.stitch.paths} if fact.stitch else {}
    first = parent.columns.get(parent.key[0]) if len(parent.key) == 1 else None
    kind = first.type if first else "text"
    for name in fact.key:
        if name not in parent.columns:
            made[name] = Column(type=kind, references=parent.name if first else None, required=True)
    return {name: column for name, column in made.items() if name not in fact.columns}


def _spread(fact: Fact, spread: Spread, parent: Fact) -> dict[str, Column]:
    """Give the columns that spreading makes, unless they are described."""
    made = {name: Column(type="instant", required=True) for name in fact.key if name not in parent.columns}
    made |= {spread.seconds: Column(type="number"), spread.ended: Column(type="integer")}
    return {name: column for name, column in made.items() if name not in fact.columns}


def _resolved(identities: Iterable[Identity]) -> dict[str, dict[str, ResolvedColumn]]:
    """Give the columns that facts gain by identities, by fact."""
    found: dict[str, dict[str, ResolvedColumn]] = {}
    for identity in identities:
        for name in identity.columns:
            said = f"Which {name.replace('_', ' ')} the row belongs to, as {identity.label!r} resolves it."
            column = ResolvedColumn(type="text", resolved_by=identity.name, description=said)
            found.setdefault(identity.of, {}).setdefault(name, column)
    return found


def complete(written: Iterable[Written], identities: Iterable[Identity] = ()) -> Facts:
    """Complete every fact that can be; the others, and what depends on them, are left out with a problem."""
    result = Facts()
    bases: dict[str, Written] = {}
    extensions: dict[str, Written] = {}
    for fact, document in written:
        mine = extensions if fact.extends == fact.name else bases
        if fact.name in mine:
            other = mine[fact.name][1]
            hint = "Rename one of them, or join them."
            if other.shipped:
                hint = f"The shipped model has it: add `extends: {fact.name}` to add columns to it, or rename yours."
            result.problems.append(
                Problem("error", "duplicate-name", f"There is another fact {fact.name!r}, at {other.place('name')}.",
                        document.place("name"), hint)
            )  # fmt: skip
            continue
        mine[fact.name] = (fact, document)
    resolution = _Resolution(bases, extensions, result, _resolved(identities))
    for name, (_, document) in extensions.items():
        if name not in bases:
            resolution.problem("unknown-fact", f"There is no fact {name!r} to extend.", document, "extends",
                               hint=suggest(name, bases))  # fmt: skip
    for name, base in bases.items():
        resolution.fact(name)
        pieces = [extensions[name], base] if name in extensions else [base]
        result.documents[name] = tuple(document for _, document in pieces)
    return result


def scope(fact: Fact, facts: Mapping[str, Fact], *, keys: frozenset[str] = frozenset()) -> Scope:
    """Give the columns that an expression over a fact may name: its own, and those behind its references."""
    columns: dict[str, ValueType] = {}
    for name, column in fact.columns.items():
        columns[name] = of_column(column.type)
        referenced = facts.get(column.references or "")
        if referenced:
            for theirs, their_column in referenced.columns.items():
                columns[f"{name}.{theirs}"] = of_column(their_column.type)
    return Scope(columns, what=f"the fact {fact.name!r}", keys=keys)
