"""Ownership in a ledger: what stands is what all decisions come to; and the gaps that a reorganisation leaves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from leadline.app.work import Office
from leadline.catalog import Catalog, build
from leadline.catalog.documents import parse, shipped
from leadline.clock import FixedClock
from leadline.errors import GovernanceError
from leadline.governance.ownership.gaps import gaps
from leadline.governance.ownership.machine import Holding
from leadline.governance.ownership.verbs import act, find, ownership, ownerships, read_split
from leadline.store import journal
from leadline.store.ledger import Ledger
from leadline.store.work_entries import Link
from tests import ledgers

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SHARE = {"kind": "metric", "type": "share", "of": "survey_response", "when": "score >= 4"}
DOCUMENTS = [
    {"kind": "project", "name": "acme"},
    {"kind": "unit", "name": "acme", "children": [{"name": "emea", "closed": "2026-10-01"}, {"name": "us"}]},
    *({"kind": "person", "name": name, "unit": unit} for name, unit in (
        ("ann", "us"), ("ben", "us"), ("cy", "emea"), ("eve", "gone"))),
    {"kind": "person", "name": "sue", "left": "2026-10-15"},
    {"kind": "person", "name": "old_desk", "members": ["sue"]},
    {"kind": "board", "name": "metrics", "members": ["ann", "sue"], "quorum": 2, "domains": ["service"]},
    {"kind": "domain", "name": "service", "steward": "ben", "units": {"emea": "ann", "us": "sue"}},
    {"kind": "domain", "name": "sales"},
    {**SHARE, "name": "csat", "owner": "ann", "domain": "service", "raci": {"accountable": "Ann", "informed": ["sue"]}},
    {**SHARE, "name": "unowned"},
    {**SHARE, "name": "twice", "owner": "ann", "raci": {"accountable": "ben"}},
    {**SHARE, "name": "left", "owner": "Old-Desk"},
    {**SHARE, "name": "closed", "owner": "cy"},
    {**SHARE, "name": "nowhere", "owner": "eve"},
    {**SHARE, "name": "stranger", "owner": "zoe"},
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    found, problems = parse(yaml.safe_dump_all(DOCUMENTS, sort_keys=False), Path("leadline.yaml"))
    assert not problems
    made = build([*shipped(), *found], Path())
    assert not [p for p in made.problems if p.level == "error"]
    return made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(ledgers.empty(tmp_path / "ledger.sqlite"), FixedClock(NOON))
    yield opened
    opened.close()


def do(
    ledger: Ledger, catalog: Catalog, actor: str, what: str, name: str = "csat", *who: str, **more: str
) -> object:
    with ledger.write(actor=actor) as writer:
        one = find(catalog, "metric", name)
        return act(writer, catalog, one, what, split=read_split(who), **more).state


def test_it_is_shared_when_everyone_named_has_accepted_and_a_present_owner_agrees(
    ledger: Ledger, catalog: Catalog
) -> None:
    with ledger.read() as reader:
        assert ownership(reader, catalog, catalog.metrics["csat"]).state == "declared"
    assert (
        do(ledger, catalog, "cy", "propose", "csat", "ann=60", "ben=40", because="both work on it")
        == "proposed"
    )
    assert do(ledger, catalog, "ann", "accept") == "proposed"
    with ledger.read() as reader:
        assert ownership(reader, catalog, catalog.metrics["csat"]).lacking == ("ben",)
    assert do(ledger, catalog, "ben", "accept") == "owned"
    with ledger.read() as reader:
        found = ownership(reader, catalog, catalog.metrics["csat"])
        assert found.standing.holders == (Holding("ann", 60.0), Holding("ben", 40.0))
        assert [(e.actor, e.what, e.came_to) for e in found.history] == [
            ("cy", "propose", "proposed"), ("ann", "accept", "proposed"), ("ben", "accept", "owned"),
        ]  # fmt: skip
        assert journal.verify(reader) == []


def test_work_goes_to_who_has_accepted(ledger: Ledger, catalog: Catalog) -> None:
    about = Link("metric", "csat")
    assert {one.lower() for one in Office.of(ledger, catalog).people.owners(about)} == {"ann"}
    do(ledger, catalog, "ann", "propose", "csat", "ben", because="ben runs it now")
    assert {one.lower() for one in Office.of(ledger, catalog).people.owners(about)} == {"ann"}
    do(ledger, catalog, "ben", "accept")
    assert Office.of(ledger, catalog).people.owners(about) == {"ben"}
    assert Office.of(ledger, catalog).people.owners(Link("metric", "unowned")) == frozenset()


def test_what_is_refused_leaves_nothing_behind(ledger: Ledger, catalog: Catalog) -> None:
    with pytest.raises(GovernanceError, match="no person or team 'zoe'"):
        do(ledger, catalog, "cy", "propose", "csat", "zoe")
    with pytest.raises(GovernanceError, match=r"There is no metric 'csaat'.*csat"):
        do(ledger, catalog, "cy", "propose", "csaat", "ann")
    with ledger.read() as reader:
        assert reader.journal() == []


def test_a_contest_is_settled_by_the_board_and_both_stay_in_the_history(
    ledger: Ledger, catalog: Catalog
) -> None:
    do(ledger, catalog, "cy", "propose", "csat", "cy")
    assert do(ledger, catalog, "eve", "contest", because="It is measured in our unit.") == "contested"
    with pytest.raises(GovernanceError) as refused:
        do(ledger, catalog, "ann", "settle", "csat", "cy", because="so be it")
    assert refused.value.code == "separation-of-duties"  # ann is on the board, and its declared owner
    assert do(ledger, catalog, "sue", "settle", "csat", "eve", because="Who measures answers.") == "owned"
    with ledger.read() as reader:
        found = ownership(reader, catalog, catalog.metrics["csat"])
        assert found.standing.owners == ("eve",)
        assert [e.because for e in found.history] == [
            "",
            "It is measured in our unit.",
            "Who measures answers.",
        ]


def test_every_gap_of_a_reorganisation_is_told(ledger: Ledger, catalog: Catalog) -> None:
    do(ledger, catalog, "eve", "contest", "twice", because="mine")
    do(ledger, catalog, "cy", "propose", "closed", "ann=50", "ben=50")
    for name in ("ann", "ben"):
        do(ledger, catalog, name, "accept", "closed")
    do(ledger, catalog, "ben", "lay_down", "closed")
    with ledger.read() as reader:
        found = gaps(catalog, ownerships(reader, catalog), date(2026, 11, 1))
        before = gaps(catalog, ownerships(reader, catalog), date(2026, 9, 1))
    assert {(g.name, g.gap) for g in found} == {
        ("csat", "role left"),
        ("unowned", "nobody accountable"),
        ("twice", "two accountable"),
        ("twice", "contested"),
        ("left", "owner left"),
        ("closed", "two accountable"),
        ("closed", "shares"),
        ("nowhere", "unit closed"),
        ("stranger", "unknown person"),
        ("service", "unit closed"),
        ("service", "steward missing"),
        ("sales", "steward missing"),
        ("metrics", "quorum out of reach"),
    }
    assert {(g.name, g.gap) for g in found} - {(g.name, g.gap) for g in before} == {
        ("csat", "role left"), ("left", "owner left"), ("service", "unit closed"), ("service", "steward missing"),
        ("metrics", "quorum out of reach"),
    }  # fmt: skip
    assert all(g.sentence.endswith(".") and "None" not in g.sentence for g in found)


def test_a_variant_of_hyphens_and_case_is_one_name(catalog: Catalog, ledger: Ledger) -> None:
    assert do(ledger, catalog, "sue", "propose", "left", "old desk") == "proposed"
    assert do(ledger, catalog, "Sue", "accept", "left") == "proposed"  # of the team, but who proposed it
    assert do(ledger, catalog, "ann", "contest", "left", because="nobody is there") == "contested"
