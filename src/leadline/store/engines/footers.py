"""What columns a Parquet file has, read once from its footer and remembered: the files never change."""

import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leadline.store.engines.session import failing

Footer = tuple[tuple[str, pa.DataType], ...]


class Footers:
    """The columns of files, by path; threads share one."""

    def __init__(self) -> None:
        self._known: dict[Path, Footer] = {}
        self._lock = threading.Lock()

    def of(self, file: Path) -> Footer:
        """Give the columns of a file with their types, in order."""
        with self._lock:
            if file not in self._known:
                with failing(f"The file {file.name} cannot be read"):
                    self._known[file] = tuple((f.name, f.type) for f in pq.read_schema(file))
            return self._known[file]

    def forget(self, file: Path) -> None:
        """Forget a file that was removed."""
        with self._lock:
            self._known.pop(file, None)
