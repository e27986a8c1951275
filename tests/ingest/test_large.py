"""A large file with one broken line in the middle: one row held, with its line; all others in, in bounded memory."""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.ingest import quarantine
from leadline.ingest.law import Law
from leadline.ingest.sources import csv as delimited
from tests.ingest.room import Room


def write(path: Path, lines: int, broken: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    middle = lines // 2
    with path.open("wb") as target:
        target.write(b"call_id,at,site,score,channel\n")
        for start in range(0, lines, 10_000):
            target.writelines(
                broken if n == middle else b"%d,2024-05-01 10:%02d,EM,%d,phone\n" % (n, n % 60, n % 11)
                for n in range(start, min(start + 10_000, lines))
            )


def loaded(room: Room, lines: int, broken: bytes) -> Iterator[quarantine.HeldRow]:
    write(room.root / "in/a.csv", lines, broken)
    room.large = True
    result = room.ingest()
    assert result.law == Law(lines, lines - 1, 1)
    return quarantine.rows(room.engine, room.ledger)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b"1,2024-05-01\n", "fields"),
        (b'1,"2024-05-01,EM,5,phone\n', "quoting"),
        (b"1,2024-05-01,EM,5,\xff\n", "encoding"),
        (b"x,yesterday,EM,5,phone\n", "not-an-instant"),
    ],
)
def test_one_broken_line_among_many_is_held_alone_with_its_number(
    room: Room, monkeypatch: pytest.MonkeyPatch, broken: bytes, code: str
) -> None:
    monkeypatch.setattr(delimited, "LONGEST_QUOTE", 100_000)  # so that a file need not be larger to be long
    lines = 60_000
    (row,) = loaded(room, lines, broken)
    assert (row.line, row.reasons[0].code) == (lines // 2 + 2, code)


@pytest.mark.slow
def test_five_million_lines_with_one_broken_in_the_middle(room: Room) -> None:
    lines = 5_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    (row,) = loaded(room, lines, b'2500000,"2024-05-01,EM,5,phone\n')
    assert (row.line, row.reasons[0].code) == (lines // 2 + 2, "quoting")
    assert time.process_time() - begun < 120
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 1500, f"{grown:.0f} MB, with DuckDB limited to 512 MB"
