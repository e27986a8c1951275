"""Texts of a query that are filled in last: one compiled text answers every query of its shape.

A slot is a text literal that holds a mark in place of its value. To fill it is to write the literal anew, as the
dialect writes any other, so the text that runs is the one that a tree with the value in it would have given.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private-use characters of Unicode: no name in a query holds them, and values only ever fill slots."""
_SLOT = re.compile(f"'{_OPEN}([a-z0-9_]+){_CLOSE}'")

Values = Mapping[str, str | Sequence[str]]
"""What fills slots, by name: a text, or several where the slot is the one item of a list."""


def slot(name: str) -> str:
    """Give the mark that stands for a text in a literal."""
    return f"{_OPEN}{name}{_CLOSE}"


class Slotted:
    """The text of a compiled query with its slots."""

    def __init__(self, text: str, dialect: str) -> None:
        self._pieces = _SLOT.split(text)
        self._dialect = dialect

    def filled(self, values: Values) -> str:
        """Give the text with every slot filled. Raises KeyError for one without a value."""
        pieces = list(self._pieces)
        for place in range(1, len(pieces), 2):
            value = values[pieces[place]]
            texts = [value] if isinstance(value, str) else value
            pieces[place] = ", ".join(_written(text, self._dialect) for text in texts)
        return "".join(pieces)


@lru_cache(maxsize=4096)
def _written(text: str, dialect: str) -> str:
    return exp.Literal.string(text).sql(dialect=dialect)
