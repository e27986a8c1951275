"""The scorecard page of the made-up company; no store behind."""

from dataclasses import replace

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import Change
from leadline.app.web.contexts import (
    HomePage,
)
from leadline.app.web.contexts.home import (
    DriverLine,
    MeasureRow,
    ObjectiveRows,
    Over,
    PerspectiveRows,
    Stretch,
    Verdict,
)
from leadline.app.web.contexts.pieces import (
    Alert,
    Deviation,
    FindingLine,
    Link,
    Mark,
    Picker,
)
from leadline.app.web.contexts.standing import Lack, Remark, Standing
from tests.web.company import MARKS, MONTHS, OWNERS, TREE, Company, month, shell, slug

ENDS = (Alert(MARKS["risk"], "csat is deprecated.", (Link("History", to.history("metric", "csat")),)),)


WEIGHTS = {"Customer": 40, "Process": 30, "People": 15, "Financial": 15}
PACKS = (Link("PDF", to.pack("service", "2026-10", "pdf")),)
SELECTIVE = ("Comments on Customer scorecard keep to good news.",)
STANDING = Standing(
    "Open",
    "Not complete: 1 of 2 units that report are ready. To be closed by 10 Nov 2026.",
    whole=False,
    lacking=(Lack("North", "2 figures not final, 1 comment", to.scorecard_period("service", "2026-10")),),
    href=to.scorecard_period("service", "2026-10"),
)
REMARKS = (
    Remark(
        "Solved at once",
        "",
        "The comment is not complete; it lacks: action.",
        (("Cause", "The new script ends calls early."),),
        "ada, version 2",
        to.scorecard_period("service", "2026-10"),
        to.scorecard_period("service", "2026-10"),
    ),
)


def period_picker() -> Picker:
    """Give the period choice."""
    choices = tuple(
        Link(month(m), to.home(period=f"{m:%Y-%m}"), m == MONTHS[-1]) for m in reversed(MONTHS[-13:])
    )
    return Picker("Period", "October 2026", choices, Link("September 2026", to.home(period="2026-09")), None)


def unit_picker(current: str = "Northwind Mobile") -> Picker:
    """Give the unit choice."""
    names = [
        ("Northwind Mobile", 0),
        ("Europe", 1),
        ("Germany", 2),
        ("Spain", 2),
        ("Americas", 1),
        ("Asia", 1),
    ]
    return Picker(
        "Unit", current, tuple(Link(n, to.home(unit=n.lower()), n == current, depth) for n, depth in names)
    )


def views(chosen: str) -> Picker:
    """Give the choice of what the tree shows."""
    names = {"period": "Period", "ytd": "Year to date", "serving": "What serves", "acting": "Who acts"}
    return Picker(
        "Show", names[chosen], tuple(Link(t, to.home(view=n), n == chosen) for n, t in names.items())
    )


def findings() -> tuple[FindingLine, ...]:
    """Give a few findings."""
    facts = (
        ("October 2026", "68.2% (67.7–68.7)"),
        ("September 2026", "69.9% (69.4–70.4)"),
        ("adjusted p", "0.0004"),
        ("tested", "212 comparisons"),
    )

    def one(
        mark: str, kind: str, statement: str, metric: str, *, where: str = "", since: str = ""
    ) -> FindingLine:
        href = to.metric(slug(metric), period="2026-10")
        return FindingLine(
            MARKS[mark], kind, statement, Link(metric, href), "October 2026", where, facts, href, since
        )

    return (
        one(
            "bad",
            "Changed",
            "First contact resolution fell by 1.7 points from September",
            "First contact resolution",
        ),
        one(
            "bad",
            "Off target",
            "Service level has been below its red flag of 75% since August",
            "Service level, 80% in 20 s",
            where="Germany",
            since="known from an earlier refresh",
        ),
        one(
            "bad",
            "Changed",
            "Churn in Spain rose by 0.6 points against October 2025",
            "Monthly churn",
            where="Spain",
        ),
        one(
            "good",
            "Changed",
            "Median first response is 0.4 hours shorter than in October 2025",
            "First response, median",
        ),
    )


PATH = (Link("All units", to.home()), Link("EMEA", to.home(unit="emea"), here=True))
FAMILY = (
    Link("Customers", to.scorecard("customers"), here=True),
    Link("Enterprise customers", to.scorecard("enterprise_customers")),
)


