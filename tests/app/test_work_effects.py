"""Steps of work items act: periods are closed and reopened, definitions end or stay, and closed figures stay shut."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leadline.app import periods as p
from leadline.app.disputes import disputes
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.app.work import Office, parse_link, pinned
from leadline.clock import FixedClock
from leadline.errors import LeadlineError
from leadline.governance.access import Person
from leadline.governance.lifecycle import notices
from leadline.store.journal import verify
from leadline.workflow import Item, act, item, open_item
from leadline.workflow.declared import find
from tests.app import closing_company as company
from tests.app.closing_company import APRIL, FEBRUARY, MARCH
from tests.projects import quiet, write_project

pytestmark = pytest.mark.thorough

PERIOD = ("definition:scorecard/service", f"period:{FEBRUARY}")
PEOPLE: list[dict[str, Any]] = [
    *({"kind": "person", "name": name} for name in ("ann", "ben", "sue", "sam")),
    {"kind": "domain", "name": "voice", "steward": "sue", "units": {"emea": "sam"}},
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    documents = company.documents()
    documents[0] |= {"governed": {"metrics": ["old"]}}
    for one in documents:
        if one.get("name") == "service":
            one["reporting"]["commentary"] = {"parts": ["cause"], "required_when": []}
    old = {
        "kind": "metric", "name": "old", "type": "count", "of": "answer", "owner": "ann",
        "collected": {"every": "day", "available_after": "1 day"},
    }  # fmt: skip
    made = write_project(tmp_path / "p", [*documents, *PEOPLE, old], {"answers.csv": company.FIRST})
    with workspace(made, actor="tester", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
    return made


@contextmanager
def of(root: Path, actor: str, clock: FixedClock = MARCH) -> Iterator[Workspace]:
    with workspace(root, actor=actor, clock=clock) as space:
        yield space


def open_(root: Path, actor: str, workflow: str, *about: str, figure: str = "", **fields: str) -> int:
    with of(root, actor) as space:
        office = Office.within(space)
        links = [parse_link(one) for one in about]
        if figure:
            links.append(pinned(open_published(space), figure, actor))
        with space.ledger.write(actor=actor) as writer:
            made = open_item(
                writer, find(office.catalog, workflow), title=workflow, people=office.people, fields=fields,
                links=links, effects=office.effects,
            )  # fmt: skip
        return made.number


def step(
    root: Path,
    number: int,
    actor: str,
    name: str,
    *,
    clock: FixedClock = MARCH,
    person: Person | None = None,
    **fields: str,
) -> Item:
    with of(root, actor, clock) as space:
        office = Office.of(
            space.ledger, space.definitions(), person=person, published=lambda: open_published(space)
        )
        with space.ledger.write(actor=actor) as writer:
            return act(writer, number, name, people=office.people, fields=fields, effects=office.effects)


def refused(code: str, root: Path, number: int, actor: str, name: str, **more: Any) -> None:
    """A step is refused by a named error, and nothing of it is kept."""
    with of(root, actor) as space, space.ledger.read() as reader:
        before = item(reader, number).events
    with pytest.raises(LeadlineError) as error:
        step(root, number, actor, name, **more)
    assert error.value.code == code
    with of(root, actor) as space, space.ledger.read() as reader:
        assert item(reader, number).events == before


def state(root: Path) -> str:
    with of(root, "tester") as space, space.ledger.read() as reader:
        assert verify(reader) == []
        return reader.frozen.state(reader.frozen.latest("service", FEBRUARY))


def close(root: Path) -> None:
    number = open_(root, "ann", "period_close", *PERIOD)
    step(root, number, "sue", "check", checks="All of it.")
    step(root, number, "sue", "close")


def test_a_period_is_closed_and_reopened_by_work_items_two_people_each(root: Path) -> None:
    number = open_(root, "ann", "period_close", *PERIOD)
    step(root, number, "sue", "check", checks="All files are there.")
    assert state(root) == "open"
    done = step(root, number, "sue", "close")
    assert (done.state, state(root)) == ("closed", "closed")
    assert done.events[-1].said["text"].startswith("2026-02 of service is closed: ")
    again = open_(root, "ann", "period_close", *PERIOD)
    step(root, again, "sue", "check", checks="Once more.")
    assert "closed already, by sue" in step(root, again, "sue", "close").events[-1].said["text"]
    with of(root, "tester") as space, space.ledger.read() as reader:
        assert len(reader.frozen.closings("service", FEBRUARY)) == 1

    asked = open_(root, "sue", "period_reopening", *PERIOD, why="A file was late.")
    refused("work-who", root, asked, "sue", "agree")
    assert step(root, asked, "sam", "agree").state == "reopened"
    assert state(root) == "reopened"
    with of(root, "tester") as space, space.ledger.read() as reader:
        (first,) = reader.frozen.closings("service", FEBRUARY)
        steps = reader.frozen.reopenings(first.id)
        assert [(one.step, one.actor) for one in steps] == [("asked", "sue"), ("agreed", "sam")]
        assert steps[0].because == f"A file was late. (period_reopening {asked})"
    assert step(root, asked, "sam", "close_again", changed="The file is in.").state == "closed_again"
    assert state(root) == "closed"


def test_closing_asks_for_rights_for_what_is_missing_and_for_a_scorecard(root: Path) -> None:
    number = open_(root, "ann", "period_close", *PERIOD)
    disputed = open_(
        root, "ben", "kpi_dispute", figure=f"metric=csat&period={FEBRUARY}&unit=emea", claim="Too low."
    )
    step(root, number, "sue", "check", checks="All of it.")
    refused("effect-rights", root, number, "sue", "close", person=Person("sue"))
    refused("period-not-ready", root, number, "sue", "close")
    with of(root, "ann") as space, space.ledger.read() as reader:
        published = open_published(space)
        lacks = p.ready(
            published, reader, "service", published.periods.parse(FEBRUARY), today=p.today(published, MARCH)
        )
        assert {(gap.kind, gap.unit, gap.metric) for gap in lacks.gaps} == {
            ("dispute", None, "csat"),
            ("dispute", "emea", "csat"),
        }
        assert "ben disputes 2026-02" in lacks.gaps[0].words
        (one,) = disputes(reader, closed=False)
        assert (one.item.number, one.metric, one.unit, one.pin["value"]) == (disputed, "csat", "emea", 50.0)
    step(root, number, "sue", "reopen", reason="Once more.")
    step(root, number, "sue", "check", checks="All of it.", exceptions="The dispute of EMEA is open.")
    step(root, number, "sue", "close")
    assert state(root) == "closed"
    nowhere = open_(root, "ann", "period_close", "definition:metric/csat", f"period:{FEBRUARY}")
    step(root, nowhere, "sue", "check", checks="x")
    refused("work-about", root, nowhere, "sue", "close")


def test_a_figure_of_a_closed_period_is_not_stated_nor_suspended_before_it_is_reopened(root: Path) -> None:
    close(root)
    figure = f"metric=csat&period={FEBRUARY}&unit=emea"
    stated = open_(root, "sue", "data_override", figure=figure, value="55", why="A batch is lost.")
    outage = open_(
        root, "sue", "kpi_outage", "metric:csat", since="2026-02-27", until="2026-03-05", reason="Down."
    )
    march = open_(
        root, "sue", "kpi_outage", "metric:csat", since="2026-03-01", until="2026-03-05", reason="Down."
    )
    refused("period-closed", root, stated, "ann", "approve")
    refused("period-closed", root, outage, "ann", "suspend")
    step(root, march, "ann", "suspend")
    reopen = open_(root, "sue", "period_reopening", *PERIOD, why="A batch is lost.")
    step(root, reopen, "sam", "agree")
    assert step(root, stated, "ann", "approve").state == "in_force"
    step(root, outage, "ann", "suspend")
    step(root, reopen, "sam", "close_again", changed="One figure is stated.", exceptions="It is an outage.")
    refused("period-closed", root, stated, "ann", "lift", reason="x")
    refused("period-closed", root, outage, "ann", "end", until="2026-02-28", finding="x")


def test_a_definition_is_announced_kept_announced_again_and_retired(root: Path) -> None:
    number = open_(root, "ben", "retirement", "metric:old", why="Nobody asks for it.")
    step(root, number, "ann", "announce", why="Nobody asks for it.", last_day="2026-04-01",
         replacement="metric/answers")  # fmt: skip

    def told() -> list[str]:
        with of(root, "tester") as space:
            return [str(one) for one in notices(space.in_force(space.clock.now()))]

    assert told() == ["metric old has its sunset on 2026-04-01. Use answers instead."]
    refused("lifecycle-day", root, number, "ann", "retire")
    step(root, number, "sue", "object", objection="We read it every week.")
    assert told() == []
    step(root, number, "ann", "announce", why="Nobody asks for it.", last_day="2026-04-01")
    done = step(root, number, "ann", "retire", clock=APRIL)
    assert done.state == "retired"
    with of(root, "tester", APRIL) as space:
        assert "old" not in space.in_force(APRIL.now()).catalog.metrics
        assert (space.home.root / "archive" / "metric-old-v1" / "figures.csv").is_file()
        with space.ledger.read() as reader:
            deeds = [(d.deed, d.request) for d in reader.effective.deeds("metric", "old")]
        assert deeds[1:] == [
            (deed, f"retirement {number}")
            for deed in ("deprecate", "sunset", "keep", "deprecate", "sunset", "retire")
        ]
    again = open_(root, "ben", "retirement", "definition:metric/csat", why="x")
    step(root, again, "ann", "announce", why="x", last_day="2026-03-20")
    refused("not-governed", root, again, "ann", "retire")
