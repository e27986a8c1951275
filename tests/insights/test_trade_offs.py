"""Trade-offs: what was bought with what is found, chance is not, and the frontier is what none beats."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Bounded
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.insights import trade_offs
from leadline.insights.trade_offs import Standing, find, findings, stand, weigh
from leadline.metrics.observation import Observation
from tests.projects import refreshed, write_project
from tests.scorecards.service import calls, documents

NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """North bought speed with resolution in May; south did not."""
    root = tmp_path_factory.mktemp("trade") / "p"
    plan = {("north", "2026-05"): (8.0, 0.5)}
    with refreshed(write_project(root, documents(), {"calls.csv": calls(plan)}), NOW) as (space, found):
        yield space, found


def test_what_was_bought_is_a_finding_and_says_with_what(published) -> None:
    space, found = published
    (one,) = findings(found, viewer="me")
    assert (one.kind, one.metric, one.unit, one.period) == ("trade_off", "resolved", "north", "2026-05")
    assert one.severity == "high"
    assert one.statement.startswith(
        "Resolved in North got worse as minutes got better in May 2026: resolved "
    )
    assert "out of the range that is acceptable" in one.statement
    with space.ledger.read() as reader:
        assert [f.id for f in reader.findings(kind="trade_off")] == [one.id]


@pytest.mark.thorough
def test_each_side_stands_in_its_range_as_its_whole_interval_does(published) -> None:
    traded = weigh(published[1], find(published[1], "speed_or_care"), viewer="me")
    stands = {(s.unit, s.period): s.stands for s in traded.standings}
    assert len(stands) == 10
    assert stands["north", "2026-05"] == ("in range", "out of range")
    assert stands["south", "2026-05"] == ("in range", "in range")
    assert [s.unit for s in traded.now if s.in_conflict] == ["north"]


@pytest.mark.thorough
def test_a_name_that_there_is_not_suggests_one(published) -> None:
    with pytest.raises(QueryError, match="no trade-off") as refused:
        find(published[1], "speed_of_care")
    assert "speed_or_care" in refused.value.hint


def figure(value: float, half: float) -> Observation:
    return Observation(
        "m", 1, "2026-01", "month", None, "", value, value - half, value + half, 50, "final", "t", "",
        date(2026, 1, 1), date(2026, 2, 1),
    )  # fmt: skip


POINT = st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(0.1, 3), st.floats(0.1, 3))


@given(st.lists(POINT, min_size=1, max_size=12), st.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)]))
def test_the_frontier_is_what_none_beats(points, signs) -> None:
    standings = [
        Standing(
            str(i), "2026-01", date(2026, 1, 1), (figure(a, ha), figure(b, hb)), ("in range", "in range")
        )
        for i, (a, b, ha, hb) in enumerate(points)
    ]
    found = trade_offs._on_frontier(standings, signs)
    assert any(one.frontier == "on" for one in found)
    for one in found:
        mine = [v * s for v, s in zip(one.values, signs, strict=True)]
        beaten = any(
            all(v * s >= m for v, s, m in zip(other.values, signs, mine, strict=True))
            and other.values != one.values
            for other in found
        )
        assert (one.frontier == "on") == (not beaten)
    turned = trade_offs._on_frontier(list(reversed(standings)), signs)
    assert {s.unit: s.frontier for s in found} == {s.unit: s.frontier for s in turned}


@pytest.mark.parametrize(
    ("side", "value", "half", "expected"),
    [
        (Bounded(metric="m", at_least=5), 7, 1, "in range"), (Bounded(metric="m", at_least=5), 5.5, 1, "cannot tell"),
        (Bounded(metric="m", at_least=5), 3, 1, "out of range"), (Bounded(metric="m", at_least=5), 6, 1, "in range"),
        (Bounded(metric="m", at_most=5), 3, 1, "in range"), (Bounded(metric="m", at_most=5), 7, 1, "out of range"),
        (Bounded(metric="m", at_least=1, at_most=5), 3, 3, "cannot tell"),
    ],
)  # fmt: skip
def test_a_side_is_in_or_out_as_a_whole(side, value, half, expected) -> None:
    assert stand(side, figure(value, half)) == expected


@pytest.mark.thorough
def test_two_sides_that_only_wander_are_seldom_said_to_move_apart() -> None:
    """20,000 pairs of periods in which nothing changed, one side moved, or both got better: at most 5 % are told."""
    rng = np.random.default_rng(5)
    for shift in ((0, 0), (3, 0), (0, -3), (4, 4)):
        told = 0
        for _ in range(5_000):
            before, now = rng.normal(0, 1, 2), rng.normal(shift, 1, 2)
            sides = [(figure(a, 1.959963984540054), figure(b, 1.959963984540054)) for a, b in (before, now)]
            pair = [Standing(None, "p", date(2026, 1, 1), side, ("in range", "in range")) for side in sides]
            p, _ = trade_offs._apart(pair[0], pair[1], (1, 1))
            told += p is not None and p <= 0.05
        assert told / 5_000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 5_000), shift


def test_the_side_that_pays_is_named_whichever_it_is() -> None:
    before = Standing(None, "p", date(2026, 1, 1), (figure(0, 1), figure(0, 1)), ("in range", "in range"))
    now = replace(before, figures=(figure(9, 1), figure(-9, 1)))
    assert trade_offs._apart(before, now, (1, 1))[1] == 1
    assert trade_offs._apart(before, now, (-1, -1))[1] == 0
    same = trade_offs._apart(before, now, (1, -1))
    assert same[0] == pytest.approx(1.0, abs=1e-6)
