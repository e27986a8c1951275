"""Where a project keeps its bytes (`<project>/.leadline`), and how a file arrives there whole.

A file is written under a hidden temporary name in its own folder, forced to disk, then renamed: a file that has its
real name is whole.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from leadline.errors import StoreError
from leadline.store.locking import locked

ALIVE = "alive"

_RELATIONS = ("facts", "held", "left_out", "states")
HALVES = (
    ".*.????????",
    "published/.*",
    "landed/*/.*",
    "hooks/*/archive/.*",
    *(f"{r}/*/.*" for r in _RELATIONS),
)
"""Where a file stands under a hidden name while it is being written by whoever holds the writing lock. Events that are
being received stand elsewhere (`hooks/*/??/.*`): they come while somebody else writes."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one project's store."""

    root: Path

    @property
    def published(self) -> Path:
        """Where the native file of each generation stands."""
        return self.root / "published"

    @property
    def ledger_url(self) -> str:
        """The ledger's address when the settings name none: SQLite inside the project."""
        return f"sqlite:///{quote(str(self.root.absolute() / 'ledger.sqlite'))}"

    @property
    def writing_lock(self) -> Path:
        """The file whose lock the one writer holds."""
        return self.root / "writing.lock"

    @property
    def temporary(self) -> Path:
        """Where running processes spill, each in its own folder."""
        return self.root / "tmp"

    def prepare(self) -> "Home":
        """Make the folders that are missing; keep them out of the user's version control."""
        with touching(self.root):
            for folder in (self.root, self.published, self.temporary):
                folder.mkdir(parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        return self

    def spill(self) -> "Spill":
        """Make a folder for this process to spill into; it is removed on close, or by a sweep after a kill."""
        self.prepare()
        while True:
            folder = self.temporary / uuid.uuid4().hex[:12]
            with (
                touching(folder),
                suppress(BlockingIOError, FileNotFoundError),
            ):  # a sweep was quicker: another name
                folder.mkdir()
                alive = locked(folder / ALIVE)
                if (folder / ALIVE).exists():
                    return Spill(folder, alive)
                alive.close()

    def sweep_leftovers(self) -> int:
        """Remove what killed processes left: spill folders and half-written files; give their number."""
        gone = 0
        for folder in self.temporary.glob("*"):
            with suppress(BlockingIOError, FileNotFoundError, NotADirectoryError), locked(folder / ALIVE):
                shutil.rmtree(folder)  # while holding its lock, so that nobody moves in
                gone += 1
        for pattern in HALVES:
            for place in self.root.glob(pattern):
                if place.is_dir():
                    shutil.rmtree(place, ignore_errors=True)
                else:
                    place.unlink(missing_ok=True)
                gone += 1
        return gone


@dataclass(frozen=True, slots=True)
class Spill:
    """A process's own temporary folder, alive while it holds the lock on a file in it."""

    folder: Path
    alive: IO[str]

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.alive.close()


@contextmanager
def touching(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}.",
            code="store-home",
            hint="See that there is room on the disk and that you may write there.",
        ) from error


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """Give a temporary name to write to; on success force it to disk and rename it to `target`, else remove it."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    with touching(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with touching(target):
            force(temporary)
            temporary.replace(target)
            force(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def force(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
