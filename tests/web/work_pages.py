"""Pages of work of the made-up company, with texts that try to break out."""

from dataclasses import replace

from leadline.app.web.addresses import to
from leadline.app.web.contexts import Page, WorkItemPage, WorkListPage, WorkOpenPage, WorkPage
from leadline.app.web.contexts.pieces import Link, Mark, Picker
from leadline.app.web.contexts.work import (
    EventLine,
    FieldLine,
    FileLine,
    StepForm,
    ToldLine,
    WorkBox,
    WorkLine,
)
from tests.web.company import shell

HOSTILE = "<script>alert('x')</script> Grüße & \"thanks\""
FIGURE = "metric=nps&period=2026-01"


def lines() -> tuple[WorkLine, ...]:
    """Give three items: one overdue, one that waits, one that is over."""
    return (
        WorkLine(
            Link("Resolution of October cannot be 68.2 %", to.work_item(1)), "KPI dispute",
            Mark("unscored", "Being looked into", "quiet"), "service-desk", "14 October 2026", "overdue for 3 days",
        ),
        WorkLine(
            Link(HOSTILE, to.work_item(2)), "Annual KPI review", Mark("unscored", "Planned", "quiet"), "cx-office",
            "28 November 2026", "",
        ),
        WorkLine(
            Link("Close of September", to.work_item(3)), "Close of a period", Mark("superseded", "Closed", "quiet"),
            "nobody", "", "",
        ),
    )  # fmt: skip


def box() -> WorkBox:
    """Give what is open about a figure."""
    opens = (Link("Dispute this figure", to.work_open(workflow="kpi_dispute", figure=FIGURE)),)
    return WorkBox(lines()[:2], opens)


def mine() -> WorkPage:
    """Give my work."""
    told = (ToldLine("2 November 2026, 09:12", Link("Given to you: Annual review of NPS", to.work_item(2))),)
    opens = (Link("KPI dispute", to.work_open(workflow="kpi_dispute")), Link("Retirement", to.work_open()))
    return WorkPage(
        shell("My work", "work"),
        "2 items, 1 of them overdue",
        lines()[:2],
        "",
        told,
        opens,
        to.work_all(),
    )


def no_work() -> WorkPage:
    """Give my work when there is none."""
    return WorkPage(shell("Work", "work"), "0 items", (), "Nothing is waiting.", (), (), to.work_all())


def everything() -> WorkListPage:
    """Give every item."""
    picker = Picker("State", "open", (Link("open", "#", here=True), Link("over", "#")))
    return WorkListPage(
        shell("All work", "work"),
        to.work_all(),
        HOSTILE,
        (("state", "open"),),
        "3 items",
        (picker,),
        lines(),
        "",
    )


def fields() -> tuple[FieldLine, ...]:
    """Give a field of each kind."""
    return (
        FieldLine(name="title", label="Title", kind="title", value=HOSTILE),
        FieldLine(
            name="grounds", label="Grounds", kind="long_text", help="What the rows show.", value=HOSTILE
        ),
        FieldLine(name="outcome", label="Outcome", kind="choice", choices=("it stands", "it is corrected")),
        FieldLine(name="expected", label="What it should be", kind="number", required=False),
        FieldLine(name="until", label="Until when", kind="date", required=False),
        FieldLine(
            name="evidence", label="Evidence", kind="evidence", help="A file or an address.", required=False
        ),
    )


def item() -> WorkItemPage:
    """Give a dispute that is being looked into."""
    events = (
        EventLine("3 November 2026, 10:02", "service-desk", "looked at a recomputation", "The rows agree.", (),
                  by_itself=False),
        EventLine("2 November 2026, 09:12", "worker", "told service-desk", HOSTILE, (), by_itself=True),
        EventLine("1 November 2026, 16:40", "ann", "opened it", "", (("What is wrong", HOSTILE),), by_itself=False),
    )  # fmt: skip
    steps = (
        StepForm("settle", "Settle", "Whoever settles has looked.", True, "", "", fields()[1:]),
        StepForm("agree", "Agree", "", True, "", "Yes was said by bea. Still missing: 1.", ()),
        StepForm("withdraw", "Withdraw", "", False, "service-desk may not: this is for author.", "", ()),
    )
    return WorkItemPage(
        shell=shell("Resolution of October cannot be 68.2 %", "work"),
        number=1,
        title="Resolution of October cannot be 68.2 %",
        workflow="KPI dispute",
        description="It is settled on where the figure comes from.",
        mark=Mark("off target", "Being looked into, overdue", "bad"),
        facts=(
            ("Given to", "service-desk"),
            ("Due", "14 October 2026"),
            ("Opened", "by ann, 1 October 2026"),
        ),
        filled=(("What is wrong with the figure", HOSTILE),),
        about=(Link("First contact resolution · 2026-10 (was 68.2)", f"/figures?{FIGURE}"),),
        steps=steps,
        events=events,
        files=(FileLine(Link("rows.xlsx", to.work_file(1, "ab")), "12.5 kB", "ann"),),
        action=to.work_item(1),
        recompute=f"{to.work_item(1)}/recompute",
        looked="The rows give what is published: 68.2, from 41,220 rows of 3 files.",
        failed="The form is not filled in: Outcome is missing.",
        over="",
        token="t",  # noqa: S106 - a form's token, of no server
    )


def over() -> WorkItemPage:
    """Give an item on which work is over."""
    return replace(
        item(), steps=(), about=(), files=(), over="Work on it is over.", failed="", recompute="", looked="",
        mark=Mark("superseded", "Closed", "quiet"),
    )  # fmt: skip


def opening() -> WorkOpenPage:
    """Give the form that opens a dispute."""
    return WorkOpenPage(
        shell("Open a work item", "work"), "KPI dispute", "Somebody says that a figure is wrong.", (),
        (Link("NPS · 2026-01", "/figures?metric=nps&period=2026-01"),),
        (FieldLine(name="figure", label="Which figure", kind="text", help="Its address."),), fields(),
        (("workflow", "kpi_dispute"),), to.work_open(), "There is no figure of that address.", "t",
    )  # fmt: skip


def choosing() -> WorkOpenPage:
    """Give the choice of a workflow."""
    choices = ((Link("KPI dispute", to.work_open(workflow="kpi_dispute")), "A figure is said to be wrong."),)
    return WorkOpenPage(
        shell("Open a work item", "work"), "Open a work item", "Choose what it is.", choices, (), (), (), (),
        to.work_open(), "", "t",
    )  # fmt: skip


def gallery() -> dict[str, Page]:
    """Give every page and designed state of work by name."""
    return {
        "work": mine(),
        "no-work": no_work(),
        "all-work": everything(),
        "work-item": item(),
        "work-over": over(),
        "work-open": opening(),
        "work-choice": choosing(),
    }
