"""Derived facts: made once of what is live, the same however the rows came."""

from typing import Any

import pytest

from leadline.ingest.derived import derive
from leadline.store.engine import Relation
from tests.ingest.room import Room, opened

PROJECT = """
kind: project
name: desk
time_zone: Europe/Berlin
calendar: office
---
kind: calendar
name: office
business_hours: {monday: ["09:00-17:00"], tuesday: ["09:00-17:00"], wednesday: ["09:00-17:00"],
                 thursday: ["09:00-17:00"], friday: ["09:00-17:00"]}
---
kind: fact
name: event
key: [event_id]
at: at
columns:
  event_id: {type: text}
  ticket: {type: text}
  at: {type: instant}
  state: {type: text}
  team: {type: text, references: crew}
  count: {type: integer}
---
kind: fact
name: crew
key: [crew_id]
columns: {crew_id: {type: text}, city: {type: text}, share: {type: number}}
---
kind: fact
name: case
from: event
where: state <> 'spam'
key: [ticket]
at: opened_at
columns:
  opened_at: {type: instant, as: min(at)}
  hour: {type: integer, as: min(extract(hour from local(at)))}
  events: {type: integer, as: count(*)}
  first_state: {type: text, as: "first(state, at)"}
  last_team: {type: text, as: "last(team, at)"}
  last_city: {type: text, as: "last(team.city, at)"}
  total: {type: integer, as: sum(count)}
  mean: {type: number, as: sum(count) / count(count)}
  spread: {type: number, as: max(count / team.share)}
  closed: {type: boolean, as: bool_or(state = 'closed')}
  waited: {type: number, as: "sum(business_minutes(timestamptz '2024-04-30 16:00:00+02:00', at))"}
---
kind: fact
name: town
from: case
key: [last_city]
columns:
  cases: {type: integer, as: count(*)}
  first_case: {type: text, as: "first(ticket, opened_at)"}
---
kind: source
name: events
fact: event
files: "events/*.csv"
---
kind: source
name: crews
fact: crew
files: crews.csv
"""

EVENTS = """event_id,ticket,at,state,team,count
1,T1,2024-05-01 09:00,new,A,2
2,T1,2024-05-01 10:00,work,B,
3,T1,2024-05-01 11:00,closed,,4
4,T2,2024-05-02 09:00,new,C,0
5,,2024-05-02 09:00,new,C,0
6,T3,2024-05-02 09:00,spam,C,0
7,T2,2024-05-02 09:00,late,A,
"""


def derived(room: Room, fact: str) -> list[tuple[Any, ...]]:
    made = derive(room.catalog, room.engine, room.live())
    return room.rows(fact, key=made[fact])


def setup(room: Room, events: str = EVENTS) -> None:
    room.write("events/a.csv", events)
    room.write("crews.csv", "crew_id,city,share\nA,Bonn,0\nB,Kiel,0.5\n")
    room.ingest()


@pytest.mark.thorough
def test_every_aggregate_is_over_the_rows_of_a_key(tmp_path: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        setup(room)
        (one, two) = derived(room, "case")
        names = list(room.catalog.facts["case"].columns)
        first = dict(zip(names, one, strict=True))
        assert first.pop("opened_at").isoformat() == "2024-05-01T07:00:00+00:00"
        assert first == {
            "ticket": "T1", "hour": 9, "events": 3, "first_state": "new", "last_team": "B", "last_city": "Kiel",
            "total": 6, "mean": 3.0, "spread": None, "closed": True, "waited": 360.0,
        }  # fmt: skip
        second = dict(zip(names, two, strict=True))
        assert (second["events"], second["total"], second["mean"], second["last_city"]) == (2, 0, 0.0, "Bonn")
        assert second["waited"] == 1080.0


@pytest.mark.thorough
def test_business_time_follows_the_calendar(tmp_path: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        setup(room)
        before = derived(room, "case")
        room.write(
            "leadline.yaml", PROJECT.replace('wednesday: ["09:00-17:00"]', 'wednesday: ["10:00-17:00"]')
        )
        assert [row[-1] for row in before] == [360.0, 1080.0]
        assert [row[-1] for row in derived(room, "case")] == [60.0 + 60 + 120, 2 * (60.0 + 420)]


@pytest.mark.thorough
def test_rows_equal_in_order_stand_as_in_their_files(tmp_path: Any) -> None:
    """T2 has two events at one instant: the first line is first, the last line last, however the files were loaded."""
    with opened(tmp_path, PROJECT) as room:
        room.write("events/b.csv", EVENTS.replace("7,T2", "8,T2").replace("late", "later"))
        setup(room)
        second = next(row for row in derived(room, "case") if row[0] == "T2")
        assert second[4:6] == ("new", "A")
        room.write("events/b.csv", "event_id,ticket,at,state,team,count\n0,T2,2024-05-02 09:00,last,B,1\n")
        room.ingest()
        second = next(row for row in derived(room, "case") if row[0] == "T2")
        assert second[4:6] == ("new", "B")


@pytest.mark.thorough
def test_a_derived_fact_may_be_derived_from_again(tmp_path: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        setup(room)
        assert derived(room, "town") == [("Bonn", 1, "T2"), ("Kiel", 1, "T1")]


@pytest.mark.thorough
def test_what_is_made_of_the_same_is_not_made_again(tmp_path: Any, monkeypatch: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        setup(room)
        before = derive(room.catalog, room.engine, room.live())
        with monkeypatch.context() as patch:
            patch.setattr(type(room.engine), "derive", lambda *_: None)
            assert derive(room.catalog, room.engine, room.live()) == before
        room.write("leadline.yaml", PROJECT.replace("name: case\n", "name: case\ntitle: A case\n"))
        assert derive(room.catalog, room.engine, room.live()) == before


@pytest.mark.thorough
def test_a_change_in_what_it_stands_on_makes_it_anew(tmp_path: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        setup(room)
        before = derive(room.catalog, room.engine, room.live())
        room.write("crews.csv", "crew_id,city,share\nA,Bonn,0\nB,Jena,0.5\n")
        room.ingest()
        after = derive(room.catalog, room.engine, room.live())
        assert after["case"] != before["case"]
        assert after["town"] != before["town"]
        assert [row[0] for row in derived(room, "town")] == ["Bonn", "Jena"]
        room.write("leadline.yaml", PROJECT.replace("where: state <> 'spam'", "where: state <> 'late'"))
        changed = derive(room.catalog, room.engine, room.live())
        assert changed["case"] != after["case"]
        assert changed["town"] != after["town"]


@pytest.mark.thorough
def test_without_rows_there_is_an_empty_relation(tmp_path: Any) -> None:
    with opened(tmp_path, PROJECT) as room:
        made = derive(room.catalog, room.engine, [])
        assert room.engine.exists(Relation("fact", "case", made["case"]))
        assert room.rows("case", key=made["case"]) == []
        assert room.rows("town", key=made["town"]) == []


@pytest.mark.thorough
def test_the_order_of_rows_does_not_matter(tmp_path: Any) -> None:
    head, *lines = EVENTS.strip().split("\n")
    with opened(tmp_path / "one", PROJECT) as room:
        setup(room)
        forwards = derived(room, "case")
    with opened(tmp_path / "two", PROJECT) as room:
        distinct = [line for line in lines if not line.startswith("7")]
        setup(room, "\n".join([head, *reversed(distinct)]))
        backwards = derived(room, "case")
    assert forwards[0] == backwards[0]
