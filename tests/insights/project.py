"""A project as a user would have it: fifteen months of answers and calls in two regions, with one planted fall."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.projects import write_project

FIRST, LAST = date(2025, 1, 1), date(2026, 3, 31)
FALL = date(2026, 3, 1)
"""From here on EMEA's share of good answers is 60 % instead of 80 %."""

DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "scorecard": "service"},
    {
        "kind": "unit",
        "name": "acme",
        "children": [
            {"name": "emea", "title": "EMEA", "children": [{"name": "berlin"}]},
            {"name": "apac", "title": "APAC"},
        ],
    },
    {
        "kind": "fact",
        "name": "answer",
        "key": ["id"],
        "at": "on_day",
        "unit": "team",
        "columns": {
            "id": {"type": "text"},
            "on_day": {"type": "date"},
            "team": {"type": "unit"},
            "channel": {"type": "text"},
            "score": {"type": "integer"},
        },
    },
    {"kind": "source", "name": "answers", "fact": "answer", "files": "answers.csv"},
    {
        "kind": "metric",
        "name": "csat",
        "title": "Contact satisfaction",
        "type": "share",
        "of": "answer",
        "when": "score >= 4",
        "direction": "higher",
        "by": ["channel"],
    },
    {
        "kind": "metric",
        "name": "answers",
        "type": "count",
        "of": "answer",
        "by": ["channel"],
    },
    {
        "kind": "metric",
        "name": "median_score",
        "type": "quantile",
        "of": "answer",
        "value": "score",
        "quantile": 0.5,
        "measured_in": "score",
    },
    {"kind": "objective", "name": "delight"},
    {"kind": "objective", "name": "reach"},
    {
        "kind": "scorecard",
        "name": "service",
        "period": "month",
        "perspectives": [
            {
                "name": "customer",
                "objectives": [
                    {
                        "objective": "delight",
                        "measures": [
                            {"metric": "csat", "weight": 3, "red_flag": 70, "goal": 75},
                            {"metric": "csat", "unit": "emea", "red_flag": 70, "goal": 75},
                        ],
                    },
                    {"objective": "reach", "measures": [{"metric": "answers", "red_flag": 400, "goal": 500}]},
                ],
            }
        ],
    },
]


def answers() -> str:
    """Write the answers: some 40 a working day and 10 a day at weekends."""
    rng = np.random.default_rng(20260331)
    lines = ["id,on_day,team,channel,score"]
    day = FIRST
    while day <= LAST:
        for _ in range(rng.poisson(40 if day.weekday() < 5 else 10)):
            team = rng.choice(["berlin", "apac"])
            good = rng.random() < (0.6 if team == "berlin" and day >= FALL else 0.8)
            score = rng.integers(4, 6) if good else rng.integers(1, 4)
            lines.append(f"{len(lines)},{day},{team},{rng.choice(['phone', 'chat'])},{score}")
        day += timedelta(days=1)
    return "\n".join(lines) + "\n"


def write(root: Path) -> Path:
    """Write the project."""
    return write_project(root, DOCUMENTS, {"answers.csv": answers()})
