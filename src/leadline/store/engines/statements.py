"""The few statements that DuckDB needs beside queries, as syntax trees; and the one way trees become text.

Rendering raises on what the dialect cannot say: sqlglot would otherwise leave it out without a word.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from leadline.errors import StoreError
from leadline.store.casts import as_type
from leadline.store.engine import ValueType
from leadline.store.engines.dialects.kinds import note, note_columns

Setting = str | bool | Sequence[str]

DIALECT = "duckdb"
STORAGE = "v1.5.0"
"""The storage version of published files: the newest that every supported DuckDB line opens."""

TYPES: Mapping[ValueType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "instant": "TIMESTAMPTZ",
}
SPELT = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
"""How DuckDB says a type of its own that Leadline says shorter."""

EXACT: Mapping[pa.DataType, ValueType] = {
    pa.string(): "text",
    pa.int64(): "integer",
    pa.float64(): "number",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
TOO_WIDE = frozenset({"HUGEINT", "UHUGEINT"})
NARROW = TYPES["integer"]


def render(tree: exp.Expr, *, pretty: bool = False, copy: bool = True) -> str:
    """Give the text of a tree in DuckDB's dialect, every name quoted. Without `copy` the tree is used up.

    Raises:
        StoreError: the tree holds something that DuckDB's dialect cannot say.
    """
    try:
        return tree.sql(
            dialect=DIALECT, identify=True, unsupported_level=ErrorLevel.RAISE, pretty=pretty, copy=copy
        )
    except SqlglotError as error:
        raise StoreError(
            f"The query cannot be said in DuckDB's dialect: {error}", code="store-dialect"
        ) from error


def setting(name: str, value: Setting) -> exp.Set:
    """`SET GLOBAL name = value`. A plain SET of the time zone holds for one cursor, not for the next."""
    literal = (
        exp.array(*map(exp.Literal.string, value)) if isinstance(value, list | tuple) else exp.convert(value)
    )
    return exp.Set(
        expressions=[
            exp.SetItem(this=exp.EQ(this=exp.to_identifier(name), expression=literal), kind="GLOBAL")
        ]
    )


def copy_to_parquet(query: exp.Query, target: Path, rows_per_group: int, *, copy: bool = True) -> exp.Copy:
    """`COPY (query) TO 'target' (FORMAT parquet, ...)`. Without `copy` the query is used up."""
    options = {
        "format": exp.var("parquet"),
        "compression": exp.var("zstd"),
        "row_group_size": exp.Literal.number(rows_per_group),
    }
    return exp.Copy(
        this=(query.copy() if copy else query).subquery(copy=False),
        kind=False,
        files=[exp.Literal.string(str(target))],
        params=[exp.CopyParameter(this=exp.var(name), expression=value) for name, value in options.items()],
    )


def create_table(table: exp.Table, query: exp.Query, *, copy: bool = True) -> exp.Create:
    """`CREATE TABLE table AS query`. Without `copy` the query is used up."""
    return exp.Create(this=table, kind="TABLE", expression=query.copy() if copy else query)


def too_wide(tables: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Name the columns, each with its table, that hold 128-bit integers."""
    return [(name, c) for name, held in tables.items() for c, kind in held.items() if kind in TOO_WIDE]


def narrow_column(table: exp.Table, column: str) -> exp.Alter:
    """`ALTER TABLE table ALTER COLUMN column SET DATA TYPE BIGINT`; a value that does not fit is an error."""
    change = exp.AlterColumn(
        this=exp.to_identifier(column, quoted=True), dtype=exp.DataType.build(NARROW, dialect=DIALECT)
    )
    return exp.Alter(this=table, kind="TABLE", actions=[change])


def drop_table(table: exp.Table) -> exp.Drop:
    """`DROP TABLE IF EXISTS table`."""
    return exp.Drop(tables=[table], kind="TABLE", exists=True)


def table(name: str, catalog: str | None = None, alias: str | None = None) -> exp.Table:
    """Give a table's name, of an attached database if `catalog` is given."""
    return exp.table_(name, db="main" if catalog else None, catalog=catalog, quoted=True, alias=alias)


def attach(file: Path, catalog: str, *, read_only: bool) -> exp.Attach:
    """`ATTACH 'file' AS catalog (...)`, for reading or for building."""
    option = (
        exp.AttachOption(this=exp.var("read_only"))
        if read_only
        else exp.AttachOption(this=exp.var("storage_version"), expression=exp.Literal.string(STORAGE))
    )
    return exp.Attach(
        this=exp.alias_(exp.Literal.string(str(file)), catalog, quoted=True),
        exists=False,
        expressions=[option],
    )


def detach(catalog: str) -> exp.Detach:
    """`DETACH catalog`."""
    return exp.Detach(this=exp.to_identifier(catalog, quoted=True), exists=False)


def columns_of(catalogs: Sequence[str]) -> exp.Select:
    """Select every column of every table in attached databases, in order."""
    inside = exp.column("database_name").isin(*catalogs)
    wanted = ("database_name", "table_name", "column_name", "data_type")
    source = exp.Table(this=exp.Anonymous(this="duckdb_columns", expressions=[]))
    return exp.select(*wanted).from_(source).where(inside).order_by("table_oid", "column_index")


