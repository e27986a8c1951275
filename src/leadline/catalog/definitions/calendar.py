"""`kind: calendar`: when weeks and years begin."""

from typing import Literal, get_args

from leadline.catalog.definitions.base import Definition

Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
MONTHS: tuple[str, ...] = get_args(Month)


class Calendar(Definition):
    """A fiscal calendar of whole months. Weeks begin on `week_starts_on`; years on the first of `year_starts_in`."""

    kind: Literal["calendar"]
    year_starts_in: Month = "january"
    year_named_by: Literal["start", "end"] = "end"
    week_starts_on: Literal["monday", "sunday", "saturday"] = "monday"
