"""A local variant answers for its own unit, is refused elsewhere by name, and finds nothing out about other units."""

from datetime import UTC, datetime, timedelta

import pytest

from leadline.errors import QueryError
from leadline.insights.changes import changes
from leadline.metrics.comparison import day_totals
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from leadline.metrics.words import metric
from tests.metrics.warehouse import warehouse

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHARE = {"kind": "metric", "of": "answer", "type": "share", "by": ["channel"]}
DOCUMENTS = [
    {"kind": "unit", "name": "acme", "children": [
        {"name": "emea", "children": [{"name": "berlin"}, {"name": "paris"}]}, {"name": "us"}]},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "channel": {"type": "text"}, "score": {"type": "number"},
        "team": {"type": "unit"}}},
    {**SHARE, "name": "csat", "when": "score >= 4", "adaptable": ["when"]},
    {**SHARE, "name": "csat_emea", "when": "score >= 3", "adapts": "csat", "in_unit": "emea"},
    {**SHARE, "name": "csat_us", "when": "score >= 5", "adapts": "csat", "in_unit": "us"},
    {"kind": "metric", "name": "halved", "type": "derived", "formula": "csat_emea / 2", "measured_in": "percent"},
]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    rows = [
        {"id": f"{team}{n}", "at": AT + timedelta(days=n), "channel": "web", "score": float(score), "team": team}
        for team, scores in {"berlin": (3, 5), "paris": (3, 1), "us": (1, 1)}.items()
        for n, score in enumerate(scores)
    ]  # fmt: skip
    with warehouse(tmp_path_factory.mktemp("federation") / "project", DOCUMENTS) as made:
        yield made.publish({"answer": {"b1": rows}})


def ask(published, metric, **more):
    return evaluate(published, Query(metric, "tester", "test", **more))


def test_asked_for_everything_a_variant_answers_for_its_own_unit_and_says_so(published):
    (whole,), (local,) = ask(published, "csat"), ask(published, "csat_emea")
    assert (whole.unit, whole.n, round(whole.value, 2)) == (None, 6, 16.67)
    assert (local.unit, local.n, local.value) == ("emea", 4, 75.0)
    (composed,) = ask(published, "halved")
    assert (composed.unit, composed.value) == ("emea", 37.5)


def test_its_parts_are_those_of_its_unit(published):
    found = {o.unit: o.value for o in ask(published, "csat_emea", by_unit=True)}
    assert found == {"berlin": 100.0, "paris": 50.0}
    (leaf,) = ask(published, "csat_us", by_unit=True)
    assert (leaf.unit, leaf.n) == ("us", 2)


@pytest.mark.parametrize("unit", ["us", "acme"])
def test_elsewhere_it_is_refused_by_name(published, unit):
    for name in ("csat_emea", "halved"):
        with pytest.raises(QueryError) as refused:
            ask(published, name, unit=unit)
        assert refused.value.code == "adaptation-elsewhere"
        assert "emea" in refused.value.message


@pytest.mark.thorough
def test_its_figure_is_proved_from_the_rows_of_its_unit_alone(published):
    found = explain(published, Query("csat_emea", "tester", "test", since=AT.date().replace(day=1)))
    assert (found.agrees, found.recomputed) == (True, 75.0)
    assert [share.rows for share in found.batches] == [4]


def test_nothing_is_found_out_about_other_units(published):
    places = {place for totals in day_totals(published, "csat_emea", viewer="t") for place in totals.places}
    assert places == {("emea", ""), ("berlin", ""), ("paris", "")}
    assert not [
        f for f in changes(published, viewer="t") if f.metric == "csat_emea" and f.unit in {None, "us"}
    ]


def test_its_words_state_the_difference_and_the_global_ones_name_it(published):
    local, whole = (metric(published.catalog, published.metric(name)) for name in ("csat_emea", "csat"))
    assert local[0].startswith("The local variant of csat in emea")
    assert "`when` is" in local[1]
    assert ">= 3" in local[1]
    assert ">= 4" in local[1]
    assert "csat_emea" in whole[0]
    assert "csat_us" in whole[0]
