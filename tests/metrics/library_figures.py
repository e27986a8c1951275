"""Figures of library metrics from rows written in a test, through the engine: no file, no ledger, no suppression."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from leadline.catalog.definitions import Grain
from leadline.metrics import library
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.query import Query
from tests.metrics.warehouse import NOW, Rows, warehouse

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Rows that do not care when are of this minute, and of this month."""
MONTH = "2026-01"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
DESK = {
    "kind": "calendar", "name": "desk", "business_hours": {day: ["09:00-17:00"] for day in WEEKDAYS},
    "holidays": [{"date": "2026-01-06", "name": "Epiphany"}],
}  # fmt: skip


def at(days: float = 0, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """Give an instant after START."""
    return START + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def definitions(*names: str) -> list[dict[str, Any]]:
    """Give library metrics with all that they are made of, as they are copied but never suppressed and not sliced."""
    wanted = {e.name: e for name in names for e in (library.entry(name), *library.parts_below(name))}
    written = [{**yaml.safe_load(e.text), "minimum_n": 0} for e in wanted.values()]
    return [{key: value for key, value in one.items() if key != "by"} for one in written]


def figures(
    rows: Mapping[str, Rows],
    *names: str,
    period: str = MONTH,
    grain: Grain = "month",
    as_of: datetime = NOW,
) -> dict[str, Observation]:
    """Give the figure of each metric in one period, computed from rows by fact."""
    documents = [{"kind": "project", "calendar": "desk"}, DESK, *definitions(*names)]
    with tempfile.TemporaryDirectory() as folder, warehouse(Path(folder), documents) as made:
        published = made.publish({fact: {f"{fact}_file": given} for fact, given in rows.items()}, as_of=as_of)
        bounds = published.periods.parse(period)
        found = {}
        for name in names:
            asked = Query(
                metric=name, viewer="tester", purpose="test", grain=grain, since=bounds.start, until=bounds.end
            )  # fmt: skip
            for one in evaluate(published, asked):
                if one.period == period:
                    assert name not in found, "two figures of one name"
                    found[name] = one
        return found


def values(
    rows: Mapping[str, Rows], *names: str, digits: int, period: str = MONTH, **also: Any
) -> dict[str, float | None]:
    """Give values alone, rounded to the digits at which a source states them."""
    found = figures(rows, *names, period=period, **also)
    return {key: None if o.value is None else round(o.value, digits) for key, o in found.items()}


def many(number: int, **columns: Any) -> list[dict[str, Any]]:
    """Give so many equal rows."""
    return [dict(columns) for _ in range(number)]


def month(number: int) -> date:
    """Give the first day of a month of 2026."""
    return date(2026, number, 1)
