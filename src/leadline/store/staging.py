"""A private place to work on rows before they are at rest: ingest maps and checks there.

What runs in it can read no file and write none: expressions from a project meet nothing but the rows loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlglot import exp

from leadline.settings import Settings
from leadline.store.engines.running import interrupt
from leadline.store.engines.session import Session
from leadline.store.engines.statements import create_table, drop_table, render, table
from leadline.store.home import Home

__all__ = ["Staging", "interrupt"]


class Staging:
    """Tables that are gone on exit: in a file of their own, so that they may be larger than memory, unless `large` is
    false; then in memory, which is two to three times as fast. Of `share` that are open together each takes its part
    of the machine."""

    def __init__(self, home: Path, settings: Settings, *, large: bool = True, share: int = 1) -> None:
        self._session = Session(Home(home.resolve()), settings, large=large, share=share)
        self._rendered: dict[tuple[int, str, str], tuple[exp.Query, str]] = {}
        self._begun: set[str] = set()

    def load(self, name: str, rows: pa.RecordBatchReader) -> int:
        """Make a table of rows; give their number. What the reader itself raises leaves as it is.

        Raises:
            StoreError: the table exists, or two columns differ in letter case only.
        """
        self._begun.add(name)
        return self._session.pour(rows, lambda query: create_table(table(name), query))

    def transform(self, name: str, rows: pa.RecordBatchReader, query: exp.Query, incoming: str) -> int:
        """Make a table of what a query makes of rows as they pass by; give its number of rows.

        The query reads the rows as table `incoming`, once; they are kept nowhere else. What the reader itself raises
        leaves as it is. A query given again (the same object) is not rendered again.
        """

        def statement(passing: exp.Query) -> str:
            known, text = self._rendered.get((id(query), name, incoming), (query, ""))
            if text and known is query:
                return text
            whole = query.copy()
            for place in list(whole.find_all(exp.Table)):
                if place.name == incoming:
                    place.replace(passing.subquery(place.alias_or_name))
            text = render(create_table(table(name), whole, copy=False), copy=False)
            self._rendered[id(query), name, incoming] = (query, text)
            return text

        self._begun.add(name)
        return self._session.pour(rows, statement)

    def create(self, name: str, query: exp.Query) -> int:
        """Make a table of a query's rows; give their number."""
        self._begun.add(name)
        return self._session.run(create_table(table(name), query))

    def drop(self, name: str) -> None:
        """Remove a table; removing what is not there is no error, and what was never made costs nothing."""
        if name in self._begun:
            self._session.run(drop_table(table(name)))
            self._begun.discard(name)

    def read(self, query: exp.Query) -> pa.Table:
        """Run a query; decimals come as 64-bit integers or, with a fraction, floats; instants in UTC."""
        return self._session.read(query)

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Run a query and give its rows batch by batch; read it to its end, as `Engine.write` does."""
        return self._session.stream(query)

    @contextmanager
    def lent(self) -> Iterator[object]:
        """Lend a connection to this place to a library that wants DuckDB itself (store/linkage.py alone)."""
        with self._session.lent() as connection:
            yield connection

    def close(self) -> None:
        """Let go of everything."""
        self._session.close()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of everything."""
        self.close()
