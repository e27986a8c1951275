"""YAML is read strictly, with the place of everything, and a hostile file costs no more than an honest one."""

import time
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.documents import Document, parse
from leadline.catalog.yaml import Data, Tree, compose

FILE = Path("x.yaml")


def data(text: str) -> Data:
    trees, problems = compose(text, FILE)
    assert problems == []
    return trees[0].data


def codes(text: str) -> list[tuple[str, int, int]]:
    return [(p.code, p.place.line, p.place.column) for p in compose(text, FILE)[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-12", -12),
        ("012", "012"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("[1, a, 'b']", [1, "a", "b"]),
        ("{a: 1, b: {c: d}}", {"a": 1, "b": {"c": "d"}}),
        ("123456789012345678901234567890123", "123456789012345678901234567890123"),
    ],
)
def test_values_are_those_of_yaml_1_2_without_surprises(written: str, value: Data) -> None:
    assert data(f"k: {written}\n") == {"k": value}


def test_aliases_repeat_what_was_anchored() -> None:
    assert data("a: &x [1, 2]\nb: *x\nc: &y z\nd: *y\n") == {"a": [1, 2], "b": [1, 2], "c": "z", "d": "z"}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: 1\na: 2\n", [("yaml-duplicate-key", 2, 1)]),
        ("a: {b: 1, b: 2}\nc: 1\nc: 2\n", [("yaml-duplicate-key", 1, 11), ("yaml-duplicate-key", 3, 1)]),
        ("a: !!python/object:os.system x\n", [("yaml-tag", 1, 4)]),
        ("a: !!str 5\n", [("yaml-tag", 1, 4)]),
        ("a: !mine {b: 1}\n", [("yaml-tag", 1, 4)]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", [("yaml-merge", 3, 3)]),
        ("a: *x\n", [("yaml-alias", 1, 4)]),
        ("a: &x [*x]\n", [("yaml-alias", 1, 8)]),
        ("? [a, b]\n: 1\n", [("yaml-key", 1, 3)]),
        ("? {a: b}\n: 1\n", [("yaml-key", 1, 3)]),
        ("a: [1\n", [("yaml-syntax", 2, 1)]),
        ("a: b: c\n", [("yaml-syntax", 1, 5)]),
        ("\ta: 1\n", [("yaml-syntax", 1, 1)]),
        ("a:\n\t- b\n", [("yaml-syntax", 2, 1)]),
        ('a: "open\n', [("yaml-syntax", 2, 1)]),
        ("a: @b\n", [("yaml-syntax", 1, 4)]),
        ("a: 1\n---\nb: [\n", [("yaml-syntax", 4, 1)]),
        ("a: \x01\n", [("yaml-syntax", 1, 1)]),
        ("%YAML 3.0\n---\na: 1\n", [("yaml-syntax", 1, 1)]),
    ],
)
def test_what_would_surprise_is_refused_at_its_place(text: str, problems: list[tuple[str, int, int]]) -> None:
    assert codes(text) == problems


def test_what_stands_before_a_syntax_error_is_still_read() -> None:
    trees, problems = compose("kind: a\n---\nkind: b\n---\nx: [\n", FILE)
    assert [t.data for t in trees] == [{"kind": "a"}, {"kind": "b"}]
    assert len(problems) == 1


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "yaml-bomb"),
        ("a: " + "[" * 51 + "]" * 51, "yaml-too-deep"),
        ("a: " + "[" * 100_000, "yaml-too-deep"),
        ("a: " + "{a: " * 100_000, "yaml-too-deep"),
        ("- " * 100_000, "yaml-too-deep"),
        ("".join(" " * n + "a:\n" for n in range(500)), "yaml-too-deep"),
        ("x" * 2_000_001, "yaml-too-large"),
    ],
)
def test_a_bomb_costs_little(text: str, code: str) -> None:
    started = time.perf_counter()
    assert [p.code for p in compose(text, FILE)[1]] == [code]
    assert time.perf_counter() - started < 2


def document(text: str) -> Document:
    documents, problems = parse(text, FILE)
    assert problems == []
    return documents[0]


STYLES = st.sampled_from([None, "'", '"', "|", ">"])
VALUES = st.lists(
    st.text(st.sampled_from("abc'\"\\:#é€😀-[]{}<>=%\t"), min_size=1, max_size=6), min_size=1, max_size=12
).map(" ".join)


