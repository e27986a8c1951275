"""What the measured company is asked: thirty KPIs over four facts, sliced three ways, on four levels of units."""

from pathlib import Path
from typing import Any

import yaml

SLICES = ("channel", "product", "country")
CHANNELS, PRODUCTS, COUNTRIES = 6, 30, 40
REGIONS, CENTRES, TEAMS = 4, 20, 200
"""Units on three levels below the company; teams are the leaves that rows name."""

_PLACES = {
    "team": {"type": "unit"}, "channel": {"type": "text"}, "product": {"type": "text"}, "country": {"type": "text"},
}  # fmt: skip
FACTS: dict[str, dict[str, str]] = {
    "contact": {
        "id": "integer", "at": "instant", "customer": "text", "wait": "number", "talk": "number", "hold": "number",
        "wrap": "number", "cost": "number", "transfers": "integer", "answered": "boolean", "resolved": "boolean",
        "reopened": "boolean", "bot": "boolean",
    },
    "answer": {"id": "integer", "at": "instant", "nps": "integer", "csat": "integer", "ces": "integer"},
    "purchase": {"id": "integer", "at": "instant", "amount": "number", "cost": "number", "cancelled": "boolean"},
    "membership": {"id": "integer", "at": "instant", "left_at": "instant", "customer": "text"},
}  # fmt: skip
"""The columns of each fact with their types, the places aside."""

_BY_FACT: dict[str, list[dict[str, Any]]] = {
    "contact": [
        {"name": "contacts", "type": "count"},
        {"name": "answered_share", "type": "share", "when": "answered"},
        {"name": "abandoned_share", "type": "share", "when": "not answered"},
        {"name": "service_level_20", "type": "share", "when": "answered and wait <= 20"},
        {"name": "service_level_60", "type": "share", "when": "answered and wait <= 60"},
        {"name": "resolved_share", "type": "share", "where": "answered", "when": "resolved"},
        {"name": "transfer_share", "type": "share", "where": "answered", "when": "transfers > 0"},
        {"name": "reopened_share", "type": "share", "where": "resolved", "when": "reopened"},
        {"name": "bot_share", "type": "share", "when": "bot"},
        {"name": "handle_mean", "type": "mean", "where": "answered", "value": "talk + hold + wrap", "measured_in": "s"},
        {"name": "wait_mean", "type": "mean", "value": "wait", "measured_in": "s"},
        {"name": "hold_mean", "type": "mean", "where": "answered", "value": "hold", "measured_in": "s"},
        {"name": "transfers_mean", "type": "mean", "where": "answered", "value": "transfers", "measured_in": "each"},
        {"name": "handled_time", "type": "sum", "where": "answered", "value": "talk + hold + wrap", "measured_in": "s"},
        {"name": "cost_total", "type": "sum", "value": "cost", "measured_in": "eur"},
        {"name": "cost_per_resolved", "type": "ratio", "numerator": "cost",
         "denominator": "case when resolved then 1 else 0 end", "measured_in": "eur"},
        {"name": "wrap_share", "type": "ratio", "where": "answered", "numerator": "wrap",
         "denominator": "talk + hold + wrap", "measured_in": "percent"},
        {"name": "handle_p90", "type": "quantile", "where": "answered", "value": "talk + hold + wrap",
         "quantile": 0.9, "measured_in": "s"},
        {"name": "active_customers", "type": "distinct", "entity": "customer"},
        {"name": "not_repeated_7d", "type": "conversion", "entity": "customer", "followed_by": {"fact": "contact"},
         "within": "7 days", "counts": "not_followed"},
    ],
    "answer": [
        {"name": "answers", "type": "count"},
        {"name": "nps", "type": "balance", "plus": "nps >= 9", "minus": "nps <= 6"},
        {"name": "csat", "type": "share", "when": "csat >= 4"},
        {"name": "csat_mean", "type": "mean", "value": "csat", "measured_in": "points"},
        {"name": "ces", "type": "mean", "value": "ces", "measured_in": "points"},
    ],
    "purchase": [
        {"name": "revenue", "type": "sum", "where": "not cancelled", "value": "amount", "measured_in": "eur"},
        {"name": "order_value", "type": "mean", "where": "not cancelled", "value": "amount", "measured_in": "eur"},
        {"name": "cancelled_share", "type": "share", "when": "cancelled"},
        {"name": "margin", "type": "ratio", "where": "not cancelled", "numerator": "amount - cost",
         "denominator": "amount", "measured_in": "percent"},
    ],
    "membership": [
        {"name": "members", "type": "stock", "from": "at", "until": "left_at"},
    ],
}  # fmt: skip

METRICS: tuple[dict[str, Any], ...] = tuple(
    {"kind": "metric", "of": fact, "by": list(SLICES), **metric}
    for fact, metrics in _BY_FACT.items()
    for metric in metrics
)


def region(number: int) -> str:
    """Name a region."""
    return f"region_{number:02}"


def centre(number: int) -> str:
    """Name a centre; five to a region."""
    return f"centre_{number:02}"


def team(number: int) -> str:
    """Name a team; ten to a centre."""
    return f"team_{number:03}"


def documents() -> list[dict[str, Any]]:
    """Give the project's documents."""
    tree = [
        {"name": region(r), "children": [
            {"name": centre(c), "children": [{"name": team(t)} for t in range(TEAMS) if t // 10 == c]}
            for c in range(CENTRES) if c // 5 == r]}
        for r in range(REGIONS)
    ]  # fmt: skip
    facts = [
        {"kind": "fact", "name": name, "key": ["id"], "at": "at", "unit": "team",
         "columns": {**{c: {"type": kind} for c, kind in columns.items()}, **_PLACES}}
        for name, columns in FACTS.items()
    ]  # fmt: skip
    project = {"kind": "project", "name": "measured", "time_zone": "UTC"}
    return [project, {"kind": "unit", "name": "company", "children": tree}, *facts, *METRICS]


def write_project(folder: Path) -> Path:
    """Write the project's one file; give its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump_all(documents(), sort_keys=False)
    (folder / "leadline.yaml").write_text(text, encoding="utf-8")
    return folder
