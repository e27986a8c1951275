"""The gate that a file's rows pass: every check of its source is made of them while they are staged.

Nothing is at rest yet, so a file that a check stops leaves nothing. What is compared with other files is compared
with those before it in the order of files, never with what happened to come first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.catalog.definitions import (
    CheckBase,
    DriftCheck,
    ReferenceCheck,
    RowCheck,
    SchemaCheck,
    UniqueCheck,
    VolumeCheck,
)
from leadline.errors import SourceError
from leadline.ingest import batch_checks, cross_checks
from leadline.ingest import conversions as c
from leadline.ingest.arrived import Arrived
from leadline.ingest.check_results import CheckResult, Said
from leadline.ingest.checks import MAPPED, sound
from leadline.ingest.mapping import BETWEEN_PARTS
from leadline.ingest.reasons import Code
from leadline.ingest.row_checks import checks_of
from leadline.ingest.sources.reading import RawColumn
from leadline.store.casts import as_type
from leadline.store.entries import Batch

_EXAMPLES = 3


class CheckStopped(SourceError):
    """A check refuses a file as a whole: nothing of it is loaded, and what was published stays."""

    code = "check-stopped"

    def __init__(self, message: str, results: Sequence[CheckResult], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.results = tuple(results)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file is compared with.

    live: the live batches of a fact; before: those of the file's own source that stand before it in the order of
    files, the nearest last; same: those of this very file, where held rows of it are tried again; columns: what is
    known of the columns that batches' files had; released: the checks that a person has let this very file pass.
    """

    live: Callable[[str], Sequence[Batch]] = lambda _fact: ()
    before: Sequence[Batch] = ()
    same: Sequence[Batch] = ()
    columns: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    released: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks said of a file, and the rows that they hold: a query of `_line`, `_reasons`, `_other`, if any."""

    results: tuple[CheckResult, ...] = ()
    aside: exp.Query | None = None


@dataclass(slots=True)
class Gate:
    """The checks of one file, whose rows are staged as table `mapped`."""

    file: Arrived
    around: Surroundings

    def judge(self, columns: Sequence[RawColumn], rows: int) -> Judgement:
        """Make every check.

        Raises:
            CheckStopped: one of them refuses the file.
        """
        checks = checks_of(self.file.catalog, self.file.source)
        if not checks:
            return Judgement()
        found = self._rows_alone(rows)
        held: list[exp.Query] = []
        for check in checks:
            if check.name in found:
                continue
            if isinstance(check, UniqueCheck | ReferenceCheck):
                result, query = self._across(check, rows)
                found[check.name] = result
                if result.said == "held" and query is not None:
                    held.append(query)
            elif (whole := self._whole(check, columns, rows)) is not None:
                found[check.name] = whole
                if whole.said == "held":
                    held.append(self._every_row(whole))
        results = tuple(found[check.name] for check in checks if check.name in found)
        self._stop(results)
        return Judgement(results, _together(held))

    def aside(self) -> exp.Query | None:
        """Give the rows that checks across rows hold, for rows that are tried again."""
        held = []
        for check in checks_of(self.file.catalog, self.file.source):
            if isinstance(check, UniqueCheck | ReferenceCheck) and check.level != "warn":
                query = self._failing(check)
                if query is not None:
                    held.append(_reasoned(query, "check", check.name))
        return _together(held)

    def _rows_alone(self, rows: int) -> dict[str, CheckResult]:
        """Count what fails the checks of single rows, all in one pass."""
        found: dict[str, CheckResult] = {}
        marks = self.file.plan.checked
        if not marks:
            return found
        line = exp.column("_line")
        columns: list[exp.Expr] = []
        for mark in marks.values():
            where = exp.Where(this=exp.column(mark))
            columns.append(exp.Filter(this=exp.Count(this=exp.Star()), expression=where).as_(f"n_{mark}"))
            least = c.call("min", line, c.number(_EXAMPLES))
            columns.append(exp.Filter(this=least, expression=where.copy()).as_(f"l_{mark}"))
        (row,) = self.file.staging.read(exp.select(*columns, copy=False).from_(MAPPED)).to_pylist()
        for name, mark in marks.items():
            check = self.file.catalog.checks[name]
            assert isinstance(check, RowCheck)  # noqa: S101 - only checks of rows leave marks
            found[name] = self._of_rows(check, rows, row[f"n_{mark}"], row[f"l_{mark}"] or ())
        return found

    def _of_rows(self, check: RowCheck, rows: int, failed: int, lines: Sequence[int]) -> CheckResult:
        if not failed:
            return CheckResult(check.name, check.level, "passed", rows)
        above = check.stop_above
        too_many = above is not None and failed > above * rows
        said: Said = {"warn": "warned", "quarantine": "held", "stop": "stopped"}[check.level]  # type: ignore[assignment]  # each is a Said
        said = "stopped" if too_many else said
        statement = f"{failed:,} of {rows:,} rows fail ({failed / rows:.2%})"
        if too_many and check.level != "stop":
            statement += f", more than the {above:.2%} at which it stops"
        return self._settled(check, said, CheckResult(
            check.name, check.level, said, rows, failed, statement, tuple(lines)
        ))  # fmt: skip

    def _across(self, check: UniqueCheck | ReferenceCheck, rows: int) -> tuple[CheckResult, exp.Query | None]:
        query = self._failing(check)
        if query is None:
            return CheckResult(
                check.name, check.level, "cannot tell", rows, 0, "The file has no such column."
            ), None
        counted = exp.select(
            exp.Count(this=exp.Star()).as_("n"),
            c.call("min", exp.column("_line"), c.number(_EXAMPLES)).as_("l"),
        ).from_(query.subquery("f"))
        (row,) = self.file.staging.read(counted).to_pylist()
        result = self._of_rows(check, rows, row["n"], row["l"] or ())
        return result, _reasoned(query, "check", check.name)

    def _failing(self, check: UniqueCheck | ReferenceCheck) -> exp.Select | None:
        if isinstance(check, UniqueCheck):
            return cross_checks.doubles(check, self.file, self.around.same)
        fact = self.file.catalog.facts[self.file.source.fact]
        other = self.file.catalog.facts[fact.columns[check.column].references or ""]
        there = self.around.live(other.name)
        return cross_checks.strays(check, other, there, self.file)

    def _whole(self, check: CheckBase, columns: Sequence[RawColumn], rows: int) -> CheckResult | None:
        """Make a check of the file as a whole; None for one that is made of the source, whatever came."""
        match check:
            case SchemaCheck():
                said = batch_checks.columns(check, columns, self.file.before, self.around.columns)
            case DriftCheck():
                said = batch_checks.drifted(check, self.file)
            case VolumeCheck():
                said = batch_checks.volume(check, self.file)
            case RowCheck():
                return CheckResult(
                    check.name, check.level, "cannot tell", rows, 0, "The file fills none of its columns."
                )
            case _:
                return None
        if said.fails is None:
            return CheckResult(
                check.name, check.level, "cannot tell", rows, 0, said.statement, (), said.evidence
            )
        verdict: Said = "passed"
        if said.fails:
            verdict = {"warn": "warned", "quarantine": "held", "stop": "stopped"}[check.level]  # type: ignore[assignment]  # each is a Said
        failed = rows if verdict == "held" else 0
        result = CheckResult(
            check.name, check.level, verdict, rows, failed, said.statement, (), said.evidence
        )
        return self._settled(check, verdict, result)

    def _settled(self, check: CheckBase, said: Said, result: CheckResult) -> CheckResult:
        """Let a file pass that a person has released from a check."""
        if check.name in self.around.released and said in {"held", "stopped"}:
            return CheckResult(
                check.name,
                check.level,
                "released",
                result.rows,
                0,
                result.statement,
                result.lines,
                result.evidence,
            )
        return result

    def _every_row(self, result: CheckResult) -> exp.Query:
        lines = exp.select("_line").from_(MAPPED).where(sound())
        return _reasoned(lines, "batch-check", result.check)

    def _stop(self, results: Sequence[CheckResult]) -> None:
        stopped = [r for r in results if r.said == "stopped"]
        if stopped:
            first = stopped[0]
            where = f" First on line {first.lines[0]}." if first.lines else ""
            more = f" (and {len(stopped) - 1} more checks)" if len(stopped) > 1 else ""
            raise CheckStopped(
                f"The check {first.check!r} refuses the file: {first.statement}.{where}{more} Nothing was loaded.",
                results,
                hint=f"Correct the file, or let it pass: leadline release --check {first.check} --file … --reason …",
            )


def _reasoned(lines: exp.Select, code: Code, check: str) -> exp.Select:
    """Give lines with the reason that a check gives them."""
    words = BETWEEN_PARTS.join((code, check, ""))
    nobody = as_type(exp.null(), "VARCHAR").as_("_other")
    return exp.select("_line", c.text(words).as_("_reasons"), nobody).from_(lines.subquery("f"))


def _together(queries: Sequence[exp.Query]) -> exp.Query | None:
    """Give each line once, with one of its reasons."""
    if not queries:
        return None
    query = queries[0]
    for other in queries[1:]:
        query = exp.union(query, other, distinct=False, copy=False)
    least = exp.Min(this=exp.column("_reasons")).as_("_reasons")
    other_ = exp.Min(this=exp.column("_other")).as_("_other")
    return exp.select("_line", least, other_).from_(query.subquery("f")).group_by("_line")
