"""Laws of expressions that hold whatever is written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlglot import exp

from leadline.catalog import functions, grammar, operators
from leadline.catalog.expressions import parse
from leadline.errors import ExpressionError
from tests.catalog.columns import FILE, FROM, ROW, outcome, table
from tests.catalog.strategies import numbers, predicates, soup, texts
from tests.catalog.test_expressions import plain

ANYTHING = st.one_of(
    predicates().map(lambda t: (t, "predicate")),
    numbers().map(lambda t: (t, "number")),
    texts().map(lambda t: (t, "text")),
)


@given(ANYTHING)
def test_the_text_of_a_checked_tree_reads_as_the_same_tree(written: tuple[str, str]) -> None:
    text, expects = written
    expression = parse(text, ROW, expects=expects)
    again = parse(expression.tree.sql("duckdb"), ROW, expects=expects)
    assert again.tree == expression.tree
    assert (again.type, again.columns) == (expression.type, expression.columns)


@pytest.mark.thorough
@given(ANYTHING)
def test_parentheses_around_the_whole_change_nothing(written: tuple[str, str]) -> None:
    text, expects = written
    assert parse(f"( {text} )", ROW, expects=expects).tree == parse(text, ROW, expects=expects).tree


@pytest.mark.thorough
@given(ANYTHING)
def test_a_checked_copy_shares_nothing_with_another(written: tuple[str, str]) -> None:
    text, expects = written
    first, second = parse(text, ROW, expects=expects), parse(text, ROW, expects=expects)
    assert not {id(n) for n in first.tree.walk()} & {id(n) for n in second.tree.walk()}


def _values(text: str, tree: exp.Expression) -> tuple[list[object], list[object]]:
    """Evaluate an expression as written and as checked over the rows of the table."""
    connection = table()
    as_written = text.replace("local(started_at)", "(started_at at time zone 'Europe/Berlin')")
    both: list[list[object]] = []
    for sql in (as_written, plain(tree).sql("duckdb")):
        query = f"SELECT {sql} {FROM} ORDER BY f.score"
        both.append([row[0] for row in connection.execute(query).fetchall()])
    return both[0], both[1]


@pytest.mark.thorough
@given(ANYTHING)
def test_the_checked_tree_means_what_was_written(written: tuple[str, str]) -> None:
    text, expects = written
    tree = parse(text, ROW, expects=expects).tree
    first, second = _values(text, tree)
    assert repr(first) == repr(second)


@example("score \r score")  # a line ends there, too
@given(soup())
def test_whatever_is_written_is_read_or_refused_with_a_place(text: str) -> None:
    for where in ("row", "group", "file"):
        found = outcome(text, where)
        if isinstance(found, ExpressionError):
            assert found.place is not None
            assert found.code in KNOWN
            assert 0 < found.place.column <= len(text) + 2
        else:
            assert {type(n) for n in found.tree.walk()} <= ALLOWED
            assert all(n.name in grammar.MARKED for n in found.tree.find_all(exp.Anonymous))


KNOWN = {
    "expression-syntax",
    "expression-forbidden",
    "expression-type",
    "expression-arguments",
    "expression-too-large",
    "unknown-column",
    "unknown-function",
    "aggregate-misplaced",
}

ALLOWED = {
    *operators.RULES,
    *functions.RULES,
    exp.If,
    exp.Identifier,
    exp.DataType,
    exp.Var,
    exp.Star,
    exp.Distinct,
} - {exp.Date, exp.First, exp.Last, exp.Dot, exp.DateTrunc}


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = outcome(text, "file")
    assert not isinstance(found, ExpressionError) or found.code in KNOWN


@pytest.mark.thorough
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30))
def test_a_text_stays_the_text_it_is(value: str) -> None:
    written = "'" + value.replace("'", "''") + "'"
    tree = parse(written, ROW).tree
    assert isinstance(tree, exp.Literal)
    assert tree.this == value
    if "\0" not in value:
        assert table().execute(f"SELECT {tree.sql('duckdb')}").fetchall() == [(value,)]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20))
def test_a_files_column_may_have_any_name(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    expression = parse(quoted, FILE, mapping=True)
    assert expression.columns == {name}
    again = parse(expression.tree.sql("duckdb"), FILE, mapping=True)
    assert again.columns == {name}


def test_nothing_is_allowed_that_is_not_named() -> None:
    for cls in vars(exp).values():
        if isinstance(cls, type) and issubclass(
            cls, exp.Query | exp.DDL | exp.DML | exp.Command | exp.Table | exp.Window
        ):
            assert cls not in ALLOWED


@pytest.mark.parametrize("name", sorted(grammar.MARKED))
def test_leadlines_own_functions_are_documented_where_compilers_look(name: str) -> None:
    from leadline.catalog import expressions

    assert name in (expressions.__doc__ or "")
