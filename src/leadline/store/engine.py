"""What a warehouse can do, whatever it is: immutable relations, queries as syntax trees, published states.

Nothing above `store` knows which engine it speaks to; what an engine cannot do is asked of its `Capabilities`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa
from sqlglot import exp

from leadline.store.slots import Values

Space = Literal["fact", "held", "left_out", "state"]
ValueType = Literal["text", "integer", "number", "boolean", "date", "instant"]
Prepared = Callable[[Values], pa.Table]
"""A query that is compiled, to be read as often as wanted with other values in its slots."""


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """An immutable table at rest: `space`, `name`, and a key.

    Spaces: accepted facts; held = quarantined rows; left_out = rows of facts that enter no figure; states.

    Written once, whole or not at all; never changed; dropped when no publication names it.
    """

    space: Space
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is different between engines, asked before compiling; nothing else branches on the engine.

    dialect: whose SQL is spoken. parallel_readers: threads read at the same time. exact_quantile: quantiles of rows
    are exact. in_files: relations are Parquet files in the project's home, which engines of this kind share.
    any_pattern: regular expressions of any form; otherwise those that the dialects' patterns.py reads.
    """

    dialect: str
    parallel_readers: bool = True
    exact_quantile: bool = True
    in_files: bool = False
    any_pattern: bool = False


class Engine(Protocol):
    """A warehouse. Every method raises StoreError, never the driver's own error."""

    capabilities: Capabilities

    def claim(self, owner: str) -> None:
        """Make a warehouse that others could reach the `owner`'s own: a ledger, named by what its journal began with.

        An empty owner, a ledger that is new, makes it nobody's. StoreError if it is another's: a sweep would drop
        all that this ledger knows nothing of.
        """
        ...

    def write(self, relation: Relation, rows: pa.RecordBatchReader) -> int:
        """Write rows as a new relation, all or nothing; give their number."""
        ...

    def derive(self, relation: Relation, query: exp.Query) -> int:
        """Write a query's rows as a new relation, all or nothing; give their number."""
        ...

    def exists(self, relation: Relation) -> bool:
        """Tell whether the relation was written whole."""
        ...

    def relations(self) -> Iterator[Relation]:
        """Give every relation at rest."""
        ...

    def drop(self, relation: Relation) -> None:
        """Remove a relation; removing what is not there is no error."""
        ...

    def columns(self, relation: Relation) -> Mapping[str, ValueType]:
        """Give the columns of a relation as they were written, each with the nearest value type."""
        ...

    def scan(
        self, relations: Sequence[Relation], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of relations, with at least `columns`, each of its type.

        A column that an older relation lacks is null; no relations at all give no rows.
        """
        ...

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query."""
        ...

    def prepare(self, query: exp.Query) -> Prepared:
        """Compile a query whose texts may be slots (`leadline.store.slots`); reading it is like `read`.

        It holds nothing open, and any number of threads may read it at once.
        """
        ...

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; it must be read to its end."""
        ...

    def sql(self, query: exp.Query) -> str:
        """Give the text that would run, for people to read and repeat."""
        ...

    def publish(self, name: str, tables: Mapping[str, exp.Query]) -> None:
        """Write the tables of a publication under its name, all or nothing. They are read with `published`.

        The queries may be used up: do not run them again.
        """
        ...

    def published(
        self, names: Sequence[str], table: str, columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of one table over publications, with at least `columns`.

        A publication that lacks the table adds no rows; one that is gone, or whose table lacks a column, is an error.
        """
        ...

    def generations(self) -> Iterator[str]:
        """Give the name of every publication whose tables are at rest."""
        ...

    def retract(self, name: str) -> None:
        """Remove the tables of a publication; removing what is not there is no error."""
        ...

    def tidy(self) -> int:
        """Remove what killed processes left half done; give the number of such things. Only the writer may."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...
