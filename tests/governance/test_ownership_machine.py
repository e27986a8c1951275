"""Ownership as a machine: every state × every act × everybody, and what can never happen whatever is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Person
from leadline.catalog.people import Directory
from leadline.errors import GovernanceError
from leadline.governance.ownership.machine import ACTS, Act, Around, Holding, Standing, check_split, step

PEOPLE = ("ann", "ben", "cy", "sue", "eve", "tim")
"""ann owns, ben is proposed, cy proposes, sue is the steward, eve has no part in anything, tim is of ann's team."""

DIRECTORY = Directory(
    persons={
        **{name: Person.model_validate({"kind": "person", "name": name}) for name in PEOPLE},
        "desk": Person.model_validate({"kind": "person", "name": "desk", "members": ["ann", "tim"]}),
    }
)
AROUND = Around(DIRECTORY, ("sue",))
ANN, BEN, DESK = (Holding("ann"),), (Holding("ben"),), (Holding("Desk"),)
SHARED = (Holding("ann", 60.0), Holding("ben", 40.0))

STANDINGS = {
    "nobody": Standing(),
    "declared": Standing(declared=("ann",)),
    "owned": Standing(holders=ANN),
    "team": Standing(holders=DESK),
    "shared": Standing(holders=SHARED),
    "proposed": Standing(proposed=BEN, proposer="cy"),
    "over": Standing(holders=ANN, proposed=BEN, proposer="cy"),
    "over accepted": Standing(holders=ANN, proposed=BEN, proposer="cy", accepted=("ben",)),
    "self": Standing(declared=("ann",), proposed=BEN, proposer="ben"),
    "contested": Standing(holders=ANN, contester="ben", because="x"),
    "contested proposal": Standing(holders=ANN, proposed=BEN, proposer="cy", contester="eve", because="x"),
}
ALL = dict.fromkeys(PEOPLE, "proposed")
COMES_TO: dict[tuple[str, str], dict[str, str]] = {
    ("nobody", "propose"): ALL,
    ("declared", "propose"): ALL,
    ("declared", "contest"): dict.fromkeys(("ben", "cy", "sue", "eve", "tim"), "contested"),
    ("owned", "propose"): ALL,
    ("owned", "contest"): dict.fromkeys(("ben", "cy", "sue", "eve", "tim"), "contested"),
    ("owned", "lay_down"): {"ann": "nobody"},
    ("team", "propose"): ALL,
    ("team", "contest"): dict.fromkeys(("ben", "cy", "sue", "eve"), "contested"),
    ("team", "lay_down"): {"ann": "nobody", "tim": "nobody"},
    ("shared", "propose"): ALL,
    ("shared", "contest"): dict.fromkeys(("cy", "sue", "eve", "tim"), "contested"),
    ("shared", "lay_down"): {"ann": "owned", "ben": "owned"},
    ("proposed", "accept"): {"ben": "owned", "sue": "proposed"},
    ("proposed", "decline"): {"ben": "nobody"},
    ("proposed", "withdraw"): {"cy": "nobody"},
    ("proposed", "contest"): dict.fromkeys(("ann", "ben", "sue", "eve", "tim"), "contested"),
    ("over", "accept"): {"ann": "proposed", "ben": "proposed", "sue": "proposed"},
    ("over", "decline"): {"ben": "owned"},
    ("over", "withdraw"): {"cy": "owned"},
    ("over", "contest"): dict.fromkeys(("ann", "ben", "sue", "eve", "tim"), "contested"),
    ("over accepted", "accept"): {"ann": "owned", "sue": "owned"},
    ("over accepted", "decline"): {"ben": "owned"},
    ("over accepted", "withdraw"): {"cy": "owned"},
    ("over accepted", "contest"): dict.fromkeys(("ann", "ben", "sue", "eve", "tim"), "contested"),
    ("self", "accept"): {"ann": "proposed", "ben": "proposed", "sue": "proposed"},
    ("self", "decline"): {"ben": "nobody"},
    ("self", "withdraw"): {"ben": "nobody"},
    ("self", "contest"): dict.fromkeys(("ann", "cy", "sue", "eve", "tim"), "contested"),
    ("contested", "settle"): {"sue": "owned"},
    ("contested proposal", "settle"): {"sue": "owned"},
}


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("name", STANDINGS)
def test_the_whole_product_of_states_acts_and_people(name: str, what: str) -> None:
    found, codes = {}, set()
    for actor in PEOPLE:
        act = Act(what, actor, BEN if what in {"propose", "settle"} else _mine(name, what, actor), "because")
        try:
            found[actor] = step(STANDINGS[name], act, AROUND).state
        except GovernanceError as refused:
            codes.add(refused.code)
    assert found == COMES_TO.get((name, what), {})
    assert codes <= {
        "ownership-state", "ownership-not-yours", "ownership-own", "ownership-done", "ownership-nothing",
        "separation-of-duties",
    }  # fmt: skip


