"""A small company written as a project: fourteen months of contacts, two units, a change for the worse, held rows.

Resolution drops in October 2025; the last month is provisional; one channel is too small to show; one file is cut off.
"""

import gzip
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from leadline.clock import FixedClock
from tests.projects import write_project

NOW = FixedClock(datetime(2026, 3, 2, 6, tzinfo=UTC))
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
START, END, DROP = date(2025, 1, 1), date(2026, 3, 1), date(2025, 10, 1)

LATE = {"every": "day", "available_after": "3 days"}

METRICS: list[Mapping[str, Any]] = [
    {"name": "resolved_rate", "title": "Solved at once", "type": "share", "when": "resolved", "by": ["channel"],
     "direction": "higher", "minimum_n": 10, "owner": "service-desk", "because": "Every second contact costs 5 EUR.",
     "description": "Contacts solved in the first call."},
    {"name": "nps", "title": "Net promoter score", "type": "balance", "plus": "score >= 9", "minus": "score <= 6",
     "where": "score is not null", "by": ["channel"], "direction": "higher"},
    {"name": "handle_time", "title": "Handle time", "type": "mean", "value": "seconds", "measured_in": "seconds",
     "direction": "lower", "by": ["channel"]},
    {"name": "handle_time_median", "title": "Handle time, median", "type": "quantile", "quantile": 0.5,
     "value": "seconds", "measured_in": "seconds", "direction": "lower"},
    {"name": "contacts", "title": "Contacts", "type": "count", "by": ["channel"]},
    {"name": "cost", "title": "Cost", "type": "sum", "value": "cost", "measured_in": "EUR"},
    {"name": "cost_per_minute", "title": "Cost per minute", "type": "ratio", "numerator": "cost",
     "denominator": "seconds / 60.0", "measured_in": "EUR"},
]  # fmt: skip

SCORECARD: Mapping[str, Any] = {
    "kind": "scorecard",
    "name": "service",
    "title": "Service scorecard",
    "owner": "head-of-service",
    "perspectives": [
        {"name": "customer", "title": "Customer", "weight": 2, "objectives": [
            {"objective": "solved", "measures": [
                {"metric": "resolved_rate", "weight": 2, "red_flag": 70, "goal": 76},
                {"metric": "nps", "red_flag": 10, "goal": 30},
            ]},
        ]},
        {"name": "process", "title": "Process", "objectives": [
            {"objective": "lean", "measures": [
                {"metric": "handle_time", "red_flag": 420, "goal": 320},
                {"metric": "handle_time_median", "red_flag": 420, "goal": 320},
                {"metric": "contacts", "score": "unscored"},
            ]},
        ]},
    ],
}  # fmt: skip

DOCUMENTS: list[Mapping[str, Any]] = [
    {"kind": "project", "name": "small", "title": "Small & Sons", "time_zone": "Europe/Berlin", "scorecard": "service"},
    {"kind": "unit", "name": "group", "title": "Group", "children": [
        {"name": "north", "title": "North", "codes": ["N"]},
        {"name": "south", "title": "South", "codes": ["S"]},
    ]},
    {"kind": "fact", "name": "contact", "description": "One row for each contact.", "key": ["contact_id"],
     "at": "started_at", "unit": "team", "columns": {
        "contact_id": {"type": "text", "required": True},
        "started_at": {"type": "instant", "required": True},
        "team": {"type": "unit"},
        "channel": {"type": "text", "description": "How they reached us"},
        "score": {"type": "integer", "minimum": 0, "maximum": 10},
        "seconds": {"type": "number", "minimum": 0},
        "cost": {"type": "number"},
        "resolved": {"type": "boolean"},
        "remark": {"type": "text"},
     }},
    {"kind": "source", "name": "contacts", "title": "Contact log", "fact": "contact", "files": "data/*.csv*",
     "format": "csv"},
    {"kind": "objective", "name": "solved", "title": "Problems are solved at once", "owner": "service-desk"},
    {"kind": "objective", "name": "lean", "title": "Work is lean", "watches": ["cost"], "leads_to": [
        {"objective": "solved", "after": "5 days", "strength": "moderate", "because": "Haste wastes."}]},
    {"kind": "goal", "name": "best", "title": "Best in town", "by": "2027-12-31",
     "reach": {"metric": "resolved_rate", "value": 90}},
    {"kind": "initiative", "name": "training", "title": "Training", "objectives": ["solved"], "goal": "best",
     "budget": 9000, "spent": 3000, "until": "2026-12-31", "owner": "people"},
    *({"kind": "metric", "of": "contact", "collected": LATE, **metric} for metric in METRICS),
    SCORECARD,
]  # fmt: skip

HEADER = "contact_id,started_at,team,channel,score,seconds,cost,resolved,remark\n"


def rows() -> list[str]:
    """Give the contacts as lines of a file."""
    chance = random.Random(5)
    made, day, number = [], START, 0
    while day <= END:
        for hour in range(9, 19):
            number += 1
            team = "N" if chance.random() < 0.6 else "S"
            channel = chance.choices(["phone", "chat", "fax"], [70, 29, 1])[0]
            solved = chance.random() < (0.8 if day < DROP else 0.55 if team == "N" else 0.65)
            score = chance.choices([10, 8, 5], [55, 25, 20])[0]
            seconds = round(chance.lognormvariate(5.6, 0.5))
            made.append(
                f"c{number},{day}T{hour:02}:00:00,{team},{channel},{score},{seconds},{seconds / 60:.2f},"
                f"{'true' if solved else 'false'},\n"
            )
        day += timedelta(days=1)
    return made


HELD = [
    f'h1,2026-01-05T10:00:00,N,phone,11,300,5.0,true,"{HOSTILE}"\n',
    "h2,2026-01-06T10:00:00,N,phone,12,300,5.0,true,\n",
    "h3,2026-01-07T10:00:00,West,phone,9,300,5.0,true,\n",
]


def write(root: Path) -> Path:
    """Write the project; give its folder."""
    cut = gzip.compress((HEADER + "x1,2026-01-01T10:00:00,N,phone,9,1,1,true,\n" * 500).encode())[:-20]
    lines = rows()
    half = len(lines) // 2
    files: dict[str, str | bytes] = {
        "data/2025.csv": HEADER + "".join(lines[:half]),
        "data/2026.csv": HEADER + "".join(lines[half:] + HELD),
        "data/cut.csv.gz": cut,
    }
    return write_project(root, list(DOCUMENTS), files)
