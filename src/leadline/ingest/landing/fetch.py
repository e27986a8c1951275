"""Fetching: each source's records land, one source after another; one that fails is told and the others go on.

The caller holds the project's writing lock. A kill at any moment loses the pages since the last commit, which are
fetched again; nothing is loaded here.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from leadline.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.clock import Clock
from leadline.errors import LeadlineError, SourceError, suggest
from leadline.ingest.landing.asked import Asked
from leadline.ingest.landing.connectors import connector
from leadline.ingest.landing.manifest import landed_folder, read_manifest
from leadline.ingest.landing.page import Heed, Page
from leadline.ingest.landing.session import Landing, origin_of
from leadline.ingest.landing.tombstones import Tombstones
from leadline.secret import Secrets, redacted
from leadline.store.home import Home
from leadline.store.staging import Staging

Told = Callable[[str, int, int, int], None]
"""Told the source at hand, which it is, of how many, and how many of its records have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one source. `records` came; of them `new` and `changed` count now, and `gone` do not any more.

    `landed` are all that stand. `notes` are the changes of its columns.
    """

    source: str
    outcome: Literal["fetched", "failed"]
    records: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    landed: int = 0
    notes: tuple[str, ...] = ()
    error: LeadlineError | None = None


@dataclass(frozen=True, slots=True)
class Fetching:
    """What fetching needs. `opening` opens a place in which tombstones are asked."""

    catalog: Catalog
    home: Home
    secrets: Secrets
    clock: Clock
    opening: Callable[[], Staging]
    heed: Heed = lambda: None


def fetch(
    doing: Fetching, *, sources: Collection[str] | None = None, told: Told | None = None, anew: bool = False
) -> tuple[Fetched, ...]:
    """Fetch what is new of the given sources, or of all that are fetched; give what became of each.

    Raises:
        LeadlineError: a given source is not defined, or is one of files.
    """
    chosen = _chosen(doing.catalog, sources)
    found = []
    for nth, source in enumerate(chosen):

        def came(records: int, source: Source = source, nth: int = nth) -> None:
            if told:
                told(source.name, nth, len(chosen), records)

        found.append(_one(doing, source, came, anew=anew))
    return tuple(found)


def _chosen(catalog: Catalog, sources: Collection[str] | None) -> list[Source]:
    """Give the sources to be fetched, by name."""
    for name in sources or ():
        if name not in catalog.sources:
            raise LeadlineError(
                f"There is no source {name!r}.", code="unknown-source", hint=suggest(name, catalog.sources)
            )
    return [
        s for n, s in sorted(catalog.sources.items()) if s.connector and (sources is None or n in sources)
    ]


def _one(doing: Fetching, source: Source, came: Callable[[int], None], *, anew: bool) -> Fetched:
    """Fetch one source; what stood before stays when it fails."""
    try:
        return _fetched(doing, source, came, anew=anew)
    except LeadlineError as error:
        known = type(error)(
            redacted(error.message), code=error.code, place=error.place, hint=redacted(error.hint)
        )
        return Fetched(source=source.name, outcome="failed", error=known)
    except Exception as error:  # noqa: BLE001 what a library raises may hold an address: it is told without secrets
        known = SourceError(
            redacted(f"Fetching {source.name!r} failed: {type(error).__name__}: {error}"), code="fetch-failed"
        )
        return Fetched(source=source.name, outcome="failed", error=known)


def _fetched(doing: Fetching, source: Source, came: Callable[[int], None], *, anew: bool) -> Fetched:
    folder = landed_folder(doing.catalog.root, source.name)
    before = None if anew else read_manifest(folder)
    if before is not None and before.origin != origin_of(source):
        before = None
    asked = Asked(source, doing.catalog.root, doing.secrets, doing.clock, before, doing.home.temporary)
    fetching = connector(asked)
    came(0)
    text = source.lands.deleted if source.lands else None
    staging = doing.opening() if text else None
    try:
        dead = Tombstones(doing.catalog, source, text, staging) if text and staging else None
        landing = Landing.begin(
            doing.catalog.root, source, doing.clock, whole=fetching.whole, dead=dead, anew=anew
        )
        with _closing(fetching.pages(landing.cursor, doing.heed)) as pages:
            for page in pages:
                landing.land(page)
                came(landing.records)
                doing.heed()
        made = landing.finish()
    finally:
        if staging:
            staging.close()
    told = len(before.drift) if before else 0
    return Fetched(
        source=source.name,
        outcome="fetched",
        records=landing.records,
        new=landing.counts.new,
        changed=landing.counts.changed,
        gone=landing.counts.gone,
        landed=made.rows,
        notes=tuple(str(drift) for drift in made.drift[told:]),
    )


@contextmanager
def _closing(pages: Iterator[Page]) -> Iterator[Iterator[Page]]:
    """Let a connector end what it began (connections, threads), however its pages are left."""
    try:
        yield pages
    finally:
        close = getattr(pages, "close", None)
        if close is not None:
            close()
