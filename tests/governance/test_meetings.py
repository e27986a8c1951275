"""Boards meet: an agenda of what waits, a quorum, decisions bound to votes, minutes that another approves."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leadline.app.people import Company
from leadline.catalog import Catalog, require
from leadline.catalog import build as build_catalog
from leadline.catalog.documents import parse
from leadline.clock import FixedClock
from leadline.errors import GovernanceError
from leadline.governance import meetings as m
from leadline.governance.agenda import waiting
from leadline.governance.meeting import Meeting, meeting, meetings
from leadline.governance.ownership.machine import Holding
from leadline.governance.ownership.verbs import act as own
from leadline.store.journal import verify
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link
from leadline.workflow import act, bind, item, open_item
from leadline.workflow.declared import find
from tests import ledgers
from tests.workflow.worlds import NOON

YAML = """
kind: project
name: shop
---
kind: fact
name: answer
key: [id]
at: at
columns: {id: {type: text}, at: {type: date}, score: {type: integer}}
---
kind: metric
name: csat
type: share
of: answer
when: score >= 4
domain: voice
owner: ann
---
kind: metric
name: answers
type: count
of: answer
domain: money
owner: ann
---
kind: domain
name: voice
steward: sue
---
kind: domain
name: money
---
kind: board
name: metrics
title: Metrics board
members: [bea, ben, bob]
quorum: 2
chair: bea
domains: [voice]
---
kind: workflow
name: rule_change
fields: {why: {type: text}}
opening: {asks: [why], about: [definition]}
binds: {content: document, when_changed: open}
states: {open: {}, agreed: {final: true}}
transitions:
  agree: {from: [open], to: agreed, who: not author, approvals: [quorum of board metrics]}
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    documents, problems = parse(YAML, Path("leadline.yaml"))
    return require(build_catalog(documents, Path(), problems))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(ledgers.empty(tmp_path / "ledger.sqlite"), FixedClock(NOON))
    yield made
    made.close()


@pytest.fixture
def work(ledger: Ledger, catalog: Catalog) -> int:
    """A change that the board is asked about; a dispute that it hears of; one of another domain; a contested owner."""
    people = Company(catalog)
    with ledger.write(actor="arthur") as writer:
        asked = open_item(
            writer, find(catalog, "rule_change"), title="Fours do not count", people=people, content="one",
            links=[Link("definition", "metric/csat")], fields={"why": "They are not content."}, assignee="bea",
        )  # fmt: skip
        for metric in ("csat", "answers"):
            open_item(
                writer, find(catalog, "kpi_dispute"), title=f"Wrong {metric}", people=people,
                links=[Link("figure", f"metric={metric}&period=2026-01")], fields={"claim": "no"},
            )  # fmt: skip
        own(
            writer,
            catalog,
            catalog.metrics["csat"],
            "propose",
            split=(Holding("ben"),),
            because="He reads it.",
        )
    with ledger.write(actor="ann") as writer:
        own(writer, catalog, catalog.metrics["csat"], "contest", split=(), because="I do.")
    return asked.number


def by(ledger: Ledger, actor: str, verb: Callable[[LedgerWriter], Meeting]) -> Meeting:
    with ledger.write(actor=actor) as writer:
        return verb(writer)


def refused(ledger: Ledger, code: str, actor: str, verb: Callable[[LedgerWriter], Meeting]) -> None:
    with pytest.raises(GovernanceError) as error:
        by(ledger, actor, verb)
    assert error.value.code == code


def held(ledger: Ledger, catalog: Catalog, *present: str) -> Meeting:
    """A meeting that is open, with an own point after what waits."""

    def call(writer: LedgerWriter) -> Meeting:
        points = waiting(writer, catalog, "metrics")
        made = m.call(writer, catalog, "metrics", on=date(2026, 3, 1), points=points, own=["Reviews"])
        return m.begin(writer, catalog, made.id, chair=present[0], present=present)

    return by(ledger, "bea", call)


def test_the_agenda_is_what_waits_for_the_board(ledger: Ledger, catalog: Catalog, work: int) -> None:
    found = held(ledger, catalog, "bea", "ben")
    assert [(p.key, p.item, p.title) for p in found.points] == [
        ("1", 2, "KPI dispute: Wrong csat"),  # due first
        ("2", work, "Rule change: Fours do not count"),
        ("3", None, "Who answers for Csat"),
        ("4", None, "Reviews"),
    ]
    assert found.points[2].about == "ownership:metric/csat"
    assert (found.state, found.has_quorum, found.quorum) == ("open", True, 2)


def test_a_decision_on_work_that_asks_the_board_is_bound_to_its_votes(
    ledger: Ledger, catalog: Catalog, work: int
) -> None:
    people, found = Company(catalog), held(ledger, catalog, "bea", "ben")

    def approved(writer: LedgerWriter, **more: Any) -> Meeting:
        return m.decide(writer, catalog, found.id, "2", "approved", **more)

    refused(ledger, "meeting-votes", "bea", approved)
    refused(ledger, "meeting-votes", "bea", lambda w: approved(w, in_favour=["bea", "ben"]))
    with ledger.write(actor="bea") as writer:
        act(writer, work, "agree", people=people)
    refused(ledger, "meeting-votes", "bea", approved)
    with ledger.write(actor="ben") as writer:
        assert act(writer, work, "agree", people=people).state == "agreed"
    made = by(ledger, "bea", lambda w: approved(w, because="As asked."))
    ruling = made.rulings["2"]
    assert ruling.in_favour == ("bea", "ben")
    assert [(v.person, v.step) for v in ruling.votes] == [("bea", "agree"), ("ben", "agree")]
    assert (ruling.content, ruling.state) == ("one", "agreed")
    refused(ledger, "meeting-decided", "bea", approved)
    with ledger.read() as reader:
        said = item(reader, work).events[-1].said["text"]
    assert said == "Metrics board, 2026-03-01: approved (for it bea, ben). As asked. (meeting m3, point 2)"


