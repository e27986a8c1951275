"""Files are found, read or said to be unreadable; hidden ones and links are left alone."""

from pathlib import Path

import pytest

from leadline.catalog import load
from leadline.catalog.documents import files, read, recall, shipped
from leadline.errors import DefinitionError


def write(root: Path, name: str, content: str | bytes) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_every_yaml_file_is_read_in_order_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/z.yml", "a/.hidden.yaml", ".git/x.yaml", "a/.x/y.yaml", "c.json", "a/b/c.yaml"):
        write(tmp_path, name, "kind: objective\nname: o\n")
    assert [f.relative_to(tmp_path).as_posix() for f in files(tmp_path)] == [
        "b.yaml",
        "a/z.yml",
        "a/b/c.yaml",
    ]


def test_a_link_in_a_circle_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "a/x.yaml", "kind: objective\nname: o\n")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert len(list(files(tmp_path))) == 1


def test_the_shipped_model_comes_first_and_is_marked() -> None:
    documents, problems = read(Path("/nonexistent"))
    assert documents == list(shipped())
    assert problems == []
    assert all(d.shipped for d in documents)


@pytest.mark.parametrize(
    ("content", "code", "at"),
    [
        (b"kind: objective\nname: \xff\n", "not-utf-8", "x.yaml:2:7"),
        ("kind: objective\nname: o\n".encode("utf-16"), "not-utf-8", "x.yaml:1:1"),
        (b"x" * 2_000_001, "yaml-too-large", "x.yaml"),
        (b"- 1\n", "not-a-definition", "x.yaml:1:1"),
        (b"name: x\n", "no-kind", "x.yaml:1:1"),
        (b"kind: 5\n", "unknown-kind", "x.yaml:1:7"),
        (b"kind: [metric]\n", "unknown-kind", "x.yaml:1:1"),
    ],
)
def test_an_unreadable_file_is_a_problem_of_that_file_alone(
    tmp_path: Path, content: bytes, code: str, at: str
) -> None:
    write(tmp_path, "leadline.yaml", "kind: project\nname: p\n")
    write(tmp_path, "x.yaml", content)
    catalog = load(tmp_path)
    assert [(p.code, str(p.place)) for p in catalog.problems] == [(code, at)]
    assert catalog.project.name == "p"


def test_an_empty_file_and_a_comment_are_no_problem(tmp_path: Path) -> None:
    write(tmp_path, "leadline.yaml", "# mine\n---\nkind: project\nname: p\n---\n# nothing\n---\n")
    write(tmp_path, "empty.yaml", "")
    write(tmp_path, "bom.yaml", b"\xef\xbb\xbf# nothing\n")
    assert load(tmp_path).problems == ()


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    write(tmp_path, "leadline.yaml", b"\xef\xbb\xbfkind: project\r\nname: P\r\n")
    assert [str(p.place) for p in load(tmp_path).problems] == ["leadline.yaml:2:7"]


def test_a_file_that_goes_away_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert "file-unreadable" in [p.code for p in load(tmp_path).problems]


def test_what_the_ledger_kept_reads_back_at_its_lines() -> None:
    (document,) = recall("kind: objective\nname: o\n", Path("a.yaml"), 7)
    assert str(document.place("name")) == "a.yaml:8:7"
    with pytest.raises(DefinitionError) as refused:
        recall("kind: of_another_age\n", Path("a.yaml"), 7)
    assert refused.value.code == "unknown-kind"
