"""The whole product: every state, every step, every kind of person, every quorum; what is allowed stands in tables."""

from itertools import combinations, product

import pytest

from leadline.catalog.who import approval, parse
from leadline.errors import DefinitionError, WorkError
from leadline.workflow.declared import shipped
from leadline.workflow.machine import offer, offers
from leadline.workflow.people import About, Nobody, group, meets
from tests.workflow.worlds import NPS, STAFF, Staff, declare, event, standing

PEOPLE = {
    "author": "arthur", "assignee": "ass", "owner": "olga", "steward": "stella", "analyst": "ana",
    "auditor": "audrey", "administrator": "adam", "board": "bea", "stranger": "sid",
}  # fmt: skip
EVERYBODY = set(PEOPLE)

ALLOWED: dict[str, dict[str, str]] = {
    "access_request": {
        "grant": "administrator", "refuse": "administrator", "expire": "administrator", "withdraw": "author",
    },
    "annual_review": {
        "answer": "owner assignee", "send_back": "steward", "keep": "steward", "change": "steward",
        "retire": "steward",
    },
    "change_request": {
        "submit": "author", "approve": "owner", "send_back": "owner steward", "reject": "owner steward",
        "apply": "author steward", "emergency_apply": "owner steward", "accept_emergency": "auditor",
        "withdraw": "author",
    },
    "data_override": {
        "approve": "owner steward", "refuse": "owner steward", "withdraw": "author", "lift": "owner steward",
    },
    "kpi_dispute": {
        "take": "owner assignee steward", "settle": "owner assignee steward", "accept": "author",
        "contest": "author", "lapse": "steward", "withdraw": "author",
    },
    "end_notice": {"moved": "owner steward"},
    "kpi_outage": {
        "suspend": "owner steward", "refuse": "owner steward", "withdraw": "author", "end": "owner steward",
    },
    "payout_approval": {"approve": "owner", "refuse": "owner", "withdraw": "author"},
    "period_close": {
        "check": "analyst steward", "reopen": "steward", "close": "steward", "abandon": "steward",
    },
    "period_reopening": {
        "agree": "steward", "refuse": "steward", "withdraw": "author", "close_again": "steward",
    },
    "quarterly_review": {"answer": "owner assignee", "skip": "steward"},
    "retirement": {
        "announce": "owner steward", "object": " ".join(sorted(EVERYBODY)), "retire": "owner steward",
        "keep": "owner steward",
    },
    "stewardship_conflict": {
        "hear": "steward", "decide": "steward administrator", "withdraw": "author",
    },
}  # fmt: skip
"""Who may take each step of the workflows that are shipped; everybody else may not."""


def test_the_table_names_every_shipped_workflow_and_step() -> None:
    assert {name: set(one.transitions) for name, one in shipped().workflows.items()} == {
        name: set(steps) for name, steps in ALLOWED.items()
    }


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_of_every_state_and_step_exactly_those_may_act_whom_the_table_names(name: str) -> None:
    workflow = shipped().workflows[name]
    for state, step, (kind, person) in product(workflow.states, workflow.transitions, PEOPLE.items()):
        looked = event(3, "recomputed", state, actor=person)
        item = standing(workflow, state, after=[looked])
        leads = state in workflow.transitions[step].from_
        may = leads and kind in ALLOWED[name][step].split()
        if may:
            assert offer(item, step, person, STAFF).moves, (state, step, kind)
            continue
        with pytest.raises(WorkError) as refused:
            offer(item, step, person, STAFF)
        assert refused.value.code == ("work-who" if leads else "work-step"), (state, step, kind)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_the_author_is_kept_from_what_others_decide_whatever_else_they_are(name: str) -> None:
    """Separation of duties: an author who is owner, steward and on every list is refused where `not author` stands."""
    workflow = shipped().workflows[name]
    staff = Staff(
        {role: frozenset({"arthur"}) for role in STAFF.of_role}, {"metrics": frozenset({"arthur"})},
        {"nps": frozenset({"arthur"})},
    )  # fmt: skip
    for state in workflow.states:
        for found in offers(standing(workflow, state), "arthur", staff):
            if "not author" in found.step.who or "not owner" in found.step.who:
                assert not found.allowed


