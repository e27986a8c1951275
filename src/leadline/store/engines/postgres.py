"""A team's server: relations and published tables are tables in one schema of PostgreSQL, named by a register there.

A table and its line in the register come in one transaction, so what the register names is whole. Nothing is changed
afterwards; what is dropped while somebody reads it leaves the register at once, and the disk when nobody reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress

import psycopg
import pyarrow as pa
from psycopg import errors, pq
from psycopg.sql import SQL, Composable, Composed, Identifier
from sqlglot import exp

from leadline.errors import StoreError
from leadline.store.engine import Capabilities, Prepared, Relation, ValueType
from leadline.store.engines import statements as say
from leadline.store.engines.connections import Connections, failing
from leadline.store.engines.dialects.kinds import Kind, note_columns
from leadline.store.engines.dialects.postgres import DIALECT, TYPES, short
from leadline.store.engines.dialects.said import said
from leadline.store.engines.names import demand, refuse_twins, safe
from leadline.store.engines.register import Register, Stored
from leadline.store.engines.wire import ARROW, received, sent
from leadline.store.slots import Slotted, Values

PATIENCE = "SET LOCAL lock_timeout = '1s'"
"""How long a drop waits for readers; what they hold is dropped by the next sweep."""

OIDS: Mapping[int, Kind] = {
    16: "boolean", 19: "text", 20: "integer", 21: "integer", 23: "integer", 25: "text", 700: "number",
    701: "number", 705: "text", 1042: "text", 1043: "text", 1082: "date", 1114: "local", 1184: "instant",
    1700: "number",
}  # fmt: skip
"""PostgreSQL's numbers for its types, fixed since it has them."""


