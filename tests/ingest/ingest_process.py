"""A program that tests kill: it imports once, then for each line on its input, a project's folder, forks an ingest.

It prints the number of each process it forks, and when that has ended, how: 0, or the signal.
"""

import os
import sys
from functools import partial
from pathlib import Path

from leadline.catalog import load, require
from leadline.ingest.runs import ingest
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from leadline.store.staging import Staging
from tests.ingest.room import CLOCK, SMALL


def run(root: Path) -> None:
    """Ingest a project, holding its writing lock."""
    home = Home(root / ".leadline").prepare()
    engine, ledger = DuckDBEngine(home.root, SMALL), Ledger(home.ledger_url, CLOCK)
    with writing(home, "ingest", CLOCK):
        ingest(require(load(root)), engine, ledger, partial(_staging, home), CLOCK, actor="mortal", at_once=3)


def _staging(home: Home, share: int) -> Staging:
    return Staging(home.root, SMALL, share=share)


def main() -> None:
    """Fork a run for each line of the input, one at a time."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(Path(line.strip()))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
