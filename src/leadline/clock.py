"""What time it is, as an argument: nothing below `app` reads the wall clock by itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that can tell the present instant."""

    def now(self) -> datetime:
        """Give the present instant, time-zone aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present instant in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and for recomputing what was said then."""

    instant: datetime

    def now(self) -> datetime:
        """Give the instant it stands at, in UTC."""
        return self.instant.astimezone(UTC)