def home() -> HomePage:
    """Give the scorecard page with 30 measures."""
    company, weights = Company(), WEIGHTS
    verdicts = {"Customer": ("risk", "4.6"), "Process": ("risk", "5.6"), "People": ("unknown", "6.1"),
                "Financial": ("good", "7.0")}  # fmt: skip
    perspectives = tuple(
        PerspectiveRows(
            name,
            Verdict(
                MARKS[verdicts[name][0]],
                verdicts[name][1],
                "Data for 86% of the weight",
                "86%" if name == "People" else "",
            ),
            f"{weights[name]}% of the score",
            tuple(
                ObjectiveRows(
                    Link(title, to.definition("objective", slug(title))),
                    Verdict(MARKS["risk"], "5.1", ""),
                    f"{100 // len(objectives)}%",
                    tuple(company.measure(row) for row in rows),
                    "service-quality",
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
    return HomePage(
        shell=shell("Customer scorecard"),
        scorecard=Link("Customer scorecard", to.home()),
        path=PATH,
        below=(Link("EMEA Central", to.home(unit="emea_central")),),
        family=FAMILY, others=(),
        links=(Link("On one screen", to.executive()), Link("Compare units", to.compare(unit="emea"))),
        verdict=Verdict(MARKS["risk"], "5.4", "Data for 97% of the weight"),
        period=period_picker(),
        unit=unit_picker(),
        period_state="final",
        record=Link("Close, comment, review pack", to.scorecard_period("service", "2026-10")),
        tally=tally_of(rows),
        deviations=tuple((off + risk)[:6]),
        more_deviations="7 more are off target or at risk",
        undecided=tuple(undecided[:4]),
        quiet="Everything that can be judged is on target.",
        columns=("vs September", "vs Oct 2025"),
        perspectives=perspectives,
        findings=findings()[:3],
        all_findings="All 14 findings",
        alerts=ENDS,
        standing=STANDING,
        remarks=REMARKS,
        selective=SELECTIVE,
        packs=PACKS,
        views=views("period"),
    )  # fmt: skip


def tally_of(rows: list[MeasureRow]) -> tuple[tuple[Mark, int], ...]:
    """Count rows by their marks."""
    return tuple(
        (MARKS[m], sum(r.mark == MARKS[m] for r in rows))
        for m in ("good", "risk", "bad", "unknown", "suppressed")
        if any(r.mark == MARKS[m] for r in rows)
    )


def deviation(row: MeasureRow, index: int) -> Deviation:
    """Give a row as a deviation."""
    sure = {
        "bad": "Sure: the whole interval is beyond the red flag",
        "risk": "Sure: between red flag and goal",
        "unknown": "About 1,900 more rows would settle it (n 7,114)",
    }[row.mark.tone]
    since = f"since {month(MONTHS[-1 - index % 5])}" if index % 5 else "new this month"
    who = f"{OWNERS[index % 5]} acts"
    return Deviation(row.mark, row.metric, row.figure, f"goal {row.target}", sure, since, who, row.spark)


def quiet_home() -> HomePage:
    """Give a scorecard where nothing deviates."""
    full = home()
    return replace(full, deviations=(), more_deviations="", undecided=(), findings=(), alerts=())


def to_date() -> HomePage:
    """Give the scorecard over the year to date, with what drives an objective, and places without a value."""
    full = home()
    whole = Stretch("71.8%", "71.3–72.3", "", to.metric("csat"), "October 2026: 71.8%", MARKS["provisional"])
    short = Stretch("71.9%", "71.2–72.5", "from May 2025")
    said = Change("a year ago", "down", "0.1", "overlap", "0.1 points below a year ago: overlap", clear=False)
    driver = DriverLine(
        Link("Problems are solved once", to.definition("objective", "solved")),
        Verdict(MARKS["risk"], "4.4", ""), "Solved at once → Satisfaction, after 3 days, moderate.",
        MARKS["suppressed"], "Not seen: less than a moderate link after 3 days",
    )  # fmt: skip

    def seen(n: int, row: MeasureRow) -> MeasureRow:
        told = Over((whole, short), said) if n else Over((Stretch(words="no rows"), Stretch()), None)
        return replace(row, over=told)

    perspectives = tuple(
        replace(
            p,
            objectives=tuple(
                replace(
                    o,
                    measures=tuple(seen(n, r) for n, r in enumerate(o.measures)),
                    drivers=(driver,)[: p is full.perspectives[0]],
                )
                for o in p.objectives
            ),
        )
        for p in full.perspectives
    )
    return replace(
        full, views=views("ytd"), shows="ytd", stretches=("Year to date", "A year before", "Difference"),
        view_words="Since the year began.", perspectives=perspectives,
    )  # fmt: skip
