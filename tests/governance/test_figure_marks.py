"""Suspended and stated figures: shown with both values and why, not scored, not found, back afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from leadline.clock import FixedClock
from leadline.errors import GovernanceError
from leadline.governance import figure_marks as fm
from leadline.insights.detect import detect
from leadline.metrics.evaluate import evaluate
from leadline.metrics.marks import Marks, Suspension
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.scorecards.tree import score
from leadline.store import journal
from leadline.store.ledger import Ledger
from tests import ledgers
from tests.metrics.warehouse import warehouse

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHARE = {"kind": "metric", "of": "answer", "type": "share"}
DOCUMENTS = [
    {"kind": "unit", "name": "acme", "children": [{"name": "emea"}, {"name": "us"}]},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "score": {"type": "number"}, "team": {"type": "unit"}}},
    {**SHARE, "name": "csat", "when": "score >= 4", "direction": "higher"},
    {**SHARE, "name": "few", "when": "score >= 4", "minimum_n": 10_000},
    {"kind": "metric", "name": "halved", "type": "derived", "formula": "csat / 2", "measured_in": "percent"},
    {"kind": "objective", "name": "delight"},
    {"kind": "scorecard", "name": "service", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "delight", "measures": [
            {"metric": "csat", "red_flag": 60, "goal": 80},
            {"metric": "halved", "red_flag": 30, "goal": 40, "weight": 3},
        ]}]}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    rows = [
        {"id": f"{team}{day}-{n}", "at": AT + timedelta(days=day), "score": float(_score(day, n)), "team": team}
        for team in ("emea", "us")
        for day in range(120)
        for n in range(10)
    ]  # fmt: skip
    with warehouse(tmp_path_factory.mktemp("marks") / "project", DOCUMENTS) as made:
        yield made.publish({"answer": {"b1": rows}})


def _score(day: int, n: int) -> int:
    """Nine of ten are content; in March two of ten."""
    return 5 if n < (2 if 59 <= day < 90 else 9) else 1


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(ledgers.empty(tmp_path / "ledger.sqlite"), FixedClock(AT))
    yield opened
    opened.close()


def march(published: Published, metric: str = "csat", **more: object):
    asked = Query(metric, "tester", "test", since=date(2026, 3, 1), until=date(2026, 4, 1), **more)
    return evaluate(published, asked)[0]


def suspended(bare: Published, ledger: Ledger, **more: object) -> Published:
    days = {"since": date(2026, 3, 1), "until": date(2026, 4, 1), **more}
    with ledger.write(actor="ann") as writer:
        fm.suspend(
            writer, bare.catalog, "csat", reason="The survey tool was down.", item="kpi_outage 7", **days
        )
    with ledger.read() as reader:
        return replace(bare, marks=fm.marks(reader))


def test_a_suspended_figure_says_so_keeps_its_value_and_comes_back(bare: Published, ledger: Ledger) -> None:
    published = suspended(bare, ledger)
    found = march(published)
    assert (found.status, found.value) == ("suspended", march(bare).value)
    assert found.note.startswith(
        "Outage from 2026-03-01 to 2026-04-01, 31 of 31 days: The survey tool was down (kpi_outage 7)."
    )
    after = evaluate(published, Query("csat", "tester", "test", since=date(2026, 4, 1)))[0]
    assert (after.status, after.note) == ("final", "")


def test_what_is_made_of_it_is_suspended_too_and_other_units_are_not(bare: Published, ledger: Ledger) -> None:
    published = suspended(bare, ledger, unit="emea")
    assert march(published, unit="emea").status == "suspended"
    assert march(published, "halved", unit="emea").status == "suspended"
    assert "of csat in emea" in march(published, "halved", unit="emea").note
    assert march(published, unit="us").status == "final"
    assert march(published).status == "final"


def test_a_short_outage_is_said_and_suspends_only_what_it_covers(bare: Published, ledger: Ledger) -> None:
    published = suspended(bare, ledger, since=date(2026, 3, 10), until=date(2026, 3, 12))
    found = march(published)
    assert (found.status, found.note[:56]) == (
        "final",
        "Outage from 2026-03-10 to 2026-03-12, 2 of 31 days: The ",
    )
    day = evaluate(
        published, Query("csat", "t", "test", "day", since=date(2026, 3, 11), until=date(2026, 3, 12))
    )[0]
    assert day.status == "suspended"


def test_a_suspended_figure_is_not_scored_and_its_weight_goes_to_its_siblings(
    bare: Published, ledger: Ledger
) -> None:
    before = score(bare, "service", viewer="t", period=date(2026, 3, 1))
    after = score(suspended(bare, ledger), "service", viewer="t", period=date(2026, 3, 1))
    assert {m.metric.name: m.status for m in before.measures()} == {
        "csat": "off target",
        "halved": "off target",
    }
    assert {m.metric.name: (m.status, m.score) for m in after.measures()} == {
        "csat": ("suspended", None), "halved": ("suspended", None),
    }  # fmt: skip
    assert (after.score, after.status) == (None, "suspended")
    assert "survey tool" in next(after.measures()).reason


def test_nothing_is_found_about_it_nor_against_it(bare: Published, ledger: Ledger) -> None:
    found = {(f.metric, f.period) for f in detect(bare, viewer="t") if f.metric == "csat"}
    assert ("csat", "2026-03") in found
    assert ("csat", "2026-04") in found  # it changed back
    quiet = detect(suspended(bare, ledger), viewer="t")
    assert not [f for f in quiet if f.metric in {"csat", "halved"} and f.period in {"2026-03", "2026-04"}]


def test_an_outage_ends_when_it_is_over(bare: Published, ledger: Ledger) -> None:
    published = suspended(bare, ledger, since=date(2026, 2, 1), until=None)
    assert march(published).status == "suspended"
    with ledger.write(actor="ben") as writer:
        (name,) = fm.of_item(writer, "kpi_outage 7")
        fm.resume(writer, name, until=date(2026, 3, 1), reason="Repaired.", item="kpi_outage 7")
    with ledger.read() as reader:
        again = replace(bare, marks=fm.marks(reader))
        assert journal.verify(reader) == []
    assert march(again).status == "final"
    february = evaluate(again, Query("csat", "t", "test", since=date(2026, 2, 1), until=date(2026, 3, 1)))[0]
    assert february.status == "suspended"


def test_a_stated_value_stands_beside_the_computed_one(bare: Published, ledger: Ledger) -> None:
    computed = march(bare)
    with ledger.write(actor="ben") as writer:
        name = fm.override(
            writer, computed, 88.0, reason="Two batches are lost.", item="data_override 3", asked_by="ann"
        )
    with ledger.read() as reader:
        published = replace(bare, marks=fm.marks(reader))
    found = march(published)
    assert (found.value, found.low, found.status) == (computed.value, computed.low, "final")
    assert (found.stated_value, found.stated_because) == (88.0, "Two batches are lost.")
    assert found.stated_by == "ann, approved by ben (data_override 3)"
    assert march(published, unit="emea").stated is None
    scored = score(published, "service", viewer="t", period=date(2026, 3, 1))
    assert next(scored.measures()).status == "off target"  # of what was computed
    with ledger.write(actor="cy") as writer:
        fm.lift(writer, name, reason="They were found.", item="data_override 3")
        assert fm.marks(writer).overrides == ()
        assert [d.what for d in fm.history(writer)] == ["lift", "state"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"asked_by": "Ben"}, "separation-of-duties"),
        ({"reason": " "}, "no-reason"),
        ({"item": ""}, "no-item"),
        ({"value": float("nan")}, "override-value"),
    ],
)
def test_an_override_needs_two_people_a_reason_and_a_work_item(
    bare: Published, ledger: Ledger, more: dict[str, object], code: str
) -> None:
    given = {"value": 88.0, "reason": "x", "item": "i", "asked_by": "ann", **more}
    with pytest.raises(GovernanceError) as refused, ledger.write(actor="ben") as writer:
        fm.override(writer, march(bare), **given)
    assert refused.value.code == code
    with ledger.read() as reader:
        assert reader.decided.last() == 0


def test_a_suppressed_figure_is_not_stated_either(bare: Published, ledger: Ledger) -> None:
    with pytest.raises(GovernanceError, match="suppressed"), ledger.write(actor="ben") as writer:
        fm.override(writer, march(bare, "few"), 1.0, reason="x", item="i", asked_by="ann")


@pytest.mark.parametrize(
    ("metric", "more", "code"),
    [
        ("csaat", {}, "unknown-metric"),
        ("csat", {"unit": "mars"}, "unknown-unit"),
        ("csat", {"until": date(2026, 3, 1)}, "suspension-days"),
        ("csat", {"reason": ""}, "no-reason"),
        ("csat", {"item": ""}, "no-item"),
    ],
)
def test_a_suspension_names_something_days_a_reason_and_a_work_item(
    bare: Published, ledger: Ledger, metric: str, more: dict[str, object], code: str
) -> None:
    given = {"since": date(2026, 3, 1), "reason": "x", "item": "i", **more}
    with pytest.raises(GovernanceError) as refused, ledger.write(actor="ann") as writer:
        fm.suspend(writer, bare.catalog, metric, **given)
    assert refused.value.code == code


def test_what_is_not_there_cannot_end(ledger: Ledger) -> None:
    with pytest.raises(GovernanceError, match="no override"), ledger.write(actor="ann") as writer:
        fm.lift(writer, "o1", reason="x", item="i")
    with pytest.raises(GovernanceError, match="no suspension"), ledger.write(actor="ann") as writer:
        fm.resume(writer, "s1", until=date(2026, 3, 1), reason="x", item="i")


def test_marks_with_other_suspensions_find_those(bare: Published) -> None:
    one = Suspension("s1", "csat", "emea", date(2026, 3, 1), None, "The switch was down.", "WI-1", "ann")
    before = Marks(suspensions=(one,))
    assert before.of(bare.catalog, "csat", "emea") == [one]
    other = replace(one, id="s2")
    assert replace(before, suspensions=(other,)).of(bare.catalog, "csat", "emea") == [other]
