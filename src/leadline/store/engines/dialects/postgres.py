"""PostgreSQL, made to mean what DuckDB means. Every rule here stands for a figure that would else be another one.

Texts are compared byte by byte (`COLLATE "C"`), letters are changed by ICU one for one, `\\` is no escape in LIKE.
"""

import hashlib

from sqlglot import exp

from leadline.store.casts import as_type
from leadline.store.engines.dialects import letters, patterns, texts
from leadline.store.engines.dialects.kinds import Kind, Kinds, names_a_result
from leadline.store.engines.dialects.neutral import Words
from leadline.store.engines.dialects.rewriting import Rule, Rules, filled, needed, number, text

DIALECT = "postgres"
TYPES: dict[Kind, str] = {
    "text": "TEXT", "integer": "BIGINT", "number": "DOUBLE PRECISION", "boolean": "BOOLEAN", "date": "DATE",
    "instant": "TIMESTAMPTZ", "local": "TIMESTAMP", "interval": "INTERVAL",
}  # fmt: skip

_NUMBER_AS_TEXT = (
    "CASE WHEN x = CAST('NaN' AS DOUBLE PRECISION) THEN 'nan' "
    "WHEN ABS(x) = CAST('Infinity' AS DOUBLE PRECISION) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END "
    "WHEN ABS(x) >= 1e15 AND ABS(x) < 1e16 THEN CASE WHEN f LIKE '%.%' THEN f ELSE f || '.0' END "
    "WHEN t LIKE '%e%' OR t LIKE '%.%' THEN t ELSE t || '.0' END"
)
"""`t` is PostgreSQL's text of x, which has an exponent from 1e15 on; DuckDB's from 1e16 on. `f` is without one."""


LONGEST = 63
"""Bytes of a name; PostgreSQL would cut off the rest without a word."""


def short(name: str) -> str:
    """Give a name that PostgreSQL does not cut off: the name itself if it is short enough."""
    if len(name.encode()) <= LONGEST:
        return name
    return f"{name.encode()[:40].decode(errors='ignore')}_{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def fill(template: str, **parts: exp.Expr) -> exp.Expr:
    """Fill a template of PostgreSQL's dialect."""
    return filled(DIALECT, template, **parts)


