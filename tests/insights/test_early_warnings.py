"""A driver whose news shows in the outcome some days later is an early warning; one that does not is none."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.clock import FixedClock
from leadline.insights.early_warnings import early_warnings
from tests.projects import refreshed, write_project
from tests.scorecards import service

DAYS = 220
FIRST = date(2025, 10, 20)


def company() -> list[dict[str, Any]]:
    made = [one for one in service.documents() if one["kind"] not in {"trade_off", "incentive", "objective"}]
    measures = made[-1]["perspectives"][0]["objectives"][0]["measures"]
    made[-1]["perspectives"][0]["objectives"] = [
        {"objective": "calm", "measures": measures[:1]}, {"objective": "solved", "measures": measures[1:]},
    ]  # fmt: skip
    link = {
        "objective": "solved",
        "after": "3 days",
        "driver": "minutes",
        "outcome": "resolved",
        "moves": "apart",
    }
    made.append({"kind": "objective", "name": "calm", "owner": "x", "leads_to": [link]})
    made.append({"kind": "objective", "name": "solved", "owner": "x"})
    return made


def rows(strength: float) -> str:
    rng = random.Random(5)
    news = [rng.gauss(0, 2) for _ in range(DAYS)]
    lines = ["id,at,team,minutes,resolved,product"]
    for day in range(DAYS):
        chance = 0.7 - strength * (news[day - 3] if day >= 3 else 0.0)
        for k in range(30):
            minutes = max(0.1, rng.gauss(12 + news[day], 1))
            said = str(rng.random() < min(max(chance, 0.02), 0.98)).lower()
            at = FIRST + timedelta(days=day)
            lines.append(f"{day}-{k},{at}T10:00:00Z,{'north' if k % 2 else 'south'},{minutes:.2f},{said},a")
    return "\n".join(lines) + "\n"


@pytest.mark.thorough
@pytest.mark.parametrize(("strength", "count"), [(0.1, 1), (0.0, 0)])
def test_what_is_followed_three_days_later_warns(tmp_path: Path, strength: float, count: int) -> None:
    clock = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))
    project = write_project(tmp_path / "p", company(), {"calls.csv": rows(strength)})
    with refreshed(project, clock) as (space, published):
        found = early_warnings(published, viewer="x")
        assert len(found) == count
        with space.ledger.read() as reader:
            kept = reader.findings(kind="lead_lag")
        assert [one.id for one in kept] == [one.id for one in found]
        for one in found:
            assert (one.metric, one.evidence["leads"]) == ("minutes", "resolved")
            assert one.evidence["adjusted_p"] < 0.05
            assert "after 3 days: an early warning" in one.statement
