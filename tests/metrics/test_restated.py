"""A final figure that became another one says so, and what it was: always what was first published as final."""

import math
import os
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.clock import FixedClock
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.test_increments import DOCUMENTS, START, live_after, steps
from tests.metrics.warehouse import warehouse
from tests.projects import quiet, write_project

HOUR = timedelta(hours=1)
METRICS = [
    {"collected": {"every": "day", "available_after": "2 days"}, "minimum_n": 0, **d} if d["kind"] == "metric"
    and d["type"] in {"share", "stock", "conversion"} else d
    for d in DOCUMENTS
]  # fmt: skip
ROW_METRICS = [d for d in METRICS if d["kind"] == "metric" and d["type"] not in {"duration", "derived"}]


def figures(published):
    """Give every figure that has states, by what it is of."""
    found = {}
    for metric in ROW_METRICS:
        name, kind = metric["name"], metric["type"]
        grains = ("week", "year") if kind == "manual" else ("day", "month")
        slicings = [{}]
        if kind != "manual":
            slicings += [{"by_unit": True}, *({"by": (column,)} for column in metric.get("by", []))]
        for grain in grains:
            for more in slicings:
                for o in evaluate(published, Query(name, "tester", "test", grain, **more)):
                    found[name, grain, o.period, o.unit, o.slice, tuple(more)] = o
    return found


def close(one, other):
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)


def check(folder, sequence):
    """Publish step by step, a few days apart, and remember what was first final."""
    live, first = {"row": {}, "person": {"person0": [{"who": "ann", "tier": "tin"}]}}, {}
    with warehouse(folder, METRICS) as made:
        for number, step in enumerate(sequence, 1):
            live = live_after(live, step, number)
            published = made.publish(live, as_of=START + timedelta(days=12 * number))
            restated = 0
            for key, o in figures(published).items():
                before = first.get(key)
                if before is not None and before.n == o.n == 0:
                    continue  # nothing was counted, in days that were covered then and may not be now
                if before is not None and o.status in {"final", "restated", "no data"}:
                    unlike = o.value is None or not close(o.value, before.value)
                    assert (o.former is not None) == unlike, (key, o, before)
                    if unlike:
                        restated += 1
                        assert close(o.former, before.value), (key, o, before)
                        assert o.status == ("restated" if o.value is not None else "no data"), (key, o)
                    elif o.n == before.n and o.status == "restated":
                        ends = ((o.low, before.low), (o.high, before.high))
                        assert key[0] == "an_entry" or any(
                            a is None or b is None or not close(a, b) for a, b in ends
                        )
                elif before is None and o.status == "restated":
                    assert o.former == 0, (key, o)  # a slice without rows was not listed: of no rows is zero
                if before is None and o.status == "final" and o.value is not None:
                    first[key] = o
        return restated


relaxed = settings(
    max_examples=2, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
sequences = st.lists(steps, min_size=3, max_size=5)


@pytest.mark.slow
@settings(relaxed, max_examples=12)
@given(sequences)
def test_what_was_is_what_was_first_final(tmp_path_factory, sequence):
    check(tmp_path_factory.mktemp("restated") / "years", sequence)


DESK = [
    {"kind": "project", "name": "desk", "time_zone": "Europe/Berlin"},
    {"kind": "unit", "name": "all", "children": [{"name": "north"}, {"name": "south"}]},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "unit": "place", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "place": {"type": "unit"}, "x": {"type": "number"},
        "who": {"type": "text"}}},
    *({"kind": "metric", "of": "row", "by": ["who"], **more,
       "collected": {"every": "week", "available_after": "2 days"}} for more in (
        {"name": "high", "type": "share", "when": "x > 3"},
        {"name": "middle", "type": "quantile", "value": "x", "quantile": 0.5, "measured_in": "each"},
        {"name": "people", "type": "distinct", "entity": "who"},
        {"name": "few", "type": "mean", "value": "x", "measured_in": "each", "minimum_n": 2})),
    {"kind": "metric", "name": "high_per_person", "type": "derived", "formula": "high / people", "measured_in": "each"},
    {"kind": "metric", "name": "high_to_date", "type": "cumulative", "metric": "high", "to_date": "month",
     "measured_in": "percent"},
]  # fmt: skip
ROWS = [
    {"id": str(i), "at": date(2026, 3, 1) + timedelta(days=i), "place": "north" if i % 2 else "south",
     "x": float(i % 6), "who": "abc"[i % 3]}
    for i in range(60)
]  # fmt: skip
LATE = [{"id": "late", "at": date(2026, 3, 3), "place": "north", "x": 5.0, "who": "d"}]
AFTER = datetime(2026, 5, 10, tzinfo=UTC)


def asked(published, metric, grain="month", **more):
    found = evaluate(published, Query(metric, "tester", "test", grain, **more))
    return {(o.period, *filter(None, (o.unit, o.slice))): o for o in found}


def statuses(published, metric, grain="week"):
    return {o.status for o in asked(published, metric, grain).values()}


