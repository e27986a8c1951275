"""Where the rows of each fact are, in one generation or on the way to one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.store.engine import Engine, Relation, ValueType

BATCH = "_batch"


@dataclass(frozen=True, slots=True)
class Facts:
    """Which relations hold the rows of each fact."""

    catalog: Catalog
    engine: Engine
    relations: Mapping[str, tuple[Relation, ...]]
    as_of: datetime | None = None
    """The instant of the refresh: which version of a row with history is valid now."""

    def scan(self, fact: str, columns: Sequence[str], alias: str) -> exp.Expr:
        """Give the live rows of a fact with (at least) these columns and `_batch`."""
        types: dict[str, ValueType] = {
            name: value_type(self.catalog.facts[fact].columns[name].type) for name in columns
        }
        return self.engine.scan(self.relations.get(fact, ()), {**types, BATCH: "text"}, alias)


def value_type(column_type: str) -> ValueType:
    """Give how a column's values are stored."""
    return "text" if column_type == "unit" else column_type  # type: ignore[return-value]  # the other names are equal


def split(used: Sequence[str]) -> tuple[list[str], dict[str, set[str]]]:
    """Part `column` from `reference.column`: give the fact's own columns, and the columns behind each reference."""
    references: dict[str, set[str]] = {}
    own: set[str] = set()
    for path in used:
        reference, _, last = path.rpartition(".")
        if reference:
            references.setdefault(reference, set()).add(last)
        own.add(reference or last)
    return sorted(own), references
