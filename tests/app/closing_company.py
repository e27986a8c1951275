"""A company of one scorecard whose February is closed: contacts and their scores, in files that come and change."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leadline.clock import FixedClock
from tests.projects import write_project

MARCH = FixedClock(datetime(2026, 3, 15, 12, tzinfo=UTC))
APRIL = FixedClock(datetime(2026, 4, 15, 12, tzinfo=UTC))
FEBRUARY = "2026-02"


def documents(**different: Any) -> list[dict[str, Any]]:
    """The definitions; `when` is what counts as satisfied, `emea` the codes of that unit."""
    when, emea = different.get("when", "score >= 4"), different.get("emea", ["e1", "e2"])
    return [
        {"kind": "project", "time_zone": "UTC"},
        {"kind": "unit", "name": "acme", "children": [
            {"name": "emea", "codes": emea}, {"name": "amer", "codes": different.get("amer", ["a1"])}]},
        {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
            "id": {"type": "text"}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
            "score": {"type": "number"}}},
        {"kind": "source", "name": "answers", "fact": "answer", "files": "answers*.csv", "columns": {}},
        {"kind": "metric", "name": "csat", "title": "Satisfaction", "type": "share", "of": "answer", "when": when,
         "minimum_n": different.get("minimum_n", 1), "direction": "higher", "owner": "ann",
         "collected": {"every": "day", "available_after": "1 day"}},
        {"kind": "metric", "name": "answers", "type": "count", "of": "answer",
         "collected": {"every": "day", "available_after": "1 day"}},
        {"kind": "objective", "name": "loved"},
        {"kind": "scorecard", "name": "service", "period": "month", "perspectives": [
            {"name": "customer", "objectives": [{"objective": "loved", "measures": [
                {"metric": "csat", "red_flag": 60, "goal": 80}, {"metric": "answers", "score": "unscored"},
                *different.get("also", [])]}]}],
         "reporting": {"due": "10 days", "units": ["emea", "amer"], "commentary": {
             "parts": ["cause", "action"], "required_when": ["off target"]}}},
    ]  # fmt: skip


def answers(name: str, good: int, bad: int, team: str = "e1", month: int = 2) -> str:
    """Answers of one team, evenly over the days of a month and on its last."""
    rows = [
        f"{name}{n},2026-{month:02d}-{1 + n % 27:02d}T10:00:00Z,{team},{5 if n < good else 1}\n"
        for n in range(good + bad)
    ]
    return "".join(rows)


HEADER = "id,at,team,score\n"
FIRST = HEADER + answers("e", 200, 200) + answers("a", 350, 50, "a1") + answers("m", 10, 10, "a1", month=3)


def write(root: Path, files: dict[str, str] | None = None, **different: Any) -> Path:
    """Write the project, or write it again."""
    return write_project(root, documents(**different), files or {"answers.csv": FIRST})
