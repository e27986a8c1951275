"""A read compiled for its shape gives what a statement of its own gives, whatever fills it; months as days."""

import itertools
import math
import random
from datetime import date, timedelta

import pytest

from leadline.metrics import at_hand, plans, states
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.windows import leaves
from tests.metrics.test_increments import DOCUMENTS, NAMES, START
from tests.metrics.warehouse import warehouse

CHANNELS = ["a", "b", "it's", "\\", "\ue000since\ue001", None]
TO_DATE = {"kind": "metric", "name": "to_date", "type": "cumulative", "metric": "a_mean", "to_date": "year",
           "measured_in": "each"}  # fmt: skip


def drawn():
    """Give rows of three months, in every unit and channel."""
    dice = random.Random(7)
    return [
        {"id": f"{i}", "at": START + timedelta(minutes=dice.randrange(60 * 24 * 95)),
         "ended": START + timedelta(days=100) if i % 3 else None, "who": dice.choice(["ann", "bob", "cy", None]),
         "x": dice.choice([None, -1.5, 0.0, 2.0, 7.25]), "place": dice.choice([None, "north", "n1", "n2"]),
         "channel": dice.choice(CHANNELS), "w": dice.choice([0.5, 1.0, 2.0])}
        for i in range(400)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The same rows, added up by month and not."""
    documents = [*DOCUMENTS, TO_DATE]
    made = []
    with pytest.MonkeyPatch.context() as patch, warehouse(tmp_path_factory.mktemp("plans"), documents) as one, \
            warehouse(tmp_path_factory.mktemp("plans"), documents) as two:  # fmt: skip
        for each, least in ((one, 0), (two, 10**9)):
            patch.setattr(states, "BY_MONTH_FROM", least)
            made.append(each.publish({"row": {"b": drawn()}}))
        yield made


def asked(name):
    """Give queries of a metric that differ in what fills a shape, and in shape."""
    times = [(None, None), (date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 1, 5), date(2026, 3, 3))]
    places = [{}, {"unit": "north"}, {"by_unit": True}]
    for grain, (since, until), place in itertools.product(["month", "quarter"], times, places):
        yield Query(name, "tester", "test", grain, since=since, until=until, **place)


def sliced(name):
    """Give queries by channel and of one."""
    for unit, value in itertools.product([None, "north"], CHANNELS[2:]):
        yield Query(name, "tester", "test", "month", unit=unit, where={"channel": value or ""})
        yield Query(name, "tester", "test", "month", unit=unit, by=("channel",), by_unit=unit is None)


def close(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        told = (a.period, a.unit, a.slice, a.n, a.status, a.note)
        assert told == (b.period, b.unit, b.slice, b.n, b.status, b.note)
        for x, y in zip((a.value, a.low, a.high), (b.value, b.low, b.high), strict=True):
            assert (x is None) == (y is None), told
            assert x is None or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9), told


SLICED = [d["name"] for d in DOCUMENTS if d["kind"] == "metric" and "channel" in d.get("by", ())]


@pytest.mark.thorough
@pytest.mark.parametrize("name", [*NAMES, "to_date"])
def test_months_give_what_days_give(published, name):
    by_month, by_day = published
    queries = [*asked(name), *(sliced(name) if name in SLICED else ())]
    for one, other in zip(evaluate_many(by_month, queries), evaluate_many(by_day, queries), strict=True):
        close(one, other)


@pytest.mark.thorough
def test_a_compiled_read_gives_what_a_statement_of_its_own_gives(published, monkeypatch):
    monkeypatch.setattr(at_hand, "LARGEST", -1)
    for generation, name in itertools.product(published, ["a_mean", "a_quantile", "a_distinct", "a_stock"]):
        generation.plans.forget()
        generation.sources.at_hand.forget()
        queries = list(sliced(name)) if name in SLICED else list(asked(name))
        for query in queries:
            request = Request.of(generation, query, generation.catalog.metrics[name], None)
            statement = generation.engine.read(request.statement(generation, [request.metric]))
            read = request.read(generation, [request.metric])
            assert statement.schema == read.schema
            assert sorted(map(str, statement.to_pylist())) == sorted(map(str, read.to_pylist()))
        assert 0 < len(generation.plans) < len(queries)


def placed(name):
    """Give queries of a metric in every place, at one grain."""
    return sliced(name) if name in SLICED else asked(name)


BY_DAY = {"a_return", "an_entry"}
"""What is read by days too: until a horizon has passed, and by the weeks for which something was entered."""


@pytest.mark.parametrize("name", [*NAMES, "to_date"])
def test_what_is_at_hand_gives_what_a_statement_gives(published, name):
    by_month, _ = published
    by_month.sources.at_hand.forget()
    metric = by_month.catalog.metrics[name]
    read = [Request.of(by_month, query, part, span) for query in (*asked(name), *placed(name))
            for part, span in parts_of(by_month.catalog, metric)]  # fmt: skip
    at_hand = 0
    for request in (*read, *read):
        rows = request.read(by_month, [request.metric])
        statement = by_month.engine.read(request.statement(by_month, [request.metric]))
        assert statement.schema == rows.schema
        close_rows(statement, rows)
        at_hand += request.is_at_hand(by_month)
    assert (at_hand > 0) == (name not in BY_DAY)


def parts_of(catalog, metric):
    return [(catalog.metrics[leaf], span) for leaf, span in leaves(catalog, metric)]


def close_rows(statement, rows):
    """Compare rows, whatever their order; a sum of nothing is none or zero."""
    keys = [name for name in rows.schema.names if rows.schema.field(name).type != "double"]
    one, other = (
        sorted(table.to_pylist(), key=lambda row: str([row[key] for key in keys]))
        for table in (statement, rows)
    )
    assert [[row[key] for key in keys] for row in one] == [[row[key] for key in keys] for row in other]
    for a, b in zip(one, other, strict=True):
        for name in set(rows.schema.names) - set(keys):
            assert math.isclose(a[name] or 0.0, b[name], rel_tol=1e-12, abs_tol=1e-12), (name, a, b)


def test_a_table_that_is_large_is_left_to_the_engine(published, monkeypatch):
    by_month, _ = published
    query = Query("a_sum", "tester", "test", "month")
    request = Request.of(by_month, query, by_month.catalog.metrics["a_sum"], None)
    for least, is_kept in ((0, False), (10**9, True)):
        monkeypatch.setattr(at_hand, "LARGEST", least)
        by_month.sources.at_hand.forget()
        evaluate(by_month, query)
        assert not request.is_at_hand(by_month)  # once asked for
        evaluate(by_month, query)
        assert request.is_at_hand(by_month) == is_kept


def test_the_oldest_plans_are_forgotten(published, monkeypatch):
    by_month, _ = published
    monkeypatch.setattr(plans, "KEPT", 2)
    for grain in ("day", "week", "month", "year"):
        assert evaluate(by_month, Query("a_sum", "tester", "test", grain))
    assert len(by_month.plans) == 2
