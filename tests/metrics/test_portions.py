"""Reads side by side: in order, each once, an error after all have ended; wide reads in equal portions."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.catalog.definitions import Mean, Share
from leadline.metrics import estimate
from leadline.metrics.portions import WIDE, portions, side_by_side


@given(st.integers(0, 5 * WIDE))
def test_portions_are_all_there_is_and_none_is_wide(count: int) -> None:
    parts = portions(list(range(count)))
    assert [one for part in parts for one in part] == list(range(count))
    assert all(0 < len(part) <= WIDE for part in parts)
    assert len(parts) == -(-count // WIDE)


def test_work_is_given_in_its_order_whoever_ends_first() -> None:
    def after(nth: int) -> int:
        time.sleep(0.01 * (3 - nth))
        return nth

    assert side_by_side([lambda nth=nth: after(nth) for nth in range(4)]) == [0, 1, 2, 3]
    assert side_by_side([]) == []


@pytest.mark.parametrize("failing", [0, 2])
def test_an_error_is_raised_when_nobody_is_at_work_any_more(failing: int) -> None:
    at_work = set[int]()
    lock = threading.Lock()

    def one(nth: int) -> None:
        with lock:
            at_work.add(nth)
        time.sleep(0.02)
        with lock:
            at_work.discard(nth)
        if nth == failing:
            raise ZeroDivisionError(nth)

    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda nth=nth: one(nth) for nth in range(4)])
    assert at_work == set()


numbers = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 100).map(lambda hundredths: hundredths / 100)),
    min_size=1,
    max_size=6,
)


@given(numbers, numbers)
def test_metrics_of_one_kind_are_estimated_together_as_they_are_alone(one, other) -> None:
    metrics, sums = [], []
    for nth, drawn in enumerate((one, other)):
        n = np.asarray([float(size) for size, _ in drawn])
        part = np.asarray([share for _, share in drawn])
        named = {"kind": "metric", "name": f"m{nth}", "of": "row"}
        metrics.append(
            Share.model_validate(
                {**named, "type": "share", "when": "x", "measured_in": ("percent", "fraction")[nth]}
            )
        )
        sums.append({"n": n, "k": np.floor(part * n)})
        metrics.append(
            Mean.model_validate(
                {**named, "name": f"v{nth}", "type": "mean", "value": "x", "measured_in": "each"}
            )
        )
        sums.append({"n": n, "sx": part * n, "sxx": part * n, "sxxx": part * n})
    for metric, mine, found in zip(metrics, sums, estimate.together(metrics, sums), strict=True):
        alone = estimate.estimate(metric, mine)
        assert found.method == alone.method
        for name in ("value", "low", "high", "n"):
            np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=1e-12)
