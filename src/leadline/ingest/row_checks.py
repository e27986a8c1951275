"""Row checks as conditions over the fields of a mapped file: a row fails where its condition is plainly false."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import (
    CheckBase,
    EncodingCheck,
    ReferenceCheck,
    RowCheck,
    RuleCheck,
    Source,
    ValuesCheck,
)
from leadline.ingest import conversions as c
from leadline.ingest.predicates import lowered
from leadline.store.casts import as_type

MISREAD = "Ã[^A-Za-z ]|Â[^A-Za-z ]|â€"
"""What two-byte and three-byte characters of UTF-8 look like where each byte was read as a character of its own."""


@dataclass(frozen=True, slots=True)
class RowPredicate:
    """A row check ready to run: `fails` is true for a row that fails, never null."""

    check: RowCheck
    fails: exp.Expr


def checks_of(catalog: Catalog, source: Source) -> list[CheckBase]:
    """Give the checks that are made of a source's files, by name."""
    return [
        check
        for name, check in sorted(catalog.checks.items())
        if check.of == source.fact and (not check.sources or source.name in check.sources)
    ]


def holds_rows(check: CheckBase) -> bool:
    """Tell whether a row that fails is not accepted."""
    return isinstance(check, RowCheck) and check.level != "warn"


def predicates(catalog: Catalog, source: Source, fields: Mapping[str, str]) -> list[RowPredicate]:
    """Give the checks of a source that look at one row alone, over the fields that hold the fact's columns.

    A check all of whose columns the file does not fill can tell nothing, and is left out.
    """
    columns: dict[str, exp.Expr] = {name: exp.column(field) for name, field in fields.items()}
    zone = source.time_zone or catalog.project.time_zone
    found = []
    for check in checks_of(catalog, source):
        if isinstance(check, RowCheck):
            holds = _holds(catalog, check, columns, zone)
            if holds is not None:
                fails = exp.Coalesce(this=exp.Not(this=exp.paren(holds)), expressions=[exp.false()])
                found.append(RowPredicate(check, fails))
    return found


def _holds(catalog: Catalog, check: RowCheck, columns: Mapping[str, exp.Expr], zone: str) -> exp.Expr | None:
    match check:
        case RuleCheck():
            expression = catalog.expression(check, "holds")
            known = not expression.columns or expression.columns & columns.keys()
            return lowered(expression, columns, zone) if known else None
        case ValuesCheck():
            return _values(check, columns.get(check.column))
        case EncodingCheck():
            texts = _texts(catalog, check, columns)
            if not texts:
                return None
            return c.all_of(*(exp.Not(this=_misread(text)) for text in texts))
        case _:
            return None


def _misread(text: exp.Expr) -> exp.Expr:
    """Tell whether a text looks misread; most texts hold none of the letters, and need no pattern."""
    letters = [c.call("contains", text, c.text(letter)) for letter in ("Ã", "Â", "â€")]
    pattern = c.call("regexp_matches", text, c.text(MISREAD))
    return exp.Case(ifs=[exp.If(this=exp.or_(*letters), true=pattern)], default=exp.false())


def _values(check: ValuesCheck, value: exp.Expr | None) -> exp.Expr | None:
    if value is None:
        return exp.false() if check.required else None
    asked: list[exp.Expr] = []
    if check.required:
        asked.append(c.present(value))
    if check.minimum is not None:
        asked.append(_known(exp.GTE(this=value.copy(), expression=exp.convert(check.minimum))))
    if check.maximum is not None:
        asked.append(_known(exp.LTE(this=value.copy(), expression=exp.convert(check.maximum))))
    if check.one_of is not None:
        spelt = as_type(value.copy(), "VARCHAR", dialect="duckdb")
        asked.append(_known(exp.In(this=spelt, expressions=[c.text(v) for v in check.one_of])))
    if check.pattern is not None:
        asked.append(_known(c.matches(value, check.pattern)))
    return c.all_of(*asked)


def _known(condition: exp.Expr) -> exp.Expr:
    """Let a condition on a value that is not there hold."""
    return exp.Coalesce(this=condition, expressions=[exp.true()])


def _texts(catalog: Catalog, check: EncodingCheck, columns: Mapping[str, exp.Expr]) -> list[exp.Expr]:
    fact = catalog.facts[check.of]
    wanted = check.columns or [name for name, column in fact.columns.items() if column.type == "text"]
    return [columns[name].copy() for name in wanted if name in columns]


def looked_up(catalog: Catalog) -> dict[str, set[str]]:
    """Give the facts that checks of a fact's references look up."""
    found: dict[str, set[str]] = {}
    for check in catalog.checks.values():
        if isinstance(check, ReferenceCheck):
            other = catalog.facts[check.of].columns[check.column].references
            found.setdefault(check.of, set()).add(other or check.of)
    return found
