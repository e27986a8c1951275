"""Which of two records with one key is newer: their `updated`, as a number or an instant, however it is written."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

import pyarrow as pa

from leadline.errors import SourceError

Rank: TypeAlias = tuple[int, Decimal]
"""Comparable: nothing (0) comes before a number (1) or an instant (2)."""

NOTHING: Rank = (0, Decimal(0))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ranks(values: pa.ChunkedArray | pa.Array, column: str) -> list[Rank]:
    """Give the rank of each value. Wall-clock times are taken for UTC: they are only compared with each other.

    Raises:
        SourceError: a value is neither a number nor an instant, or some are numbers and some instants.
    """
    found = [rank(value, column) for value in values.to_pylist()]
    if len({kind for kind, _ in found} - {0}) > 1:
        raise SourceError(
            f"{column!r} is a number in some records and an instant in others.",
            code="landing-order",
            hint="Name a column under `updated` that always grows with a change.",
        )
    return found


def rank(value: object, column: str) -> Rank:
    """Give the rank of one value; see `ranks`."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            pass
        case int() | Decimal():
            return 1, Decimal(value)
        case float():
            return 1, Decimal(repr(value))
        case datetime():
            return 2, _instant(value)
        case date():
            return 2, _instant(datetime(value.year, value.month, value.day, tzinfo=UTC))
        case str():
            if (known := _of_text(value.strip())) is not None:
                return known
    raise SourceError(
        f"{value!r} of {column!r} is neither a number nor an instant, so it tells no order.",
        code="landing-order",
        hint="Name a column under `updated` that always grows with a change.",
    )


def newest(values: Sequence[Rank]) -> Rank:
    """Give the greatest."""
    return max(values, default=NOTHING)


def _of_text(text: str) -> Rank | None:
    try:
        return 1, Decimal(text)
    except InvalidOperation:
        pass
    try:
        return 2, _instant(datetime.fromisoformat(text))
    except ValueError:
        return None


def _instant(value: datetime) -> Decimal:
    since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH
    return Decimal(since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