def checkpoint(catalog: str) -> exp.Command:
    """`CHECKPOINT catalog`: force a database into its one file."""
    return exp.Command(this="CHECKPOINT", expression=render(exp.to_identifier(catalog, quoted=True)))


def read_files(
    files: Sequence[Path], present: Sequence[tuple[str, pa.DataType]], columns: Mapping[str, ValueType]
) -> exp.Select:
    """Select `columns` from Parquet files that all have the columns `present`; nothing is guessed from their paths."""
    have = {name.casefold(): (name, kind) for name, kind in present}
    chosen: list[exp.Expr] = []
    for name, kind in columns.items():
        found, arrow = have.get(name.casefold(), (None, None))
        value = exp.column(found, quoted=True) if found else exp.null()
        same = found and exact_type(arrow) == kind
        known = note(value, kind) if same else typed(value, kind)
        chosen.append(exp.alias_(known, name, quoted=True, copy=False))
    source = exp.Anonymous(
        this="read_parquet",
        expressions=[
            exp.array(*(exp.Literal.string(str(f)) for f in files), copy=False),
            exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false()),
        ],
    )
    return exp.select(*(chosen or [_nothing()]), copy=False).from_(exp.Table(this=source), copy=False)


def read_table(
    name: str, catalog: str, held: Mapping[str, str], columns: Mapping[str, ValueType], *, whole: bool
) -> exp.Select:
    """Select a table of an attached database: whole, if that has `columns` with their types, or these. `held` are those
    it has."""
    source = note_columns(table(name, catalog), columns)
    if whole:
        return exp.select(exp.Star(), copy=False).from_(source, copy=False)
    chosen: list[exp.Expr] = []
    for own, kind in columns.items():
        value = exp.column(own, quoted=True)
        same = has_types(held, {own: kind})
        known = note(value, kind) if same else typed(value, kind)
        chosen.append(exp.alias_(known, own, quoted=True, copy=False))
    return exp.select(*(chosen or [_nothing()]), copy=False).from_(source, copy=False)


def has_types(held: Mapping[str, str], columns: Mapping[str, ValueType]) -> bool:
    """Tell whether every one of `columns` is among those held, with its very name and type."""
    return all(held.get(name) in {TYPES[kind], SPELT.get(TYPES[kind])} for name, kind in columns.items())


def chosen_from(chosen: Sequence[exp.Expr], sources: Sequence[exp.Table]) -> exp.Select:
    """Select values from the union of tables that all have the same columns."""
    found: exp.Expr = sources[0]
    if len(sources) > 1:
        whole = united([exp.select(exp.Star(), copy=False).from_(source, copy=False) for source in sources])
        found = whole.subquery("u", copy=False)
    return exp.select(*(chosen or [_nothing()]), copy=False).from_(found, copy=False)


def united(parts: Sequence[exp.Query]) -> exp.Query:
    """Give the union of queries, every row of each."""
    query = parts[0]
    for part in parts[1:]:
        query = exp.union(query, part, distinct=False, copy=False)
    return query


def no_rows(columns: Mapping[str, ValueType]) -> exp.Select:
    """Give a query of `columns` that has no rows."""
    chosen = [typed(exp.null(), kind).as_(name, quoted=True) for name, kind in columns.items()]
    return exp.select(*(chosen or [_nothing()])).where(exp.false())


def _nothing() -> exp.Expr:
    """Give a column for a select that was asked for none, so that its rows can be counted."""
    return exp.Literal.number(1).as_("_row", quoted=True)


def typed(value: exp.Expr, kind: ValueType) -> exp.Cast:
    """Cast a value to the engine's type for `kind`; a value that does not fit is an error, never null."""
    return as_type(value, TYPES[kind], dialect=DIALECT)


def narrowed(query: exp.Query, types: Mapping[str, str]) -> exp.Select:
    """Give the query with its 128-bit integers cast to 64 bits; one that does not fit is an error."""
    chosen: list[exp.Expr] = []
    for name, kind in types.items():
        column = exp.column(name, quoted=True)
        chosen.append(typed(column, "integer").as_(name, quoted=True) if kind in TOO_WIDE else column)
    return exp.select(*chosen).from_(query.subquery("wide"))


def exact_type(arrow: pa.DataType) -> ValueType | None:
    """Give the value type that a column of this Arrow type already has, or None when it would have to be cast."""
    if pa.types.is_timestamp(arrow):
        return "instant" if arrow.tz is not None and arrow.unit == "us" else None
    return EXACT.get(arrow)


def nearest_type(arrow: pa.DataType) -> ValueType:
    """Give the value type that holds what a column of this Arrow type holds; text holds everything."""
    tests: Sequence[tuple[Callable[[pa.DataType], bool], ValueType]] = (
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (lambda t: pa.types.is_timestamp(t) and t.tz is not None, "instant"),
    )
    return next((kind for test, kind in tests if test(arrow)), "text")
