"""Triggers that make the database itself keep what the ledger promises: rows stay, and the journal is one chain.

They stop mistakes and lazy hands. Who may drop a trigger can still tamper; `journal.verify` finds that.
"""

from collections.abc import Mapping, Sequence

from alembic import op

SQLITE_KEEP = """
CREATE TRIGGER {name} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END
"""
SQLITE_CHAIN = """
CREATE TRIGGER {table}_follows BEFORE INSERT ON {table}
WHEN NEW.seq <> coalesce((SELECT max(seq) FROM {table}), 0) + 1
  OR NEW.previous_hash <> coalesce((SELECT hash FROM {table} ORDER BY seq DESC LIMIT 1), '')
BEGIN SELECT RAISE(ABORT, 'a row of {table} must follow the last one'); END
"""
POSTGRESQL_KEEP = """
CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH {each} EXECUTE FUNCTION leadline_keep()
"""
POSTGRESQL_FUNCTIONS = (
    """
CREATE FUNCTION leadline_keep() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION USING MESSAGE = ''rows of '' || TG_TABLE_NAME || '' are never changed or deleted''; END'
""",
    """
CREATE FUNCTION leadline_follow() RETURNS trigger LANGUAGE plpgsql AS
'DECLARE last record;
BEGIN
  SELECT seq, hash INTO last FROM {table} ORDER BY seq DESC LIMIT 1;
  IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.previous_hash <> coalesce(last.hash, '''') THEN
    RAISE EXCEPTION USING MESSAGE = ''a row of {table} must follow the last one'';
  END IF;
  RETURN NEW;
END'
""",
    """
CREATE TRIGGER {table}_follows BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION leadline_follow()
""",
)


def guard(
    kept: Sequence[str], *, changing: Mapping[str, str] | None = None, chain: str | None = None
) -> None:
    """Refuse changes and deletions in the tables `kept`, and disorder in `chain`.

    changing: tables of which some columns may change; the value lists those that may not.
    chain: the journal's table, for the first migration; later ones call the functions that it made.
    """
    changing = changing or {}
    rules = [(table, verb, "ROW") for table in kept for verb in ("UPDATE", "DELETE")]
    rules += [(table, "DELETE", "ROW") for table in changing]
    rules += [(table, f"UPDATE OF {columns}", "ROW") for table, columns in changing.items()]
    if not _is_sqlite():
        rules += [(table, "TRUNCATE", "STATEMENT") for table in (*kept, *changing)]
    if chain is not None:
        for text in (SQLITE_CHAIN,) if _is_sqlite() else POSTGRESQL_FUNCTIONS:
            _run(text, table=chain)
    for table, verb, each in rules:
        text = SQLITE_KEEP if _is_sqlite() else POSTGRESQL_KEEP
        _run(text, table=table, verb=verb, each=each, name=f"{table}_keeps_{verb.partition(' ')[0].lower()}")


def unguard(tables: Sequence[str], *, chain: str | None = None) -> None:
    """Remove the triggers of the tables and, with the journal's, the functions they call."""
    for table in tables:
        for verb in ("update", "delete") if _is_sqlite() else ("update", "delete", "truncate"):
            _drop(f"{table}_keeps_{verb}", table)
    if chain is None:
        return
    _drop(f"{chain}_follows", chain)
    if not _is_sqlite():
        for function in ("leadline_keep", "leadline_follow"):
            _run("DROP FUNCTION {function}()", function=function)


def _drop(name: str, table: str) -> None:
    """Remove a trigger."""
    _run(
        "DROP TRIGGER {name}" if _is_sqlite() else "DROP TRIGGER {name} ON {table}",
        name=name,
        table=table,
    )


def _run(text: str, **names: str) -> None:
    """Run a statement about the database's own structure; the names are constants of this package."""
    op.execute(text.strip().format(**names))


def _is_sqlite() -> bool:
    """Tell which of the two dialects of triggers to speak."""
    return op.get_bind().dialect.name == "sqlite"
