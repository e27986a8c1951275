"""Nested JSON to flat columns: `{"a": {"b": 1}}` has the column `a__b`; a list stays one value, as JSON text.

Values land as texts, as a JSON lines file is read: a mapping says what they are, and none is lost to a guess.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa

BETWEEN = "__"


def flattened(record: Mapping[str, object]) -> dict[str, str | None]:
    """Give a record's leaves as texts. Empty objects have no column; of two leaves of one name the later counts."""
    return dict(_leaves(record, ""))


def _leaves(record: Mapping[str, object], before: str) -> Iterator[tuple[str, str | None]]:
    for name, value in record.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{BETWEEN}")
        else:
            yield path, as_text(value)


def as_text(value: object) -> str | None:
    """Give a JSON value, or one that a driver gave, as the text that a mapping reads; nothing stays nothing."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case float():
            return repr(value)
        case int() | Decimal():
            return str(value)
        case bytes():
            return f"0x{value.hex()}"
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def as_table(records: Sequence[Mapping[str, object]]) -> pa.Table:
    """Give records as a table of texts; a column that a record lacks is null there."""
    flat = [flattened(record) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    arrays = [pa.array([record.get(name) for record in flat], pa.string()) for name in names]
    if not names:
        return pa.table({"_": pa.nulls(len(flat), pa.string())})  # records with nothing in them are records
    return pa.Table.from_arrays(arrays, names=names)
