"""Many tests at once: how many of the findings may be false.

The one rule: everything that was tested is counted, also what was not found; a test that could not be made is NaN and
is not counted.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def benjamini_hochberg(p: npt.ArrayLike) -> Array:
    """Give adjusted p-values: findings with adjusted p <= q have an expected share of false ones of at most q.

    adjusted p(i) = min over j >= i of m p(j) / j in ascending order, at most 1; m counts the p that are not NaN.
    Equal p get equal adjusted p; NaN stays NaN. Source: Benjamini and Hochberg 1995, JRSS B 57:289. Valid for
    independent and for positively dependent tests (Benjamini and Yekutieli 2001, Annals of Statistics 29:1165).
    """
    given = np.asarray(p, dtype=np.float64)
    flat = given.ravel()
    counted = np.flatnonzero(~np.isnan(flat))
    adjusted = np.full(flat.shape, np.nan)
    if counted.size:
        order = counted[np.argsort(flat[counted], kind="stable")]
        ranks = np.arange(1, order.size + 1)
        steps = flat[order] * order.size / ranks
        adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted.reshape(given.shape)
