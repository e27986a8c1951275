"""Relations as Parquet in the project's home, the same for DuckDB and Spark: what one writes the other reads.

A relation is one file, or a folder of part files where a cluster wrote it; it has its real name only when it is whole.
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leadline.store.engine import Relation, Space
from leadline.store.engines.names import missing, safe, written_already
from leadline.store.home import Home, arriving, force, touching

FOLDERS: Mapping[Space, str] = {"fact": "facts", "held": "held", "left_out": "left_out", "state": "states"}
SUFFIX = ".parquet"


class Files:
    """Where relations lie."""

    def __init__(self, home: Home) -> None:
        self._root = home.root

    @property
    def folders(self) -> list[Path]:
        """The folders that hold relations."""
        return [self._root / folder for folder in FOLDERS.values()]

    def exists(self, relation: Relation) -> bool:
        """Tell whether the relation was written whole."""
        return self._place(relation).exists()

    def all(self) -> Iterator[Relation]:
        """Give every relation at rest."""
        for space, folder in FOLDERS.items():
            for place in sorted((self._root / folder).glob(f"*/*{SUFFIX}")):
                if not place.name.startswith("."):
                    yield Relation(space, place.parent.name, place.name.removesuffix(SUFFIX))

    def parts(self, relation: Relation) -> list[Path]:
        """Give the files of a relation, in the order of its rows. Raises StoreError when it is not there."""
        place = self._place(relation)
        if place.is_file():
            return [place]
        if not place.is_dir():
            raise missing(relation)
        return sorted(place.glob(f"part-*{SUFFIX}"))

    def drop(self, relation: Relation) -> None:
        """Remove a relation; removing what is not there is no error."""
        remove(self._place(relation))

    @contextmanager
    def arriving(self, relation: Relation) -> Iterator[Path]:
        """Give the temporary name under which a new relation is written, as a file."""
        with arriving(self._new(relation)) as file:
            yield file

    @contextmanager
    def arriving_folder(self, relation: Relation) -> Iterator[Path]:
        """Give the temporary name under which a new relation is written, as a folder of part files."""
        with arriving_folder(self._new(relation)) as folder:
            yield folder

    def _place(self, relation: Relation) -> Path:
        return self._root / FOLDERS[relation.space] / safe(relation.name) / f"{safe(relation.key)}{SUFFIX}"

    def _new(self, relation: Relation) -> Path:
        place = self._place(relation)
        if place.exists():
            raise written_already(relation)
        return place


@contextmanager
def arriving_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder to write into; on success force all in it to disk and rename it, else remove it."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    with touching(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with touching(target):
            for folder, _, names in os.walk(temporary, topdown=False):
                for name in names:
                    if name.endswith(SUFFIX) and not name.startswith("."):
                        force(Path(folder) / name)
                    else:  # checksums and marks of success, which nobody reads
                        (Path(folder) / name).unlink()
                force(Path(folder))
            temporary.rename(target)
            force(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove(place: Path) -> None:
    """Remove a file, or a folder at once under its real name; removing what is not there is no error."""
    with touching(place):
        if not place.is_dir():
            place.unlink(missing_ok=True)
            return
        away = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}")
        place.rename(away)
        shutil.rmtree(away, ignore_errors=True)
