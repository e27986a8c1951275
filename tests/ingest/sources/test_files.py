"""From patterns to files, and from files to readings: formats, gzip, stamps."""

import gzip
from pathlib import Path

import pytest

from leadline.catalog.definitions import Source
from leadline.errors import SourceError
from leadline.ingest.sources.files import Meter, Stamp, digest, find, format_of, opened


def source(**fields: object) -> Source:
    return Source(kind="source", name="s", fact="f", files="*", **fields)  # type: ignore[arg-type]  # as YAML gives it


def lines(path: Path, **fields: object) -> list[tuple[int, str]]:
    with opened(path, source(**fields), Meter()) as reading:
        return [(row["_line"], row["c0"]) for batch in reading.batches for row in batch.to_pylist()]


def test_a_pattern_gives_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in (
        "project/b.csv",
        "project/a.csv",
        "project/.c.csv",
        "project/~$a.csv",
        "project/d/e.csv",
        "out.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (root / "folder.csv").mkdir()
    assert [p.as_posix() for p in find(root, "*.csv")] == ["a.csv", "b.csv"]
    assert [p.as_posix() for p in find(root, "**/*.csv")] == ["a.csv", "b.csv", "d/e.csv"]
    assert [p.as_posix() for p in find(root, "../*.csv")] == ["../out.csv"]
    assert [p.as_posix() for p in find(root, "d")] == ["d/e.csv"]
    assert [p.as_posix() for p in find(root, str(tmp_path / "out.csv"))] == [str(tmp_path / "out.csv")]
    assert find(root, "none*.csv") == []


@pytest.mark.parametrize(
    ("name", "declared", "expected"),
    [
        ("a.csv", None, "csv"), ("a.TSV.gz", None, "csv"), ("a.b.jsonl", None, "jsonl"), ("a.ndjson.gz", None, "jsonl"),
        ("a.parquet", None, "parquet"), ("a.xlsx", None, "excel"),
        ("a.export", "csv", "csv"), ("a.csv", "jsonl", "jsonl"),
    ],
)  # fmt: skip
def test_the_format_is_declared_or_told_by_the_suffix(name: str, declared: str | None, expected: str) -> None:
    assert format_of(Path(name), declared) == expected  # type: ignore[arg-type]  # a literal of the table above


def test_a_suffix_that_says_nothing_is_asked_about() -> None:
    for name in ("a", "a.export", "a.gz"):
        with pytest.raises(SourceError) as caught:
            format_of(Path(name), None)
        assert caught.value.code == "unknown-format"


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(b"x\n1\n") + gzip.compress(b"2\n"))
    assert lines(path) == [(2, "1"), (3, "2")]
    path.rename(tmp_path / "b.csv.gz")
    assert lines(tmp_path / "b.csv.gz") == [(2, "1"), (3, "2")]


def test_a_truncated_gzip_is_refused_however_little_is_missing(tmp_path: Path) -> None:
    whole = gzip.compress(b"x\n" + b"".join(b"%d\n" % n for n in range(100_000)))
    path = tmp_path / "a.csv.gz"
    for missing in (1, 8, 100, len(whole) // 2, len(whole) - 12):
        path.write_bytes(whole[:-missing])
        with pytest.raises(SourceError) as caught:
            lines(path)
        assert caught.value.code == "truncated-gzip"


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(b"x\n" + b"".join(b"%d\n" % n for n in range(1000))))
    data[-6] ^= 0xFF
    path = tmp_path / "a.csv.gz"
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError) as caught:
        lines(path)
    assert caught.value.code == "damaged-gzip"


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.xlsx.gz"])
def test_binary_formats_are_not_read_from_gzip(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"x"))
    with pytest.raises(SourceError) as caught:
        lines(path)
    assert caught.value.code == "unknown-format"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n1\n")

    def read_and_change() -> None:
        with opened(path, source(), Meter()) as reading:
            list(reading.batches)
            path.write_bytes(b"x\n1\n2\n")

    with pytest.raises(SourceError) as caught:
        read_and_change()
    assert caught.value.code == "changing-file"


def test_a_file_that_changed_since_its_stamp_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n1\n")
    stamp = Stamp.of(path)
    path.write_bytes(b"x\n1\n2\n")
    with pytest.raises(SourceError), opened(path, source(), Meter(), stamp) as reading:
        list(reading.batches)


def test_what_cannot_be_opened_is_refused_with_the_reason(tmp_path: Path) -> None:
    for look in (Stamp.of, digest, lines):
        with pytest.raises(SourceError) as caught:
            look(tmp_path / "none.csv")
        assert caught.value.code == "unreadable-file"


def test_what_goes_wrong_while_a_file_is_open_is_not_laid_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n1\n")
    with pytest.raises(ZeroDivisionError), opened(path, source(), Meter()):
        raise ZeroDivisionError


def test_the_meter_counts_the_bytes_of_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x\n" + b"1\n" * 100_000))
    meter = Meter()
    with opened(path, source(), meter) as reading:
        list(reading.batches)
    assert meter.position == path.stat().st_size
