"""What a partition says of itself: from what each of its tables was made, and which days its batches touch.

It stands in the partition, so that what a refresh must know of the last one grows with the partitions, not with the
ledger. A partition is a pile of layers, each two publications: `days` holds finest states, `rolled_up` what is added up
from them alone. States of equal keys in several layers are added up; the last layer says what all were made from.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlglot import exp

from leadline.metrics.naming import digest
from leadline.metrics.partitions import Partition
from leadline.metrics.reach import Reach, Touch
from leadline.metrics.uniting import union_all
from leadline.store.casts import as_type
from leadline.store.engine import Engine

TABLE, _COLUMN = "contents", "said"


@dataclass(frozen=True, slots=True)
class Made:
    """From what a table was made: its basis (everything but the rows themselves) and its batches."""

    basis: str
    batches: tuple[str, ...]

    @property
    def name(self) -> str:
        """The same for the same content."""
        return digest([self.basis, self.batches])


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in one partition: `made` by table, `rolled` (the name of what each table was rolled up from) by table,
    and the `reach` of the batches that touch it, by the name of their days. Of each layer, the oldest first, `days` and
    `rolled_up` name the publications."""

    days: tuple[str, ...]
    rolled_up: tuple[str, ...]
    made: Mapping[str, Made] = field(default_factory=dict)
    rolled: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, Reach] = field(default_factory=dict)

    @property
    def publications(self) -> list[str]:
        """Name the publications as a generation names them."""
        return [name for layer in zip(self.days, self.rolled_up, strict=True) for name in layer]


def written_days(made: Mapping[str, Made], reach: Mapping[str, Reach], partition: Partition) -> exp.Select:
    """Give the table that says what the finest states of a partition were made from."""
    lists = {digest(m.batches): m.batches for m in made.values()}
    here = {
        name: {
            batch: [[str(t.first), str(t.last), t.rows] for t in touches]
            for batch, months in batches.items()
            if (touches := [touch for month, touch in sorted(months.items()) if partition.has(month)])
        }
        for name, batches in reach.items()
    }
    tables = {name: [m.basis, digest(m.batches)] for name, m in made.items()}
    return _row({"lists": lists, "tables": tables, "reach": here})


def written_rolled(rolled: Mapping[str, str]) -> exp.Select:
    """Give the table that says what the rolled up tables of a partition were made from."""
    return _row({"rolled": rolled})


def read(engine: Engine, partitions: Mapping[str, Sequence[str]]) -> dict[str, Contents]:
    """Read what partitions say of themselves, by label; one that is gone says nothing."""
    there = set(engine.generations())
    asked = {label: names for label, names in partitions.items() if set(names) <= there}
    said = dict(zip(asked, _said(engine, [names[-2] for names in asked.values()]), strict=True))
    rolled = dict(zip(asked, _said(engine, [names[-1] for names in asked.values()]), strict=True))
    return {
        label: Contents(
            tuple(names[::2]),
            tuple(names[1::2]),
            _made(said[label]),
            rolled[label]["rolled"],
            _reach(said[label]),
        )
        for label, names in asked.items()
    }


def _said(engine: Engine, names: Sequence[str]) -> list[dict[str, Any]]:
    parts = [
        exp.select(
            exp.alias_(exp.Literal.number(i), "nth", quoted=True), exp.column(_COLUMN, quoted=True)
        ).from_(engine.published([name], TABLE, {_COLUMN: "text"}, "c"))
        for i, name in enumerate(names)
    ]
    if not parts:
        return []
    rows = {row["nth"]: json.loads(row[_COLUMN]) for row in engine.read(union_all(parts)).to_pylist()}
    return [rows[i] for i in range(len(names))]


def _made(said: Mapping[str, Any]) -> dict[str, Made]:
    lists = {name: tuple(batches) for name, batches in said["lists"].items()}
    return {name: Made(basis, lists[batches]) for name, (basis, batches, *_) in said["tables"].items()}


def _reach(said: Mapping[str, Any]) -> dict[str, Reach]:
    return {
        name: {batch: dict(_touches(touches)) for batch, touches in batches.items()}
        for name, batches in said["reach"].items()
    }


def _touches(touches: Iterable[tuple[str, str, int]]) -> Iterable[tuple[date, Touch]]:
    for first, last, rows in touches:
        found = Touch(date.fromisoformat(first), date.fromisoformat(last), rows)
        yield found.first.replace(day=1), found


def _row(said: object) -> exp.Select:
    text = exp.Literal.string(json.dumps(said, sort_keys=True))
    return exp.select(exp.alias_(as_type(text, "text"), _COLUMN, quoted=True))
