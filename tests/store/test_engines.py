"""What every engine does alike: relations and publications whole or not at all, columns as they were asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from leadline.errors import SourceError, StoreError
from leadline.store.engine import Engine, Relation
from leadline.store.slots import slot
from tests.store.engines import COLUMNS, ROWS, everything, relation


def test_what_is_written_is_read(warehouse: Engine) -> None:
    assert warehouse.write(relation("b1"), ROWS.to_reader()) == 2
    read = everything(warehouse, ["b1"], COLUMNS)
    assert read.to_pylist() == ROWS.to_pylist()
    assert read.schema.types == ROWS.schema.types
    assert warehouse.columns(relation("b1")) == COLUMNS


def test_a_relation_can_be_empty(warehouse: Engine) -> None:
    assert warehouse.write(relation("b1"), ROWS.slice(0, 0).to_reader()) == 0
    assert warehouse.exists(relation("b1"))
    assert everything(warehouse, ["b1"], COLUMNS).schema.types == ROWS.schema.types


def test_no_relations_give_no_rows_with_the_columns_asked_for(warehouse: Engine) -> None:
    read = everything(warehouse, [], COLUMNS)
    assert (read.num_rows, read.schema.names, read.schema.types) == (0, list(COLUMNS), ROWS.schema.types)
    count = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(warehouse.scan([], {}, "f"))
    assert warehouse.read(count).to_pylist() == [{"n": 0}]


def test_rows_can_be_counted_without_a_column(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), ROWS.to_reader())
    count = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(warehouse.scan([relation("b1")], {}, "f"))
    assert warehouse.read(count).to_pylist() == [{"n": 2}]


def test_a_column_that_older_relations_lack_is_null_and_one_of_another_type_is_cast(
    warehouse: Engine,
) -> None:
    warehouse.write(
        relation("old"), pa.table({"count": pa.array([7], pa.int32()), "value": ["1.5"]}).to_reader()
    )
    warehouse.write(relation("new"), ROWS.slice(0, 1).to_reader())
    old, new = everything(warehouse, ["old", "new"], COLUMNS).to_pylist()
    assert old == {"name": None, "count": 7, "value": 1.5, "good": None, "day": None, "at": None}
    assert new == ROWS.slice(0, 1).to_pylist()[0]


def test_columns_are_found_whatever_the_case_of_their_letters(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"Name": ["x"]}).to_reader())
    assert everything(warehouse, ["b1"], {"name": "text"}).to_pylist() == [{"name": "x"}]


def test_a_value_that_does_not_fit_its_type_is_an_error_and_not_null(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": ["seven"]}).to_reader())
    with pytest.raises(StoreError, match="seven"):
        everything(warehouse, ["b1"], {"count": "integer"})


def test_columns_may_have_any_name(warehouse: Engine) -> None:
    names = ["select", 'with "quotes"', "it's", "Größe (m²)", "a.b", "_line"]
    warehouse.write(relation("b1"), pa.table({name: [1] for name in names}).to_reader())
    read = everything(warehouse, ["b1"], dict.fromkeys(names, "integer"))
    assert read.to_pylist() == [dict.fromkeys(names, 1)]


def test_columns_that_differ_only_in_case_are_refused(warehouse: Engine) -> None:
    with pytest.raises(StoreError, match="'Name' and 'name'"):
        warehouse.write(relation("b1"), pa.table({"Name": [1], "name": [2]}).to_reader())


def test_a_failing_reader_leaves_nothing_and_its_own_error(warehouse: Engine) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise SourceError("line 3 is cut off")

    with pytest.raises(SourceError, match="line 3"):
        warehouse.write(relation("b1"), pa.RecordBatchReader.from_batches(ROWS.schema, broken()))
    assert not warehouse.exists(relation("b1"))
    assert list(warehouse.relations()) == []
    assert warehouse.tidy() == 0


def test_a_failing_query_leaves_nothing(warehouse: Engine) -> None:
    with pytest.raises(StoreError, match="nonsense"):
        warehouse.derive(
            relation("b1"), parse_one("select cast(x as int) as i from (values ('1'), ('nonsense')) as t(x)")
        )
    assert list(warehouse.relations()) == []
    assert warehouse.tidy() == 0


def test_a_relation_is_written_once(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), ROWS.to_reader())
    with pytest.raises(StoreError) as refused:
        warehouse.write(relation("b1"), ROWS.to_reader())
    assert refused.value.code == "store-exists"
    assert everything(warehouse, ["b1"], COLUMNS).num_rows == 2


def test_a_dropped_relation_is_gone_and_may_be_dropped_again(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), ROWS.to_reader())
    warehouse.drop(relation("b1"))
    warehouse.drop(relation("b1"))
    assert list(warehouse.relations()) == []
    with pytest.raises(StoreError) as missing:
        warehouse.scan([relation("b1")], COLUMNS, "f")
    assert missing.value.code == "store-missing"


def test_a_relation_written_again_after_a_drop_has_its_new_columns(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": [1]}).to_reader())
    everything(warehouse, ["b1"], {"count": "integer"})
    warehouse.drop(relation("b1"))
    warehouse.write(relation("b1"), pa.table({"name": ["x"]}).to_reader())
    assert everything(warehouse, ["b1"], {"name": "text"}).to_pylist() == [{"name": "x"}]


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "a b", "a*", "x" * 151, "naïve"])
def test_a_name_that_could_mean_another_file_is_refused(warehouse: Engine, name: str) -> None:
    for wrong in (Relation("fact", name, "b1"), Relation("fact", "call", name)):
        with pytest.raises(StoreError, match="cannot name"):
            warehouse.exists(wrong)
    with pytest.raises(StoreError, match="cannot name"):
        warehouse.publish(name, {})


def test_sums_of_integers_are_integers(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": [2**53, 1, 2]}).to_reader())
    total = exp.select("sum(f.count) as total", "sum(f.count) * 0.5 as half").from_(
        warehouse.scan([relation("b1")], {"count": "integer"}, "f")
    )
    assert warehouse.read(total).to_pylist() == [{"total": 2**53 + 3, "half": (2**53 + 3) / 2}]
    warehouse.derive(relation("sum"), total)
    assert everything(warehouse, ["sum"], {"total": "integer"}).to_pylist() == [{"total": 2**53 + 3}]


def test_a_sum_that_does_not_fit_is_an_error_and_not_a_rounded_number(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": [2**62, 2**62]}).to_reader())
    total = exp.select("sum(f.count) as total").from_(
        warehouse.scan([relation("b1")], {"count": "integer"}, "f")
    )
    with pytest.raises(StoreError):
        warehouse.derive(relation("sum"), total)
    with pytest.raises(StoreError):
        warehouse.read(total)


def test_what_a_query_orders_stays_in_order(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": [(n * 7919) % 5003 for n in range(5003)]}).to_reader())
    scan = warehouse.scan([relation("b1")], {"count": "integer"}, "f")
    warehouse.derive(
        relation("b2"), exp.select("f.count", "sum(f.count) as wide").from_(scan).group_by("1").order_by("1")
    )
    assert everything(warehouse, ["b2"], {"count": "integer"})["count"].to_pylist() == list(range(5003))


@pytest.mark.thorough
def test_a_stream_gives_what_a_read_gives(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), pa.table({"count": range(250_000)}).to_reader())
    query = exp.select("f.count").from_(warehouse.scan([relation("b1")], {"count": "integer"}, "f"))
    batches = list(warehouse.stream(query))
    assert batches
    assert pa.Table.from_batches(batches).equals(warehouse.read(query))
    assert warehouse.write(relation("b2"), warehouse.stream(query)) == 250_000


def test_time_is_utc_wherever_the_machine_stands(warehouse: Engine) -> None:
    query = exp.select(
        "cast(timestamptz '2026-03-29 01:30:00+00' as text) as shown",
        "timestamptz '2026-03-29 01:30:00' as at",
    )
    for _ in range(2):  # a setting may hold for one cursor only
        read = warehouse.read(query)
        assert read["shown"].to_pylist() == ["2026-03-29 01:30:00+00"]
        assert read["at"].to_pylist() == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]
        assert read.schema.field("at").type == pa.timestamp("us", tz="UTC")


def test_what_the_dialect_cannot_say_is_an_error(warehouse: Engine) -> None:
    query = exp.select(exp.IgnoreNulls(this=exp.func("sum", exp.column("x")))).from_("t")
    unsupported = exp.select(exp.Pivot(this=exp.column("x"))).from_("t")
    for tree in (query, unsupported):
        with pytest.raises(StoreError):
            warehouse.read(tree)


def rows(count: int) -> exp.Query:
    return exp.select("r.i", "r.i * 2 as twice").from_(exp.values([(n,) for n in range(count)], "r", ["i"]))


def numbers(warehouse: Engine, *names: str) -> list[int]:
    """Give the numbers of one table over publications."""
    source = warehouse.published(names, "numbers", {"i": "integer"}, "p")
    read = warehouse.read(exp.select("p.i").from_(source).order_by("1"))
    assert read.schema.types == [pa.int64()]
    return list(read["i"].to_pylist())


def test_relations_at_rest_are_listed(warehouse: Engine) -> None:
    written = [
        Relation("fact", "call", "b1"),
        Relation("held", "calls", "b1"),
        Relation("state", "nps", "5f.3"),
    ]
    for each in written:
        warehouse.write(each, ROWS.to_reader())
    assert sorted(warehouse.relations()) == sorted(written)
    assert warehouse.tidy() == 0


def test_what_is_published_is_read_until_it_is_retracted(warehouse: Engine) -> None:
    warehouse.publish("g1", {"numbers": rows(4), "others": rows(1)})
    assert numbers(warehouse, "g1") == [0, 1, 2, 3]
    assert list(warehouse.generations()) == ["g1"]
    with pytest.raises(StoreError, match="published already"):
        warehouse.publish("g1", {"numbers": rows(3)})
    warehouse.retract("g1")
    warehouse.retract("g1")
    assert list(warehouse.generations()) == []
    with pytest.raises(StoreError) as gone:
        numbers(warehouse, "g1")
    assert gone.value.code == "store-generation"
    warehouse.publish("g1", {"numbers": rows(2)})
    assert numbers(warehouse, "g1") == [0, 1]


def test_a_publication_is_whole_or_not_at_all(warehouse: Engine) -> None:
    wrong = parse_one("select cast(x as int) as i from (values ('1'), ('x')) as t(x)", into=exp.Select)
    with pytest.raises(StoreError):
        warehouse.publish("g1", {"numbers": rows(3), "wrong": wrong})
    assert list(warehouse.generations()) == []
    assert warehouse.tidy() == 0
    warehouse.publish("g1", {"numbers": rows(3)})
    assert numbers(warehouse, "g1") == [0, 1, 2]


def test_one_table_is_read_over_many_publications(warehouse: Engine) -> None:
    """As months of states are: one publication each, tables that one lacks, columns in another order or type."""
    warehouse.publish("m1", {"numbers": rows(3), "others": rows(1)})
    warehouse.publish("m2", {"others": rows(1)})
    other = exp.select("cast(7 as smallint) as i", "'x' as more")
    warehouse.publish("m3", {"numbers": other})
    warehouse.publish("m4", {"numbers": rows(2)})
    warehouse.publish("m5", {})
    assert numbers(warehouse, "m1", "m2", "m3", "m4") == [0, 0, 1, 1, 2, 7]
    assert numbers(warehouse, "m1", "m4") == [0, 0, 1, 1, 2]
    assert numbers(warehouse, "m2", "m5") == numbers(warehouse) == []
    with pytest.raises(StoreError, match="no column 'sum'"):
        warehouse.published(["m1"], "numbers", {"sum": "number"}, "p")


def test_a_publication_is_computed_from_another_and_so_is_a_relation(warehouse: Engine) -> None:
    warehouse.publish("g1", {"numbers": rows(4)})
    source = warehouse.published(["g1"], "numbers", {"i": "integer"}, "p")
    warehouse.publish("g2", {"numbers": exp.select("p.i + 1 as i").from_(source)})
    assert numbers(warehouse, "g2") == [1, 2, 3, 4]
    assert warehouse.derive(relation("b1"), exp.select("p.i").from_(source.copy())) == 4
    assert warehouse.columns(relation("b1")) == {"i": "integer"}


def test_names_of_any_length_are_told_apart(warehouse: Engine) -> None:
    long = ["a" * 100 + "_1", "a" * 100 + "_2"]
    for n, name in enumerate(long):
        warehouse.write(Relation("fact", name, "b1"), pa.table({c: [n] for c in long}).to_reader())
    for n, name in enumerate(long):
        scan = warehouse.scan([Relation("fact", name, "b1")], dict.fromkeys(long, "integer"), "f")
        query = exp.select(*(exp.column(c, table="f", quoted=True) for c in long)).from_(scan)
        assert warehouse.read(query).to_pylist() == [dict.fromkeys(long, n)]


def test_texts_stay_what_they_are(warehouse: Engine) -> None:
    texts = [
        "",
        None,
        " ",
        '"',
        "'",
        ",",
        "\\",
        "\\.",
        "a\nb",
        "a\r\nb",
        "NULL",
        "\\N",
        "null",
        "Ü\u0301",
        "🤦🏼",
        "\ufeff",
    ]
    warehouse.write(relation("b1"), pa.table({"name": pa.array(texts), "n": range(len(texts))}).to_reader())
    read = everything(warehouse, ["b1"], {"name": "text", "n": "integer"}).sort_by("n")
    assert read["name"].to_pylist() == texts
    warehouse.derive(
        relation("b2"), exp.select("f.name").from_(warehouse.scan([relation("b1")], {"name": "text"}, "f"))
    )
    assert sorted(everything(warehouse, ["b2"], {"name": "text"})["name"].to_pylist(), key=str) == sorted(
        texts, key=str
    )


def test_numbers_stay_what_they_are(warehouse: Engine) -> None:
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2**53 + 0.0, 1 / 3, None]
    whole = [2**63 - 1, -(2**63), 0, 1, -1, 10**18, None]
    warehouse.write(
        relation("b1"), pa.table({"value": values, "count": pa.array(whole, pa.int64())}).to_reader()
    )
    read = everything(warehouse, ["b1"], {"value": "number", "count": "integer"})
    assert sorted(map(repr, read["value"].to_pylist())) == sorted(map(repr, values))
    assert sorted(map(repr, read["count"].to_pylist())) == sorted(map(repr, whole))


def test_texts_are_ordered_by_their_bytes(warehouse: Engine) -> None:
    words = ["a", "B", "ä", "Z", "", "a b", "ab", "a_", "é", "e", None]
    warehouse.write(relation("b1"), pa.table({"name": words}).to_reader())
    scan = warehouse.scan([relation("b1")], {"name": "text"}, "f")
    by_name = exp.Ordered(this=exp.column("name", table="f"), nulls_first=False)
    ordered = warehouse.read(exp.select("f.name").from_(scan).order_by(by_name))["name"].to_pylist()
    assert ordered == [*sorted((w for w in words if w is not None), key=str.encode), None]
    ends = warehouse.read(exp.select("min(f.name) as low", "max(f.name) as high").from_(scan.copy()))
    assert ends.to_pylist() == [{"low": "", "high": "é"}]


def test_the_sql_shown_names_what_is_read(warehouse: Engine) -> None:
    warehouse.write(relation("b1"), ROWS.to_reader())
    text = warehouse.sql(exp.select("count(*) as n").from_(warehouse.scan([relation("b1")], COLUMNS, "f")))
    assert "count(*)" in text.lower()
    assert "interaction" in text


def test_a_prepared_query_is_read_with_other_texts_each_time(warehouse: Engine) -> None:
    texts = ["a", "b", "it's", "\\", "a; --", "%s", "{x}", "$1", ":one", "\ue000one\ue001", "ä"]
    relation = Relation("fact", "word", "w")
    warehouse.write(relation, pa.table({"word": texts}).to_reader())
    rows = warehouse.scan([relation], {"word": "text"}, "r")
    word = exp.column("word", table="r", quoted=True)
    inside = exp.EQ(this=word, expression=exp.Literal.string(slot("one"))).or_(word.isin(slot("more")))
    prepared = warehouse.prepare(
        exp.select(word.as_("word", quoted=True)).from_(rows).where(inside).order_by("word")
    )
    for text in texts:
        assert prepared({"one": text, "more": [text]})["word"].to_pylist() == [text]
        assert prepared({"one": "no such", "more": ["a", text]})["word"].to_pylist() == sorted({"a", text})
    with pytest.raises(KeyError):
        prepared({"one": "a"})
