"""One made-up company: 30 measures in 4 perspectives over 18 months, with real-looking figures. Deterministic."""

import random
from datetime import date

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import BulletSpec, Change, SparkSpec, Tone
from leadline.app.web.contexts.home import MeasureRow
from leadline.app.web.contexts.pieces import Figure, Generation, Link, Mark, Place, Shell
from leadline.app.web.numbers import NumberStyle, whole

MONTHS = [date(2025 + (m // 12), m % 12 + 1, 1) for m in range(4, 22)]
SHORT = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MARKS: dict[str, Mark] = {
    "good": Mark("on target", "On target", "good"),
    "risk": Mark("at risk", "At risk", "risk"),
    "bad": Mark("off target", "Off target", "bad"),
    "unknown": Mark("cannot tell", "Cannot tell", "unknown"),
    "suppressed": Mark("suppressed", "Suppressed", "quiet"),
    "no data": Mark("no data", "No data", "quiet"),
    "provisional": Mark("provisional", "Provisional", "quiet"),
}
# name, unit of measure, value, half interval, n, red flag, goal, drift per month
TREE: dict[str, dict[str, list[tuple[str, str, float, float, int, float, float, float]]]] = {
    "Customer": {
        "Customers recommend us": [
            ("Net promoter score", "points", 34.2, 2.1, 5214, 28, 36, -0.4),
            ("Contact satisfaction", "percent", 78.9, 0.6, 18452, 74, 80, -0.25),
            ("Customer effort, low", "percent", 71.6, 0.8, 12114, 65, 70, 0.2),
        ],
        "Problems are solved once": [
            ("First contact resolution", "percent", 68.2, 0.5, 41220, 70, 76, -0.7),
            ("Reopened tickets", "percent", 4.1, 0.3, 22814, 5, 3.5, 0.05),
            ("Complaints per 1,000 contacts", "per 1,000", 6.12, 0.4, 61894, 8, 6, 0.02),
        ],
        "Customers stay": [
            ("Monthly churn", "percent", 2.31, 0.11, 48210, 2.2, 1.8, 0.03),
            ("Churn, enterprise tier", "percent", 1.9, 0.9, 812, 2.2, 1.5, 0.0),
            ("Renewals on time", "percent", 91.4, 0.7, 6210, 85, 90, 0.1),
        ],
    },
    "Process": {
        "Customers reach us at once": [
            ("Service level, 80% in 20 s", "percent", 74.6, 0.4, 61894, 75, 80, -0.6),
            ("Speed of answer", "seconds", 31.4, 0.9, 61894, 40, 25, 0.4),
            ("Abandoned calls", "percent", 5.8, 0.2, 61894, 8, 5, 0.1),
            ("Chat wait, median", "seconds", 42.0, 1.6, 14230, 60, 45, -0.3),
        ],
        "Tickets move": [
            ("First response, median", "hours", 2.6, 0.08, 22814, 4, 3, -0.05),
            ("Time to resolve, 90th percentile", "hours", 61.0, 2.2, 22814, 72, 56, 0.3),
            ("Backlog older than 7 days", "count", 412, 40, 412, 500, 350, -6),
            ("Reassigned tickets", "percent", 24.8, 0.6, 22814, 30, 22, 0.1),
        ],
        "Orders arrive": [
            ("Late deliveries", "percent", 6.9, 0.5, 9980, 8, 6, 0.1),
            ("Invoices disputed", "percent", 1.2, 0.2, 11020, 2, 1.5, 0.0),
        ],
    },
    "People": {
        "Teams can do the work": [
            ("Quality review score", "percent", 86.1, 1.9, 640, 80, 85, 0.1),
            ("Occupancy", "percent", 82.4, 0.3, 1420, 90, 84, 0.2),
            ("Agents below 30 reviews", "count", 14, 6, 14, 20, 10, 0.1),
        ],
        "Teams stay": [
            ("Agent attrition", "percent", 3.4, 1.6, 480, 4, 2.5, 0.0),
            ("Absence", "percent", 5.1, 0.4, 9120, 7, 5, 0.0),
        ],
    },
    "Financial": {
        "Service pays for itself": [
            ("Cost per contact", "EUR", 4.82, 0.04, 61894, 5.5, 4.9, 0.01),
            ("Handle time", "seconds", 412.0, 3.1, 61894, 450, 400, 1.1),
            ("Contacts per order", "ratio", 0.31, 0.01, 48210, 0.4, 0.33, 0.0),
            ("Refunds", "EUR", 1_240_000, 38_000, 3120, 1_400_000, 1_200_000, 9000),
        ],
        "Customers pay": [
            ("Invoices paid on time", "percent", 93.9, 0.4, 11020, 88, 93, 0.0),
            ("Revenue from active customers", "EUR", 18_410_000, 210_000, 48210, 16_000_000, 18_000_000, 90_000),
        ],
    },
}  # fmt: skip
OWNERS = (
    "Service operations",
    "Customer insights",
    "Retention desk",
    "Field logistics",
    "Workforce planning",
)


def shell(title: str, here: Place = "home", *, stale: bool = False, published: bool = True) -> Shell:
    """Give the frame of a page."""
    words = "These figures are 4 days old: the last refresh was 30 October 2026, 06:00. Newer rows are not in them."
    generation = Generation(
        "g-0412", "3 November 2026, 06:04", "3 November 2026, 06:00", "2 hours ago", words if stale else ""
    )
    return Shell(title, "Northwind Mobile", here, generation if published else None)


def month(day: date) -> str:
    """Give a month in words."""
    return f"{day:%B} {day.year}"


class Company:
    """One measure after another, with series that end where the table says."""

    def __init__(self) -> None:
        self.random = random.Random(11)
        self.owners: dict[str, str] = {}

    def series(self, value: float, half: float, drift: float) -> list[float]:
        """Give 18 months that end in `value`."""
        steps = len(MONTHS) - 1
        made = [value - drift * (steps - i) + self.random.gauss(0, half * 0.9) for i in range(steps)]
        return [*made, value]

    def measure(self, row: tuple[str, str, float, float, int, float, float, float]) -> MeasureRow:
        """Give a row of the tree."""
        title, unit, value, half, n, flag, goal, drift = row
        style = NumberStyle(unit)
        name = slug(title)
        series = self.series(value, half, drift)
        score = scored(value, flag, goal)
        low, high = sorted((scored(value - half, flag, goal), scored(value + half, flag, goal)))
        tone: Tone = (
            "good"
            if low >= 6.67
            else "bad"
            if high < 3.34
            else "risk"
            if low >= 3.33 and high < 6.67
            else "unknown"
        )
        suppressed = title == "Agents below 30 reviews"
        mark = MARKS["suppressed"] if suppressed else MARKS[tone]
        higher = goal > flag
        text = style.brief(value)
        figure = Figure(
            "" if suppressed else text,
            "" if suppressed else style.interval(value - half, value + half),
            short_n(n),
            "October 2026",
            to.figure(name, period="2026-10"),
            f"{text}, 95% interval {style.interval(value - half, value + half)}, n {whole(n)}, October 2026",
            MARKS["suppressed"] if suppressed else None,
            "fewer than 30 reviews" if suppressed else "",
        )
        return MeasureRow(
            metric=Link(title, to.metric(name)),
            unit=style.phrase,
            mark=mark,
            figure=figure,
            target=("≥ " if higher else "≤ ") + style.round_value(goal),
            score="–" if suppressed else f"{score:.1f}",
            bullet=BulletSpec(
                None if suppressed else score,
                None if suppressed else low,
                None if suppressed else high,
                f"{title}: score {score:.1f} of 10, {mark.word.lower()}",
                "quiet" if suppressed else tone,
            ),
            spark=SparkSpec(tuple(series[-13:]), f"{title} over 13 months", goal, tone=tone),
            previous=change(style, value - series[-2], half, higher=higher, against="September 2026"),
            year=change(style, value - series[-13], half, higher=higher, against="October 2025"),
            owner="service-planning",
            weight="50%",
        )


def slug(title: str) -> str:
    """Give a name from a title."""
    return "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())


def short_n(n: int) -> str:
    """Give n in few signs."""
    return f"{n / 1000:.1f}k" if n >= 10_000 else whole(n)


def scored(value: float, flag: float, goal: float) -> float:
    """Give goal_red_flag's score."""
    return min(10.0, max(0.0, 10 * (value - (flag - (goal - flag))) / (3 * (goal - flag))))


def change(style: NumberStyle, delta: float, half: float, *, higher: bool, against: str) -> Change:
    """Give a change in words."""
    clear = abs(delta) > half * 1.4
    better = (delta > 0) == higher
    size = style.size(delta)
    word = ("better" if better else "worse") if clear else "unclear"
    direction = "above" if delta > 0 else "below"
    sentence = f"{style.difference(delta)} {direction} {against}: {'clearly ' + word if clear else 'no clear change'}"
    tone: Tone = "quiet" if not clear else "good" if better else "bad"
    return Change(against, "up" if delta > 0 else "down", size, word, sentence, clear, tone)
