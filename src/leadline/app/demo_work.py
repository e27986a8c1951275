"""Reviews in flight at the demo company, made by the verbs of everybody; one is overdue."""

from datetime import datetime, timedelta

from leadline.app.wiring import Workspace, open_published
from leadline.app.work import Office
from leadline.clock import Clock
from leadline.store.ledger_reader import LedgerReader
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import open_item
from leadline.workflow.declared import find
from leadline.workflow.jobs import put_timers, timers, work_off

LATE, ON_TIME = "csat", "nps"
REVIEWS = ("annual_review", "quarterly_review")


def fill(space: Workspace, clock: Clock) -> int:
    """Open the demo company's reviews, unless there are any already; give how many there are then."""
    published = open_published(space)
    with space.ledger.read() as reader:
        if found := _count(reader):
            return found
    office = Office.of(space.ledger, published.catalog, clock.now().date())
    _review(
        office,
        "annual_review",
        LATE,
        "Annual review of contact satisfaction",
        clock.now() - timedelta(days=9),
    )
    _review(office, "quarterly_review", ON_TIME, "Quarterly review of NPS", None)
    put_timers(space.ledger, clock, actor="worker")
    handlers = timers(lambda: office.people, office.effects)
    list(work_off(space.ledger, clock, handlers, actor="worker", holder="demo"))
    with space.ledger.read() as reader:
        return _count(reader)


def _count(reader: LedgerReader) -> int:
    return sum(reader.work.count(Wanted(workflow=name)) for name in REVIEWS)


def _review(office: Office, workflow: str, metric: str, title: str, due: datetime | None) -> None:
    """An owner's review of a metric that nobody has answered yet."""
    owner = office.catalog.metrics[metric].owner or "cx-office"
    with office.ledger.write(actor=owner) as writer:
        open_item(
            writer, find(office.catalog, workflow), title=title, people=office.people, due=due,
            links=[Link("metric", metric)], effects=office.effects,
        )  # fmt: skip
