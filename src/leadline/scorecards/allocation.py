"""A goal of the whole, told to its parts, and parts' goals added up: pure numbers.

Top down, each part is asked for the same improvement over what is expected of it: its own level, that of its mix of
cases (indirect standardisation), or the whole's. By the parts' rows the goals then make up the whole's goal exactly, at
every level of a tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Basis = Literal["equal", "own", "mix"]
_WHOLE = 1e-6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole: its value and rows; `expected` is what the whole's cases would be at this part's mix.

    `declared` is the goal that a scorecard already sets for it.
    """

    name: str
    value: float
    n: int
    expected: float | None = None
    declared: float | None = None


@dataclass(frozen=True, slots=True)
class Allotted:
    """A part with the goal that it is allotted; `base` is what was expected of it."""

    part: Part
    base: float
    goal: float


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What parts' declared goals come to for the whole, and how far from the whole's goal; None where one has none."""

    implied: float | None
    gap: float | None
    adjusted: tuple[float, ...] = ()


def adds_up(whole: float, parts: Sequence[Part]) -> bool:
    """Tell whether the parts' values, by their rows, make up the whole's: only then can a mean's goal be allotted."""
    rows = sum(part.n for part in parts)
    if not rows:
        return False
    middle = sum(part.value * part.n for part in parts) / rows
    return abs(middle - whole) <= _WHOLE * max(abs(whole), 1.0)


def top_down(goal: float, whole: float, parts: Sequence[Part], basis: Basis) -> tuple[Allotted, ...]:
    """Allot the goal of a share or a mean: to each part its base and what the whole must gain."""
    bases = {part.name: _base(part, whole, basis) for part in parts}
    rows = sum(part.n for part in parts)
    gain = goal - sum(bases[part.name] * part.n for part in parts) / rows
    return tuple(Allotted(part, bases[part.name], bases[part.name] + gain) for part in parts)


def top_down_total(goal: float, parts: Sequence[Part]) -> tuple[Allotted, ...]:
    """Allot the goal of a count or a sum by the parts' shares of the present total."""
    total = sum(part.value for part in parts)
    return tuple(Allotted(part, part.value, goal * part.value / total if total else 0.0) for part in parts)


def bottom_up(goal: float, parts: Sequence[Part], *, additive: bool) -> Reconciled:
    """Add the parts' declared goals up, and give each what it would have to be so that both meet."""
    declared = [part.declared for part in parts if part.declared is not None]
    if len(declared) < len(parts) or not parts:
        return Reconciled(None, None)
    rows = sum(part.n for part in parts)
    implied = sum(declared) if additive else sum(d * p.n for d, p in zip(declared, parts, strict=True)) / rows
    moved = [d * goal / implied if additive and implied else d + goal - implied for d in declared]
    return Reconciled(implied, implied - goal, tuple(moved))


def shares_of_gap(parts: Sequence[Allotted], *, additive: bool) -> tuple[float, ...]:
    """Say what each part's declared goal adds to the difference between what all come to and the whole's goal.

    What a part is allotted makes up the goal with the others', so its share is how far its own goal is from that, by
    its rows. A part without one counts as what it is allotted. In the metric's unit of measure; they add up.
    """
    rows = sum(one.part.n for one in parts)
    weights = [1.0 if additive else one.part.n / rows for one in parts]
    return tuple(
        0.0 if one.part.declared is None else (one.part.declared - one.goal) * weight
        for one, weight in zip(parts, weights, strict=True)
    )


def expected_at_mix(own: dict[str, int], whole: dict[str, float]) -> float | None:
    """Give what the whole's cases would be at a part's mix: the whole's value in each kind of case, by its own rows.

    None where a kind of case that the part has is unknown for the whole.
    """
    rows = sum(own.values())
    if not rows or any(kind not in whole for kind, n in own.items() if n):
        return None
    return sum(n * whole[kind] for kind, n in own.items() if n) / rows


def with_expected(part: Part, expected: float | None) -> Part:
    """Give a part with what is expected of its mix."""
    return replace(part, expected=expected)


def _base(part: Part, whole: float, basis: Basis) -> float:
    if basis == "own":
        return part.value
    if basis == "mix" and part.expected is not None:
        return part.expected
    return whole
