"""A company of two feeds: calls that come every day, and chats whose American part may be late."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from leadline.clock import FixedClock
from tests.projects import write_project

FIRST = date(2026, 1, 1)
LAST = date(2026, 3, 31)
NOW = FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC))
EXPECTED = {"every": "day", "by": "06:00", "within": "99 %"}

DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "unit", "name": "acme", "children": [
        {"name": "emea"}, {"name": "americas", "children": [{"name": "us"}]}]},
    {"kind": "fact", "name": "contact", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
        "channel": {"type": "text"}, "customer": {"type": "text"}}},
    {"kind": "source", "name": "calls", "fact": "contact", "files": "calls*.csv", "columns": {"channel": "'phone'"},
     "expected": {**EXPECTED, "brings": {"channel": "phone"}}},
    {"kind": "source", "name": "chats", "title": "Chats", "fact": "contact", "files": "chats*.csv",
     "columns": {"channel": "'chat'"},
     "expected": {**EXPECTED, "brings": {"channel": "chat"}, "units": ["emea", "americas"]}},
    {"kind": "metric", "name": "contacts", "type": "count", "of": "contact", "by": ["channel"]},
    {"kind": "metric", "name": "calls", "type": "count", "of": "contact", "where": "channel = 'phone'"},
    {"kind": "metric", "name": "chats_or_mail", "type": "count", "of": "contact",
     "where": "channel in ('chat', 'email') and customer is not null"},
    {"kind": "metric", "name": "per_call", "type": "derived", "formula": "contacts / calls", "measured_in": "ratio"},
]  # fmt: skip


def rows(channel: str, unit: str, until: date) -> str:
    """Five rows a day of one channel and unit."""
    days = (until - FIRST).days + 1
    return "".join(
        f"{channel}-{unit}-{day}-{n},{FIRST + timedelta(days=day)}T1{n}:00:00Z,{unit},c{n}\n"
        for day in range(days)
        for n in range(5)
    )


HEADER = "id,at,team,customer\n"


def files(chats_until: date = LAST) -> dict[str, str | bytes]:
    """The company's files; the Americans' chats end on a day."""
    return {
        "calls.csv": HEADER + rows("phone", "emea", LAST) + rows("phone", "us", LAST),
        "chats.csv": HEADER + rows("chat", "emea", LAST) + rows("chat", "us", chats_until),
    }


def write(root: Path, chats_until: date = LAST) -> Path:
    """Write the project."""
    return write_project(root, DOCUMENTS, files(chats_until))
