"""Many tests at once: how many of the findings may be false.

The one rule: everything that was tested is counted, also what was not found; a test that could not be made is NaN and
is not counted.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def benjamini_hochberg(p: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Array:
    """Give adjusted p-values: findings with adjusted p <= q have an expected share of false ones of at most q.

    adjusted p(i) = min over j >= i of m p(j) / j in ascending order, at most 1; m counts the p that are not NaN.
    Equal p get equal adjusted p; NaN stays NaN. Source: Benjamini and Hochberg 1995, JRSS B 57:289. Valid for
    independent and for positively dependent tests (Benjamini and Yekutieli 2001, Annals of Statistics 29:1165).
    With positive `weights`, which must not depend on the p, p / w takes the place of p, the w scaled to a mean of 1
    (Genovese, Roeder and Wasserman 2006, Biometrika 93:509).
    """
    given = np.asarray(p, dtype=np.float64)
    flat = given.ravel()
    counted = np.flatnonzero(~np.isnan(flat))
    adjusted = np.full(flat.shape, np.nan)
    if counted.size:
        scale = (
            np.ones(counted.size)
            if weights is None
            else np.asarray(weights, dtype=np.float64).ravel()[counted]
        )
        held = flat[counted] / (scale / scale.mean())
        order = np.argsort(held, kind="stable")
        steps = held[order] * order.size / np.arange(1, order.size + 1)
        adjusted[counted[order]] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted.reshape(given.shape)


def equal_shares(p: npt.ArrayLike, kinds: npt.ArrayLike) -> Array:
    """Give weights by which each kind of test has an equal share in all, however many tests of it there are.

    `kinds` names each test's kind; tests whose p is NaN do not count and weigh 1.
    """
    counted, of = ~np.isnan(np.asarray(p, dtype=np.float64)), np.asarray(kinds)
    weights = np.ones(of.shape)
    for kind in np.unique(of[counted]):
        mine = counted & (of == kind)
        weights[mine] = 1 / mine.sum()
    return weights
