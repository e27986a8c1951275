"""Bytes to text, block by block, without losing a byte unseen: what is not in the encoding leaves a mark.

Every block but the last ends at a line end. Lines end with LF or CR LF, or with CR in a file that has no LF.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Protocol

from leadline.errors import SourceError

BLOCK = 4 << 20
LONGEST_LINE = 64 << 20
MARK = "\udfff"
"""Stands for bytes that are not in the encoding: a lone surrogate, which no strict decoder ever gives."""

SPOILT = re.compile("[\ud800-\udfff\0]")
"""What no text at rest may hold: NULs, and surrogates, which some odd codecs give and JSON can escape."""

_MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\x1f\x8b": "a gzip file inside a gzip file",
}


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return MARK * (error.end - error.start), error.end
    raise error


codecs.register_error("leadline-mark", _mark)


class Bytes(Protocol):
    """Whatever gives bytes in order."""

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes, none at the end."""
        ...


def spoilt(text: str) -> bool:
    """Tell whether a text has a NUL or bytes that were not in its encoding."""
    return "\0" in text or (not text.isascii() and SPOILT.search(text) is not None)


def shown(text: str, longest: int = 4000) -> str:
    """Give a text that can be stored and shown: marks as the replacement character, NULs as ␀, not too long."""
    clean = SPOILT.sub(lambda m: "␀" if m[0] == "\0" else "�", text)
    return clean if len(clean) <= longest else f"{clean[:longest]}… ({len(clean):,} characters)"


def blocks(data: Bytes, encoding: str, size: int = BLOCK) -> Iterator[str]:
    """Give the text in blocks of whole lines.

    Raises:
        SourceError: the file is empty, is not text, or has a line longer than 64 MB.
    """
    first = data.read(size)
    if not first:
        raise SourceError("The file is empty.", code="empty-file")
    decoder = _decoder(encoding, first)
    _refuse_other_formats(first, encoding)
    rest = ""
    chunk = first
    while chunk:
        following = data.read(size)
        text = decoder.decode(chunk, final=not following)
        if chunk is first:
            _refuse_binary(text)
            text = text.removeprefix("\ufeff")
        chunk = following
        head, newline, tail = text.rpartition("\n")
        if newline:
            yield f"{rest}{head}\n"
            rest = tail
        else:
            rest += tail
        if len(rest) > LONGEST_LINE:
            raise SourceError(
                "A line is longer than 64 MB.", code="not-text", hint="Is this file text at all?"
            )
    if rest:
        yield rest


def _decoder(encoding: str, first: bytes) -> codecs.IncrementalDecoder | io.IncrementalNewlineDecoder:
    try:
        b"    ".decode(encoding, "replace")  # also refuses codecs that are not of text
    except LookupError as error:
        raise SourceError(
            f"There is no encoding {encoding!r}.",
            code="unknown-encoding",
            hint="Usual ones are utf-8, cp1252, latin-1 and utf-16.",
        ) from error
    make = codecs.getincrementaldecoder(encoding)
    sample = make("leadline-mark").decode(first)
    if "\r" in sample and "\n" not in sample:
        return io.IncrementalNewlineDecoder(make("leadline-mark"), translate=True)
    return make("leadline-mark")


def _refuse_other_formats(first: bytes, encoding: str) -> None:
    for magic, what in _MAGIC.items():
        if first.startswith(magic):
            raise SourceError(f"This is {what}, not text.", code="not-text", hint="Declare its `format`.")
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not wide:
        raise SourceError(
            "The file is written in UTF-16.", code="not-text", hint="Declare `encoding: utf-16`."
        )


def _refuse_binary(text: str) -> None:
    head = text[:65536]
    odd = len(SPOILT.findall(head))
    if "\0" in head and odd * 5 > len(head):
        raise SourceError(
            "The file is not text: it has NUL bytes.",
            code="not-text",
            hint="Declare its `format`, or its `encoding` (utf-16?).",
        )
