"""Facts with history: one version holds at an instant or none, no row is doubled, what is changes with time alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

DOCUMENTS = [
    {"kind": "project", "time_zone": "Europe/Berlin"},
    {"kind": "fact", "name": "person", "key": ["pid", "since"], "valid": {"from": "since", "until": "till"},
     "columns": {
        "pid": {"type": "text"}, "since": {"type": "instant"}, "till": {"type": "instant"}, "tier": {"type": "text"}}},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "amount": {"type": "integer"},
        "who": {"type": "text", "references": "person"}}},
    {"kind": "metric", "name": "was", "of": "row", "type": "sum", "value": "amount", "measured_in": "each",
     "by": ["who.tier"]},
    {"kind": "metric", "name": "is", "of": "row", "type": "sum", "value": "amount", "measured_in": "each",
     "by": ["who.tier"], "dimensions": "as_is"},
]  # fmt: skip
START = datetime(2026, 1, 1, tzinfo=UTC)
hours = st.integers(0, 24 * 20).map(lambda h: START + timedelta(hours=h))
later = st.integers(24 * 20, 24 * 40).map(lambda h: START + timedelta(hours=h))
ends = st.one_of(hours, later)
people = st.sampled_from(["a", "b"])
versions = st.lists(
    st.fixed_dictionaries(
        {"pid": people, "since": ends, "till": st.one_of(st.none(), ends), "tier": st.sampled_from("xyz")}
    ),
    max_size=8, unique_by=lambda v: (v["pid"], v["since"]),
)  # fmt: skip
rows = st.lists(
    st.fixed_dictionaries(
        {"id": st.uuids().map(str), "at": hours, "who": st.one_of(people, st.just("c"), st.none()),
         "amount": st.integers(1, 9)}
    ),
    min_size=1, max_size=12,
)  # fmt: skip
relaxed = settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def held(history, who, at):
    """Give the tier that held, by looking at every version."""
    mine = sorted((v for v in history if v["pid"] == who and v["since"] <= at), key=lambda v: v["since"])
    last = mine[-1] if mine else None
    return last["tier"] if last and (last["till"] is None or at < last["till"]) else None


def slices(published, metric, **more):
    found = evaluate(published, Query(metric, "tester", "test", "year", by=("who.tier",), **more))
    return {o.slice: o.value for o in found if o.n}


def label(tier):
    return f"who.tier={tier or '(none)'}"


@pytest.mark.thorough
@relaxed
@given(versions, rows, later)
def test_what_was_and_what_is_are_those_found_by_looking(tmp_path_factory, history, table, now):
    with warehouse(tmp_path_factory.mktemp("history"), DOCUMENTS) as made:
        published = made.publish({"person": {"p": history}, "row": {"r": table}}, as_of=now)
        was, is_ = Counter(), Counter()
        for row in table:
            was[label(held(history, row["who"], row["at"]))] += row["amount"]
            is_[label(held(history, row["who"], now))] += row["amount"]
        assert slices(published, "was") == slices(published, "is", dimensions="as_was") == dict(was)
        assert slices(published, "is") == slices(published, "was", dimensions="as_is") == dict(is_)
        (whole,) = evaluate(published, Query("was", "tester", "test", "year"))
        assert whole.value == sum(row["amount"] for row in table)


@pytest.mark.thorough
def test_what_is_changes_when_its_time_comes_though_no_file_does(tmp_path):
    history = [{"pid": "a", "since": START, "till": START + timedelta(days=5), "tier": "x"},
               {"pid": "a", "since": START + timedelta(days=9), "tier": "y"}]  # fmt: skip
    batches = {"person": {"p": history}, "row": {"r": [{"id": "1", "at": START, "who": "a", "amount": 1}]}}
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        tiers = []
        for day in (1, 2, 6, 9, 10):
            published = made.publish(batches, as_of=START + timedelta(days=day))
            tiers += slices(published, "is")
            assert list(slices(published, "was")) == ["who.tier=x"]
        assert tiers == [label(t) for t in ("x", "x", None, "y", "y")]


@pytest.mark.thorough
def test_states_of_what_is_are_kept_while_nothing_begins_or_ends(tmp_path):
    history = [{"pid": "a", "since": START, "tier": "x"}]
    batches = {"person": {"p": history}, "row": {"r": [{"id": "1", "at": START, "who": "a", "amount": 1}]}}
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        made.publish(batches, as_of=START + timedelta(days=1))
        before = made.tables["partitions"]
        made.publish(batches, as_of=START + timedelta(days=2))
        assert made.tables["partitions"] == before


@pytest.mark.thorough
def test_an_explanation_says_how_many_versions_were_cut_short(tmp_path):
    history = [{"pid": "a", "since": START, "till": START + timedelta(days=9), "tier": "x"},
               {"pid": "a", "since": START + timedelta(days=5), "tier": "y"}]  # fmt: skip
    batches = {"person": {"p": history}, "row": {"r": [{"id": "1", "at": START, "who": "a", "amount": 1}]}}
    with warehouse(tmp_path / "project", DOCUMENTS) as made:
        published = made.publish(batches)
        found = explain(published, Query("was", "tester", "test", "year"))
        assert found.agrees
        assert (
            "1 versions of person end after the next one begins; each holds only until then." in found.words
        )
