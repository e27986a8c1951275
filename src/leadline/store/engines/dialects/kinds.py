"""What kind of value each part of a query gives: read off its own parts, through subqueries down to the scans.

Engines differ where a tree does not say its types (`/`, a cast, `+` after a date); who rewrites it asks here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from sqlglot import exp

Kind = Literal["text", "integer", "number", "boolean", "date", "instant", "local", "interval", "null"]

KNOWN = "leadline_kind"
"""The key in a node's `meta` under which an engine notes what it knows."""

COLUMNS = "leadline_columns"
"""The same for a table: the kinds of its columns."""

_TYPES: dict[object, Kind] = {
    exp.DType.TEXT: "text",
    exp.DType.VARCHAR: "text",
    exp.DType.INT: "integer",
    exp.DType.SMALLINT: "integer",
    exp.DType.TINYINT: "integer",
    exp.DType.BIGINT: "integer",
    exp.DType.DOUBLE: "number",
    exp.DType.FLOAT: "number",
    exp.DType.DECIMAL: "number",
    exp.DType.BOOLEAN: "boolean",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "local",
    exp.DType.TIMESTAMPNTZ: "local",
    exp.DType.TIMESTAMPTZ: "instant",
    exp.DType.INTERVAL: "interval",
    exp.DType.NULL: "null",
}
_ALWAYS: dict[type[exp.Expr], Kind] = {
    **dict.fromkeys((exp.Predicate, exp.Connector, exp.Not, exp.Boolean), "boolean"),
    **dict.fromkeys((exp.LogicalOr, exp.LogicalAnd, exp.RegexpLike, exp.RegexpFullMatch), "boolean"),
    **dict.fromkeys((exp.Lower, exp.Upper, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Trim), "text"),
    **dict.fromkeys((exp.SplitPart, exp.RegexpExtract, exp.RegexpReplace, exp.Concat, exp.DPipe), "text"),
    **dict.fromkeys((exp.Length, exp.DateDiff, exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank), "integer"),
    **dict.fromkeys((exp.Round, exp.Floor, exp.Ceil, exp.Ln, exp.Log, exp.Exp, exp.Sqrt, exp.Pow), "number"),
    **dict.fromkeys((exp.Div, exp.TimeToUnix, exp.Avg, exp.Stddev, exp.StddevSamp, exp.Variance), "number"),
    **dict.fromkeys((exp.PercentileCont, exp.Quantile, exp.Median), "number"),
    exp.Interval: "interval",
    exp.Null: "null",
}  # fmt: skip
_AS_ITS_PART = (
    exp.Paren, exp.Alias, exp.Neg, exp.Abs, exp.Min, exp.Max, exp.Sum, exp.Filter, exp.Window, exp.Order,
    exp.Ordered, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.AnyValue, exp.First, exp.Last, exp.Collate,
    exp.ArgMin, exp.ArgMax, exp.Distinct,
)  # fmt: skip
_FIRST_ARGUMENT = {"FIRST", "LAST", "TRY"}


class Kinds:
    """The kinds of one query's nodes, remembered by node (which is kept, so that no other has its id)."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[exp.Expr, Kind | None]] = {}

    def of(self, node: object) -> Kind | None:
        """Give the kind of a value, or None where nothing tells it."""
        if not isinstance(node, exp.Expr):
            return None
        if id(node) not in self._known:
            self._known[id(node)] = (node, self._found(node))
        return self._known[id(node)][1]

    def same(self, new: exp.Expr, old: exp.Expr) -> None:
        """Let a node that takes another's place have its kind."""
        self._known[id(new)] = (new, self.of(old))

    def _found(self, node: exp.Expr) -> Kind | None:
        if KNOWN in node.meta:
            kind: Kind = node.meta[KNOWN]
            return kind
        always = next((_ALWAYS[cls] for cls in type(node).__mro__ if cls in _ALWAYS), None)
        if always is not None:
            return always
        rule = next((_BY_PARTS[cls] for cls in type(node).__mro__ if cls in _BY_PARTS), None)
        if rule is not None:
            return rule(node, self)
        if isinstance(node, _AS_ITS_PART):
            return self.of(node.this if node.this is not None else next(iter(node.expressions), None))
        return None

    def together(self, nodes: Sequence[object]) -> Kind | None:
        kinds = {self.of(node) for node in nodes if node is not None} - {"null"}
        if not kinds:
            return "null"
        if len(kinds) == 1:
            return kinds.pop()
        if kinds == {"integer", "number"}:
            return "number"
        return "local" if kinds == {"date", "local"} else None


