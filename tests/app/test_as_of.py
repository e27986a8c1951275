"""Figures as of an earlier instant are those that were published then, whatever came, changed or went since."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.app.as_of import open_as_of
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.observation import FIRM
from leadline.metrics.query import Query
from leadline.store.sweep import sweep
from tests.projects import quiet, write_project

pytestmark = pytest.mark.thorough

DOCUMENTS = [
    {"kind": "project", "name": "desk", "time_zone": "Europe/Berlin"},
    {"kind": "fact", "name": "row", "key": ["id"], "at": "at", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "group": {"type": "text"}, "x": {"type": "number"}}},
    {"kind": "fact", "name": "sorted", "from": "row", "key": ["group"], "at": "first", "columns": {
        "first": {"type": "date", "as": "min(at)"}, "most": {"type": "number", "as": "max(x)"}}},
    {"kind": "source", "name": "rows", "fact": "row", "files": "data/*.csv"},
    *({"kind": "metric", "collected": {"every": "month", "available_after": "5 days"}, **metric} for metric in (
        {"name": "total", "of": "row", "type": "sum", "value": "x", "measured_in": "each", "by": ["group"]},
        {"name": "middle", "of": "row", "type": "quantile", "quantile": 0.5, "value": "x", "measured_in": "each"},
        {"name": "highest", "of": "sorted", "type": "mean", "value": "most", "measured_in": "each"})),
]  # fmt: skip
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
lines = st.lists(
    st.tuples(st.integers(1, 28), st.sampled_from("ab"), st.integers(1, 9)), min_size=1, max_size=4
)
worlds = st.dictionaries(st.sampled_from(["one", "two", "three"]), lines, max_size=3)
"""What a folder holds: late files, corrected files, removed files, from one refresh to the next."""


def written(name, rows):
    return "id,at,group,x\n" + "".join(
        f"{name}{i},2026-02-{day:02d},{group},{x}\n" for i, (day, group, x) in enumerate(rows)
    )


def figures(published):
    asked = [
        Query(metric, "tester", "test", grain, **more)
        for metric, more in (("total", {}), ("total", {"by": ("group",)}), ("middle", {}), ("highest", {}))
        for grain in ("day", "month")
    ]
    return [
        (o.metric, o.period, o.slice, o.value, o.low, o.high, o.n, o.status)
        for query in asked for o in evaluate(published, query)
    ]  # fmt: skip


relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(relaxed, max_examples=1)
@given(st.lists(worlds, min_size=5, max_size=5))
def test_as_of_is_what_was_then_published(tmp_path_factory, history):
    as_of(tmp_path_factory, history)


@pytest.mark.slow
@settings(relaxed, max_examples=10)
@given(st.lists(worlds, min_size=5, max_size=5))
def test_as_of_is_what_was_then_published_in_many_histories(tmp_path_factory, history):
    as_of(tmp_path_factory, history)


def as_of(tmp_path_factory, history):
    root = write_project(tmp_path_factory.mktemp("asof") / "project", DOCUMENTS, {})
    then = []
    with workspace(root, actor="tester") as space:
        for step, files in enumerate(history):
            clock = FixedClock(START + timedelta(days=step))
            shutil.rmtree(root / "data", ignore_errors=True)
            (root / "data").mkdir()
            for name, rows in files.items():
                (root / "data" / f"{name}.csv").write_text(written(name, rows), "utf-8")
            refresh(space, clock, quiet)
            published = open_published(space)
            then.append((clock.now(), published.generation.id, figures(published)))
        later = FixedClock(START + timedelta(days=9))
        for instant, generation, expected in then:
            same(figures(open_as_of(space, instant.isoformat(), later)), expected)
            same(figures(open_as_of(space, generation, later)), expected)


def same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            if {
                a,
                b,
            } <= FIRM:  # rows know nothing of what was published before: as of then, restated is final
                continue
            assert a == (pytest.approx(b, rel=1e-9) if isinstance(b, float) else b), (one, other)


@pytest.fixture
def corrected(tmp_path):
    """A project whose only file was corrected a day after it was first loaded."""
    root = write_project(tmp_path / "project", DOCUMENTS, {"data/one.csv": written("one", [(1, "a", 5)])})
    with workspace(root, actor="tester") as space:
        refresh(space, FixedClock(START), quiet)
        (root / "data" / "one.csv").write_text(written("one", [(1, "a", 7)]), "utf-8")
        refresh(space, FixedClock(START + timedelta(days=1)), quiet)
        yield space


def total(published):
    (found,) = evaluate(published, Query("total", "tester", "test", "month"))
    return found


def test_a_batch_is_an_instant_and_status_is_judged_by_it(corrected):
    later = FixedClock(START + timedelta(days=9))
    with corrected.ledger.read() as reader:
        first, second = reader.batches()
    before, after = (open_as_of(corrected, batch.id, later) for batch in (first, second))
    assert (total(before).value, total(after).value) == (5, 7)
    assert total(open_as_of(corrected, "2026-03-02T13:00", later)).value == 7  # the project's wall clock
    assert total(open_as_of(corrected, "2026-03-02T12:59", later)).value == 5
    assert total(before).status == "provisional"
    assert total(open_as_of(corrected, "2026-03-08", later)).status == "final"
    explained = explain(before, Query("total", "tester", "test", "month", since=total(before).start))
    assert explained.agrees
    assert [share.batch.id for share in explained.batches] == [first.id]


def test_what_is_no_instant_of_the_past_is_refused_by_name(corrected):
    for asked, code in (
        ("yesterday", "unknown-as-of"),
        ("2026-03-20", "as-of-ahead"),
        ("b1", "unknown-as-of"),
    ):
        with pytest.raises(QueryError) as refused:
            open_as_of(corrected, asked, FixedClock(START + timedelta(days=9)))
        assert refused.value.code == code


def test_rows_that_are_no_longer_kept_are_refused_by_name(corrected):
    assert total(open_as_of(corrected, "2026-03-01T18:00", FixedClock(START + timedelta(days=9)))).value == 5
    sweep(corrected.engine, corrected.ledger, kept=1, kept_rows=timedelta(seconds=-1))
    with pytest.raises(QueryError) as refused:
        open_as_of(corrected, "2026-03-01T18:00", FixedClock(START + timedelta(days=9)))
    assert refused.value.code == "as-of-gone"


def test_a_withdrawal_holds_for_figures_of_every_moment(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    rights = Path(__file__).parents[1] / "ingest" / "rights" / "project.yaml"
    (root / "leadline.yaml").write_text(rights.read_text("utf-8"), "utf-8")
    at = START.isoformat()
    head = "event_id,customer,purpose,granted,happened_at,channel\n"
    for name, text in {
        "customers": "customer_id,country\nann,DE\nbob,DE\n",
        "replies": f"reply_id,customer,channel,given_at\n1,ann,web,{at}\n2,bob,web,{at}\n",
        "lines": "line_id,reply,booked_on\n",
        "words": head + "".join(f"{who},{who},survey,yes,2026-01-01T00:00:00Z,\n" for who in ("ann", "bob")),
    }.items():
        (root / f"{name}.csv").write_text(text, "utf-8")

    def replies(published):
        return [o.value for o in evaluate(published, Query("replies_survey", "tester", "test", "month"))]

    with workspace(root, actor="tester") as space:
        first = refresh(space, FixedClock(START + timedelta(days=1)), quiet).generation
        assert replies(open_as_of(space, first, FixedClock(START + timedelta(days=2)))) == [2]
        (root / "words_later.csv").write_text(f"{head}no,bob,survey,no,{at},\n", "utf-8")
        refresh(space, FixedClock(START + timedelta(days=3)), quiet)
        assert replies(open_as_of(space, first, FixedClock(START + timedelta(days=4)))) == [1]
