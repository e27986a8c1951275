"""Every function and operator of the allow-list gives on each engine what it gives on DuckDB, on rows that are odd.

The expressions stand in functions.txt, one per line, and go the way of a user's: parsed, checked, grafted, rewritten.
"""

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from leadline.catalog import functions, operators
from leadline.catalog.expressions import Scope, parse
from leadline.errors import StoreError
from leadline.ingest.derived import _placed
from leadline.metrics.graft import WallClock, graft
from leadline.store.engine import Engine, Relation, ValueType
from tests.store.engines import ARROW, ENGINES, an_engine

KINDS: dict[str, ValueType] = {
    "t": "text", "u": "text", "i": "integer", "j": "integer", "x": "number", "y": "number", "f": "boolean",
    "d": "date", "e": "date", "a": "instant", "b": "instant",
}  # fmt: skip
LINES = Path(__file__).with_name("functions.txt").read_text("utf-8").split("# over the rows of a key\n")
ROW, GROUP = ([line for line in part.splitlines() if line and line[0] != "#"] for part in LINES)
ROWS_OF = Relation("fact", "odd", "b1")
TOGETHER = 20


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ODD: list[tuple[Any, ...]] = [
    ("", "a", 0, 1, 0.0, 1.0, True, date(2024, 2, 29), date(2023, 2, 28),
     at("2026-03-29 00:59:59.999999"), at("2026-03-29 01:00:00")),
    (" Hello, Wörld ", "lo", -7, 3, -7.5, 2.0, False, date(2025, 12, 31), date(2026, 1, 1),
     at("2026-10-25 00:30:00"), at("2026-10-25 01:30:00")),
    ("Straße ﬁ ŉ İ ΑΣ ǆ", "ß", 7, -3, 7.5, -2.0, None, date(2026, 1, 4), date(2026, 1, 5),
     at("2026-01-04 23:30:00"), at("2026-01-11 22:30:00")),
    ("a%b_c\\d", "\\", 2**53 + 1, 2, 0.1, 0.3, True, date(2027, 1, 3), date(2020, 12, 31),
     at("1969-12-31 23:59:59.5"), at("1970-01-01 00:00:00")),
    ("\t tab\n", " ", -1, 0, 2.5, 0.0, False, date(1999, 12, 31), date(2000, 1, 1),
     at("2000-02-29 12:00:00"), at("2001-02-28 12:00:00")),
    ("🤦🏼\u200d♂️é́", "é", 12, 5, -2.5, -0.0, True, date(2028, 2, 29), date(2028, 3, 1),
     at("2026-07-01 12:34:56.789"), at("2026-07-01 12:34:56.789001")),
    ("1e3", "1", 1, 1, 1e15, 1e-5, True, date(2026, 3, 29), date(2026, 10, 25),
     at("2026-12-31 23:30:00"), at("2027-01-01 00:30:00")),
    (" 42 ", "4", 3, 4, 123456789.125, 513.1795, False, date(2026, 5, 31), date(2026, 6, 30),
     at("2026-05-31 10:00:00"), at("2026-06-30 09:00:00")),
    ("2026-02-29", "-", 100, 7, 1e16, 2.675, None, None, date(2026, 6, 30), None, at("2026-06-30 09:00:00")),
    ("2026-02-28 10:20:30.5", "02", 5, 2, 0.49999999999999994, -3.5, True, date(2026, 2, 28), None,
     at("2026-02-28 10:20:30.5"), None),
    ("YES", "E", -5, 2, 1.5e300, 3.5, True, date(2026, 2, 1), date(2026, 2, 1),
     at("2026-02-28 10:20:30.5"), at("2026-02-28 10:20:30.5")),
    ("-0012.0", ".", -100, 3, -1e-7, 1e7, True, date(2026, 2, 1), date(2026, 2, 1),
     at("2026-02-28 10:20:30.6"), at("2026-02-28 10:20:30.7")),
    (None,) * 11,
]  # fmt: skip
"""Empty texts, negative numbers, zero divisors, halves, the ends of the double's whole numbers, leap days, the hours of
both clock changes, both sides of 1970, letters that other alphabets change into several, nulls."""


def tree(text: str) -> exp.Expr:
    """Give an expression as it stands in a query over the rows."""
    whole = graft(parse(text, Scope(dict(KINDS)), aggregates=text in GROUP), WallClock("Europe/Berlin"))
    for node in list(whole.find_all(exp.Anonymous)):
        if node.name in {"FIRST_BY", "LAST_BY"}:
            node.replace(_placed(node, ["id"]))
    return whole


