"""From author to effective figure: a request bound to its plan, reviewers by rule, nobody alone, edits void it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from leadline.app.approving import apply_approved, opened, rebound
from leadline.app.planning import planned
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.app.work import Office, pinned
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from leadline.errors import DefinitionError, GovernanceError, LeadlineError, WorkError
from leadline.governance import change_requests as cr
from leadline.governance.apply import chosen
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.store import journal
from leadline.store.work_entries import Link
from leadline.workflow import Item, act, open_item
from leadline.workflow.declared import find
from tests.projects import quiet, write_project

pytestmark = pytest.mark.thorough

NOW = FixedClock(datetime(2026, 3, 2, 6, tzinfo=UTC))
CSAT = {
    "kind": "metric",
    "name": "csat",
    "type": "share",
    "of": "answer",
    "when": "score >= 4",
    "owner": "ann",
}
DOCUMENTS = [
    {"kind": "project", "name": "shop", "governed": {"metrics": ["csat"]}},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "score": {"type": "integer"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "*.csv"},
    *({"kind": "person", "name": name} for name in ("ann", "ben", "cy", "dora", "sue")),
    {"kind": "board", "name": "metrics", "members": ["ben", "cy", "dora"], "quorum": 2},
    {"kind": "domain", "name": "service", "steward": "sue"},
    {"kind": "objective", "name": "calm", "owner": "dora"},
    {"kind": "scorecard", "name": "card", "owner": "dora", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "calm", "measures": [{"metric": "csat", "red_flag": 10, "goal": 60}]}]}]},
    {**CSAT},
]  # fmt: skip
ROWS = "id,at,score\n" + "".join(f"a{n},2026-01-{1 + n % 28:02},{1 + n % 5}\n" for n in range(100))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write_project(tmp_path / "p", DOCUMENTS, {"a.csv": ROWS})
    with workspace(made, actor="tester", clock=NOW) as space:
        refresh(space, NOW, quiet)
    return made


@contextmanager
def of(root: Path, actor: str) -> Iterator[Workspace]:
    with workspace(root, actor=actor, clock=NOW) as space:
        yield space


def edit(root: Path, when: str) -> None:
    file = root / "leadline.yaml"
    documents = list(yaml.safe_load_all(file.read_text()))
    for one in documents:
        if one["name"] == "csat":
            one["when"] = when
    file.write_text(yaml.safe_dump_all(documents, sort_keys=False))


def requested(root: Path, actor: str = "ben") -> Item:
    with of(root, actor) as space:
        return opened(space, Effective("restating"), because="Fours are not content.")


def step(root: Path, number: int, actor: str, name: str, **fields: str) -> Item:
    with of(root, actor) as space:
        office = Office.of(space.ledger, space.definitions())
        with space.ledger.write(actor=actor) as writer:
            return act(writer, number, name, people=office.people, fields=fields, effects=office.effects)


def january(root: Path) -> float | None:
    with of(root, "tester") as space:
        refresh(space, NOW, quiet)
        return evaluate(open_published(space), Query("csat", "t", "test"))[0].value


def test_author_reviewers_and_then_the_figure(root: Path) -> None:
    assert january(root) == 40.0
    edit(root, "score >= 5")
    assert january(root) == 40.0  # governed: what is written counts only when it is in force
    made = requested(root)
    assert {link.name for link in made.links} == {"metric/csat", "scorecard/card", "objective/calm"}
    assert "metric csat means something else." in made.fields["impact"]
    assert "dora (2)" in made.fields["impact"]
    assert [one.name[9:] for one in made.attachments] == ["plan.txt", "back-test.txt"]
    step(root, made.number, "ben", "submit")
    with pytest.raises(WorkError):
        step(root, made.number, "ben", "approve")  # the author never
    step(root, made.number, "ann", "approve")
    with pytest.raises(LeadlineError):
        step(root, made.number, "ben", "apply")  # dora owns what stands on it
    assert step(root, made.number, "dora", "approve").state == "approved"
    assert january(root) == 40.0
    done = step(root, made.number, "ben", "apply")
    assert done.state == "applied"
    assert january(root) == 20.0
    with of(root, "tester") as space, space.ledger.read() as reader:
        assert [(d.kind, d.name, d.request) for d in cr.deeds_of(reader, done)][-1] == (
            "metric", "csat", f"change_request {made.number}",
        )  # fmt: skip
        assert cr.emergencies(reader) == {}
        assert journal.verify(reader) == []


def test_any_edit_voids_what_was_approved(root: Path) -> None:
    edit(root, "score >= 5")
    made = requested(root)
    step(root, made.number, "ben", "submit")
    step(root, made.number, "ann", "approve")
    step(root, made.number, "dora", "approve")
    edit(root, "score >= 3")
    with pytest.raises(GovernanceError) as refused:
        step(root, made.number, "ben", "apply")
    assert refused.value.code == "change-edited"
    with of(root, "ben") as space:
        with pytest.raises(DefinitionError) as unapproved:
            apply_approved(space, chosen(planned(space, Effective("restating")), ()).hash)
        assert unapproved.value.code == "apply-unapproved"
        bound = rebound(space, made.number)
    assert (bound.state, bound.content == made.content) == ("draft", False)
    assert len(bound.attachments) == 4
    assert january(root) == 40.0


def test_an_approved_plan_is_applied_by_its_request_from_the_command_line(root: Path) -> None:
    edit(root, "score >= 5")
    made = requested(root)
    for actor, name in (("ben", "submit"), ("ann", "approve"), ("dora", "approve")):
        step(root, made.number, actor, name)
    with of(root, "ben") as space:
        number, deeds = apply_approved(space, chosen(planned(space, Effective("restating")), ()).hash)
    assert (number, deeds[-1].name) == (made.number, "csat")
    assert january(root) == 20.0


def test_an_emergency_applies_at_once_and_is_seen_for_ever(root: Path) -> None:
    edit(root, "score >= 5")
    made = requested(root)
    with pytest.raises(WorkError):
        step(root, made.number, "ben", "emergency_apply", emergency="x")  # the author never, not even then
    done = step(
        root, made.number, "ann", "emergency_apply", emergency="The board is shown a wrong figure today."
    )
    assert done.state == "applied_in_emergency"
    assert january(root) == 20.0
    with of(root, "tester") as space, space.ledger.read() as reader:
        (one,) = cr.requests(reader)
        assert cr.in_emergency(one)
        assert cr.awaits_review(one)
        assert cr.emergencies(reader)["metric", "csat"].request == f"change_request {made.number} (emergency)"


def test_a_request_needs_something_governed_and_a_justification(root: Path) -> None:
    with pytest.raises(DefinitionError) as nothing:
        requested(root)
    assert nothing.value.code == "apply-nothing"


def test_a_figure_is_stated_and_an_outage_declared_through_work_items(root: Path) -> None:
    with of(root, "sue") as space:
        published = open_published(space)
        office = Office.of(space.ledger, space.definitions())
        with space.ledger.write(actor="sue") as writer:
            figure = pinned(published, "metric=csat&period=2026-01", "sue")
            stated = open_item(
                writer, find(office.catalog, "data_override"), title="January", people=office.people,
                fields={"value": "55", "why": "A batch is lost."}, links=[figure],
            )  # fmt: skip
            outage = open_item(
                writer, find(office.catalog, "kpi_outage"), title="Tool down", people=office.people,
                fields={"since": "2026-01-01", "until": "2026-02-01", "reason": "The survey tool was down."},
                links=[Link("metric", "csat")],
            )  # fmt: skip
    step(root, stated.number, "ann", "approve")
    step(root, outage.number, "ann", "suspend")
    with of(root, "tester") as space:
        (found,) = evaluate(open_published(space), Query("csat", "t", "test"))
    assert (found.value, found.stated_value, found.status) == (40.0, 55.0, "suspended")
    assert found.stated_by == f"sue, approved by ann (data_override {stated.number})"
    step(root, stated.number, "ann", "lift", reason="The batch was found.")
    step(root, outage.number, "ann", "end", until="2026-01-02", finding="It was one day.")
    with of(root, "tester") as space:
        (found,) = evaluate(open_published(space), Query("csat", "t", "test"))
    assert (found.stated, found.status) == (None, "provisional")
