"""What sides agree in is said of the sources whose rows are in it; parts may be set against a whole."""

from typing import Any

import pytest

from leadline.insights.reconciliations import reconcile
from tests.insights.test_reconciliations import MONTHS, NOW, accounts, documents, written
from tests.projects import refreshed, write_project

pytestmark = pytest.mark.thorough


def two_feeds(**more: Any) -> list[dict[str, Any]]:
    """Billing comes from one file for the north and one for the south."""
    found = [d for d in documents() if (d["kind"], d.get("name")) != ("source", "billed")]
    feeds = [
        {"kind": "source", "name": f"billed_{unit}", "fact": "billed", "files": f"billed_{unit}.csv",
         "expected": {"every": "month", "units": [unit]} | more}
        for unit in ("north", "south")
    ]  # fmt: skip
    return [{"kind": "project", "time_zone": "UTC"}, *found, *feeds]


def agreements(tmp_path: Any, south_misses: Any) -> dict[str, float]:
    rows = accounts()
    files = {
        "agreed.csv": written(rows),
        "billed_north.csv": written([r for r in rows if r[3] == "north"]),
        "billed_south.csv": written([r for r in rows if r[3] == "south" and not south_misses(r)]),
    }
    with refreshed(write_project(tmp_path / "p", two_feeds(), files), NOW) as (_, published):
        told = published.generation.tables["reliability"]
        return {name: one["parts"]["consistency"] for name, one in told.items()}


def test_a_source_answers_for_the_cells_that_its_rows_are_in(tmp_path) -> None:
    found = agreements(tmp_path, lambda r: r[1] == MONTHS[-1] and r[2] == "a" and int(r[0][-1]) < 5)
    assert found == {"billed_north": 100, "billed_south": 50, "agreed": 75}


def test_a_cell_without_rows_counts_for_who_should_have_brought_them(tmp_path) -> None:
    found = agreements(tmp_path, lambda r: r[1] == MONTHS[-1] and r[2] == "a")
    assert found == {"billed_north": 100, "billed_south": 50, "agreed": 75}


CHANNELS: list[dict[str, Any]] = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "fact", "name": "asked", "key": ["id"], "at": "day", "columns": {
        "id": {"type": "text"}, "day": {"type": "date"}, "channel": {"type": "text"}, "good": {"type": "boolean"}}},
    {"kind": "source", "name": "asked", "fact": "asked", "files": "asked.csv"},
    {"kind": "fact", "name": "relation", "key": ["id"], "at": "day", "columns": {
        "id": {"type": "text"}, "day": {"type": "date"}, "good": {"type": "boolean"}}},
    {"kind": "source", "name": "relation", "fact": "relation", "files": "relation.csv"},
    {"kind": "metric", "name": "by_channel", "type": "share", "of": "asked", "when": "good", "by": ["channel"]},
    {"kind": "metric", "name": "overall", "type": "share", "of": "relation", "when": "good"},
    {"kind": "reconciliation", "name": "channels", "left": "by_channel", "right": "overall", "by": ["channel"],
     "right_whole": True, "tolerance": {"absolute": 5, "statistical": True}},
]  # fmt: skip


def test_each_channel_is_set_against_the_whole(tmp_path) -> None:
    share = {"phone": 80, "chat": 78, "email": 55}
    rows = [
        f"{channel}{month}{n},{month},{channel},{str(n % 100 < good).lower()}\n"
        for channel, good in share.items()
        for month in MONTHS
        for n in range(400)
    ]
    whole = [f"{month}{n},{month},{str(n % 100 < 79).lower()}\n" for month in MONTHS for n in range(400)]
    files = {
        "asked.csv": "id,day,channel,good\n" + "".join(rows),
        "relation.csv": "id,day,good\n" + "".join(whole),
    }
    with refreshed(write_project(tmp_path / "p", CHANNELS, files), NOW) as (space, published):
        found = reconcile(published, published.catalog.reconciliations["channels"], viewer="tester")
        said = {cell.slice: (cell.state, round(cell.values[0]), round(cell.values[1])) for cell in found.now}
        assert said == {
            "channel=phone": ("agrees", 80, 79),
            "channel=chat": ("agrees", 78, 79),
            "channel=email": ("differs", 55, 79),
        }  # fmt: skip
        with space.ledger.read() as reader:
            (told,) = reader.findings(kind="reconciliation")
        assert (told.metric, told.slice) == ("by_channel", "channel=email")
        assert "24 points less than overall" in told.statement or "24" in told.statement
        told_of = published.generation.tables["reliability"]
        assert told_of["asked"]["parts"]["consistency"] == pytest.approx(200 / 3, abs=0.01)
