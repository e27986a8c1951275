"""The messages of a source as they came, in files that only grow: on disk before the broker is told, kept afterwards.

A kill may leave the beginning of a line at the end of a file: it was never acknowledged and comes again. Who writes
begins a new file, so such an end stays the end of its file, and whoever reads passes over it. One process writes at a
time; reading needs no lock. A broker forgets what was acknowledged: this is then the only copy, so nothing removes it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from leadline.errors import BusyError
from leadline.ingest.landing.page import Json
from leadline.ingest.landing.streams.messages import Message
from leadline.store.home import force, touching
from leadline.store.locking import locked

LARGE = 64_000_000
"""Bytes after which a new file is begun."""

AT_ONCE = 5_000
"""Messages that are read together."""


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one source, in a folder of its own."""

    folder: Path

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Be the one who writes.

        Raises:
            BusyError: another process does.
        """
        with touching(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = locked(self.folder / "listening.lock")
        except BlockingIOError as error:
            raise BusyError(
                f"Another process listens for {self.folder.parent.name!r}.",
                hint="One is enough: it keeps what comes, and `leadline refresh` loads it.",
            ) from error
        with lock:
            writer = Writer(self.folder, next_=self._numbers()[-1:][0] + 1 if self._numbers() else 1)
            try:
                yield writer
            finally:
                writer.close()

    def pages(self, cursor: Json) -> Iterator[tuple[list[Message], Json]]:
        """Give what stands behind a cursor (None: everything), some at a time, each with the cursor behind it."""
        file, offset = 0, 0
        if (
            isinstance(cursor, dict)
            and isinstance(cursor.get("file"), int)
            and isinstance(cursor.get("offset"), int)
        ):
            file, offset = int(str(cursor["file"])), int(str(cursor["offset"]))
        for number in [n for n in self._numbers() if n >= file]:
            yield from self._of_file(number, offset if number == file else 0)

    def _of_file(self, number: int, offset: int) -> Iterator[tuple[list[Message], Json]]:
        with self._path(number).open("rb") as stream:
            stream.seek(offset)
            found: list[Message] = []
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                found.append(Message.read(line))
                offset += len(line)
                if len(found) == AT_ONCE:
                    yield found, {"file": number, "offset": offset}
                    found = []
            if found:
                yield found, {"file": number, "offset": offset}

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.jsonl"))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08}.jsonl"


@dataclass(slots=True)
class Writer:
    """Appends to the log. The first append begins a file."""

    folder: Path
    next_: int
    written: int = 0
    _file: FileIO | None = field(default=None)

    def append(self, messages: Sequence[Message]) -> None:
        """Write messages; they are on disk when this returns. What follows a failure goes into a new file.

        Raises:
            StoreError: the disk is full or refuses.
        """
        try:
            with touching(self.folder):
                self._write(b"".join(message.line() for message in messages))
        except BaseException:
            self.close()
            raise
        self.written += len(messages)

    def _write(self, text: bytes) -> None:
        if self._file is None or self._file.tell() >= LARGE:
            self._begin()
        if self._file is not None:
            while text:
                text = text[self._file.write(text) :]
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """End writing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self.close()
        self._file = (self.folder / f"{self.next_:08}.jsonl").open("xb", buffering=0)
        self.next_ += 1
        force(self.folder)
