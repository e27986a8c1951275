"""What was learned of an identity's comparisons: how often each grade is seen in pairs that are one, and in others.

A Fellegi-Sunter model: the weight of a grade is log2(m / u), in bits; the weights of all comparisons and the odds that
two records taken at random are one add up to the odds of a pair. Once learned it never changes; learning again makes
the next version. (Fellegi and Sunter 1969; parameters as in Splink.)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

DIGITS = 6
"""Parameters are kept to so many significant digits: what differs behind them is the order in which threads added."""
LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class GradeWeights:
    """One grade: the share of pairs that are one with it (m), and of others (u). `learned`: both were seen in pairs."""

    words: str
    m: float
    u: float
    learned: bool = True

    @property
    def bits(self) -> float:
        """The weight, in bits: what seeing the grade says for one (above 0) or against it."""
        return math.log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison: its grades, the best first, and last that both differ."""

    name: str
    grades: tuple[GradeWeights, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A version of what was learned: from how many records, `prior` the probability of two at random to be one."""

    version: int
    basis: str
    """What it was learned for: the hash of the values and comparisons as declared."""
    prior: float
    records: int
    compared: tuple[Compared, ...]
    frequencies: str = ""
    """The key of the relation that holds how frequent values were."""

    @property
    def prior_bits(self) -> float:
        """The odds of two records taken at random, in bits."""
        return math.log2(self.prior / (1 - self.prior))

    def as_dict(self) -> dict[str, Any]:
        """Give what the journal keeps."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Model":
        """Read what the journal keeps."""
        compared = tuple(
            Compared(one["name"], tuple(GradeWeights(**grade) for grade in one["grades"]))
            for one in said["compared"]
        )
        return cls(**{**said, "compared": compared})


def rounded(value: float) -> float:
    """Give a parameter to DIGITS significant digits, and never quite 0 or 1."""
    return float(f"{min(max(value, LEAST), 1 - LEAST):.{DIGITS}g}")


def probability(bits: float) -> float:
    """Give the probability that a pair of this weight is one."""
    return 1 / (1 + 2 ** -max(min(bits, 1000.0), -1000.0))


def least_bits(share: float) -> float:
    """Give the weight from which on a pair has at least this probability."""
    return math.log2(share / (1 - share))


def unlearned(words: Sequence[str]) -> tuple[GradeWeights, ...]:
    """Give weights for a comparison of which no pair was seen: nearly all that are one agree; nothing else is known."""
    rest = len(words)
    first = [GradeWeights(words[0], 0.95, 0.05, learned=False)]
    others = [GradeWeights(w, 0.05 / rest, 0.95 / rest, learned=False) for w in (*words[1:], "different")]
    return (*first, *others)
