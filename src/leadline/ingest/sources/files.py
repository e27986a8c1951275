"""From a source's pattern to its files, and from a file to its reading; a file that changes meanwhile is refused."""

import glob
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from leadline.catalog.definitions import Source
from leadline.errors import SourceError
from leadline.ingest.sources import csv, excel, jsonl, parquet
from leadline.ingest.sources.reading import RawColumn, Reading, with_text

Format = Literal["csv", "jsonl", "parquet", "excel"]

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".psv": "csv", ".tab": "csv", ".dat": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
    ".xlsx": "excel", ".xlsm": "excel",
}  # fmt: skip

Heed = Callable[[], None]
"""Is asked before bytes are read, and raises what is to end the reading."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a file's state without reading it."""

    size: int
    modified: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Take the stamp of a file, as it is now.

        Raises:
            SourceError: the file is not there or not ours to see.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise _unreadable(error) from error
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


def find(root: Path, pattern: str) -> list[Path]:
    """Give the files of a pattern, relative to the project's root (or absolute), in the order of their names.

    A pattern that names a folder means the files in it. Hidden files and Excel's lock files are left out.
    """
    inside = f"{pattern.rstrip('/')}/*" if (root / pattern).is_dir() else pattern
    found = sorted(Path(n) for n in glob.glob(inside, root_dir=root, recursive=True))  # noqa: PTH207 (Path has no `..`)
    return [p for p in found if (root / p).is_file() and not p.name.startswith((".", "~$"))]


def digest(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, in hex.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(error) from error


def format_of(path: Path, declared: Format | None) -> Format:
    """Give a file's format: as declared, or by its suffix.

    Raises:
        SourceError: nothing is declared and the suffix says nothing.
    """
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    known = _SUFFIXES.get(suffixes[-1]) if suffixes else None
    if declared is None and known is None:
        raise SourceError(
            f"Nothing tells the format of {path.name!r}.",
            code="unknown-format",
            hint="Declare `format: csv`, jsonl, parquet or excel.",
        )
    return declared or known or "csv"


class Opened:
    """A file's bytes, gzip read through. `position` counts the bytes of the file itself, for progress."""

    position = 0

    def __init__(self, path: Path, heed: Heed = lambda: None) -> None:
        self._heed = heed
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise _unreadable(error) from error
        self._stream = gzip.GzipFile(fileobj=self._raw) if self._raw.peek(2)[:2] == _GZIP else self._raw

    def read(self, size: int) -> bytes:
        """Give the next bytes.

        Raises:
            SourceError: the gzip stream is cut off or damaged.
        """
        self._heed()
        try:
            data = self._stream.read(size)
        except EOFError as error:
            raise SourceError(
                "The gzip file is cut off: it ends before its end mark.",
                code="truncated-gzip",
                hint="Fetch it again; nothing of it was loaded.",
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise SourceError(f"The gzip file is damaged: {error}.", code="damaged-gzip") from error
        except OSError as error:
            raise _unreadable(error) from error
        self.position = self._raw.tell()
        return data

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()


class Meter:
    """How far the reading of one file is, in bytes of the file. A format that cannot tell stands still at 0."""

    def __init__(self, heed: Heed = lambda: None) -> None:
        self.heed = heed
        self._opened: list[Opened] = []

    def add(self, opened: Opened) -> Opened:
        """Count the bytes of this one from now on."""
        self._opened.append(opened)
        return opened

    @property
    def position(self) -> int:
        """Bytes read of the file opened last."""
        return self._opened[-1].position if self._opened else 0


@contextmanager
def opened(
    path: Path,
    source: Source,
    meter: Meter,
    stamp: Stamp | None = None,
    columns: Sequence[RawColumn] | None = None,
) -> Iterator[Reading]:
    """Open a file as its source says; one that changes meanwhile, or since `stamp`, is refused as the context ends.

    Of landed records, `columns` are those that they all have.

    Raises:
        SourceError: the file cannot be opened or read as a whole, or changed while it was read.
    """
    before = stamp or Stamp.of(path)
    with ExitStack() as stack:

        def stream() -> Opened:
            made = meter.add(Opened(path, meter.heed))
            stack.callback(made.close)
            return made

        reading = parquet.read(path, columns) if columns is not None else _reading(path, source, stream)
        yield with_text(reading, source.file_name_as, path.name) if source.file_name_as else reading
    if before != Stamp.of(path):
        raise SourceError(
            "The file changed while it was read.", code="changing-file", hint="Run again when it is complete."
        )


def _reading(path: Path, source: Source, stream: Callable[[], Opened]) -> Reading:
    kind = format_of(path, source.format)
    if kind == "jsonl":
        return jsonl.read(stream, encoding=source.encoding, names=source.header_names)
    if kind == "csv":
        shape = csv.Shape(
            source.delimiter,
            source.quote,
            source.encoding,
            source.header,
            source.header_names,
            source.skip_lines,
        )
        return csv.read(stream(), shape)
    if path.name.lower().endswith(".gz"):
        raise SourceError(
            f"A {kind} file is read as it is, not from gzip.", code="unknown-format", hint="Unpack it."
        )
    if kind == "parquet":
        return parquet.read(path)
    return excel.read(
        path,
        sheet=source.sheet,
        header=source.header,
        names=source.header_names,
        skip_lines=source.skip_lines,
    )


def _unreadable(error: OSError) -> SourceError:
    return SourceError(f"The file cannot be read: {error.strerror or error}.", code="unreadable-file")
