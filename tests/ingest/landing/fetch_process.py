"""A program that tests kill: it imports once, then for each line on its input, `PROJECT PASSWORD`, forks a fetch and an
ingest."""

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
from tests.nursery import fork_each


def small() -> None:
    """Let much happen with few rows."""
    merging.FULL, session._RECORDS, database._RANGE = 400, 300, 250


def run(line: str) -> None:
    """Fetch and ingest a project, holding its writing lock."""
    small()
    folder, _, password = line.partition(" ")
    root = Path(folder)
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


if __name__ == "__main__":
    fork_each(run)
