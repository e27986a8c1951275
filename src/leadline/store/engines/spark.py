"""Beyond one machine: Apache Spark, spoken to by Spark Connect, over the same Parquet files that DuckDB keeps.

The project's folder must be the same path for every machine of the cluster. Rows that come from outside are written
here, what a query gives by the cluster: a folder of part files that is renamed when it is whole. A publication is a
folder of such folders.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from leadline.store.engine import Capabilities, Prepared, Relation, ValueType
from leadline.store.engines import statements as say
from leadline.store.engines.dialects.kinds import note, note_columns
from leadline.store.engines.dialects.rewriting import rendered
from leadline.store.engines.dialects.said import said
from leadline.store.engines.dialects.spark import DIALECT
from leadline.store.engines.files import SUFFIX, Files, arriving_folder, remove
from leadline.store.engines.footers import Footer, Footers
from leadline.store.engines.names import demand, published_already, refuse_twins, retracted, safe
from leadline.store.engines.remote import Remote, as_it_stands
from leadline.store.engines.wire import ARROW, conformed, plain
from leadline.store.home import Home
from leadline.store.slots import Slotted

ROWS_PER_GROUP = 122_880
BATCH_ROWS = 100_000
AT_ONCE = 8
"""Tables of a publication that are written at a time: small ones take a cluster longer to plan than to write."""


class SparkEngine:
    """The `Engine` protocol over Spark 4; threads and processes share the files, each session is its own."""

    capabilities = Capabilities(DIALECT, in_files=True)

    def __init__(self, home: Path, url: str) -> None:
        self._home = Home(home.resolve())
        self._home.prepare()
        self._files = Files(self._home)
        self._footers = Footers()
        self._views: dict[tuple[Path, ...], str] = {}
        self._viewing = threading.Lock()
        self._remote = Remote(url)

    def claim(self, owner: str) -> None:
        """Do nothing: the files lie in the project's own folder, and so does the lock of its one writer."""

    def write(self, relation: Relation, rows: pa.RecordBatchReader) -> int:
        """Write rows as a new relation, all or nothing; give their number.

        What the reader itself raises leaves as it is, and nothing is written.
        """
        refuse_twins(rows.schema.names)
        kinds = {f.name: say.nearest_type(f.type) for f in rows.schema}
        schema = pa.schema([(name, ARROW[kind]) for name, kind in kinds.items()])
        count = 0
        with (
            self._files.arriving(relation) as file,
            self._remote.failing("The rows cannot be written"),
            pq.ParquetWriter(file, schema, compression="zstd") as writer,
        ):
            for batch in rows:
                writer.write_batch(conformed(batch, schema), row_group_size=ROWS_PER_GROUP)
                count += batch.num_rows
        return count

    def derive(self, relation: Relation, query: exp.Query) -> int:
        """Write a query's rows as a new relation, all or nothing; give their number."""
        with self._files.arriving_folder(relation) as folder:
            return self._written(folder, query)

    def exists(self, relation: Relation) -> bool:
        """Tell whether the relation was written whole."""
        return self._files.exists(relation)

    def relations(self) -> Iterator[Relation]:
        """Give every relation at rest."""
        return self._files.all()

    def drop(self, relation: Relation) -> None:
        """Remove a relation; removing what is not there is no error."""
        if self._files.exists(relation):
            self._forget(self._files.parts(relation))
        self._files.drop(relation)

    def columns(self, relation: Relation) -> Mapping[str, ValueType]:
        """Give the columns of a relation as they were written, each with the nearest value type."""
        footer = self._footers.of(self._files.parts(relation)[0])
        return {name: say.nearest_type(kind) for name, kind in footer}

    def scan(
        self, relations: Sequence[Relation], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of relations, with `columns`, each of its type.

        A column that an older relation lacks is null; no relations at all give no rows.
        """
        files = [file for relation in relations for file in self._files.parts(relation)]
        return self._united(files, columns, alias)

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query; decimals come as 64-bit integers or, with a fraction, floats; instants in UTC."""
        return self._read(said(query, DIALECT))

    def prepare(self, query: exp.Query) -> Prepared:
        """Compile a query whose texts may be slots."""
        text = Slotted(said(query, DIALECT), DIALECT)

        return lambda values: self._read(text.filled(values))

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; read it to its end, for it holds files.

        The cluster writes the rows into this process's own folder: there is room for more than memory holds.
        """
        with ExitStack() as opening:
            spill = self._home.spill()
            opening.callback(spill.close)
            folder = spill.folder / "rows"
            self._written(folder, query)
            files = sorted(folder.glob(f"part-*{SUFFIX}"))
            schema = plain(pq.read_schema(files[0]))
            reading = opening.pop_all()

        def batches() -> Iterator[pa.RecordBatch]:
            with reading, self._remote.failing("The query cannot be run"):
                for file in files:
                    with pq.ParquetFile(file) as rows:
                        for batch in rows.iter_batches(BATCH_ROWS):
                            yield conformed(batch, schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def sql(self, query: exp.Query) -> str:
        """Give the text that would run, for people to read and repeat in a Spark SQL shell."""
        named = sorted({table.name for table in query.find_all(exp.Table)} & set(self._views.values()))
        views = [rendered(_view(name, self._remote.files(name)), DIALECT) for name in named]
        return ";\n".join([*views, said(query, DIALECT, pretty=True)])

    def publish(self, name: str, tables: Mapping[str, exp.Query]) -> None:
        """Write the tables of a publication under its name, all or nothing. They are read with `published`."""
        target = self._publication(name)
        if target.exists():
            raise published_already(name)
        with arriving_folder(target) as folder:
            folder.mkdir()
            queries = [(folder / _folder(table), query) for table, query in tables.items()]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                try:
                    list(pool.map(lambda task: self._written(*task), queries))
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    self._remote.interrupt()
                    raise

    def published(
        self, names: Sequence[str], table: str, columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of one table over publications, with at least `columns`.

        A publication that lacks the table adds no rows; one that is gone, or whose table lacks a column, is an error.
        """
        files: list[Path] = []
        for name in names:
            publication = self._publication(name)
            if not publication.is_dir():
                raise retracted(name)
            parts = sorted((publication / _folder(table)).glob(f"part-*{SUFFIX}"))
            if parts:
                demand(columns, [own for own, _ in self._footers.of(parts[0])], f"{name}/{table}")
            files += parts
        return self._united(files, columns, alias)

    def generations(self) -> Iterator[str]:
        """Give the name of every publication whose tables are at rest."""
        for folder in sorted(self._home.published.glob(f"*{SUFFIX}")):
            if not folder.name.startswith("."):
                yield folder.name.removesuffix(SUFFIX)

    def retract(self, name: str) -> None:
        """Remove the tables of a publication; removing what is not there is no error."""
        publication = self._publication(name)
        self._forget(publication.glob(f"*/part-*{SUFFIX}"))
        remove(publication)

    def tidy(self) -> int:
        """Remove what killed processes left half done; give the number of such things. Only the writer may."""
        return self._home.sweep_leftovers()

    def close(self) -> None:
        """Let go of everything."""
        self._remote.close()

    def _read(self, text: str) -> pa.Table:
        rows = self._remote.read(text)
        return rows.cast(plain(rows.schema))

    def _publication(self, name: str) -> Path:
        return self._home.published / f"{safe(name)}{SUFFIX}"

    def _forget(self, files: Iterator[Path] | Sequence[Path]) -> None:
        gone = set(files)
        for file in gone:
            self._footers.forget(file)
        with self._viewing:
            self._views = {paths: name for paths, name in self._views.items() if gone.isdisjoint(paths)}

    def _written(self, folder: Path, query: exp.Query) -> int:
        """Let the cluster write a query's rows into a folder; give their number."""
        self._remote.write(said(query, DIALECT), folder, refuse_twins)
        files = sorted(folder.glob(f"part-*{SUFFIX}"))
        with self._remote.failing("What was written cannot be read"):
            return sum(int(pq.read_metadata(file).num_rows) for file in files)

    def _united(self, files: Sequence[Path], columns: Mapping[str, ValueType], alias: str) -> exp.Expression:
        """Unite files; those of one schema are read together, and cast once."""
        alike: dict[Footer, list[Path]] = {}
        for file in files:
            alike.setdefault(self._footers.of(file), []).append(file)
        parts = [self._cast(tuple(group), footer, columns) for footer, group in alike.items()]
        return (say.united(parts) if parts else say.no_rows(columns)).subquery(alias, copy=False)

    def _cast(self, files: tuple[Path, ...], footer: Footer, columns: Mapping[str, ValueType]) -> exp.Select:
        """Select columns, each of its type, from files that all hold the same."""
        own = {name.casefold(): (name, kind) for name, kind in footer}
        kinds = {name: say.nearest_type(kind) for name, kind in footer}
        chosen: list[exp.Expr] = []
        for name, kind in columns.items():
            found, arrow = own.get(name.casefold(), (None, None))
            value = note(exp.column(found, quoted=True), kinds[found]) if found else exp.null()
            same = found is not None and say.exact_type(arrow) == kind
            chosen.append((value if same else say.typed(value, kind)).as_(name, quoted=True))
        source = note_columns(exp.table_(self._viewed(files, footer), quoted=True), kinds)
        return say.chosen_from(chosen, [source])

    def _viewed(self, files: tuple[Path, ...], footer: Footer) -> str:
        """Name a view of files; it is made when it is first asked for."""
        with self._viewing:
            known = self._views.get(files)
        if known is None:
            known = f"files_{hashlib.sha256(chr(0).join(map(str, files)).encode()).hexdigest()[:20]}"
            self._remote.view(known, files, footer)
            with self._viewing:
                self._views[files] = known
        return known


def _folder(table: str) -> str:
    """Name the folder of a published table: its own name, as far as a folder may have it."""
    readable = re.sub("[^A-Za-z0-9_]", "_", table)[:100]
    return f"{readable}.{hashlib.sha256(table.encode()).hexdigest()[:16]}"


def _view(name: str, files: Sequence[Path]) -> exp.Create:
    """`CREATE TEMPORARY VIEW name USING parquet OPTIONS ('paths' = '[…]')`, for people to repeat."""
    paths = exp.Property(
        this=exp.Literal.string("paths"),
        value=exp.Literal.string(json.dumps([as_it_stands(file) for file in files], ensure_ascii=False)),
    )
    properties = [
        exp.TemporaryProperty(),
        exp.FileFormatProperty(this=exp.var("parquet")),
        exp.OptionsProperty(expressions=[paths]),
    ]
    return exp.Create(
        this=exp.table_(name, quoted=True),
        kind="VIEW",
        replace=True,
        properties=exp.Properties(expressions=properties),
    )
