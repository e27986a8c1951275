"""Suppression in answers: all that a viewer may ask, by grain, unit and slice, tells together of no small figure."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import QueryError
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse

LEAST = 4
DOCUMENTS = [
    {"kind": "project", "time_zone": "Europe/Berlin"},
    {"kind": "unit", "name": "north", "children": [{"name": "n1"}, {"name": "n2"}]},
    {"kind": "unit", "name": "south"},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "place", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "left": {"type": "instant"}, "place": {"type": "unit"},
        "channel": {"type": "text"}, "good": {"type": "boolean"}, "score": {"type": "number"}}},
    *({"kind": "metric", "of": "answer", "by": ["channel"], "minimum_n": LEAST, "sensitivity": "confidential",
      **metric} for metric in (
        {"name": "good", "type": "share", "when": "good"},
        {"name": "answers", "type": "count", "by": ["channel", "good"]},
        {"name": "middle", "type": "quantile", "value": "score", "quantile": 0.5, "measured_in": "points"},
        {"name": "open", "type": "stock", "from": "at", "until": "left"},
        {"name": "to_date", "type": "cumulative", "metric": "answers", "to_date": "year", "minimum_n": 0, "of": None,
         "by": None, "measured_in": "count"},
        {"name": "rolling", "type": "cumulative", "metric": "answers", "rolling": "3 days", "minimum_n": 0, "of": None,
         "by": None, "measured_in": "count"},
        {"name": "hourly", "type": "count", "finest": "hour"},
    )),
]  # fmt: skip
DOCUMENTS = [{k: v for k, v in d.items() if v is not None} for d in DOCUMENTS]
FIRST = date(2026, 3, 30)
DAYS = 9
UNITS = {None: {"", "north", "n1", "n2", "south"}, "north": {"north", "n1", "n2"}, "south": {"south"}}


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def answer(day, place, channel, **more):
    return {
        "at": noon(FIRST + timedelta(days=day)),
        "place": place or None,
        "channel": channel,
        "good": True,
        **more,
    }


places = st.sampled_from(["", "north", "n1", "n1", "n2", "n2", "south", "south"])
cells = st.lists(
    st.tuples(st.integers(0, DAYS - 1), places, st.sampled_from(["web", "web", "mail", None]), st.integers(1, 7)),
    min_size=1, max_size=25,
)  # fmt: skip


def published_rows(made, table):
    rows = [answer(d, p, c, score=float(n)) for d, p, c, n in table for _ in range(n)]
    return made.publish({"answer": {"b1": [{"id": str(i), **row} for i, row in enumerate(rows)]}})


class Viewer:
    """Asks everything about one metric, and keeps what the figures are sums of and whether they were shown."""

    def __init__(self, published, metrics, table):
        self.rows = Counter()
        for d, p, c, n in table:
            self.rows[FIRST + timedelta(days=d), p, c] += n
        self.atoms = list(self.rows)
        self.shown, self.hidden = [], []
        asked = [
            (grain, Query(metric, "viewer", "test", grain, **more))
            for metric in metrics
            for grain in ("year", "quarter", "month", "week", "day")
            for place in ({}, {"by_unit": True}, {"unit": "north", "by_unit": True}, {"unit": "south"})
            for more in (place, place | {"by": ("channel",)}, place | {"where": {"channel": "web"}})
        ]
        for (_, query), found in zip(asked, evaluate_many(published, [q for _, q in asked]), strict=True):
            for o in found:
                self._note(query, o)

    def _from(self, o):
        return {"to_date": date(o.end.year, 1, 1), "rolling": o.end - timedelta(days=3)}.get(
            o.metric, o.start
        )

    def _note(self, query, o):
        unit, own = (o.unit or query.unit, query.by_unit and not o.unit)
        inside = UNITS.get(unit, {unit}) if not own else {query.unit or ""}
        channel = o.slice.partition("=")[2] if o.slice else ""
        wanted = {"": {"web", "mail", None}, "(none)": {None}}.get(channel, {channel})
        atoms = np.array(
            [self._from(o) <= d < o.end and p in inside and c in wanted for d, p, c in self.atoms],
            dtype=float,
        )
        n = int(atoms @ np.array([self.rows[a] for a in self.atoms]))
        if o.status == "suppressed":
            assert (o.value, o.low, o.high, o.n) == (None, None, None, None)
            self.hidden.append((atoms, n))
        elif n:
            assert o.n == n, "the test's own idea of the figure"
            assert n >= LEAST
            self.shown.append(atoms)

    def finds(self):
        """Give the numbers of rows of the small figures that follow from what was shown."""
        small = np.array([atoms for atoms, n in self.hidden if 0 < n < LEAST]).reshape(-1, len(self.atoms))
        if not len(small) or not self.shown:
            return 0
        _, values, basis = np.linalg.svd(np.array(self.shown), full_matrices=False)
        basis = basis[values > 1e-9]
        return int((np.abs(small - small @ basis.T @ basis).max(axis=1) < 1e-8).sum())


@pytest.mark.thorough
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cells)
def test_all_answers_together_tell_of_no_small_figure(tmp_path_factory, table):
    with warehouse(tmp_path_factory.mktemp("protected"), DOCUMENTS) as made:
        published = published_rows(made, table)
        for metrics in (["good"], ["middle"], ["answers", "to_date"], ["answers", "rolling"]):
            assert Viewer(published, metrics, table).finds() == 0


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cells)
def test_all_answers_together_tell_of_no_small_figure_in_many_worlds(tmp_path_factory, table):
    with warehouse(tmp_path_factory.mktemp("protected"), DOCUMENTS) as made:
        published = published_rows(made, table)
        for metrics in (["good"], ["answers", "to_date"], ["answers", "rolling"]):
            assert Viewer(published, metrics, table).finds() == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """One day: n1 has two answers, n2 twenty, south thirty; a second day of thirty in n2, and mail only there."""
    table = [(0, "n1", "web", 2), (0, "n2", "web", 20), (0, "south", "web", 30), (1, "n2", "mail", 30)]
    with warehouse(tmp_path_factory.mktemp("small"), DOCUMENTS) as made:
        yield published_rows(made, table)


def ask(published, metric, grain="month", **more):
    return evaluate(published, Query(metric, "viewer", "test", grain, **more))


def test_the_sibling_of_a_small_unit_is_not_shown_and_says_why(small):
    found = {
        o.unit: o
        for o in ask(small, "good", "day", unit="north", by_unit=True, until=FIRST + timedelta(days=1))
    }
    assert {unit: o.status for unit, o in found.items()} == {"n1": "suppressed", "n2": "suppressed"}
    assert found["n1"].note == "Fewer than 4 rows."
    assert found["n2"].note == "It would tell of figures of fewer than 4 rows."
    assert found["n1"].n is None
    (north,) = ask(small, "good", "day", unit="north", until=FIRST + timedelta(days=1))
    assert (north.status, north.n) == ("final", 22)


def test_an_explanation_of_what_is_not_shown_tells_no_sums(small):
    found = explain(
        small, Query("good", "viewer", "test", "day", unit="n2", since=FIRST, until=FIRST + timedelta(days=1))
    )
    assert (found.terms, found.batches, found.recomputed) == ({}, (), None)
    assert found.agrees


@pytest.mark.thorough
def test_levels_are_protected_at_their_instant(small):
    found = {o.unit: o.status for o in ask(small, "open", "day", unit="north", by_unit=True)}
    assert found == {"n1": "suppressed", "n2": "suppressed"}
    assert {o.status for o in ask(small, "open", "day")} == {"final"}


@pytest.mark.thorough
def test_figures_to_date_are_protected_as_periods_are(small):
    found = ask(small, "to_date", "day", unit="north", by_unit=True, until=FIRST + timedelta(days=2))
    assert {(o.unit, o.status) for o in found} == {("n1", "suppressed"), ("n2", "suppressed")}


@pytest.mark.parametrize(
    ("metric", "more"), [("hourly", {"grain": "hour"}), ("answers", {"by": ("channel", "good")})]
)
def test_what_cannot_be_protected_is_refused(small, metric, more):
    with pytest.raises(QueryError) as refused:
        ask(small, metric, **more)
    assert refused.value.code == "not-protected"
    assert refused.value.hint
