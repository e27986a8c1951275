"""Codes that a source redefined, read as what they are called now: by value and day, one redefinition after another."""

from collections.abc import Sequence
from datetime import timedelta

from sqlglot import exp

from leadline.catalog.definitions.history import Recoding
from leadline.ingest import conversions as c
from leadline.store.casts import as_type


def recoded(value: exp.Expr, day: exp.Expr, recodings: Sequence[Recoding]) -> exp.Expr:
    """Give a code as it is called after the last redefinition; one that no redefinition names stays as it is."""
    found = value
    for one in sorted(recodings, key=lambda recoding: recoding.from_):
        amount, unit = one.grace.split()
        until = one.from_ + timedelta(**{f"{unit.removesuffix('s')}s": int(amount)})
        limit = as_type(exp.Literal.string(until.isoformat()), "DATE", dialect="duckdb")
        old = exp.LT(this=day.copy(), expression=limit)
        ifs = [
            exp.If(
                this=c.all_of(old, exp.EQ(this=exp.paren(found.copy()), expression=c.text(before))),
                true=c.text(after),
            )
            for before, after in one.codes.items()
        ]
        found = exp.Case(ifs=ifs, default=found.copy())
    return found
