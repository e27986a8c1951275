"""Time laid over the clock: none is lost, none is made, and a row ends once, where a metric by its end counts it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Spread
from leadline.errors import SourceError
from leadline.ingest.derived import derive
from leadline.ingest.spreading import BEGINS, LASTING, LONGEST, PORTION, UNTIL, laid_out, schema
from leadline.ingest.stitching import ROW
from tests.ingest.room import Room, opened

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUARTERS = Spread.model_validate({"until": "ended_at", "lasting": "handled"})
FIVES = Spread.model_validate({"until": "ended_at", "lasting": "handled", "every": "5 minutes"})
SCHEMA = pa.schema([("id", pa.int64()), (UNTIL, pa.timestamp("us", "UTC")), (LASTING, pa.float64())])
Given = tuple[datetime | None, float | None]

instants = st.none() | st.integers(-90_000_000_000, 90_000_000_000).map(
    lambda us: START + timedelta(microseconds=us)
)
spans = st.none() | st.integers(0, 40_000).map(float) | st.floats(0, 20_000)
rows = st.lists(st.tuples(instants, spans), max_size=12)


def spread(given: list[Given], by: Spread = QUARTERS) -> list[dict[str, Any]]:
    """Give the intervals of rows that are numbered as they come."""
    drawn = [{"id": nth, UNTIL: until, LASTING: lasting} for nth, (until, lasting) in enumerate(given)]
    table = pa.Table.from_pylist(drawn, SCHEMA)
    return pa.Table.from_batches(laid_out(table, by, "id", "call"), schema(pa.int64(), by)).to_pylist()


def by_the_minute(until: datetime, lasting: float, width: timedelta) -> dict[datetime, float]:
    """Give the seconds in each interval by walking back from the end: the oracle."""
    end = until
    begin = end - timedelta(microseconds=round(lasting * 1e6))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    left = day + (end - day) // width * width
    found = {left: (end - max(left, begin)).total_seconds()}
    while left > begin:
        left -= width
        found[left] = (left + width - max(left, begin)).total_seconds()
    return found


@given(rows, st.sampled_from([QUARTERS, FIVES]))
def test_each_interval_has_what_was_worked_in_it(given: list[Given], by: Spread) -> None:
    width = timedelta(minutes=15 if by is QUARTERS else 5)
    found: dict[int, dict[datetime, float]] = {}
    for row in spread(given, by):
        found.setdefault(row[ROW], {})[row[BEGINS]] = row["seconds"]
    wanted = {
        nth: by_the_minute(until, lasting, width)
        for nth, (until, lasting) in enumerate(given)
        if until is not None and lasting is not None
    }
    assert found.keys() == wanted.keys()
    for nth, intervals in wanted.items():
        assert found[nth] == pytest.approx(intervals, abs=1e-6)


@given(rows)
def test_seconds_add_up_and_every_row_ends_once(given: list[Given]) -> None:
    made = spread(given)
    for nth, (until, lasting) in enumerate(given):
        mine = [row for row in made if row[ROW] == nth]
        if until is None or lasting is None:
            assert not mine
            continue
        assert sum(row["seconds"] for row in mine) == pytest.approx(lasting, abs=1e-6)
        assert all(0 <= row["seconds"] <= 900 for row in mine)
        (last,) = (row[BEGINS] for row in mine if row["ended"])
        assert last <= until < last + timedelta(minutes=15)
        assert last == max(row[BEGINS] for row in mine)


def test_what_ends_on_the_quarter_ends_in_the_one_that_begins_there() -> None:
    made = spread([(START, 300.0)])
    assert [(row[BEGINS], row["seconds"], row["ended"]) for row in made] == [
        (START - timedelta(minutes=15), 300.0, 0), (START, 0.0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("lasting", [-0.5, LONGEST + 1.0, float("inf"), float("nan")])
def test_a_time_that_cannot_be_is_refused_with_its_row(lasting: float) -> None:
    with pytest.raises(
        SourceError, match="'call' last less than nothing or more than 366 days, the first of them 1"
    ) as raised:
        spread([(START, 10.0), (START, lasting), (None, -1.0)])
    assert raised.value.code == "bad-span"
    assert "1 rows" in str(raised.value)


@pytest.mark.thorough
def test_portions_are_one_whole() -> None:
    given: list[Given] = [(START + timedelta(seconds=nth), 60.0) for nth in range(PORTION + 7)]
    made = spread(given)
    assert len({row[ROW] for row in made}) == len(given)
    assert sum(row["seconds"] for row in made) == pytest.approx(60.0 * len(given))
    assert sum(row["ended"] for row in made) == len(given)


PROJECT = """
kind: project
name: desk
time_zone: Asia/Kathmandu
---
kind: fact
name: call
key: [call_id]
at: started_at
columns:
  call_id: {type: text}
  started_at: {type: instant}
  ended_at: {type: instant}
  talk: {type: number}
  wrap: {type: number}
  team: {type: text}
  agent: {type: text, references: person}
---
kind: fact
name: person
key: [person_id]
columns: {person_id: {type: text}, pace: {type: number}}
---
kind: fact
name: worked
from: call
where: team is distinct from 'test'
key: [call_id, interval_at]
at: interval_at
spread: {until: ended_at, lasting: "talk + coalesce(wrap, 0) * coalesce(agent.pace, 1)", seconds: worked}
columns:
  team: {type: text, as: max(team)}
---
kind: source
name: calls
fact: call
files: "calls/*.csv"
---
kind: source
name: persons
fact: person
files: persons.csv
"""
HEAD = "call_id,started_at,ended_at,talk,wrap,team,agent\n"


@pytest.fixture
def desk(tmp_path: Any) -> Any:
    with opened(tmp_path, PROJECT) as room:
        room.write("persons.csv", "person_id,pace\neve,2\n")
        room.write(
            "calls/1.csv",
            HEAD + "1,2026-03-02T09:00:00Z,2026-03-02T09:20:00Z,1000,100,a,eve\n"
            "2,2026-03-02T09:00:00Z,2026-03-02T09:05:00Z,60,,a,kim\n3,2026-03-02T09:00:00Z,,60,,a,kim\n"
            "4,2026-03-02T09:00:00Z,2026-03-02T09:05:00Z,60,,test,kim\n",
        )
        room.ingest()
        yield room


def derived(room: Room, *columns: str) -> list[tuple[Any, ...]]:
    made = derive(room.catalog, room.engine, room.live())
    return room.rows("worked", *columns, key=made["worked"])


@pytest.mark.thorough
def test_a_spread_fact_has_its_columns_and_its_references(desk: Room) -> None:
    nine, quarter = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert derived(desk, "call_id", "interval_at", "worked", "ended", "team") == [
        ("1", nine, 900.0, 0, "a"), ("1", quarter, 300.0, 1, "a"), ("2", nine, 60.0, 1, "a"),
    ]  # fmt: skip


@pytest.mark.thorough
def test_it_is_made_once_and_anew_where_its_rows_changed(desk: Room) -> None:
    first = derive(desk.catalog, desk.engine, desk.live())
    assert derive(desk.catalog, desk.engine, desk.live()) == first
    desk.write("calls/2.csv", HEAD + "5,2026-03-02T09:00:00Z,2026-03-02T09:05:00Z,60,,a,kim\n")
    desk.ingest()
    assert len(derived(desk, "call_id")) == 4
