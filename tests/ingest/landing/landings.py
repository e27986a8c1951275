"""A connector of pages at hand, and what a landing made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.catalog.definitions import Source
from leadline.clock import FixedClock
from leadline.ingest.landing import tables
from leadline.ingest.landing.manifest import Manifest, landed_folder, read_manifest
from leadline.ingest.landing.page import Heed, Json, Page
from leadline.ingest.landing.session import Dead, Landing
from tests.ingest.room import CLOCK

Row = dict[str, Any]


def source(**lands: Any) -> Source:
    """A source whose records come from somewhere."""
    return Source(
        kind="source",
        name="tickets",
        fact="ticket",
        database={"url": "sqlite:///x.db", "table": "t", **lands},
    )


@dataclass
class Pages:
    """Gives pages from the one that the cursor counts to on."""

    all: Sequence[Page]
    whole: bool = False
    asked: list[Json] = field(default_factory=list)

    def pages(self, cursor: Json, heed: Heed) -> Iterator[Page]:
        self.asked.append(cursor)
        done = cursor if isinstance(cursor, int) else 0
        for page in self.all[done:]:
            heed()
            yield page


def land(
    root: Path,
    of: Source,
    pages: Sequence[Page],
    *,
    whole: bool = False,
    dead: Dead | None = None,
    clock: FixedClock = CLOCK,
    anew: bool = False,
) -> tuple[Landing, Manifest]:
    """Land pages, as one run."""
    landing = Landing.begin(root, of, clock, whole=whole, dead=dead, anew=anew)
    for page in pages:
        landing.land(page)
    return landing, landing.finish()


def landed(root: Path, name: str = "tickets") -> list[Row]:
    """Give all records that count, without what is null."""
    folder = landed_folder(root, name)
    manifest = read_manifest(folder)
    if manifest is None:
        return []
    rows = [row for segment in manifest.segments for row in tables.read(folder, segment).to_pylist()]
    return [{k: v for k, v in row.items() if v is not None} for row in rows]


def files(root: Path, name: str = "tickets") -> set[str]:
    """Give the names of the Parquet files there are."""
    return {path.name for path in landed_folder(root, name).glob("*.parquet")}
