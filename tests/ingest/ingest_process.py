"""A program that tests kill: it imports once, then for each line on its input, a project's folder, forks an ingest."""

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
from tests.nursery import fork_each


def run(folder: str) -> None:
    """Ingest a project, holding its writing lock."""
    root = Path(folder)
    home = Home(root / ".leadline").prepare()
    engine, ledger = DuckDBEngine(home.root, SMALL), Ledger(home.ledger_url, CLOCK)
    with writing(home, "ingest", CLOCK):
        ingest(require(load(root)), engine, ledger, partial(_staging, home), CLOCK, actor="mortal", at_once=3)


def _staging(home: Home, share: int) -> Staging:
    return Staging(home.root, SMALL, share=share)


if __name__ == "__main__":
    fork_each(run)
