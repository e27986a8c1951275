"""Contexts as a real company would fill them: 30 measures, 4 perspectives, 18 months. Deterministic, no store behind."""

import random
from dataclasses import replace
from datetime import date

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import (
    BarSpec,
    BulletSpec,
    Change,
    IntervalRow,
    IntervalSpec,
    SparkSpec,
    Tone,
    TrendPoint,
    TrendSpec,
)
from leadline.app.web.contexts import (
    DefinitionIndexPage,
    DefinitionPage,
    FigurePage,
    FindingsPage,
    HomePage,
    MetricPage,
    MetricsPage,
    NoticePage,
    Page,
    SourcePage,
    SourcesPage,
)
from leadline.app.web.contexts.definitions import DefinitionLine
from leadline.app.web.contexts.figure import BatchLine, Count
from leadline.app.web.contexts.home import MeasureRow, ObjectiveRows, PerspectiveRows, Verdict
from leadline.app.web.contexts.metrics import Lineage, MetricLine, Target
from leadline.app.web.contexts.pieces import (
    Deviation,
    Document,
    Figure,
    FindingLine,
    Generation,
    Link,
    Mark,
    Picker,
    Shell,
    VersionLine,
)
from leadline.app.web.contexts.sources import HeldRow, Law, Reason, SourceLine
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
OWNERS = ("Service operations", "Customer insights", "Retention desk", "Field logistics", "Workforce planning")


def shell(title: str, here: str = "home", *, stale: bool = False, published: bool = True) -> Shell:
    """Give the frame of a page."""
    words = "These figures are 4 days old: the last refresh was 30 October 2026, 06:00. Newer rows are not in them."
    generation = Generation(
        "g-0412", "3 November 2026, 06:04", "3 November 2026, 06:00", "2 hours ago", words if stale else ""
    )
    return Shell(title, "Northwind Mobile", here, generation if published else None)  # type: ignore[arg-type]


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
            "good" if low >= 6.67 else "bad" if high < 3.34 else "risk" if low >= 3.33 and high < 6.67 else "unknown"
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
            settles="about 1,900 more answers would settle it" if tone == "unknown" else "",
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


def period_picker() -> Picker:
    """Give the period choice."""
    choices = tuple(Link(month(m), to.home(period=f"{m:%Y-%m}"), m == MONTHS[-1]) for m in reversed(MONTHS[-13:]))
    return Picker("Period", "October 2026", choices, Link("September 2026", to.home(period="2026-09")), None)


def unit_picker(current: str = "Northwind Mobile") -> Picker:
    """Give the unit choice."""
    names = [("Northwind Mobile", 0), ("Europe", 1), ("Germany", 2), ("Spain", 2), ("Americas", 1), ("Asia", 1)]
    return Picker("Unit", current, tuple(Link(n, to.home(unit=n.lower()), n == current, depth) for n, depth in names))


def findings() -> tuple[FindingLine, ...]:
    """Give a few findings."""
    facts = (
        ("October 2026", "68.2% (67.7–68.7)"),
        ("September 2026", "69.9% (69.4–70.4)"),
        ("adjusted p", "0.0004"),
        ("tested", "212 comparisons"),
    )

    def one(mark: str, kind: str, statement: str, metric: str, where: str = "", since: str = "new") -> FindingLine:
        href = to.metric(slug(metric), period="2026-10")
        return FindingLine(
            MARKS[mark], kind, statement, Link(metric, href), "October 2026", where, facts, href, since
        )

    return (
        one(
            "bad", "Changed", "First contact resolution fell by 1.7 points from September", "First contact resolution"
        ),
        one(
            "bad",
            "Off target",
            "Service level has been below its red flag of 75% since August",
            "Service level, 80% in 20 s",
            "Germany",
            "since August 2026",
        ),
        one("bad", "Changed", "Churn in Spain rose by 0.6 points against October 2025", "Monthly churn", "Spain"),
        one(
            "good",
            "Changed",
            "Median first response is 0.4 hours shorter than in October 2025",
            "First response, median",
        ),
    )


