"""Patience: how long to wait before the next request, and the waiting itself, which can be interrupted."""

import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol

from leadline.catalog.definitions.api import Rate

_SLICE = 0.5
_PER = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_LONGEST_STEP = 60.0


class Pace(Protocol):
    """A clock that only runs forward, and can be waited by."""

    def now(self) -> float:
        """Give seconds since some beginning."""
        ...

    def wait(self, seconds: float, heed: Callable[[], None]) -> None:
        """Wait, asking `heed` meanwhile."""
        ...


class Real:
    """The machine's own."""

    def now(self) -> float:
        """Give the monotonic clock."""
        return time.monotonic()

    def wait(self, seconds: float, heed: Callable[[], None]) -> None:
        """Sleep in short slices."""
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0:
            heed()
            time.sleep(min(rest, _SLICE))


@dataclass(slots=True)
class Limit:
    """Keeps to a declared rate: never more than `requests` in any stretch of its length."""

    rate: Rate | None
    pace: Pace
    made: deque[float] = field(default_factory=deque)

    def keep(self, heed: Callable[[], None]) -> None:
        """Wait until another request may be made, and count it."""
        if self.rate is None:
            return
        length = _PER[self.rate.per]
        while len(self.made) >= self.rate.requests:
            rest = self.made[0] + length - self.pace.now()
            if rest > 0:
                self.pace.wait(rest, heed)
            self.made.popleft()
        self.made.append(self.pace.now())


def asked_for(headers: Mapping[str, str]) -> float | None:
    """Give the seconds that an answer's Retry-After asks for (RFC 9110, 10.2.3), None if it has none.

    A date is measured from the answer's own Date, so that two clocks need not agree.
    """
    said = headers.get("retry-after")
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, (until - now).total_seconds())


def backed_off(attempt: int) -> float:
    """Give the seconds before the next attempt (the first is 1): doubled each time, with full jitter, at least half a
    second, at most a minute."""
    most = min(_LONGEST_STEP, float(2**attempt))
    return 0.5 + random.random() * (most - 0.5)  # noqa: S311 - keeps clients apart, hides nothing
