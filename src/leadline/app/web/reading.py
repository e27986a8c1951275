"""What one request reads: one published generation, the ledger, the present instant; and a memory of what was computed.

The rule: a generation never changes, so what is computed from it is kept by its id, within a bound; nothing else is.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from leadline.app.bridging import Bridge
from leadline.app.personal import tell
from leadline.app.seen import ALL, tells
from leadline.app.web.wording.changes import Judge
from leadline.catalog import Catalog
from leadline.catalog.permissions import PERSONAL
from leadline.governance.access import Person, may, viewer
from leadline.governance.sealing import Seal
from leadline.insights import targets
from leadline.metrics.evaluate import evaluate_many
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.viewing import seen_by, sees
from leadline.scorecards.results import ScorecardResult
from leadline.scorecards.tree import EVERYTHING, score
from leadline.store.closings import Closing, Frozen
from leadline.store.entries import Batch, DefinitionVersion, Finding
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.staging import Staging

PURPOSE = "a page"
Bridges = Callable[[Closing, Frozen, Viewer], Bridge]
"""Gives why a figure of a closing is another one now, for a viewer."""
NOBODY = Person("nobody")
LATEST = datetime.max.replace(tzinfo=UTC)
"""By a clock that nobody gave, everything has ended."""
T = TypeVar("T")


class Memory:
    """Keeps the results last asked for, by key; the oldest is forgotten first. Threads share one."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.RLock] = {}

    def recall(
        self, key: Hashable, compute: Callable[[], T], good: Callable[[T], bool] = lambda _: True
    ) -> T:
        """Give what is kept under a key, or compute it; what is not `good` any more is computed anew.

        Threads that ask for the same wait for the first; where it fails, the next one tries.
        """
        with self._lock:
            found = self._found(key, good)
            making = self._making.setdefault(key, threading.RLock()) if found is None else None
        if making is None:
            return found[0]  # type: ignore[index]  # found
        with making:
            with self._lock:
                found = self._found(key, good)
            if found is not None:
                return found[0]
            try:
                made = compute()
                with self._lock:
                    self._kept[key] = made
                    self._kept.move_to_end(key)
                    while len(self._kept) > self._size:
                        self._kept.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made

    def _found(self, key: Hashable, good: Callable[[T], bool]) -> tuple[T] | None:
        if key not in self._kept or not good(self._kept[key]):
            return None
        self._kept.move_to_end(key)
        return (self._kept[key],)


@dataclass(frozen=True)
class Reading:
    """One request's view of the project."""

    published: Published
    ledger: Ledger
    memory: Memory
    instant: datetime
    """The present instant, by which figures are old or new; a page's content asks for it as `now`."""
    staging: Callable[[], Staging] | None = None
    person: Person = NOBODY
    """Who asks: the actor of what is written, and the viewer of every figure."""
    form_token: str = ""
    """What a form of this page must hold."""
    home: Home | None = None
    """Where what people attach is kept."""
    session: str = ""
    """By which session who asks is here; by none, where a token was shown."""
    seal: Seal = field(default_factory=Seal, repr=False)
    """Seals what of an account must be given back."""
    moment: datetime = LATEST
    """The present instant, by which sessions and grants end, whatever `instant` says of how old figures are."""

    times: list[datetime] | None = None
    """Takes note of whoever asks what time it is: such a page is not kept for long."""

    bridges: Bridges | None = None
    """Works out why a frozen figure moved, from the rows; None where pages are served without them."""

    @property
    def now(self) -> datetime:
        """The present instant."""
        if self.times is not None:
            self.times.append(self.instant)
        return self.instant

    @cached_property
    def viewer(self) -> Viewer:
        """What decides which figures are shown."""
        return viewer(self.person)

    @cached_property
    def seen_units(self) -> tuple[str, ...] | None:
        """The topmost units whose figures are shown; None where the whole company's are."""
        return seen_by(self.viewer, self.catalog)

    def may(self, permission: str, unit: str | None = None) -> bool:
        """Tell whether who asks may do something: anywhere, in a unit, or, where it shows persons, everywhere."""
        return may(self.person, permission, unit=unit, everywhere=permission in PERSONAL).allowed

    def tell(self, permission: str, what: str, *, purpose: str, subjects: int) -> None:
        """Write into the journal that personal data are shown: whose eyes, what, what for, of how many persons or rows.

        Raises:
            BusyError: it cannot be written now; then nothing may be shown.
        """
        tell(
            self.ledger, self.person.name, permission, what, purpose=purpose, subjects=subjects, hurried=True
        )

    @property
    def catalog(self) -> Catalog:
        """The definitions as they were published."""
        return self.published.catalog

    @property
    def zone(self) -> str:
        """The project's time zone."""
        return self.catalog.project.time_zone

    @property
    def tz(self) -> ZoneInfo:
        """The project's time zone, to reckon with."""
        return ZoneInfo(self.zone)

    def scorecard(
        self,
        name: str,
        *,
        unit: str | None,
        period: date | None,
        where: Mapping[str, str] = EVERYTHING,
        serving: bool = False,
    ) -> ScorecardResult:
        """Score a scorecard; see `scorecards.tree.score`."""
        return self.once(
            ("scorecard", name, unit, period, tuple(sorted(where.items())), serving),
            lambda: score(
                self.published,
                name,
                viewer=self.viewer,
                unit=unit,
                period=period,
                where=where,
                serving=serving,
            ),
        )

    def figures(self, *queries: Query) -> list[list[Observation]]:
        """Answer queries for who asks, whoever they name, each as a list of observations.

        Raises:
            QueryError: one of them is not for who asks to see.
        """
        asked = [replace(query, viewer=self.viewer) for query in queries]
        return self.once(("figures", *map(_key, asked)), lambda: evaluate_many(self.published, asked))

    def shown(self, *queries: Query) -> list[list[Observation]]:
        """Answer queries as `figures` does; those that are not for who asks to see have no observations."""
        open_ = [sees(self.published, replace(query, viewer=self.viewer)) for query in queries]
        found = iter(self.figures(*(query for query, may_ in zip(queries, open_, strict=True) if may_)))
        return [next(found) if may_ else [] for may_ in open_]

    def sees(self, metric: str, unit: str | None = None) -> bool:
        """Tell whether who asks may see a metric's figures, of a unit or of the whole company."""
        return metric in self.catalog.metrics and sees(
            self.published, Query(metric, self.viewer, PURPOSE, unit=unit)
        )

    def findings(self) -> list[Finding]:
        """Give everything that the generation found in figures that who asks may see, in its order."""

        def read() -> list[Finding]:
            with self.ledger.read() as reader:
                found = reader.findings(self.published.generation.id)
            return [one for one in found if tells(self.published, self.viewer, one)]

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
        """Compute something of this generation, or give what was computed before under the same key.

        What is kept is kept for those who see the same, and for nobody else.
        """
        state = (self.published.generation.id, self.published.marks.number)
        return self.memory.recall((*state, self._sight, *key), compute)

    @cached_property
    def rights(self) -> Hashable:
        """What tells apart those who may see and do different things: roles with their reach, and whom they are."""
        person = self.person
        held = tuple((one.role.name, repr(one)) for one in person.held)
        return self._sight, held, person.scopes, frozenset(person.attributes.items())

    @cached_property
    def _sight(self) -> Hashable:
        """What tells viewers apart: those who see everything are one."""
        return None if ALL in self.viewer.sights else frozenset(self.viewer.sights)


def _key(query: Query) -> Hashable:
    asked = (query.metric, query.grain, query.by, query.unit, query.by_unit, query.since, query.until)
    return (*asked, tuple(sorted(query.where.items())))
