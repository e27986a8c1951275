"""Places boxes in layers and routes links between them, so that no box overlaps another and no link crosses a box.

After Sugiyama, Tagawa and Toda (1981): boxes stand in rows; a link that passes a row gets a lane of its own there; rows
are ordered by the mean place of what their boxes are joined to, up and down in turn, and the order with the fewest
crossings is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 164.0, 62.0
"""Of a box."""
GAP, LANE = 18.0, 10.0
"""Between boxes; width of a lane for a link that passes a row."""
BETWEEN, INSIDE = 38.0, 32.0
"""Height between rows of two bands, and between rows of one."""
IN_A_ROW = 6
LEAST = 1040.0
"""Width of the whole: narrower ones would be drawn larger than the words around them."""
_SWEEPS = 8

Edge = tuple[str, str]
"""From a cause to its effect."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Laid:
    """Where everything is: the upper left corner of each box, the points of each link from its cause to its effect,
    the top and the bottom of each band, and the whole size."""

    boxes: Mapping[str, Point]
    links: Mapping[Edge, tuple[Point, ...]]
    bands: tuple[tuple[float, float], ...]
    width: float
    height: float


def lay(bands: Sequence[Sequence[str]], links: Sequence[Edge]) -> Laid:
    """Lay out bands (from the top) of boxes; a box is in one band. Links to what is in none are left out."""
    rows, of_band = _rows(bands, links)
    level = {name: nth for nth, row in enumerate(rows) for name in row}
    edges = [
        e for e in dict.fromkeys(links) if e[0] in level and e[1] in level and level[e[0]] != level[e[1]]
    ]
    filled, chains = _lanes(rows, level, edges)
    ordered = _ordered(filled, chains)
    width = max((_wide(row) for row in ordered), default=0.0)
    width = max(width, LEAST)
    tops, ends, bottom = _heights(of_band, len(bands))
    places = {name: x for row in ordered for name, x in _along(row, width).items()}
    return Laid(
        {name: (places[name], tops[level[name]]) for name in level},
        {edge: _points(chain, edge, places, tops, level) for edge, chain in chains.items()},
        ends,
        width,
        bottom,
    )


