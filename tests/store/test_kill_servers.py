"""Kill a writer to a server at any moment: what is there is whole, and what is not named is tidied away."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlglot import exp

from leadline.store.engine import Engine
from tests.store.engine_process import ROWS
from tests.store.engines import an_address, opened


def check(engine: Engine) -> int:
    """See that every relation and publication is whole; give how many there are."""
    relations, names = list(engine.relations()), list(engine.generations())
    for relation in relations:
        rows = engine.scan([relation], {"i": "integer"}, "f")
        total = exp.select("count(*) as n", "sum(f.i) as total").from_(rows)
        assert engine.read(total).to_pylist() == [{"n": ROWS, "total": ROWS * (ROWS - 1) // 2}], relation
    for name in names:
        tables = [engine.published([name], table, {"i": "integer"}, "p") for table in ("odd", "even")]
        counts = [
            engine.read(exp.select("count(*) as n").from_(table))["n"].to_pylist()[0] for table in tables
        ]
        assert counts == [ROWS // 2, ROWS // 2], name
    return len(relations) + len(names)


@pytest.mark.parametrize(
    ("warehouse", "kills"),
    [
        ("postgres", 2),
        pytest.param("postgres", 12, marks=pytest.mark.slow),
        pytest.param("spark", 3, marks=pytest.mark.spark),
    ],
)
def test_what_a_killed_writer_leaves_is_whole(
    warehouse: str, kills: int, tmp_path: Path, root: Path, request: pytest.FixtureRequest
) -> None:
    moments = random.Random(20261122)
    seen = []
    with an_address(warehouse, request) as url, opened(warehouse, tmp_path, url) as engine:
        for n in range(kills):
            program = [
                sys.executable,
                "-m",
                "tests.store.engine_process",
                warehouse,
                str(tmp_path),
                url,
                f"w{n}",
            ]
            with subprocess.Popen(program, cwd=root, stdout=subprocess.PIPE, text=True) as writer:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "begun\n"
                time.sleep(moments.uniform(0.05, 2.5))
                writer.kill()
            time.sleep(0.5)  # the server learns of it
            seen.append(check(engine))
            with opened(warehouse, tmp_path, url) as other:
                other.tidy()
                assert other.tidy() == 0
                assert check(other) == seen[-1]
    assert len(set(seen)) > 1, "every writer was killed before it wrote anything"
