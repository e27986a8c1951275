"""A calendar counts only when the project names it."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find calendars that decide nothing."""
    for name, calendar in catalog.calendars.items():
        if name != catalog.project.calendar:
            yield Problem(
                "warning", "calendar-unused", f"The calendar {name!r} decides nothing.",
                catalog.place(calendar, "name"), f"Write `calendar: {name}` in the project's document.",
            )  # fmt: skip