def cast(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Cast to the engine's type of a kind."""
    return as_type(node, TYPES[kind], dialect=DIALECT)


def bytewise(node: exp.Expr) -> exp.Expr:
    """Compare a text byte by byte."""
    return fill('x COLLATE "C"', x=node)


def as_text(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Write a value as DuckDB writes it."""
    if kind == "text":
        return node
    if kind != "number":
        return bytewise(cast(node, "text"))
    plain = fill("CAST(x AS TEXT)", x=node)
    full = fill("CAST(CAST(CAST(x AS TEXT) AS NUMERIC) AS TEXT)", x=node)
    return bytewise(fill(_NUMBER_AS_TEXT, x=node, t=plain, f=full))


def _identifier(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return node if len(node.name.encode()) <= LONGEST else exp.to_identifier(short(node.name), quoted=True)


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    source, target = kinds.of(node.this), kinds.of(node)
    if target == "text" and source != "text":
        return as_text(node.this, needed(kinds, node.this, "the text"))
    if source == "boolean" and target in {"integer", "number"}:
        return cast(fill("CASE WHEN x THEN 1 WHEN NOT x THEN 0 END", x=node.this), target)
    if target == "boolean" and source in {"integer", "number"}:
        return fill("x <> 0", x=node.this)
    return node


def _try_cast(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    read = _WORDS.tried(node, kinds)
    if read is not node:
        return read
    source, target = needed(kinds, node.this, "the conversion"), kinds.of(node)
    if source == "number" and target == "integer":
        whole = cast(node.this.copy(), "integer")
        template = "CASE WHEN x >= -9223372036854775808 AND x < 9223372036854775808 THEN w END"
        return fill(template, x=node.this, w=whole)
    return _cast(exp.Cast(this=node.this, to=node.args["to"]), kinds) if source != target else node.this


def _compared(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """An order of texts is that of their bytes; one side says it for both."""
    sides = {kinds.of(part) for part in node.iter_expressions()}
    if sides <= {"text", "null"} and "text" in sides:
        node.set("this", bytewise(node.this))
    elif None in sides:
        needed(kinds, next(p for p in node.iter_expressions() if kinds.of(p) is None), "the order")
    return node


def _ordered(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if needed(kinds, node.this, "the order") == "text" and not names_a_result(node.this):
        node.set("this", bytewise(node.this))
    node.set("nulls_first", bool(node.args.get("nulls_first")))
    return node


def _extreme(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    kind = needed(kinds, node.this, "the order")
    if kind == "boolean":
        return exp.LogicalAnd(this=node.this) if isinstance(node, exp.Min) else exp.LogicalOr(this=node.this)
    return _ordered_text(node, kind)


def _ordered_text(node: exp.Expr, kind: Kind) -> exp.Expr:
    if kind == "text":
        node.set("this", bytewise(node.this))
    return node


def _chosen(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return _ordered_text(node, needed(kinds, node, "the order"))


def _arithmetic(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if kinds.of(node.this) == kinds.of(node.expression) == "date":
        return fill("CAST(a - b AS BIGINT)", a=node.this, b=node.expression)
    return _NEUTRAL[type(node)](node, kinds)


def _log(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return exp.Anonymous(this="LOG", expressions=[cast(node.expression, "number")])


def _sum(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Sums of integers are of any size here, and averages decimal: 64 bits, or an error."""
    if isinstance(node.parent, exp.Filter | exp.Window | exp.WithinGroup):
        return node
    inner = node.this if isinstance(node, exp.Filter | exp.Window) else node
    inner = inner.this if isinstance(inner, exp.Filter) else inner
    if isinstance(inner, exp.Sum | exp.Avg):
        return cast(node, "integer" if kinds.of(node) == "integer" else "number")
    return node


def _like(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    this, pattern = node.this, node.expression
    if isinstance(node, exp.ILike):
        this, pattern = letters.lowered(DIALECT, this), letters.lowered(DIALECT, pattern)
    del kinds
    return exp.Escape(this=exp.Like(this=this, expression=pattern), expression=text(""))


def _letters(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    change = letters.lowered if isinstance(node, exp.Lower) else letters.raised
    return change(DIALECT, node.this)


def _cut(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """left and right: their counts are 32 bits wide."""
    del kinds
    return type(node)(this=node.this, expression=fill("CAST(x AS INT)", x=node.expression))


def _substring(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return letters.substring(DIALECT, "INT", node)


def _split_part(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return letters.split_part(DIALECT, "INT", node)


def _trim(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    which = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(node.args.get("position") or "", "BTRIM")
    return exp.Anonymous(this=which, expressions=[node.this, node.expression or text(letters.BLANKS)])


def _concat(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    parts = [as_text(part, needed(kinds, part, "the text")) for part in node.expressions]
    return exp.Anonymous(this="CONCAT", expressions=parts)


def _matches(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    said = patterns.asked(node, "postgres")
    return fill("x ~ p", x=_folded(node.this, said), p=text(_flagged(said)))


def _flagged(said: patterns.Pattern, pattern: str | None = None) -> str:
    return ("(?i)" if said.ignores_case else "") + (said.text if pattern is None else pattern)


def _folded(node: exp.Expr, said: patterns.Pattern) -> exp.Expr:
    return fill('x COLLATE "und-x-icu"', x=node) if said.ignores_case else bytewise(node)


def _extracted(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    said, group = patterns.asked(node, "postgres"), node.args.get("group")
    nth = int(group.name) if group else 0
    pattern = text(_flagged(said, f"({said.text})"))
    found = fill("(REGEXP_MATCH(x, p))[1]", x=_folded(node.this, said), p=pattern)
    found.find(exp.Bracket).set("expressions", [number(nth)])  # type: ignore[union-attr]  # it is in the template
    return fill("CASE WHEN NOT x IS NULL THEN COALESCE(f, '') END", x=node.this, f=found)


def _replaced(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    modifiers = node.args.get("modifiers")
    flags = modifiers.name if modifiers else ""
    said = patterns.asked(node, "postgres")
    new = patterns.replacement(node.args["replacement"].name, "postgres")
    arguments = [_folded(node.this, said), text(_flagged(said)), text(new)]
    return exp.Anonymous(this="REGEXP_REPLACE", expressions=arguments + ([text("g")] if "g" in flags else []))


def _truncated(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    kind = needed(kinds, node.this, "the date")
    value = node.this if kind == "instant" else cast(node.this, "local")
    return exp.Anonymous(this="DATE_TRUNC", expressions=[text(node.text("unit").lower()), value])


def _extract(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    kind = needed(kinds, node.expression, "the date")
    value = cast(node.expression, "local") if kind == "date" else node.expression
    if node.name.upper() == "EPOCH":
        return cast(exp.Extract(this=node.this, expression=value), "number")
    return fill("CAST(FLOOR(x) AS BIGINT)", x=exp.Extract(this=node.this, expression=value))


def _epoch(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return cast(exp.Extract(this=exp.var("EPOCH"), expression=node.this), "number")


_MONTHS = "CAST(EXTRACT(YEAR FROM x) * 12 + EXTRACT(MONTH FROM x) - 1 AS BIGINT)"
_COUNTED = {
    "SECOND": "CAST(FLOOR(EXTRACT(EPOCH FROM x)) AS BIGINT)",
    "MINUTE": "CAST(FLOOR(EXTRACT(EPOCH FROM x) / 60) AS BIGINT)",
    "HOUR": "CAST(FLOOR(EXTRACT(EPOCH FROM x) / 3600) AS BIGINT)",
    "WEEK": "CAST((CAST(x AS DATE) - DATE '0001-01-01') / 7 AS BIGINT)",
    "DAY": "CAST(CAST(x AS DATE) - DATE '1970-01-01' AS BIGINT)",
    "MONTH": _MONTHS,
    "QUARTER": f"{_MONTHS} / 3",
    "YEAR": f"{_MONTHS} / 12",
}


def _difference(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """How many starts of units lie between: counted on both sides since a Monday, the first day of the year 1."""
    unit = node.text("unit").upper()
    sides = [
        side if needed(kinds, side, "the date") == "instant" else cast(side, "local")
        for side in (node.this, node.expression)
    ]
    a, b = (fill(_COUNTED[unit], x=side) for side in sides)
    return fill("a - b", a=a, b=b)


def _at_time_zone(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if needed(kinds, node.this.unnest(), "the time") == "date":
        node.set("this", cast(node.this, "local"))
    return node


def _filter(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """first and last: a value by an order, among the rows that a filter lets through."""
    inner = node.this
    if not (isinstance(inner, exp.Anonymous) and inner.name.upper() in {"FIRST", "LAST"}):
        return _sum(node, kinds)
    order = inner.expressions[0]
    for part in order.expressions:
        part.set("desc", inner.name.upper() == "LAST")
    gathered = exp.Filter(this=exp.ArrayAgg(this=order), expression=node.expression)
    return fill("(a)[1]", a=gathered)


_WORDS = Words(
    dialect=DIALECT,
    double=TYPES["number"],
    long="BIGINT",
    integer="INT",
    fraction=lambda written: as_type(exp.Literal.number(written), TYPES["number"], dialect=DIALECT),
    rounded="CAST(ROUND(CAST(CAST(x AS TEXT) AS NUMERIC)) AS DOUBLE PRECISION)",
    truncated="TRUNC(x)",
    tries=texts.POSTGRES,
)
_NEUTRAL: Rules = _WORDS.rules

RULES: dict[type[exp.Expr], Rule] = {
    **_NEUTRAL,
    exp.Identifier: _identifier, exp.Cast: _cast, exp.TryCast: _try_cast,
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between), _compared),
    exp.Ordered: _ordered, exp.Min: _extreme, exp.Max: _extreme, exp.Greatest: _chosen, exp.Least: _chosen,
    exp.Sub: _arithmetic, exp.Log: _log,
    exp.Sum: _sum, exp.Avg: _sum, exp.Window: _sum, exp.Filter: _filter,
    exp.Like: _like, exp.ILike: _like, exp.Lower: _letters, exp.Upper: _letters, exp.Left: _cut, exp.Right: _cut,
    exp.Substring: _substring, exp.SplitPart: _split_part, exp.Trim: _trim, exp.Concat: _concat,
    exp.RegexpLike: _matches, exp.RegexpExtract: _extracted, exp.RegexpReplace: _replaced,
    exp.TimestampTrunc: _truncated, exp.Extract: _extract, exp.TimeToUnix: _epoch, exp.DateDiff: _difference,
    exp.AtTimeZone: _at_time_zone,
}  # fmt: skip
