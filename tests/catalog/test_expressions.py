"""The corpora: what must be refused is refused, what is read has its type and text, and DuckDB agrees."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlglot import exp

from leadline.catalog.expressions import parse
from leadline.errors import ExpressionError, Place
from tests.catalog.columns import FILE, FROM, ROW, SQL_TYPES, read, table

CORPORA = Path(__file__).parent / "expressions"


def corpus(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((CORPORA / name).read_text("utf-8"))
    return found


REFUSED = [(case["text"], case["code"], case.get("in", "row")) for case in corpus("refused.yaml")]
EVERYWHERE = [case["text"] for case in corpus("refused.yaml") if "in" not in case]
READ = [(case["text"], case.get("in", "row"), case["type"], case["sql"]) for case in corpus("read.yaml")]


@pytest.mark.parametrize(("text", "code", "where"), REFUSED)
def test_what_is_not_allowed_is_refused_by_name(text: str, code: str, where: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        read(text, where)
    assert refused.value.code == code
    assert refused.value.message.endswith((".", "?"))
    assert refused.value.place is not None


@pytest.mark.parametrize("where", ["group", "file"])
@pytest.mark.parametrize("text", EVERYWHERE)
def test_what_is_never_allowed_is_refused_wherever_it_is_read(text: str, where: str) -> None:
    with pytest.raises(ExpressionError):
        read(text, where)


@pytest.mark.parametrize(("text", "where", "kind", "sql"), READ)
def test_what_is_read_has_one_type_and_one_text(text: str, where: str, kind: str, sql: str) -> None:
    expression = read(text, where)
    assert (expression.tree.sql("duckdb"), expression.type) == (sql, kind)


@pytest.mark.parametrize(("text", "where", "sql"), [(t, where, sql) for t, where, _, sql in READ])
def test_the_text_of_a_tree_reads_as_the_tree(text: str, where: str, sql: str) -> None:
    assert read(sql, where).tree == read(text, where).tree


RUN = [(text, where, kind) for text, where, kind, _ in READ if where != "file"]


@pytest.mark.parametrize(("text", "where", "kind"), RUN)
def test_duckdb_runs_it_and_finds_the_same_type(text: str, where: str, kind: str) -> None:
    tree = plain(read(text, where).tree)
    grouped = f"{FROM} GROUP BY ticket" if where == "group" else FROM
    query = f"SELECT DISTINCT typeof({tree.sql('duckdb')}) {grouped}"
    found = {row[0] for row in table().execute(query).fetchall()}
    if kind == "number":
        assert all(t in {"DOUBLE", "FLOAT"} or t.startswith("DECIMAL") for t in found)
    elif kind != "null":
        assert found <= SQL_TYPES[kind]  # type: ignore[index]  # the corpus names types


def plain(tree: exp.Expression) -> exp.Expression:
    """Replace Leadline's own functions by what a compiler would put there, and qualify the fact's columns."""

    def replaced(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and not node.table:
            return exp.column(node.name, "f", quoted=True)
        if isinstance(node, exp.Anonymous):
            names = {"FIRST_BY": "arg_min", "LAST_BY": "arg_max"}
            if node.name == "LOCAL":
                zone = exp.Literal.string("Europe/Berlin")
                return exp.AtTimeZone(this=exp.Paren(this=node.expressions[0]), zone=zone)
            return exp.Anonymous(this=names[node.name], expressions=node.expressions)
        return node

    result: exp.Expression = tree.transform(replaced)
    return result


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("score > 1 and scoer > 2", 15),
        ("scoer", 1),
        ("score > 1 and\n  chanel = 'a'", 17),
        ("channel = 'a' and getenv('x') = 'y'", 19),
        ("channel || 1 = 'a'", 12),
        ("score = 1 ; select 1", 11),
        ("score = 1 -- x", 9),
        ("score > current_date", 9),
        ("customer.teir = 'gold'", 1),
        ("score > 'a'", 9),
        ("score in (1, 2", 14),
        ("1 = 'x", 6),
    ],
)
def test_the_place_is_that_of_the_offending_word(text: str, column: int) -> None:
    offsets: list[int] = []

    def place(offset: int) -> Place:
        offsets.append(offset)
        return Place(Path("x"), 1, offset + 1)

    with pytest.raises(ExpressionError):
        parse(text, ROW, place=place)
    assert [offset + 1 for offset in offsets] == [column]


def test_near_names_are_offered() -> None:
    for text, near in [
        ("scoer = 1", "score"),
        ("customer.teir = 'a'", "customer.tier"),
        ("uper(channel)", "upper"),
    ]:
        with pytest.raises(ExpressionError) as refused:
            parse(text, ROW)
        assert near in refused.value.hint


@pytest.mark.parametrize(
    ("text", "expects", "code"),
    [
        ("score", "predicate", "expects-condition"),
        ("null", "predicate", "expects-condition"),
        ("channel", "number", "expects-number"),
        ("ended_at - started_at", "number", "expects-number"),
        ("flag", "number", "expects-number"),
        ("score", "text", "expression-type"),
        ("channel", "integer", "expression-type"),
        ("amount", "integer", "expression-type"),
        ("day", "instant", "expression-type"),
    ],
)
def test_an_expression_that_gives_something_else_is_refused(text: str, expects: str, code: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text, ROW, expects=expects)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "expects"),
    [("score", "number"), ("score", "integer"), ("channel", "unit"), ("null", "date"), ("flag", "predicate")],
)
def test_an_expression_that_fits_is_read(text: str, expects: str) -> None:
    parse(text, ROW, expects=expects)


@pytest.mark.parametrize(
    ("text", "expects"),
    [
        ("x", "instant"),
        ("x", "number"),
        ("null", "number"),
        ("strptime(x, '%Y')", "instant"),
        ("date(x)", "instant"),
        ("number(x)", "integer"),
        ("1", "text"),
    ],
)
def test_a_mapped_value_may_be_converted_row_by_row(text: str, expects: str) -> None:
    parse(text, FILE, expects=expects, mapping=True)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "score" + ")" * 200 + " = 1",
        "not " * 500 + "flag",
        "-" * 500 + "score",
        "- " * 500 + "score",
        " + ".join(["score"] * 1000),
        " || ".join(["channel"] * 300),
        "case when flag then " * 100 + "1" + " end" * 100,
        "score in (" + ", ".join("1" for _ in range(5000)) + ")",
        "lower(" * 100 + "channel" + ")" * 100,
        "date " * 1000 + "'x'",
        "timestamp " * 1000 + "'x'",
        "interval " * 1000 + "1 day",
        "cast(" * 60 + "score" + " as integer)" * 60,
        "score is not distinct from " * 400 + "1",
        "flag = " * 700 + "flag",
        "score between 1 and " * 400 + "2",
        "x." * 700 + "y",
        "score::" * 700 + "integer",
        "@" * 700 + "score",
        "distinct " * 700 + "score",
        "exists " * 700 + "score",
        "array " * 700 + "score",
    ],
)
def test_a_monster_costs_little_and_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, ROW)


def test_long_conditions_of_one_kind_are_read() -> None:
    text = " or ".join(f"score = {n}" for n in range(300))
    assert parse(text, ROW).tree.sql("duckdb").count(" OR ") == 299


def test_what_an_expression_names_is_known() -> None:
    assert read("customer.tier = 'gold' and score > 1").columns == {"customer.tier", "score"}
    assert read("coalesce(a.b, \"C d\") = 'x'", "file").columns == {"a.b", "C d"}


def test_texts_of_typed_files_may_be_anything() -> None:
    typed = type(FILE)(open_type="any", what="the file")
    parse(
        "score >= 4 and name = 'x' and bought > date '2026-01-31'", typed, mapping=True, expects="predicate"
    )
