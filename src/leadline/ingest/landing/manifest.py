"""What of a source has landed: the segments that count, the cursor, the columns; replaced as one, by one rename.

`manifest.json` is what ingest reads. `coming.json` is a first fetch that is not complete yet: nothing of it counts.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from leadline.errors import SourceError
from leadline.ingest.landing.page import Json
from leadline.ingest.sources.reading import RawColumn, RawType
from leadline.store.home import arriving

VERSION = 1
MANIFEST, COMING = "manifest.json", "coming.json"
KEPT_DRIFTS = 200

What = Literal["new", "gone", "back", "retyped"]
_TYPES = frozenset(get_args(RawType))


@dataclass(frozen=True, slots=True)
class Segment:
    """A Parquet file of records. `name` is what the ledger knows it by and stays; `file` is new with each content.

    `least` and `greatest` bound the key's first column, where it is a number or a text.
    """

    name: str
    file: str
    hash: str
    rows: int
    size: int
    least: str | int | None = None
    greatest: str | int | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of the source's columns, as it was noticed."""

    at: str
    column: str
    what: What
    before: str = ""
    now: str = ""

    def __str__(self) -> str:
        """Say it."""
        if self.what == "retyped":
            return f"Column {self.column!r} was {self.before} and is {self.now}."
        told = {"new": "is new", "gone": "is gone", "back": "is back"}
        return f"Column {self.column!r} {told[self.what]}."


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a source's landed records. `columns` are all there ever were, by name, with their types;
    `absent` are those that the last fetch did not meet. `fetched_at` is when a fetch last came to its end."""

    origin: str = ""
    segments: tuple[Segment, ...] = ()
    columns: dict[str, RawType] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    cursor: Json = None
    drift: tuple[Drift, ...] = ()
    fetched_at: str = ""
    runs: int = 0
    next: int = 1
    graves: str = ""

    @property
    def rows(self) -> int:
        """How many records there are."""
        return sum(segment.rows for segment in self.segments)

    @property
    def files(self) -> frozenset[str]:
        """The names of all files that count."""
        return frozenset({s.file for s in self.segments} | ({self.graves} if self.graves else set()))

    @property
    def raw_columns(self) -> tuple[RawColumn, ...]:
        """The columns, as every segment is read."""
        return tuple(RawColumn(name, kind) for name, kind in self.columns.items())

    def with_drift(self, found: tuple[Drift, ...]) -> "Manifest":
        """Note changes of columns."""
        return replace(self, drift=(*self.drift, *found)[-KEPT_DRIFTS:])


def landed_folder(root: Path, source: str) -> Path:
    """Give where a source's records land, in a project's folder."""
    return root / ".leadline" / "landed" / source


def logical(source: str, segment: str) -> str:
    """Give the name by which the ledger knows a segment."""
    return f".leadline/landed/{source}/{segment}.parquet"


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest | None:
    """Read what has landed in a folder; None when nothing has.

    Raises:
        SourceError: the file is there and cannot be used.
    """
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    try:
        return _parsed(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(path, f"it cannot be read ({type(error).__name__})") from error


def write_manifest(folder: Path, manifest: Manifest, name: str = MANIFEST) -> None:
    """Replace what counts, in one step that is on disk when this returns."""
    with arriving(folder / name) as temporary:
        written = {"version": VERSION, **asdict(manifest)}
        temporary.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")


def _parsed(found: dict[str, Any]) -> Manifest:
    if found.pop("version") != VERSION or not set(found["columns"].values()) <= _TYPES:
        raise ValueError
    found["segments"] = tuple(Segment(**one) for one in found["segments"])
    found["drift"] = tuple(Drift(**one) for one in found["drift"])
    found["absent"] = tuple(found["absent"])
    return Manifest(**found)


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(
        f"{path} says what has landed, and {why}.",
        code="landed-damaged",
        hint="Fetch everything again: leadline fetch SOURCE --anew.",
    )
