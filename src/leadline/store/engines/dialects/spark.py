"""Apache Spark in ANSI mode, made to mean what DuckDB means. Every rule here stands for a figure that would else be
another one, most of them without a word: casts cut off instead of rounding, `concat` gives null beside a null, a date
moved by days stays a date, patterns replace all they find.
"""

from sqlglot import exp

from leadline.store.casts import as_type
from leadline.store.engines.dialects import letters, patterns, texts
from leadline.store.engines.dialects.kinds import Kind, Kinds, note
from leadline.store.engines.dialects.neutral import Words
from leadline.store.engines.dialects.rewriting import Rule, filled, needed, number, text, unsayable

DIALECT = "spark"
TYPES: dict[Kind, str] = {
    "text": "STRING", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "instant": "TIMESTAMP", "local": "TIMESTAMP_NTZ",
}  # fmt: skip

_PLAIN = "REGEXP_REPLACE(REGEXP_REPLACE(CAST(CAST(CAST(x AS STRING) AS DECIMAL(38, 21)) AS STRING), '0+$', ''), e, z)"
_MANTISSA = "REGEXP_REPLACE(SPLIT_PART(CAST(x AS STRING), 'E', 1), e, '')"
_POWER_OF_TEN = "CAST(SPLIT_PART(CAST(x AS STRING), 'E', 2) AS INT)"
_NUMBER_AS_TEXT = (
    "CASE WHEN ISNAN(x) THEN 'nan' WHEN x = DOUBLE('Infinity') THEN 'inf' WHEN x = DOUBLE('-Infinity') THEN '-inf' "
    "WHEN x = 0 OR ABS(x) >= 1e-3 AND ABS(x) < 1e7 THEN CAST(x AS STRING) "
    "WHEN ABS(x) >= 1e-4 AND ABS(x) < 1e16 THEN p "
    "ELSE CONCAT(m, 'e', CASE WHEN t < 0 THEN '-' ELSE '+' END, LPAD(CAST(ABS(t) AS STRING), "
    "GREATEST(2, LENGTH(CAST(ABS(t) AS STRING))), '0')) END"
)
"""Java writes an exponent from 1e7 on and below 1e-3, DuckDB from 1e16 on and below 1e-4."""


def fill(template: str, **parts: exp.Expr) -> exp.Expr:
    """Fill a template of Spark's dialect."""
    return filled(DIALECT, template, **parts)


