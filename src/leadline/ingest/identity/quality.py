"""How well clusters agree with what is known to be true: over pairs of records, and over records (B-cubed).

Pairs: of all pairs put together, the share that belongs together (precision); of all that belong together, the share
put together (recall). B-cubed (Bagga and Baldwin 1998) is the mean over records of the same shares of its own cluster,
so that one large cluster does not decide everything.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.ingest.identity.clusters import Ints


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall, each from 0 to 1; nothing put together is precise."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Agreement over pairs and over records."""

    pairs: Agreement
    records: Agreement


def quality(found: Sequence[Hashable], true: Sequence[Hashable]) -> Quality:
    """Compare the cluster of each record as found with the true one, in the same order."""
    ours, theirs = _codes(found), _codes(true)
    both = _codes(list(zip(ours.tolist(), theirs.tolist(), strict=True)))
    here, there, shared = np.bincount(ours), np.bincount(theirs), np.bincount(both)
    together, belonging, right = (_pairs(sizes) for sizes in (here, there, shared))
    pairs = Agreement(right / together if together else 1.0, right / belonging if belonging else 1.0)
    precise = float(np.mean(shared[both] / here[ours])) if len(ours) else 1.0
    complete = float(np.mean(shared[both] / there[theirs])) if len(ours) else 1.0
    return Quality(pairs, Agreement(precise, complete))


def _codes(labels: Sequence[Hashable]) -> Ints:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _pairs(sizes: Ints) -> float:
    return float(np.sum(sizes * (sizes - 1)) / 2)