def home() -> HomePage:
    """Give the scorecard page with 30 measures."""
    company = Company()
    weights = {"Customer": 40, "Process": 30, "People": 15, "Financial": 15}
    verdicts = {"Customer": ("risk", "4.6"), "Process": ("risk", "5.6"), "People": ("unknown", "6.1"),
                "Financial": ("good", "7.0")}  # fmt: skip
    perspectives = tuple(
        PerspectiveRows(
            name,
            Verdict(
                MARKS[verdicts[name][0]], verdicts[name][1], "data for 86%" if name == "People" else "", name == "People"
            ),
            f"{weights[name]}% of the score",
            tuple(
                ObjectiveRows(
                    Link(title, to.definition("objective", slug(title))),
                    Verdict(MARKS["risk"], "5.1", ""),
                    f"{100 // len(objectives)}%",
                    tuple(company.measure(row) for row in rows),
                )
                for title, rows in objectives.items()
            ),
        )
        for name, objectives in TREE.items()
    )
    rows = [row for p in perspectives for o in p.objectives for row in o.measures]
    off = [deviation(r, i) for i, r in enumerate(rows) if r.mark.tone == "bad"]
    risk = [deviation(r, i) for i, r in enumerate(rows) if r.mark.tone == "risk"]
    undecided = [deviation(r, i) for i, r in enumerate(rows) if r.mark.tone == "unknown"]
    order = ["good", "risk", "bad", "unknown", "suppressed"]
    tally = tuple(
        (MARKS[m], sum(r.mark == MARKS[m] for r in rows)) for m in order if any(r.mark == MARKS[m] for r in rows)
    )
    return HomePage(
        shell=shell("Customer scorecard"),
        scorecard=Link("Customer scorecard", to.home()),
        scorecards=(Link("Customer scorecard", to.home(), here=True),),
        verdict=Verdict(MARKS["risk"], "5.4", "Data for 97% of the weight"),
        period=period_picker(),
        unit=unit_picker(),
        period_state="final",
        tally=tally,
        deviations=tuple((off + risk)[:6]),
        undecided=tuple(undecided[:4]),
        quiet="Everything that can be judged is on target.",
        columns=("vs September", "vs Oct 2025"),
        perspectives=perspectives,
        findings=findings()[:3],
        all_findings="All 14 findings",
    )


def deviation(row: MeasureRow, index: int) -> Deviation:
    """Give a row as a deviation."""
    sure = {
        "bad": "Sure: the whole interval is beyond the red flag",
        "risk": "Sure: between red flag and goal",
        "unknown": f"Between bands; {row.settles}",
    }[row.mark.tone]
    since = f"since {month(MONTHS[-1 - index % 5])}" if index % 5 else "new this month"
    who = f"{OWNERS[index % 5]} acts"
    return Deviation(row.mark, row.metric, row.figure, f"goal {row.target}", sure, since, who, row.spark)


def quiet_home() -> HomePage:
    """Give a scorecard where nothing deviates."""
    full = home()
    return replace(full, deviations=(), undecided=(), findings=())


def trend() -> TrendSpec:
    """Give a trend with a provisional end, a suppressed month and a new version."""
    style = NumberStyle("percent")
    values = [77.9, 78.4, 78.1, None, 77.2, 76.8, 77.1, 76.2, 75.9, 75.2, 74.1, 73.0, 72.2, 71.4, 70.8, 69.9, 68.2, 68.9]
    points = []
    for index, (day, value) in enumerate(zip(MONTHS, values, strict=True)):
        half = 0.5 + (0.4 if index < 4 else 0)
        last = index == len(values) - 1
        certainty = "no data" if value is None else "provisional" if last else "final"
        low, high = (None, None) if value is None else (value - half, value + half)
        words = "suppressed" if value is None else f"{style.value(value)}, 95% interval {style.interval(low, high)}"
        points.append(
            TrendPoint(
                SHORT[day.month - 1], str(day.year), month(day), value, low, high, whole(40_000 + 113 * index),
                certainty, to.figure("first_contact_resolution", period=f"{day:%Y-%m}"),
                f"{month(day)}: {words}", 76.0 if index > 6 else 74.0, 70.0 if index > 6 else 68.0,
                "version 2" if index == 7 else "", here=index == len(values) - 2,
                tone="bad" if index == len(values) - 2 else "quiet",
            )
        )  # fmt: skip
    return TrendSpec(
        key="trend",
        title="First contact resolution fell in October, and has been below its goal since February",
        summary="68.2% in October 2026, 1.7 points below September and 8.6 points below October 2025; the goal is 76% or more.",
        points=tuple(points),
        style=style,
        goal_word="goal 76%",
        red_flag_word="red flag 70%",
        break_word="The axis starts at 66%, not at zero.",
        columns=("Period", "Value", "95% interval", "n", "Goal", "Status"),
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
                name, to.metric("first_contact_resolution", slice=f"{key}={name}"),
                to.figure("first_contact_resolution", period="2026-10", slice=f"{key}={name}"),
                value, value - half, value + half, style.value(value), style.interval(value - half, value + half),
                whole(int(9000 / half)), "final", change(style, value - 68.2, half, higher=True, against="all"),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: row.value or 0)
    return IntervalSpec(
        key=key, title=f"By {label}", label=label.capitalize(), rows=tuple(rows), style=style, whole=68.2,
        whole_word="dotted: all, 68.2%", goal=76.0, goal_word="line: goal 76%",
    )  # fmt: skip


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
        ("Counts", "the share of tickets where reopened_at is null and contacts = 1"),
        ("Of", "tickets where channel <> 'internal' and not spam"),
        ("Period by", "closed_at, in the project's time zone"),
        ("Better", "higher"),
        ("Slices", "channel, product, segment"),
        ("Final", "3 days after the period's end"),
        ("Hidden", "below 30 rows"),
    )
    return Document(words, YAML, "metrics/resolution.yaml:14", to.definition("metric", "first_contact_resolution"))


