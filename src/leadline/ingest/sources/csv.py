"""Delimited text, read record by record with the physical line of each.

Two parsers, one meaning: a block goes through Arrow's fast one when it can be shown that both would say the same (every
line is one record with the right number of fields, every quote encloses a whole field); all others go through Python's
strict one. A quote that is not closed holds one line, not the rest of the file, unless the file ends inside it.
"""

import csv
import io
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from leadline.errors import SourceError
from leadline.ingest.sources.reading import (
    Broken,
    RawColumn,
    Reading,
    batch,
    batches_of,
    broken_batch,
    column_names,
    physical,
)  # fmt: skip
from leadline.ingest.sources.text import BLOCK, LONGEST_LINE, MARK, Bytes, blocks, shown, spoilt

DELIMITERS = (",", ";", "\t", "|")
LONGEST_QUOTE = 1 << 20
_STAND_IN = "\ufdd0"
"""Stands for a delimiter of several characters: a code point that Unicode keeps out of text."""

_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Shape:
    """How a delimited file is written. `delimiter` None: detected from the header line; `quote` empty: no quoting."""

    delimiter: str | None = None
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    header_names: tuple[str, ...] = ()
    skip_lines: int = 0


def read(data: Bytes, shape: Shape, *, block_size: int = BLOCK) -> Reading:
    """Open a delimited file.

    Raises:
        SourceError: the file is empty or not text, its header is missing or spoilt, or `header_names` do not fit it;
            while the batches are read: the file ends inside a quoted value.
    """
    csv.field_size_limit(LONGEST_LINE)  # of the process, but only ever this
    source = blocks(data, shape.encoding, block_size)
    head = split(next(source))
    first = shape.skip_lines
    while first >= len(head) or not head[first].strip():
        if first < len(head):
            first += 1
        elif more := next(source, None):
            head.extend(split(more))
        else:
            raise SourceError("The file has no header line.", code="empty-file")
    dialect = Dialect(shape.delimiter or detect(head[first], shape.quote), shape.quote)
    fields, after = _header(head, first, dialect, source)
    names = _names(fields, shape)
    start = after if shape.header else first
    columns = tuple(RawColumn(name) for name in names)
    records = _Records(source, columns, dialect, line=start + 1)
    return Reading(columns, records.batches("".join(head[start:])))


def split(text: str) -> list[str]:
    """Give the lines of a text, each with its end; only LF ends a line."""
    return list(io.StringIO(text, newline="\n"))


