"""A single late feed makes provisional what lacks its rows, and nothing else; it is a finding, and it passes."""

from datetime import date
from typing import Any

import pytest

from leadline.app.as_of import open_as_of
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.catalog import load
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from tests.app import late_company
from tests.projects import quiet

CUT = date(2026, 3, 27)


def run(space: Workspace) -> Published:
    refresh(space, late_company.NOW, quiet)
    return open_published(space)


def figure(published: Published, metric: str, period: str = "2026-03", **asked: Any) -> Observation:
    found = evaluate(published, Query(metric, "tester", "test", **asked))
    return next(o for o in found if o.period == period)


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    root = late_company.write(tmp_path_factory.mktemp("late") / "project", CUT)
    with workspace(root, actor="tester") as space:
        yield space, run(space)


LACKING = [
    ("contacts", {}), ("contacts", {"unit": "americas"}), ("contacts", {"unit": "us"}), ("contacts", {"unit": "acme"}),
    ("contacts", {"where": {"channel": "chat"}}), ("chats_or_mail", {}), ("per_call", {}),
]  # fmt: skip
WHOLE = [
    ("contacts", {"unit": "emea"}), ("contacts", {"where": {"channel": "phone"}}), ("calls", {}),
    ("calls", {"unit": "us"}), ("chats_or_mail", {"unit": "emea"}),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "asked"), LACKING)
def test_a_figure_that_lacks_late_rows_is_provisional_and_says_whose(late, metric, asked) -> None:
    found = figure(late[1], metric, **asked)
    assert (found.status, found.note) == (
        "provisional",
        "Chats of Americas is late: nothing since 2026-03-28.",
    )


@pytest.mark.parametrize(("metric", "asked"), WHOLE)
def test_a_figure_that_a_late_feed_brings_nothing_to_is_final(late, metric, asked) -> None:
    assert figure(late[1], metric, **asked).status == "final"


def test_periods_before_the_gap_are_final_and_slices_are_told_apart(late) -> None:
    assert figure(late[1], "contacts", "2026-02").status == "final"
    weeks = evaluate(late[1], Query("contacts", "tester", "test", grain="day", since=date(2026, 3, 26)))
    assert [o.status for o in weeks] == ["final"] * 2 + ["provisional"] * 4
    parts = evaluate(late[1], Query("contacts", "tester", "test", by=("channel",), unit="acme", by_unit=True))
    said = {(o.unit, o.slice): o.status for o in parts if o.period == "2026-03"}
    assert [place for place, status in said.items() if status == "provisional"] == [
        ("americas", "channel=chat")
    ]


def test_the_late_part_is_a_finding_about_the_source(late) -> None:
    space, _ = late
    with space.ledger.read() as reader:
        (found,) = reader.findings(kind="late_feed")
    assert (found.metric, found.unit, found.period) == ("chats", "americas", "2026-03")
    assert found.evidence["metrics"] == ["calls", "chats_or_mail", "contacts", "per_call"]


def test_the_sources_score_says_what_is_wrong(late) -> None:
    told = late[1].generation.tables["reliability"]
    assert told["calls"]["score"] == 100
    assert told["calls"]["met"] is True
    chats = told["chats"]
    assert chats["met"] is False
    assert chats["overdue"] == 4
    assert chats["parts"]["timeliness"] == pytest.approx(100 * (1 + 3 / 7) / 2, abs=0.01)
    assert chats["parts"]["completeness"] == pytest.approx(100 * (1 + 24 / 28) / 2, abs=0.01)


@pytest.mark.thorough
def test_when_the_rows_come_figures_are_final_and_nothing_was_restated(tmp_path) -> None:
    root = late_company.write(tmp_path / "project", CUT)
    with workspace(root, actor="tester") as space:
        run(space)
        (root / "chats.csv").write_text(str(late_company.files()["chats.csv"]))
        after = run(space)
        for metric, asked in LACKING:
            assert figure(after, metric, **asked).status == "final", (metric, asked)
        assert figure(after, "contacts").value == 31 * 20
        with space.ledger.read() as reader:
            assert reader.findings(kind="late_feed") == []
            assert [told["chats"]["met"] for _, told in reader.told("reliability")] == [True, False]


@pytest.mark.thorough
def test_as_of_a_time_before_the_rows_came_they_were_late_then(late) -> None:
    space, _ = late
    then = open_as_of(space, open_published(space).generation.id, late_company.NOW)
    assert figure(then, "contacts").status == "provisional"
    assert figure(then, "contacts", unit="emea").status == "final"


def test_what_cannot_be_expected_is_refused(tmp_path) -> None:
    documents = [dict(d) for d in late_company.DOCUMENTS]
    source = next(d for d in documents if d.get("name") == "chats")
    source["expected"] = {
        "every": "day", "by": "25:00", "within": "all", "units": ["mars"], "brings": {"color": "red"},
    }  # fmt: skip
    problems = load(late_company.write_project(tmp_path / "a", documents, {})).problems
    assert [p.code for p in problems if p.level == "error"] == ["bad-value", "bad-value"]
    source["expected"] = {"units": ["mars"], "brings": {"colour": "red"}}
    fact = next(d for d in documents if d["kind"] == "fact")
    documents[documents.index(fact)] = {k: v for k, v in fact.items() if k not in {"at", "unit"}}
    found = {p.code for p in load(late_company.write_project(tmp_path / "b", documents, {})).problems}
    assert {"no-instant", "no-unit", "unknown-unit", "unknown-column"} <= found
