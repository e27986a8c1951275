"""A program that tests kill: it writes relations and publications to a warehouse on a server, on and on.

Every relation has ROWS rows, every publication two tables that add up to the same; it says when it begins.
"""

import itertools
import sys
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.opening import open_engine

ROWS = 50_000


def main(warehouse: str, home: str, url: str, name: str) -> None:
    """Write until killed."""
    engine = open_engine(warehouse, Path(home), Settings(warehouse=url), "test")
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for n in itertools.count():
        relation, derived = (Relation("fact", kind, f"{name}_{n}") for kind in ("written", "derived"))
        engine.write(relation, pa.table({"i": range(ROWS)}).to_reader(max_chunksize=5_000))
        rows = engine.scan([relation], {"i": "integer"}, "f")
        engine.derive(derived, exp.select("f.i").from_(rows))
        query = exp.select("f.i").from_(engine.scan([derived], {"i": "integer"}, "f"))
        engine.publish(f"{name}_{n}", {"odd": query.where("f.i % 2 = 1"), "even": query.where("f.i % 2 = 0")})
        if n > 1:
            engine.drop(Relation("fact", "written", f"{name}_{n - 2}"))
            engine.retract(f"{name}_{n - 2}")


if __name__ == "__main__":
    main(*sys.argv[1:])
