"""How many agents a queue needs, and what a queue with so many gives: Erlang C and Erlang A, pure numbers.

Both take arrivals as Poisson, handling (and patience) as exponential, one skill, first come first served, and a
steady state within the interval. Erlang C lets every caller wait for ever, so it overstates the need where callers
hang up; Erlang A (M/M/c+M) lets them leave. Times may have any one unit: arrivals per unit, handling, patience,
target and speed of answer in it.
"""

import math
from dataclasses import dataclass

MOST_AGENTS = 100_000
"""A queue that needs more than this is a mistake in its units."""
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True)
class Queue:
    """What a queue gives: shares are fractions of all arrivals, times are means over all arrivals.

    `waits` is the share that does not meet a free agent; `wait` includes those who wait 0 and those who leave;
    `abandons` is 0 under Erlang C.
    """

    agents: int
    waits: float
    wait: float
    occupancy: float
    abandons: float = 0.0


def erlang_b(load: float, agents: int) -> float:
    """Give the share of arrivals that find all `agents` busy where nobody waits; `load` in Erlangs.

    B(0) = 1, B(c) = load B(c-1) / (c + load B(c-1)). Source: Erlang 1917; the recursion is stable for any size.
    """
    _positive(load=load)
    _whole(agents, least=0)
    blocked = 1.0
    for c in range(1, agents + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def erlang_c(arrivals: float, handling: float, agents: int) -> Queue:
    """Give what a queue gives when nobody hangs up; `arrivals` per unit of time, mean `handling` time in that unit.

    A = arrivals x handling; C = c B / (c - A (1 - B)); mean wait = C handling / (c - A); occupancy = A / c.
    Raises ValueError when `agents` <= A: the queue would grow without end.
    Source: CONVENTIONS B.12 (200/h, 180 s, 14: C 0.1741319336, wait 7.836 s, occupancy 0.7142857).
    """
    _positive(arrivals=arrivals, handling=handling)
    _whole(agents, least=1)
    load = arrivals * handling
    if agents <= load:
        raise ValueError(f"{agents} agents cannot carry {load:g} Erlangs: the queue grows without end")
    blocked = erlang_b(load, agents)
    waits = agents * blocked / (agents - load * (1 - blocked))
    return Queue(agents, waits, waits * handling / (agents - load), load / agents)


def service_level(arrivals: float, handling: float, agents: int, target: float) -> float:
    """Give the share of callers answered within `target` under Erlang C: 1 - C exp(-(c - A) target / handling).

    Source: CONVENTIONS B.12 (200/h, 180 s, 14, 20 s: 0.8883500192). Raises ValueError as `erlang_c` does.
    """
    _positive(target=target, zero=True)
    found = erlang_c(arrivals, handling, agents)
    return 1 - found.waits * math.exp(-(agents - arrivals * handling) * target / handling)


def agents_needed(
    arrivals: float, handling: float, *, target: float, level: float, most_occupied: float = 1.0
) -> int:
    """Give the fewest agents at work with which a share `level` is answered within `target` under Erlang C.

    `most_occupied` (0..1] bounds their occupancy too. Raises ValueError for what no number of agents reaches.
    Source: CONVENTIONS B.12 (100 per 30 min, 3 min, 80 % in 20 s, at most 85 % occupied: 14).
    """
    _positive(arrivals=arrivals, handling=handling)
    if not 0 < level < 1:
        raise ValueError(f"a level of {level:g} is not between 0 and 1")
    if not 0 < most_occupied <= 1:
        raise ValueError(f"an occupancy of {most_occupied:g} is not above 0 and at most 1")
    load = arrivals * handling
    agents = math.floor(load) + 1
    while agents <= MOST_AGENTS:
        if load / agents <= most_occupied and service_level(arrivals, handling, agents, target) >= level:
            return agents
        agents += 1
    raise ValueError(f"more than {MOST_AGENTS:,} agents: are the units of arrivals and handling the same?")


def rostered(agents: int, shrinkage: float) -> int:
    """Give how many to roster so that `agents` are at work when a share `shrinkage` of paid time is not.

    Rounded up. Source: CONVENTIONS B.12 (14 at 30 %: 20).
    """
    _whole(agents, least=0)
    if not 0 <= shrinkage < 1:
        raise ValueError(f"a shrinkage of {shrinkage:g} is not at least 0 and below 1")
    return math.ceil(agents / (1 - shrinkage) - 1e-9)  # 14 / 0.7 is a hair above 20 in binary


def erlang_a(arrivals: float, handling: float, agents: int, patience: float) -> Queue:
    """Give what a queue gives when callers hang up after exponential `patience` (its mean); any load is stable.

    The stationary distribution of the birth-death chain: birth `arrivals`, death min(n, c) / handling +
    max(n - c, 0) / patience; summed until a further state adds nothing. Abandons = mean queue length /
    (patience x arrivals), wait = mean queue length / arrivals (Little), occupancy = arrivals (1 - abandons)
    handling / c. Tends to Erlang C as patience grows.
    Source: Palm 1957; Mandelbaum and Zeltyn 2007; CONVENTIONS B.12 (100 per 30 min, 3 min, patience 5 min, 14:
    waits 0.14526, abandons 0.01398, wait 4.195 s, occupancy 0.70430).
    """
    _positive(arrivals=arrivals, handling=handling, patience=patience)
    _whole(agents, least=1)
    weight, total, waiting, queued, n = 1.0, 1.0, 0.0, 0.0, 0
    while True:
        n += 1
        weight *= arrivals / (min(n, agents) / handling + max(n - agents, 0) / patience)
        total += weight
        if n >= agents:
            waiting += weight
            queued += weight * (n - agents)
            falling = weight * (n + 1 - agents) <= _NEGLIGIBLE * (queued + total)
            if falling and arrivals < agents / handling + (n + 1 - agents) / patience:
                break
        if total > 1e250:  # a chain of many states: all are kept in proportion
            weight, total, waiting, queued = weight / total, 1.0, waiting / total, queued / total
    length = queued / total
    abandons = length / patience / arrivals
    occupancy = arrivals * (1 - abandons) * handling / agents
    return Queue(agents, waiting / total, length / arrivals, occupancy, abandons)


def _positive(*, zero: bool = False, **numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number) or number < 0 or (number == 0 and not zero):
            raise ValueError(
                f"{name} of {number} is no finite number {'of 0 or more' if zero else 'above 0'}"
            )


def _whole(agents: int, *, least: int) -> None:
    if agents < least or agents > MOST_AGENTS:
        raise ValueError(f"{agents} agents are not between {least} and {MOST_AGENTS:,}")
