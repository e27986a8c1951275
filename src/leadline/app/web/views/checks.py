"""What the checks said of a source's files, a line for each check."""

from leadline.app.checking import CheckRow, check_rows
from leadline.app.web import dates
from leadline.app.web.charts.specs import Tone
from leadline.app.web.contexts.pieces import Mark, Shape
from leadline.app.web.contexts.sources import CheckLine
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.wording import documents
from leadline.ingest.check_results import Said, worst

_MARKS: dict[Said, tuple[Shape, Tone]] = {
    "passed": ("on target", "good"), "warned": ("at risk", "risk"), "held": ("at risk", "risk"),
    "stopped": ("refused", "bad"), "released": ("unscored", "quiet"), "cannot tell": ("cannot tell", "unknown"),
}  # fmt: skip
_QUIET = frozenset({"passed", "cannot tell"})
LONGEST = 300
"""Characters of what a check says; it may quote a file."""


def checks(reading: Reading, source: str) -> tuple[CheckLine, ...]:
    """Give a line for each check that has looked at a source's files, by name."""
    declared = reading.catalog.checks
    by_check: dict[str, list[CheckRow]] = {}
    for row in check_rows(reading.ledger, declared, source):
        if row.result.check in declared:
            by_check.setdefault(row.result.check, []).append(row)
    return tuple(_line(reading, name, rows) for name, rows in sorted(by_check.items()))


def _line(reading: Reading, name: str, rows: list[CheckRow]) -> CheckLine:
    said = worst([row.result for row in rows])
    bad = [row for row in rows if row.result.said not in _QUIET]
    looked = max((row.at for row in rows if row.at is not None), default=None)
    words = (
        say("checks.all_good", count=len(rows)) if all(r.file for r in rows) else rows[-1].result.statement
    )
    if bad:
        last = ": ".join(filter(None, (bad[-1].file, bad[-1].result.statement)))
        words = say("checks.files", bad=len(bad), count=len(rows), last=last) if bad[-1].file else last
    return CheckLine(
        check=documents.link(reading.catalog.checks[name]),
        level=rows[-1].result.level,
        mark=Mark(_MARKS[said][0], say(f"checks.{said}"), _MARKS[said][1]),
        rows=whole(sum(row.result.failed for row in rows)),
        words=words if len(words) <= LONGEST else f"{words[:LONGEST]}…",
        last=dates.instant(looked, reading.zone) if looked else say("checks.refresh"),
    )
