"""Chains: every row is of one, the order of rows does not matter, what bridges two makes them one."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Stitch
from leadline.ingest.derived import derive
from leadline.ingest.stitching import CHAIN, MOST_STEPS, ROW, stitched
from tests.ingest.room import Room, opened

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MATTER = Stitch.model_validate(
    {"links": [{"same": ["who", "topic"], "within": "3 days"}, {"same": ["ticket"]}], "until": "ended",
     "paths": {"channels": "channel"}}
)  # fmt: skip
SCHEMA = pa.schema(
    {"id": pa.string(), "at": pa.timestamp("us", "UTC"), "ended": pa.timestamp("us", "UTC"), "who": pa.string(),
     "topic": pa.string(), "ticket": pa.string(), "channel": pa.string()}
)  # fmt: skip
Contact = dict[str, Any]


def contact(nth: int, hours: int | None, lasts: int | None, *rest: str | None) -> Contact:
    at = None if hours is None else START + timedelta(hours=hours)
    ended = None if lasts is None or at is None else at + timedelta(hours=lasts)
    return dict(zip(SCHEMA.names, (f"c{nth:03}", at, ended, *rest), strict=True))


maybe = st.sampled_from([None, "a", "b"])
contacts = st.lists(
    st.tuples(
        st.none() | st.integers(0, 400), st.none() | st.integers(-3, 60), maybe, maybe,
        st.sampled_from([None, None, None, "t", "u"]), st.sampled_from([None, "chat", "phone"]),
    ),
    max_size=25,
).map(lambda drawn: [contact(nth, *one) for nth, one in enumerate(drawn)])  # fmt: skip


def chains(rows: list[Contact], stitch: Stitch = MATTER) -> dict[str, str]:
    """Give the chain of each contact."""
    made = stitched(pa.Table.from_pylist(rows, SCHEMA), stitch, "id", "at").to_pylist()
    assert len(made) == len(rows)
    return {row[ROW]: row[CHAIN] for row in made}


def linked(one: Contact, other: Contact) -> bool:
    """Say of two rows alone whether they are linked: the rule as it is written, but without rows between them."""
    if one["ticket"] is not None and one["ticket"] == other["ticket"]:
        return True
    if None in {one["who"], one["topic"], one["at"], other["at"]}:
        return False
    if (one["who"], one["topic"]) != (other["who"], other["topic"]):
        return False
    first, second = sorted((one, other), key=lambda c: c["at"])
    end = max(first["at"], first["ended"] or first["at"])
    return second["at"] - end <= timedelta(days=3)


def reached(rows: list[Contact]) -> set[frozenset[str]]:
    """Give the chains by walking from row to row: the oracle."""
    left = {row["id"]: row for row in rows}
    found = set()
    while left:
        start = next(iter(left))
        chain, front = {start}, [left.pop(start)]
        while front:
            here = front.pop()
            near = [other for other in left.values() if linked(here, other)]
            front += [left.pop(other["id"]) for other in near]
            chain |= {other["id"] for other in near}
        found.add(frozenset(chain))
    return found


def as_sets(found: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(row for row, chain in found.items() if chain == name) for name in found.values()}


@given(contacts)
def test_chains_are_what_can_be_reached_over_links(rows: list[Contact]) -> None:
    assert as_sets(chains(rows)) == reached(rows)


@given(contacts)
def test_every_row_is_of_one_chain_which_is_named_by_its_first_row(rows: list[Contact]) -> None:
    found = chains(rows)
    assert found.keys() == {row["id"] for row in rows}
    place = {row["id"]: (row["at"] is None, row["at"] or START, row["id"]) for row in rows}
    for chain in as_sets(found):
        assert {found[row] for row in chain} == {min(chain, key=place.__getitem__)}


@pytest.mark.thorough
@given(contacts, st.integers())
def test_the_order_of_rows_does_not_matter(rows: list[Contact], seed: int) -> None:
    shuffled = rows.copy()
    Random(seed).shuffle(shuffled)
    assert chains(shuffled) == chains(rows)


@pytest.mark.thorough
@given(contacts, st.integers(0, 24))
def test_a_late_contact_joins_chains_and_parts_none(rows: list[Contact], nth: int) -> None:
    late = rows[nth:][:1]
    before = as_sets(chains([row for row in rows if row not in late]))
    after = as_sets(chains(rows))
    for chain in before:
        assert any(chain <= other for other in after), "a chain was parted by a row that came later"
    untouched = {chain for chain in after if not any(row["id"] in chain for row in late)}
    assert untouched <= before


def test_a_contact_between_two_chains_makes_them_one() -> None:
    first, last = contact(1, 0, None, "a", "b", None, "chat"), contact(3, 100, None, "a", "b", None, "email")
    assert len(as_sets(chains([first, last]))) == 2
    between = contact(2, 50, None, "a", "b", None, "phone")
    made = stitched(pa.Table.from_pylist([last, first, between], SCHEMA), MATTER, "id", "at").to_pylist()
    assert {row[CHAIN] for row in made} == {"c001"}
    assert {row["channels"] for row in made} == {"chat → phone → email"}


def test_three_days_to_the_microsecond() -> None:
    soon, later = contact(1, 0, 2, "a", "b", None, None), contact(2, 74, None, "a", "b", None, None)
    assert len(as_sets(chains([soon, later]))) == 1
    later["at"] += timedelta(microseconds=1)
    assert len(as_sets(chains([soon, later]))) == 2


def test_a_path_tells_steps_once_and_not_without_end() -> None:
    channels = ["chat", "chat", None, "chat", "phone", "chat"]
    rows = [contact(n, n, None, "a", "b", None, channel) for n, channel in enumerate(channels)]
    rows.append(contact(9, 900, None, "z", "z", None, None))
    made = stitched(pa.Table.from_pylist(rows, SCHEMA), MATTER, "id", "at").to_pylist()
    assert {row["channels"] for row in made if row[CHAIN] == "c000"} == {"chat → phone → chat"}
    assert [row["channels"] for row in made if row[CHAIN] == "c009"] == [None]
    many = [contact(n, n, None, "a", "b", None, "chat" if n % 2 else "phone") for n in range(50)]
    (path,) = {
        r["channels"] for r in stitched(pa.Table.from_pylist(many, SCHEMA), MATTER, "id", "at").to_pylist()
    }
    assert path.split(" → ")[MOST_STEPS:] == ["…"]


def test_rows_may_be_placed_by_days_and_named_by_numbers() -> None:
    rows = pa.table(
        {"id": [3, 1, 2], "on": [date(2026, 1, 9), date(2026, 1, 1), date(2026, 1, 4)], "who": [7, 7, 7]}
    )
    stitch = Stitch.model_validate({"links": [{"same": ["who"], "within": "3 days"}]})
    found = {row[ROW]: row[CHAIN] for row in stitched(rows, stitch, "id", "on").to_pylist()}
    assert found == {1: 1, 2: 1, 3: 3}


PROJECT = """
kind: project
name: desk
---
kind: fact
name: contact
key: [contact_id]
at: at
columns:
  contact_id: {type: text}
  at: {type: instant}
  who: {type: text, references: person}
  topic: {type: text}
  ticket: {type: text}
  channel: {type: text}
  agent: {type: text}
  resolved: {type: boolean}
