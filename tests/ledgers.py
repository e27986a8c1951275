"""An empty ledger to begin with: copied, for to migrate one takes longer than most tests do."""

import atexit
import functools
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from leadline.clock import FixedClock
from leadline.store.ledger import Ledger


@functools.cache
def template() -> Path:
    """Give an empty ledger in SQLite as migrations make it, once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="leadline-ledger-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrated(f"sqlite:///{folder / 'template.sqlite'}")
    return folder / "template.sqlite"


def migrated(url: str) -> None:
    """Make a ledger of an empty database."""
    Ledger(url, FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))).close()


def empty(file: Path) -> str:
    """Put an empty ledger where there is none; give its address."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template(), file)
    return f"sqlite:///{file}"


def begun(root: Path) -> Path:
    """Put an empty ledger into a project that has none; give the project's folder."""
    empty(root / ".leadline" / "ledger.sqlite")
    return root
