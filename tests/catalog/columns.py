"""The columns over which expressions are tested, as scopes and as a DuckDB table with rows in it."""

import duckdb

from leadline.catalog.checker import Scope
from leadline.catalog.expressions import Expression, parse
from leadline.catalog.values import ValueType
from leadline.errors import ExpressionError

COLUMNS: dict[str, ValueType] = {
    "score": "integer",
    "amount": "number",
    "channel": "text",
    "customer": "text",
    "customer.tier": "text",
    "order": "text",
    "order.state": "text",
    "ticket": "text",
    "flag": "boolean",
    "day": "date",
    "started_at": "instant",
    "ended_at": "instant",
}

ROW = Scope(COLUMNS)
GROUP = Scope(COLUMNS, keys=frozenset({"ticket"}))
FILE = Scope(open_type="text", what="the file")

SQL_TYPES: dict[ValueType, set[str]] = {
    "text": {"VARCHAR"},
    "integer": {"BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "instant": {"TIMESTAMP WITH TIME ZONE"},
    "local": {"TIMESTAMP", "DATE"},
    "interval": {"INTERVAL"},
}


def read(text: str, where: str = "row") -> Expression:
    """Parse an expression as it is read in a metric (row), a derived fact (group) or a source (file)."""
    if where == "file":
        return parse(text, FILE, mapping=True)
    return parse(text, GROUP if where == "group" else ROW, aggregates=where == "group")


def outcome(text: str, where: str) -> Expression | ExpressionError:
    """Give the expression, or why it is refused."""
    try:
        return read(text, where)
    except ExpressionError as refused:
        return refused


def table() -> duckdb.DuckDBPyConnection:
    """Give a connection with a table `f` of the columns, and what references lead to, with odd rows in it."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        """
        CREATE TABLE f AS SELECT * FROM (VALUES
            (1::BIGINT, 0.5::DOUBLE, 'phone', 'c1', 'o1', 't1', true, DATE '2026-01-31',
             TIMESTAMPTZ '2026-01-31 23:30:00+00', TIMESTAMPTZ '2026-02-01 00:30:00+00'),
            (9, 2.5, 'a-b', 'c2', 'o2', 't1', false, DATE '2024-02-29',
             TIMESTAMPTZ '2026-03-29 01:00:00+00', TIMESTAMPTZ '2026-03-29 01:00:00+00'),
            (NULL, NULL, NULL, NULL, NULL, 't2', NULL, NULL, NULL, NULL)
        ) AS t(score, amount, channel, customer, "order", ticket, flag, day, started_at, ended_at)
        """
    )
    connection.execute("CREATE TABLE customer AS SELECT 'c1' AS key, 'gold' AS tier")
    connection.execute("CREATE TABLE \"order\" AS SELECT 'o1' AS key, 'new' AS state")
    return connection


FROM = """FROM f
    LEFT JOIN customer ON customer.key = f.customer
    LEFT JOIN "order" ON "order".key = f."order" """
