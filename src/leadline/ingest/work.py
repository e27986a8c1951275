"""The staged tables of one file on its way: `raw`, `mapped`, `clashes`, `held`; what is accepted and held leaves them.

Files are loaded and held rows are tried again by the same steps: stage, map, check, write.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pyarrow as pa
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.errors import SourceError, StoreError
from leadline.ingest import conversions as c
from leadline.ingest.checks import CLASHES, MAPPED, accepted, sound
from leadline.ingest.held import Holding
from leadline.ingest.law import Law
from leadline.ingest.mapping import RAW, UNITS, Plan
from leadline.ingest.sources.reading import RawColumn, Reading, physical
from leadline.store.engine import Engine, Relation
from leadline.store.staging import Staging

HELD = "held"


@dataclass(frozen=True, slots=True)
class Work:
    """Where one file's rows, or some held rows, are worked on."""

    catalog: Catalog
    engine: Engine
    staging: Staging
    source: Source

    def stage(self, reading: Reading, counted_so_far: Callable[[int], None]) -> int:
        """Stage records; give their number as the reader counted them.

        Raises:
            SourceError: the file is unusable as a whole.
        """
        counted = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal counted
            for batch in reading.batches:
                counted += batch.num_rows
                counted_so_far(counted)
                yield batch

        staged = self.staging.load(RAW, pa.RecordBatchReader.from_batches(reading.schema, batches()))
        Law(counted, staged, 0).demand(f"Staging rows of {self.source.name!r}")
        return counted

    def map(self, plan: Plan) -> None:
        """Run the mapping.

        Raises:
            SourceError: it fails as a whole, for example because of a pattern that is no pattern.
        """
        codes = self.catalog.units.by_code
        units = pa.table(
            {"code": pa.array(list(codes), pa.string()), "name": pa.array(list(codes.values()), pa.string())}
        )
        self.staging.load(UNITS, units.to_reader())
        try:
            self.staging.create(MAPPED, plan.query)
        except StoreError as error:
            if error.code != "store-engine":
                raise
            raise SourceError(
                f"The mapping of {self.source.name!r} fails on this file: {error.message}",
                code="mapping-failed",
                place=self.catalog.place(self.source, "columns"),
            ) from error

    def accept(self, plan: Plan, relation: Relation, *, clashing: bool) -> int:
        """Write the accepted rows, with the batch and line of each; give their number."""
        columns = [exp.column(field, table="m").as_(name, quoted=True) for name, field in plan.fields.items()]
        system = [
            c.text(relation.key).as_("_batch", quoted=True),
            exp.column("_line", table="m", quoted=True),
        ]
        query = accepted([*columns, *system], clashing=clashing)
        return self.engine.write(relation, self.staging.stream(query))

    def hold(
        self, columns: Sequence[RawColumn], relation: Relation, holding: Holding, *, clashing: bool
    ) -> int:
        """Write the rows that are not accepted; give their number."""
        found = self.refused(clashing=clashing)
        broken = exp.select(exp.Count(this=exp.Star())).from_(RAW).where(c.present(exp.column("_fault")))
        if not found and not self.staging.read(broken).column(0)[0].as_py():
            return 0
        return self.engine.write(relation, holding.reader(self.staging.stream(_held(columns))))

    def refused(self, *, clashing: bool) -> int:
        """Collect the lines against which there is something, with what it is; give their number."""
        against: exp.Query = (
            exp.select("_line", "_reasons", exp.cast(exp.null(), "VARCHAR").as_("_other"))
            .from_(MAPPED)
            .where(exp.Not(this=sound()))
        )
        if clashing:
            against = exp.union(
                against, exp.select("_line", "_reasons", "_other").from_(CLASHES), distinct=False
            )
        return self.staging.create(HELD, against)

    def span(self, plan: Plan, *, clashing: bool) -> tuple[datetime | None, datetime | None]:
        """Give the first and the last instant among the accepted rows."""
        name = self.catalog.facts[self.source.fact].at
        if name is None or name not in plan.fields:
            return None, None
        at = exp.column(plan.fields[name], table="m")
        ends = [exp.Min(this=at).as_("first"), exp.Max(this=at.copy()).as_("last")]
        row = self.staging.read(accepted(ends, clashing=clashing)).to_pylist()[0]
        return _instant(row["first"]), _instant(row["last"])

    def clean(self) -> None:
        """Drop the staged tables."""
        for table in (RAW, UNITS, MAPPED, CLASHES, HELD):
            self.staging.drop(table)


def _held(columns: Sequence[RawColumn]) -> exp.Select:
    """Every row that is held, its values as texts."""
    values: list[exp.Expr] = []
    for i, column in enumerate(columns):
        value = exp.column(physical(i), table="r")
        plain = value if column.type == "text" else exp.cast(value, "VARCHAR", dialect="duckdb")
        values.append(plain.as_(physical(i)))
    own = [exp.column(name, table="r") for name in ("_line", "_fault", "_detail", "_text")]
    against = [exp.column(name, table="h") for name in ("_reasons", "_other")]
    same = exp.EQ(this=exp.column("_line", table="r"), expression=exp.column("_line", table="h"))
    return (
        exp.select(*values, *own, *against)
        .from_(exp.to_table(RAW).as_("r"))
        .join(exp.to_table(HELD).as_("h"), on=same, join_type="left")
        .where(exp.or_(c.present(exp.column("_fault", table="r")), c.present(exp.column("_line", table="h"))))
        .order_by(exp.column("_line", table="r"))
    )


def _instant(value: datetime | date | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value and value.astimezone(UTC)
    return datetime.combine(value, time(), UTC)
