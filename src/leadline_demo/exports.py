"""Writing raw files as systems export them: CSV of several styles, JSON lines, Parquet, month by month.

Content is made in the calling thread; encoding, compressing and writing run in a small pool. Planted faults are
put into the finished bytes, so that their physical line numbers are exact.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from leadline_demo.arrays import Ints, Longs
from leadline_demo.timeline import MONTHS, QUARTER_OF_MONTH, QUARTERS
from leadline_demo.truths.model import Ledger, Truth

Columns = Mapping[str, pa.Array]
Damage = Literal["short", "long", "blank", "bytes"]


@dataclass(frozen=True, slots=True)
class Csv:
    """How a system writes CSV."""

    delimiter: str = ","
    encoding: str = "utf-8"
    crlf: bool = False
    bom: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A line put into a file at a share (0 to 1) of its length: cut short, with fields too many, empty, or with a
    byte that is not in the encoding."""

    truth: Truth
    place: float
    damage: Damage


@dataclass(slots=True)
class Exports:
    """The folder that a company's raw files are written to."""

    root: Path
    ledger: Ledger
    pool: ThreadPoolExecutor
    jobs: list[Future[list[tuple[Truth, str]]]] = field(default_factory=list)

    def csv(self, path: str, columns: Columns, style: Csv = Csv(), faults: Sequence[Fault] = ()) -> None:
        """Write one CSV file (gzipped if its name ends in .gz)."""
        table = pa.table(dict(columns))
        self._submit(path, lambda: _csv_bytes(table, style), faults)

    def monthly_csv(
        self,
        pattern: str,
        columns: Columns,
        months: Ints,
        style: Csv = Csv(),
        *,
        faults: Mapping[str, Sequence[Fault]] | None = None,
        repeats: Mapping[str, int] | None = None,
    ) -> None:
        """Write one CSV file a month; `repeats` rows before a month's first are exported again in its file."""
        for month, table in _cut(pa.table(dict(columns)), months, MONTHS, repeats):
            self._submit(pattern.format(month=month), _csv_job(table, style), (faults or {}).get(month, ()))

    def quarterly_csv(self, pattern: str, columns: Columns, months: Ints) -> None:
        """Write one CSV file a quarter: what small systems export."""
        for quarter, table in _cut(pa.table(dict(columns)), QUARTER_OF_MONTH[months], QUARTERS):
            self._submit(pattern.format(quarter=quarter), _csv_job(table, Csv()), ())

    def monthly_lines(
        self, pattern: str, lines: pa.Array, months: Ints, faults: Mapping[str, Sequence[Fault]] | None = None
    ) -> None:
        """Write one text file a month of lines that already end in a newline."""
        for month, table in _cut(pa.table({"line": lines}), months, MONTHS):
            self._submit(pattern.format(month=month), _lines_job(table), (faults or {}).get(month, ()))

    def monthly_parquet(self, pattern: str, columns: Columns, months: Ints) -> None:
        """Write one Parquet file a month."""
        for month, table in _cut(pa.table(dict(columns)), months, MONTHS):
            self._submit(pattern.format(month=month), _parquet_job(table), ())

    def raw(self, path: str, content: bytes) -> None:
        """Write bytes as they are."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def finish(self) -> None:
        """Wait for all files; note in the ledger where each planted fault ended up."""
        for job in self.jobs:
            for truth, place in job.result():
                self.ledger.note(truth, lines=[place])
        self.jobs.clear()

    def _submit(self, path: str, content: Callable[[], bytes], faults: Sequence[Fault]) -> None:
        self.jobs.append(self.pool.submit(self._write, path, content, tuple(faults)))

    def _write(
        self, path: str, make: Callable[[], bytes], faults: tuple[Fault, ...]
    ) -> list[tuple[Truth, str]]:
        content, noted = make(), []
        if faults:
            content, lines = _damage(content, faults)
            noted = [(fault.truth, f"{path}:{line}") for fault, line in zip(faults, lines, strict=True)]
        if path.endswith(".gz"):
            content = gzip.compress(content, 1, mtime=0)
        self.raw(path, content)
        return noted


def words(names: Sequence[str | None], codes: np.ndarray) -> pa.Array:
    """Turn codes into their names; negative codes are null."""
    return pa.array(names, pa.string()).take(pa.array(codes, mask=codes < 0))


def digits(numbers: np.ndarray, width: int = 0) -> pa.Array:
    """Write whole numbers as text, padded with zeros to a width."""
    text = pa.array(numbers).cast(pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


def decimals(hundredths: Longs, comma: str = ",") -> pa.Array:
    """Write hundredths (not negative) as decimal text, e.g. 1250 as 12,50."""
    return pc.binary_join_element_wise(digits(hundredths // 100), digits(hundredths % 100, 2), comma)


def join(*parts: pa.Array | str) -> pa.Array:
    """Concatenate text columns and constants row by row; null if any part is."""
    return pc.binary_join_element_wise(*[pa.scalar(p) if isinstance(p, str) else p for p in parts], "")


def or_null(text: pa.Array) -> pa.Array:
    """Write text as a JSON string, or null."""
    return pc.fill_null(join('"', text, '"'), "null")


def json_lines(fields: Mapping[str, pa.Array]) -> pa.Array:
    """Give one JSON object a row from fields that are JSON already; a dotted name nests one level (`visitor.id`)."""
    parts: list[pa.Array | str] = []
    text, inside = "{", ""
    for name, values in fields.items():
        outer, dot, inner = name.rpartition(".")
        if inside and outer != inside:
            text += "}"
        comma = "" if text == "{" and not parts else ","
        opened = f'"{outer}":{{' if dot and outer != inside else ""
        text += f'{comma}{opened}"{inner}":'
        inside = outer
        parts += [text, values]
        text = ""
    parts.append(("}" if inside else "") + "}\n")
    return join(*parts)


def _cut(
    table: pa.Table, codes: Ints, names: Sequence[str], repeats: Mapping[str, int] | None = None
) -> list[tuple[str, pa.Table]]:
    """Cut a table by code, each piece with its name; a piece begins with `repeats` rows of the one before."""
    if len(codes) and bool((np.diff(codes) < 0).any()):
        order = np.argsort(codes, kind="stable")
        table, codes = table.take(pa.array(order)), codes[order]
    edges = np.searchsorted(codes, np.arange(len(names) + 1))
    pieces = []
    for index, name in enumerate(names):
        start, stop = int(edges[index]), int(edges[index + 1])
        if stop > start:
            first = max(0, start - (repeats or {}).get(name, 0))
            pieces.append((name, table.slice(first, stop - first)))
    return pieces


def _csv_job(table: pa.Table, style: Csv) -> Callable[[], bytes]:
    return lambda: _csv_bytes(table, style)


def _lines_job(table: pa.Table) -> Callable[[], bytes]:
    def make() -> bytes:
        lines = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in table["line"].chunks])
        return bytes(lines.buffers()[2])[: sum(pc.binary_length(lines).to_numpy())] if len(lines) else b""

    return make


def _parquet_job(table: pa.Table) -> Callable[[], bytes]:
    def make() -> bytes:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        return bytes(sink.getvalue())

    return make


def _csv_bytes(table: pa.Table, style: Csv) -> bytes:
    sink = BytesIO()
    options = arrow_csv.WriteOptions(
        include_header=False, delimiter=style.delimiter, quoting_style="needed" if style.quoted else "none",
        batch_size=16_384,
    )  # fmt: skip
    arrow_csv.write_csv(table, sink, options)
    content = (style.delimiter.join(table.column_names) + "\n").encode() + sink.getvalue()
    if style.crlf:
        content = content.replace(b"\n", b"\r\n")
    if style.encoding != "utf-8":
        content = content.decode().encode(style.encoding)
    return b"\xef\xbb\xbf" + content if style.bom else content


def _damage(content: bytes, faults: Sequence[Fault]) -> tuple[bytes, list[int]]:
    """Insert faulty lines in ascending places; give the physical line numbers they ended up on."""
    lines = content.split(b"\n")
    numbers = []
    for shift, fault in enumerate(faults):
        at = max(1, int(fault.place * (len(lines) - len(faults) - 2))) + shift
        while lines[at - 1].count(b'"') % 2 or lines[at].count(b'"') % 2:
            at += 1
        model = lines[at].rstrip(b"\r")
        ending = b"\r" if lines[0].endswith(b"\r") else b""
        match fault.damage:
            case "short":
                line = model[: len(model) * 2 // 5]
            case "long":
                line = model + b",9;9"
            case "bytes":
                line = b"\xff\xfe" + model[1:]
            case "blank":
                line = b""
        lines.insert(at, line + ending)
        numbers.append(at + 1)
    return b"\n".join(lines), numbers
