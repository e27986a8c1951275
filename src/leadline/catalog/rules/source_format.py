"""A source's reading options fit together and exist."""

import codecs
from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find encodings that there are not, signs that cannot be, and headers that are missing."""
    for source in catalog.sources.values():
        for key, message, hint in _faults(source):
            yield Problem("error", "bad-format-option", message, catalog.place(source, key), hint)


def _faults(source: Source) -> Iterator[tuple[str, str, str]]:
    if not _is_text_encoding(source.encoding):
        yield (
            "encoding",
            f"There is no text encoding {source.encoding!r}.",
            "Common: utf-8, cp1252, latin-1, utf-16.",
        )
    if source.delimiter is not None and not _can_delimit(source.delimiter):
        yield "delimiter", "A delimiter is one character to eight, on one line.", 'A tab is written "\\t".'
    if len(source.quote) > 1:
        yield "quote", "A quotation mark is one character.", "Write '' if values are never quoted."
    if source.delimiter == source.quote:
        yield "delimiter", "Delimiter and quotation mark are the same.", ""
    if not source.header and not source.header_names and source.format not in {"jsonl", "parquet"}:
        yield "header", "Without a header the columns have no names.", "Name them in `header_names: […]`."
    if len(set(source.header_names)) < len(source.header_names):
        yield "header_names", "Two columns have one name.", ""


def _can_delimit(delimiter: str) -> bool:
    """Tell whether a delimiter can stand between values."""
    return 1 <= len(delimiter) <= 8 and not {"\n", "\r"} & set(delimiter)


def _is_text_encoding(name: str) -> bool:
    """Tell whether Python can decode text in an encoding of this name."""
    try:
        return codecs.lookup(name).name not in _NOT_TEXT and isinstance("".encode(name), bytes)
    except (LookupError, ValueError):
        return False


_NOT_TEXT = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"}
)