def values(engine: Engine, texts: list[str], *, ordered: bool) -> dict[str, list[Any] | StoreError]:
    """Compute expressions over the rows, many in one query; one that fails gives its error."""
    query = exp.select(*(tree(text).as_(f"c{n}") for n, text in enumerate(texts)))
    query = query.from_(engine.scan([ROWS_OF], {**KINDS, "id": "integer"}, "f"))
    if ordered:
        query = query.order_by(exp.column("id", table="f"))
    try:
        rows = engine.read(query)
        return {text: rows.column(n).to_pylist() for n, text in enumerate(texts)}
    except StoreError as error:
        if len(texts) == 1:
            return {texts[0]: error}
        alone = [values(engine, [text], ordered=ordered) for text in texts]
        return {text: found for one in alone for text, found in one.items()}


def everything(engine: Engine) -> dict[str, list[Any] | StoreError]:
    """Compute every expression."""
    found: dict[str, list[Any] | StoreError] = {}
    for texts in (ROW, GROUP):
        for start in range(0, len(texts), TOGETHER):
            found |= values(engine, texts[start : start + TOGETHER], ordered=texts is ROW)
    return found


def filled(engine: Engine) -> Engine:
    """Write the rows."""
    schema = pa.schema([("id", pa.int64()), *((name, ARROW[kind]) for name, kind in KINDS.items())])
    rows = [dict(zip(schema.names, (n, *row), strict=True)) for n, row in enumerate(ODD)]
    engine.write(ROWS_OF, pa.Table.from_pylist(rows, schema=schema).to_reader())
    return engine


@pytest.fixture(scope="module")
def of_duckdb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What DuckDB gives."""
    with an_engine("duckdb", tmp_path_factory.mktemp("functions"), request) as engine:
        return everything(filled(engine))


@pytest.fixture(scope="module", params=ENGINES[1:])
def of_another(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What another engine gives."""
    with an_engine(request.param, tmp_path_factory.mktemp("functions"), request) as engine:
        return everything(filled(engine))


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same: of one type, and numbers to the last digits."""
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-12)
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("text", [*ROW, *GROUP])
def test_an_expression_gives_the_same_on_every_engine(
    text: str, of_duckdb: dict[str, Any], of_another: dict[str, Any]
) -> None:
    expected, found = of_duckdb[text], of_another[text]
    assert not isinstance(expected, StoreError), expected
    assert not isinstance(found, StoreError), found
    assert len(found) == len(expected) == (len(ODD) if text in ROW else 1)
    differing = [(n, a, b) for n, (a, b) in enumerate(zip(expected, found, strict=True)) if not same(a, b)]
    assert differing == []


def test_every_rule_of_the_allow_list_has_an_expression() -> None:
    met = {type(node) for text in [*ROW, *GROUP] for node in parse_tree(text).walk()}
    only_in_sources = {exp.StrToTime, exp.Date, exp.Dot}
    marks = {exp.First, exp.Last, exp.DateTrunc}
    """Leadline's own functions and what sqlglot makes of a name before it is checked."""
    assert {*operators.RULES, *functions.RULES} - only_in_sources - marks - met == set()


def parse_tree(text: str) -> exp.Expr:
    return parse(text, Scope(dict(KINDS)), aggregates=text in GROUP).tree


KNOWN: dict[str, list[Any]] = {
    "round(x)": [0.0, -8.0, 8.0, 0.0, 3.0, -3.0, 1e15, 123456789.0, 1e16, 0.0, 1.5e300, 0.0, None],
    "i % j": [0, -1, 1, 1, None, 2, 0, 3, 2, 1, -1, -1, None],
    "length(t)": [0, 14, 17, 7, 6, 7, 3, 4, 10, 21, 3, 7, None],
    "t > 'B'": [False, False, True, True, False, True, False, False, False, False, True, False, None],
    "i * 0.1 > 0.3": [False, False, True, True, False, True, False, True, True, True, False, False, None],
    "cast(2.5 as integer)": [2] * 13,
    "try_cast(t as integer)": [None, None, None, None, None, None, None, 42, None, None, None, -12, None],
    "substring(t, -3, 2)": ["", "ld", "Σ ", "c\\", "ab", "\ufe0fé", "1e", "42", "-2", "0.", "YE", "2.", None],
    "date_diff('week', d, e)": [-52, 0, 1, -313, 0, 0, 30, 5, None, None, 0, 0, None],
    "power(0, j)": [0.0, 0.0, None, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None],
}


@pytest.mark.parametrize("text", KNOWN)
def test_duckdb_gives_what_a_person_expects(text: str, of_duckdb: dict[str, Any]) -> None:
    assert of_duckdb[text] == KNOWN[text]
