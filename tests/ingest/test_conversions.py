"""Conversions that the whole mapping does not show: blanks of all kinds, and looking up many codes."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from leadline.ingest import conversions
from tests.ingest.test_mapping import at, mapped


@pytest.mark.parametrize("around", [" ", "\t", "\f", " \t "])
def test_blanks_of_any_kind_around_a_value_change_nothing(tmp_path: Path, around: str) -> None:
    columns = {
        "d": {"type": "date"},
        "w": {"type": "instant"},
        "i": {"type": "instant"},
        "n": {"type": "integer"},
    }
    values = ["2024-02-29", "2024-02-29 10:00", "2024-02-29T10:00Z", "7"]
    line = ";".join(f"{around}{value}{around}" for value in values)
    found = mapped(tmp_path, columns, {}, f"id;d;w;i;n\n1;{line}\n", delimiter=";")
    there = {"d": date(2024, 2, 29), "w": at("2024-02-29 09:00Z"), "i": at("2024-02-29 10:00Z"), "n": 7}
    assert found[2] == {"id": "1", **there}


@pytest.mark.parametrize("number", [1, 2, 256, 257, 1100])
def test_any_number_of_codes_is_looked_up(number: int) -> None:
    names = {f"it's {n} ü": f"unit{n}" for n in range(number)}
    tree = conversions.looked_up(exp.column("x"), names)
    given = [*names, "it's", "", "zzz", None]
    texts = ", ".join("(NULL)" if v is None else f"('{v.replace(chr(39), chr(39) * 2)}')" for v in given)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {tree.sql(dialect='duckdb')} FROM (VALUES {texts}) AS t(x)"
        ).fetchall()
    assert [name for (name,) in found] == [*names.values(), None, None, None, None]
