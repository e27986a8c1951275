"""The law of rows: what a file gives is either accepted or held. Counted at both ends, asserted in every run."""

from dataclasses import dataclass

from leadline.errors import LeadlineError


class LawBroken(LeadlineError):
    """Rows were lost or doubled on their way: a fault of Leadline, and nothing of the file was loaded."""

    code = "law-broken"


@dataclass(frozen=True, slots=True)
class Law:
    """Rows in, as the reader counted them; rows accepted and rows held, as they were written."""

    rows_in: int = 0
    accepted: int = 0
    held: int = 0

    def __add__(self, other: "Law") -> "Law":
        """Sum the rows of two files."""
        return Law(self.rows_in + other.rows_in, self.accepted + other.accepted, self.held + other.held)

    @property
    def holds(self) -> bool:
        """Whether every row is accounted for once."""
        return self.rows_in == self.accepted + self.held

    def __str__(self) -> str:
        """Give the law in figures."""
        sign = "=" if self.holds else "≠"
        return f"{self.rows_in:,} rows in {sign} {self.accepted:,} accepted + {self.held:,} held"

    def demand(self, what: str) -> None:
        """Raise LawBroken unless the law holds."""
        if not self.holds:
            raise LawBroken(f"{what}: {self}.", hint="Nothing of it was loaded. Please report this.")
