"""PostgreSQL's register of what Leadline keeps there: which table holds which relation or published table.

One schema per project. A name of any length stands in the register; tables have short names of their own.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

from leadline.errors import StoreError
from leadline.store.engine import Relation, ValueType
from leadline.store.engines.connections import Connections
from leadline.store.engines.dialects.postgres import short
from leadline.store.engines.names import missing, published_already, retracted, written_already

PREPARING = 7233163911402211
"""Any number: what is locked while one process makes the register."""

TABLES = (
    "CREATE SCHEMA IF NOT EXISTS {schema}",
    (
        "CREATE TABLE IF NOT EXISTS {schema}.relation (space text, name text, key text, stored text NOT NULL UNIQUE, "
        "columns jsonb NOT NULL, PRIMARY KEY (space, name, key))"
    ),
    "CREATE TABLE IF NOT EXISTS {schema}.owner (ledger text, one boolean PRIMARY KEY DEFAULT true CHECK (one))",
    "CREATE TABLE IF NOT EXISTS {schema}.publication (name text PRIMARY KEY)",
    (
        "CREATE TABLE IF NOT EXISTS {schema}.published (name text REFERENCES {schema}.publication ON DELETE CASCADE, "
        '"table" text, stored text NOT NULL UNIQUE, columns jsonb NOT NULL, PRIMARY KEY (name, "table"))'
    ),
)
OWN = ("owner", "relation", "publication", "published")

Columns = Mapping[str, ValueType]


@dataclass(frozen=True, slots=True)
class Stored:
    """A table at rest: its own short name, and its columns."""

    table: str
    columns: Columns


def table_name(*words: str) -> str:
    """Name a table after what it holds, so that a person may guess it and two never share one."""
    readable = re.sub("[^a-z0-9_]", "_", "_".join(words[:2]).lower())[:40]
    return f"{readable}_{hashlib.sha256(chr(0).join(words).encode()).hexdigest()[:20]}"


class Register:
    """What is at rest in one schema. What was read of it is remembered: nothing there changes, it only goes."""

    def __init__(self, connections: Connections, project: str) -> None:
        self.schema = short(f"leadline_{project}")
        self._connections = connections
        self._relations: dict[Relation, Stored] = {}
        self._published: dict[str, dict[str, Stored]] = {}
        self._lock = threading.Lock()
        self._prepare()

    def sql(self, template: str, **names: str) -> Composed:
        """Give a statement with the schema's name and others filled in, quoted."""
        made = {key: Identifier(name) for key, name in names.items()}
        return SQL(template).format(schema=Identifier(self.schema), **made)

    def _prepare(self) -> None:
        """Make the register where it is missing; of several processes one does it and the others wait."""
        known = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s)"
        with self._connections.transaction() as connection:
            if _one(connection.execute(known, [self.schema, list(OWN)])) == len(OWN):
                return
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARING])
            for statement in TABLES:
                connection.execute(self.sql(statement))

    def owner(self, ledger: str) -> str | None:
        """Give the ledger that the schema belongs to: the one named, if it was nobody's. No name asks only."""
        insert = self.sql(
            "INSERT INTO {schema}.owner (ledger) SELECT %s WHERE %s <> '' ON CONFLICT DO NOTHING"
        )
        with self._connections.transaction() as connection:
            connection.execute(insert, [ledger, ledger])
            found = connection.execute(self.sql("SELECT ledger FROM {schema}.owner")).fetchone()
        return found[0] if found else None

    def add(self, connection: psycopg.Connection, relation: Relation, columns: Columns) -> str:
        """Enter a relation; give the name that its table shall have. Two writers of one relation wait here."""
        stored = table_name(relation.space, relation.name, relation.key)
        insert = self.sql("INSERT INTO {schema}.relation VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING")
        row = [relation.space, relation.name, relation.key, stored, _json(columns)]
        if connection.execute(insert, row).rowcount != 1:
            raise written_already(relation)
        return stored

    def add_publication(self, connection: psycopg.Connection, name: str) -> None:
        """Enter a publication."""
        insert = self.sql("INSERT INTO {schema}.publication VALUES (%s) ON CONFLICT DO NOTHING")
        if connection.execute(insert, [name]).rowcount != 1:
            raise published_already(name)

    def add_published(self, connection: psycopg.Connection, name: str, table: str, columns: Columns) -> str:
        """Enter a published table; give the name that it shall have."""
        stored = table_name("published", table, name)
        insert = self.sql("INSERT INTO {schema}.published VALUES (%s, %s, %s, %s)")
        connection.execute(insert, [name, table, stored, _json(columns)])
        return stored

    def relation(self, relation: Relation) -> Stored:
        """Find a relation. Raises StoreError when it is not there."""
        return self.relations_of([relation])[0]

    def relations_of(self, relations: Sequence[Relation]) -> list[Stored]:
        """Find relations, all in one statement. Raises StoreError for the first that is not there."""
        unknown = [r for r in relations if r not in self._relations]
        if unknown:
            query = self.sql(
                "SELECT r.space, r.name, r.key, r.stored, r.columns FROM {schema}.relation AS r JOIN "
                "unnest(%s::text[], %s::text[], %s::text[]) AS w(space, name, key) USING (space, name, key)"
            )
            wanted = [[r.space for r in unknown], [r.name for r in unknown], [r.key for r in unknown]]
            for space, name, key, stored, columns in self._read(query, wanted):
                self._relations[Relation(space, name, key)] = Stored(stored, dict(columns))
        for relation in relations:
            if relation not in self._relations:
                raise missing(relation)
        return [self._relations[relation] for relation in relations]

    def has(self, relation: Relation) -> bool:
        """Tell whether a relation is at rest."""
        query = self.sql("SELECT 1 FROM {schema}.relation WHERE space = %s AND name = %s AND key = %s")
        return bool(self._read(query, [relation.space, relation.name, relation.key]))

    def relations(self) -> Iterator[Relation]:
        """Give every relation."""
        query = self.sql("SELECT space, name, key FROM {schema}.relation ORDER BY 1, 2, 3")
        for space, name, key in self._read(query, []):
            yield Relation(space, name, key)

    def published(self, name: str) -> Mapping[str, Stored]:
        """Find the tables of a publication. Raises StoreError when it is not there."""
        if name not in self._published:
            query = self.sql(
                'SELECT t."table", t.stored, t.columns FROM {schema}.publication AS p '
                "LEFT JOIN {schema}.published AS t USING (name) WHERE name = %s"
            )
            rows = self._read(query, [name])
            if not rows:
                raise retracted(name)
            found = {table: Stored(stored, dict(columns)) for table, stored, columns in rows if stored}
            self._published[name] = found
        return self._published[name]

    def publications(self) -> list[str]:
        """Name every publication."""
        return [
            name for (name,) in self._read(self.sql("SELECT name FROM {schema}.publication ORDER BY 1"), [])
        ]

    def remove(self, relation: Relation) -> list[str]:
        """Take a relation out of the register; name the tables that may be dropped."""
        self._relations.pop(relation, None)
        statement = (
            "DELETE FROM {schema}.relation WHERE space = %s AND name = %s AND key = %s RETURNING stored"
        )
        return self._deleted(statement, [relation.space, relation.name, relation.key])

    def remove_publication(self, name: str) -> list[str]:
        """Take a publication out of the register; name the tables that may be dropped."""
        self._published.pop(name, None)
        tables = self._deleted("DELETE FROM {schema}.published WHERE name = %s RETURNING stored", [name])
        self._deleted("DELETE FROM {schema}.publication WHERE name = %s RETURNING name", [name])
        return tables

    def unnamed(self) -> list[str]:
        """Name the tables that the register does not name: their drop had to wait, or its process was killed."""
        query = self.sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL(%s) EXCEPT "
            "(SELECT stored FROM {schema}.relation UNION ALL SELECT stored FROM {schema}.published)"
        )
        return [name for (name,) in self._read(query, [self.schema, list(OWN)])]

    def _deleted(self, statement: str, values: list[Any]) -> list[str]:
        with self._connections.transaction() as connection:
            return [name for (name,) in connection.execute(self.sql(statement), values).fetchall()]

    def _read(self, query: Composed, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._connections.transaction(reading=True) as connection:
            return connection.execute(query, values).fetchall()


def _json(columns: Columns) -> Jsonb:
    """A list of pairs: JSON objects of PostgreSQL forget their order."""
    return Jsonb([list(pair) for pair in columns.items()])


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise StoreError("The warehouse gave no answer.", code="store-engine")
    return row[0]
