"""The array types of the generator and its random streams. One named stream per subject, so that a change in one
system of the company never reshuffles another."""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Dice:
    """Random streams by name: the same seed and name always give the same numbers."""

    seed: int

    def stream(self, name: str) -> np.random.Generator:
        """Give the generator of one subject, e.g. `stream("chat waits")`."""
        return np.random.Generator(
            np.random.SFC64(np.random.SeedSequence([self.seed, zlib.crc32(name.encode())]))
        )


def ints(values: npt.ArrayLike) -> Ints:
    """Give values as 32-bit integers (numbers are cut, not rounded)."""
    return np.asarray(values).astype(np.int32)


def pick(cumulative: Floats, uniform: Floats) -> Ints:
    """Give for each uniform number the index of its step in cumulative shares that end at 1."""
    return ints(np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(cumulative) - 1))


def pick_by_row(shares: Floats, rows: Ints, uniform: Floats) -> Ints:
    """Like `pick`, with one row of shares (not cumulative, each summing to 1) per element."""
    edges = np.cumsum(shares, axis=1)
    chosen = np.zeros(len(rows), dtype=np.int32)
    for column in range(shares.shape[1] - 1):
        chosen += uniform >= edges[rows, column]
    return chosen
