"""How much the difference of two figures varies that are made of the same customers: a bootstrap of groups of them.

Customers (or, where nobody knows them, rows) are dealt into groups by a hash of who they are, which knows nothing of
their figures. Each replicate draws as many groups as there are, with replacement, and both figures are worked out from
those that were drawn: so they vary together as they do. Source: Efron and Tibshirani 1993, chapters 6 and 8; of groups:
Wolter 2007, Introduction to Variance Estimation, chapters 2 and 5.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GROUPS = 256
"""So many groups: what two hexadecimal digits tell apart."""
REPLICATES = 400
FEWEST = 20
"""With fewer groups that have rows, nothing is said of how the figures vary."""
MISSING = 0.02
"""So many replicates may have no figure: a denominator of zero, a quantile that is not reached."""
_SEED = 20_070_101
_TIE = 1e-9


class Told(NamedTuple):
    """The ends of a 95 % interval of a difference, and the two-sided p-value of there being none."""

    low: float
    high: float
    p: float


def weights(groups: int = GROUPS, replicates: int = REPLICATES) -> Array:
    """Give how often each group is drawn in each replicate: replicates x groups. The same at every call."""
    drawn = np.random.default_rng(_SEED).multinomial(groups, np.full(groups, 1 / groups), size=replicates)
    return drawn.astype(np.float64)


def quantiles(drawn: Array, points: Array, counts: Array, q: float) -> Array:
    """Give the q-quantile of each replicate's histogram: `points` ascending (buckets), `counts` groups x buckets.

    NaN where a replicate has no rows.
    """
    running = np.cumsum(drawn @ counts, axis=1)
    total = running[:, -1:]
    at = np.argmax(running >= q * total - _TIE * total, axis=1)
    return np.where(total[:, 0] > 0, points[at], np.nan)


def reached(drawn: Array, times: Array, events: Array, censored: Array, q: float) -> Array:
    """Give for each replicate the first time with a Kaplan-Meier curve of at most 1 - q: `times` ascending, `events`
    and `censored` groups x times. NaN where it is not reached."""
    there, left = drawn @ events, drawn @ censored
    at_risk = np.cumsum((there + left)[:, ::-1], axis=1)[:, ::-1]
    factor = np.divide(at_risk - there, at_risk, out=np.ones_like(there), where=at_risk > 0)
    below = np.cumprod(factor, axis=1) <= 1 - q + _TIE
    return np.where(below.any(axis=1), times[np.argmax(below, axis=1)], np.nan)


def difference(value: float, replicates: Array, groups: int, *, rounding: float = 0.0) -> Told | None:
    """Give what the replicates tell of a difference; None where they tell nothing.

    The ends are t quantiles, with one degree of freedom fewer than groups have rows. `rounding` is how far the
    difference may be off because values stand in buckets: the ends are moved outward by it, and of a difference it is
    taken off before that is tested.
    """
    known = replicates[~np.isnan(replicates)]
    if groups < FEWEST or known.size < (1 - MISSING) * replicates.size:
        return None
    error = float(np.std(known, ddof=1)) * float(np.sqrt(GROUPS / (GROUPS - 1)))
    beyond = max(abs(value) - rounding, 0.0)
    if error <= _TIE * max(abs(value), 1e-12):
        if rounding == 0 or beyond == 0:
            return None
        return Told(value - rounding, value + rounding, 2 / (replicates.size + 1))
    from scipy import special  # noqa: PLC0415 - a fifth of a second that most commands never need

    half = float(special.stdtrit(groups - 1, 0.975)) * error + rounding
    p = 2 * float(special.stdtr(groups - 1, -beyond / error))
    return Told(value - half, value + half, min(p, 1.0))
