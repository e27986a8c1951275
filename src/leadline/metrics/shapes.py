"""The shape of a metric's state: which keys its rows have beside day, unit and slice, and what is summed.

Merging two states of one shape is adding their sums, key by key; so order and batching of rows never matter.

- `terms`: a handful of sums over rows (shares, balances, ratios, means, sums, counts, conversions, entered figures);
- `histogram`: rows by bucket `h` of their value (quantiles);
- `changes`: what entered less what left, by day (stocks): their running total is the level;
- `entities`: one row for each entity (distinct);
- `spans`: rows by bucket `h` of a finished span, or by the minute since which an unfinished one is open (durations).
"""

import hashlib
from typing import Literal

from leadline.catalog.definitions import Distinct, Duration, Quantile, RowMetric, Stock
from leadline.store.engine import ValueType

Shape = Literal["terms", "histogram", "changes", "entities", "spans"]

ENTITY, BUCKET_OF_VALUE, OPEN_SINCE, ROWS = "entity", "h", "open_since", "n"
_LONGEST = 60
"""PostgreSQL cuts names of more than 63 bytes without a word."""


def shape(metric: RowMetric) -> Shape:
    """Give the shape of a metric's state."""
    match metric:
        case Quantile():
            return "histogram"
        case Stock():
            return "changes"
        case Distinct():
            return "entities"
        case Duration():
            return "spans"
        case _:
            return "terms"


KEYS: dict[Shape, dict[str, ValueType]] = {
    "terms": {},
    "histogram": {BUCKET_OF_VALUE: "integer"},
    "changes": {},
    "entities": {ENTITY: "text"},
    "spans": {BUCKET_OF_VALUE: "integer", OPEN_SINCE: "instant"},
}
"""The keys of each shape beside `_bucket`, `_unit` and the slice column."""


def term_alias(metric: str, term: str) -> str:
    """Name a term's column in a state table that several metrics share."""
    return _short(f"{metric}__{term}")


def product_alias(one: str, term: str, other: str, its: str) -> str:
    """Name the column of the sum of products of two metrics' terms, row by row."""
    return _short(f"{one}__{term}__x__{other}__{its}")


def slice_alias(path: str) -> str:
    """Name the slice column of a state table."""
    return _short(f"by_{path.replace('.', '__')}")


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 13]}_{hashlib.sha256(name.encode()).hexdigest()[:12]}"
