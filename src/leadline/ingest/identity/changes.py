"""The log of merges and splits: what became of the ids that were, told from the assignments before and after.

It only tells: ids and persons follow from the links, and would be the same without it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from leadline.ingest import conversions as c
from leadline.ingest.identity.pairs import KEY, RECORDS
from leadline.ingest.identity.staged import FORMER
from leadline.store.engine import ValueType
from leadline.store.staging import Staging

What = Literal["merged", "split", "moved", "ended"]
NOW = "now"
LISTED = 200
"""So many records of a change are named; the log says how many there were."""

LOG: Mapping[str, ValueType] = {
    "run": "integer", "nth": "integer", "at": "instant", "level": "text", "what": "text", "id": "text", "other": "text",
    "records": "integer", "listed": "text", "why": "text", "by": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log, of what became of `id`: merged into `other`; `other` split from it; records moved there."""

    run: int
    nth: int
    at: object
    level: str
    what: str
    id: str
    other: str
    records: int
    listed: str
    why: str
    by: str

    @property
    def moved(self) -> tuple[str, ...]:
        """The records that changed their id (the first LISTED of them)."""
        return tuple(json.loads(self.listed))


Reason = Callable[[str, Sequence[str], Sequence[int]], tuple[str, str]]
"""Why and by whom, of: what happened, and the records that moved, by their keys and their numbers."""


def changes(
    staging: Staging, level: str, run: int, at: object, *, begin: int, reason: Reason
) -> Iterator[Change]:
    """Tell what became of the ids of a level: staged `former` and `now` have the records' ids before and after."""
    old, new = exp.column(level, table="f", quoted=True), exp.column(level, table="n", quoted=True)
    both = (
        exp.select(old.as_("old"), new.as_("new"), exp.column(KEY, table="f").as_("key"), "r.n")
        .from_(exp.table_(FORMER, alias="f"))
        .join(
            exp.table_(NOW, alias="n"),
            on=exp.EQ(this=exp.column(KEY, table="f"), expression=exp.column(KEY, table="n")),
        )
        .join(
            exp.table_(RECORDS, alias="r"),
            on=exp.EQ(this=exp.column(KEY, table="f"), expression=exp.column(KEY, table="r")),
        )
        .where(exp.NEQ(this=old, expression=new))
    )
    listed = [exp.alias_(c.call("list", exp.column(name)), f"{name}s") for name in ("key", "n")]
    grouped = exp.select("old", "new", "COUNT(*) AS records", *listed).from_(both.subquery("b"))
    grouped = grouped.group_by("old", "new").order_by("old", "new")
    moves = staging.read(grouped).to_pylist()
    lives = _ids(staging, NOW, level, [m["old"] for m in moves])
    lived = _ids(staging, FORMER, level, [m["new"] for m in moves])
    towards: dict[str, int] = {}
    for move in moves:
        towards[move["old"]] = towards.get(move["old"], 0) + 1
    nth = begin
    for move in moves:
        id_, other, keys = move["old"], move["new"], sorted(move["keys"])[:LISTED]
        what: What = (
            "merged" if id_ not in lives and towards[id_] == 1 else "moved" if other in lived else "split"
        )
        why, by = reason(what, keys, sorted(move["ns"]))
        yield Change(run, nth, at, level, what, id_, other, int(move["records"]), json.dumps(keys), why, by)
        nth += 1
    for id_, records in _ended(staging, level):
        yield Change(run, nth, at, level, "ended", id_, "", records, "[]", "all its records are gone", "")
        nth += 1


def _ids(staging: Staging, table: str, level: str, wanted: Sequence[str]) -> set[str]:
    """Give those of some ids that a table has."""
    if not wanted:
        return set()
    name = exp.column(level, quoted=True)
    staging.drop("wanted")
    staging.load("wanted", pa.table({"id": sorted(set(wanted))}).to_reader())
    among = exp.In(this=name, query=exp.select("id").from_("wanted").subquery())
    return set(staging.read(exp.select(name).distinct().from_(table).where(among)).column(0).to_pylist())


def _ended(staging: Staging, level: str) -> Iterator[tuple[str, int]]:
    """Give the ids of which no record is left, and how many records each had."""
    old = exp.column(level, table="f", quoted=True)
    alive = exp.EQ(this=exp.column(KEY, table="f"), expression=exp.column(KEY, table="n"))
    living = exp.Count(this=exp.column(KEY, table="n"))
    query = (
        exp.select(old.as_("id"), "COUNT(*) AS records")
        .from_(exp.table_(FORMER, alias="f"))
        .join(exp.table_(NOW, alias="n"), on=alive, join_type="left")
        .where(c.present(old))
        .group_by(old.copy())
        .having(exp.EQ(this=living, expression=c.number(0)))
        .order_by("id")
    )
    for row in staging.read(query).to_pylist():
        yield row["id"], int(row["records"])


def as_table(found: Sequence[Change]) -> pa.Table:
    """Give changes as rows of the log."""
    kinds = {"integer": pa.int64(), "text": pa.string(), "instant": pa.timestamp("us", "UTC")}
    schema = pa.schema([(name, kinds[kind]) for name, kind in LOG.items()])
    return pa.Table.from_pylist([{n: getattr(one, n) for n in LOG} for one in found], schema)
