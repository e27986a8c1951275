"""Slowing down who guesses: waits that grow with each failure, kept so that a stranger cannot shut others out for good.

A browser that has signed in before has a count of its own; strangers have one for each account and address, and one for
the account as a whole that refills steadily. Failures on accounts that there are stand in the journal, from which all
servers of a ledger count alike, after a restart too (`replayed`); of names that nobody has, each process has counts.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.store.entries import JournalRow

FAILED, PASSED = "sign_in_failed", "sign_in_passed"
"""Under which verbs the journal has attempts that failed, and those that ended a row of failures."""
COMPANY = "company"
"""Who comes from the company has no name before it is known who it is."""
REMEMBERED = 2000
"""So many rows of the journal are looked at."""
FREE = 5
"""So many failures cost nothing but time to type."""
FIRST = timedelta(seconds=15)
LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=12)
WHOLE, REFILL = 60, timedelta(minutes=1)
"""Failures of strangers on one account at once, and how soon another is allowed."""
CROWD = 10_000
"""Counts that are kept at most; the oldest are forgotten first."""


@dataclass(slots=True)
class _Count:
    failures: float = 0.0
    at: datetime | None = None


class Backoff:
    """What is remembered of failures. Threads share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()

    def wait(self, name: str, address: str, device: str, now: datetime) -> timedelta:
        """Give how long must be waited before the next attempt; `device` is empty for a browser not seen before."""
        with self._lock:
            longest = max(self._left(key, now) for key in _growing(name, address, device))
            return longest if device else max(longest, self._crowded(name, now))

    def failed(self, name: str, address: str, device: str, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            for key in _growing(name, address, device):
                self._add(key, now)
            if not device:
                count = self._add(("whole", name), now, drained=True)
                count.failures = min(count.failures, WHOLE + 1)

    def passed(self, name: str, address: str, device: str) -> None:
        """Forget what was counted against who has now signed in."""
        with self._lock:
            for key in _growing(name, address, device)[:1]:
                self._counts.pop(key, None)

    def _add(self, key: tuple[str, ...], now: datetime, *, drained: bool = False) -> _Count:
        count = self._counts.setdefault(key, _Count())
        if count.at is not None:
            if drained:
                count.failures = max(0.0, count.failures - (now - count.at) / REFILL)
            elif now - count.at > FORGOTTEN:
                count.failures = 0.0
        count.failures, count.at = count.failures + 1, now
        self._counts.move_to_end(key)
        while len(self._counts) > CROWD:
            self._counts.popitem(last=False)
        return count

    def _left(self, key: tuple[str, ...], now: datetime) -> timedelta:
        count = self._counts.get(key)
        free = FREE if key[0] != "address" else 8 * FREE
        if count is None or count.at is None or count.failures < free:
            return timedelta(0)
        grown = min(FIRST * 2 ** min(count.failures - free, 16), LONGEST)
        return max(count.at + grown - now, timedelta(0))

    def _crowded(self, name: str, now: datetime) -> timedelta:
        count = self._counts.get(("whole", name))
        if count is None or count.at is None:
            return timedelta(0)
        over = count.failures - (now - count.at) / REFILL - WHOLE
        return max(over * REFILL, timedelta(0))


def subject_of(name: str) -> str:
    """Give under which subject the journal has the attempts on an account."""
    return COMPANY if name == COMPANY else f"person:{name}"


def replayed(rows: Iterable[JournalRow]) -> Backoff:
    """Give what failures and successes come to, as the journal has them, in order."""
    made = Backoff()
    for row in rows:
        said = json.loads(row.after or "{}")
        name, at = row.subject.removeprefix("person:"), datetime.fromisoformat(row.at)
        where, device = str(said.get("address", "")), str(said.get("device", ""))
        if row.verb == FAILED and said.get("code") != "company-down":
            made.failed(name, where, device, at)
        elif row.verb == PASSED:
            made.passed(name, where, device)
    return made


def _growing(name: str, address: str, device: str) -> tuple[tuple[str, ...], ...]:
    """Give the counts that an attempt is held against: the account's with this browser, or with this address."""
    if device:
        return (("device", name, device),)
    return (("stranger", name, address), ("address", address))
