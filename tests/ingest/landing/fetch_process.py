"""A program that tests kill: it imports once, then for each line on its input, `PROJECT PASSWORD`, forks a fetch and an
ingest. It prints the number of each process it forks, and when that has ended, how: 0, or the signal."""

import os
import sys
from functools import partial
from pathlib import Path

import psycopg  # noqa: F401 so that it is there before the clock runs

from leadline.catalog import load, require
from leadline.ingest.landing import database, merging, session
from leadline.ingest.landing.fetch import Fetching, fetch
from leadline.ingest.runs import ingest
from leadline.secret import Secrets
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home
from leadline.store.ledger import Ledger
from leadline.store.lock import writing
from leadline.store.staging import Staging
from tests.ingest.room import CLOCK, SMALL


def small() -> None:
    """Let much happen with few rows."""
    merging.FULL, session._RECORDS, database._RANGE = 400, 300, 250


def run(root: Path, password: str) -> None:
    """Fetch and ingest a project, holding its writing lock."""
    small()
    home = Home(root / ".leadline").prepare()
    engine, ledger = DuckDBEngine(home.root, SMALL), Ledger(home.ledger_url, CLOCK)
    opening = partial(_staging, home)
    with writing(home, "ingest", CLOCK):
        catalog = require(load(root))
        doing = Fetching(catalog, home, Secrets({"LEADLINE_SECRET_THEIRS": password}, None), CLOCK, opening)
        for one in fetch(doing):
            if one.error:
                raise one.error
        ingest(catalog, engine, ledger, opening, CLOCK, actor="mortal", at_once=2)


def _staging(home: Home, share: int = 1) -> Staging:
    return Staging(home.root, SMALL, share=share)


def main() -> None:
    """Fork a run for each line of the input, one at a time."""
    for line in sys.stdin:
        folder, _, password = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            run(Path(folder), password)
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