@given(VALUES, STYLES, st.integers(10, 40), st.booleans())
def test_every_character_of_a_text_is_found_where_it_stands(
    value: str, style: str | None, width: int, nested: bool
) -> None:
    holder = {"kind": "metric", "k": value} if not nested else {"kind": "metric", "k": {"in": [value, "x"]}}
    text = pyyaml.dump(holder, default_style=style, width=width, allow_unicode=True, sort_keys=False)
    read = document(text)
    path: tuple[str | int, ...] = ("k", "in", 0) if nested else ("k",)
    assert read.value(*path) == value
    lines = text.split("\n")
    for offset, character in enumerate(value):
        place = read.place(*path, offset=offset)
        shown = lines[place.line - 1][place.column - 1 :]
        if not character.isspace() and character not in '"\\😀':  # these may be written as escapes
            assert shown.startswith(character)


@pytest.mark.parametrize(
    ("text", "word", "at"),
    [
        ("kind: metric\nwhere: a = b\n", "b", (2, 12)),
        ("kind: metric\nwhere: a\n  = b\n", "b", (3, 5)),
        ("kind: metric\nwhere: 'a = ''b'' or c'\n", "c", (2, 22)),
        ('kind: metric\nwhere: "a = \\"b\\" or c"\n', "c", (2, 22)),
        ('kind: metric\nwhere: "a \\\n  = \\u00e9 or c"\n', "c", (3, 15)),
        ('kind: metric\nwhere: "a\\n\\t\\x20= c"\n', "c", (2, 20)),
        ("kind: metric\nwhere: >\n  a\n\n  = c\n", "c", (5, 5)),
        ("kind: metric\nwhere: |2\n    a\n  = c\n", "c", (4, 5)),
        ("kind: metric\nwhere: >-\r\n  a\r\n  = c\r\n", "c", (4, 5)),
        ("kind: metric\nlist: [a, {where: 'a = c'}]\n", "c", (2, 24)),
        ("# comment\n\n--- \nkind: metric # more\nwhere: a = c # more\n", "c", (5, 12)),
    ],
)
def test_places_inside_texts_of_every_style(text: str, word: str, at: tuple[int, int]) -> None:
    read = document(text)
    path: tuple[str | int, ...] = ("where",) if "where" in read.data else ("list", 1, "where")
    value = str(read.value(*path))
    place = read.place(*path, offset=value.index(word))
    assert (place.line, place.column) == at


def test_places_of_keys_values_and_what_is_missing() -> None:
    read = document("kind: metric\nby: [a, b]\ncollected:\n  every: day\n  available_after: '2 days'\n")
    shown = {
        "value": read.place("collected", "every"),
        "key": read.place("collected", "every", key=True),
        "item": read.place("by", 1),
        "structure": read.place("collected"),
        "missing": read.place("collected", "nothing"),
        "beyond": read.place("by", 7),
        "nowhere": read.place("nothing", "at", "all"),
        "quoted": read.place("collected", "available_after"),
    }
    assert {name: (p.line, p.column) for name, p in shown.items()} == {
        "value": (4, 10),
        "key": (4, 3),
        "item": (2, 9),
        "structure": (3, 1),
        "missing": (3, 1),
        "beyond": (2, 1),
        "nowhere": (1, 1),
        "quoted": (5, 20),
    }


def test_documents_of_one_file_have_their_own_lines() -> None:
    trees, _ = compose("a: 1\n---\n# about b\nb: 2\n...\n---\nc: 3\n", FILE, first_line=10)
    assert [(t.line, t.marks[()].line, t.data) for t in trees] == [
        (10, 10, {"a": 1}),
        (11, 13, {"b": 2}),
        (15, 16, {"c": 3}),
    ]
    assert isinstance(trees[0], Tree)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    trees, problems = compose(text, FILE)
    assert all(p.code.startswith("yaml-") for p in problems)
    for tree in trees:
        assert () in tree.marks


LINES = st.characters(codec="utf-8", exclude_categories=["Cs", "Zl", "Zp"], exclude_characters="\x85")


SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(LINES, max_size=12)
KEYS = st.text(LINES, min_size=1, max_size=6)
STRUCTURES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(STRUCTURES)
def test_what_is_dumped_is_read_back(value: Data) -> None:
    text = pyyaml.safe_dump({"k": value}, allow_unicode=True)
    trees, problems = compose(text, FILE)
    if not problems:
        assert trees[0].data == {"k": value}
    else:
        assert {p.code for p in problems} <= {"yaml-merge", "yaml-tag", "yaml-alias"}
