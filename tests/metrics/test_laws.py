"""Laws of the engine: parts add up, order and batching do not matter, an increment equals a rebuild."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.metrics.comparison import day_moments
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.explain import explain
from leadline.metrics.observation import FIRM, Observation
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

DOCUMENTS = [
    {"kind": "project", "time_zone": "Europe/Berlin"},
    {"kind": "unit", "name": "all_of_it", "children": [
        {"name": "north", "children": [{"name": "n1"}, {"name": "n2", "time_zone": "Asia/Tokyo"}]}, {"name": "south"}]},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "unit": "place", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "place": {"type": "unit"}, "channel": {"type": "text"},
        "x": {"type": "number"}, "y": {"type": "number"}, "w": {"type": "number"}, "left": {"type": "instant"},
        "who": {"type": "text"}}},
    *({"kind": "metric", "of": "row", "by": ["channel"], **metric} for metric in (
        {"name": "a_share", "type": "share", "when": "x > 0"},
        {"name": "a_weighted_share", "type": "share", "when": "x > 0", "weight": "w"},
        {"name": "a_balance", "type": "balance", "plus": "x > 1", "minus": "x < -1"},
        {"name": "a_weighted_balance", "type": "balance", "plus": "x > 1", "minus": "x < -1", "weight": "w"},
        {"name": "a_ratio", "type": "ratio", "numerator": "x", "denominator": "w", "measured_in": "each"},
        {"name": "a_mean", "type": "mean", "value": "x / y", "measured_in": "each"},
        {"name": "a_weighted_mean", "type": "mean", "value": "x", "weight": "w", "measured_in": "each"},
        {"name": "a_sum", "type": "sum", "value": "x", "measured_in": "each"},
        {"name": "a_count", "type": "count", "where": "channel <> 'b' or channel is null"},
        {"name": "a_local_count", "type": "count", "clock": "unit"},
        {"name": "an_hourly_count", "type": "count", "finest": "hour"},
        {"name": "a_quantile", "type": "quantile", "value": "x", "quantile": 0.5, "measured_in": "each"},
        {"name": "a_stock", "type": "stock", "from": "at", "until": "left"},
        {"name": "a_stock_at_start", "type": "stock", "from": "at", "until": "left", "value": "w", "level": "start",
         "measured_in": "each"},
        {"name": "a_distinct", "type": "distinct", "entity": "who"},
        {"name": "a_conversion", "type": "conversion", "entity": "who", "followed_by": {"fact": "row"},
         "within": "3 days"},
        {"name": "a_conversion_to", "type": "conversion", "entity": "who", "counts": "not_followed",
         "within": "90 minutes", "followed_by": {"fact": "row", "where": "x > 0", "same": ["channel"]}},
        {"name": "a_duration", "type": "duration", "from": "at", "until": "left", "measured_in": "hours"},
    )),
    *({"kind": "metric", **metric} for metric in (
        {"name": "a_formula", "type": "derived", "formula": "a_sum / nullif(a_count, 0) + a_mean",
         "measured_in": "each"},
        {"name": "an_index", "type": "index", "parts": [{"metric": "a_share", "worst": 0, "best": 90},
                                                        {"metric": "a_balance", "worst": 50, "best": -50}]},
        {"name": "a_year_to_date", "type": "cumulative", "metric": "a_sum", "to_date": "year", "measured_in": "each"},
        {"name": "a_rolling_week", "type": "cumulative", "metric": "a_distinct", "rolling": "7 days",
         "measured_in": "count"},
    )),
]  # fmt: skip
METRICS = [d["name"] for d in DOCUMENTS if d["kind"] == "metric"]
START = datetime(2025, 12, 20, tzinfo=UTC)

values = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-1e6, 1e6).map(lambda v: round(v, 3)))
rows = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "at": st.one_of(st.none(), st.integers(0, 60 * 24 * 45).map(lambda m: START + timedelta(minutes=m))),
        "place": st.sampled_from([None, "all_of_it", "north", "n1", "n2", "south"]),
        "channel": st.sampled_from([None, "a", "b", "(none)"]),
        "x": values,
        "y": values,
        "w": st.one_of(st.none(), st.floats(0.1, 9).map(lambda v: round(v, 2))),
        "left": st.one_of(
            st.none(), st.integers(0, 60 * 24 * 60).map(lambda m: START + timedelta(minutes=m, seconds=1))
        ),
        "who": st.sampled_from([None, "ann", "bob", "cy", "dee"]),
    }
)
tables = st.lists(rows, min_size=1, max_size=40)
relaxed = settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def ask(published, metric, **more) -> list[Observation]:
    return evaluate(published, Query(metric=metric, viewer="tester", purpose="test", **more))


def figures(published) -> dict[object, Observation]:
    """Give every figure of every metric that has rows: whole, by unit, by slice, by day and by month."""
    kinds = ({}, {"by_unit": True}, {"by": ("channel",)}, {"unit": "north"}, {"where": {"channel": "a"}})
    asked = [
        Query(metric, "tester", "test", grain, **more)
        for metric in METRICS
        for more in kinds
        for grain in ("day", "month")
    ]
    found: dict[object, Observation] = {}
    for query, answer in zip(asked, evaluate_many(published, asked), strict=True):
        for o in answer:
            if o.n:
                key = (query.metric, query.grain, query.by_unit, o.period, o.unit, o.slice)
                key = (*key, query.unit, str(query.where))
                assert key not in found, "two figures of one name"
                found[key] = o
    return found


def firm(found: Observation) -> str:
    """Give a status; that something was another figure before, only who was there can know."""
    return "final" if found.status in FIRM else found.status


def same(one: dict[object, Observation], other: dict[object, Observation]) -> None:
    assert one.keys() == other.keys()
    for key, a in one.items():
        b = other[key]
        assert (a.n, firm(a), a.method) == (b.n, firm(b), b.method), key
        for x, y in ((a.value, b.value), (a.low, b.low), (a.high, b.high)):
            assert (x is None) == (y is None), (key, a, b)
            if x is not None:
                assert math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-4 if x is not a.value else 1e-6), (
                    key,
                    a,
                    b,
                )


@pytest.mark.slow
@relaxed
@given(tables, st.data())
def test_order_and_batching_do_not_matter(tmp_path_factory, table, data):
    shuffled = data.draw(st.permutations(table))
    cut = data.draw(st.integers(0, len(table)))
    with (
        warehouse(tmp_path_factory.mktemp("one"), DOCUMENTS) as one,
        warehouse(tmp_path_factory.mktemp("two"), DOCUMENTS) as two,
    ):
        whole = one.publish({"row": {"b1": table}})
        parts = two.publish({"row": {"b1": shuffled[:cut], "b2": shuffled[cut:]}})
        same(figures(whole), figures(parts))


@pytest.mark.slow
@relaxed
@given(tables, tables, tables)
def test_an_increment_equals_a_rebuild(tmp_path_factory, first, second, third):
    with (
        warehouse(tmp_path_factory.mktemp("one"), DOCUMENTS) as one,
        warehouse(tmp_path_factory.mktemp("two"), DOCUMENTS) as two,
    ):
        one.publish({"row": {"b1": first}})
        one.publish({"row": {"b1": first, "b2": second}})
        increment = one.publish({"row": {"b2": second, "b3": third}})  # b1 was superseded by b3
        same(figures(increment), figures(two.publish({"row": {"b2": second, "b3": third}})))


@pytest.mark.thorough
@relaxed
@given(tables)
def test_parts_add_up_to_the_whole(tmp_path_factory, table):
    with warehouse(tmp_path_factory.mktemp("laws"), DOCUMENTS) as made:
        published = made.publish({"row": {"b1": table}})
        for metric in ("a_sum", "a_count", "an_hourly_count", "a_local_count"):
            for more in ({"by_unit": True, "unit": "all_of_it"}, {"by": ("channel",)}):
                parts = defaultdict(lambda: [0.0, 0])
                for o in ask(published, metric, grain="week", **more):
                    parts[o.period][0] += o.value or 0
                    parts[o.period][1] += o.n
                unit = {"unit": "all_of_it"} if "unit" in more else {}
                for whole in ask(published, metric, grain="week", **unit):
                    assert parts[whole.period][1] == whole.n
                    assert math.isclose(parts[whole.period][0], whole.value or 0, rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.thorough
@settings(relaxed, max_examples=1)
@given(tables)
def test_the_last_figure_agrees_with_its_rows(tmp_path_factory, table):
    rows_agree(tmp_path_factory.mktemp("agree"), table, last=1)


@pytest.mark.slow
@relaxed
@given(tables)
def test_every_figure_agrees_with_its_rows(tmp_path_factory, table):
    rows_agree(tmp_path_factory.mktemp("agree"), table, last=0)


def rows_agree(folder, table, *, last):
    with warehouse(folder, DOCUMENTS) as made:
        published = made.publish({"row": {"b1": table}})
        for metric in METRICS:
            for whole in ask(published, metric, grain="month")[-last:]:
                one = Query(metric, "tester", "test", "month", since=whole.start, until=whole.end)
                assert explain(published, one).agrees, (metric, whole)


@pytest.mark.thorough
@settings(relaxed, max_examples=2)
@given(tables)
def test_day_moments_give_the_same_figures(tmp_path_factory, table):
    with warehouse(tmp_path_factory.mktemp("moments"), DOCUMENTS) as made:
        published = made.publish({"row": {"b1": table}})
        for metric in METRICS:
            moments = day_moments(published, metric, "month", viewer="tester")
            wholes = {o.period: o for o in ask(published, metric)}
            slices = {(o.period, o.slice): o for o in ask(published, metric, by=("channel",))}
            for m in moments.rows:
                figure = slices[m.label, m.slice] if m.slice else wholes[m.label] if m.unit is None else None
                if figure is None:
                    continue
                assert m.n == figure.n
                if metric.endswith(("_count", "_sum")):
                    assert math.isclose(m.sy, figure.value, rel_tol=1e-9, abs_tol=1e-6)
                elif figure.value is not None:
                    assert math.isclose(moments.scale * m.sy / m.sx, figure.value, rel_tol=1e-9, abs_tol=1e-6)


@pytest.fixture(scope="module")
def one_row(tmp_path_factory):
    with warehouse(tmp_path_factory.mktemp("one_row") / "project", DOCUMENTS) as made:
        yield made.publish({"row": {"b1": [{"id": "1", "at": START}]}})


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"metric": "a_shre"}, "unknown-metric"),
        ({"metric": "a_share", "by": ("chanel",)}, "unknown-slice"),
        ({"metric": "a_share", "unit": "norht"}, "unknown-unit"),
        ({"metric": "a_share", "grain": "hour"}, "grain-too-fine"),
        ({"metric": "a_share", "grain": "decade"}, "unknown-grain"),
        ({"metric": "a_share", "where": {"place": "n1"}}, "unknown-slice"),
        ({"metric": "a_share", "since": START.date(), "until": START.date()}, "empty-time"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(one_row, question, code):
    from leadline.errors import QueryError

    with pytest.raises(QueryError) as refused:
        ask(one_row, **question)
    assert refused.value.code == code
    assert refused.value.hint or code == "empty-time"


def test_a_period_is_provisional_until_its_rows_may_all_be_there(tmp_path):
    documents = [dict(d) for d in DOCUMENTS if d["kind"] != "metric"]
    documents.append({"kind": "metric", "name": "late", "of": "row", "type": "count", "minimum_n": 2,
                      "collected": {"every": "day", "available_after": "2 days"}})  # fmt: skip
    day = datetime(2026, 1, 31, 12, tzinfo=UTC)
    batch = [{"id": str(i), "at": day - timedelta(days=i)} for i in range(40)]
    with warehouse(tmp_path / "project", documents) as made:
        early = made.publish({"row": {"b1": batch}}, as_of=datetime(2026, 2, 2, 22, tzinfo=UTC))
        assert [o.status for o in ask(early, "late")] == ["final", "provisional"]
        later = made.publish(
            {"row": {"b1": batch}}, as_of=datetime(2026, 2, 2, 23, tzinfo=UTC)
        )  # midnight in Berlin
        assert [o.status for o in ask(later, "late")] == ["final", "final"]
        assert later.latest_complete("late", "month").label == "2026-01"
        assert early.latest_complete("late", "month").label == "2025-12"
        assert {o.status for o in ask(later, "late", grain="day")} == {"suppressed"}
        assert {o.value for o in ask(later, "late", grain="day")} == {None}
