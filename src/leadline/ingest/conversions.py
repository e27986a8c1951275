"""Text to values, strictly: a text that is not wholly what it should be gives null, and the mapping holds its row.

DuckDB's own casts round ('3.7' to 4), read 1_000 and 0x1F, forget offsets and drop times of day; none of that here.
All functions are pure: syntax trees in, syntax trees out. Blanks around a value are allowed.
"""

from collections.abc import Mapping

from sqlglot import exp

WHOLE = r"\s*[+-]?[0-9]+(\.0*)?\s*"
DAY = r"\s*\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?)?\s*"
WALL = r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?\s*"
ABSOLUTE = r"\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|[+-]\d{2}(:?\d{2})?)\s*"

TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")

LISTED = 256
"""So many codes are looked up in one list, from its first to its last."""


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Call a function of DuckDB by its own name, whatever sqlglot knows of it."""
    return exp.Anonymous(this=name, expressions=[a.copy() for a in arguments])


def text(value: str) -> exp.Literal:
    """Write a text."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Literal:
    """Write a whole number that is not negative."""
    return exp.Literal(this=str(value), is_string=False)


def when(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    """`CASE WHEN condition THEN value END`."""
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


def attempt(value: exp.Expr, kind: str) -> exp.TryCast:
    """`TRY_CAST(value AS kind)`."""
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(kind, dialect="duckdb"), safe=True)


def matches(value: exp.Expr, pattern: str) -> exp.Anonymous:
    """Tell whether a text is wholly what a pattern says."""
    return call("regexp_full_match", value, text(pattern))


def present(value: exp.Expr) -> exp.Not:
    """`value IS NOT NULL`."""
    return exp.Not(this=absent(value))


def absent(value: exp.Expr) -> exp.Is:
    """`value IS NULL`."""
    return exp.Is(this=value.copy(), expression=exp.null())


def all_of(*conditions: exp.Expr) -> exp.Expr:
    """Join conditions by AND, each in parentheses."""
    return exp.and_(*(exp.paren(c.copy(), copy=False) for c in conditions), copy=False)


def whole(value: exp.Expr) -> exp.Expr:
    """A text as a whole number: digits and a sign, and `.0` at most behind them."""
    return when(matches(value, WHOLE), attempt(call("split_part", value, text("."), number(1)), "BIGINT"))


def decimal(value: exp.Expr) -> exp.Expr:
    """A text as a number, once `value` was cast by `attempt(…, "DOUBLE")`: see `is_plain`."""
    return attempt(value, "DOUBLE")


def is_plain(value: exp.Expr, number_: exp.Expr) -> exp.Expr:
    """Tell whether a number read from a text is finite and the text has no digit separators and no second sign."""
    odd = [exp.Not(this=call("contains", value, text(mark))) for mark in ("_", "+-")]
    return all_of(call("isfinite", number_), *odd)


def truth(value: exp.Expr) -> exp.Expr:
    """A text as true or false: true, t, yes, y, 1 and their opposites, in any case."""
    word = exp.Lower(this=exp.Trim(this=value.copy()))
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.In(this=word.copy(), expressions=[text(w) for w in words]),
                true=exp.Boolean(this=answer),
            )
            for words, answer in ((TRUE, True), (FALSE, False))
        ]
    )


def day(value: exp.Expr) -> exp.Expr:
    """A text as a date: ISO, with a time only if that is midnight."""
    return when(
        matches(value, DAY),
        attempt(call("left", bare(value), number(10)), "DATE"),
    )


def wall(value: exp.Expr) -> exp.Expr:
    """A text as a wall-clock time: ISO without an offset; a date alone is its midnight."""
    either = exp.Coalesce(this=attempt(value, "TIMESTAMP"), expressions=[attempt(bare(value), "TIMESTAMP")])
    read = when(matches(value, WALL), either)
    return when(exp.Not(this=call("ends_with", value, text("Z"))), read)  # most instants: five times as fast


def absolute(value: exp.Expr, clock: exp.Expr) -> exp.Expr:
    """A text as an instant: ISO with an offset, unless it was read as wall-clock time `clock` already.

    DuckDB reads neither a blank before the offset nor a time without seconds: what it does not read as it stands is
    put together anew, which costs more than all the rest.
    """
    trimmed = bare(value)
    behind = call("replace", call("substring", trimmed, number(12)), text(" "), text(""))
    hours = call("substring", behind, number(1), number(5))
    rest = call("substring", behind, number(6))
    seconds = exp.Case(
        ifs=[exp.If(this=call("starts_with", rest, text(":")), true=behind)],
        default=call("concat", hours, text(":00"), rest),
    )
    joined = call("concat", call("left", trimmed, number(10)), text(" "), seconds)
    either = exp.Coalesce(this=attempt(value, "TIMESTAMPTZ"), expressions=[attempt(joined, "TIMESTAMPTZ")])
    return when(absent(clock), when(matches(value, ABSOLUTE), either))


def bare(value: exp.Expr) -> exp.Expr:
    """A text without all that the patterns above take for a blank around it."""
    return call("trim", value, text(" \t\n\f\r"))


def formatted(value: exp.Expr, form: exp.Expr) -> exp.Expr:
    """A text as a wall-clock time, or with `%z` or `%Z` in the format an instant, by strptime."""
    return call("try_strptime", value, form)


def has_zone(form: exp.Expr) -> bool:
    """Tell whether a strptime format reads an offset or a zone, so that its value is an instant."""
    written = form.name.replace("%%", "")
    return "%z" in written or "%Z" in written


def looked_up(value: exp.Expr, names: Mapping[str, str]) -> exp.Expr:
    """A text as what it stands for, or null. No join, which would hold all rows in memory: two lists beside each
    other, which DuckDB plans ten times as fast as a tree of CASEs; more than `LISTED` codes are halved by a tree."""
    codes = sorted(names, key=str.encode)  # as DuckDB compares texts
    if not codes:
        return attempt(exp.null(), "VARCHAR")
    if len(codes) <= LISTED:
        lists = [call("list_value", *map(text, each)) for each in (codes, [names[code] for code in codes])]
        return call("list_extract", lists[1], call("list_position", lists[0], value))
    middle = len(codes) // 2
    below, above = ({code: names[code] for code in part} for part in (codes[:middle], codes[middle:]))
    first = exp.LT(this=value.copy(), expression=text(codes[middle]))
    return exp.Case(ifs=[exp.If(this=first, true=looked_up(value, below))], default=looked_up(value, above))


def in_zone(value: exp.Expr, zone: str) -> exp.AtTimeZone:
    """A wall-clock time in a zone as an instant, or an instant as the wall-clock time there."""
    return exp.AtTimeZone(this=exp.paren(value.copy(), copy=False), zone=text(zone))
