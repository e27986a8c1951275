"""A fuzzed corpus: 10,000 broken rows and 500 broken files, and every one of them is accounted for."""

import gzip
import io
import json
import random
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.ingest import quarantine
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

HEADER = "call_id,at,site,score,channel\n"
ODD = (
    "",
    " ",
    "99",
    "-1",
    "1e9",
    "x",
    "null",
    "2024-02-30",
    "24:61",
    "ä",
    "�",
    "𝄞",
    "'",
    "0x1F",
    "1_000",
    "\t",
    "NaN",
)
CHECKS = """
---
{kind: check, name: known_site, of: call, type: values, column: site, one_of: [emea, dach], level: quarantine}
---
{kind: check, name: scored_by_phone, of: call, type: rule, holds: "channel <> 'phone' or score > 2", level: quarantine}
---
{kind: check, name: columns_stay, of: call, type: schema, level: warn}
---
{kind: check, name: rows_a_day, of: call, type: volume, level: warn}
---
{kind: check, name: channels, of: call, type: drift, column: channel, level: warn}
"""


def good(n: int) -> list[str]:
    return [f"c{n}", f"2024-05-{n % 28 + 1:02}T10:00:00Z", "DE", str(n % 11), "phone" if n % 2 else "chat"]


def broken_row(rng: random.Random, n: int) -> str:
    """A line that may be wrong in any way but one: it is one line."""
    cells = good(n)
    for _ in range(rng.randint(1, 3)):
        match rng.randrange(5):
            case 0:
                cells[rng.randrange(len(cells))] = rng.choice(ODD)
            case 1:
                cells.pop(rng.randrange(len(cells)))
            case 2:
                cells.append(rng.choice(ODD))
            case 3:
                cells[0] = f"c{rng.randrange(n + 1)}"
            case _:
                cells[-1] = "".join(chr(rng.randrange(33, 0x2FF)) for _ in range(rng.randrange(9))).replace(
                    '"', ""
                )
        if not cells:
            return "x"
    return ",".join(cells).replace("\n", "").replace("\r", "").strip() or "x"


@pytest.mark.slow
def test_ten_thousand_broken_rows_are_each_accepted_or_held(room: Room) -> None:
    rng = random.Random(11)
    room.write("leadline.yaml", CALLS + CHECKS)
    lines: dict[str, set[int]] = {}
    for file in range(10):
        rows = [broken_row(rng, 1000 * file + n) for n in range(1000)]
        text = HEADER + "".join(row + "\n" for row in rows)
        data = text.encode("utf-8")
        room.write(f"in/{file}.csv", data.replace("ä".encode(), b"\xe4"))
        lines[f"in/{file}.csv"] = {n + 2 for n, row in enumerate(rows) if row}
    result = room.ingest()
    assert result.law.holds
    assert result.law.rows_in == 10_000
    for file in result.files:
        assert file.outcome == "loaded", file.reason
        assert file.batch is not None
        accepted = (
            {line for (line,) in room.rows("call", "_line", key=file.batch.id)}
            if file.batch.rows_accepted
            else set()
        )
        held = {row.line for row in quarantine.rows(room.engine, room.ledger, file=file.file)}
        assert accepted | held == lines[file.file], file.file
        assert not accepted & held
    assert 1000 < result.law.held < 10_000


def csv_file(rng: random.Random) -> bytes:
    return (HEADER + "".join(",".join(good(rng.randrange(10**6))) + "\n" for _ in range(20))).encode()


def jsonl_file(rng: random.Random) -> bytes:
    names = HEADER.strip().split(",")
    rows = [dict(zip(names, good(rng.randrange(10**6)), strict=True)) for _ in range(20)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet_file(rng: random.Random) -> bytes:
    names = HEADER.strip().split(",")
    rows = [dict(zip(names, good(rng.randrange(10**6)), strict=True)) for _ in range(20)]
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), target)
    return target.getvalue()


def excel_file(rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEADER.strip().split(","))
    for _ in range(5):
        book.active.append(good(rng.randrange(10**6)))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


MAKERS: dict[str, Callable[[random.Random], bytes]] = {
    "csv": csv_file,
    "csv.gz": lambda rng: gzip.compress(csv_file(rng)),
    "jsonl": jsonl_file,
    "jsonl.gz": lambda rng: gzip.compress(jsonl_file(rng)),
    "parquet": parquet_file,
    "xlsx": excel_file,
}
SOURCES = "".join(
    f"""
---
kind: source
name: of_{kind.replace(".", "_")}
fact: call
files: "fuzz/*.{kind}"
"""
    for kind in MAKERS
)


def broken(rng: random.Random, data: bytes) -> bytes:
    """Cut off, change, repeat, insert or take out bytes."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(found) + 1) if found else 0
        match rng.randrange(6):
            case 0:
                del found[at:]
            case 1 if at < len(found):
                found[at] = rng.randrange(256)
            case 2:
                found[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 20)))
            case 3:
                del found[at : at + rng.randint(1, 40)]
            case 4:
                found[at:at] = found[: rng.randint(0, 60)]
            case _:
                found[at:at] = rng.choice((b"\0", b'"', b"\r", b"\xff\xfe", b"\n\n", b"{", b"PK"))
    return bytes(found)


@pytest.mark.slow
def test_five_hundred_broken_files_are_each_loaded_or_refused_with_a_reason(room: Room) -> None:
    rng = random.Random(12)
    room.write("leadline.yaml", CALLS + SOURCES + CHECKS)
    kinds = list(MAKERS)
    names = set()
    for n in range(500):
        kind = kinds[n % len(kinds)]
        name = f"fuzz/{n:03}.{kind}"
        room.write(name, broken(rng, MAKERS[kind](rng)))
        names.add(name)
    result = room.ingest()
    assert {file.file for file in result.files} == names
    assert {file.outcome for file in result.files} == {"loaded", "refused"}
    for file in result.files:
        if file.outcome == "refused":
            assert file.reason
            assert file.code
        else:
            assert file.batch is not None
            assert file.batch.rows_in == file.batch.rows_accepted + file.batch.rows_quarantined
    assert result.law.holds
    held = sum(1 for _ in quarantine.rows(room.engine, room.ledger))
    assert held == result.live_law.held
    accepted = sum(len(room.rows("call", "_line", key=b.id)) for b in room.live() if b.rows_accepted)
    assert accepted == result.live_law.accepted
    again = room.ingest()
    assert again.law.rows_in == 0, "nothing is read again before it changes"