def _mine(name: str, what: str, actor: str) -> tuple[Holding, ...]:
    held = STANDINGS[name].holders
    return tuple(h for h in held if DIRECTORY.acts_for(actor, h.holder)) if what == "lay_down" else ()


def test_who_proposes_themselves_owns_nothing_until_another_agrees() -> None:
    once = step(STANDINGS["self"], Act("accept", "ben"), AROUND)
    assert once.state == "proposed"
    assert step(once, Act("accept", "ann"), AROUND).holders == BEN
    with pytest.raises(GovernanceError) as refused:
        step(once, Act("accept", "ben"), AROUND)
    assert refused.value.code == "ownership-done"


def test_where_nobody_has_a_say_somebody_else_agrees() -> None:
    alone = Around(DIRECTORY)
    once = step(Standing(proposed=BEN, proposer="ben"), Act("accept", "ben"), alone)
    assert once.state == "proposed"
    assert step(once, Act("accept", "eve"), alone).state == "owned"


def test_a_contest_without_a_steward_is_settled_by_anybody_without_a_side() -> None:
    alone = Around(DIRECTORY)
    assert step(STANDINGS["contested"], Act("settle", "eve", BEN, "x"), alone).holders == BEN
    for party in ("ann", "ben"):
        with pytest.raises(GovernanceError) as refused:
            step(STANDINGS["contested"], Act("settle", party, BEN, "x"), alone)
        assert refused.value.code == "separation-of-duties"


@pytest.mark.parametrize("what", ["contest", "settle"])
def test_a_reason_is_needed(what: str) -> None:
    standing = STANDINGS["owned" if what == "contest" else "contested"]
    with pytest.raises(GovernanceError) as refused:
        step(standing, Act(what, "sue", BEN, "  "), AROUND)
    assert refused.value.code == "no-reason"


@pytest.mark.parametrize(
    "split",
    [
        (),
        (Holding("ann", 60.0), Holding("ben", 39.0)),
        (Holding("ann", 110.0), Holding("ben", -10.0)),
        (Holding("ann", 50.0), Holding("Ann", 50.0)),
        (Holding(" "),),
        (Holding("ann", float("nan")),),
    ],
)
def test_shares_are_those_of_one_whole(split: tuple[Holding, ...]) -> None:
    with pytest.raises(GovernanceError) as refused:
        check_split(split)
    assert refused.value.code == "ownership-shares"


def test_only_declared_people_are_proposed() -> None:
    with pytest.raises(GovernanceError) as refused:
        step(Standing(), Act("propose", "cy", (Holding("zoe"),)), AROUND)
    assert refused.value.code == "unknown-person"


SPLITS = st.sampled_from([ANN, BEN, DESK, SHARED])
DEEDS = st.lists(
    st.builds(Act, st.sampled_from(ACTS), st.sampled_from(PEOPLE), SPLITS, st.just("x")), max_size=25
)


@given(DEEDS, st.sampled_from([("sue",), ()]))
def test_nobody_ever_comes_to_own_anything_by_one_person_alone(
    deeds: list[Act], judges: tuple[str, ...]
) -> None:
    standing, around = Standing(), Around(DIRECTORY, judges)
    for deed in deeds:
        if deed.what == "lay_down":
            mine = tuple(h for h in standing.holders if DIRECTORY.acts_for(deed.actor, h.holder))
            deed = Act(deed.what, deed.actor, mine)  # noqa: PLW2901 - what the verb would make of it
        try:
            after = step(standing, deed, around)
        except GovernanceError:
            continue
        if after.holders != standing.holders and deed.what == "accept":
            assert len({standing.proposer, *standing.accepted, deed.actor}) > 1
            assert after.holders == standing.proposed
            if standing.holders and not judges:
                agreed = {standing.proposer, *standing.accepted, deed.actor}
                assert any(DIRECTORY.acts_for_any(a, [h.holder for h in standing.holders]) for a in agreed)
        if after.holders != standing.holders and deed.what not in {"accept", "lay_down"}:
            assert deed.what == "settle"
            assert not around.party(standing, deed.actor)
        if after.holders and deed.what != "lay_down" and after.holders != standing.holders:
            check_split(after.holders)
        standing = after