---
kind: fact
name: person
key: [person_id]
columns: {person_id: {type: text}, is_test: {type: boolean}}
---
kind: fact
name: matter
from: contact
where: not coalesce(who.is_test, false)
key: [matter_id]
at: opened_at
stitch:
  links:
    - {same: [who, topic], within: 3 days}
    - {same: [ticket]}
  paths: {channels: channel}
columns:
  opened_at: {type: instant, as: min(at)}
  last_at: {type: instant, as: max(at)}
  contacts: {type: integer, as: count(*)}
  handed_over: {type: boolean, as: count(distinct agent) > 1}
  resolved: {type: boolean, as: "last(resolved, at)"}
---
kind: fact
name: contact_in_matter
from: contact
key: [contact_id, matter_id]
stitch: {links: [{same: [who, topic], within: 3 days}, {same: [ticket]}]}
columns:
  channel: {type: text, as: max(channel)}
---
kind: source
name: contacts
fact: contact
files: "contacts/*.csv"
---
kind: source
name: persons
fact: person
files: persons.csv
"""
HEAD = "contact_id,at,who,topic,ticket,channel,agent,resolved\n"
DAYS = (
    "1,2026-03-02 09:00,ann,bill,,chat,bot,false\n2,2026-03-02 09:30,ann,bill,T1,phone,eve,false\n"
    "3,2026-03-09 10:00,ann,bill,T1,email,kim,true\n4,2026-03-20 10:00,ann,bill,,phone,eve,true\n"
    "5,2026-03-02 09:00,bob,bill,,chat,eve,true\n6,2026-03-02 09:00,,bill,,chat,eve,\n"
    "7,2026-03-02 09:00,tess,bill,,chat,eve,\n"
)


def derived(room: Room, fact: str, *columns: str) -> list[tuple[Any, ...]]:
    made = derive(room.catalog, room.engine, room.live())
    return room.rows(fact, *columns, key=made[fact])


@pytest.fixture
def desk(tmp_path: Any) -> Any:
    with opened(tmp_path, PROJECT) as room:
        room.write("persons.csv", "person_id,is_test\nann,no\nbob,\ntess,yes\n")
        room.write("contacts/1.csv", HEAD + DAYS)
        room.ingest()
        yield room


@pytest.mark.thorough
def test_a_chain_has_its_context(desk: Room) -> None:
    wanted = ("matter_id", "channels", "contacts", "handed_over", "resolved")
    assert derived(desk, "matter", *wanted) == [
        ("1", "chat → phone → email", 3, True, True),
        ("4", "phone", 1, False, True),
        ("5", "chat", 1, False, True),
        ("6", "chat", 1, False, None),
    ]
    assert derived(desk, "contact_in_matter", "contact_id", "matter_id", "channel") == [
        ("1", "1", "chat"), ("2", "1", "phone"), ("3", "1", "email"), ("4", "4", "phone"), ("5", "5", "chat"),
        ("6", "6", "chat"), ("7", "7", "chat"),
    ]  # fmt: skip


@pytest.mark.thorough
def test_a_contact_that_comes_late_bridges_chains(desk: Room) -> None:
    """From the 9th to the 20th there are two contacts that reach from one to the next, three days each at most."""
    before = derived(desk, "matter", "matter_id", "contacts")
    late = [
        f"{n},2026-03-{day} 10:00,ann,bill,,phone,eve,false\n" for n, day in ((8, 12), (9, 15), (10, "18"))
    ]
    desk.write("contacts/0.csv", HEAD + "".join(late))
    desk.ingest()
    assert derived(desk, "matter", "matter_id", "contacts") == [("1", 7), *before[2:]]
    desk.write("contacts/0.csv", HEAD + "".join(late[::2]))
    desk.ingest()
    assert derived(desk, "matter", "matter_id", "contacts") == [("1", 4), ("10", 2), *before[2:]]


@pytest.mark.thorough
def test_a_killed_derivation_is_taken_up(desk: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """What says which row is of which chain was written, the chains were not."""
    whole = derived(desk, "matter")
    clean = {r for r in desk.engine.relations() if r.space == "fact"}
    for relation in clean:
        if relation.name == "matter":
            desk.engine.drop(relation)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.engine), "derive", killed)
        with pytest.raises(KeyboardInterrupt):
            derive(desk.catalog, desk.engine, desk.live())
    assert {r for r in desk.engine.relations() if r.name == "matter"} - clean
    assert derived(desk, "matter") == whole
    assert {r for r in desk.engine.relations() if r.space == "fact"} == clean


@pytest.mark.thorough
def test_another_rule_is_another_meaning(desk: Room) -> None:
    before = derive(desk.catalog, desk.engine, desk.live())["matter"]
    desk.write("leadline.yaml", PROJECT.replace("3 days}\n    - {same: [t", "11 days}\n    - {same: [t"))
    assert derive(desk.catalog, desk.engine, desk.live())["matter"] != before
    assert [row[0] for row in derived(desk, "matter", "contacts")] == [1, 1, 4]


@pytest.mark.thorough
def test_chains_of_the_shipped_model_are_made_where_something_reads_them(desk: Room) -> None:
    assert derive(desk.catalog, desk.engine, desk.live()).keys() == {"matter", "contact_in_matter"}
    metric = "---\nkind: metric\nname: chains\nowner: me\ntype: count\nof: contact_chain\n"
    desk.write("leadline.yaml", PROJECT + metric)
    assert "contact_chain" in derive(desk.catalog, desk.engine, desk.live())