def detect(line: str, quote: str) -> str:
    """Give the delimiter of a header line: which of , ; tab | stands most often outside of quotes."""
    mark = re.escape(quote)
    bare = re.sub(f"{mark}[^{mark}]*{mark}", "", line) if quote else line
    return max(DELIMITERS, key=bare.count)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter and quote in force; a delimiter of several characters is parsed through a stand-in."""

    delimiter: str
    quote: str

    @property
    def fast(self) -> bool:
        """Whether Arrow's parser can read it: it knows one-byte delimiters only."""
        return len(self.delimiter) == 1 and self.delimiter.isascii() and self.quote.isascii()

    def parser(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Give the records of lines; raises csv.Error where the text is not well-formed."""
        single = len(self.delimiter) == 1
        prepared = lines if single else (line.replace(self.delimiter, _STAND_IN) for line in lines)
        rows: Iterator[list[str]] = csv.reader(
            prepared,
            delimiter=self.delimiter if single else _STAND_IN,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
        )
        return rows if single else ([v.replace(_STAND_IN, self.delimiter) for v in row] for row in rows)

    def spoilt(self, text: str) -> bool:
        """Tell whether a text has something that was not in its encoding, or the stand-in itself."""
        return spoilt(text) or (len(self.delimiter) > 1 and _STAND_IN in text)


def _header(head: list[str], first: int, dialect: Dialect, source: Iterator[str]) -> tuple[list[str], int]:
    while True:
        taken = 0

        def feed() -> Iterator[str]:
            nonlocal taken
            for line in head[first:]:
                taken += 1
                yield line

        try:
            fields = next(dialect.parser(feed()))
            break
        except csv.Error as error:
            more = next(source, None) if first + taken >= len(head) else None
            if more is None or taken > 1000:
                raise SourceError(
                    f"The header line cannot be read: {_words(error)}.",
                    code="header",
                    hint="Which `quote` is it?",
                ) from error
            head.extend(split(more))
    if dialect.spoilt("".join(head[first : first + taken])):
        raise SourceError(
            "The header line has bytes that are not in the declared encoding.",
            code="encoding",
            hint="Declare the file's `encoding`, such as cp1252, latin-1 or utf-16.",
        )
    return fields, first + taken


def _names(fields: list[str], shape: Shape) -> tuple[str, ...]:
    if shape.header_names:
        if shape.header and len(shape.header_names) != len(fields):
            raise SourceError(
                f"`header_names` gives {len(shape.header_names)} names, but the header has {len(fields)} columns: "
                f"{', '.join(repr(f) for f in fields)}.",
                code="header",
            )
        return column_names(shape.header_names)
    if not shape.header:
        return tuple(f"column_{i}" for i in range(1, len(fields) + 1))
    return column_names(fields)


@dataclass(slots=True)
class _Records:
    """The records behind the header. `line` is the number of the next line to be read."""

    source: Iterator[str]
    columns: tuple[RawColumn, ...]
    dialect: Dialect
    line: int
    _lines: list[str] = field(default_factory=list)
    _swallowed: int = 0
    _in_doubt: bool = False

    def batches(self, block: str) -> Iterator[pa.RecordBatch]:
        """Give all records, beginning with those in `block`."""
        block = block or next(self.source, "")
        while block:
            sure = self.dialect.fast and not self._in_doubt and self.line >= self._swallowed
            fast = self._fast(block) if sure else None
            if fast is not None:
                self.line += fast.num_rows
                rest = ""
                yield fast
            else:
                self._lines, count = split(block), block.count("\n") + (not block.endswith("\n"))
                used = yield from self._slow(count)
                self.line += used
                rest = "".join(self._lines[used:])
            block = rest or next(self.source, "")

    def _fast(self, block: str) -> pa.RecordBatch | None:
        if MARK in block or "\0" in block:
            return None
        try:
            data = block.encode()
        except UnicodeEncodeError:
            return None
        quote, delimiter = self.dialect.quote, self.dialect.delimiter
        if data.count(b"\r") != data.count(b"\r\n") or _has_blank_line(data):
            return None
        if quote and quote in block and not _quotes_enclose(data, ord(quote), ord(delimiter)):
            return None
        names = [physical(i) for i in range(len(self.columns))]
        try:
            table = arrow_csv.read_csv(
                pa.py_buffer(data),
                read_options=arrow_csv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(data) + 1
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter,
                    quote_char=quote or False,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != data.count(b"\n") + (not data.endswith(b"\n")):
            return None
        values = [column.combine_chunks() for column in table.columns]
        lines = pa.array(np.arange(self.line, self.line + table.num_rows, dtype=np.int64))
        return batch(self.columns, values, lines)

    def _slow(self, own: int) -> Generator[pa.RecordBatch, None, int]:
        """Give the records that start in the first `own` lines; return how many lines they take."""
        rows: list[list[str]] = []
        starts: list[int] = []
        broken: list[Broken] = []
        begun = 0
        while begun < own:
            feed = _Feed(self._lines, self.source, begun)
            try:
                for row in self.dialect.parser(feed.lines()):
                    record = self._lines[begun : feed.position]
                    if fault := self._fault(row, record, begun):
                        broken.append(fault)
                    elif row:
                        rows.append(row)
                        starts.append(self.line + begun)
                    begun = feed.begun = feed.position
                    if begun >= own:
                        break
            except csv.Error as error:
                if feed.ended and feed.position == len(self._lines) and "end of data" in str(error):
                    raise self._unclosed(begun) from error
                broken.append(self._broken(begun, error))
                self._swallowed = max(self._swallowed, self.line + feed.position)
                self._in_doubt = bool(self.dialect.quote)
                begun += 1
        yield from batches_of(self.columns, rows, starts)
        if broken:
            yield broken_batch(self.columns, broken)
        return begun

    def _fault(self, row: list[str], record: list[str], begun: int) -> Broken | None:
        line = self.line + begun
        if any(self.dialect.spoilt(part) for part in record):
            detail = "bytes that are not in the declared encoding"
            return Broken(line, "encoding", detail, shown("".join(record)))
        if row and len(row) != len(self.columns):
            detail = f"{len(row)} values for {len(self.columns)} columns"
            return Broken(line, "fields", detail, shown("".join(record)))
        if self.dialect.quote and (self._in_doubt or line < self._swallowed):
            if any(self.dialect.quote in value for value in row):
                detail = "a quote in a line that may belong to an unclosed one above"
                return Broken(line, "quoting", detail, shown("".join(record)))
            self._in_doubt = False
        return None

    def _broken(self, begun: int, error: csv.Error) -> Broken:
        line = self._lines[begun]
        if self.dialect.spoilt(line):
            detail = "bytes that are not in the declared encoding"
            return Broken(self.line + begun, "encoding", detail, shown(line))
        return Broken(self.line + begun, "quoting", _words(error), shown(line))

    def _unclosed(self, begun: int) -> SourceError:
        return SourceError(
            f"The quote opened in line {self.line + begun} is not closed before the file ends.",
            code="unclosed-quote",
            hint="Was the file cut off? If its values are not quoted, declare `quote: ''`.",
        )


@dataclass(slots=True)
class _Feed:
    """Gives lines to a parser and remembers how far it took them; `begun` is where its present record starts."""

    ahead: list[str]
    source: Iterator[str]
    begun: int
    position: int = field(init=False)
    ended: bool = False

    def __post_init__(self) -> None:
        self.position = self.begun

    def lines(self) -> Iterator[str]:
        """Give the lines, reading further blocks when the record goes on; stops where no record may go on."""
        length = 0
        while True:
            if self.position >= len(self.ahead):
                more = next(self.source, None)
                if more is None:
                    self.ended = True
                    return
                self.ahead.extend(split(more))
            line = self.ahead[self.position]
            self.position += 1
            length = length + len(line) if self.position - self.begun > 1 else 0
            if length > LONGEST_QUOTE:
                raise csv.Error("a quote is opened and not closed")
            yield line


def _words(error: csv.Error) -> str:
    text = str(error)
    if "expected after" in text:
        return "text follows a closing quote"
    if "new-line character" in text:
        return "a carriage return stands inside a value"
    return text


def _has_blank_line(data: bytes) -> bool:
    return data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data


def _quotes_enclose(data: bytes, quote: int, delimiter: int) -> bool:
    """Tell whether every quote opens or closes a whole field, or is doubled inside one."""
    octets = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(octets == quote)
    if len(at) % 2:
        return False
    opening, closing = at[0::2], at[1::2]
    before = np.where(opening == 0, _NEWLINE, octets[opening - 1])
    last = len(octets) - 1
    after = np.where(closing == last, _NEWLINE, octets[np.minimum(closing + 1, last)])
    opens = np.isin(before, (delimiter, _NEWLINE, quote)).all()
    return bool(opens and np.isin(after, (delimiter, _NEWLINE, _RETURN, quote)).all())
