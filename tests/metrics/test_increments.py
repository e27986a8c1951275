"""Whatever came late, was corrected or deleted: a refresh publishes the states that a full rebuild does."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.metrics import making, states
from leadline.metrics.evaluate import evaluate
from leadline.metrics.families import tables
from leadline.metrics.graft import WallClock
from leadline.metrics.merging import Merge
from leadline.metrics.query import Query
from leadline.metrics.rollups import compact
from tests.metrics.warehouse import warehouse

START = datetime(2025, 12, 20, tzinfo=UTC)
WHERE = {"of": "row", "by": ["channel", "who.tier"]}
DOCUMENTS = [
    {"kind": "project", "time_zone": "Europe/Berlin"},
    {"kind": "unit", "name": "north", "children": [{"name": "n1"}, {"name": "n2", "time_zone": "Asia/Tokyo"}]},
    {"kind": "fact", "name": "person", "key": ["who"], "columns": {"who": {"type": "text"}, "tier": {"type": "text"}}},
    {"kind": "fact", "name": "visit", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "who": {"type": "text"}}},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "unit": "place", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "ended": {"type": "instant"}, "place": {"type": "unit"},
        "channel": {"type": "text"}, "who": {"type": "text", "references": "person"}, "x": {"type": "number"},
        "w": {"type": "number"}}},
    *({"kind": "metric", **WHERE, **metric} for metric in (
        {"name": "a_share", "type": "share", "when": "x > 0", "weight": "w"},
        {"name": "a_mean", "type": "mean", "value": "x", "measured_in": "each", "by": ["channel"]},
        {"name": "a_sum", "type": "sum", "value": "x", "measured_in": "each", "by": []},
        {"name": "a_tier_share", "type": "share", "when": "who.tier = 'gold'"},
        {"name": "a_local_count", "type": "count", "clock": "unit"},
        {"name": "an_hourly_count", "type": "count", "finest": "hour"},
        {"name": "a_quantile", "type": "quantile", "value": "x", "quantile": 0.5, "measured_in": "each"},
        {"name": "a_stock", "type": "stock", "from": "at", "until": "ended"},
        {"name": "a_distinct", "type": "distinct", "entity": "who"},
        {"name": "a_duration", "type": "duration", "from": "at", "until": "ended", "measured_in": "hours"},
        {"name": "a_repeat", "type": "conversion", "entity": "who", "followed_by": {"fact": "row"}, "within": "9 days"},
        {"name": "a_return", "type": "conversion", "entity": "who", "followed_by": {"fact": "visit"},
         "within": "40 days", "counts": "not_followed"},
    )),
    {"kind": "metric", "name": "an_entry", "type": "manual", "every": "week", "over_time": "last",
     "measured_in": "points", "by": []},
    {"kind": "metric", "name": "a_formula", "type": "derived", "formula": "a_mean / a_sum", "measured_in": "each"},
]  # fmt: skip
NAMES = [d["name"] for d in DOCUMENTS if d["kind"] == "metric"]

people = st.sampled_from([None, "ann", "bob", "cy"])
instants = st.one_of(st.none(), st.integers(0, 60 * 24 * 75).map(lambda m: START + timedelta(minutes=m)))
numbers = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-1e4, 1e4).map(lambda v: round(v, 2)))
rows = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str), "at": instants, "ended": instants, "who": people, "x": numbers,
        "place": st.sampled_from([None, "north", "n1", "n2"]), "channel": st.sampled_from([None, "a", "b"]),
        "w": st.one_of(st.none(), st.floats(0.1, 9).map(lambda v: round(v, 2))),
    }
)  # fmt: skip
visits = st.fixed_dictionaries({"id": st.uuids().map(str), "at": instants, "who": people})
entries = st.fixed_dictionaries(
    {
        "metric": st.just("an_entry"), "unit": st.sampled_from([None, "north", "n1"]), "value": numbers,
        "period_start": st.integers(0, 10).map(lambda w: date(2025, 12, 22) + timedelta(weeks=w)),
    }
)  # fmt: skip
tiers = st.fixed_dictionaries({who: st.sampled_from(["gold", "tin"]) for who in ("ann", "bob")})
persons = tiers.map(lambda found: [{"who": who, "tier": tier} for who, tier in found.items()])
steps = st.one_of(
    *(
        st.tuples(
            st.just(fact), st.sampled_from(["add", "add", "replace", "delete"]), st.lists(drawn, max_size=9)
        )
        for fact, drawn in (("row", rows), ("row", rows), ("visit", visits), ("manual_figure", entries))
    ),
    st.tuples(st.just("person"), st.just("replace"), persons),
)


def live_after(live, step, number):
    """Give the live batches after a step: the latest of the fact is replaced or deleted, or another one added."""
    fact, what, drawn = step
    mine = dict(live.get(fact, {}))
    if what != "add" and mine:
        mine.pop(next(reversed(mine)))
    if what != "delete":
        mine[f"{fact}{number}"] = drawn
    return {**live, fact: mine}


def held(published):
    """Give every state of every table: by table, then by its keys."""
    found = {}
    clock = WallClock.of_project(published.catalog)
    for table in tables(published.catalog):
        merge = Merge("day", published.periods, table.family.finest, clock)
        source, _ = published.states(table, merge)
        answer = published.engine.read(compact(source, table)).to_pylist()
        for row in answer:
            sums = {name: row[name] or 0.0 for name in table.sums}
            if any(sums.values()):
                found[table.name, tuple(row[key] for key in table.keys)] = sums
    return found


def asked(published):
    """Give every figure by month, which is read from months that were added up before, and of the whole time."""
    found = {}
    for name in NAMES:
        for more in ({}, {"by_unit": True}):
            for o in evaluate(published, Query(name, "tester", "test", "month", **more)):
                # a rebuild has nothing before it that could have been final
                status = "final" if o.status == "restated" else o.status
                found[name, o.unit, o.period] = (o.value, o.n, status)
    return found


def same(one, other):
    assert one.keys() == other.keys()
    for key, sums in one.items():
        for name, value in sums.items():
            assert math.isclose(value, other[key][name], rel_tol=1e-9, abs_tol=1e-6), (key, name)


def alike(one, other):
    assert one.keys() == other.keys()
    for key, (value, n, status) in one.items():
        assert (n, status) == other[key][1:], key
        assert (value is None) == (other[key][0] is None), key
        assert value is None or math.isclose(value, other[key][0], rel_tol=1e-6, abs_tol=1e-6), key


def check(folder, sequence):
    live = {"row": {}, "person": {"person0": [{"who": "ann", "tier": "tin"}]}}
    with warehouse(folder / "one", DOCUMENTS) as one, warehouse(folder / "two", DOCUMENTS) as two:
        for number, step in enumerate(sequence, 1):
            live = live_after(live, step, number)
            increment = one.publish(live)
        rebuilt = two.publish(live)
        same(held(increment), held(rebuilt))
        alike(asked(increment), asked(rebuilt))


relaxed = settings(
    max_examples=2, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
sequences = st.lists(steps, min_size=2, max_size=5)


@pytest.fixture(params=["months", "months in one pass", "years", "years added up by month"])
def width(request, monkeypatch):
    """Small partitions, as large projects have them; rows computed month by month, or for all months at once."""
    monkeypatch.setattr(states, "MONTHS_FROM", 0 if request.param.startswith("months") else 10**9)
    monkeypatch.setattr(states, "BY_MONTH_FROM", 10**9 if request.param == "years" else 0)
    monkeypatch.setattr(making, "SPREAD", 0 if request.param == "months in one pass" else 10**9)
    monkeypatch.setattr(states, "LAYERS", 2)


@pytest.mark.slow
@pytest.mark.usefixtures("width")
@relaxed
@given(sequence=sequences)
def test_a_refresh_in_any_sequence_equals_a_rebuild(tmp_path_factory, sequence):
    check(tmp_path_factory.mktemp("increments"), sequence)


@pytest.mark.thorough
def test_late_corrected_and_deleted_rows_equal_a_rebuild(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "MONTHS_FROM", 0)
    monkeypatch.setattr(states, "BY_MONTH_FROM", 0)

    def batch(*days):
        return [
            {"id": f"{days}{i}", "at": START + timedelta(days=day, hours=i), "who": ["ann", "bob"][i % 2], "x": day + i,
             "ended": START + timedelta(days=day + 20 * i) if i else None, "place": "n1", "channel": "a", "w": 1.0}
            for day in days for i in range(3)
        ]  # fmt: skip

    came = [{"id": "v1", "at": START + timedelta(days=33), "who": "ann"}]
    check(tmp_path, [
        ("row", "add", batch(1, 2, 14)), ("row", "add", batch(3, 16, 40)), ("visit", "add", came),
        ("row", "add", batch(2)), ("row", "replace", batch(2, 50)),
        ("person", "replace", [{"who": "ann", "tier": "gold"}]), ("row", "delete", []),
    ])  # fmt: skip