QUORUM = """
kind: workflow
name: vote
fields: {note: {type: text}}
states: {open: {}, agreed: {final: true}, shelved: {final: true}}
transitions:
  agree: {from: [open], to: agreed, who: not author, approvals: [%s], may_ask: [note]}
  shelve: {from: [open], to: shelved, who: author}
"""
BOARD = ("bea", "ben", "bob")
VOTERS = (*BOARD, "olga", "arthur", "sid")


def met(lines: str, yes: set[str]) -> bool:
    """Say in other words when lines of approvals are met by those who said yes (the author never counts)."""
    on_board = len(yes & set(BOARD))
    wanted = {
        "1 of board metrics": on_board >= 1, "2 of board metrics": on_board >= 2,
        "majority of board metrics": on_board >= 2, "all of board metrics": on_board == 3, "owner": "olga" in yes,
        "all of owner": "olga" in yes, "quorum of board metrics": on_board >= 2,
        "3 of board metrics or owner": on_board + ("olga" in yes) >= 3,
    }  # fmt: skip
    return all(wanted[line] for line in lines.split(", "))


@pytest.mark.parametrize(
    "lines",
    [
        "1 of board metrics", "2 of board metrics", "majority of board metrics", "all of board metrics", "owner",
        "quorum of board metrics", "owner, 2 of board metrics", "all of owner, majority of board metrics",
        "3 of board metrics or owner",
    ],
)  # fmt: skip
def test_a_step_moves_exactly_when_enough_of_the_right_people_said_yes(lines: str) -> None:
    workflow = declare(QUORUM % lines).workflow
    counted = {"owner"} if lines == "owner" else set()
    for size in range(len(VOTERS)):
        for before in combinations(VOTERS, size):
            said = [
                event(3 + n, "approved", "open", actor=who, said={"transition": "agree", "fields": {}})
                for n, who in enumerate(before)
            ]
            for actor in VOTERS:
                found = next(
                    o
                    for o in offers(standing(workflow, "open", after=said), actor, STAFF)
                    if o.name == "agree"
                )
                able = actor not in {"arthur", "sid"} and not (counted and actor in BOARD)
                able = able and not (actor == "olga" and "owner" not in lines)
                assert found.allowed == (able and actor not in before), (lines, before, actor)
                assert found.moves == (found.allowed and met(lines, {*before, actor})), (lines, before, actor)


def test_who_has_left_the_board_counts_no_longer() -> None:
    workflow = declare(QUORUM % "2 of board metrics").workflow
    said = [event(3, "approved", "open", actor="ben", said={"transition": "agree", "fields": {}})]
    item = standing(workflow, "open", after=said)
    assert offer(item, "agree", "bea", STAFF).moves
    smaller = Staff(of_board={"metrics": frozenset({"bea", "bob"})})
    assert offer(item, "agree", "bea", smaller).missing == ("2 of board metrics (1 of 2)",)


def test_a_part_of_nobody_is_never_enough() -> None:
    workflow = declare(QUORUM % "majority of board metrics, owner").workflow
    staff = Staff(of_metric={"nps": frozenset({"olga"})})
    found = offer(standing(workflow, "open"), "agree", "olga", staff)
    assert found.missing == ("majority of board metrics (nobody is known)",)


def test_a_yes_counts_for_the_content_that_was_bound_and_for_the_stay_in_the_state() -> None:
    workflow = declare(QUORUM % "2 of board metrics").workflow
    yes = {"actor": "ben", "said": {"transition": "agree", "fields": {}}}
    for void in (
        event(4, "bound", "open", content="other"),
        event(4, "moved", "open", said={"transition": "", "fields": {}}),
    ):
        item = standing(workflow, "open", after=[event(3, "approved", "open", **yes), void])
        assert item.approvals("agree") == ()
        assert not offer(item, "agree", "bea", STAFF).moves
        assert offer(item, "agree", "ben", STAFF).allowed  # who said yes to what it was may say so again


