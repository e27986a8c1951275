"""Any order of deeds by anybody: the item is what a small model of the same rules says, and the journal is whole."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from leadline.errors import WorkError
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.workflow import act, assign, bind, comment, item, open_item
from tests import ledgers
from tests.workflow.conftest import Ticking
from tests.workflow.worlds import NOON, STAFF, declare

FLOW = declare("""
kind: workflow
name: flow
fields: {why: {type: text}}
binds: {content: plan, when_changed: draft}
states: {draft: {}, review: {assignee: board metrics}, agreed: {}, done: {final: true}, dropped: {final: true}}
transitions:
  submit: {from: [draft], to: review, who: author or assignee}
  agree: {from: [review], to: agreed, who: not author, approvals: [2 of board metrics]}
  refuse: {from: [review], to: draft, who: board metrics, asks: [why]}
  finish: {from: [agreed], to: done, who: author}
  drop: {from: [draft, review, agreed], to: dropped, who: author}
""")
AUTHOR, BOARD = "bea", {"bea", "ben", "bob"}
PEOPLE = st.sampled_from([*sorted(BOARD), "sid"])
STEPS = {
    "submit": ({"draft"}, "review"), "agree": ({"review"}, "agreed"), "refuse": ({"review"}, "draft"),
    "finish": ({"agreed"}, "done"), "drop": ({"draft", "review", "agreed"}, "dropped"),
}  # fmt: skip


class Deeds(RuleBasedStateMachine):
    """An item in a real ledger, and what it should be."""

    @initialize()
    def begin(self) -> None:
        """Open an item whose author sits on the board that decides."""
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(ledgers.empty(Path(self.folder.name) / "l.sqlite"), Ticking(NOON))
        with self.ledger.write(actor=AUTHOR) as writer:
            open_item(writer, FLOW, title="t", people=STAFF, content="p0")
        self.state, self.assignee, self.content = "draft", "", "p0"
        self.yes: set[str] = set()
        self.events = 1

    def may(self, step: str, who: str) -> bool:
        """Say in other words whether somebody may take a step."""
        if self.state not in STEPS[step][0]:
            return False
        given = who == self.assignee or (self.assignee == "board metrics" and who in BOARD)
        allowed = {
            "submit": who == AUTHOR or given, "agree": who in BOARD - {AUTHOR} and who not in self.yes,
            "refuse": who in BOARD, "finish": who == AUTHOR, "drop": who == AUTHOR,
        }  # fmt: skip
        return allowed[step]

    @rule(
        step=st.sampled_from(sorted(STEPS)),
        who=PEOPLE,
        filled=st.booleans(),
        content=st.sampled_from(["", "p0", "p1"]),
    )
    def take(self, step: str, who: str, filled: bool, content: str) -> None:
        """Take a step, with the form filled in or not, having looked at some content."""
        right = (step == "refuse") == filled and content in {"", self.content}
        expected = self.may(step, who) and right
        try:
            with self.ledger.write(actor=who) as writer:
                act(
                    writer,
                    1,
                    step,
                    people=STAFF,
                    fields={"why": "x"} if filled else {},
                    content=content or None,
                )
        except WorkError:
            assert not expected, (step, who)
            return
        assert expected, (step, who)
        self.events += 1
        if step == "agree" and len({*self.yes, who}) < 2:
            self.yes.add(who)
            return
        self.state, self.yes = STEPS[step][1], set()
        self.assignee = "board metrics" if self.state == "review" else self.assignee

    @rule(content=st.sampled_from(["p0", "p1"]))
    def rebind(self, content: str) -> None:
        """Change what is to be approved."""
        over = self.state in {"done", "dropped"}
        try:
            with self.ledger.write(actor="sid") as writer:
                bind(writer, 1, content)
        except WorkError:
            assert over
            assert content != self.content
            return
        if content != self.content:
            assert not over
            self.state, self.content, self.yes = "draft", content, set()
            self.events += 1

    @rule(who=PEOPLE, to=st.sampled_from(["sid", "ben", "board metrics"]))
    def give(self, who: str, to: str) -> None:
        """Give the item to somebody."""
        try:
            with self.ledger.write(actor=who) as writer:
                assign(writer, 1, to)
        except WorkError:
            assert self.state in {"done", "dropped"}
            return
        self.assignee = to
        self.events += 1

    @rule(who=PEOPLE)
    def talk(self, who: str) -> None:
        """Say something: it changes nothing."""
        with self.ledger.write(actor=who) as writer:
            comment(writer, 1, "x")
        self.events += 1

    @invariant()
    def is_what_the_model_says(self) -> None:
        """Compare the item with the model, and the journal with the ledger."""
        with self.ledger.read() as reader:
            found = item(reader, 1)
            assert verify(reader) == []
        assert (found.state, found.content, len(found.events)) == (self.state, self.content, self.events)
        assert (found.assignee or "") == self.assignee
        assert {event.actor for event in found.approvals("agree")} == self.yes
        assert found.head.closed == (self.state in {"done", "dropped"})

    def teardown(self) -> None:
        """Close the ledger."""
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()


Deeds.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestDeeds = Deeds.TestCase
TestDeeds.pytestmark = [pytest.mark.thorough]
