"""The flat table of closed figures: documented, whole, in pages that add up, and in both formats the same."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from leadline.app import epm, periods
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.errors import ExportError
from leadline.store.closings import Closing, Frozen
from tests.app import closing_company as company
from tests.app.closing_company import APRIL, FEBRUARY, HEADER, MARCH, answers
from tests.projects import quiet

DOCS = Path(__file__).parents[2] / "docs" / "epm.md"


def close(space: Workspace) -> None:
    published = open_published(space)
    periods.close_period(
        space.ledger, published, "service", published.periods.parse(FEBRUARY), actor=space.actor,
        today=periods.today(published, MARCH), because="A test.", despite=True,
    )  # fmt: skip


def page(space: Workspace, **asked) -> epm.Page:
    with space.ledger.read() as reader:
        return epm.page(open_published(space), reader.frozen, "tester", **asked)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = company.write(tmp_path_factory.mktemp("epm") / "project")
    with workspace(root, actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        close(space)
        before = page(space)
        (root / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
        refresh(space, APRIL, quiet)
        yield space, before


def test_every_frozen_figure_is_a_row_and_what_moved_comes_after_the_cursor(made) -> None:
    space, before = made
    assert len(before.rows) == 15
    assert not any(row["restated"] for row in before.rows)
    after = page(space, cursor=before.cursor)
    moved = {
        (row["measure"], row["unit"]): (row["value"], row["restated"]) for row in after.rows if row["measure"]
    }
    assert moved["csat", "emea"] == (60.0, True)
    assert page(space).rows == before.rows + after.rows
    assert page(space, cursor=after.cursor).rows == ()


@pytest.mark.thorough
def test_pages_add_up_to_the_whole(made) -> None:
    space, _ = made
    found, cursor, more = [], epm.START, True
    while more:
        one = page(space, cursor=cursor, limit=4)
        assert len(one.rows) <= 4
        found += one.rows
        cursor, more = one.cursor, one.more
    assert tuple(found) == page(space).rows


def test_both_formats_hold_the_same_rows(made, tmp_path: Path) -> None:
    rows = page(made[0]).rows
    read = list(csv.DictReader(io.StringIO(epm.as_csv(rows))))
    assert [row["value"] for row in read] == [
        "" if row["value"] is None else str(row["value"]) for row in rows
    ]
    epm.write_parquet(rows, tmp_path / "t.parquet")
    kept = pq.read_table(tmp_path / "t.parquet").to_pylist()
    timed = [
        {**one, "period_start": one["period_start"].isoformat(), "period_end": one["period_end"].isoformat(),
         "recorded_at": one["recorded_at"].isoformat(timespec="seconds")}
        for one in kept
    ]  # fmt: skip
    assert tuple(timed) == rows
    assert type(kept[0]["period_start"]) is date
    assert kept[0]["recorded_at"].utcoffset() == timedelta(0)


def test_a_row_is_one_figure_on_one_scorecard_and_says_what_it_is(made) -> None:
    rows = page(made[0]).rows
    keys = [(row["closing"], row["on_unit"], row["path"]) for row in rows if not row["restated"]]
    assert len(keys) == len(set(keys))
    assert {row["status"] for row in rows if row["measure"]} <= {"final", "restated", "provisional", "suppressed",
                                                              "no data", "suspended"}  # fmt: skip
    closed = set(keys)
    for row in (row for row in rows if row["restated"]):
        assert (row["closing"], row["on_unit"], row["path"]) in closed


def test_a_measure_of_a_unit_of_its_own_stands_on_several_scorecards_and_says_so() -> None:
    closing = Closing(
        number=1, id="c", scorecard="s", version=1, period="2026-02", grain="month", start="2026-02-01",
        end="2026-03-01", generation="g", figures=2, hash="h", closed_at=MARCH.now(), actor="ann",
    )  # fmt: skip
    path = "a/b/churn#segment=mass@uki"
    figures = [Frozen(node="measure", path=path, label="C", unit=one) for one in (None, "emea", "uki")]
    made = [epm._row(closing, one, None, in_force=True) for one in figures]
    assert [(row["unit"], row["on_unit"], row["segment"]) for row in made] == [
        ("uki", None, "segment=mass"), ("uki", "emea", "segment=mass"), ("uki", "uki", "segment=mass"),
    ]  # fmt: skip


def test_a_text_does_not_become_a_formula() -> None:
    row = dict.fromkeys(epm.COLUMNS) | {"label": "=HYPERLINK(1)"}
    assert "'=HYPERLINK" in epm.as_csv((row,))


def test_every_column_is_documented() -> None:
    table = re.findall(r"^\| (`[^|]+) \|", DOCS.read_text(), re.MULTILINE)
    assert [name for line in table for name in re.findall(r"`(\w+)`", line)] == list(epm.COLUMNS)


@pytest.mark.parametrize("cursor", ["", "1", "1.2", "a.b.c", "1.2.3.4", "-1.0.0", "9" * 20 + ".0.0", "²"])
def test_what_is_no_cursor_is_refused(made, cursor: str) -> None:
    with pytest.raises(ExportError, match="no cursor"):
        page(made[0], cursor=cursor)
