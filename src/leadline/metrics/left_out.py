"""Rows that are facts and enter no figure: which they are, and how a query passes them over.

What finds them (a detector, a missing right) has written a relation for each fact: the key of the row, for which
purpose it does not count (null: for none), and why. A row that is left out is not read by the metrics of its fact; what
refers to it still finds it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from leadline.catalog.definitions import Fact
from leadline.store.engine import Engine, Relation, ValueType

PURPOSE, REASON = "_purpose", "_reason"
_LEFT = "left_out"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Where the rows that are left out are written, by fact. `counted` names reasons that are to be passed over: the
    rows left out for these alone count all the same."""

    relations: Mapping[str, tuple[Relation, ...]] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, keys: Mapping[str, Sequence[str]], counted: Collection[str] = ()) -> "LeftOut":
        """Give them from relation keys by fact, as a generation names them."""
        relations = {
            fact: tuple(Relation("left_out", fact, key) for key in found) for fact, found in keys.items()
        }
        return cls(relations, frozenset(counted))

    def has(self, fact: str) -> bool:
        """Tell whether rows of a fact may be left out."""
        return bool(self.relations.get(fact))

    def holds(
        self, engine: Engine, fact: Fact, types: Mapping[str, ValueType], purpose: str | None, alias: str
    ) -> exp.Expr:
        """Give the condition that a row under `alias` is left out of the figures of a purpose.

        `types` has the types of the fact's key.
        """
        columns: dict[str, ValueType] = {
            **{name: types[name] for name in fact.key},
            PURPOSE: "text",
            REASON: "text",
        }
        rows = engine.scan(self.relations[fact.name], columns, _LEFT)
        same = [
            exp.EQ(
                this=exp.column(name, table=_LEFT, quoted=True),
                expression=exp.column(name, table=alias, quoted=True),
            )
            for name in fact.key
        ]
        found = exp.column(PURPOSE, table=_LEFT, quoted=True)
        ours: exp.Expr = exp.Is(this=found, expression=exp.null())
        if purpose is not None:
            ours = exp.paren(exp.or_(ours, exp.EQ(this=found.copy(), expression=exp.Literal.string(purpose))))
        conditions = [ours]
        if self.counted:
            reason = exp.column(REASON, table=_LEFT, quoted=True)
            counted = [exp.Literal.string(text) for text in sorted(self.counted)]
            conditions.append(exp.Not(this=exp.In(this=reason, expressions=counted)))
        keys = (exp.column(name, table=_LEFT, quoted=True) for name in fact.key)
        chosen = exp.select(*keys).from_(rows, copy=False).where(*conditions, copy=False)
        one = exp.select(exp.Literal.number(1)).from_(chosen.subquery(_LEFT), copy=False)
        return exp.Exists(this=one.where(*same, copy=False))


def marks(rows: pa.Table, keys: Collection[str], *, batch: str | None) -> dict[str, dict[date, str]]:
    """Give, by batch and by the first day of a month, a hash of which of its rows are left out.

    `rows` has `_batch`, `_bucket` (a local day) and the key columns as text. `batch` stands for all rows where they
    name none.
    """
    if rows.num_rows == 0:
        return {}
    months = pc.strftime(rows.column("_bucket"), format="%Y-%m-01")
    batches = rows.column("_batch") if batch is None else pa.array([batch] * rows.num_rows, pa.string())
    named = [*sorted(keys)]
    table = pa.table({"batch": batches, "month": months, **{name: rows.column(name) for name in named}})
    table = table.sort_by([(name, "ascending") for name in table.column_names])
    found: dict[str, dict[date, str]] = {}
    for part in _parts(table):
        mine, month = part.column("batch")[0].as_py(), date.fromisoformat(part.column("month")[0].as_py())
        hashed = hashlib.sha256()
        for name in named:
            hashed.update("\x1f".join(map(str, part.column(name).to_pylist())).encode())
            hashed.update(b"\x1e")
        found.setdefault(mine, {})[month] = hashed.hexdigest()[:16]
    return found


def _parts(table: pa.Table) -> list[pa.Table]:
    """Cut a sorted table where batch or month change."""
    groups = table.group_by(["batch", "month"], use_threads=False).aggregate([([], "count_all")])
    sizes = groups.sort_by([("batch", "ascending"), ("month", "ascending")]).column("count_all").to_pylist()
    found, begin = [], 0
    for size in sizes:
        found.append(table.slice(begin, size))
        begin += size
    return found
