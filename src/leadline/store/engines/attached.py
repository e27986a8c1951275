"""Which publications a session has open: attached when first asked for, let go when others are newer.

A query leases the publications it names while it runs, so that none is detached under it. What tables one holds is
read once and remembered: publications never change.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leadline.store.engines.names import retracted
from leadline.store.engines.session import Session
from leadline.store.engines.statements import attach, columns_of, detach

PREFIX = "published_"
KEPT_OPEN = 64
"""Five years of monthly publications. Opening one takes a millisecond; an idle one costs a file handle."""

Tables = Mapping[str, Mapping[str, str]]
"""The columns of each table, with the engine's own type of each, in order."""


def catalog_of(generation: str) -> str:
    """Give the name under which a generation's tables are addressed in a query."""
    return PREFIX + generation


class Attached:
    """The generations that one session has open, oldest use first."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._lock = threading.Lock()
        self._open: dict[str, None] = {}
        self._leases: Counter[str] = Counter()
        self._known: dict[str, Tables] = {}

    def tables(self, names: Sequence[str]) -> list[Tables]:
        """Give the tables of each publication."""
        unknown = {catalog_of(name): name for name in names if name not in self._known}
        if unknown:
            with self.using(unknown):
                found = self.read(list(unknown))
            self._known |= {name: found[catalog] for catalog, name in unknown.items()}
        return [self._known[name] for name in names]

    def learn(self, generation: str, tables: Tables) -> None:
        """Remember what tables a generation holds, which this session wrote."""
        self._known[generation] = tables

    def read(self, catalogs: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
        """Read what tables databases hold that are attached now."""
        found: dict[str, dict[str, dict[str, str]]] = {catalog: {} for catalog in catalogs}
        rows = self._session.read(
            columns_of(catalogs)
        )  # thousands: one list for each column, not a dict for each row
        for catalog, table, column, kind in zip(*(part.to_pylist() for part in rows.columns), strict=True):
            found[catalog].setdefault(table, {})[column] = kind
        return found

    def file(self, generation: str) -> Path:
        """Give the file of a generation."""
        return self._folder / f"{generation}.duckdb"

    def named(self, catalogs: Iterable[str]) -> list[str]:
        """Give the generations among the names of attached databases."""
        return sorted({c.removeprefix(PREFIX) for c in catalogs if c.startswith(PREFIX)})

    @contextmanager
    def using(self, catalogs: Iterable[str]) -> Iterator[None]:
        """Keep the generations among `catalogs` open for the length of the context."""
        with self.leasing(self.named(catalogs)):
            yield

    @contextmanager
    def leasing(self, generations: Iterable[str]) -> Iterator[None]:
        """Keep generations open for the length of the context."""
        leased: list[str] = []
        try:
            for generation in generations:
                self._lease(generation)
                leased.append(generation)
            yield
        finally:
            with self._lock:
                self._leases.subtract(leased)
                self._let_go_of_oldest()

    def forget(self, generation: str) -> None:
        """Detach a generation unless a query is using it."""
        self._known.pop(generation, None)
        with self._lock:
            if generation in self._open and not self._leases[generation]:
                self._detach(generation)

    def _lease(self, generation: str) -> None:
        """Open a generation if it is not open yet, and count one more user."""
        with self._lock:
            if generation not in self._open:
                file = self.file(generation)
                if not file.is_file():
                    raise retracted(generation)
                self._session.run(attach(file, catalog_of(generation), read_only=True))
            self._open.pop(generation, None)
            self._open[generation] = None
            self._leases[generation] += 1

    def _let_go_of_oldest(self) -> None:
        """Detach what nobody uses, oldest use first, until few enough are open."""
        idle = [g for g in self._open if not self._leases[g]]
        for generation in idle[: max(0, len(self._open) - KEPT_OPEN)]:
            self._detach(generation)

    def _detach(self, generation: str) -> None:
        """Close a generation's file."""
        self._session.run(detach(catalog_of(generation)))
        del self._open[generation]
        del self._leases[generation]