def note(node: exp.Expr, kind: Kind) -> exp.Expr:
    """Note on a node what kind of value it gives; copies keep the note."""
    node.meta[KNOWN] = kind
    return node


class _Columns(dict[str, Kind]):
    """The kinds of a table's columns, which all copies of the table share: nothing changes them."""

    def __deepcopy__(self, memo: object) -> "_Columns":
        return self


def note_columns(table: exp.Table, kinds: Mapping[str, Kind]) -> exp.Table:
    """Note on a table the kinds of its columns; copies keep the note."""
    table.meta[COLUMNS] = _Columns(kinds)
    return table


def _fits(digits: str) -> bool:
    """Tell whether a written number is a whole one of 64 bits."""
    return digits.isdigit() and int(digits) < 2**63


def _literal(node: exp.Expr, kinds: Kinds) -> Kind | None:
    del kinds
    return "text" if node.is_string else "integer" if _fits(node.name) else "number"


def _case(node: exp.Expr, kinds: Kinds) -> Kind | None:
    values = [branch.args.get("true") for branch in node.args["ifs"]]
    return kinds.together([*values, node.args.get("default")])


def _scalar(node: exp.Expr, kinds: Kinds) -> Kind | None:
    selects = node.this.selects
    return kinds.of(selects[0]) if selects else None


def _called(node: exp.Expr, kinds: Kinds) -> Kind | None:
    known = node.name.upper() in _FIRST_ARGUMENT and node.expressions
    return kinds.of(node.expressions[0]) if known else None


def _arithmetic(cls: type[exp.Expr], left: Kind | None, right: Kind | None) -> Kind | None:
    kinds = {left, right}
    if kinds <= {"integer", "null"}:
        return "integer"
    if kinds <= {"integer", "number", "null"}:
        return "number"
    if cls is exp.Mul:
        return "interval" if "interval" in kinds else None
    if kinds == {"interval"}:
        return "interval"
    moved = left if left != "interval" else right
    if "interval" in kinds:
        return "local" if moved == "date" else moved
    if "date" in kinds and "integer" in kinds:
        return "date"
    if cls is exp.Sub and left == right == "date":
        return "integer"
    return "interval" if cls is exp.Sub and kinds <= {"date", "local", "instant"} else None


def column_kind(column: exp.Expr, kinds: Kinds) -> Kind | None:
    """Find what a column gives, in the sources of the select it stands in, or of one around it."""
    select = column.find_ancestor(exp.Select)
    table = column.text("table")
    if names_a_result(column) and isinstance(select, exp.Select):
        return kinds.of(_projection(select, column.name, kinds))
    while select is not None:
        for source in sources(select):
            if table and source.alias_or_name != table:
                continue
            found = _within(source, column.name, kinds)
            if found is not None:
                return kinds.of(found)
        select = select.find_ancestor(exp.Select)
    return None


def names_a_result(node: exp.Expr) -> bool:
    """Tell whether a column in ORDER BY is one that the select gives, by its alias."""
    select = node.find_ancestor(exp.Select)
    if not isinstance(node, exp.Column) or node.table or select is None:
        return False
    return node.find_ancestor(exp.Order, exp.Select) is not select and any(
        isinstance(selected, exp.Alias) and selected.alias == node.name for selected in select.selects
    )


def sources(select: exp.Select) -> Iterator[exp.Expr]:
    """Give what a select reads from."""
    start = select.args.get("from_")
    if start is not None:
        yield start.this
    for join in select.args.get("joins") or ():
        yield join.this


