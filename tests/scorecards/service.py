"""Two teams over five months: handle time and resolution, with months in which one is bought with the other."""

import random
from collections.abc import Mapping
from typing import Any

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
TEAMS = ("north", "south")
Plan = Mapping[tuple[str, str], tuple[float, float]]


def calls(plan: Plan, *, seed: int = 1, n: int = 300) -> str:
    """Write calls: by team and month their mean minutes and the share that is resolved; 12 and 0.7 where not said."""
    rng = random.Random(seed)
    lines = ["id,at,team,minutes,resolved,product"]
    for team in TEAMS:
        for month in MONTHS:
            minutes, resolved = plan.get((team, month), (12.0, 0.7))
            for k in range(n):
                day = 1 + k % 28
                lines.append(
                    f"{team}{month}{k},{month}-{day:02}T10:00:00Z,{team},{max(0.1, rng.gauss(minutes, 4)):.2f},"
                    f"{str(rng.random() < resolved).lower()},{'ab'[k % 2]}"
                )
        lines += [f"{team}-june{k},2026-06-02T10:00:00Z,{team},12,true,a" for k in range(3)]  # May is over
    return "\n".join(lines) + "\n"


def documents(**incentive: Any) -> list[dict[str, Any]]:
    """Give a project: two metrics, a scorecard, a trade-off between them, and a plan with what is given."""
    measures = [
        {"metric": "minutes", "red_flag": 14, "goal": 10},
        {"metric": "resolved", "red_flag": 60, "goal": 80, "weight": 2},
    ]
    common: dict[str, Any] = {"of": "call", "by": ["product"], "collected": {"every": "day"}, "owner": "x"}
    return [
        {"kind": "project", "name": "test", "scorecard": "service"},
        {"kind": "unit", "name": "acme", "children": [{"name": name} for name in TEAMS]},
        {"kind": "fact", "name": "call", "key": ["id"], "at": "at", "unit": "team",
         "columns": {"id": {"type": "text"}, "at": {"type": "instant"}, "team": {"type": "unit"},
                     "minutes": {"type": "number"}, "resolved": {"type": "boolean"}, "product": {"type": "text"}}},
        {"kind": "source", "name": "calls", "fact": "call", "files": "calls.csv"},
        {"kind": "metric", "name": "minutes", "type": "mean", "value": "minutes", "measured_in": "minutes",
         "direction": "lower", **common},
        {"kind": "metric", "name": "resolved", "type": "share", "when": "resolved", "direction": "higher",
         "term": "long", **common},
        {"kind": "objective", "name": "calm", "owner": "x"},
        {"kind": "scorecard", "name": "service",
         "perspectives": [{"name": "process", "objectives": [{"objective": "calm", "measures": measures}]}]},
        {"kind": "trade_off", "name": "speed_or_care", "units": list(TEAMS),
         "between": [{"metric": "minutes", "at_most": 13}, {"metric": "resolved", "at_least": 62}]},
        {"kind": "incentive", "name": "bonus", "scorecard": "service", "units": list(TEAMS), "amount": 500,
         "currency": "EUR", "curve": [[2, 0], [6.67, 100], [9, 150]], **incentive},
    ]  # fmt: skip