class PostgresEngine:
    """The `Engine` protocol over PostgreSQL 14 or newer; threads and processes share one schema."""

    capabilities = Capabilities(DIALECT)

    def __init__(self, url: str, project: str) -> None:
        self._connections = Connections(url)
        try:
            self._register = Register(self._connections, project)
        except BaseException:
            self._connections.close()
            raise

    def claim(self, owner: str) -> None:
        """Make the schema a ledger's own. Raises StoreError when it is another's."""
        if self._register.owner(owner) not in {owner, None}:
            raise StoreError(
                f"The schema {self._register.schema} in LEADLINE_WAREHOUSE belongs to another ledger.",
                code="store-owner",
                hint="Set LEADLINE_LEDGER to the ledger that it belongs to, or give this project another name.",
            )

    def write(self, relation: Relation, rows: pa.RecordBatchReader) -> int:
        """Write rows as a new relation, all or nothing; give their number.

        What the reader itself raises leaves as it is, and nothing is written.
        """
        refuse_twins(rows.schema.names)
        columns = {f.name: say.nearest_type(f.type) for f in rows.schema}
        with self._connections.transaction() as connection:
            stored = self._register.add(connection, _checked(relation), columns)
            connection.execute(self._created(stored, columns))
            count = 0
            copy = self._register.sql("COPY {schema}.{table} FROM STDIN (FORMAT csv)", table=stored)
            with connection.cursor() as cursor, cursor.copy(copy) as sending:
                for batch in rows:
                    sending.write(sent(batch, columns))
                    count += batch.num_rows
            self._analyse(connection, stored)
        return count

    def derive(self, relation: Relation, query: exp.Query) -> int:
        """Write a query's rows as a new relation, all or nothing; give their number."""
        text = said(query, DIALECT)
        with self._connections.transaction() as connection:
            columns = _at_rest(_described(connection, text))
            stored = self._register.add(connection, _checked(relation), columns)
            return self._filled(connection, stored, columns, text)

    def exists(self, relation: Relation) -> bool:
        """Tell whether the relation was written whole."""
        return self._register.has(_checked(relation))

    def relations(self) -> Iterator[Relation]:
        """Give every relation at rest."""
        return self._register.relations()

    def drop(self, relation: Relation) -> None:
        """Remove a relation; removing what is not there is no error."""
        self._remove(self._register.remove(_checked(relation)))

    def columns(self, relation: Relation) -> Mapping[str, ValueType]:
        """Give the columns of a relation with the type of each."""
        return self._register.relation(_checked(relation)).columns

    def scan(
        self, relations: Sequence[Relation], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of relations, with `columns`, each of its type.

        A column that an older relation lacks is null; no relations at all give no rows.
        """
        return self._united(self._register.relations_of([_checked(r) for r in relations]), columns, alias)

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query; decimals come as floats, instants in UTC."""
        rows = self.stream(query)
        with failing():
            return rows.read_all()

    def prepare(self, query: exp.Query) -> Prepared:
        """Compile a query whose texts may be slots."""
        text, long = Slotted(said(query, DIALECT), DIALECT), _shortened(query)

        def read(values: Values) -> pa.Table:
            rows = self._streamed(text.filled(values), long)
            with failing():
                return rows.read_all()

        return read

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; read it to its end, for it holds a connection."""
        return self._streamed(said(query, DIALECT), _shortened(query))

    def _streamed(self, text: str, long: Mapping[str, str]) -> pa.RecordBatchReader:
        with ExitStack() as opening:
            connection = opening.enter_context(self._connections.transaction(reading=True))
            columns = _described(connection, text)
            kinds = [kind for _, kind in columns]
            cursor = opening.enter_context(connection.cursor())
            copying = opening.enter_context(cursor.copy(_copied(text, kinds)))
            reading = opening.pop_all()
        schema = pa.schema([(long.get(name, name), ARROW[kind]) for name, kind in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            with reading, failing():
                yield from received(iter(copying), kinds, schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def sql(self, query: exp.Query) -> str:
        """Give the text that would run, for people to read and repeat in psql."""
        return f"SET TimeZone = 'UTC';\n{said(query, DIALECT, pretty=True)}"

    def publish(self, name: str, tables: Mapping[str, exp.Query]) -> None:
        """Write the tables of a publication under its name, all or nothing. They are read with `published`."""
        texts = {table: said(query, DIALECT) for table, query in tables.items()}
        with self._connections.transaction() as connection:
            self._register.add_publication(connection, safe(name))
            for table, text in texts.items():
                columns = _at_rest(_described(connection, text))
                stored = self._register.add_published(connection, name, table, columns)
                self._filled(connection, stored, columns, text)

    def published(
        self, names: Sequence[str], table: str, columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Give something to select from: the union of one table over publications, with at least `columns`.

        A publication that lacks the table adds no rows; one that is gone, or whose table lacks a column, is an error.
        """
        found = {name: self._register.published(safe(name)).get(table) for name in names}
        for name, stored in found.items():
            if stored is not None:
                demand(columns, stored.columns, f"{name}/{table}")
        return self._united([stored for stored in found.values() if stored is not None], columns, alias)

    def generations(self) -> Iterator[str]:
        """Give the name of every publication whose tables are at rest."""
        yield from self._register.publications()

    def retract(self, name: str) -> None:
        """Remove the tables of a publication; removing what is not there is no error."""
        self._remove(self._register.remove_publication(safe(name)))

    def tidy(self) -> int:
        """Remove tables that nothing names; give their number. Only the writer may."""
        return self._remove(self._register.unnamed())

    def close(self) -> None:
        """Let go of everything."""
        self._connections.close()

    def _united(
        self, tables: Sequence[Stored], columns: Mapping[str, ValueType], alias: str
    ) -> exp.Expression:
        """Unite tables; those with the same columns are read as they are, and cast once."""
        alike: dict[tuple[tuple[str, ValueType], ...], list[str]] = {}
        for stored in tables:
            alike.setdefault(tuple(stored.columns.items()), []).append(stored.table)
        parts = [self._cast(names, dict(held), columns) for held, names in alike.items()]
        return (say.united(parts) if parts else say.no_rows(columns)).subquery(alias, copy=False)

    def _cast(
        self, tables: Sequence[str], held: Mapping[str, ValueType], columns: Mapping[str, ValueType]
    ) -> exp.Select:
        """Select columns, each of its type, from tables that all hold the same."""
        own = {name.casefold(): name for name in held}
        kinds = {short(name): kind for name, kind in held.items()}
        chosen: list[exp.Expr] = []
        for name, kind in columns.items():
            found = own.get(name.casefold())
            value = exp.column(short(found), quoted=True) if found else exp.null()
            same = found is not None and held[found] == kind
            chosen.append((value if same else say.typed(value, kind)).as_(name, quoted=True))
        sources = [
            note_columns(exp.table_(name, db=self._register.schema, quoted=True), kinds) for name in tables
        ]
        return say.chosen_from(chosen, sources)

    def _created(self, stored: str, columns: Mapping[str, ValueType]) -> Composed:
        """`CREATE TABLE`; texts are compared byte by byte."""
        declared = [
            SQL("{} {}").format(Identifier(short(name)), SQL(_TYPES_AT_REST[kind]))
            for name, kind in columns.items()
        ]
        head = self._register.sql("CREATE TABLE {schema}.{table} ", table=stored)
        return head + SQL("({})").format(SQL(", ").join(declared))

    def _filled(
        self, connection: psycopg.Connection, stored: str, columns: Mapping[str, ValueType], text: str
    ) -> int:
        """Make a table of a query's rows; give their number."""
        values = [
            SQL(_AS_AT_REST[kind]).format(Identifier(str(n)), Identifier(short(name)))
            for n, (name, kind) in enumerate(columns.items())
        ]
        head = self._register.sql("CREATE TABLE {schema}.{table} AS ", table=stored)
        count = connection.execute(head + _selected(text, values)).rowcount
        self._analyse(connection, stored)
        return count

    def _analyse(self, connection: psycopg.Connection, stored: str) -> None:
        """Let the planner know the new table: it would guess for minutes otherwise."""
        connection.execute(self._register.sql("ANALYZE {schema}.{table}", table=stored))

    def _remove(self, tables: Sequence[str]) -> int:
        """Drop tables that the register names no more; what somebody reads stays for the next sweep."""
        for table in tables:
            with suppress(_InUse), self._connections.transaction() as connection:
                connection.execute(PATIENCE)
                try:
                    connection.execute(
                        self._register.sql("DROP TABLE IF EXISTS {schema}.{table}", table=table)
                    )
                except errors.LockNotAvailable as error:
                    raise _InUse from error
        return len(tables)


class _InUse(Exception):
    """Somebody reads the table."""


_TYPES_AT_REST = {kind: f'{name} COLLATE "C"' if kind == "text" else name for kind, name in TYPES.items()}
_AS_AT_REST = {kind: f"CAST({{}} AS {name}) AS {{}}" for kind, name in TYPES.items()} | {
    "text": 'CAST({} AS TEXT) COLLATE "C" AS {}'
}
_ON_THE_WIRE: Mapping[Kind, str] = {
    "instant": "CAST(EXTRACT(EPOCH FROM {}) * 1000000 AS BIGINT)",
    "local": "CAST(EXTRACT(EPOCH FROM {}) * 1000000 AS BIGINT)",
}


def _selected(text: str, values: Sequence[Composable]) -> Composed:
    """Select values from a query whose columns are named by their places, so that two may have one name."""
    places = SQL(", ").join(Identifier(str(n)) for n in range(len(values)))
    query = SQL("SELECT {} FROM ({}) AS q({})")
    return query.format(SQL(", ").join(values), SQL(text), places)


def _copied(text: str, kinds: Sequence[Kind]) -> Composed:
    values = [SQL(_ON_THE_WIRE.get(kind, "{}")).format(Identifier(str(n))) for n, kind in enumerate(kinds)]
    return SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(_selected(text, values))


def _described(connection: psycopg.Connection, text: str) -> list[tuple[str, Kind]]:
    """Give the columns of a query and the kind of each, without running it."""
    raw = connection.pgconn
    for answer in (raw.prepare(b"", text.encode()), raw.describe_prepared(b"")):
        if answer.status != pq.ExecStatus.COMMAND_OK:
            raise errors.error_from_result(answer)
    columns: list[tuple[str, Kind]] = []
    for n in range(answer.nfields):
        name, kind = (answer.fname(n) or b"").decode(), OIDS.get(answer.ftype(n))
        if kind is None:
            raise StoreError(
                f"The query's column {name!r} is of a type that no value has.", code="store-dialect"
            )
        columns.append((name, kind))
    return columns


def _shortened(query: exp.Query) -> dict[str, str]:
    """Give the names that PostgreSQL would cut, by the shorter ones that stand for them."""
    names = {identifier.name for identifier in query.find_all(exp.Identifier)}
    return {short(name): name for name in names if short(name) != name}


def _at_rest(columns: Sequence[tuple[str, Kind]]) -> dict[str, ValueType]:
    """Give columns as they are kept."""
    refuse_twins([name for name, _ in columns])
    kept: dict[str, ValueType] = {}
    for name, kind in columns:
        if kind in {"local", "interval", "null"}:
            raise StoreError(f"The column {name!r} is a {kind}; none is kept.", code="store-dialect")
        kept[name] = kind  # type: ignore[assignment]  # the rest of the kinds are value types
    return kept


def _checked(relation: Relation) -> Relation:
    """Refuse a relation whose name is not safe."""
    safe(relation.name)
    safe(relation.key)
    return relation
