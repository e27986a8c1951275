"""Whatever expression the checker lets through gives on a server what it gives on DuckDB."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from leadline.catalog.expressions import parse
from leadline.metrics.graft import WallClock, graft
from leadline.store.engine import Engine, Relation, ValueType
from tests.catalog.columns import ROW
from tests.catalog.strategies import numbers, predicates, texts
from tests.store.engines import ARROW, ENGINES, an_engine

KINDS: dict[str, ValueType] = {
    "id": "integer", "score": "integer", "amount": "number", "channel": "text", "flag": "boolean", "day": "date",
    "started_at": "instant", "ended_at": "instant",
}  # fmt: skip
ROWS: list[tuple[Any, ...]] = [
    (0, 1, 0.5, "phone", True, date(2026, 1, 31), datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
     datetime(2026, 2, 1, 0, 30, tzinfo=UTC)),
    (1, 9, 2.5, "a-b", False, date(2024, 2, 29), datetime(2026, 3, 29, 1, tzinfo=UTC),
     datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (2, -7, -2.5, "", None, date(2025, 12, 31), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
     datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    (3, 0, 0.0, "Ärger % _ \\", True, date(2026, 3, 29), datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
     datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    (4, *(None,) * 7),
]  # fmt: skip
ODD = Relation("fact", "odd", "b1")
SEVERAL = 20


@pytest.fixture(scope="module", params=ENGINES[1:])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and another engine with the same rows."""
    schema = pa.schema([(name, ARROW[kind]) for name, kind in KINDS.items()])
    rows = pa.Table.from_pylist([dict(zip(KINDS, row, strict=True)) for row in ROWS], schema=schema)
    with (
        an_engine("duckdb", tmp_path_factory.mktemp("one"), request) as one,
        an_engine(request.param, tmp_path_factory.mktemp("two"), request) as other,
    ):
        for engine in (one, other):
            engine.write(ODD, rows.to_reader())
        yield one, other


def values(engine: Engine, written: list[str]) -> list[list[Any]]:
    """Compute expressions over the rows; what stands behind a reference is the channel."""
    chosen = []
    for n, text in enumerate(written):
        tree = graft(parse(text, ROW), WallClock("Europe/Berlin"))
        for column in list(tree.find_all(exp.Column)):
            if column.name not in KINDS:
                column.replace(exp.column("channel", table="f", quoted=True))
        chosen.append(tree.as_(f"c{n}"))
    query = exp.select(*chosen).from_(engine.scan([ODD], KINDS, "f")).order_by(exp.column("id", table="f"))
    rows = engine.read(query)
    return [rows.column(n).to_pylist() for n in range(len(written))]


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same: of one type, and numbers to the last digits."""
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-12)
    return type(one) is type(other) and one == other


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.one_of(numbers(), texts(), predicates()), min_size=SEVERAL, max_size=SEVERAL, unique=True))
def test_any_expression_gives_the_same_on_every_engine(
    both: tuple[Engine, Engine], written: list[str]
) -> None:
    one, other = (values(engine, written) for engine in both)
    differing = [
        (text, a, b)
        for text, a, b in zip(written, one, other, strict=True)
        if not all(same(x, y) for x, y in zip(a, b, strict=True))
    ]
    assert differing == []
