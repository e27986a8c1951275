"""What only PostgreSQL has: locks, limits, connections that break, a register, texts that it cannot keep."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pyarrow as pa
import pytest
from sqlglot import exp

from leadline.errors import StoreError
from leadline.store.engine import Relation
from leadline.store.engines.postgres import PostgresEngine
from tests.store import postgres
from tests.store.engines import ROWS, everything, relation


@pytest.fixture
def url(postgresql: postgres.Server) -> Iterator[str]:
    with postgresql.database() as address:
        yield address


@pytest.fixture
def engine(url: str) -> Iterator[PostgresEngine]:
    opened = PostgresEngine(url, "test")
    yield opened
    opened.close()


def counted(engine: PostgresEngine, name: str) -> int:
    source = engine.published([name], "numbers", {"i": "integer"}, "p")
    return int(engine.read(exp.select("count(*) as n").from_(source))["n"].to_pylist()[0])


def numbers(engine: PostgresEngine, count: int) -> exp.Query:
    """Give a query of so many rows."""
    made = Relation("fact", "numbers", f"b{count}")
    if not engine.exists(made):
        engine.write(made, pa.table({"i": range(count)}).to_reader())
    return exp.select("f.i").from_(engine.scan([made], {"i": "integer"}, "f"))


@pytest.mark.thorough
def test_what_is_retired_is_read_to_its_end_and_dropped_later(engine: PostgresEngine) -> None:
    engine.publish("g1", {"numbers": numbers(engine, 400_000)})
    source = engine.published(["g1"], "numbers", {"i": "integer"}, "p")
    stream = engine.stream(exp.select("p.i").from_(source))
    engine.retract("g1")
    assert list(engine.generations()) == []
    assert sum(batch.num_rows for batch in stream) == 400_000
    assert engine.tidy() == 1, "the table that could not be dropped while it was read"
    assert engine.tidy() == 0
    with pytest.raises(StoreError) as gone:
        engine.read(exp.select("p.i").from_(source.copy()))
    assert gone.value.code == "store-generation"


def test_what_another_process_retired_says_so(engine: PostgresEngine, url: str) -> None:
    engine.publish("g1", {"numbers": numbers(engine, 3)})
    assert counted(engine, "g1") == 3
    other = PostgresEngine(url, "test")
    other.retract("g1")
    other.close()
    with pytest.raises(StoreError) as gone:
        counted(engine, "g1")
    assert gone.value.code == "store-generation"


def test_a_statement_that_takes_too_long_is_given_up(url: str) -> None:
    limited = PostgresEngine(f"{url}&options=-c%20statement_timeout%3D100", "test")
    long = numbers(limited, 3_000)
    both = (
        exp.select("count(*) as n").from_(long.subquery("a")).join(long.subquery("b"), on="a.i <> b.i + 0.5")
    )
    with pytest.raises(StoreError) as given_up:
        limited.read(both)
    assert given_up.value.code == "store-limit"
    assert limited.read(exp.select("count(*) as n").from_(long.subquery("a"))).to_pylist() == [{"n": 3_000}]
    limited.close()


def test_a_connection_that_broke_is_replaced(engine: PostgresEngine, url: str) -> None:
    engine.write(relation("b1"), ROWS.to_reader())
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'leadline'"
        )
    assert everything(engine, ["b1"], {"name": "text"}).num_rows == 2


def test_a_nul_is_refused_and_nothing_is_written(engine: PostgresEngine) -> None:
    with pytest.raises(StoreError) as refused:
        engine.write(relation("b1"), pa.table({"name": ["fine", "a\0b"]}).to_reader())
    assert refused.value.code == "store-engine"
    assert not engine.exists(relation("b1"))
    assert engine.tidy() == 0


def test_processes_that_begin_together_make_one_register(url: str) -> None:
    start = threading.Barrier(6)

    def begin(n: int) -> None:
        start.wait()
        engine = PostgresEngine(url, "test")
        engine.write(relation(f"b{n}"), ROWS.to_reader())
        engine.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(begin, range(6)))
    engine = PostgresEngine(url, "test")
    assert [r.key for r in engine.relations()] == [f"b{n}" for n in range(6)]
    engine.close()


def test_of_two_writers_of_one_relation_one_writes_it(url: str) -> None:
    start = threading.Barrier(2)

    def write(_: int) -> str:
        engine = PostgresEngine(url, "test")
        start.wait()
        try:
            engine.write(relation("b1"), ROWS.to_reader())
        except StoreError as error:
            return error.code
        finally:
            engine.close()
        return "written"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, range(2))) == ["store-exists", "written"]


def test_threads_share_an_engine(engine: PostgresEngine) -> None:
    for n in (1, 2, 3):
        engine.publish(f"g{n}", {"numbers": numbers(engine, n * 100)})

    def read(n: int) -> bool:
        return counted(engine, f"g{n % 3 + 1}") == (n % 3 + 1) * 100

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(read, range(60)))


def test_projects_of_one_database_do_not_see_each_other(url: str, engine: PostgresEngine) -> None:
    engine.write(relation("b1"), ROWS.to_reader())
    other = PostgresEngine(url, "other")
    assert list(other.relations()) == []
    assert other.tidy() == 0
    assert engine.exists(relation("b1"))
    other.close()


def test_the_time_zone_and_date_style_of_the_server_do_not_matter(url: str) -> None:
    odd = f"{url}&options=-c%20timezone%3DAsia/Tokyo%20-c%20datestyle%3DGerman%20-c%20extra_float_digits%3D-5"
    engine = PostgresEngine(odd, "test")
    engine.write(relation("b1"), ROWS.to_reader())
    read = everything(engine, ["b1"], {"day": "date", "at": "instant", "value": "number"})
    assert read.to_pylist() == ROWS.select(["day", "at", "value"]).to_pylist()
    shown = exp.select("cast(f.at as text) as shown").from_(
        engine.scan([relation("b1")], {"at": "instant"}, "f")
    )
    assert engine.read(shown)["shown"].to_pylist() == ["2026-03-29 01:30:00+00", None]
    engine.close()
