"""A published figure is proved from its rows; one that does not follow from them is said to differ, and how."""

from dataclasses import replace

import pytest

from leadline.metrics.query import Query
from leadline.metrics.recompute import recompute
from tests.metrics.test_increments import DOCUMENTS, NAMES
from tests.metrics.test_left_out import FEW, batch, left
from tests.metrics.warehouse import warehouse

pytestmark = pytest.mark.thorough

LIVE = {"row": {"one": batch(0, 20), "two": batch(40)}, "person": {"p": [{"who": "ann", "tier": "gold"}]}}


def asked(*names):
    return [
        Query(name, "tester", "test", "month", **more) for name in names for more in ({}, {"by_unit": True})
    ]


def test_what_is_published_follows_from_its_rows(tmp_path):
    with warehouse(tmp_path, DOCUMENTS) as made:
        published = made.publish(LIVE, left_out={"row": left(["20-1"])})
        found = list(recompute(published, asked(*NAMES)))
    assert len(found) > 50
    assert {(one.outcome, one.why) for one in found} == {("equal", "")}


def test_a_figure_that_its_rows_do_not_give_differs(tmp_path):
    with warehouse(tmp_path, FEW) as made:
        published = made.publish(LIVE)
        other = replace(published, batches={"one": published.batches["one"]})
        found = {
            (one.published.period, one.outcome, one.why) for one in recompute(other, asked("an_hourly_count"))
        }
    (why,) = {why for period, outcome, why in found if (period, outcome) == ("2026-01", "differs")}
    assert why.startswith("value: 6 published, 3 from the rows; low: 2.2018942")  # Garwood's interval of 6
    assert why.endswith("; n: 6 published, 3 from the rows")
    assert {period for period, outcome, _ in found if outcome == "equal"} == {"2025-12"}


def test_rows_that_are_gone_prove_nothing(tmp_path):
    with warehouse(tmp_path, FEW) as made:
        published = made.publish(LIVE)
        made.engine.drop(published.facts.relations["row"][0])
        found = list(recompute(published, asked("an_hourly_count")))
    assert {(one.outcome, one.why) for one in found} == {
        ("cannot tell", "Rows are gone from the warehouse: row/one.")
    }
