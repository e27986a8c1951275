"""One private DuckDB, fenced in: it reads and writes files in the allowed folders only, or in none.

Every call uses a cursor of its own, so threads share a session; results are drained before a call returns (a stream,
when it is read to its end); what the driver raises leaves as StoreError.
"""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from leadline.errors import LeadlineError, StoreError
from leadline.settings import Settings
from leadline.store.engines.names import refuse_twins
from leadline.store.engines.running import running
from leadline.store.engines.statements import render, setting, table
from leadline.store.home import Home

Result = TypeVar("Result")
INCOMING = "incoming"
BATCH_ROWS = 100_000
RESERVE = 256 * 2**20
"""Bytes of the disk that loading rows leaves free, for the ledger above all."""


class Session:
    """A DuckDB that is gone on close; its tables stand in memory, or if `large`, in a file of its own.

    It is one of `share` that work side by side, and takes of the machine what is left to each.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        allowed: Sequence[Path] = (),
        large: bool = False,
        share: int = 1,
    ) -> None:
        self._opening = threading.Lock()
        with failing("The warehouse cannot be opened"), ExitStack() as opening:
            self._spill = home.spill()
            opening.callback(self._spill.close)
            own = str(self._spill.folder / "tables.duckdb") if large else ":memory:"
            self._connection = opening.enter_context(duckdb.connect(own))
            self._fence(settings, allowed, share)
            self._closing = opening.pop_all()

    def run(self, tree: exp.Expr) -> int:
        """Run a statement, which is used up; give the number it reports (rows written), or 0."""
        text = render(tree, copy=False)
        with failing("The statement cannot be run"), self._cursor() as cursor:
            return _reported(heeding(cursor, lambda: cursor.execute(text).fetchall()))

    def run_each(self, texts: Iterator[str]) -> None:
        """Run statements one after the other; the main thread makes the next one while one runs."""
        with failing("The statement cannot be run"), self._cursor() as cursor, Ahead(cursor) as ahead:
            for text in texts:
                ahead.run(text)

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query; decimals, which sums of integers are, come as integers or, with a fraction, as numbers."""
        return self.read_text(render(query))

    def read_text(self, text: str) -> pa.Table:
        """Run a query that was rendered before."""
        with failing("The query cannot be run"), self._cursor() as cursor:
            rows = heeding(cursor, lambda: cursor.sql(text).to_arrow_table())
            wanted = _without_decimals(rows.schema)
            return rows if rows.schema.equals(wanted) else rows.cast(wanted)

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; read it to its end, for it holds a cursor."""
        return self.stream_text(render(query))

    def stream_text(self, text: str) -> pa.RecordBatchReader:
        """Give the rows of a query that was rendered before."""
        with failing("The query cannot be run"), ExitStack() as opening:
            cursor = opening.enter_context(self._cursor())
            rows = heeding(cursor, lambda: cursor.sql(text).to_arrow_reader(BATCH_ROWS))
            reading = opening.pop_all()
        schema = _without_decimals(rows.schema)

        def batches() -> Iterator[pa.RecordBatch]:
            with failing("The query cannot be run"), reading:
                for batch in rows:
                    yield batch.cast(schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def pour(self, rows: pa.RecordBatchReader, statement: Callable[[exp.Query], exp.Expr | str]) -> int:
        """Run the statement made from a query that gives `rows` (a tree, or one rendered before); give the number it
        reports.

        What the rows' own reader raises leaves as it is.
        """
        refuse_twins(rows.schema.names)
        raised: list[BaseException] = []

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for batch in rows:
                    self._leave_room()
                    yield batch
            except BaseException as error:
                raised.append(error)
                raise

        made = statement(exp.select("*").from_(table(INCOMING)))
        text = made if isinstance(made, str) else render(made)
        try:
            with failing("The rows cannot be written"), self._cursor() as cursor:
                cursor.register(INCOMING, pa.RecordBatchReader.from_batches(rows.schema, batches()))
                try:
                    return _reported(heeding(cursor, lambda: cursor.execute(text).fetchall()))
                finally:
                    cursor.unregister(INCOMING)
        except StoreError:
            if raised:
                raise raised[0] from None
            raise

    def types(self, query: exp.Query) -> dict[str, str]:
        """Give the engine's own type of every column of a query."""
        text = render(exp.Describe(this=query))
        query.pop()
        with failing("The query cannot be run"), self._cursor() as cursor:
            return {name: kind for name, kind, *_ in cursor.execute(text).fetchall()}

    @contextmanager
    def lent(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a cursor; what the driver raises meanwhile leaves as StoreError."""
        with failing("The work on the rows cannot be done"), self._cursor() as cursor, running(cursor):
            yield cursor

    def close(self) -> None:
        """Let go of the database and of what it spilled."""
        self._closing.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor for one call."""
        with self._opening:
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _leave_room(self) -> None:
        """Stop before the disk is full: nothing in DuckDB bounds a file of tables, as it bounds what spills."""
        if shutil.disk_usage(self._spill.folder).free < RESERVE:
            raise StoreError(
                f"The disk of {self._spill.folder.parent} is full but for {RESERVE // 2**20} MB.",
                code="store-memory",
                hint="Free some disk space, and run it again.",
            )

    def _fence(self, settings: Settings, allowed: Sequence[Path], share: int) -> None:
        """Set the limits, shut the doors, and lock both: in this order, for a locked door cannot be moved."""
        free = shutil.disk_usage(self._spill.folder).free
        memory = settings.memory_limit or f"{_machine_memory() * 4 // 10 // 2**20}MiB"
        spilled = settings.max_temp_directory_size or f"{free // 2 // 2**20}MiB"
        threads = settings.threads or (os.cpu_count() or 1 if share > 1 else None)
        given: dict[str, str | bool | list[str]] = {
            "memory_limit": _part(memory, share),
            "temp_directory": str(self._spill.folder),
            "max_temp_directory_size": _part(spilled, share),
            "threads": str(max(1, threads // share)) if threads else "",
            "TimeZone": "UTC",
            "allowed_directories": [f"{folder}/" for folder in allowed],
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_access": False,
            "lock_configuration": True,
        }
        for name, value in given.items():
            if value not in ("", []):
                self._connection.execute(render(setting(name, value))).fetchall()


def heeding(cursor: duckdb.DuckDBPyConnection, work: Callable[[], Result]) -> Result:
    """Do work with a cursor so that Ctrl-C ends it at once: DuckDB itself may not look before the query is done.

    The main thread, to which Python gives signals, only waits; another thread works. What other threads run, the main
    thread can end by `interrupt`.
    """
    if threading.current_thread() is not threading.main_thread():
        with running(cursor):
            return work()
    done = _worker().submit(work)
    try:
        return done.result()
    except KeyboardInterrupt:
        _end(cursor, done)
        raise


class Ahead:
    """Runs statements with one cursor, each while its user makes the next; on leaving, the last one has ended."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._last: Future[object] | None = None

    def run(self, text: str) -> None:
        """Begin a statement when the one before it has ended."""
        if threading.current_thread() is not threading.main_thread():
            heeding(self._cursor, lambda: self._cursor.execute(text).fetchall())
            return
        self._settle()
        self._last = _worker().submit(lambda: self._cursor.execute(text).fetchall())

    def _settle(self) -> None:
        if self._last is not None:
            self._last.result()
            self._last = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Wait for the last statement; end it, where what was to follow cannot."""
        try:
            if error is None:
                self._settle()
        finally:
            _end(self._cursor, self._last)


def _end(cursor: duckdb.DuckDBPyConnection, doing: Future[Any] | None) -> None:
    """Interrupt a statement until it has ended: it may not have begun."""
    while doing is not None and not doing.done():
        cursor.interrupt()
        wait([doing], timeout=0.1)


@cache
def _worker() -> ThreadPoolExecutor:
    """The one thread that works for the main thread; to begin one for each statement takes a millisecond."""
    return ThreadPoolExecutor(1, thread_name_prefix="leadline-statement")


os.register_at_fork(after_in_child=_worker.cache_clear)  # threads do not come along


@contextmanager
def failing(doing: str) -> Iterator[None]:
    """Turn what the driver raises into a StoreError that says what was being done."""
    try:
        yield
    except LeadlineError:
        raise
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"{doing}: {_first_line(error)}.",
            code="store-memory",
            hint="Give it more with LEADLINE_MEMORY_LIMIT or LEADLINE_MAX_TEMP_DIRECTORY_SIZE, or free disk space.",
        ) from error
    except duckdb.InterruptException as error:
        raise StoreError(f"{doing}: it was interrupted.", code="store-interrupted") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise StoreError(f"{doing}: {_first_line(error)}.", code="store-engine") from error


def _first_line(error: BaseException) -> str:
    """Give the first line of a driver's message, without its full stop."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _reported(rows: list[tuple[object, ...]]) -> int:
    """Give the number of rows that a statement reports to have written."""
    number = rows[0][0] if rows and rows[0] else 0
    return number if isinstance(number, int) else 0


def _without_decimals(schema: pa.Schema) -> pa.Schema:
    """Give the schema with 64-bit integers and floats in place of decimals."""
    plain = [
        f.with_type(pa.int64() if f.type.scale == 0 else pa.float64()) if pa.types.is_decimal(f.type) else f
        for f in schema
    ]
    return pa.schema(plain)


def _part(size: str, share: int) -> str:
    """Give one of `share` parts of a size such as 2GB; what is written otherwise, DuckDB may judge."""
    written = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", size) if share > 1 else None
    return f"{float(written[1]) / share:.3f}{written[2]}" if written else size


def _machine_memory() -> int:
    """Give the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
