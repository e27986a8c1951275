"""Where a gap lies: the part that makes it, and nothing where chance could."""

from datetime import date

import numpy as np
import pytest

from leadline.insights.standing_out import Gap, found_in
from leadline.metrics.observation import Observation


def seen(value: float | None, n: int, slice_: str = "", *, half: float = 1.0) -> Observation:
    """A figure with a symmetric interval."""
    ends = (None, None) if value is None else (value - half, value + half)
    return Observation(
        metric="churn", version=1, period="2026-10", grain="month", unit=None, slice=slice_, value=value, low=ends[0],
        high=ends[1], n=n, status="final", method="", note="", start=date(2026, 10, 1), end=date(2026, 11, 1),
    )  # fmt: skip


def test_the_part_that_makes_the_gap_is_named_with_its_shares() -> None:
    parts = [seen(10, 100, "plan=flex"), seen(2, 300, "plan=basic"), seen(2, 100, "plan=old")]
    whole = (10 * 100 + 2 * 300 + 2 * 100) / 500  # 3.6
    part = found_in(Gap(seen(whole, 500), 2.0), [parts])
    assert part is not None
    assert part.observation.slice == "plan=flex"
    assert part.of_gap == pytest.approx(1.0)  # the others are at the goal
    assert part.of_rows == pytest.approx(0.2)
    assert part.looked_at == 3


def test_the_worse_side_is_that_of_the_goal() -> None:
    parts = [seen(90, 250, "a=x"), seen(50, 250, "a=y")]
    lower = found_in(Gap(seen(70, 500), 80.0), [parts])
    higher = found_in(Gap(seen(70, 500), 60.0), [parts])
    assert lower is not None
    assert higher is not None
    assert (lower.observation.slice, higher.observation.slice) == ("a=y", "a=x")


def test_nothing_stands_out_where_all_are_alike_or_unsure() -> None:
    alike = [seen(3.5, 100, "a=x"), seen(3.7, 100, "a=y")]
    assert found_in(Gap(seen(3.6, 200), 2.0), [alike]) is None
    unsure = [seen(10, 100, "a=x", half=8), seen(2, 400, "a=y")]
    assert found_in(Gap(seen(3.6, 500), 2.0), [unsure]) is None
    assert found_in(Gap(seen(2.0, 500), 2.0), [unsure]) is None


def test_no_share_is_said_where_parts_make_up_no_whole() -> None:
    parts = [seen(10, 100, "a=x"), seen(2, 300, "a=y"), seen(None, 0, "a=z")]
    part = found_in(Gap(seen(3.6, 500), 2.0), [parts])
    assert part is not None
    assert part.of_gap is None


@pytest.mark.thorough
def test_among_parts_without_a_difference_one_in_twenty_at_most_stands_out() -> None:
    """3,000 wholes of 20 parts that differ by chance alone."""
    chance = np.random.default_rng(2)
    values = 50 + chance.normal(size=(3000, 20))
    found = 0
    for row in values:
        parts = [seen(float(v), 100, f"a={i}", half=1.96) for i, v in enumerate(row)]
        found += found_in(Gap(seen(float(row.mean()), 2000), 60.0), [parts]) is not None
    assert found / 3000 < 0.05
