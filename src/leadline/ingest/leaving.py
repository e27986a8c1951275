"""What finds rows that enter no figure is given, and what it gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation


@dataclass(frozen=True, slots=True)
class Rows:
    """What finders work on: the definitions, where each fact's rows are, and the instant of the refresh."""

    catalog: Catalog
    engine: Engine
    relations: Mapping[str, tuple[Relation, ...]]
    """Loaded and derived facts alike."""
    now: datetime
    people: Mapping[str, Mapping[str, Relation]] = field(default_factory=dict)
    """Where the columns of a fact are that an identity resolves, by fact and column."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a fact that enter no figure: a query for them, or what makes one where it is needed; and what it depends
    on (JSON), down to relation keys."""

    fact: str
    query: exp.Query | Callable[[], exp.Query]
    depends_on: object


Finder = Callable[[Rows], Sequence[Found]]


def reasoned(rows: exp.Select, reason: str, purpose: str | None = None) -> exp.Select:
    """Add why, and for which purpose, to a query for the keys of rows."""
    what_for = exp.Literal.string(purpose) if purpose is not None else exp.null()
    return rows.select(
        exp.alias_(as_type(what_for, "text"), "_purpose", quoted=True),
        exp.alias_(exp.Literal.string(reason), "_reason", quoted=True),
    )
