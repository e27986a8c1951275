"""Rows that are left out enter no figure, as if they had never come; whoever they are left out for."""

import os
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.metrics import making, states
from leadline.metrics.evaluate import evaluate
from leadline.metrics.left_out import marks
from leadline.metrics.query import Query
from tests.metrics.test_increments import DOCUMENTS, START, alike, asked, held, live_after, same, steps
from tests.metrics.warehouse import warehouse

OF_ADS = {
    "kind": "metric", "name": "for_ads", "type": "count", "of": "row", "by": ["channel"], "purpose": "ads",
}  # fmt: skip
NAMED = {"an_hourly_count", "a_repeat", "a_stock"}
FEW = [*(d for d in DOCUMENTS if d["kind"] != "metric" or d["name"] in NAMED), OF_ADS]


def left(ids, purpose=None, reason="spam"):
    return [{"id": one, "_purpose": purpose, "_reason": reason} for one in ids]


def without(live, ids):
    """Give the batches as they are where these rows never came."""
    return {
        fact: {name: [row for row in rows if row.get("id") not in ids] for name, rows in batches.items()}
        for fact, batches in live.items()
    }


def batch(*days, who="ann"):
    return [
        {"id": f"{day}-{i}", "at": START + timedelta(days=day, hours=i), "who": who, "x": day + i, "place": "n1",
         "ended": START + timedelta(days=day + 9), "channel": "ab"[i % 2], "w": 1.0}
        for day in days for i in range(3)
    ]  # fmt: skip


def counted(published, metric="an_hourly_count", **more):
    return {
        o.period: o.value
        for o in evaluate(published, Query(metric, "tester", "test", "month", **more))
        if o.value
    }


@pytest.mark.thorough
def test_a_row_left_out_counts_in_no_figure_and_comes_back(tmp_path):
    live = {"row": {"one": batch(0, 20), "two": batch(40)}}
    with warehouse(tmp_path, FEW) as made:
        assert counted(made.publish(live)) == {"2025-12": 3, "2026-01": 6}
        assert counted(made.publish(live, left_out={"row": left(["0-0", "20-1"])})) == {
            "2025-12": 2,
            "2026-01": 5,
        }
        assert counted(made.publish(live, left_out={"row": left(["20-1", "20-1", "gone"])})) == {
            "2025-12": 3, "2026-01": 5,
        }  # fmt: skip
        assert counted(made.publish(live)) == {"2025-12": 3, "2026-01": 6}


@pytest.mark.thorough
def test_a_row_left_out_for_a_purpose_counts_for_others(tmp_path, warehouse_word):
    live = {"row": {"one": batch(20)}}
    url = os.environ.get("LEADLINE_WAREHOUSE", "")
    with warehouse(tmp_path / "w", FEW, engine=warehouse_word, url=url) as made:
        found = made.publish(
            live, left_out={"row": [*left(["20-0"], "ads"), *left(["20-1"], "billing"), *left(["20-2"])]}
        )
        assert counted(found) == {"2026-01": 2}
        assert counted(found, "for_ads") == {"2026-01": 1}


@pytest.mark.thorough
def test_only_months_whose_rows_are_left_out_are_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "MONTHS_FROM", 0)
    live = {"row": {"one": batch(0, 20, 40, 70)}}
    with warehouse(tmp_path, FEW) as made:
        before = made.publish(live).generation.tables["partitions"]
        after = made.publish(live, left_out={"row": left(["70-1"])}).generation.tables["partitions"]
        changed = {label for label in before if before[label] != after[label]}
        assert before.keys() == after.keys()
        assert changed == {
            "2026-01",
            "2026-02",
            "2026-03",
        }  # what follows within days, its own, where it ends
        again = made.publish(live, left_out={"row": left(["70-1"], reason="bot")}).generation.tables[
            "partitions"
        ]
        assert again == after


@pytest.mark.thorough
def test_rows_left_out_for_some_reasons_can_be_counted(tmp_path):
    live = {"row": {"one": batch(20)}}
    with warehouse(tmp_path, FEW) as made:
        found = made.publish(live, left_out={"row": [*left(["20-0"]), *left(["20-1", "20-0"], reason="bot")]})
        assert counted(found) == {"2026-01": 1}
        assert counted(found.counting({"bot"})) == {"2026-01": 2}
        assert counted(found.counting({"bot", "spam"})) == {"2026-01": 3}
        assert counted(found) == {"2026-01": 1}


def check(folder, sequence, choose):
    live = {"row": {}, "person": {"person0": [{"who": "ann", "tier": "tin"}]}}
    with warehouse(folder / "one", DOCUMENTS) as one, warehouse(folder / "two", DOCUMENTS) as two:
        for number, step in enumerate(sequence, 1):
            live = live_after(live, step, number)
            every = {
                fact: [row["id"] for rows in live.get(fact, {}).values() for row in rows]
                for fact in ("row", "visit")
            }
            chosen = {fact: choose(number, sorted(ids)) for fact, ids in every.items()}
            found = one.publish(live, left_out={fact: left(ids) for fact, ids in chosen.items()})
        bare = two.publish(without(live, {one for ids in chosen.values() for one in ids}))
        same(held(found), held(bare))
        alike(asked(found), asked(bare))


@pytest.mark.slow
def test_rows_left_out_are_as_if_they_had_never_come(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "MONTHS_FROM", 0)
    came = [{"id": f"v{day}", "at": START + timedelta(days=day), "who": "ann"} for day in (5, 33)]
    check(
        tmp_path,
        [
            ("row", "add", batch(1, 14)),
            ("visit", "add", came),
            ("row", "add", batch(3, 40)),
            ("row", "add", batch(60)),
        ],
        lambda number, ids: ids[number % 2 :: 3],
    )


@pytest.fixture(params=["months", "months in one pass", "years"])
def width(request, monkeypatch):
    monkeypatch.setattr(states, "MONTHS_FROM", 0 if request.param.startswith("months") else 10**9)
    monkeypatch.setattr(states, "BY_MONTH_FROM", 10**9 if request.param == "years" else 0)
    monkeypatch.setattr(making, "SPREAD", 0 if request.param == "months in one pass" else 10**9)
    monkeypatch.setattr(states, "LAYERS", 2)


@pytest.mark.slow
@pytest.mark.usefixtures("width")
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(steps, min_size=2, max_size=4), data=st.data())
def test_whatever_is_left_out_in_any_sequence_has_never_come(tmp_path_factory, sequence, data):
    def choose(_number, ids):
        return sorted(data.draw(st.sets(st.sampled_from(ids)))) if ids else []

    check(tmp_path_factory.mktemp("left_out"), sequence, choose)


def test_marks_tell_batches_and_months_apart():
    rows = pa.table({
        "_batch": ["b", "b", "a", "b"],
        "_bucket": [date(2026, 1, 31), date(2026, 2, 1), date(2026, 1, 1), date(2026, 1, 2)],
        "k": ["1", "2", "1", None],
    })  # fmt: skip
    found = marks(rows, ["k"], batch=None)
    assert {batch: sorted(months) for batch, months in found.items()} == {
        "a": [date(2026, 1, 1)], "b": [date(2026, 1, 1), date(2026, 2, 1)],
    }  # fmt: skip
    assert found == marks(rows.take([3, 2, 1, 0]), ["k"], batch=None)
    assert marks(rows.slice(0, 3), ["k"], batch=None)["b"] != found["b"]
    assert marks(rows, ["k"], batch="d")["d"].keys() == {date(2026, 1, 1), date(2026, 2, 1)}
    assert marks(rows.slice(0, 0), ["k"], batch="d") == {}
