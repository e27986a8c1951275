"""A refresh puts what is new on a partition as a layer, and what followed a row is what follows it by hand."""

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from leadline.metrics import states
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from tests.metrics.warehouse import warehouse

pytestmark = pytest.mark.thorough

START = datetime(2026, 1, 20, tzinfo=UTC)
DOCUMENTS = [
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "who": {"type": "text"}, "kind": {"type": "text"},
        "place": {"type": "text"}}},
    *({"kind": "metric", "of": "row", **metric} for metric in (
        {"name": "rows", "type": "count", "by": ["kind"]},
        {"name": "again", "type": "conversion", "entity": "who", "followed_by": {"fact": "row"}, "within": "7 days",
         "by": ["kind", "place"]},
        {"name": "people", "type": "distinct", "entity": "who", "by": ["kind", "place"]},
        {"name": "again_alike", "type": "conversion", "entity": "who", "followed_by": {"fact": "row", "same": ["kind"]},
         "within": "7 days", "by": ["kind"]})),
]  # fmt: skip


def batch(name, *hours):
    """Give rows of two people at these hours after START, some of them at the very same instant."""
    return [
        {
            "id": f"{name}{i}{who}",
            "at": START + timedelta(hours=hour),
            "who": who,
            "kind": "ab"[i % 2],
            "place": "x",
        }
        for i, hour in enumerate(hours)
        for who in ("ann", "bob")[: 1 + hour % 2]
    ]


def followed(rows, same):
    """Count by hand the rows that another of the same person (and kind) follows within seven days."""
    return sum(
        any(
            r["at"] < o["at"] <= r["at"] + timedelta(days=7)
            and r["who"] == o["who"]
            and (not same or r["kind"] == o["kind"])
            for o in rows
        )
        for r in rows
    )


def conversion(published, metric):
    """Count what states say: rows, and those followed."""
    found = evaluate(published, Query(metric, "tester", "test", "day"))
    rows = sum(o.n or 0 for o in found)
    return rows, round(sum((o.value or 0) / 100 * (o.n or 0) for o in found))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Partitions as large projects have them, of few layers."""
    monkeypatch.setattr(states, "MONTHS_FROM", 0)
    monkeypatch.setattr(states, "LAYERS", 3)


def test_rows_at_one_instant_and_late_ones_are_followed_as_by_hand(tmp_path):
    live = {}
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        for name, hours in {
            "a": (0, 0, 5, 5, 100, 299, 299), "b": (41, 0, 300, 5, 165, 168), "c": (169, 467, 5, 470),
        }.items():  # fmt: skip
            live[name] = batch(name, *hours)
            far = {
                "far": [
                    {"id": "far", "at": START + timedelta(days=90), "who": "zoe", "kind": "a", "place": "x"}
                ]
            }
            published = made.publish({"row": {**live, **far}})
            rows = [row for one in live.values() for row in one]
            for metric, same in (("again", False), ("again_alike", True)):
                assert conversion(published, metric) == (len(rows), followed(rows, same)), (name, metric)


def met(batches, *, by):
    """Count by hand the different people of each month, by a column or by none."""
    found = {}
    for row in (row for rows in batches.values() for row in rows):
        key = f"{row['at']:%Y-%m}", "" if by is None else f"{by}={row[by] or '(none)'}"
        found.setdefault(key, set()).add(row["who"])
    return {key: len(people) for key, people in found.items()}


def test_who_is_in_several_layers_is_counted_once(tmp_path, monkeypatch, warehouse_word):
    url = os.environ.get("LEADLINE_WAREHOUSE", "")
    monkeypatch.setattr(states, "BY_MONTH_FROM", 0)
    dice, live, deepest = random.Random(3), {}, 0
    with warehouse(tmp_path / "project", DOCUMENTS, engine=warehouse_word, url=url) as made:
        for name in "abcd":
            live[name] = [
                {"id": f"{name}{i}", "at": START + timedelta(days=dice.randrange(90)),
                 "who": dice.choice(["ann", "bob", "cy", "dee", "eve"]), "kind": dice.choice("ab"),
                 "place": dice.choice(["x", None])}
                for i in range(4)
            ]  # fmt: skip
            published = made.publish({"row": dict(live)})
            deepest = max(deepest, *map(len, published.generation.tables["partitions"].values()))
            for by in (None, "kind", "place"):
                query = Query("people", "tester", "test", "month", by=(by,) if by else ())
                read = Request.of(published, query, published.catalog.metrics["people"], None)
                assert published.sources.of(read.table, read.merge, counted=True).rollup.is_counted
                found = {(o.period, o.slice): o.value for o in evaluate(published, query) if o.n}
                assert found == met(live, by=by), (name, by)
    assert deepest == 6


def test_only_what_is_new_is_written(tmp_path):
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        rows = {"a": batch("a", 0, 400)}
        piles = []
        for name in "bcde":
            piles.append(made.publish({"row": dict(rows)}).generation.tables["partitions"])
            rows[name] = batch(name, 1, 2)
        january, february = ([pile[month] for pile in piles] for month in ("2026-01", "2026-02"))
        assert january[1][:2] == january[0]
        assert january[2][:4] == january[1]
        assert [len(pile) for pile in january] == [2, 4, 6, 2]
        assert all(pile == february[0] for pile in february)
        last = made.publish({"row": {"a": rows["a"]}}).generation.tables["partitions"]
        assert last == piles[0]
