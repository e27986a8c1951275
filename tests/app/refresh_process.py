"""A program that tests kill: it imports once, then for each line on its input, a project's folder, forks a refresh."""

from pathlib import Path

from leadline.app import refresh as door
from leadline.app.wiring import workspace
from leadline.insights import detect
from leadline.metrics import evaluate
from leadline.scorecards import tree
from tests.nursery import fork_each
from tests.projects import LATER, quiet

IMPORTED = (detect, evaluate, tree)
"""So that a refresh is killed at its work, not while it reads programs."""


def refresh(root: str) -> None:
    """Refresh a project."""
    with workspace(Path(root), actor="mortal") as space:
        door.refresh(space, LATER, quiet)


if __name__ == "__main__":
    fork_each(refresh)
