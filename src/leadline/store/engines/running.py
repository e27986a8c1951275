"""The statement that each thread is running, so that another thread can end it: Ctrl-C reaches the main thread only."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

import duckdb

_RUNNING: dict[int, duckdb.DuckDBPyConnection] = {}
_LOCK = threading.Lock()
"""Held while a cursor is interrupted, so that it is not closed meanwhile."""


@contextmanager
def running(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let this thread's statement be interrupted; one inside another takes its place until it ends."""
    thread = threading.get_ident()
    with _LOCK:
        outer = _RUNNING.get(thread)
        _RUNNING[thread] = cursor
    try:
        yield
    finally:
        with _LOCK:
            if outer is None:
                del _RUNNING[thread]
            else:
                _RUNNING[thread] = outer


def interrupt(threads: Collection[int]) -> None:
    """End the statements that these threads (by `threading.get_ident`) are running, if any; they raise StoreError."""
    with _LOCK:
        for thread in threads:
            if (cursor := _RUNNING.get(thread)) is not None:
                with suppress(duckdb.Error):
                    cursor.interrupt()
