"""Types of values in expressions, and which of them go together. Pure; the one rule: text is never a number by itself.

`instant` is a point in time; `local` is wall-clock time without a zone, which is what calendars speak of; `any` is a
value whose type is known only when its file is read; `null` goes with everything.
"""

from typing import Literal

from leadline.catalog.definitions.fact import ColumnType

ValueType = Literal[
    "text", "integer", "number", "boolean", "date", "instant", "local", "interval", "any", "null"
]  # fmt: skip

NUMERIC: frozenset[ValueType] = frozenset({"integer", "number", "any", "null"})
TEXTUAL: frozenset[ValueType] = frozenset({"text", "any", "null"})
LOGICAL: frozenset[ValueType] = frozenset({"boolean", "any", "null"})
CALENDAR: frozenset[ValueType] = frozenset({"date", "local", "any", "null"})

WORDS: dict[ValueType, str] = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "instant": "an instant",
    "local": "a wall-clock time",
    "interval": "a length of time",
    "any": "a value",
    "null": "null",
}

_CASTS: dict[ValueType, frozenset[ValueType]] = {
    "text": frozenset({"text", "integer", "number", "boolean", "date", "local"}),
    "integer": frozenset({"text", "integer", "number", "boolean"}),
    "number": frozenset({"text", "integer", "number"}),
    "boolean": frozenset({"text", "integer", "number", "boolean"}),
    "date": frozenset({"text", "date", "local"}),
    "local": frozenset({"text", "date", "local"}),
    "instant": frozenset({"instant"}),
    "interval": frozenset(),
    "any": frozenset({"text", "integer", "number", "boolean", "date", "local"}),
    "null": frozenset({"text", "integer", "number", "boolean", "date", "local", "instant"}),
}


def of_column(column: ColumnType) -> ValueType:
    """Give the type of a fact column's values: a unit is written as text."""
    return "text" if column == "unit" else column


def together(a: ValueType, b: ValueType) -> ValueType | None:
    """Give the type that two alternatives (of a comparison, a case, a coalesce) have together, or None."""
    if a == b or b in {"any", "null"}:
        return b if a in {"any", "null"} and b != "null" else a
    if a in {"any", "null"}:
        return b
    if {a, b} == {"integer", "number"}:
        return "number"
    if {a, b} == {"date", "local"}:
        return "local"
    return None


def castable(source: ValueType, target: ValueType) -> bool:
    """Tell whether a cast has one meaning, in every time zone."""
    return target in _CASTS[source]


def assignable(source: ValueType, target: ColumnType) -> bool:
    """Tell whether a mapped value can become a column's: by a conversion that is checked row by row.

    Text can become anything; a wall-clock time or a date becomes an instant in the source's time zone.
    """
    wanted = of_column(target)
    if source in {"any", "null", "text"} or source == wanted:
        return True
    accepted: dict[ValueType, frozenset[ValueType]] = {
        "text": frozenset({"integer", "number", "boolean", "date"}),
        "number": frozenset({"integer"}),
        "integer": frozenset({"number"}),
        "instant": frozenset({"local", "date"}),
    }
    return source in accepted.get(wanted, frozenset())
