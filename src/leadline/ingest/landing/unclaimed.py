"""What has landed of sources that are declared no more: it stays until a person says that it may go.

A broker forgets what was acknowledged, and so does a sender of events: what lies here may be the only copy. From the
next load on its rows count no more; with the definition back, all of it would count again.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadline.catalog import Catalog
from leadline.errors import SourceError, suggest
from leadline.ingest.landing.hooks.inbox import folder_of
from leadline.ingest.landing.manifest import landed_folder
from leadline.store.home import touching
from leadline.store.ledger import Ledger

FORGOTTEN = "forget_landed"
"""The journal's verb for removing what has landed of a source."""
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """The files of a source that nothing declares: how many, and their bytes."""

    source: str
    files: int
    bytes: int

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        files = "1 file" if self.files == 1 else f"{self.files:,} files"
        return (
            f"What {self.source} brought still lies in .leadline ({files}, {self.bytes / 1e6:,.1f} MB), though no such "
            f"source is declared; it counts no more. To remove it: leadline forget {self.source} --reason TEXT"
        )


def unclaimed(catalog: Catalog) -> list[Unclaimed]:
    """Give what has landed, or waits to, of names that are no source which fetches or receives; by name."""
    home = catalog.root / ".leadline"
    landing = {name for name, source in catalog.sources.items() if source.connector}
    there = {
        path.name
        for folder in (landed_folder(catalog.root, "x").parent, folder_of(home, "x").parent)
        for path in folder.glob("*")
        if path.is_dir() and not path.name.startswith(".")
    }
    found = []
    for name in sorted(there - landing):
        sizes = [path.stat().st_size for folder in _folders(catalog, name) for path in _files(folder)]
        if any(sizes):
            found.append(Unclaimed(name, len(sizes), sum(sizes)))
    return found


def forget(catalog: Catalog, ledger: Ledger, name: str, *, actor: str, reason: str) -> Unclaimed:
    """Remove what has landed of a source that is declared no more; the journal keeps that, who and why.

    The caller holds the writing lock.

    Raises:
        SourceError: the source is declared, nothing of it lies there, or no reason is given.
    """
    known = {one.source: one for one in unclaimed(catalog)}
    if name not in known:
        declared = name in catalog.sources
        raise SourceError(
            f"{name!r} is declared: what it brought is in use." if declared
            else f"Nothing lies there of a source {name!r} that is declared no more.",
            code="not-unclaimed",
            hint="Remove its definition first." if declared else suggest(name, known) or "See `leadline check`.",
        )  # fmt: skip
    if len(reason.strip()) < _LEAST:
        raise SourceError("Say why, for those who read the journal.", code="no-reason", hint="--reason TEXT")
    one = known[name]
    said = {"source": name, "files": one.files, "bytes": one.bytes, "reason": reason.strip()}
    with ledger.write(actor=actor) as writer:  # first: what is gone without a word would be gone silently
        writer.note(FORGOTTEN, f"source:{name}", after=said)
    for folder in _folders(catalog, name):
        with touching(folder):
            shutil.rmtree(folder)
    return one


def _folders(catalog: Catalog, name: str) -> list[Path]:
    folders = (landed_folder(catalog.root, name), folder_of(catalog.root / ".leadline", name))
    return [folder for folder in folders if folder.is_dir()]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