def _within(source: exp.Expr, name: str, kinds: Kinds) -> exp.Expr | None:
    """Find the expression behind a source's column."""
    match source:
        case exp.Subquery():
            return _projection(source.this, name, kinds)
        case exp.Values():
            alias = source.args.get("alias")
            names = [c.name for c in alias.columns] if alias else []
            rows = source.expressions
            return rows[0].expressions[names.index(name)] if name in names and rows else None
        case exp.Table() if name in source.meta.get(COLUMNS, {}):
            return note(exp.Null(), source.meta[COLUMNS][name])
        case exp.Table():
            behind = _common(source)
            return _projection(behind, name, kinds) if behind is not None else None
        case _:
            return None


def _common(table: exp.Table) -> exp.Expr | None:
    """Find the common table expression that a table's name means."""
    around = table.find_ancestor(exp.Query)
    while around is not None:
        for cte in (around.args.get("with_") or exp.With()).expressions:
            if cte.alias == table.name:
                found: exp.Expr = cte.this
                return found
        around = around.find_ancestor(exp.Query)
    return None


def _projection(query: exp.Expr, name: str, kinds: Kinds) -> exp.Expr | None:
    """Find the expression of a query's column; of a union's, that of the first part that is more than null."""
    if isinstance(query, exp.SetOperation):
        found = [_projection(part, name, kinds) for part in _parts(query)]
        known = (part for part in found if part is not None and kinds.of(part) not in {None, "null"})
        return next(known, found[0])
    if not isinstance(query, exp.Select):
        return None
    for selected in query.selects:
        if selected.alias_or_name.casefold() == name.casefold() and not selected.is_star:
            return selected
    stars = [selected for selected in query.selects if selected.is_star]
    return next(filter(None, (_behind_star(query, star, name, kinds) for star in stars)), None)


def _behind_star(query: exp.Select, star: exp.Expr, name: str, kinds: Kinds) -> exp.Expr | None:
    """Find the expression of a column that a select has by `*`, or by `table.*`."""
    table = star.table if isinstance(star, exp.Column) else ""
    found = (
        _within(source, name, kinds)
        for source in sources(query)
        if not table or source.alias_or_name == table
    )
    return next(filter(None, found), None)


def _parts(union: exp.SetOperation) -> list[exp.Expr]:
    """Give the queries that a chain of unions unites, in order, without recursion."""
    parts: list[exp.Expr] = []
    stack: list[exp.Expr] = [union]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.SetOperation):
            stack += [node.expression, node.this]
        else:
            parts.append(node.this if isinstance(node, exp.Subquery) else node)
    return parts


_IN_ZONE: dict[Kind | None, Kind] = {"instant": "local", "local": "instant", "date": "instant"}
_BY_PARTS: dict[type[exp.Expr], Callable[[exp.Expr, Kinds], Kind | None]] = {
    exp.Column: column_kind,
    exp.Literal: _literal,
    exp.Cast: lambda node, _: _TYPES.get(node.args["to"].this),
    **dict.fromkeys(
        (exp.Add, exp.Sub, exp.Mul, exp.Mod),
        lambda node, kinds: _arithmetic(type(node), kinds.of(node.this), kinds.of(node.args["expression"])),
    ),
    exp.Extract: lambda node, _: "number" if node.name.upper() == "EPOCH" else "integer",
    exp.TimestampTrunc: lambda node, kinds: "instant" if kinds.of(node.this) == "instant" else "local",
    exp.AtTimeZone: lambda node, kinds: _IN_ZONE.get(kinds.of(node.this)),
    exp.Case: _case,
    **dict.fromkeys(
        (exp.Coalesce, exp.Greatest, exp.Least),
        lambda node, kinds: kinds.together([node.this, *node.expressions]),
    ),
    exp.Nullif: lambda node, kinds: kinds.together([node.this, node.args["expression"]]),
    exp.Subquery: _scalar,
    exp.Anonymous: _called,
}
