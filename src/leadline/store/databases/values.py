"""From a driver's rows to Arrow: by the types that the server names, else by the values met.

What a type cannot hold (the date 0000-00-00, a number beyond 64 bits) makes its column one of texts, and is told as a
change of type: the mapping then holds the rows that it cannot convert, and no others.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

INSTANT, MOMENT = pa.timestamp("us", "UTC"), pa.timestamp("us")
_MOST_DIGITS = 38

_POSTGRES = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 26: pa.int64(), 700: pa.float64(),
    701: pa.float64(), 1082: pa.date32(), 1114: MOMENT, 1184: INSTANT, 1700: pa.float64(),
    **dict.fromkeys((18, 19, 25, 114, 1042, 1043, 2950, 3802, 1083, 1266, 1186, 17), pa.string()),
}  # fmt: skip
"""By object identifier. Anything else (arrays, ranges, types of extensions) comes as text."""

_MYSQL = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13, 16), pa.int64()), 4: pa.float64(), 5: pa.float64(), 7: INSTANT, 10: pa.date32(),
    12: MOMENT,
}  # fmt: skip
"""By field type. 7 is TIMESTAMP: the session's zone is UTC. 16 is BIT. Anything else but decimals comes as text."""

_DECIMAL, _BIT = (0, 246), 16


def types_of(backend: str, description: Sequence[Any], cursor: Any) -> list[pa.DataType | None]:
    """Give each column's type; None where only its values tell."""
    if backend == "postgresql":
        return [_of_postgres(column) for column in description]
    if backend in {"mysql", "mariadb"}:
        fields = getattr(getattr(cursor, "_result", None), "fields", None) or []
        scales = [getattr(f, "scale", 0) for f in fields] or [0] * len(description)
        return [_of_mysql(column[1], scale) for column, scale in zip(description, scales, strict=True)]
    return [None] * len(description)


def _of_postgres(column: Any) -> pa.DataType:
    if column[1] == 1700 and column.precision:
        scale = column.scale or 0
        return pa.decimal128(min(column.precision, _MOST_DIGITS), scale) if scale > 0 else pa.int64()
    found: pa.DataType = _POSTGRES.get(column[1], pa.string())
    return found


def _of_mysql(kind: int, scale: int) -> pa.DataType:
    if kind in _DECIMAL:
        return pa.decimal128(_MOST_DIGITS, scale) if scale else pa.int64()
    found: pa.DataType = _MYSQL.get(kind, pa.string())
    return found


def table(
    names: Sequence[str],
    types: Sequence[pa.DataType | None],
    rows: Sequence[Sequence[object]],
    bits: frozenset[int],
) -> pa.Table:
    """Give rows as a table. `bits` are the columns that come as the bytes of a number."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [
        _array(
            [int.from_bytes(v) if isinstance(v, bytes) else v for v in values] if n in bits else values, kind
        )
        for n, (values, kind) in enumerate(zip(columns, types, strict=True))
    ]
    return pa.Table.from_arrays(arrays, names=list(names))


def bits_of(backend: str, description: Sequence[Any]) -> frozenset[int]:
    """Give the columns of MySQL's BIT."""
    if backend not in {"mysql", "mariadb"}:
        return frozenset()
    return frozenset(n for n, column in enumerate(description) if column[1] == _BIT)


def _array(values: Sequence[object], kind: pa.DataType | None) -> pa.Array:
    try:
        if kind is None:
            return _inferred(values)
        if kind == pa.string():
            return pa.array(values, kind) if all(type(v) in _PLAIN for v in values) else _texts(values)
        if kind == INSTANT:
            values = [
                v.replace(tzinfo=UTC) if isinstance(v, datetime) and v.tzinfo is None else v for v in values
            ]
        if kind == pa.int64():
            values = [int(v) if isinstance(v, Decimal) and v == v.to_integral_value() else v for v in values]
        if kind == pa.float64():
            values = [float(v) if isinstance(v, Decimal) else v for v in values]
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError, TypeError, ArithmeticError):
        return _texts(values)


_PLAIN = frozenset({str, type(None)})
_KINDS = {
    int: pa.int64(), float: pa.float64(), str: pa.string(), bool: pa.bool_(), date: pa.date32(),
}  # fmt: skip


def _inferred(values: Sequence[object]) -> pa.Array:
    """Give values of a driver that names no types; of several kinds, texts."""
    kinds = {type(v) for v in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]  # of int or float
    if len(kinds) == 1 and (only := next(iter(kinds))) in _KINDS:
        return pa.array(values, _KINDS[only])
    if kinds == {datetime}:
        zones = {v.tzinfo is not None for v in values if isinstance(v, datetime)}
        return pa.array(values, INSTANT if zones == {True} else MOMENT) if len(zones) == 1 else _texts(values)
    if kinds == {Decimal}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]  # of Decimal
    return _texts(values)


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array([spelt(v) for v in values], pa.string())


def spelt(value: object) -> str | None:
    """Give a driver's value as text: what it would be in a JSON lines file."""
    match value:
        case None:
            return None
        case str():
            return value.encode("utf-8", "replace").decode()
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _clock(value)
        case bytes() | bytearray() | memoryview():
            return f"0x{bytes(value).hex()}"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _clock(value: timedelta) -> str:
    """Write a length of time as databases do: `-01:30:00`, `34:05:06.5`."""
    seconds, sign = abs(value), "-" if value < timedelta() else ""
    whole = int(seconds.total_seconds())
    fraction = f".{seconds.microseconds:06}".rstrip("0") if seconds.microseconds else ""
    return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"
