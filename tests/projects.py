"""Small projects for tests: written as files, refreshed through the same doors as a user's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.clock import FixedClock
from leadline.metrics.published import Published
from tests import ledgers

LATER = FixedClock(datetime(2030, 1, 1, tzinfo=UTC))
"""Long after every fact of a test: all its periods are final."""


def write_project(root: Path, documents: list[Mapping[str, Any]], files: Mapping[str, str | bytes]) -> Path:
    """Write a project: leadline.yaml with all documents, its data files and an empty ledger. Gives its folder."""
    root.mkdir(parents=True, exist_ok=True)
    project = {
        "kind": "project",
        "name": "test",
        **next((d for d in documents if d["kind"] == "project"), {}),
    }
    rest = [d for d in documents if d["kind"] != "project"]
    (root / "leadline.yaml").write_text(
        yaml.safe_dump_all([project, *rest], sort_keys=False), encoding="utf-8"
    )
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ledgers.begun(root)


def quiet(stage: str, detail: str, done: int, total: int) -> None:
    """Show no progress."""
    del stage, detail, done, total


@contextmanager
def refreshed(root: Path, clock: FixedClock = LATER) -> Iterator[tuple[Workspace, Published]]:
    """Refresh a project and give what was published."""
    with workspace(root, actor="tester") as space:
        refresh(space, clock, quiet)
        yield space, open_published(space)