@pytest.mark.thorough
def test_a_late_row_restates_what_was_final_and_nothing_else(warehouse_word, tmp_path):
    url = os.environ.get("LEADLINE_WAREHOUSE", "")
    with warehouse(tmp_path / "desk", DESK, engine=warehouse_word, url=url) as made:
        before = asked(made.publish({"row": {"b": ROWS}}, as_of=AFTER), "high", "week")
        assert before["2026-W10",].status == "final"
        for day in (1, 9):  # at once, and remembered by the next refresh
            published = made.publish({"row": {"b": ROWS, "c": LATE}}, as_of=AFTER + timedelta(days=day))
            after = asked(published, "high", "week")
            assert {p for p, o in after.items() if o.status == "restated"} == {("2026-W10",)}
            one = after["2026-W10",]
            assert one.former == pytest.approx(before["2026-W10",].value, rel=1e-12)
            assert one.note == "Its rows changed on 2026-05-11, when it was final."
            assert all(o.former is None for p, o in after.items() if p != ("2026-W10",))
        parts = asked(published, "high", "week", by_unit=True, unit="all")
        assert [parts["2026-W10", unit].status for unit in ("north", "south")] == ["restated", "final"]
        assert asked(published, "people")["2026-03",].former == 3
        assert asked(published, "middle")["2026-03",].status == "restated"
        assert asked(published, "high_per_person")["2026-03",].former == pytest.approx(100 * 10 / 31 / 3)
        days = asked(published, "high_to_date", "day")
        assert [days[f"2026-03-0{day}",].status for day in (2, 3, 9)] == ["final", "restated", "restated"]
        few = asked(published, "few")["2026-03",]
        assert (few.status, few.former) == ("restated", None)  # the difference would tell of one row
        explained = explain(
            published, Query("high", "tester", "test", "week", since=one.start, until=one.end)
        )
        assert (explained.observation.former, explained.agrees) == (one.former, True)
        back = made.publish({"row": {"b": ROWS}}, as_of=AFTER + timedelta(days=20))
        assert statuses(back, "high") == statuses(back, "people") == {"final"}


@pytest.mark.thorough
def test_what_came_while_a_period_was_provisional_is_in_its_first_final_figure(tmp_path):
    with warehouse(tmp_path / "desk", DESK) as made:
        until = [row for row in ROWS if row["at"] < date(2026, 3, 20)]
        made.publish({"row": {"a": until}}, as_of=datetime(2026, 3, 20, tzinfo=UTC))
        made.publish({"row": {"a": until, "c": LATE}}, as_of=datetime(2026, 3, 21, tzinfo=UTC))
        rest = [row for row in ROWS if row["at"] >= date(2026, 3, 20)]
        published = made.publish({"row": {"a": until, "b": rest, "c": LATE}}, as_of=AFTER)
        assert asked(published, "high")["2026-03",].status == "final"
        assert asked(published, "high", "week")["2026-W10",].status == "restated"


CHANGED = {
    "high": {"when": "x > 4"}, "middle": {"quantile": 0.9}, "high_per_person": {"formula": "2 * high / people"},
    "people": {"title": "Heads"}, "few": {"by": []},
}  # fmt: skip


@pytest.mark.thorough
def test_another_version_of_a_definition_restates(tmp_path):
    source = {"kind": "source", "name": "rows", "fact": "row", "files": "rows.csv"}
    lines = [f"{r['id']},{r['at']},{r['place']},{r['x']},{r['who']}" for r in ROWS]
    root, before = tmp_path / "desk", {}
    for day, documents in enumerate((DESK, [{**d, **CHANGED.get(d.get("name"), {})} for d in DESK])):
        write_project(root, [*documents, source], {"rows.csv": "\n".join(["id,at,place,x,who", *lines])})
        with workspace(root, actor="tester") as space:
            refresh(space, FixedClock(AFTER + timedelta(days=day)), quiet)
            published = open_published(space)
            if not before:
                before = {name: asked(published, name)["2026-03",] for name in CHANGED}
            after = {name: asked(published, name)["2026-03",] for name in CHANGED}
    told = {name: (o.status, o.version, o.former) for name, o in after.items()}
    assert told == {
        "high": ("restated", 2, pytest.approx(before["high"].value)),
        "middle": ("restated", 2, None),
        "high_per_person": ("restated", 2, None),
        "people": ("final", 1, None),
        "few": ("final", 2, None),
    }
    assert after["middle"].note == "It was final by version 1 of the definition, until 2026-05-11."


@pytest.mark.thorough
def test_a_warehouse_that_is_new_to_the_project_has_nothing_to_compare_with(tmp_path):
    with warehouse(tmp_path / "desk", DESK) as made:
        first = made.publish({"row": {"b": ROWS}}, as_of=AFTER)
        for names in first.generation.tables["partitions"].values():
            for name in names:
                made.engine.retract(name)
        published = made.publish({"row": {"b": ROWS, "c": LATE}}, as_of=AFTER + timedelta(days=1))
        assert published.generation.tables["restated"] == {}
        assert statuses(published, "high") == {"final"}