def test_a_vote_for_what_was_edited_since_is_none(ledger: Ledger, catalog: Catalog, work: int) -> None:
    found = held(ledger, catalog, "bea", "ben")
    with ledger.write(actor="bea") as writer:
        act(writer, work, "agree", people=Company(catalog))
    with ledger.write(actor="arthur") as writer:
        bind(writer, work, "two")
    with ledger.write(actor="ben") as writer:
        act(writer, work, "agree", people=Company(catalog))
    refused(ledger, "meeting-votes", "bea", lambda w: m.decide(w, catalog, found.id, "2", "approved"))


def test_votes_at_the_table_are_of_those_present_and_not_of_authors(
    ledger: Ledger, catalog: Catalog, work: int
) -> None:
    del work
    with ledger.write(actor="ben") as writer:
        open_item(
            writer, find(catalog, "kpi_dispute"), title="Mine", people=Company(catalog), fields={"claim": "no"},
            links=[Link("figure", "metric=csat&period=2026-02")],
        )  # fmt: skip
    found = held(ledger, catalog, "bea", "ben")
    mine = next(p.key for p in found.points if p.title.endswith("Mine"))
    last = found.points[-1].key

    def decide(key: str, *yes: str, no: tuple[str, ...] = ()) -> Callable[[LedgerWriter], Meeting]:
        return lambda w: m.decide(w, catalog, found.id, key, "approved", in_favour=yes, against=no)

    refused(ledger, "separation-of-duties", "bea", decide(mine, "bea", "ben"))
    refused(ledger, "meeting-votes", "bea", decide(last, "bea", "bob"))  # bob is not there
    refused(ledger, "meeting-votes", "bea", decide(last, "bea"))
    refused(ledger, "meeting-votes", "bea", decide(last, "bea", no=("bea",)))
    refused(ledger, "meeting-who", "ann", decide(last, "bea", "ben"))
    refused(ledger, "meeting-point", "bea", decide("9", "bea", "ben"))
    assert by(ledger, "bea", decide(last, "Bea", "ben")).rulings[last].in_favour == ("bea", "ben")


def test_without_a_quorum_nothing_is_decided(ledger: Ledger, catalog: Catalog, work: int) -> None:
    del work
    found = held(ledger, catalog, "bea")
    assert not found.has_quorum
    for outcome in ("approved", "refused"):
        refused(ledger, "meeting-quorum", "bea", lambda w, o=outcome: m.decide(w, catalog, found.id, "4", o))  # type: ignore[misc]  # the outcome of this round
    refused(ledger, "meeting-outcome", "bea", lambda w: m.decide(w, catalog, found.id, "4", "maybe"))
    by(ledger, "bea", lambda w: m.decide(w, catalog, found.id, "4", "deferred"))
    refused(
        ledger, "meeting-state", "bea", lambda w: m.begin(w, catalog, found.id, chair="bea", present=["bea"])
    )


def test_minutes_are_approved_by_another_as_they_were_read(
    ledger: Ledger, catalog: Catalog, work: int
) -> None:
    del work
    found = held(ledger, catalog, "bea", "ben")
    first = by(ledger, "bea", lambda w: m.write(w, catalog, found.id, "We met."))
    refused(ledger, "separation-of-duties", "bea", lambda w: m.approve(w, catalog, found.id, first.hash))
    again = by(ledger, "bea", lambda w: m.write(w, catalog, found.id, "We met, and agreed."))
    assert again.hash != first.hash
    refused(ledger, "meeting-edited", "ben", lambda w: m.approve(w, catalog, found.id, first.hash))
    done = by(ledger, "ben", lambda w: m.approve(w, catalog, found.id, again.hash))
    assert (done.state, done.approved_by, done.minutes) == ("approved", "ben", "We met, and agreed.")
    refused(ledger, "meeting-state", "bea", lambda w: m.write(w, catalog, found.id, "Otherwise."))
    refused(ledger, "meeting-state", "bea", lambda w: m.add(w, catalog, found.id, "Late"))
    with ledger.read() as reader:
        assert [one.id for one in meetings(reader, "metrics")] == [found.id]
        assert meeting(reader, found.id) == done
        assert verify(reader) == []
        with pytest.raises(GovernanceError, match="There is no meeting"):
            meeting(reader, "m99")


def test_who_does_not_sit_on_a_board_calls_no_meeting_of_it(ledger: Ledger, catalog: Catalog) -> None:
    def call(name: str) -> Callable[[LedgerWriter], Meeting]:
        return lambda w: m.call(w, catalog, name, on=date(2026, 3, 1), points=[], own=["x"])

    refused(ledger, "meeting-who", "ann", call("metrics"))
    refused(ledger, "unknown-board", "bea", call("metric"))
    made = by(ledger, "bea", call("metrics"))
    refused(ledger, "meeting-state", "bea", lambda w: m.decide(w, catalog, made.id, "1", "noted"))
    refused(
        ledger,
        "meeting-who",
        "bea",
        lambda w: m.begin(w, catalog, made.id, chair="bea", present=["bea", "ann"]),
    )
    refused(
        ledger, "meeting-who", "bea", lambda w: m.begin(w, catalog, made.id, chair="ben", present=["bea"])
    )
    with ledger.write(actor="bea") as writer:
        assert [p.title for p in m.add(writer, catalog, made.id, "And this").points] == ["x", "And this"]