def versions() -> tuple[VersionLine, ...]:
    """Give two versions."""
    return (
        VersionLine("2", "1 February 2026, 06:00", "The meaning changed", current=True, meaning="9f3a1c77"),
        VersionLine("1", "1 May 2025, 09:12", "First version", current=False, meaning="1b77e0aa"),
    )


def metric() -> MetricPage:
    """Give a metric page."""
    style = NumberStyle("percent")
    grain = Picker("By", "month", tuple(
        Link(g, to.metric("first_contact_resolution", grain=g), g == "month") for g in ("day", "week", "month", "quarter", "year")
    ))  # fmt: skip
    slices = Picker("Slice", "All tickets", (
        Link("All tickets", "#", here=True), Link("channel", "#", depth=0), Link("phone", "#", depth=1),
        Link("chat", "#", depth=1),
    ))  # fmt: skip
    figure = Figure(
        "68.2%", "67.7–68.7", "41,220", "October 2026", to.figure("first_contact_resolution", period="2026-10"),
        "68.2%, 95% interval 67.7–68.7, n 41,220, October 2026",
    )  # fmt: skip
    target = Target(
        Link("Customer scorecard", to.home()), "Problems are solved once", "goal ≥ 76%", "red flag 70%", MARKS["bad"],
        "2.3", BulletSpec(2.3, 2.05, 2.6, "Score 2.3 of 10, off target", "bad"),
    )  # fmt: skip
    return MetricPage(
        shell=shell("First contact resolution", "metrics"),
        name="first_contact_resolution",
        title="First contact resolution",
        description="Tickets solved in the first contact and not reopened, of all customer tickets closed.",
        because="Every second contact costs 4.80 EUR and a point of satisfaction.",
        owner="Service operations",
        sentence=trend().title,
        figure=figure,
        mark=MARKS["bad"],
        changes=(
            change(style, -1.7, 0.5, higher=True, against="Against September"),
            change(style, -8.6, 0.6, higher=True, against="Against October 2025"),
        ),
        targets=(target,),
        grain=grain,
        period=period_picker(),
        unit=unit_picker(),
        slice=slices,
        trend=trend(),
        breakdowns=(
            breakdown("unit", "unit", ["Germany", "Spain", "France", "Brazil", "Mexico", "Japan"], 8),
            breakdown("channel", "channel", ["phone", "chat", "mail", "portal"], 6),
            breakdown("product", "product", ["Mobile S", "Mobile M", "Fibre 500", "Fibre 1000", "Device plan"], 5),
            breakdown("segment", "customer segment", ["consumer", "business", "enterprise, acquired"], 4),
        ),
        document=document(),
        lineage=Lineage(
            (Link("helpdesk_tickets", to.source("helpdesk_tickets")), Link("helpdesk_events", to.source("x"))),
            (Link("ticket", to.definition("fact", "ticket")),),
            "First contact resolution",
            (Link("Customer scorecard", to.home()),),
        ),
        versions=versions(),
        findings=findings()[:2],
    )