def test_settling_takes_a_look_at_a_recomputation_by_who_settles_and_since_it_was_taken() -> None:
    workflow = shipped().workflows["kpi_dispute"]
    for looked, may in (("", False), ("stella", False), ("olga", True)):
        after = [event(3, "recomputed", "in_review", actor=looked)] if looked else []
        found = [
            o
            for o in offers(standing(workflow, "in_review", after=after), "olga", STAFF)
            if o.name == "settle"
        ]
        assert found[0].allowed == may
        assert may or "recomputation" in found[0].why


TERMS = ("anyone", "author", "assignee", "owner", "role steward", "board metrics", "person sid")
MEANT = {
    "anyone": set(PEOPLE.values()), "author": {"arthur"}, "assignee": {"ass"}, "owner": {"olga"},
    "role steward": {"stella"}, "board metrics": {"bea"}, "person sid": {"sid"},
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(product(TERMS, TERMS)))
def test_and_or_not_mean_what_sets_mean(one: str, other: str) -> None:
    about, everybody = About("arthur", "ass", (NPS,)), set(PEOPLE.values())
    a, b = MEANT[one], MEANT[other]
    for text, meant in {
        f"{one} and {other}": a & b, f"{one} or {other}": a | b, f"not {one} or {other}": (everybody - a) | b,
        f"not ({one} or {other})": everybody - a - b, f"{one} and not {other}": a - b,
        f"author or {one} and {other}": {"arthur"} | (a & b),
    }.items():  # fmt: skip
        who = parse(text)
        assert {p for p in everybody if meets(who, p, about, STAFF)} == meant, text
        listed = group(who, about, STAFF)
        assert listed is None or listed & everybody == meant, text


@pytest.mark.parametrize(
    "text",
    ["", "owners of", "role", "owner and", "(owner", "owner)", "owner steward", "not", "board", "or owner"],
)
def test_what_does_not_say_who_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match="does not say who") as refused:
        parse(text)
    assert refused.value.code == "bad-who"


def test_how_many_is_read() -> None:
    assert [approval(t).of for t in ("owner", "2 of owner", "majority of board x", "all of role steward")] == [
        1, 2, "majority", "all",
    ]  # fmt: skip


def test_a_group_that_an_item_is_given_to_may_do_what_the_assignee_may() -> None:
    workflow = shipped().workflows["quarterly_review"]
    item = standing(workflow, "planned", assignee="role steward")
    assert offer(item, "answer", "stella", STAFF).allowed
    with pytest.raises(WorkError):
        offer(item, "answer", "sid", STAFF)
    with pytest.raises(WorkError):
        offer(item, "answer", "stella", Nobody())


def test_a_team_acts_through_any_of_its_members_and_nobody_votes_twice_under_two_names() -> None:
    staff = Staff(of_metric={"nps": frozenset({"cx", "olga"})}, of_team={"cx": frozenset({"carl", "cleo"})})
    workflow = declare(QUORUM % "all of owner").workflow
    said = [event(3, "approved", "open", actor="Carl", said={"transition": "agree", "fields": {}})]
    item = standing(workflow, "open", after=said)
    assert offer(item, "agree", "olga", staff).moves
    assert offer(item, "agree", "cleo", staff).missing == ("all of owner (1 of 2)",)
    with pytest.raises(WorkError) as twice:
        offer(item, "agree", "carl", staff)
    assert twice.value.code == "work-voted"
    with pytest.raises(WorkError) as own:
        offer(standing(workflow, "open", author="OLGA"), "agree", "olga", staff)
    assert own.value.code == "work-who"
