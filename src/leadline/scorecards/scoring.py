"""What a node's status may be, and which one an interval of scores has: pure numbers.

The one rule: a colour is shown only where the whole interval supports it.
"""

from typing import Literal

from leadline.catalog.definitions.score_rules import Band
from leadline.catalog.scoring import Settled, band_of

ScoreStatus = Literal[
    "on target", "at risk", "off target", "cannot tell", "unscored", "suppressed", "no data", "suspended"
]


def score_status(low: float, high: float) -> Settled:
    """Give the band that holds a whole interval of scores (0..10, borders 10/3 and 20/3), or `cannot tell`.

    A rounding error of 1e-9 is given to the better band, so that a mean of goals met is on target.
    """
    first: Band = band_of(low)
    return first if first == band_of(high) else "cannot tell"
