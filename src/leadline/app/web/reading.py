"""What one request reads: one published generation, the ledger, the present instant; and a memory of what was computed.

The rule: a generation never changes, so what is computed from it is kept by its id, within a bound; nothing else is.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from leadline.app.web.wording.changes import Judge
from leadline.catalog import Catalog
from leadline.insights import targets
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import score
from leadline.store.entries import Batch, DefinitionVersion, Finding
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

VIEWER = "web"
"""Who asks: there are no accounts yet."""
PURPOSE = "a page"
T = TypeVar("T")


class Memory:
    """Keeps the results last asked for, by key; the oldest is forgotten first. Threads share one."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def recall(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Give what is kept under a key, or compute it. Two threads may compute the same; both get it right."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key]
                return found
        made = compute()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class Reading:
    """One request's view of the project."""

    published: Published
    ledger: Ledger
    memory: Memory
    now: datetime
    staging: Callable[[], Staging] | None = None

    @property
    def catalog(self) -> Catalog:
        """The definitions as they were published."""
        return self.published.catalog

    @property
    def zone(self) -> str:
        """The project's time zone."""
        return self.catalog.project.time_zone

    def scorecard(self, name: str, *, unit: str | None, period: date | None) -> ScorecardResult:
        """Score a scorecard; see `scorecards.tree.score`."""
        return self.once(
            ("scorecard", name, unit, period),
            lambda: score(self.published, name, viewer=VIEWER, unit=unit, period=period),
        )

    def figures(self, *queries: Query) -> list[list[Observation]]:
        """Answer queries, each as a list of observations."""
        return self.once(("figures", *map(_key, queries)), lambda: evaluate_many(self.published, queries))

    def findings(self) -> list[Finding]:
        """Give everything that the generation found, in its order."""

        def read() -> list[Finding]:
            with self.ledger.read() as reader:
                return reader.findings(self.published.generation.id)

        return self.once(("findings",), read)

    def judge(self) -> Judge:
        """Give what is known of changes."""

        def compute() -> Judge:
            about = {(f.metric, f.grain, f.period, f.unit, f.slice, f.kind): f for f in self.findings()}
            tested = {name: frozenset(targets.grains(self.catalog, name)) for name in self.catalog.metrics}
            covered = {name: days for name in self.catalog.metrics if (days := self.published.coverage(name))}
            return Judge(about, tested, covered)

        return self.once(("judge",), compute)

    def batches(self, source: str | None = None) -> list[Batch]:
        """Give every batch there ever was, of one source or of all; not kept, for it grows between refreshes."""
        with self.ledger.read() as reader:
            return reader.batches(source)

    def versions(self, kind: str, name: str) -> list[DefinitionVersion]:
        """Give every version of a definition up to the one that was published, the newest first."""
        current = self.published.versions.get((kind, name))
        with self.ledger.read() as reader:
            found = reader.versions(kind, name)
        return [v for v in reversed(found) if current is None or v.id <= current.id]

    def once(self, key: tuple[Hashable, ...], compute: Callable[[], T]) -> T:
        """Compute something of this generation, or give what was computed before under the same key."""
        return self.memory.recall((self.published.generation.id, self.published.marks.number, *key), compute)


def _key(query: Query) -> Hashable:
    asked = (query.metric, query.grain, query.by, query.unit, query.by_unit, query.since, query.until)
    return (*asked, tuple(sorted(query.where.items())))
