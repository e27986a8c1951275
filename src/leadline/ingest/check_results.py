"""What a check said of a file or of a source, in values that the journal keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leadline.catalog.definitions import Level

Said = Literal["passed", "warned", "held", "stopped", "released", "cannot tell"]
"""`released`: it would have held or stopped the file, and a person has let this very file pass."""

VERB = "check"
"""The journal's verb for what was checked when a file was loaded or refused."""

FRESHNESS = "check_freshness"
"""The journal's verb for what a check of freshness said, noted whenever that changes."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check said: of how many rows, how many failed, on which lines for example, and why, in words."""

    check: str
    level: Level
    said: Said
    rows: int = 0
    failed: int = 0
    statement: str = ""
    lines: tuple[int, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether there is nothing to say."""
        return self.said == "passed"

    def as_dict(self) -> dict[str, Any]:
        """Give the result as JSON says it."""
        return asdict(self) | {"lines": list(self.lines), "evidence": dict(self.evidence)}


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was checked of one file, with the columns it had: what the next file is compared with."""

    source: str
    file: str
    file_hash: str
    results: tuple[CheckResult, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give everything as the journal keeps it."""
        return {
            "source": self.source,
            "file": self.file,
            "file_hash": self.file_hash,
            "results": [result.as_dict() for result in self.results],
            "columns": [list(column) for column in self.columns],
        }


def result(said: Mapping[str, Any]) -> CheckResult:
    """Read a result as the journal keeps it."""
    return CheckResult(**{**said, "lines": tuple(said["lines"])})


def from_dict(said: Mapping[str, Any]) -> Checked:
    """Read what the journal keeps."""
    results = tuple(result(one) for one in said["results"])
    columns = tuple((name, kind) for name, kind in said["columns"])
    return Checked(said["source"], said["file"], said["file_hash"], results, columns)


def worst(results: Sequence[CheckResult]) -> Said:
    """Give the gravest of what was said."""
    order: tuple[Said, ...] = ("stopped", "held", "warned", "cannot tell", "released", "passed")
    return min((r.said for r in results), key=order.index, default="passed")
