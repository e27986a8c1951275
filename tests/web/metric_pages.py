"""The metric pages of the made-up company: a trend with a gap, a new goal and a provisional end; breakdowns; lists."""

import random
from dataclasses import replace
from datetime import date
from typing import Any

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import (
    BridgeSpec,
    BridgeStep,
    BulletSpec,
    Certainty,
    IntervalRow,
    IntervalSpec,
    TrendMark,
    TrendPoint,
    TrendSpec,
)
from leadline.app.web.contexts import (
    MetricPage,
    MetricsPage,
)
from leadline.app.web.contexts.metrics import Lineage, MarkLine, MetricLine, Target
from leadline.app.web.contexts.pieces import (
    Alert,
    Document,
    Figure,
    Link,
    Mark,
    Picker,
    VersionLine,
)
from leadline.app.web.numbers import NumberStyle, whole
from tests.web.company import MARKS, OWNERS, SHORT, change, month, shell
from tests.web.pages import findings, home, period_picker, unit_picker

SERIES = [date(2025 + m // 12, m % 12 + 1, 1) for m in range(5, 23)]
"""The months of the trend: one more than the scorecard's, still provisional."""


VALUES = (
    77.9,
    78.4,
    78.1,
    None,
    77.2,
    76.8,
    77.1,
    76.2,
    75.9,
    75.2,
    74.1,
    73.0,
    72.2,
    71.4,
    70.8,
    69.9,
    68.2,
    68.9,
)


def point(index: int) -> TrendPoint:
    """Give one period of the trend."""
    style, day, value = NumberStyle("percent"), SERIES[index], VALUES[index]
    half = 0.5 + (0.4 if index < 4 else 0)
    last, here = index == len(VALUES) - 1, index == len(VALUES) - 2
    certainty: Certainty = "suppressed" if value is None else "provisional" if last else "final"
    low, high = (None, None) if value is None else (value - half, value + half)
    words = (
        "suppressed" if value is None else f"{style.value(value)}, 95% interval {style.interval(low, high)}"
    )
    return TrendPoint(
        SHORT[day.month - 1],
        str(day.year),
        month(day),
        value,
        low,
        high,
        whole(40_000 + 113 * index),
        certainty,
        to.figure("first_contact_resolution", period=f"{day:%Y-%m}"),
        f"{month(day)}: {words}",
        goal=76.0 if index > 6 else 74.0,
        red_flag=70.0 if index > 6 else 68.0,
        former=value - 1.2 if value is not None and index == 5 else None,
        here=here,
        tone="bad" if here else "quiet",
    )


def trend() -> TrendSpec:
    """Give a trend with a provisional end, a suppressed month, a new goal and a new version."""
    return TrendSpec(
        key="trend",
        title="First contact resolution fell in October, and has been below its goal since February",
        summary="1.7 points below September 2026: worse. 8.6 points below October 2025: worse.",
        points=tuple(map(point, range(len(VALUES)))),
        style=NumberStyle("percent"),
        goal_word="goal 76%",
        red_flag_word="red flag 70%",
        break_word="The axis starts at 66%, not at zero.",
        columns=("Period", "Value", "95% interval", "n", "Goal", "Status"),
        marks=(TrendMark("version", 7, 7, "v2"), TrendMark("outage", 11, 12, "suspended")),
    )


def breakdown(key: str, label: str, names: list[str], spread: float) -> IntervalSpec:
    """Give one comparison of slices."""
    style = NumberStyle("percent")
    rng = random.Random(key)
    rows = []
    for name in names:
        value = 68.2 + rng.uniform(-spread, spread)
        half = rng.uniform(0.5, 2.2)
        rows.append(
            IntervalRow(
                name,
                to.metric("first_contact_resolution", slice=f"{key}={name}"),
                to.figure("first_contact_resolution", period="2026-10", slice=f"{key}={name}"),
                value,
                value - half,
                value + half,
                style.value(value),
                style.interval(value - half, value + half),
                whole(int(9000 / half)),
                "final",
                change(style, value - 68.2, half, higher=True, against="all"),
            )
        )
    rows.sort(key=lambda row: row.value or 0)
    return IntervalSpec(
        key=key,
        title=f"By {label}",
        message=f"{rows[0].label} stands out, 4.2 points below all",
        label=label.capitalize(),
        rows=tuple(rows),
        style=style,
        whole=68.2,
        whole_word="dotted: all, 68.2%",
        goal=76.0,
        goal_word="line: goal 76%",
    )


YAML = """kind: metric
name: first_contact_resolution
title: First contact resolution
type: share
of: ticket
where: channel <> 'internal' and not spam
when: reopened_at is null and contacts = 1
at: closed_at
by: [channel, product, segment]
direction: higher
collected: {every: day, available_after: 3 days}
minimum_n: 30
owner: service-operations
because: Every second contact costs 4.80 EUR and a point of satisfaction.
"""


def document() -> Document:
    """Give the metric's definition."""
    words = (
        "Share of ticket rows with reopened_at is null and contacts = 1, among those where that is known, in percent.",
        "Only rows where channel <> 'internal' and not spam.",
        "A row belongs to the period of its closed_at, by the project's clock.",
        "Suppressed below 30 rows.",
        "Higher is better.",
        "A period is final 3 days after its end; facts come by day.",
    )
    return Document(
        words, YAML, "metrics/resolution.yaml:14", to.definition("metric", "first_contact_resolution")
    )


def versions() -> tuple[VersionLine, ...]:
    """Give two versions."""
    return (
        VersionLine("2", "1 February 2026, 06:00", "The meaning changed", current=True, meaning="9f3a1c77"),
        VersionLine("1", "1 May 2025, 09:12", "First version", current=False, meaning="1b77e0aa"),
    )


def grains() -> Picker:
    """Give the choice of a grain."""
    return Picker(
        "By",
        "month",
        tuple(
            Link(g, to.metric("first_contact_resolution", grain=g), g == "month")
            for g in ("day", "week", "month", "quarter", "year")
        ),
    )


def slices() -> Picker:
    """Give the choice of a slice."""
    return Picker(
        "Slice",
        "All tickets",
        (
            Link("All tickets", "#", here=True),
            Link("channel", "#", depth=0),
            Link("phone", "#", depth=1),
            Link("chat", "#", depth=1),
        ),
    )


def target() -> Target:
    """Give what the scorecard asks."""
    return Target(
        Link("Customer scorecard", to.home()),
        "Problems are solved once",
        "goal ≥ 76%",
        "red flag 70%",
        MARKS["bad"],
        "2.3",
        BulletSpec(2.3, 2.05, 2.6, "Score 2.3 of 10, off target", "bad"),
    )


def metric() -> MetricPage:
    """Give a metric page."""
    style = NumberStyle("percent")
    figure = Figure(
        "68.2%",
        "67.7–68.7",
        "41,220",
        "October 2026",
        to.figure("first_contact_resolution", period="2026-10"),
        "68.2%, 95% interval 67.7–68.7, n 41,220, October 2026",
    )
    return MetricPage(
        shell=shell("First contact resolution", "metrics"),
        title="First contact resolution",
        description="Tickets solved in the first contact and not reopened, of all customer tickets closed.",
        because="Every second contact costs 4.80 EUR and a point of satisfaction.",
        owner="Service operations",
        sentence=trend().title,
        figure=figure,
        rights=(
            "92% of 2,750 rows; 230 (8%) are left out: their customers give no right to the purpose survey (consent).",
        ),
        mark=MARKS["bad"],
        changes=(
            change(style, -1.7, 0.5, higher=True, against="September 2026"),
            change(style, -8.6, 0.6, higher=True, against="October 2025"),
        ),
        targets=(target(),),
        grain=grains(),
        period=period_picker(),
        unit=unit_picker(),
        slice=slices(),
        trend=trend(),
        breakdowns=(
            breakdown("unit", "unit", ["Germany", "Spain", "France", "Brazil", "Mexico", "Japan"], 8),
            breakdown("channel", "channel", ["phone", "chat", "mail", "portal"], 6),
            breakdown(
                "product", "product", ["Mobile S", "Mobile M", "Fibre 500", "Fibre 1000", "Device plan"], 5
            ),
            breakdown("segment", "customer segment", ["consumer", "business", "enterprise, acquired"], 4),
        ),
        document=document(),
        lineage=Lineage(
            (
                Link("helpdesk_tickets", to.source("helpdesk_tickets")),
                Link("helpdesk_events", to.source("x")),
            ),
            (Link("ticket", to.definition("fact", "ticket")),),
            "First contact resolution",
            (Link("Customer scorecard", to.home()),),
        ),
        versions=versions(),
        findings=findings()[:2],
        troubles=(Link("CRM customers is late: nothing since 2026-10-28.", to.source("crm_customers")),),
        **lived(),
    )


def lived() -> dict[str, Any]:
    """Give what happened to the definition: alerts, marks on the trend, a bridge."""
    return {
        "alerts": (
            Alert(
                MARKS["risk"],
                "It is deprecated, its sunset is on 2026-12-31.",
                (Link("Use FCR net", to.metric("x")),),
            ),
            Alert(
                Mark("refused", "Put into force in an emergency", "bad"), "Version 2 came without approval."
            ),
        ),
        "marked": (
            MarkLine("v2", "Version 2 takes effect.", (Link("What it changed", to.history("metric", "x")),)),
            MarkLine("Restated", "November 2025 was 75.6%.", ()),
        ),
        "bridges": (bridge(),),
        "history": to.history("metric", "first_contact_resolution"),
    }


def bridge() -> BridgeSpec:
    """Give how a figure by the old version became the present one."""
    href = to.figure("first_contact_resolution", period="2026-10")
    return BridgeSpec(
        "bridge-period", "October 2026 by both versions", "−1.2 of −0.9 is the definition", "Step", "Value",
        (
            BridgeStep("First published", None, 69.1, "69.1%", "when it was first final", href),
            BridgeStep("Late and corrected rows", 69.1, 69.4, "+0.3", "by the old version"),
            BridgeStep("The definition", 69.4, 68.2, "−1.2", "version 1 became version 2"),
            BridgeStep("By version 2: in force", None, 68.2, "68.2%", "", href),
        ),
        NumberStyle("percent"),
    )  # fmt: skip


def empty_metric() -> MetricPage:
    """Give a metric page where the choice has no figure."""
    full = metric()
    figure = replace(
        full.figure, value="", interval="", n="0", note="no rows in this period", mark=MARKS["no data"]
    )
    return replace(
        full,
        figure=figure,
        trend=None,
        breakdowns=(),
        changes=(),
        findings=(),
        mark=MARKS["no data"],
        targets=(),
        alerts=(),
        marked=(),
        bridges=(),
        history="",
    )


def metrics() -> MetricsPage:
    """Give the list of metrics."""
    rows = [row for p in home().perspectives for o in p.objectives for row in o.measures]
    lines = tuple(
        MetricLine(
            row.metric,
            "Tickets solved in the first contact." if i % 3 == 0 else "",
            "share of",
            (Link("ticket", to.definition("fact", "ticket")),),
            OWNERS[i % 5],
            row.figure,
            row.spark,
            row.previous,
        )
        for i, row in enumerate(rows)
    )
    return MetricsPage(shell("Metrics", "metrics"), "30 metrics", lines, "Against the period before")


def no_metrics() -> MetricsPage:
    """Give a search without a hit."""
    return MetricsPage(
        replace(shell("Metrics", "metrics"), search="frist contact"), "0 of 30 metrics", (), ""
    )
