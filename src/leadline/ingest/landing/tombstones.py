"""Which records say that they are deleted: the source's `deleted`, an expression like those of its mapping."""

import numpy as np
import pyarrow as pa
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.ingest.mapping import RAW, condition
from leadline.ingest.sources.parquet import convert, raw_type
from leadline.ingest.sources.reading import ARROW, RawColumn, batch
from leadline.store.staging import Staging

_ANSWER = "answer"


class Tombstones:
    """Asks the expression of each table of records. A column that no record has yet is null in all."""

    def __init__(self, catalog: Catalog, source: Source, text: str, staging: Staging) -> None:
        self._catalog, self._source, self._text, self._staging = catalog, source, text, staging
        self._path = (source.connector, "deleted")
        self._names = sorted(catalog.expression(source, *self._path).columns)

    def __call__(self, table: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Tell which records are deleted; of which it cannot be told is not.

        Raises:
            SourceError: the expression does not fit the records' types.
        """
        fields = {field.name: raw_type(field.type) for field in table.schema}
        loose = {name.strip().casefold() for name in fields}
        columns = [RawColumn(name, kind) for name, kind in fields.items()]
        lacking = [RawColumn(n) for n in self._names if n.strip().casefold() not in loose]
        query = condition(self._catalog, self._source, self._path, self._text, [*columns, *lacking])
        whole = table.combine_chunks()
        values = [convert(_array(whole, column.name), column.type) for column in columns]
        values += [pa.nulls(table.num_rows, ARROW["text"]) for _ in lacking]
        lines = pa.array(np.arange(table.num_rows, dtype=np.int64))
        rows = batch([*columns, *lacking], values, lines)
        reader = pa.RecordBatchReader.from_batches(rows.schema, [rows])
        self._staging.transform(_ANSWER, reader, query, RAW)
        try:
            told = self._staging.read(exp.select("_line", "_holds").from_(_ANSWER))
        finally:
            self._staging.drop(_ANSWER)
        found = np.zeros(table.num_rows, dtype=np.bool_)
        at = told.column("_line").to_numpy()
        found[at] = [holds is True for holds in told.column("_holds").to_pylist()]
        return found


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