def empty_metric() -> MetricPage:
    """Give a metric page where the choice has no figure."""
    full = metric()
    figure = replace(full.figure, value="", interval="", n="0", note="no rows in this period", mark=MARKS["no data"])
    return replace(full, figure=figure, trend=None, breakdowns=(), changes=(), findings=(), mark=MARKS["no data"], targets=())


def metrics() -> MetricsPage:
    """Give the list of metrics."""
    rows = [row for p in home().perspectives for o in p.objectives for row in o.measures]
    lines = tuple(
        MetricLine(
            row.metric, "Tickets solved in the first contact." if i % 3 == 0 else "", "share of",
            Link("ticket", to.definition("fact", "ticket")), OWNERS[i % 5], row.figure, row.spark, row.previous,
        )
        for i, row in enumerate(rows)
    )  # fmt: skip
    return MetricsPage(shell("Metrics", "metrics"), "30 metrics", lines, "Against the period before")


def no_metrics() -> MetricsPage:
    """Give a search without a hit."""
    return MetricsPage(replace(shell("Metrics", "metrics"), search="frist contact"), "0 of 30 metrics", (), "")


def batches() -> tuple[BatchLine, ...]:
    """Give the files behind a figure."""
    link = Link("helpdesk_tickets", to.source("helpdesk_tickets"))
    made = [
        BatchLine(link, f"data/helpdesk/tickets_2026-{m:02}.csv.gz", whole(22_000 + m * 91), whole(m * 3), whole(22_000 + m * 94),
                  f"1–{28 + m % 3} {SHORT[m - 1]} 2026", "3 November 2026, 06:01", "3ac91f07")
        for m in (9, 10)
    ]  # fmt: skip
    return (
        *made,
        BatchLine(
            link, "data/helpdesk/tickets_2026-11.csv.gz", "0", "0", "0", "–", "3 November 2026, 06:02", "",
            Mark("refused", "Refused", "bad"), "The gzip stream ends before its end; nothing was loaded.",
        ),
    )  # fmt: skip


def figure_page() -> FigurePage:
    """Give the provenance of a figure."""
    return FigurePage(
        shell=shell("How this figure was made", "metrics"),
        metric=Link("First contact resolution", to.metric("first_contact_resolution")),
        sentence="28,112 of 41,220 tickets closed in October 2026 were solved in the first contact: 68.2%.",
        about=(
            ("Metric", "First contact resolution"),
            ("Period", "October 2026"),
            ("Unit", "All"),
            ("Slice", "All tickets"),
            ("n", "41,220"),
        ),
        figure=metric().figure,
        status_words="Final: the period ended on 31 October and rows may arrive for 3 days.",
        formula="28,112 ÷ 41,220 = 68.20%",
        counts=(Count("rows that count", "28,112"), Count("rows in all", "41,220"), Count("days with rows", "31")),
        method="Wilson score interval at 95%: 67.7–68.7. Rows are taken as independent.",
        version=versions()[0],
        document=document(),
        batches=batches(),
        law="44,376 rows in = 44,319 accepted + 57 held back.",
        sql="select\n  sum(hits) as hits,\n  sum(n) as n\nfrom published.first_contact_resolution\nwhere day >= date '2026-10-01' and day < date '2026-11-01'",
        command="leadline explain first_contact_resolution --period 2026-10",
    )


