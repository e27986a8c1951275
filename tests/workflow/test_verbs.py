"""What the verbs keep and refuse, on both databases: an item is the sum of its events under its own workflow."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from leadline.errors import StoreError, WorkError
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, act, assign, bind, comment, item, items, link, open_item, set_due
from leadline.workflow.declared import Declared, find, shipped
from leadline.workflow.verbs import Doing, looked_at
from tests.workflow.conftest import Ticking
from tests.workflow.worlds import NOON, NPS, STAFF, declare

FIGURE = Link("figure", "metric=nps&period=2026-01", {"value": 31.0, "hash": "ab"})
BOUND = """
kind: workflow
name: bound
binds: {content: plan, when_changed: draft}
states: {draft: {}, review: {}, agreed: {}, done: {final: true}}
transitions:
  submit: {from: [draft], to: review}
  agree: {from: [review], to: agreed, who: not author, approvals: [2 of board metrics]}
  finish: {from: [agreed], to: done}
"""


def ship(name: str) -> Declared:
    """Give a shipped workflow."""
    return find(shipped(), name)


def dispute(ledger: Ledger, **different: Any) -> Item:
    """Let arthur dispute a figure."""
    with ledger.write(actor="arthur") as writer:
        values = {
            "title": "NPS of January",
            "fields": {"claim": "Zwölf fehlen"},
            "links": [FIGURE],
            "people": STAFF,
        }
        return open_item(writer, ship("kpi_dispute"), **values | different)


def take(ledger: Ledger, number: int, step: str, actor: str, **given: Any) -> Item:
    """Let somebody take a step."""
    with ledger.write(actor=actor) as writer:
        return act(writer, number, step, people=STAFF, **given)


def test_a_dispute_goes_its_way(ledger: Ledger, clock: Ticking) -> None:
    made = dispute(ledger)
    assert (made.number, made.state, made.author, made.assignee) == (1, "open", "arthur", "olga")
    assert made.head.due == NOON + timedelta(days=5)
    assert made.links == (FIGURE, NPS)
    clock.later(hours=1)
    assert take(ledger, 1, "take", "olga").state == "in_review"
    with pytest.raises(WorkError, match="recomputation") as refused:
        take(ledger, 1, "settle", "olga", fields={"outcome": "the figure stands", "grounds": "rows agree"})
    assert refused.value.code == "work-requires"
    with ledger.write(actor="olga") as writer:
        looked_at(writer, 1, {"outcome": "equal"})
    with pytest.raises(WorkError, match=r"Grounds \(grounds\) is missing.*Outcome \(outcome\) is none of"):
        take(ledger, 1, "settle", "olga", fields={"outcome": "it is fine"})
    done = take(ledger, 1, "settle", "olga", fields={"outcome": "the figure stands", "grounds": "rows agree"})
    assert (done.state, done.assignee) == ("settled", "arthur")
    assert done.fields == {"claim": "Zwölf fehlen", "outcome": "the figure stands", "grounds": "rows agree"}
    closed = take(ledger, 1, "accept", "arthur")
    assert (closed.head.closed, closed.head.due) == (True, None)
    assert [e.kind for e in closed.events] == ["opened", "moved", "recomputed", "moved", "reminded", "moved"]
    with pytest.raises(WorkError, match="work is over"):
        take(ledger, 1, "withdraw", "arthur")
    with ledger.read() as reader:
        assert verify(reader) == []
        told = [(n.recipient, n.text) for n in reader.work.notices(["arthur", "olga"])]
    assert ("olga", "Given to you: NPS of January") in told
    assert ("arthur", "NPS of January: Settled") in told


def test_an_item_must_be_about_what_its_workflow_says(ledger: Ledger) -> None:
    for given, code in (
        ({"links": []}, "work-about"),
        ({"fields": {}}, "work-form"),
        ({"fields": {"claim": "x", "clain": "y"}}, "work-form"),
        ({"title": "  "}, "work-title"),
        ({"title": "x" * 201}, "work-title"),
    ):
        with pytest.raises(WorkError) as refused:
            dispute(ledger, **given)
        assert refused.value.code == code
    with ledger.read() as reader:
        assert items(reader) == []
        assert reader.journal() == []


def test_items_are_found(ledger: Ledger) -> None:
    dispute(ledger)
    dispute(ledger, title="Grüße 100%", due=NOON + timedelta(days=1))
    with ledger.write(actor="ana") as writer:
        open_item(writer, ship("quarterly_review"), title="Review", people=STAFF, links=[NPS], assignee="ana")
        comment(writer, 1, "a needle_in the hay")
        assign(writer, 2, "role steward")
    take(ledger, 1, "withdraw", "arthur")
    with ledger.read() as reader:

        def found(**wanted: Any) -> list[int]:
            return [one.number for one in items(reader, Wanted(**wanted))]

        assert found() == [2, 3, 1]  # what is due first comes first, what is over last
        assert found(text="needle_in") == [1]
        assert found(text="NEEDLE") == [1]
        assert found(text="needleXin") == []
        assert found(text="grüße 100%") == [2]
        assert found(text="zwölf") == [2, 1]
        assert found(workflow="quarterly_review") == [3]
        assert found(state="open") == [2]
        assert found(assignees=("ana", "role steward")) == [2, 3]
        assert found(closed=True) == [1]
        assert found(link=NPS) == [2, 3, 1]
        assert found(link=Link("figure", FIGURE.name), closed=False) == [2]
        assert found(due_before=NOON + timedelta(days=2)) == [2]
        assert found(opened_by="ana") == [3]
        assert reader.work.count(Wanted(closed=False)) == 2
        with pytest.raises(StoreError, match="no work item 9"):
            item(reader, 9)


def test_an_edit_of_the_workflow_leaves_running_items_alone(ledger: Ledger) -> None:
    old = declare(
        "kind: workflow\nname: w\nstates: {a: {}, b: {final: true}}\ntransitions: {go: {from: [a], to: b}}\n"
    )
    new = declare(
        "kind: workflow\nname: w\nstates: {x: {}, y: {final: true}}\ntransitions: {on: {from: [x], to: y}}\n"
    )
    with ledger.write(actor="arthur") as writer:
        for version in (old, new):
            open_item(writer, version, title="t", people=STAFF)
    with ledger.read() as reader:
        assert [item(reader, n).version.version for n in (1, 2)] == [1, 2]
    assert take(ledger, 1, "go", "sid").state == "b"
    assert take(ledger, 2, "on", "sid").state == "y"


def test_what_is_first_is_part_of_a_workflows_meaning() -> None:
    steps = "transitions: {go: {from: [a], to: b}, back: {from: [b], to: a}, end: {from: [a], to: c}}\n"
    one = declare(f"kind: workflow\nname: w\nstates: {{a: {{}}, b: {{}}, c: {{final: true}}}}\n{steps}")
    other = declare(f"kind: workflow\nname: w\nstates: {{b: {{}}, a: {{}}, c: {{final: true}}}}\n{steps}")
    assert one.recorded.meaning != other.recorded.meaning


def test_approvals_are_bound_to_content(ledger: Ledger) -> None:
    with ledger.write(actor="arthur") as writer:
        with pytest.raises(WorkError, match="bound to a plan"):
            open_item(writer, declare(BOUND), title="t", people=STAFF)
        open_item(writer, declare(BOUND), title="t", people=STAFF, content="p1")
    take(ledger, 1, "submit", "arthur")
    assert take(ledger, 1, "agree", "bea", content="p1").state == "review"
    with pytest.raises(WorkError) as changed:
        take(ledger, 1, "agree", "ben", content="p2")
    assert changed.value.code == "work-content"
    with ledger.write(actor="arthur") as writer:
        assert bind(writer, 1, "p1").state == "review"  # the same: nothing happened
        bound = bind(writer, 1, "p2")
    assert (bound.state, bound.content, bound.approvals("agree")) == ("draft", "p2", ())
    take(ledger, 1, "submit", "arthur")
    assert take(ledger, 1, "agree", "ben", content="p2").state == "review"
    with pytest.raises(WorkError) as twice:
        take(ledger, 1, "agree", "ben", content="p2")
    assert twice.value.code == "work-voted"
    assert take(ledger, 1, "agree", "bea", content="p2").state == "agreed"
    with ledger.write(actor="arthur") as writer:
        assert bind(writer, 1, "p3").state == "draft"  # also what was approved already


def test_an_effect_is_done_with_the_step_or_neither_is(ledger: Ledger) -> None:
    with ledger.write(actor="stella") as writer:
        open_item(
            writer,
            ship("period_close"),
            title="January",
            people=STAFF,
            links=[Link("definition", "scorecard/s"), Link("period", "2026-01")],
        )
    take(ledger, 1, "check", "ana", fields={"checks": "all"})
    with ledger.write(actor="adam") as writer:
        pass
    done: list[tuple[int, str, str]] = []

    def freeze(writer: LedgerWriter, found: Item, effect: Any) -> None:
        done.append((found.number, found.state, effect.do))
        writer.note("freeze", "period:2026-01")

    def breaks(*_: Any) -> None:
        raise StoreError("full", code="store")

    steward = STAFF.__class__(of_role={"steward": frozenset({"sue"})})
    effects: dict[str, Doing]
    for effects in ({}, {"freeze_period": breaks}):
        with pytest.raises((WorkError, StoreError)), ledger.write(actor="sue") as writer:
            act(writer, 1, "close", people=steward, effects=effects)
    with ledger.read() as reader:
        assert item(reader, 1).state == "checked"
    with ledger.write(actor="sue") as writer:
        assert act(writer, 1, "close", people=steward, effects={"freeze_period": freeze}).state == "closed"
    assert done == [(1, "closed", "freeze_period")]


def test_of_many_at_once_one_takes_the_step(ledger: Ledger) -> None:
    dispute(ledger)

    def race(n: int) -> str:
        try:
            return take(ledger, 1, "withdraw" if n % 2 else "take", "arthur" if n % 2 else "olga").state
        except WorkError as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(race, range(16)))
    with ledger.read() as reader:
        one = item(reader, 1)
        assert verify(reader) == []
    moves = [e for e in one.events if e.kind == "moved"]
    assert len(moves) == len([f for f in found if not f.startswith("work-")])
    assert one.state == "withdrawn"  # whoever was first: both ways lead there, and then no further
    assert sum(e.state == "withdrawn" for e in moves) == 1
    assert sum(e.state == "in_review" for e in moves) <= 1


@pytest.mark.thorough
def test_small_verbs(ledger: Ledger) -> None:
    dispute(ledger)
    with ledger.write(actor="sid") as writer:
        assert assign(writer, 1, " ana ").assignee == "ana"
        assert assign(writer, 1, None).assignee is None
        assert set_due(writer, 1, NOON).head.due == NOON
        assert link(writer, 1, [NPS, Link("unit", "emea")]).links == (FIGURE, NPS, Link("unit", "emea"))
        assert len(link(writer, 1, [NPS]).events) == 5  # nothing new, no event
        for text in ("", " \x00 ", "x" * 20_001):
            with pytest.raises(WorkError, match="comment has a text"):
                comment(writer, 1, text)
    take(ledger, 1, "withdraw", "arthur")
    with ledger.write(actor="sid") as writer:
        for late in (lambda: assign(writer, 1, "ana"), lambda: set_due(writer, 1, NOON)):
            with pytest.raises(WorkError, match="work on it is over"):
                late()
        comment(writer, 1, "said afterwards")
