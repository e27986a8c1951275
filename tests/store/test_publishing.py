"""A generation's tables appear together, are read by any number of threads, and go when they are retired."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.engine import Relation
from leadline.store.engines.attached import KEPT_OPEN
from leadline.store.engines.duckdb import DuckDBEngine
from leadline.store.home import Home

STORAGE_THAT_BOTH_LINES_OPEN = (
    68  # what a file of STORAGE_VERSION 'v1.5.0' begins with, after its magic bytes
)
RANGE = exp.TableAlias(this=exp.to_identifier("r"), columns=[exp.to_identifier("i")])


def rows(count: int) -> exp.Query:
    source = exp.Table(
        this=exp.Anonymous(this="range", expressions=[exp.Literal.number(count)]), alias=RANGE.copy()
    )
    return exp.select("r.i", "r.i * 2 as twice").from_(source)


def published(engine: DuckDBEngine, name: str, alias: str) -> exp.Expression:
    return engine.published([name], "numbers", {"i": "integer"}, alias)


def total(engine: DuckDBEngine, generation: str) -> int:
    query = exp.select("sum(p.i) as total").from_(published(engine, generation, "p"))
    value = engine.read(query)["total"].to_pylist()[0]
    assert isinstance(value, int)
    return value


def attached(engine: DuckDBEngine) -> set[str]:
    found = engine.read(
        parse_one("select database_name from duckdb_databases() where not internal", into=exp.Select)
    )
    return {name for name in found["database_name"].to_pylist() if name != "memory"}


def test_published_tables_are_read_by_this_engine_and_by_another(
    engine: DuckDBEngine, home: Home, settings: Settings
) -> None:
    engine.publish("g1", {"numbers": rows(10), "empty": rows(0)})
    other = DuckDBEngine(home.root, settings)
    assert total(engine, "g1") == total(other, "g1") == 45
    other.close()
    assert list(engine.generations()) == ["g1"]
    assert attached(engine) == {"published_g1"}


def test_a_published_file_is_one_that_every_supported_engine_opens(engine: DuckDBEngine, home: Home) -> None:
    engine.publish("g1", {"numbers": rows(10)})
    head = (home.published / "g1.duckdb").read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert int.from_bytes(head[12:20], "little") == STORAGE_THAT_BOTH_LINES_OPEN
    assert [p.name for p in home.published.iterdir()] == ["g1.duckdb"], "everything is in the one file"


def test_a_generation_is_published_whole_or_not_at_all(engine: DuckDBEngine, home: Home) -> None:
    wrong = parse_one("select cast(x as int) as i from (values ('1'), ('x')) as t(x)", into=exp.Select)
    with pytest.raises(StoreError):
        engine.publish("g1", {"numbers": rows(10), "wrong": wrong})
    assert list(home.published.iterdir()) == []
    assert attached(engine) == set()
    engine.publish("g1", {"numbers": rows(3)})
    assert total(engine, "g1") == 3


def test_a_generation_is_published_once(engine: DuckDBEngine) -> None:
    engine.publish("g1", {"numbers": rows(10)})
    with pytest.raises(StoreError, match="published already"):
        engine.publish("g1", {"numbers": rows(3)})
    assert total(engine, "g1") == 45


def test_a_generation_may_be_computed_from_another(engine: DuckDBEngine) -> None:
    engine.publish("g1", {"numbers": rows(10)})
    engine.publish("g2", {"numbers": exp.select("p.i + 1 as i").from_(published(engine, "g1", "p"))})
    relation = Relation("state", "numbers", "k1")
    engine.derive(relation, exp.select("p.i").from_(published(engine, "g2", "p")))
    both = exp.select("sum(a.i) as total").from_(published(engine, "g1", "a"))
    both = both.join(published(engine, "g2", "b"), on="a.i = b.i")
    assert total(engine, "g2") == 55
    assert engine.read(both).to_pylist() == [{"total": 45}]
    assert engine.columns(relation) == {"i": "integer"}


def test_sums_of_integers_are_published_as_integers(engine: DuckDBEngine) -> None:
    engine.publish(
        "g1", {"sums": parse_one("select sum(i) as total from range(10) as r(i)", into=exp.Select)}
    )
    read = engine.read(exp.select("*").from_(engine.published(["g1"], "sums", {"total": "integer"}, "p")))
    assert read.schema.types == [pa.int64()]


def test_what_is_gone_says_so(engine: DuckDBEngine) -> None:
    with pytest.raises(StoreError) as gone:
        total(engine, "g1")
    assert gone.value.code == "store-generation"
    engine.publish("g1", {"numbers": rows(10)})
    assert total(engine, "g1") == 45
    engine.retract("g1")
    engine.retract("g1")
    assert list(engine.generations()) == []
    with pytest.raises(StoreError):
        total(engine, "g1")


def test_one_table_is_read_over_many_publications(engine: DuckDBEngine) -> None:
    """As months of states are: one publication each, tables that one lacks, columns in another order or type."""
    engine.publish("m1", {"numbers": rows(3), "others": rows(1)})
    engine.publish("m2", {"others": rows(1)})
    engine.publish(
        "m3", {"numbers": parse_one("select cast(7 as smallint) as i, 'x' as more", into=exp.Select)}
    )
    engine.publish("m4", {"numbers": rows(2)})

    def found(*names: str) -> list[int]:
        source = engine.published(names, "numbers", {"i": "integer"}, "p")
        read = engine.read(exp.select("p.i").from_(source).order_by("1"))
        assert read.schema.types == [pa.int64()]
        return list(read["i"].to_pylist())

    assert found("m1", "m2", "m3", "m4") == [0, 0, 1, 1, 2, 7]
    assert found("m1", "m4") == [0, 0, 1, 1, 2]
    assert found("m2") == found() == []


def test_a_column_that_was_not_published_is_an_error_and_not_null(engine: DuckDBEngine) -> None:
    engine.publish("g1", {"numbers": rows(10)})
    with pytest.raises(StoreError, match="no column 'sum'") as refused:
        engine.published(["g1"], "numbers", {"sum": "number"}, "p")
    assert refused.value.code == "store-columns"


@pytest.mark.thorough
def test_older_generations_are_let_go_of_and_opened_again(engine: DuckDBEngine) -> None:
    names = [f"g{n}" for n in range(KEPT_OPEN + 3)]
    for n, name in enumerate(names):
        engine.publish(name, {"numbers": rows(n + 1)})
    for n, name in enumerate(names):
        assert total(engine, name) == n * (n + 1) // 2
    assert attached(engine) == {f"published_{name}" for name in names[-KEPT_OPEN:]}
    assert total(engine, "g0") == 0
    assert attached(engine) == {f"published_{name}" for name in [*names[-KEPT_OPEN + 1 :], "g0"]}


@pytest.mark.thorough
def test_a_query_may_name_more_generations_than_are_kept_open(engine: DuckDBEngine) -> None:
    names = [f"g{n}" for n in range(KEPT_OPEN + 3)]
    for name in names:
        engine.publish(name, {"numbers": rows(3)})
    parts = [exp.select("p.i").from_(published(engine, name, "p")) for name in names]
    union = exp.union(*parts, distinct=False)
    assert sum(engine.read(union)["i"].to_pylist()) == 3 * len(names)
    assert len(attached(engine)) == KEPT_OPEN


@pytest.mark.thorough
def test_a_generation_retired_while_a_stream_reads_it_is_read_to_the_end(engine: DuckDBEngine) -> None:
    engine.publish("g1", {"numbers": rows(500_000)})
    stream = engine.stream(exp.select("p.i").from_(published(engine, "g1", "p")))
    first = stream.read_next_batch()
    engine.retract("g1")
    for n in range(KEPT_OPEN + 1):
        engine.publish(f"h{n}", {"numbers": rows(2)})
        assert total(engine, f"h{n}") == 1
    assert first.num_rows + sum(batch.num_rows for batch in stream) == 500_000
    assert "published_g1" not in attached(engine) or total(engine, "h0") == 1


@pytest.mark.thorough
def test_threads_share_an_engine(engine: DuckDBEngine) -> None:
    """Twenty threads read four generations while others are published and retired under them."""
    sums = {f"g{n}": 1000 * n * (1000 * n - 1) // 2 for n in range(1, 5)}
    for n in range(1, 5):
        engine.publish(f"g{n}", {"numbers": rows(1000 * n)})
    stop = threading.Event()

    def read(thread: int) -> int:
        done = 0
        while not stop.is_set():
            name = f"g{(thread + done) % 4 + 1}"
            assert total(engine, name) == sums[name]
            done += 1
        return done

    with ThreadPoolExecutor(20) as pool:
        readers = [pool.submit(read, thread) for thread in range(20)]
        try:
            for n in range(12):
                engine.publish(f"h{n}", {"numbers": rows(10)})
                assert total(engine, f"h{n}") == 45
                engine.retract(f"h{n}")
        finally:
            stop.set()
        assert sum(reader.result() for reader in readers) >= 20
    assert list(engine.generations()) == ["g1", "g2", "g3", "g4"]


def test_threads_write_different_relations_at_the_same_time(engine: DuckDBEngine) -> None:
    def write(n: int) -> int:
        return engine.write(Relation("fact", "call", f"b{n}"), pa.table({"i": range(1000 + n)}).to_reader())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(16))) == [1000 + n for n in range(16)]
    scan = engine.scan(list(engine.relations()), {"i": "integer"}, "f")
    assert engine.read(exp.select("count(*) as n").from_(scan)).to_pylist() == [{"n": 16_120}]
