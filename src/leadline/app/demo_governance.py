"""What people of the demo company have under way: a change in flight, a contested owner, a dispute, a suspended KPI.

All of it goes through the verbs that a user has, once: a company that has decided something is left alone.
"""

from contextlib import AbstractContextManager
from datetime import date

from leadline.app.approving import opened
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.app.work import Office, address, pinned
from leadline.catalog.plan import Effective
from leadline.clock import Clock
from leadline.governance.agenda import waiting
from leadline.governance.meeting import Meeting
from leadline.governance.meetings import approve, begin, call, decide, write
from leadline.governance.ownership.machine import Holding, What
from leadline.governance.ownership.verbs import act as own
from leadline.store.work_entries import Link
from leadline.workflow import act, open_item
from leadline.workflow.declared import find

BOARD, OWN = "metrics_board", "Reviews of every metric are answered by the end of November"
SAID = {OWN: "Owners who cannot are to say so to the steward of their domain."}
MINUTES = (
    "The board heard what waits for it. The owners of the response rate do not agree; both are heard in November.\n\n"
    "The dispute of the Americas is with the owner of contact satisfaction: whoever settles it computes it again first."
)
FILE, WAS, NOW = (
    "metrics/voices.yaml",
    "where: not bounced\nwhen: answered\n",
    "where: not bounced and instrument <> 'nps'\nwhen: answered\n",
)


def under_way(space: Workspace, clock: Clock) -> None:
    """Let the company's people do what they have under way, unless they did before."""
    with space.ledger.read() as reader:
        if reader.decided.last() or reader.work.items(None, 1):
            return
    with _as("ines_falk", space, clock) as one:
        _ownership(one, "propose", (Holding("customer_insight", 60.0), Holding("marketing", 40.0)),
                   "Marketing sends half of the invitations.")  # fmt: skip
    with _as("tom_reed", space, clock) as one:
        _ownership(one, "contest", (), "Who reads the answers answers for the rate.")
        outage = _outage(one)
    with _as("ines_falk", space, clock) as one:
        office = Office.within(one)
        with one.ledger.write(actor=one.actor) as writer:
            act(writer, outage, "suspend", people=office.people, effects=office.effects)
    with _as("rosa_diaz", space, clock) as one:
        _dispute(one)
    _change_in_flight(space, clock)
    with _as("rosa_diaz", space, clock) as one:
        meeting = _met(one)
    with _as("ines_falk", space, clock) as one, one.ledger.write(actor=one.actor) as writer:
        approve(writer, one.definitions(), meeting.id, meeting.hash)


def _change_in_flight(space: Workspace, clock: Clock) -> None:
    """Write another definition of the response rate, and ask for its review."""
    text = (space.root / FILE).read_text(encoding="utf-8")
    if WAS not in text:
        return
    (space.root / FILE).write_text(text.replace(WAS, NOW), encoding="utf-8")
    with _as("mara_lind", space, clock) as one:
        made = opened(
            one, Effective("restating"), only=[("metric", "survey_response_rate")],
            because="The relationship survey goes to whole accounts; its rate hides how surveys after a contact fare.",
            title="Response rate of surveys after a contact",
        )  # fmt: skip
        office = Office.within(one)
        with one.ledger.write(actor=one.actor) as writer:
            act(writer, made.number, "submit", people=office.people, effects=office.effects)


def _met(space: Workspace) -> Meeting:
    """Let the metrics board meet: on what waits for it, and a point of its own; the minutes are written."""
    catalog = space.definitions()
    with space.ledger.write(actor=space.actor) as writer:
        points = waiting(writer, catalog, BOARD)
        made = call(writer, catalog, BOARD, on=writer.now.date(), points=points, own=[OWN])
        begin(writer, catalog, made.id, chair="rosa_diaz", present=["rosa_diaz", "ines_falk"])
        for point in made.points:
            decide(
                writer, catalog, made.id, point.key, "approved" if point.title == OWN else "deferred",
                because=SAID.get(point.title, "Those who are named are heard first."),
                in_favour=["rosa_diaz", "ines_falk"] if point.title == OWN else (),
            )  # fmt: skip
        return write(writer, catalog, made.id, MINUTES)


def _as(actor: str, space: Workspace, clock: Clock) -> AbstractContextManager[Workspace]:
    """Open the company as one of its people."""
    return workspace(space.root, actor=actor, clock=clock)


def _ownership(space: Workspace, what: What, split: tuple[Holding, ...], because: str) -> None:
    catalog = space.definitions()
    metric = catalog.metrics["survey_response_rate"]
    with space.ledger.write(actor=space.actor) as writer:
        own(writer, catalog, metric, what, split=split, because=because)


def _outage(space: Workspace) -> int:
    """Declare that the ease of contact could not be asked for two weeks of the last complete month."""
    published = open_published(space)
    last = published.latest_complete("ces", "month")
    month = last.start if last else date(published.generation.as_of.year, 1, 1)
    office = Office.within(space)
    with space.ledger.write(actor=space.actor) as writer:
        made = open_item(
            writer, find(office.catalog, "kpi_outage"), title="The survey tool asked nothing", people=office.people,
            fields={
                "since": month.replace(day=3).isoformat(), "until": month.replace(day=17).isoformat(),
                "reason": "After its update the survey tool asked nobody the question on ease for two weeks.",
            },
            links=[Link("metric", "ces")],
        )  # fmt: skip
    return made.number


def _dispute(space: Workspace) -> None:
    published = open_published(space)
    last = published.latest_complete("csat", "month")
    if last is None:
        return
    figure = pinned(published, address("csat", last.label, "americas"), space.actor, whole=True)
    office = Office.within(space)
    with space.ledger.write(actor=space.actor) as writer:
        open_item(
            writer, find(office.catalog, "kpi_dispute"), title="Contact satisfaction of the Americas",
            people=office.people, links=[figure],
            fields={"claim": "Our own count of the answers gives two points more; which answers are missing?"},
        )  # fmt: skip
