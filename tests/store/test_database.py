"""The ledger's schema comes up by itself, once, whoever opens it first; and its address stays a secret."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store import records
from leadline.store.database import SCHEMA, Database
from leadline.store.ledger import Ledger
from leadline.store.migrations import configuration
from tests.store.entries import batch

OPEN = textwrap.dedent("""
    import sys
    from datetime import UTC, datetime
    from leadline.clock import FixedClock
    from leadline.store.ledger import Ledger

    sys.stdin.readline()
    ledger = Ledger(sys.argv[1], FixedClock(datetime(2026, 3, 1, tzinfo=UTC)))
    with ledger.write(actor=sys.argv[2]) as writer:
        writer.note("open", "ledger")
    ledger.close()
""")


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_the_migrations_give_the_tables_that_the_code_expects(connection: sa.Connection) -> None:
    command.check(configuration(connection))


def test_a_table_that_the_migrations_lack_is_noticed(connection: sa.Connection) -> None:
    """The check above can fail."""
    forgotten = sa.Table("forgotten", records.metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        with pytest.raises(CommandError, match="forgotten"):
            command.check(configuration(connection))
    finally:
        records.metadata.remove(forgotten)


def test_the_schema_named_in_the_code_is_the_newest_migration(connection: sa.Connection) -> None:
    assert ScriptDirectory.from_config(configuration(connection)).get_heads() == [SCHEMA]


def test_migrations_go_down_and_up_again(
    connection: sa.Connection, ledger_url: str, clock: FixedClock
) -> None:
    command.downgrade(configuration(connection), "base")
    connection.commit()
    assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    connection.commit()
    again = Ledger(ledger_url, clock)
    with again.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
    again.close()


@pytest.mark.thorough
def test_processes_that_start_at_once_bring_the_schema_up_once(new_url: str, clock: FixedClock) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN, new_url]
    started = [
        subprocess.Popen([*command, f"process {n}"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    for process in started:  # all have imported and wait for this line
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4
    assert [process.returncode for process in started] == [0] * 4
    ledger = Ledger(new_url, clock)
    with ledger.read() as reader:
        assert sorted(row.actor for row in reader.journal()) == [f"process {n}" for n in range(4)]
    ledger.close()


def test_a_reader_can_write_nothing(ledger: Ledger) -> None:
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
    for statement in (
        "DELETE FROM batch",
        "UPDATE batch SET file_mtime_ns = 1",
        "CREATE TABLE x (i INTEGER)",
    ):
        with pytest.raises(StoreError, match=r"may write|read-only"), ledger.read() as reader:
            reader._connection.execute(sa.text(statement))


def test_a_writer_is_alone(
    ledger_url: str, ledger: Ledger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.store.database.PATIENCE", 0.2)
    other = Ledger(ledger_url, clock)
    with ledger.write(actor="ann") as writer:
        writer.record_batch(batch("b1"))
        with pytest.raises(StoreError) as busy, other.write(actor="bob"):
            pass
    assert busy.value.code == "busy"
    with other.write(actor="bob") as writer:
        assert [b.id for b in writer.batches()] == ["b1"]
    other.close()


def test_a_ledger_of_a_newer_leadline_is_left_alone(
    connection: sa.Connection, ledger_url: str, clock: FixedClock
) -> None:
    connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    connection.commit()
    with pytest.raises(StoreError, match="newer version of Leadline") as newer:
        Ledger(ledger_url, clock)
    assert newer.value.code == "ledger-newer"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger.sqlite",
        "mysql://ann:hush@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://ann:hush@host",
    ],
)
def test_an_address_that_cannot_be_a_ledger_is_refused_without_showing_it(
    url: str, clock: FixedClock
) -> None:
    with pytest.raises(StoreError) as refused:
        Ledger(url, clock)
    assert refused.value.code == "ledger-url"
    assert refused.value.hint
    assert "hush" not in str(refused.value)


def test_a_server_that_does_not_answer_is_an_error_without_secrets(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(StoreError) as silent:
        Ledger(f"postgresql://ann:hush@/db?host={tmp_path}", clock)
    assert "hush" not in str(silent.value)
    assert silent.value.code.startswith("ledger")


def test_a_file_that_is_no_ledger_is_an_error(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, whatever its name is " * 50)
    with pytest.raises(StoreError, match="not a database"):
        Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", clock)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(StoreError) as nowhere:
        Ledger(f"sqlite:///{tmp_path}/nowhere/ledger.sqlite", clock)
    assert nowhere.value.code == "ledger-file"


@pytest.mark.thorough
def test_opening_a_ledger_again_does_not_load_alembic(tmp_path: Path, clock: FixedClock) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    Ledger(url, clock).close()
    probe = f"{OPEN}\nassert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", probe, url, "ann"], input="go\n", text=True, check=True)


def test_threads_share_a_database(ledger_url: str, ledger: Ledger) -> None:
    def write(n: int) -> None:
        with ledger.write(actor=f"thread {n}") as writer:
            writer.note("look", "somewhere")
        with ledger.read() as reader:
            assert reader.journal()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    with ledger.read() as reader:
        assert sorted(row.seq for row in reader.journal()) == list(range(1, 25))
    database = Database(ledger_url)
    database.close()
    database.close()
