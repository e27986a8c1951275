"""Casts in trees. Each type's name is parsed once: that takes several times as long as all the rest of a cast."""

from functools import cache

from sqlglot import exp


def as_type(value: exp.Expr, kind: str, dialect: str | None = None, *, copy: bool = True) -> exp.Cast:
    """Give `CAST(value AS kind)`, or the value if it is such a cast; `kind` is named as `dialect` names types.

    The node bears no type beside the one it casts to: sqlglot's own would carry a second, and copy it with every copy.
    """
    wanted = _type(kind, dialect).copy()
    if isinstance(value, exp.Cast):
        return exp.cast(value, wanted, copy=copy, dialect=dialect)
    return exp.Cast(this=value.copy() if copy else value, to=wanted)


@cache
def _type(kind: str, dialect: str | None) -> exp.DataType:
    return exp.DataType.build(kind, dialect=dialect)
