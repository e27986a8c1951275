"""The embedded warehouse: relations are Parquet files, each published generation is one native DuckDB file.

Files are written once and never changed, so any number of processes read while one writes. The connection itself
holds nothing and may touch nothing but these files: no other in the project, not even the ledger.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.engine import Capabilities, Prepared, Relation, ValueType
from leadline.store.engines import statements as say
from leadline.store.engines.attached import Attached, catalog_of
from leadline.store.engines.dialects.said import meant
from leadline.store.engines.files import Files
from leadline.store.engines.footers import Footers
from leadline.store.engines.names import demand, published_already, safe
from leadline.store.engines.session import Session
from leadline.store.home import Home, arriving, touching
from leadline.store.slots import Slotted, Values

ROWS_PER_GROUP = 122_880


class DuckDBEngine:
    """The `Engine` protocol over DuckDB 1.5 and 2.0; threads share one."""

    capabilities = Capabilities(say.DIALECT, in_files=True, any_pattern=True)

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home = Home(home.resolve())
        if "?" in str(self._home.root):  # DuckDB reads what follows as options of an address
            raise StoreError(
                f"DuckDB cannot keep files under {self._home.root}: the path holds a question mark.",
                code="store-home",
                hint="Move the project to a folder without one.",
            )
        self._home.prepare()
        self._files = Files(self._home)
        self._session = Session(self._home, settings, allowed=[*self._files.folders, self._home.published])
        self._attached = Attached(self._session, self._home.published)
        self._footers = Footers()

    def claim(self, owner: str) -> None:
        """Do nothing: the files lie in the project's own folder, and so does the lock of its one writer."""

    def write(self, relation: Relation, rows: pa.RecordBatchReader) -> int:
        """Write rows as a new relation, all or nothing; give their number.

        What the reader itself raises leaves as it is, and nothing is written.
        """
        with self._files.arriving(relation) as file:
            return self._session.pour(rows, lambda query: say.copy_to_parquet(query, file, ROWS_PER_GROUP))

    def derive(self, relation: Relation, query: exp.Query) -> int:
        """Write a query's rows as a new relation, all or nothing; give their number.

        A sum of integers is written as a 64-bit integer; one that does not fit is an error.
        """
        query = meant(query, say.DIALECT)
        with self._files.arriving(relation) as file, self._attached.using(_catalogs(query)):
            narrow = self._narrow(query)
            return self._session.run(say.copy_to_parquet(narrow, file, ROWS_PER_GROUP, copy=False))

    def exists(self, relation: Relation) -> bool:
        """Tell whether the relation was written whole."""
        return self._files.exists(relation)

    def relations(self) -> Iterator[Relation]:
        """Give every relation at rest."""
        return self._files.all()

    def drop(self, relation: Relation) -> None:
        """Remove a relation; removing what is not there is no error."""
        for file in self._files.parts(relation) if self._files.exists(relation) else ():
            self._footers.forget(file)
        self._files.drop(relation)

    def columns(self, relation: Relation) -> Mapping[str, ValueType]:
        """Give the columns of a relation as they were written, each with the nearest value type."""
        return {
            name: say.nearest_type(kind) for name, kind in self._footers.of(self._files.parts(relation)[0])
        }

    def scan(
        self, relations: Sequence[Relation], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of relations, with `columns`, each of its type.

        A column that an older relation lacks is null; no relations at all give no rows. Files of one schema are
        read together, and a column that has its type already is not cast, so that filters reach the files.
        """
        alike: dict[object, list[Path]] = {}
        for file in chain.from_iterable(map(self._files.parts, relations)):
            alike.setdefault(self._footers.of(file), []).append(file)
        parts = [say.read_files(files, self._footers.of(files[0]), columns) for files in alike.values()]
        if not parts:
            return say.no_rows(columns).subquery(alias)
        return say.united(parts).subquery(alias, copy=False)

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query; decimals come as 64-bit integers or, with a fraction, floats; instants in UTC."""
        with self._attached.using(_catalogs(query)):
            return self._session.read_text(_rendered(query))

    def prepare(self, query: exp.Query) -> Prepared:
        """Compile a query whose texts may be slots; it opens what it names when it is read."""
        catalogs = self._attached.named(_catalogs(query))
        text = Slotted(_rendered(query), say.DIALECT)

        def read(values: Values) -> pa.Table:
            with self._attached.leasing(catalogs):
                return self._session.read_text(text.filled(values))

        return read

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; read it to its end, for it holds the query open."""
        with ExitStack() as opening:
            opening.enter_context(self._attached.using(_catalogs(query)))
            rows = self._session.stream_text(_rendered(query))
            leases = opening.pop_all()

        def batches() -> Iterator[pa.RecordBatch]:
            with leases:
                yield from rows

        return pa.RecordBatchReader.from_batches(rows.schema, batches())

    def sql(self, query: exp.Query) -> str:
        """Give the text that would run, for people to read and repeat in a DuckDB shell."""
        attached = [
            say.attach(self._attached.file(generation), catalog_of(generation), read_only=True)
            for generation in self._attached.named(_catalogs(query))
        ]
        return ";\n".join(say.render(tree, pretty=True) for tree in [*attached, meant(query, say.DIALECT)])

    def publish(self, generation: str, tables: Mapping[str, exp.Query]) -> None:
        """Write the state tables of a generation, all or nothing. They are read with `published`.

        The queries are used up; each is asked for when the one before it runs. A sum of integers is written as a 64-bit
        integer; one that does not fit is an error.
        """
        target = self._attached.file(safe(generation))
        if target.exists():
            raise published_already(generation)
        building = f"building_{generation}"
        with arriving(target) as file:
            self._session.run(say.attach(file, building, read_only=False))
            try:
                with ExitStack() as opening:
                    self._session.run_each(self._filling(building, tables, opening))
                held = self._attached.read([building])[building]
                for name, column in say.too_wide(held):
                    self._session.run(say.narrow_column(say.table(name, building), column))
                    held[name][column] = say.NARROW
                self._session.run(say.checkpoint(building))
            finally:
                self._session.run(say.detach(building))
                file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
        self._attached.learn(generation, held)

    def _filling(self, building: str, tables: Mapping[str, exp.Query], opening: ExitStack) -> Iterator[str]:
        """Give the statements that fill a generation; what they read stays open until `opening` ends."""
        for name, query in tables.items():
            opening.enter_context(self._attached.using(_catalogs(query)))
            meaning = meant(query, say.DIALECT, copy=False)
            yield say.render(say.create_table(say.table(name, building), meaning, copy=False), copy=False)

    def published(
        self, names: Sequence[str], table: str, columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of one table over publications, with at least `columns`.

        A publication that lacks the table adds no rows; one that is gone, or whose table lacks a column, is an error.
        Where all tables are alike they are read as they are: naming each column of each would take longer to write
        and to read than the query itself.
        """
        found = self._attached.tables([safe(name) for name in names])
        have = {name: tables[table] for name, tables in zip(names, found, strict=True) if table in tables}
        for name, held in have.items():
            demand(columns, held, f"{name}/{table}")
        if not have:
            return say.no_rows(columns).subquery(alias)
        alike = len({tuple(held.items()) for held in have.values()}) == 1
        whole = alike and say.has_types(next(iter(have.values())), columns)
        parts = [
            say.read_table(table, catalog_of(name), held, columns, whole=whole) for name, held in have.items()
        ]
        return say.united(parts).subquery(alias, copy=False)

    def generations(self) -> Iterator[str]:
        """Give every generation whose tables are at rest."""
        for file in sorted(self._home.published.glob("*.duckdb")):
            if not file.name.startswith("."):
                yield file.name.removesuffix(".duckdb")

    def retract(self, generation: str) -> None:
        """Remove the tables of a generation; removing what is not there is no error."""
        self._attached.forget(safe(generation))
        file = self._attached.file(generation)
        with touching(file):
            file.unlink(missing_ok=True)

    def tidy(self) -> int:
        """Remove what killed processes left half done; give the number of such things. Only the writer may."""
        return self._home.sweep_leftovers()

    def close(self) -> None:
        """Let go of everything."""
        self._session.close()

    def _narrow(self, query: exp.Query) -> exp.Query:
        """Give the query with 128-bit integers as 64-bit ones: Parquet would keep them as floats, inexactly."""
        types = self._session.types(query)
        if not any(kind in say.TOO_WIDE for kind in types.values()):
            return query
        return say.narrowed(query, types)


def _rendered(query: exp.Query) -> str:
    """Give the text of a query in Leadline's meaning."""
    return say.render(meant(query, say.DIALECT), copy=False)


def _catalogs(query: exp.Query) -> set[str]:
    """Give the attached databases that a query names."""
    return {table.catalog for table in query.find_all(exp.Table) if table.catalog}
