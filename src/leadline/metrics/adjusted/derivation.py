"""What follows from shown sums by any addition and subtraction: the exact attack on a table.

Every figure is a sum over atoms. A sum follows from shown ones if and only if it is a linear combination of them: if
and only if it does not change along any direction in which no shown sum changes. One such direction, drawn at random,
settles that for all figures at once, with probability one.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.metrics.intervals import Array

Flags = npt.NDArray[np.bool_]
Matrix = Any
"""A sparse array, figures x atoms, of zeros and ones: scipy has no types."""

_SEED = 19
_SMALL = 1e-6
_CONVERGED = 1e-11


@cache
def _sparse() -> Any:
    import scipy.sparse.linalg  # noqa: PLC0415 - only metrics with a minimum_n need it

    return scipy.sparse


def products(*sets: npt.ArrayLike) -> Matrix:
    """Give figures x atoms for figures that are products of sets along each dimension: 0/1 arrays of sets x atoms."""
    sparse = _sparse()
    found = sparse.csr_array(np.asarray(sets[0], dtype=np.float64))
    for more in sets[1:]:
        found = sparse.kron(found, sparse.csr_array(np.asarray(more, dtype=np.float64)), format="csr")
    return found


def stacked(parts: list[Matrix]) -> Matrix:
    """Give the figures of several matrices over the same atoms as one."""
    return _sparse().vstack(parts, format="csr")


def distinct(figures: Matrix) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the position of one of each distinct figure, and for every figure which of them it is."""
    marks = figures @ np.random.default_rng(_SEED).standard_normal(figures.shape[1])
    _, one, same = np.unique(np.round(marks, 9), return_index=True, return_inverse=True)
    return one, same


def derived(shown: Matrix, figures: Matrix) -> Flags:
    """Say for each figure whether it follows from the shown sums.

    A normal vector, projected on the directions in which they do not change, by LSMR (Fong, Saunders 2011, SIAM J.
    Sci. Comput. 33:2950). Raises ArithmeticError if that does not converge: then nothing may be concluded.
    """
    atoms = np.arange(shown.shape[1])
    alone = _sizes(shown) == 1
    free = np.setdiff1d(atoms, shown[alone].indices)
    rows = shown[:, free]
    rows = _scaled(rows[_sizes(rows) > 0])
    direction: Array = np.random.default_rng(_SEED).standard_normal(free.size)
    if rows.shape[0] and free.size:
        direction = direction - rows.T @ _solve(rows.T, direction)
        if np.abs(rows @ direction).max() > _SMALL / 10:
            raise ArithmeticError("the projection did not converge")
    asked = figures[:, free]
    found: Flags = np.abs(asked @ direction) <= _SMALL * np.sqrt(np.maximum(_sizes(asked), 1.0))
    return found


def combination(shown: Matrix, figure: Matrix) -> Array | None:
    """Give coefficients under which the shown sums add up to a figure (one row): the shortest such vector.

    None where there is none, to five digits.
    """
    scale = 1 / np.sqrt(np.maximum(_sizes(shown), 1.0))
    wanted = figure.toarray().ravel()
    found = _solve(_scaled(shown).T, wanted) * scale
    if np.abs(shown.T @ found - wanted).max(initial=0.0) > 10 * _SMALL:
        return None
    coefficients: Array = np.where(np.abs(found) > _SMALL, found, 0.0)
    return coefficients


def _solve(matrix: Matrix, right: Array) -> Array:
    rounds = 20 * min(matrix.shape) + 1_000
    found = _sparse().linalg.lsmr(matrix, right, atol=_CONVERGED, btol=_CONVERGED, conlim=0, maxiter=rounds)
    solution: Array = found[0]
    return solution


def _sizes(matrix: Matrix) -> Array:
    sizes: Array = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    return sizes


def _scaled(matrix: Matrix) -> Matrix:
    return _sparse().diags_array(1 / np.sqrt(np.maximum(_sizes(matrix), 1.0))) @ matrix
