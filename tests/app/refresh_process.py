"""A program that tests kill: it imports once, then for each line on its input, a project's folder, forks a refresh.

It prints the number of each process it forks, and when that has ended, how: 0, or the signal.
"""

import os
import sys
from pathlib import Path

from leadline.app import refresh as door
from leadline.app.wiring import workspace
from leadline.insights import detect
from leadline.metrics import evaluate
from leadline.scorecards import tree
from tests.projects import LATER, quiet

IMPORTED = (detect, evaluate, tree)
"""So that a refresh is killed at its work, not while it reads programs."""


def main() -> None:
    """Fork a refresh for each line of the input, one at a time."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with workspace(Path(line.strip()), actor="mortal") as space:
                door.refresh(space, LATER, quiet)
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
