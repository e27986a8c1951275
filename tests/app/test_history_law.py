"""Dumps of customers over the months, corrections and withdrawals among them: as was, as is, and as of any earlier day.

The law: whatever came in whichever order, figures are those of a fresh project with the last state of every file; and
asked as of an earlier refresh, they are what that refresh said.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.app.as_of import open_as_of
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.clock import FixedClock
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from tests.projects import quiet, write_project

DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "fact", "name": "dump", "key": ["customer", "taken_on"], "at": "taken_on", "columns": {
        "customer": {"type": "text"}, "taken_on": {"type": "date", "required": True},
        "tier": {"type": "text", "one_of": ["Gold", "Silver"],
                 "recoded": [{"from": "2026-03-01", "codes": {"A": "Gold", "B": "Silver"}}]}}},
    {"kind": "source", "name": "dumps", "fact": "dump", "files": "dumps/*.csv"},
    {"kind": "fact", "name": "tiering", "from": "dump", "versions": {"taken": "taken_on", "columns": ["tier"]},
     "key": ["customer", "since"], "valid": {"from": "since", "until": "until"}},
    {"kind": "fact", "name": "visit", "key": ["id"], "at": "on_day", "columns": {
        "id": {"type": "text"}, "on_day": {"type": "date"}, "who": {"type": "text", "references": "tiering"}}},
    {"kind": "source", "name": "visits", "fact": "visit", "files": "visits.csv"},
    {"kind": "metric", "name": "visits", "type": "count", "of": "visit", "by": ["who.tier"],
     "collected": {"every": "month"}},
]  # fmt: skip
VISITS = "id,on_day,who\n" + "".join(
    f"{who}-{month},2026-{month:02}-15,{who}\n" for month in (1, 2, 3, 4) for who in ("ann", "bob", "cem")
)
HEADER = "customer,taken_on,tier\n"
STEPS: list[dict[str, str]] = [
    {"01": "ann,2026-01-01,A\nbob,2026-01-01,B\n"},
    {"02": "ann,2026-02-01,A\nbob,2026-02-01,A\ncem,2026-02-01,B\n"},  # bob rose, cem came
    {"04": "ann,2026-04-01,Gold\nbob,2026-04-01,Gold\n"},  # cem left; March is late
    {"03": "ann,2026-03-01,Silver\nbob,2026-03-01,Gold\ncem,2026-03-01,Silver\n"},  # ann fell
    {"03": "ann,2026-03-01,Gold\nbob,2026-03-01,Gold\ncem,2026-03-01,Silver\n"},  # no, she did not
    {"02": "ann,2026-02-01,A\nbob,2026-02-01,B\ncem,2026-02-01,B\n"},  # nor did bob rise before March
]


def say(published: Published) -> dict[str, dict[tuple[str, str], float | None]]:
    """Give every figure: as was and as is, by month and tier."""
    found = {}
    for reading in ("as_was", "as_is"):
        asked = Query("visits", "tester", "test", by=("who.tier",), dimensions=reading)
        found[reading] = {(o.period, o.slice): o.value for o in evaluate(published, asked) if o.n}
    return found


def clock(step: int) -> FixedClock:
    return FixedClock(datetime(2026, 5, 10 + step, tzinfo=UTC))


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """The project after every step, with what each refresh said."""
    root = write_project(tmp_path_factory.mktemp("grown") / "p", DOCUMENTS, {"visits.csv": VISITS})
    said = []
    with workspace(root, actor="tester", clock=clock(0)) as space:
        for nth, step in enumerate(STEPS):
            put(root, step)
            refresh(space, clock(nth), quiet)
            published = open_published(space)
            said.append((published.generation.id, say(published)))
        yield root, space, said


def put(root: Path, files: dict[str, str]) -> None:
    (root / "dumps").mkdir(exist_ok=True)
    for month, rows in files.items():
        (root / f"dumps/{month}.csv").write_text(HEADER + rows)


@pytest.mark.thorough
def test_as_was_and_as_is_are_both_right_over_the_renaming(grown) -> None:
    last = grown[2][-1][1]
    assert last["as_was"] == {
        ("2026-01", "who.tier=Gold"): 1, ("2026-01", "who.tier=Silver"): 1, ("2026-01", "who.tier=(none)"): 1,
        ("2026-02", "who.tier=Gold"): 1, ("2026-02", "who.tier=Silver"): 2,
        ("2026-03", "who.tier=Gold"): 2, ("2026-03", "who.tier=Silver"): 1,
        ("2026-04", "who.tier=Gold"): 2, ("2026-04", "who.tier=(none)"): 1,
    }  # fmt: skip
    assert last["as_is"] == {
        (f"2026-{month:02}", slice_): n
        for month in (1, 2, 3, 4)
        for slice_, n in (("who.tier=Gold", 2), ("who.tier=(none)", 1))
    }


@pytest.mark.thorough
def test_any_history_of_dumps_and_corrections_is_a_fresh_load_of_the_last_state(grown, tmp_path) -> None:
    last: dict[str, str] = {}
    for step in STEPS:
        last |= step
    root = write_project(tmp_path / "p", DOCUMENTS, {"visits.csv": VISITS})
    put(root, last)
    with workspace(root, actor="tester", clock=clock(9)) as space:
        refresh(space, clock(9), quiet)
        assert say(open_published(space)) == grown[2][-1][1]


@pytest.mark.thorough
def test_as_of_each_earlier_refresh_figures_are_what_it_said(grown) -> None:
    _, space, said = grown
    assert len({repr(figures) for _, figures in said}) > 3
    for generation, figures in said:
        assert say(open_as_of(space, generation, clock(9))) == figures


@pytest.mark.thorough
def test_an_explanation_shows_how_codes_are_read(grown) -> None:
    _, space, _ = grown
    found = explain(open_published(space), Query("visits", "tester", "test", since=date(2026, 2, 1),
                                                 until=date(2026, 3, 1)))  # fmt: skip
    assert "Before 2026-03-01, tier A is read as Gold, B as Silver." in found.words
    assert found.agrees
