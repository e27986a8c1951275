"""JSON lines that are written alike: once one of them was decoded with care, a pattern reads the others.

Lines are alike if they differ in simple values only: numbers, true, false, null, and texts without escapes. Between
these stand the same characters, so the same keys, of which none is there twice; and every pattern is tried on the line
that it was made from. A line that no pattern knows is decoded with care: nothing is ever refused here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

MOST_SHAPES = 8
"""So many patterns are kept for a file: lines without any order to them are not tried on more."""

_MOST_VALUES = 250
_TEXT = r'"[^"\\\x00-\x1f]*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_VALUE = f"({_TEXT}|{_NUMBER}|true|false|null)"
_AROUND = r"[ \t\r\n]*"
_TOKEN = re.compile(rf"{_TEXT}(?=[ \t]*:)|(?P<value>{_TEXT}|{_NUMBER}|true|false|null)|[{{}}:, \t\r\n]")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How lines are written that are alike: their flat keys, and a pattern that gives the values between them."""

    names: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, line: str, flat: Mapping[str, str | None]) -> "Shape | None":
        """Give the shape of a line that was decoded to `flat`; None if it holds more than simple values."""
        parts: list[str] = []
        text, at, values = line.strip(" \t\r\n"), 0, 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None or values > _MOST_VALUES:
                return None
            values += token["value"] is not None
            parts.append(re.escape(token[0]) if token["value"] is None else _VALUE)
            at = token.end()
        if values != len(flat):
            return None
        made = cls(tuple(flat), re.compile(f"{_AROUND}{''.join(parts)}{_AROUND}"))
        found = made.pattern.fullmatch(line)
        same = found is not None and list(flat.values()) == [_plain(value) for value in found.groups()]
        return made if same else None

    def texts(self, rows: Sequence[tuple[str, ...]]) -> Iterator[pa.Array]:
        """Give the values of lines as the pattern found them, column by column, as texts."""
        for written in zip(*rows, strict=True):
            values = pa.array(written, pa.string())
            bare = pc.ascii_trim(values, characters='"')  # a text holds none itself, for it has no escapes
            yield pc.if_else(pc.equal(values, "null"), pa.scalar(None, pa.string()), bare)


def _plain(written: str) -> str | None:
    """Give the text of a value as it is written: what `texts` says of many."""
    return None if written == "null" else written.strip('"')
