"""A program that reads what is published, over and over, while another process publishes; it prints each it sees.

It ends when its input does. Whatever it cannot explain ends it with a traceback, which the test sees.
"""

import select
import sys
from pathlib import Path

from sqlglot import exp

from leadline.errors import NothingPublished, StoreError
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.ledger import Ledger
from tests.store.writer_process import CLOCK, ROWS, SETTINGS


def main() -> None:
    """Read until told to stop."""
    engine, ledger = DuckDBEngine(Path(sys.argv[1]), SETTINGS), Ledger(sys.argv[2], CLOCK)
    seen = ""
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            with ledger.read() as reader:
                last = reader.generation()
        except NothingPublished:
            continue
        try:
            table = engine.published([last.id], "totals", {"n": "integer", "total": "integer"}, "t")
            totals = engine.read(exp.select("t.n", "t.total").from_(table)).to_pylist()
        except StoreError as error:
            with ledger.read() as reader:
                newer = [g.id for g in reader.generations()]
            if error.code != "store-generation" or newer.index(last.id) < 3:
                raise
            continue  # three newer ones came while this process was looking away
        rows = last.tables["rows"]
        expected = [{"n": rows, "total": rows // ROWS * sum(range(ROWS))}]
        if totals != expected:
            raise AssertionError(f"{last.id} says {totals}, not {expected}")
        if seen != last.id:
            seen = last.id
            sys.stdout.write(f"{seen}\n")
            sys.stdout.flush()
    engine.close()
    ledger.close()


if __name__ == "__main__":
    main()
