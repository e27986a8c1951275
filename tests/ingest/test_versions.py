"""Versions from snapshots and from logs, and codes that were redefined: against looking at every row, in any order."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.ingest.derived import derive
from leadline.store.engine import Relation, ValueType
from tests.ingest.room import Room, opened

PROJECT = """
kind: project
name: crm
time_zone: Europe/Berlin
---
kind: fact
name: dump
key: [customer, taken_on]
at: taken_on
columns:
  customer: {type: text}
  taken_on: {type: date, required: true}
  tier:
    type: text
    recoded: [{from: 2026-01-10, codes: {A: Gold, B: Silver}}]
  city: {type: text}
---
kind: source
name: dumps
fact: dump
files: dumps/*.csv
file_name_as: file
columns:
  taken_on: date(substring(file, 1, 10))
---
kind: fact
name: customer_version
from: dump
versions: {taken: taken_on, columns: [tier, city]}
key: [customer, since]
valid: {from: since, until: until}
---
kind: fact
name: change
key: [customer, changed_at]
at: changed_at
columns:
  customer: {type: text}
  changed_at: {type: instant, required: true}
  tier: {type: text}
  what: {type: text}
---
kind: source
name: log
fact: change
files: log/*.csv
---
kind: fact
name: logged
from: change
versions: {changed: changed_at, ended: what = 'deleted', columns: [tier]}
key: [customer, since]
valid: {from: since, until: until}
"""
FIRST = date(2026, 1, 1)
relaxed = settings(
    max_examples=6, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

Snapshots = Mapping[int, Mapping[str, tuple[str, str]]]


def text(rows: Mapping[str, tuple[str, str]]) -> str:
    return "customer,tier,city\n" + "".join(f"{c},{tier},{city}\n" for c, (tier, city) in rows.items())


def put(room: Room, day: int, rows: Mapping[str, tuple[str, str]]) -> None:
    room.write(f"dumps/{FIRST + timedelta(days=day)}.csv", text(rows))


def made(room: Room, fact: str) -> list[tuple[Any, ...]]:
    """Give the versions of a fact."""
    key = derive(room.catalog, room.engine, room.live())[fact]
    columns = room.catalog.facts[fact].columns
    types: dict[str, ValueType] = {n: c.type for n, c in columns.items() if c.type != "unit"}
    from sqlglot import exp

    scan = room.engine.scan([Relation("fact", fact, key)], types, "x")
    table = room.engine.read(exp.select(*(exp.column(n, quoted=True) for n in types)).from_(scan))
    return sorted((tuple(row[n] for n in sorted(types)) for row in table.to_pylist()), key=repr)


def looked_at(snapshots: Snapshots) -> list[tuple[Any, ...]]:
    """Give the versions by looking at every snapshot: (city, customer, since, tier, until)."""
    days = sorted(day for day, rows in snapshots.items() if rows)
    codes = {"A": "Gold", "B": "Silver"}
    found: list[tuple[Any, ...]] = []
    for customer in sorted({c for rows in snapshots.values() for c in rows}):
        held: tuple[str | None, ...] | None = None
        since: date | None = None
        for day in [*days, None]:
            now: tuple[str | None, ...] | None = None
            if day is not None and customer in snapshots[day]:
                tier, city = snapshots[day][customer]
                now = (codes.get(tier, tier) if day < 9 else tier) or None, city or None
            if held is not None and (now != held or day is None):
                until = None if day is None else FIRST + timedelta(days=day)
                found.append((held[1], customer, since, held[0], until))
            if now != held:
                held, since = now, FIRST + timedelta(days=day) if day is not None and now else None
    return sorted(found, key=repr)


rows = st.dictionaries(
    st.sampled_from(["c1", "c2", "c3"]), st.tuples(st.sampled_from(["A", "B", "Gold", ""]), st.sampled_from(["x", ""])),
    max_size=3,
)  # fmt: skip
histories = st.dictionaries(st.integers(0, 14), rows, min_size=1, max_size=6)


@pytest.mark.thorough
@relaxed
@given(histories)
def test_versions_are_those_found_by_looking_at_every_snapshot(tmp_path_factory, snapshots) -> None:
    with opened(tmp_path_factory.mktemp("versions") / "p", PROJECT) as room:
        for day, found in snapshots.items():
            put(room, day, found)
        room.ingest()
        assert made(room, "customer_version") == looked_at(snapshots)


@pytest.mark.thorough
@relaxed
@given(first=histories, corrections=histories, order=st.randoms(use_true_random=False))
def test_any_history_of_snapshots_and_corrections_is_a_fresh_load_of_the_last_state(
    tmp_path_factory, first, corrections, order
) -> None:
    """Files come one by one in any order; some are corrected afterwards, some are taken back (an empty dump)."""
    final = {**first, **corrections}
    steps = [*first.items()]
    order.shuffle(steps)
    with opened(tmp_path_factory.mktemp("history") / "p", PROJECT) as room:
        for day, found in [*steps, *corrections.items()]:
            put(room, day, found)
            room.ingest()
            made(room, "customer_version")
        grown = made(room, "customer_version")
    with opened(tmp_path_factory.mktemp("fresh") / "p", PROJECT) as room:
        for day, found in final.items():
            put(room, day, found)
        room.ingest()
        assert grown == made(room, "customer_version") == looked_at(final)


@pytest.mark.thorough
def test_a_code_that_was_renamed_makes_no_new_version_and_an_unchanged_row_none(tmp_path: Path) -> None:
    with opened(tmp_path / "p", PROJECT) as room:
        for day in (0, 4, 8):
            put(room, day, {"c1": ("A", "x")})
        for day in (9, 12):
            put(room, day, {"c1": ("Gold", "x"), "c2": ("A", "y")})
        room.ingest()
        assert made(room, "customer_version") == [
            ("x", "c1", FIRST, "Gold", None),
            ("y", "c2", FIRST + timedelta(days=9), "A", None),  # a code of after the day is what it says
        ]


@pytest.mark.thorough
def test_a_log_ends_what_it_says_ended_and_repeats_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "p", PROJECT) as room:
        room.write("log/a.csv", "customer,changed_at,tier,what\n"
                   "c1,2026-01-01T00:00Z,A,new\nc1,2026-01-02T00:00Z,A,touched\nc1,2026-01-03T00:00Z,B,changed\n"
                   "c1,2026-01-05T00:00Z,B,deleted\nc1,2026-01-07T00:00Z,B,new\nc2,2026-01-06T00:00Z,,new\n"
                   "c3,2026-01-06T00:00Z,A,deleted\n")  # fmt: skip
        room.ingest()
        found = [(c, f"{s:%d}", tier, f"{u:%d}" if u else None) for c, s, tier, u in made(room, "logged")]
        assert found == [
            ("c1", "01", "A", "03"), ("c1", "03", "B", "05"), ("c1", "07", "B", None), ("c2", "06", None, None),
        ]  # fmt: skip


@pytest.mark.thorough
def test_a_grace_is_understood_and_a_changed_recoding_loads_the_files_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "p", PROJECT) as room:
        put(room, 9, {"c1": ("A", "x")})
        room.ingest()
        assert room.rows("dump", "tier") == [("A",)]
        (tmp_path / "p/leadline.yaml").write_text(
            PROJECT.replace("2026-01-10, codes", "2026-01-10, grace: 2 days, codes")
        )
        assert [f.reason for f in room.ingest().files] == ["mapping changed"]
        assert room.rows("dump", "tier") == [("Gold",)]


def test_the_name_of_a_held_rows_file_stands_in_its_evidence(tmp_path: Path) -> None:
    with opened(tmp_path / "p", PROJECT) as room:
        room.write("dumps/yesterday.csv", text({"c1": ("A", "x")}))
        room.ingest()
        assert room.codes() == {2: ["not-a-date"]} or room.codes() == {2: ["not-a-date", "missing"]}
        from leadline.ingest import quarantine

        (row,) = quarantine.rows(room.engine, room.ledger)
        assert row.raw["file"] == "yesterday.csv"
