"""The staged tables of one file on its way: what it was mapped to, and which of its keys are taken.

Files are loaded and held rows are tried again by the same steps: map, check, write. Records are mapped as they are
read and not kept; only what stands against them is kept, with what the file says of them.
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
from leadline.ingest.checks import CLASHES, MAPPED, Clashes, Keys, accepted, sound
from leadline.ingest.held import Holding
from leadline.ingest.law import Law
from leadline.ingest.mapping import RAW, Plan, spelt
from leadline.ingest.sources.reading import RawColumn, Reading
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation
from leadline.store.staging import Staging

ASIDE, _INSTEAD = "aside", "instead"


@dataclass(frozen=True, slots=True)
class Work:
    """Where one file's rows, or some held rows, are worked on."""

    catalog: Catalog
    engine: Engine
    staging: Staging
    source: Source

    def map(self, plan: Plan, reading: Reading, counted_so_far: Callable[[int], None]) -> int:
        """Run the mapping over records as they are read; give their number as the reader counted them.

        Raises:
            SourceError: the file is unusable as a whole, or the mapping fails on it as a whole.
        """
        counted = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal counted
            for batch in reading.batches:
                counted += batch.num_rows
                counted_so_far(counted)
                yield batch

        rows = pa.RecordBatchReader.from_batches(reading.schema, batches())
        try:
            mapped = self.staging.transform(MAPPED, rows, plan.query, RAW)
        except StoreError as error:
            if error.code != "store-engine":
                raise
            raise SourceError(
                f"The mapping of {self.source.name!r} fails on this file: {error.message}",
                code="mapping-failed",
                place=self.catalog.place(self.source, "columns"),
            ) from error
        Law(counted, mapped, 0).demand(f"Mapping rows of {self.source.name!r}")
        return counted

    def set_aside(self, failing: exp.Query | None) -> int:
        """Take the rows that checks hold out of the mapped ones, so that they take no key; give their number."""
        held = self.staging.create(ASIDE, failing) if failing is not None else 0
        if held:
            line = exp.EQ(this=exp.column("_line", table="m"), expression=exp.column("_line", table=ASIDE))
            every = exp.Column(this=exp.Star(), table=exp.to_identifier("m"))
            rest = exp.select(every).from_(exp.to_table(MAPPED).as_("m"))
            self._instead(MAPPED, rest.join(exp.to_table(ASIDE), on=line, join_type="anti"))
        return held

    def clashes(self, plan: Plan, keys: Keys, ordinal: int, failing: exp.Query | None) -> Clashes:
        """Find all rows that are not accepted for the sake of other rows, or of a check: `set_aside`, then keys."""
        aside = self.set_aside(failing)
        found = keys.clashes(plan, ordinal)
        if aside:
            self.hold_aside(clashing=bool(found.held))
        return Clashes(found.held + aside, found.due)

    def hold_aside(self, *, clashing: bool) -> None:
        """Put the rows that checks hold among those that cannot be accepted for another row's sake."""
        aside = exp.select("_line", "_reasons", "_other").from_(ASIDE)
        if not clashing:
            self.staging.drop(CLASHES)
            self.staging.create(CLASHES, aside)
            return
        clashes = exp.select("_line", "_reasons", "_other").from_(CLASHES)
        self._instead(CLASHES, exp.union(clashes, aside, distinct=False))

    def _instead(self, table: str, query: exp.Query) -> None:
        """Put a query's rows in the place of a table that it reads."""
        self.staging.create(_INSTEAD, query)
        self.staging.drop(table)
        self.staging.create(table, exp.select("*").from_(_INSTEAD))
        self.staging.drop(_INSTEAD)

    def accept(self, plan: Plan, relation: Relation, *, clashing: bool) -> int:
        """Write the accepted rows, with the batch and line of each; give their number."""
        columns = [exp.column(field, table="m").as_(name, quoted=True) for name, field in plan.fields.items()]
        batch = c.text(relation.key).as_("_batch", quoted=True)
        line = exp.column("_line", table="m", quoted=True)
        query = accepted([*columns, batch, line], clashing=clashing)
        return self.engine.write(relation, self.staging.stream(query))

    def held(self, *, clashing: bool) -> int:
        """Count the rows that are not accepted."""
        number = self._count(
            exp.select(exp.Count(this=exp.Star())).from_(MAPPED).where(exp.Not(this=sound()))
        )
        return number + (
            self._count(exp.select(exp.Count(this=exp.Star())).from_(CLASHES)) if clashing else 0
        )

    def clashing_lines(self) -> pa.Array:
        """Give the lines of the rows whose key is taken."""
        return self.staging.read(exp.select("_line").from_(CLASHES)).column(0)

    def hold(self, relation: Relation, holding: Holding, evidence: Reading | None) -> int:
        """Write the rows that are not accepted; give their number. `evidence` has the records whose key is taken."""
        shown = ("_line", "_reasons", "_raw", "_text")
        other = as_type(exp.null(), "VARCHAR").as_("_other")
        query: exp.Query = exp.select(*shown, other).from_(MAPPED).where(exp.Not(this=sound()))
        if evidence is not None:
            self.staging.load(RAW, pa.RecordBatchReader.from_batches(evidence.schema, iter(evidence.batches)))
            query = exp.union(query, _taken(evidence.columns), distinct=False)
        rows = exp.select("*").from_(query.subquery("held")).order_by("_line")
        return self.engine.write(relation, holding.reader(self.staging.stream(rows)))

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
        for table in (RAW, MAPPED, CLASHES, ASIDE, _INSTEAD):
            self.staging.drop(table)

    def _count(self, query: exp.Query) -> int:
        return int(self.staging.read(query).column(0)[0].as_py())


def _taken(columns: Sequence[RawColumn]) -> exp.Select:
    """The rows whose key is taken, with what the file says of them."""
    raw = c.call("list_value", *(spelt(i, column) for i, column in enumerate(columns)))
    same = exp.EQ(this=exp.column("_line", table="r"), expression=exp.column("_line", table="k"))
    return (
        exp.select(exp.column("_line", table="r"), "_reasons", raw.as_("_raw"), "_text", "_other")
        .from_(exp.to_table(RAW).as_("r"))
        .join(exp.to_table(CLASHES).as_("k"), on=same)
    )


def _instant(value: datetime | date | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value and value.astimezone(UTC)
    return datetime.combine(value, time(), UTC)