def source_line(name: str, index: int) -> SourceLine:
    """Give one source."""
    held = (0, 412, 57, 3)[index % 4]
    rows = 61_894 + 1_000 * index
    fresh = index % 4 != 1
    reasons = (
        Reason("score: 11 is above the maximum of 10", whole(held - held // 4), to.source(name, reason="maximum"),
               BarSpec(held - held // 4, held, f"{held - held // 4} of {held}")),
        Reason("unit: no unit has the code ‘EMEA-9’", whole(held // 4), to.source(name, reason="unit"),
               BarSpec(held // 4, held, f"{held // 4} of {held}")),
    ) if held else ()  # fmt: skip
    return SourceLine(
        Link(name, to.source(name)), Link("ticket", to.definition("fact", "ticket")),
        Mark("on target", "Fresh", "good") if fresh else Mark("stale", "Late", "risk"),
        "2 hours before the refresh" if fresh else "3 days before the refresh", "2 November 2026, 23:58", "18",
        whole(rows), whole(rows - held), whole(held), f"{held / rows * 100:.2f}%",
        BarSpec(held, rows, f"{held} of {rows} rows held"), reasons,
    )  # fmt: skip


def law() -> Law:
    """Give rows in = accepted + held."""
    return Law("1,204,118", "1,203,646", "472", holds=True)


def sources() -> SourcesPage:
    """Give the sources page."""
    names = ("survey_answers", "crm_customers", "helpdesk_tickets", "telephony_calls", "chat_sessions", "invoices")
    return SourcesPage(shell("Sources", "sources"), law(), tuple(source_line(n, i) for i, n in enumerate(names)))


def source() -> SourcePage:
    """Give a source page with held rows that try to break out of their page."""
    held = tuple(
        HeldRow(
            f"data/crm/customers_2026-10.csv:{1042 + i}",
            ("score: 11 is above the maximum of 10",),
            (("customer_id", f"C-{1000 + i}"), ("score", "11"),
             ("comment", "<script>alert('x')</script> Grüße & \"thanks\"" if i == 0 else "Was told to call again; nobody answered.")),
        )
        for i in range(3)
    )  # fmt: skip
    return SourcePage(
        shell=shell("crm_customers", "sources"),
        title="CRM customers",
        name="crm_customers",
        description="Nightly export of the customer master.",
        line=source_line("crm_customers", 1),
        law=law(),
        files=batches(),
        reason=Picker("Reason", "All reasons", (Link("All reasons", "#", here=True), Link("score: above 10", "#"))),
        held=held,
        held_note="3 of 412 rows shown.",
        commands=("leadline quarantine export crm_customers > held.csv", "leadline quarantine replay crm_customers"),
        document=document(),
    )


def findings_page() -> FindingsPage:
    """Give the findings page."""
    pickers = (
        Picker("Kind", "all", (Link("all", to.findings(), here=True), Link("changed", to.findings(kind="changed")))),
        Picker("Direction", "all", (Link("all", to.findings(), here=True), Link("worse", to.findings(direction="worse")))),
    )
    return FindingsPage(shell("Findings", "findings"), "14 findings in this refresh", pickers, findings(), "")


def no_findings() -> FindingsPage:
    """Give the findings page when there are none."""
    return FindingsPage(shell("Findings", "findings"), "No findings", (), (), "212 comparisons were made; none stands out.")


def definition_index() -> DefinitionIndexPage:
    """Give the index of definitions."""
    lines = tuple(
        DefinitionLine(Link(n, to.definition("fact", n)), "One row for each ticket.", "data platform", "1")
        for n in ("customer", "interaction", "ticket")
    )
    return DefinitionIndexPage(shell("Definitions", "definitions"), (("Facts", lines), ("Objectives", lines[:1])))


def definition() -> DefinitionPage:
    """Give a fact's definition."""
    return DefinitionPage(
        shell=shell("ticket", "definitions"), kind="Fact", title="Ticket", description="One row for each ticket.",
        document=document(),
        columns=(("ticket_id", "text", "Number in the helpdesk"), ("closed_at", "instant", "When it was closed last")),
        reads=(Link("helpdesk_tickets", to.source("helpdesk_tickets")),),
        read_by=(Link("First contact resolution", to.metric("first_contact_resolution")),),
        versions=versions(),
    )  # fmt: skip


def nothing_published() -> NoticePage:
    """Give the page before the first refresh."""
    return NoticePage(
        shell("Nothing published yet", published=False), 503, "Nothing published yet",
        "This project has definitions, but no refresh has been published.", "", "Run a refresh, then reload this page.",
        "nothing-published", ("leadline refresh",), (),
    )  # fmt: skip


def not_found() -> NoticePage:
    """Give the page of an unknown metric."""
    return NoticePage(
        shell("Not found", ""), 404, "There is no metric ‘frist_contact’", "Nothing by that name is in force.", "",
        "Did you mean ‘first_contact_resolution’?", "not-found", (), (Link("All metrics", to.metrics()),),
    )  # fmt: skip


def gallery() -> dict[str, Page]:
    """Give every page and designed state by name."""
    return {
        "home": home(), "quiet-home": quiet_home(), "stale-home": replace(home(), shell=shell("Stale", stale=True)),
        "metrics": metrics(), "no-metrics": no_metrics(), "metric": metric(), "empty-metric": empty_metric(),
        "figure": figure_page(), "sources": sources(), "source": source(), "findings": findings_page(),
        "no-findings": no_findings(), "definitions": definition_index(), "definition": definition(),
        "nothing-published": nothing_published(), "not-found": not_found(),
    }  # fmt: skip
