"""Small projects with a mark at every line that is wrong: every problem is found, at its place, and no other.

`# ! code@column, code@column` at the end of a line of tests/catalog/projects/*.yaml says what is wrong in that line.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog import CheckFailed, build, load, require
from leadline.catalog.documents import parse, shipped

PROJECTS = sorted((Path(__file__).parent / "projects").glob("*.yaml"))
MARK = re.compile(r"# ! (.+)$")


def expected(file: Path) -> set[tuple[int, int, str]]:
    """Give line, column and code of every problem that the marks announce."""
    found: set[tuple[int, int, str]] = set()
    for line, text in enumerate(file.read_text("utf-8").splitlines(), 1):
        mark = MARK.search(text)
        for one in mark[1].split(", ") if mark else []:
            code, _, column = one.partition("@")
            found.add((line, int(column), code))
    return found


def loaded(file: Path, folder: Path) -> Path:
    (folder / "leadline.yaml").write_text(file.read_text("utf-8"), "utf-8")
    return folder


@pytest.mark.parametrize("file", PROJECTS, ids=lambda f: f.stem)
def test_every_problem_is_found_at_its_place_and_no_other(file: Path, tmp_path: Path) -> None:
    catalog = load(loaded(file, tmp_path))
    found = {(p.place.line, p.place.column, p.code) for p in catalog.problems}
    assert found == expected(file), "\n".join(str(p) for p in catalog.problems)
    assert all(p.place.file == Path("leadline.yaml") for p in catalog.problems)


@pytest.mark.parametrize("file", PROJECTS, ids=lambda f: f.stem)
def test_every_message_is_a_sentence(file: Path, tmp_path: Path) -> None:
    for problem in load(loaded(file, tmp_path)).problems:
        assert re.fullmatch(r"(?s)[`'A-Z0-9].*[.?]", problem.message), problem.message
        assert not problem.hint or re.fullmatch(r"(?s)[`A-Za-z].*\S", problem.hint), problem.hint


def test_errors_are_refused_all_at_once(tmp_path: Path) -> None:
    catalog = load(loaded(next(f for f in PROJECTS if f.stem == "names"), tmp_path))
    with pytest.raises(CheckFailed) as refused:
        require(catalog)
    assert refused.value.problems == catalog.problems
    assert "leadline.yaml:12:7" in str(refused.value)


def test_warnings_do_not_refuse(tmp_path: Path) -> None:
    (tmp_path / "leadline.yaml").write_text(
        "kind: project\nname: x\n---\nkind: objective\nname: idle\n", "utf-8"
    )
    catalog = load(tmp_path)
    assert [p.level for p in catalog.problems] == ["warning"]
    assert require(catalog) is catalog


def test_a_folder_without_a_project_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    assert [p.code for p in load(tmp_path).problems] == ["no-project"]
    assert [p.code for p in load(tmp_path / "nowhere").problems] == ["no-project"]


def test_a_project_document_belongs_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "p.yml").write_text("kind: project\nname: x\n", "utf-8")
    assert [(p.code, str(p.place)) for p in load(tmp_path).problems] == [
        ("project-elsewhere", "org/p.yml:1:7")
    ]


def test_a_name_whose_definition_is_broken_is_not_called_unknown_too(tmp_path: Path) -> None:
    (tmp_path / "leadline.yaml").write_text(
        "kind: project\nname: x\n---\nkind: metric\nname: m\ntype: count\nof: 5\n---\nkind: scorecard\nname: s\n"
        "perspectives: [{name: p, objectives: [{objective: o, measures: [{metric: m, score: unscored}]}]}]\n---\n"
        "kind: objective\nname: o\n",
        "utf-8",
    )
    assert [p.code for p in load(tmp_path).problems] == ["bad-value"]


LINES = next(f for f in PROJECTS if f.stem == "sound").read_text("utf-8").splitlines()
ODD = [
    "null",
    "[]",
    "{}",
    "1e400",
    "true",
    '"a\\nb"',
    "*a",
    "&a x",
    "''",
    "a b",
    "-1",
    "é",
    "|",
    ">",
    "[[[]]]",
    "customer",
]


NTH = st.integers(0, len(LINES) - 1)


@pytest.mark.thorough
@given(st.lists(st.tuples(NTH, st.sampled_from(ODD) | NTH | st.none()), min_size=1, max_size=4))
def test_however_a_project_is_broken_loading_reports_and_never_raises(
    changes: list[tuple[int, str | int | None]],
) -> None:
    lines: list[str | None] = list(LINES)
    for at, change in changes:
        line = lines[at]
        if isinstance(change, int):
            lines[at] = LINES[change]
        elif change is None or line is None:
            lines[at] = None
        else:
            lines[at] = f"{line.partition(':')[0]}: {change}"
    text = "\n".join(line for line in lines if line is not None)
    found, problems = parse(text, Path("leadline.yaml"))
    catalog = build([*shipped(), *found], Path(), problems)
    for problem in catalog.problems:
        assert problem.place.line <= len(LINES) + 1
        assert problem.message
    for definition in catalog.definitions():
        assert len(catalog.fingerprint(definition).meaning) == 64
