"""Queues: the published values, and what must hold for every queue."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.metrics.queueing import (
    agents_needed,
    erlang_a,
    erlang_b,
    erlang_c,
    rostered,
    service_level,
)

ARRIVALS, HANDLING, TARGET = (
    100 / 1800,
    180.0,
    20.0,
)  # seconds: 100 calls in half an hour, 3 minutes, 20 seconds


def test_erlang_c_gives_the_published_values():
    """pyworkforce's README, computed again: CONVENTIONS B.12."""
    wanted = {"target": TARGET, "level": 0.8, "most_occupied": 0.85}
    assert agents_needed(ARRIVALS, HANDLING, **wanted) == 14
    assert rostered(14, 0.30) == 20
    found = erlang_c(ARRIVALS, HANDLING, 14)
    assert found.waits == pytest.approx(0.1741319336, abs=5e-11)
    assert service_level(ARRIVALS, HANDLING, 14, TARGET) == pytest.approx(0.8883500192, abs=5e-11)
    assert found.occupancy == pytest.approx(0.7142857, abs=5e-8)
    assert found.wait == pytest.approx(7.836, abs=5e-4)


@pytest.mark.parametrize(
    ("agents", "waits", "abandons", "wait", "occupancy"),
    [(14, 0.14526, 0.01398, 4.195, 0.70430), (12, 0.33180, 0.04271, 12.81, 0.79774)],
)
def test_erlang_a_gives_the_published_values(agents, waits, abandons, wait, occupancy):
    found = erlang_a(ARRIVALS, HANDLING, agents, 300.0)
    assert found.waits == pytest.approx(waits, abs=5e-6)
    assert found.abandons == pytest.approx(abandons, abs=5e-6)
    assert found.wait == pytest.approx(wait, abs=5e-3 if wait > 10 else 5e-4)
    assert found.occupancy == pytest.approx(occupancy, abs=5e-6)


loads = st.floats(0.1, 60).filter(lambda load: load % 1 > 1e-3)
handlings = st.floats(1, 1e4)


@given(loads, handlings, st.integers(1, 20))
def test_erlang_a_tends_to_erlang_c_as_patience_grows(load, handling, more):
    agents = math.ceil(load) + more
    calm = erlang_c(load / handling, handling, agents)
    gaps = []
    for patience in (handling, handling * 100, handling * 1e4, handling * 1e8):
        found = erlang_a(load / handling, handling, agents, patience)
        assert found.waits <= calm.waits * (1 + 1e-9)
        assert found.wait <= calm.wait * (1 + 1e-9)
        gaps.append(calm.waits - found.waits)
    assert gaps == sorted(gaps, reverse=True)
    assert found.waits == pytest.approx(calm.waits, rel=1e-4)
    assert found.wait == pytest.approx(calm.wait, rel=1e-4)
    assert found.abandons < 1e-4


@pytest.mark.thorough
@given(loads, handlings, st.integers(1, 80), st.floats(0.05, 200))
def test_erlang_a_balances_what_comes_and_what_goes(load, handling, agents, patience):
    """Who arrives is served or leaves: a chain worked out another way, from the far end, in logarithms."""
    found = erlang_a(load / handling, handling, agents, patience * handling)
    far = agents + 200 + int(20 * (load * patience) ** 0.5 + 4 * load * patience)
    logs = [0.0]
    for n in range(1, far):
        death = min(n, agents) + max(n - agents, 0) / patience
        logs.append(logs[-1] + math.log(load) - math.log(death))
    top = max(logs)
    chances = [math.exp(x - top) for x in logs]
    whole = math.fsum(chances)
    busy = math.fsum(p * min(n, agents) for n, p in enumerate(chances)) / whole
    assert found.occupancy == pytest.approx(busy / agents, rel=1e-9)
    assert found.abandons == pytest.approx(1 - busy / load, abs=1e-9)
    assert found.waits == pytest.approx(math.fsum(chances[agents:]) / whole, abs=1e-9)


@given(loads, handlings, st.floats(0.1, 10), st.floats(0.05, 0.99))
def test_one_agent_fewer_would_not_do(load, handling, relative, level):
    target = handling * relative
    needed = agents_needed(load / handling, handling, target=target, level=level)
    assert service_level(load / handling, handling, needed, target) >= level
    if needed - 1 > load:
        assert service_level(load / handling, handling, needed - 1, target) < level


def test_erlang_b_of_the_textbooks():
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=5e-5)  # the Erlang B table, 10 Erlangs on 10 lines
    assert erlang_b(3, 0) == 1.0
    direct = (4**6 / math.factorial(6)) / sum(4**k / math.factorial(k) for k in range(7))
    assert erlang_b(4, 6) == pytest.approx(direct, rel=1e-14)


def test_a_large_queue_neither_overflows_nor_runs_for_ever():
    found = erlang_a(2000.0, 1.0, 1500, 0.5)
    assert found.occupancy == pytest.approx(1.0, abs=1e-6)
    assert found.abandons == pytest.approx(0.25, abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: erlang_c(ARRIVALS, HANDLING, 10),
        lambda: erlang_c(-1, HANDLING, 10),
        lambda: erlang_c(ARRIVALS, math.nan, 10),
        lambda: erlang_a(ARRIVALS, HANDLING, 14, 0),
        lambda: erlang_a(ARRIVALS, HANDLING, 0, 300),
        lambda: service_level(ARRIVALS, HANDLING, 14, -1),
        lambda: agents_needed(ARRIVALS, HANDLING, target=20, level=1.0),
        lambda: agents_needed(ARRIVALS, HANDLING, target=20, level=0.8, most_occupied=0),
        lambda: agents_needed(1e7, 1.0, target=20, level=0.8),
        lambda: rostered(14, 1.0),
    ],
)
def test_what_no_queue_can_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong()
