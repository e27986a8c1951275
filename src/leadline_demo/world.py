"""The drawn company, as the writers of its systems' files see it."""

from dataclasses import dataclass

import numpy as np

from leadline_demo.arrays import Dice, Floats, Longs
from leadline_demo.company import ZONES
from leadline_demo.contacts import Contacts
from leadline_demo.customers import Customers
from leadline_demo.exports import Exports
from leadline_demo.handling import Handling
from leadline_demo.timeline import DAY, DAYS, to_utc
from leadline_demo.truths import Ledger

END = DAYS * DAY
"""The exports were taken when the last day was over (UTC): what happened later is not in them."""
GONE = -(10**9)
"""An instant that is not known, or not yet there."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that was drawn, the folder to write to, and the ledger of what was planted."""

    size: float
    dice: Dice
    people: Customers
    contacts: Contacts
    handling: Handling
    trouble: Floats
    exports: Exports
    ledger: Ledger

    def utc(self, rows: Longs) -> Longs:
        """Give when contacts began, in UTC seconds."""
        local, zones = self.contacts.local[rows], self.contacts.zone[rows]
        utc = local.copy()
        for index, zone in enumerate(ZONES):
            here = zones == index
            utc[here] = to_utc(local[here], zone)
        return utc


def past(seconds: Longs) -> Longs:
    """Keep instants before the exports were taken; later ones are not known."""
    return np.where(seconds < END, seconds, GONE)
