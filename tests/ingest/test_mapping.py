"""Mapping: nothing is lost on the way from a file's text to a fact's value without a reason against the row."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.catalog import load, require
from leadline.errors import SourceError
from leadline.ingest import conversions
from leadline.ingest.mapping import parsed_reasons, plan
from leadline.ingest.sources.files import Meter, opened
from leadline.store.staging import Staging
from tests.ingest import room
from tests.ingest.room import SMALL

Result = dict[int, dict[str, Any] | list[tuple[str, str, str]]]


def project(columns: dict[str, Any], mapping: dict[str, str], **source: Any) -> str:
    documents = [
        {"kind": "project", "name": "p", "time_zone": "Europe/Berlin"},
        {
            "kind": "unit",
            "name": "emea",
            "codes": ["EM"],
            "children": [{"name": "dach", "codes": ["DE", "10"]}],
        },
        {"kind": "fact", "name": "thing", "key": ["id"], "columns": {"id": {"type": "text"}, **columns}},
        {"kind": "source", "name": "things", "fact": "thing", "files": "x.csv", "columns": mapping, **source},
    ]
    return yaml.safe_dump_all(documents, sort_keys=False)


def mapped(root: Path, columns: dict[str, Any], mapping: dict[str, str], file: str, **source: Any) -> Result:
    """Map a CSV file (or the file that stands there already); give values or reasons by line."""
    (root / "leadline.yaml").write_text(project(columns, mapping, **source))
    if file:
        (root / "x.csv").write_text(file)
    catalog = require(load(root))
    definition = catalog.sources["things"]
    path = next(p for p in root.glob("x.*"))
    with (
        Staging(root / ".leadline", SMALL, large=False) as staging,
        opened(path, definition, Meter()) as reading,
    ):
        made = plan(catalog, definition, reading.columns)
        records = pa.RecordBatchReader.from_batches(reading.schema, iter(reading.batches))
        staging.transform("mapped", records, made.query, "raw")
        rows = staging.read(conversions.exp.select("*").from_("mapped")).to_pylist()
    return {
        row["_line"]: [(r.code, r.column, r.shown) for r in parsed_reasons(row["_reasons"])]
        or {name: row[field] for name, field in made.fields.items()}
        for row in rows
    }


def of_texts(root: Path, kind: str, texts: list[str], expression: str = "x", **source: Any) -> list[Any]:
    """Give what each text becomes as a column of a kind, or the code of the reason against it."""
    lines = ["id\tx", *(f"{n}\t{text}" for n, text in enumerate(texts))]
    source = {"quote": "", "delimiter": "\t", "null_values": [], **source}
    found = mapped(root, {"v": {"type": kind}}, {"v": expression}, "\n".join(lines), **source)
    return [f[0][0] if isinstance(f := found[n], list) else f["v"] for n in range(2, len(texts) + 2)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


CONVERSIONS: dict[str, dict[str, Any]] = {
    "integer": {
        "12": 12, " 12 ": 12, "+5": 5, "-5": -5, "12.0": 12, "12.": 12, "007": 7, "9223372036854775807": 2**63 - 1,
        **dict.fromkeys(
            ("3.7", "1e3", "0x1F", "1_000", "1,000", "9223372036854775808", "", "abc", "--1", "٣", "1 2", ".0"),
            "not-a-whole-number",
        ),
    },
    "number": {
        "12": 12.0, " 1.5 ": 1.5, ".5": 0.5, "5.": 5.0, "1e3": 1000.0, "-1E-2": -0.01, "+2": 2.0,
        **dict.fromkeys(
            ("1_000", "+-5", "inf", "-Infinity", "nan", "NaN", "1,5", "0x1F", "1e999", "", "12 %", "abc"),
            "not-a-number",
        ),
    },
    "boolean": {
        "true": True, "T": True, "Yes": True, " y ": True, "1": True, "FALSE": False, "f": False, "no": False,
        "N": False, "0": False, **dict.fromkeys(("2", "wahr", "", "on", "1.0"), "not-true-or-false"),
    },
    "date": {
        "2024-05-01": date(2024, 5, 1), " 2024-05-01 ": date(2024, 5, 1), "2024-05-01 00:00:00": date(2024, 5, 1),
        "2024-05-01T00:00": date(2024, 5, 1), "9999-12-31": date(9999, 12, 31),
        **dict.fromkeys(
            ("2024-02-30", "01.05.2024", "2024/05/01", "20240501", "2024-05-01 10:00", "2024-5-1", "infinity", ""),
            "not-a-date",
        ),
    },
    "instant": {
        "2024-05-01": at("2024-04-30 22:00Z"),
        "2024-05-01 10:00": at("2024-05-01 08:00Z"),
        "2024-05-01T10:00:30.25": at("2024-05-01 08:00:30.25Z"),
        "2024-05-01T10:00:00Z": at("2024-05-01 10:00Z"),
        "2024-05-01T10:00:00+02:00": at("2024-05-01 08:00Z"),
        "2024-05-01T10:00+0200": at("2024-05-01 08:00Z"),
        "2024-05-01 10:00:00 -05": at("2024-05-01 15:00Z"),
        "2024-01-01 10:00": at("2024-01-01 09:00Z"),
        "2024-03-31 01:59:59": at("2024-03-31 00:59:59Z"),
        "2024-03-31 02:00:00": "no-such-time",
        "2024-03-31 02:59:59": "no-such-time",
        "2024-03-31 03:00:00": at("2024-03-31 01:00Z"),
        "2024-03-31T02:30+02:00": at("2024-03-31 00:30Z"),
        "2024-10-27 02:30:00": at("2024-10-27 01:30Z"),  # of the two, the one after the change (standard time)
        "2024-10-27T02:30:00+02:00": at("2024-10-27 00:30Z"),
        **dict.fromkeys(
            ("2024-02-30 10:00", "2024-05-01 25:00", "2024-05-01 10", "01/05/2024 10:00", "2024-05-01 10:00:60", "",
             "2024-05-01 10:00 Europe/Berlin", "2024-05-01 10:00 PM", "epoch", "infinity", "1714550400"),
            "not-an-instant",
        ),
    },
    "unit": {"EM": "emea", "emea": "emea", "DE": "dach", "10": "dach", "em": "unknown-unit", "": "unknown-unit"},
    "text": {"": "", " x ": " x ", "1.0": "1.0"},
}  # fmt: skip


@pytest.mark.parametrize("kind", CONVERSIONS)
def test_text_becomes_a_value_wholly_or_not_at_all(tmp_path: Path, kind: str) -> None:
    expected = CONVERSIONS[kind]
    assert dict(zip(expected, of_texts(tmp_path, kind, list(expected)), strict=True)) == expected


EXPRESSIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("integer", "cast(x as integer)"): {"7": 7, "7.5": "not-a-whole-number", "": "not-a-whole-number"},
    ("integer", "try_cast(x as integer)"): {"7": 7, "7.5": None, "abc": None},
    ("integer", "coalesce(try_cast(x as integer), -1)"): {"7": 7, "abc": -1},
    ("integer", "coalesce(cast(x as integer), -1)"): {"7": 7, "abc": "not-a-whole-number"},
    ("integer", "case when x = '?' then null else cast(x as integer) end"): {
        "7": 7, "?": None, "!": "not-a-whole-number",
    },
    ("integer", "case when x <> '?' then cast(x as integer) end"): {"7": 7, "?": None},
    ("integer", "case x when 'none' then 0 when 'one' then 1 else cast(x as integer) end"): {
        "none": 0, "one": 1, "2": 2, "two": "not-a-whole-number",
    },
    ("boolean", "x <> '?' and cast(x as integer) > 3"): {"7": True, "2": False, "?": False, "a": "not-a-whole-number"},
    ("boolean", "x = '?' or cast(x as integer) > 3"): {"7": True, "?": True, "a": "not-a-whole-number"},
    ("integer", "cast(number(x) as integer)"): {"7.0": 7, "1e2": 100, "7.5": "not-a-whole-number"},
    ("integer", "round(number(x))"): {"7.4": 7, "a": "not-a-number"},
    ("number", "number(replace(x, ',', '.'))"): {"3,5": 3.5, "3.5": 3.5, "a": "not-a-number"},
    ("number", "10 / number(x)"): {"4": 2.5, "0": "no-result"},
    ("number", "10 / nullif(number(x), 0)"): {"4": 2.5, "0": None},
    ("number", "case when x = '0' then 0 else 10 / number(x) end"): {"4": 2.5, "0": 0.0},
    ("number", "number(x) % 3"): {"7": 1.0, "a": "not-a-number"},
    ("number", "7 % number(x)"): {"4": 3.0, "0": "no-result"},
    ("number", "ln(number(x))"): {"1": 0.0, "0": "no-result", "-1": "no-result"},
    ("number", "log10(number(x))"): {"100": 2.0, "0": "no-result"},
    ("number", "sqrt(number(x))"): {"9": 3.0, "0": 0.0, "-1": "no-result"},
    ("number", "exp(number(x))"): {"0": 1.0, "1000": "not-a-number"},
    ("number", "power(10, number(x))"): {"2": 100.0, "400": "not-a-number"},
    ("integer", "cast(x as integer) * 9223372036854775807"): {"1": 2**63 - 1, "2": "no-result"},
    ("date", "date(x, '%d/%m/%Y')"): {"1/2/2024": date(2024, 2, 1), "31/2/2024": "not-a-date", "": "not-a-date"},
    ("instant", "instant(x, '%d/%m/%Y %H:%M')"): {
        "1/7/2024 10:00": at("2024-07-01 08:00Z"), "31/3/2024 02:30": "no-such-time", "x": "not-an-instant",
    },
    ("instant", "instant(x, '%Y-%m-%d %H:%M %z')"): {"2024-07-01 10:00 +0500": at("2024-07-01 05:00Z")},
    ("instant", "strptime(x, '%d.%m.%Y')"): {"1.7.2024": at("2024-06-30 22:00Z"), "1.13.2024": "not-a-time"},
    ("instant", "cast(x as date)"): {"2024-07-01": at("2024-06-30 22:00Z"), "1": "not-a-date"},
    ("instant", "instant(x) + interval 90 minute"): {"2024-07-01 10:00": at("2024-07-01 09:30Z")},
    ("text", "case extract(isodow from local(instant(x))) when 1 then 'Monday' else 'other' end"): {
        "2024-06-30T22:30:00Z": "Monday", "2024-06-30T21:30:00Z": "other", "x": "not-an-instant",
    },
    ("text", "upper(x) || '!'"): {"a": "A!"},
    ("text", "cast(x as integer)"): {"7": "7", "7.5": "not-a-whole-number"},
    ("integer", "x"): {"7": 7, "a": "not-a-whole-number"},
    ("integer", "length(x)"): {"abc": 3},
    ("boolean", "regexp_matches(x, '^a')"): {"abc": True, "b": False},
    ("text", "null"): {"a": None},
    ("integer", "greatest(cast(x as integer), 3)"): {"7": 7, "1": 3},
}  # fmt: skip


@pytest.mark.parametrize(("kind", "expression"), EXPRESSIONS)
def test_an_expression_gives_a_value_or_a_reason(tmp_path: Path, kind: str, expression: str) -> None:
    expected = EXPRESSIONS[kind, expression]
    found = of_texts(tmp_path, kind, list(expected), expression)
    assert dict(zip(expected, found, strict=True)) == expected


def test_units_are_found_among_many_codes(tmp_path: Path) -> None:
    codes = [*(f"{n:03}" for n in range(500)), "Ä", "ä", "z", "Z ", "é\u0301", "😀", ""]
    nodes = [{"name": f"u{n}", "codes": [code]} for n, code in enumerate(codes)]
    units = yaml.safe_dump({"kind": "unit", "name": "world", "children": nodes}, allow_unicode=True)
    asked = [*codes, "u7", "0", "a", "Z"]
    lines = "\n".join(["id\tx", *(f"{n}\t{code}" for n, code in enumerate(asked))])
    source = {"quote": "", "delimiter": "\t", "null_values": []}
    (tmp_path / "units.yaml").write_text(units)
    found = mapped(tmp_path, {"v": {"type": "unit"}}, {"v": "x"}, lines, **source)
    told = [f[0][0] if isinstance(f := found[n], list) else f["v"] for n in range(2, len(asked) + 2)]
    assert told == [*(f"u{n}" for n in range(len(codes))), "u7", *["unknown-unit"] * 3]


def test_the_sources_zone_goes_before_the_projects(tmp_path: Path) -> None:
    told = of_texts(tmp_path, "instant", ["2024-07-01 10:00"], time_zone="Asia/Kolkata")
    assert told == [at("2024-07-01 04:30Z")]


def test_null_values_are_taken_out_before_anything_else(tmp_path: Path) -> None:
    columns = {"v": {"type": "integer"}, "w": {"type": "text"}}
    found = mapped(tmp_path, columns, {"v": "a", "w": "coalesce(b, 'none')"}, "id,a,b\n1,?,?\n2,,\n3,7, \n",
                   null_values=["?", ""])  # fmt: skip
    assert found == {
        2: {"id": "1", "v": None, "w": "none"}, 3: {"id": "2", "v": None, "w": "none"},
        4: {"id": "3", "v": 7, "w": " "},
    }  # fmt: skip


def test_every_reason_against_a_row_is_told_with_its_column_and_value(tmp_path: Path) -> None:
    columns = {
        "n": {"type": "integer", "minimum": 0, "maximum": 10, "required": True},
        "c": {"type": "text", "one_of": ["phone", "chat"], "required": True},
        "u": {"type": "unit"},
    }
    found = mapped(tmp_path, columns, {}, "id,n,c,u\n1,5,chat,DE\n2,11,fax,XX\n,-1,,\n4,x,phone,\n")
    assert found == {
        2: {"id": "1", "n": 5, "c": "chat", "u": "dach"},
        3: [("too-large", "n", "11"), ("not-one-of", "c", "fax"), ("unknown-unit", "u", "XX")],
        4: [("missing", "id", ""), ("too-small", "n", "-1"), ("missing", "c", "")],
        5: [("not-a-whole-number", "n", "x")],
    }


def test_a_declared_rejection_says_why_and_nothing_else_is_said(tmp_path: Path) -> None:
    reject = [
        {"when": "kind = 'test'", "reason": "a test call"},
        {"when": "cast(seconds as integer) < 0", "reason": "a negative time"},
    ]
    file = "id,kind,seconds,n\n1,test,-1,x\n2,a,1,2\n3,a,?,2\n"
    found = mapped(tmp_path, {"n": {"type": "integer"}}, {"n": "n"}, file, reject=reject)
    assert found == {
        2: [("rejected", "", "a test call"), ("rejected", "", "a negative time")],
        3: {"id": "2", "n": 2},
        4: [("not-a-whole-number", "", "?")],
    }


def test_broken_records_pass_with_their_fault(tmp_path: Path) -> None:
    found = mapped(tmp_path, {"n": {"type": "integer", "required": True}}, {}, "id,n\n1\n2,5\n")
    assert found == {2: [("fields", "", "1 values for 2 columns")], 3: {"id": "2", "n": 5}}


NAMES = "id,NETPRO  ,net.pro,Net Pro,a,A,select\n1,p,q,r,s,t,u\n"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"NETPRO  "', "p"), ("netpro", "p"), ("NetPro", "p"), ("net.pro", "q"), ("NET.PRO", "q"), ('"Net Pro"', "r"),
        ("a", "s"), ("A", "t"), ('"a"', "s"), ('"select"', "u"), ('"NETPRO  " || "Net Pro"', "pr"),
    ],
)  # fmt: skip
def test_a_name_means_itself_or_without_quotes_what_differs_in_case_and_blanks(
    tmp_path: Path, expression: str, value: str
) -> None:
    assert mapped(tmp_path, {"v": {"type": "text"}}, {"v": expression}, NAMES) == {2: {"id": "1", "v": value}}


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ('"netpro"', "unknown-column"), ('"net pro"', "unknown-column"), ("scoer", "unknown-column"),
        ("b", "ambiguous-column"),
    ],
)  # fmt: skip
def test_a_name_that_means_no_column_refuses_the_file_and_says_what_there_is(
    tmp_path: Path, expression: str, code: str
) -> None:
    with pytest.raises(SourceError) as caught:
        mapped(
            tmp_path,
            {"v": {"type": "text"}},
            {"v": expression},
            "id,NETPRO  ,Net Pro,score, b,B\n1,2,3,4,5,6\n",
        )
    error = caught.value
    assert error.code == code
    if code == "unknown-column":
        assert "'NETPRO  '" in error.message
        assert error.place is not None
        assert error.place.line > 1
    if expression == "scoer":
        assert error.hint == "Did you mean 'score'?"


def test_a_column_that_the_header_has_twice_must_be_told_apart(tmp_path: Path) -> None:
    file = "id,category,category\n1,a,b\n"
    with pytest.raises(SourceError) as caught:
        mapped(tmp_path, {"v": {"type": "text"}}, {"v": "category"}, file)
    assert caught.value.code == "unknown-column"
    assert "category (2)" in caught.value.message
    assert mapped(tmp_path, {"v": {"type": "text"}}, {"v": '"category (2)"'}, file) == {
        2: {"id": "1", "v": "b"}
    }


def test_a_fact_column_that_is_not_mapped_takes_the_files_column_of_its_name(tmp_path: Path) -> None:
    columns = {"v": {"type": "integer"}, "w": {"type": "text"}}
    assert mapped(tmp_path, columns, {}, "ID, V \n1,2\n") == {2: {"id": "1", "v": 2}}


def test_a_required_column_that_nothing_gives_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        mapped(tmp_path, {"v": {"type": "text", "required": True}}, {}, "id,vv\n1,2\n")
    assert caught.value.code == "missing-column"
    with pytest.raises(SourceError) as caught:
        mapped(tmp_path, {"v": {"type": "text"}}, {"v": "v"}, "idd,v\n1,2\n")
    assert caught.value.code == "missing-column"
    assert caught.value.hint == "Did you mean 'idd'?"


def test_typed_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    wall = datetime.fromisoformat("2024-07-01T10:00")
    table = {
        "id": ["1", "2", "3"],
        "n": pa.array([3.0, 3.5, None]),
        "f": pa.array([1.5, float("nan"), None]),
        "wall": pa.array([wall, wall, None], pa.timestamp("us")),
        "flag": [True, False, None],
    }
    pq.write_table(pa.table(table), tmp_path / "x.parquet")
    columns = {"n": {"type": "integer"}, "f": {"type": "number"}, "at": {"type": "instant"}, "yes": {"type": "integer"},
               "t": {"type": "text"}}  # fmt: skip
    mapping = {"at": "wall", "yes": "case when flag and n >= 3 then 1 else 0 end", "t": "f"}
    found = mapped(tmp_path, columns, mapping, "", files="x.parquet")
    assert found == {
        1: {"id": "1", "n": 3, "f": 1.5, "at": at("2024-07-01 08:00Z"), "yes": 1, "t": "1.5"},
        2: [("not-a-whole-number", "n", "3.5"), ("not-a-number", "f", "nan")],
        3: {"id": "3", "n": None, "f": None, "at": None, "yes": 0, "t": None},
    }


def test_an_expression_that_does_not_fit_the_files_types_refuses_the_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"], "d": [date(2024, 5, 1)]}), tmp_path / "x.parquet")
    with pytest.raises(SourceError) as caught:
        mapped(tmp_path, {"v": {"type": "number"}}, {"v": "d * 2"}, "", files="x.parquet")
    assert caught.value.code == "column-type"
    assert caught.value.place is not None
    with pytest.raises(SourceError) as caught:
        mapped(tmp_path, {"d": {"type": "number"}}, {}, "", files="x.parquet")
    assert caught.value.code == "column-type"


def test_a_pattern_that_is_no_pattern_refuses_the_file_and_not_the_run(tmp_path: Path) -> None:
    text = project({"v": {"type": "boolean"}}, {"v": "regexp_matches(x, '(')"})
    with room.opened(tmp_path, text) as made:
        made.write("x.csv", "id,x\n1,a\n")
        result = made.ingest()
    assert [f.code for f in result.refused] == ["mapping-failed"]


def test_characters_that_stand_between_reasons_cannot_be_smuggled_in(tmp_path: Path) -> None:
    found = mapped(tmp_path, {"v": {"type": "integer"}}, {"v": "x"}, "id,x\n1,a\x1eb\x1fc\x1fd\n")
    assert found == {2: [("not-a-whole-number", "v", "a b c d")]}


texts = st.text(st.sampled_from("0123456789.+-eE_ x"), max_size=6)


@pytest.mark.thorough
@settings(max_examples=15)
@given(values=st.lists(texts, min_size=30, max_size=60))
def test_numbers_are_read_as_python_reads_them_or_held(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    root = tmp_path_factory.mktemp("numbers")
    for text, found in zip(values, of_texts(root, "number", values), strict=True):
        try:
            known = None if "_" in text else float(text)
        except ValueError:
            known = None
        assert found == ("not-a-number" if known is None or abs(known) == float("inf") else known)


offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
between = (datetime(1990, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001  # zones are drawn below


@pytest.mark.thorough
@settings(max_examples=10)
@given(moments=st.lists(st.datetimes(*between, timezones=offsets), min_size=20, max_size=50))
def test_instants_survive_the_way_through_any_offset(
    tmp_path_factory: pytest.TempPathFactory, moments: list[datetime]
) -> None:
    root = tmp_path_factory.mktemp("instants")
    assert of_texts(root, "instant", [m.isoformat() for m in moments]) == [m.astimezone(UTC) for m in moments]