def _rows(bands: Sequence[Sequence[str]], links: Sequence[Edge]) -> tuple[list[list[str]], list[int]]:
    """Give the rows from the top, and the band of each: within a band causes stand below their effects."""
    rows: list[list[str]] = []
    of_band: list[int] = []
    for nth, band in enumerate(bands):
        inside = [(a, b) for a, b in links if a in band and b in band and a != b]
        depth = dict.fromkeys(band, 0)
        for _ in band:  # longest way to the top; a circle ends after as many rounds as there are boxes
            for cause, effect in inside:
                depth[cause] = max(depth[cause], min(depth[effect] + 1, len(band)))
        for level in sorted(set(depth.values())):
            row = [name for name in band if depth[name] == level]
            parts = -(-len(row) // IN_A_ROW)
            each = -(-len(row) // parts)
            for start in range(0, len(row), each):
                rows.append(row[start : start + each])
                of_band.append(nth)
        if not band:
            rows.append([])
            of_band.append(nth)
    return rows, of_band


def _lanes(
    rows: Sequence[Sequence[str]], level: Mapping[str, int], edges: Sequence[Edge]
) -> tuple[list[list[str]], dict[Edge, tuple[str, ...]]]:
    """Give the rows with a lane for each link that passes them, and the chain of each link from cause to effect."""
    filled = [list(row) for row in rows]
    chains: dict[Edge, tuple[str, ...]] = {}
    for nth, (cause, effect) in enumerate(edges):
        step = -1 if level[effect] < level[cause] else 1
        between = range(level[cause] + step, level[effect], step)
        lanes = [f"|{nth}:{at}" for at in between]
        for at, lane in zip(between, lanes, strict=True):
            filled[at].append(lane)
        chains[cause, effect] = (cause, *lanes, effect)
    return filled, chains


def _ordered(rows: list[list[str]], chains: Mapping[Edge, tuple[str, ...]]) -> list[list[str]]:
    joined = [pair for chain in chains.values() for pair in pairwise(chain)]
    beside: dict[str, list[str]] = {}
    for one, other in joined:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    level = {name: nth for nth, row in enumerate(rows) for name in row}
    best, fewest = [list(row) for row in rows], _crossings(rows, joined, level)
    now = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for at in range(1, len(now)) if down else range(len(now) - 2, -1, -1):
            now[at] = _by_neighbours(now[at], now[at - 1 if down else at + 1], beside)
        found = _crossings(now, joined, level)
        if found < fewest:
            best, fewest = [list(row) for row in now], found
    return best


def _by_neighbours(row: Sequence[str], near: Sequence[str], beside: Mapping[str, Sequence[str]]) -> list[str]:
    """Order a row by the mean place of what it is joined to in the row beside it."""
    place = {name: (i + 0.5) / len(near) for i, name in enumerate(near)}
    own = {name: (i + 0.5) / len(row) for i, name in enumerate(row)}
    return sorted(
        row, key=lambda name: _mean([place[o] for o in beside.get(name, ()) if o in place], own[name])
    )


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _crossings(rows: Sequence[Sequence[str]], joined: Sequence[Edge], level: Mapping[str, int]) -> int:
    place = {name: i for row in rows for i, name in enumerate(row)}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for one, other in joined:
        upper, lower = (one, other) if level[one] < level[other] else (other, one)
        by_row.setdefault(level[upper], []).append((place[upper], place[lower]))
    return sum(
        (a - c) * (b - d) < 0
        for pairs in by_row.values()
        for i, (a, b) in enumerate(pairs)
        for c, d in pairs[:i]
    )


def _is_lane(name: str) -> bool:
    return name.startswith("|")


def _wide(row: Sequence[str]) -> float:
    boxes = sum(LANE if _is_lane(name) else WIDTH for name in row)
    return boxes + GAP * max(len(row) - 1, 0)


def _along(row: Sequence[str], width: float) -> dict[str, float]:
    """Give the left end of everything in a row, spread over the whole width."""
    spare = max(width - _wide(row), 0.0) / (len(row) + 1)
    places: dict[str, float] = {}
    at = spare
    for name in row:
        places[name] = at
        at += (LANE if _is_lane(name) else WIDTH) + GAP + spare
    return places


def _heights(
    of_band: Sequence[int], bands: int
) -> tuple[list[float], tuple[tuple[float, float], ...], float]:
    tops: list[float] = []
    at = BETWEEN / 2
    for nth, band in enumerate(of_band):
        if nth:
            at += HEIGHT + (INSIDE if band == of_band[nth - 1] else BETWEEN)
        tops.append(at)
    own = [[top for top, band in zip(tops, of_band, strict=True) if band == nth] for nth in range(bands)]
    ends = tuple((min(one) - BETWEEN / 2, max(one) + HEIGHT + BETWEEN / 2) for one in own)
    return tops, ends, (ends[-1][1] if ends else 0.0)


def _points(
    chain: Sequence[str],
    edge: Edge,
    places: Mapping[str, float],
    tops: Sequence[float],
    level: Mapping[str, int],
) -> tuple[Point, ...]:
    """Give where a link leaves its cause, passes rows, and reaches its effect: at the sides that face each other."""
    up = level[edge[1]] < level[edge[0]]
    at = level[edge[0]]
    found: list[Point] = [(places[edge[0]] + WIDTH / 2, tops[at] + (0.0 if up else HEIGHT))]
    for lane in chain[1:-1]:
        at += -1 if up else 1
        x = places[lane] + LANE / 2
        ends = [(x, tops[at] + HEIGHT), (x, tops[at])]
        found += ends if up else ends[::-1]
    found.append((places[edge[1]] + WIDTH / 2, tops[level[edge[1]]] + (HEIGHT if up else 0.0)))
    return tuple(found)