def cast(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Cast to the engine's type of a kind."""
    return as_type(node, TYPES[kind], dialect=DIALECT)


def as_text(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Write a value as DuckDB writes it."""
    if kind == "text":
        return node
    if kind == "instant":
        return fill("CONCAT(CAST(x AS STRING), '+00')", x=node)
    if kind != "number":
        return cast(node, "text")
    plain = fill(_PLAIN, x=node, e=text(r"\.$"), z=text(".0"))
    mantissa, power = fill(_MANTISSA, x=node, e=text(r"\.0$")), fill(_POWER_OF_TEN, x=node)
    return fill(_NUMBER_AS_TEXT, x=node, p=plain, m=mantissa, t=power)


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    source, target = kinds.of(node.this), kinds.of(node)
    if target is None:
        raise unsayable(f"a cast to {node.args['to'].sql()}")
    if target == "text" and source != "text":
        return as_text(node.this, needed(kinds, node.this, "the text"))
    if target == "integer" and needed(kinds, node.this, "the whole number") == "number":
        return fill("CAST(RINT(x) AS BIGINT)", x=node.this)
    return cast(node.this, target)


def _try_cast(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    read = _WORDS.tried(node, kinds)
    if read is not node:
        return read
    source, target = needed(kinds, node.this, "the conversion"), kinds.of(node)
    if source == "number" and target == "integer":
        return fill("TRY_CAST(RINT(x) AS BIGINT)", x=node.this)
    return _cast(exp.Cast(this=node.this, to=node.args["to"]), kinds) if source != target else node.this


def _floor(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Spark's floor and ceil give 64 bits, whatever does not fit."""
    del kinds
    name = "FLOOR" if isinstance(node, exp.Floor) else "CEIL"
    x = cast(node.this, "number")
    return fill(f"CASE WHEN ABS(x) < 4503599627370496 THEN CAST({name}(x) AS DOUBLE) ELSE x END", x=x)


def _log(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return exp.Anonymous(this="LOG10", expressions=[node.expression])


def _ordered(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    node.set("nulls_first", bool(node.args.get("nulls_first")))
    return node


def _like(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """A backslash escapes here, and nowhere in DuckDB: it is doubled."""
    del kinds
    this, pattern = node.this, node.expression
    if isinstance(node, exp.ILike):
        this, pattern = letters.lowered(DIALECT, this), letters.lowered(DIALECT, pattern)
    doubled = fill("REPLACE(x, b, d)", x=pattern, b=text("\\"), d=text("\\\\"))
    if isinstance(pattern, exp.Literal):
        doubled = text(pattern.name.replace("\\", "\\\\"))
    return exp.Like(this=this, expression=doubled)


def _letters(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    change = letters.lowered if isinstance(node, exp.Lower) else letters.raised
    return change(DIALECT, node.this)


def _left(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    n = fill("CAST(x AS INT)", x=_whole(node.expression))
    template = "SUBSTRING(x, 1, CASE WHEN n >= 0 THEN n ELSE GREATEST(LENGTH(x) + n, 0) END)"
    return fill(template, x=node.this, n=n)


def _right(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    n = fill("CAST(x AS INT)", x=_whole(node.expression))
    start = "CASE WHEN n >= 0 THEN GREATEST(LENGTH(x) - n, 0) ELSE -n END"
    return fill(f"SUBSTRING(x, {start} + 1, LENGTH(x))", x=node.this, n=n)


def _whole(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node, exp.Literal) and node.name.isdigit() else fill("RINT(x)", x=node)


def _substring(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return letters.substring(DIALECT, "INT", node)


def _split_part(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    return letters.split_part(DIALECT, "INT", node)


def _trim(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    which = {"LEADING": "LEADING", "TRAILING": "TRAILING"}.get(node.args.get("position") or "", "BOTH")
    characters = node.expression or text(letters.BLANKS)
    return exp.Trim(this=node.this, expression=characters, position=which)


def _concat(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    parts = [
        fill("COALESCE(x, '')", x=as_text(part, needed(kinds, part, "the text"))) for part in node.expressions
    ]
    return exp.Anonymous(this="CONCAT", expressions=parts)


def _flagged(said: patterns.Pattern, pattern: str | None = None) -> exp.Literal:
    return text(("(?iu)" if said.ignores_case else "") + (said.text if pattern is None else pattern))


def _matches(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    said = patterns.asked(node, "java")
    return fill("x RLIKE p", x=node.this, p=_flagged(said))


def _extracted(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    del kinds
    said, group = patterns.asked(node, "java"), node.args.get("group")
    nth = int(group.name) if group else 0
    return exp.Anonymous(this="REGEXP_EXTRACT", expressions=[node.this, _flagged(said), number(nth)])


def _replaced(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Spark replaces all; the first alone by taking what stands before and behind it along."""
    del kinds
    modifiers = node.args.get("modifiers")
    flags, written = modifiers.name if modifiers else "", node.args["replacement"].name
    said = patterns.asked(node, "java")
    if "g" in flags:
        pattern, new = _flagged(said), patterns.replacement(written, "java")
    else:
        pattern = _flagged(said, rf"\A([\s\S]*?)({said.text})([\s\S]*)\z")
        new = f"$1{patterns.replacement(written, 'java', shift=2)}${said.groups + 3}"
    return exp.Anonymous(this="REGEXP_REPLACE", expressions=[node.this, pattern, text(new)])


def _arithmetic(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    left, right = kinds.of(node.this), kinds.of(node.expression)
    if left == right == "date":
        return fill("CAST(DATEDIFF(a, b) AS BIGINT)", a=node.this, b=node.expression)
    if "interval" in {left, right} or {left, right} == {"date", "local"}:
        for key, kind in (("this", left), ("expression", right)):
            if kind == "date":
                node.set(key, cast(node.args[key], "local"))
        if isinstance(node, exp.Mul):
            return node
    return _WORDS.rules[type(node)](node, kinds)


def _interval_compared(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Spark compares no months with days; 30 days are one, as DuckDB has it."""
    parts = list(node.iter_expressions())
    if any(kinds.of(part) == "interval" for part in parts):
        for part in parts:
            _in_days(part, kinds)
    return node


def _in_days(node: exp.Expr, kinds: Kinds) -> None:
    """Replace what is written in months, where nothing but its length counts."""
    if isinstance(node, exp.Interval):
        days = {"MONTH": 30, "YEAR": 360}.get(node.text("unit").upper())
        if days:
            node.set("this", text(str(int(node.name) * days)))
            node.set("unit", exp.var("DAY"))
    elif isinstance(node, exp.Paren | exp.Neg | exp.Mul) or (
        isinstance(node, exp.Add | exp.Sub)
        and all(kinds.of(p) == "interval" for p in node.iter_expressions())
    ):
        for part in node.iter_expressions():
            _in_days(part, kinds)


def _truncated(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    kind = needed(kinds, node.this, "the date")
    cut = exp.Anonymous(
        this="DATE_TRUNC", expressions=[text(node.text("unit").upper()), cast(node.this, "instant")]
    )
    return cut if kind == "instant" else cast(cut, "local")


_PARTS = {"ISODOW": "DAYOFWEEK_ISO"}
_MICROSECONDS = "UNIX_MICROS(CAST(x AS TIMESTAMP))"
_SECONDS = f"CAST({_MICROSECONDS} AS DOUBLE) / DOUBLE('1e6')"
_LENGTH = "TIMESTAMP '1970-01-01 00:00:00+00:00' + x"


def _extract(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    kind = needed(kinds, node.expression, "the date")
    if node.name.upper() == "EPOCH":
        return _seconds(node.expression, kind)
    part = _PARTS.get(node.name.upper(), node.name.upper())
    value = exp.Extract(this=exp.var(part), expression=cast(node.expression, "local"))
    return fill("CAST(FLOOR(x) AS BIGINT)", x=value)


def _epoch(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return _seconds(node.this, needed(kinds, node.this, "the seconds"))


def _seconds(value: exp.Expr, kind: Kind) -> exp.Expr:
    if kind != "interval":
        return fill(_SECONDS, x=value)
    for written in value.find_all(exp.Interval):
        if written.text("unit").upper() in {"MONTH", "YEAR"} and not written.find_ancestor(exp.Sub):
            years = (
                written.text("unit").upper() == "YEAR"
            )  # as DuckDB and PostgreSQL count: 365.25 days, or 30
            hours = int(written.name) * (8766 if years else 720)
            written.replace(exp.Interval(this=text(str(hours)), unit=exp.var("HOUR")))
    return fill(_SECONDS, x=fill(_LENGTH, x=value))


_MONTHS = "CAST(YEAR(x) * 12 + MONTH(x) - 1 AS BIGINT)"
_UNIT = {"SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000}
_COUNTED = {
    "DAY": "CAST(DATEDIFF(CAST(x AS DATE), DATE '1970-01-01') AS BIGINT)",
    "WEEK": "CAST(FLOOR(DATEDIFF(CAST(x AS DATE), DATE '0001-01-01') / 7) AS BIGINT)",
    "MONTH": _MONTHS,
    "QUARTER": f"CAST(FLOOR({_MONTHS} / 3) AS BIGINT)",
    "YEAR": "CAST(YEAR(x) AS BIGINT)",
}


def _difference(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """How many starts of units lie between: counted on both sides since a Monday, the first day of the year 1."""
    del kinds
    unit = node.text("unit").upper()
    if unit in _UNIT:
        template = f"({_MICROSECONDS} - PMOD({_MICROSECONDS}, {_UNIT[unit]})) DIV {_UNIT[unit]}"
    else:
        template = _COUNTED[unit]
    a, b = (fill(template, x=side) for side in (node.this, node.expression))
    return fill("a - b", a=a, b=b)


def _at_time_zone(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """The session's zone is UTC, so a wall-clock time there and an instant are one by a cast."""
    zone = node.args["zone"]
    if needed(kinds, node.this.unnest(), "the time") == "instant":
        return cast(fill("FROM_UTC_TIMESTAMP(x, z)", x=node.this, z=zone), "local")
    return fill("TO_UTC_TIMESTAMP(x, z)", x=cast(node.this, "instant"), z=zone)


def _filter(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """first and last: a value by an order, among the rows that a filter lets through."""
    del kinds
    inner = node.this
    if not (isinstance(inner, exp.Anonymous) and inner.name.upper() in {"FIRST", "LAST"}):
        return node
    order = inner.expressions[0]
    ties = exp.Anonymous(this="STRUCT", expressions=[part.this for part in order.expressions])
    chosen = "MIN_BY" if inner.name.upper() == "FIRST" else "MAX_BY"
    node.set("this", exp.Anonymous(this=chosen, expressions=[order.this, ties]))
    return node


_WORDS = Words(
    dialect=DIALECT,
    double="DOUBLE",
    long="BIGINT",
    integer="INT",
    fraction=lambda written: note(as_type(text(written), "DOUBLE", dialect=DIALECT), "number"),
    rounded="ROUND(x)",
    truncated="CASE WHEN ABS(x) < 4503599627370496 THEN CAST(CAST(x AS BIGINT) AS DOUBLE) ELSE x END",
    tries=texts.SPARK,
)

RULES: dict[type[exp.Expr], Rule] = {
    **_WORDS.rules,
    exp.Cast: _cast, exp.TryCast: _try_cast, exp.Floor: _floor, exp.Ceil: _floor, exp.Log: _log,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between), _interval_compared),
    exp.Ordered: _ordered,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), _arithmetic),
    exp.Like: _like, exp.ILike: _like, exp.Lower: _letters, exp.Upper: _letters, exp.Left: _left, exp.Right: _right,
    exp.Substring: _substring, exp.SplitPart: _split_part, exp.Trim: _trim, exp.Concat: _concat,
    exp.RegexpLike: _matches, exp.RegexpExtract: _extracted, exp.RegexpReplace: _replaced,
    exp.TimestampTrunc: _truncated, exp.Extract: _extract, exp.TimeToUnix: _epoch, exp.DateDiff: _difference,
    exp.AtTimeZone: _at_time_zone, exp.Filter: _filter,
}  # fmt: skip
