"""The walk that turns a parsed expression into a checked copy with a type.

Nothing reaches the copy that a rule did not put there: every node is rebuilt from the arguments its rule asks for,
and a node without a rule, or an argument that its rule did not ask for, refuses the expression.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp

from leadline.catalog import grammar
from leadline.catalog.grammar import Refused
from leadline.catalog.values import WORDS, ValueType, together
from leadline.errors import suggest


class Typed(NamedTuple):
    """A checked node, its type, and whether it (or what is in it) aggregates rows."""

    tree: exp.Expression
    type: ValueType


Rule = Callable[["Checker", exp.Expression], Typed]


@dataclass(frozen=True, eq=False)
class Scope:
    """The columns an expression may name, `column` or `reference.column`, with their types.

    `open_type` is for a file whose header is not read yet: any name is a column of that type, and dots are part of
    its name. `keys` may stand outside aggregates where rows are grouped.
    """

    columns: Mapping[str, ValueType] = field(default_factory=dict)
    open_type: ValueType | None = None
    what: str = "the fact"
    keys: frozenset[str] = frozenset()


@dataclass(slots=True)
class Checker:
    """One expression being checked: its scope, what is allowed in it, and the columns found so far."""

    scope: Scope
    rules: Mapping[type[exp.Expression], Rule]
    aggregates: bool
    mapping: bool
    columns: set[str] = field(default_factory=set)
    inside_aggregate: bool = False

    def check(self, node: object) -> Typed:
        """Check a node by the rule of its exact class."""
        if not isinstance(node, exp.Expression):
            raise Refused("expression-syntax", "Something is missing.", 0)
        rule = self.rules.get(type(node))
        if rule is None:
            raise self.unknown(node)
        return rule(self, node)

    def take(self, node: exp.Expression, *keys: str, **marks: object) -> list[object]:
        """Give a node's arguments by name, refusing any other that is set; `marks` must have these very values."""
        for key, value in node.args.items():
            if value is None or value is False or value == [] or key in keys:
                continue
            if key not in marks or marks[key] != value:
                what = _word(node)
                raise Refused(
                    "expression-forbidden", f"{what} is not read with {key.rstrip('_').replace('_', ' ')!r}.",
                    offset(node),
                )  # fmt: skip
        return [node.args.get(key) for key in keys]

    def of(self, node: object, types: Iterable[ValueType], what: str) -> Typed:
        """Check a node that must have one of some types; `what` names its role."""
        found = self.check(node)
        if found.type not in types:
            raise self.mistyped(node, found.type, types, what)
        return found

    def same(self, nodes: Iterable[object], what: str) -> tuple[list[exp.Expression], ValueType]:
        """Check nodes that must go together; give them and their common type."""
        trees: list[exp.Expression] = []
        common: ValueType = "null"
        for node in nodes:
            tree, kind = self.check(node)
            joint = together(common, kind)
            if joint is None:
                raise Refused(
                    "expression-type",
                    f"{what} puts {WORDS[common]} and {WORDS[kind]} together.",
                    offset(node),
                    conversion(common, kind),
                )
            trees.append(tree)
            common = joint
        return trees, common

    @contextmanager
    def aggregate(self, node: exp.Expression) -> Iterator[None]:
        """Check what is inside an aggregate; refuse one inside another, or where rows are not grouped."""
        if not self.aggregates:
            raise Refused(
                "aggregate-misplaced", f"{_word(node)} is over many rows; this is about one row.", offset(node),
                "The metric's type aggregates; a derived fact's columns may.",
            )  # fmt: skip
        if self.inside_aggregate:
            raise Refused("aggregate-misplaced", "An aggregate stands inside another.", offset(node))
        self.inside_aggregate = True
        yield
        self.inside_aggregate = False

    def column(self, name: str, node: exp.Expression) -> ValueType:
        """Find a column by name, note that it is used, and give its type."""
        if self.scope.open_type is not None and name not in self.scope.columns:
            self.columns.add(name)
            return self.scope.open_type
        found = self.scope.columns.get(name)
        if found is None:
            known = sorted(self.scope.columns)
            listed = f"It has {', '.join(known[:12])}{' …' if len(known) > 12 else ''}." if known else ""
            quoted = "" if suggest(name, known) else _is_it_text(node)
            raise Refused(
                "unknown-column", f"There is no column {name!r} in {self.scope.what}.", offset(node),
                suggest(name, known) or quoted or listed,
            )  # fmt: skip
        if self.aggregates and not self.inside_aggregate and name not in self.scope.keys:
            raise Refused(
                "aggregate-misplaced", f"{name!r} has one value per row, and there are many rows per key.",
                offset(node), f"Say which: max({name}), last({name}, instant) …",
            )  # fmt: skip
        self.columns.add(name)
        return found

    def unknown(self, node: exp.Expression) -> Refused:
        """Say that a kind of node is not read."""
        at = offset(node)
        if isinstance(node, exp.Alias):
            return Refused("expression-syntax", f"Unexpected {node.alias!r}.", offset(node.args["alias"]),
                           "Is an operator missing before it, or are quotes missing around a text?")  # fmt: skip
        if isinstance(node, exp.Block):
            return Refused("expression-forbidden", "An expression is one value, not statements.", at)
        if isinstance(node, exp.Query | exp.Subquery | exp.Table):
            return Refused("expression-forbidden", "A query cannot stand in an expression.", at,
                           "Reach another fact's columns by a reference: column.their_column.")  # fmt: skip
        if isinstance(node, exp.Func):
            name = str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name()
            return unknown_function(name, at)
        return Refused("expression-forbidden", f"{_word(node)} cannot stand in an expression.", at)

    def mistyped(self, node: object, found: ValueType, wanted: Iterable[ValueType], what: str) -> Refused:
        """Say that a node has the wrong type for its role."""
        named = [w for w in wanted if w not in {"any", "null"}]
        expected = " or ".join(WORDS[w] for w in ("number",) if w in named) or " or ".join(
            sorted(WORDS[w] for w in named)
        )
        hint = conversion(found, named[0]) if named else ""
        if "number" in named:
            hint = conversion(found, "number")
        return Refused(
            "expression-type", f"`{what}` takes {expected}, and this is {WORDS[found]}.", offset(node), hint
        )


def unknown_function(name: str, at: int) -> Refused:
    """Say that a function is not offered, with near names."""
    word = name.lower()
    near = difflib.get_close_matches(word, grammar.OFFERED, n=2, cutoff=0.75)
    hint = _INSTEAD.get(word) or (f"Did you mean {' or '.join(near)}?" if near else "")
    return Refused("unknown-function", f"There is no function {word!r} in expressions.", at,
                   hint or "docs/errors.md lists those that are.")  # fmt: skip


_INSTEAD = {
    "avg": "A metric of type mean takes the mean.",
    "mean": "A metric of type mean takes the mean.",
    "median": "A metric of type quantile takes the median.",
    "now": "The present instant would make figures irreproducible.",
    "current_date": "The present day would make figures irreproducible.",
    "current_timestamp": "The present instant would make figures irreproducible.",
    "today": "The present day would make figures irreproducible.",
    "log": "Write ln(number) or log10(number).",
    "date_part": "Write extract(hour from local(instant)).",
    **dict.fromkeys(
        ("year", "quarter", "month", "week", "day", "hour", "minute", "second"),
        "Write extract(… from local(instant)).",
    ),
}


def conversion(found: ValueType, wanted: ValueType) -> str:
    """Say how to turn one type of value into another, if there is a way."""
    pair = {found, wanted}
    if found == "interval":
        return "epoch(…) gives its seconds."
    if "text" in pair and pair & {"number", "integer"}:
        return "Write try_cast(… as double), or number(…) in a source."
    if pair == {"text", "date"}:
        return "A date is written date '2026-01-31'; in a source, date(…) or instant(…) reads one."
    if "instant" in pair:
        return "local(instant) gives its wall-clock time, to be compared with date '2026-01-31'."
    if "boolean" in pair:
        return (
            "case when … then 1 else 0 end counts."
            if found == "boolean"
            else "Compare it, as in … > 0 or … = 'yes'."
        )
    return ""


def offset(node: object) -> int:
    """Give the character at which a node begins.

    Where the parser remembers none (null, an interval, a star), give minus the end of what stands before it.
    """
    if not isinstance(node, exp.Expression):
        return 0
    starts = [n.meta["start"] for n in node.walk() if "start" in n.meta]
    if starts:
        return int(min(starts))
    inner: exp.Expression = node
    while isinstance(inner.parent, exp.Expression):
        before = _ends_before(inner, inner.parent)
        if before:
            return -max(before) - 1
        inner = inner.parent
    return 0


def _ends_before(node: exp.Expression, parent: exp.Expression) -> list[int]:
    """Give the ends, as far as they are remembered, of what stands before a node in its parent."""
    before: list[exp.Expression] = []
    for child in parent.iter_expressions():
        if child is node:
            break
        before.append(child)
    own = [parent.meta["end"]] if "end" in parent.meta else []
    return own + [n.meta["end"] for child in before for n in child.walk() if "end" in n.meta]


def _word(node: exp.Expression) -> str:
    """Name a kind of node as people know it."""
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Case | exp.Cast):
        return f"`{node.sql_name().lower()}()`"
    return _NAMED.get(type(node).__name__, f"{type(node).__name__!r}")


_NAMED = {
    "Star": "A star", "Tuple": "A list of values", "Bracket": "A subscript", "Array": "A list", "Struct": "A structure",
    "Window": "A window", "Filter": "A filter clause", "Placeholder": "A parameter", "Lambda": "A lambda",
    "Interval": "An interval", "Column": "A column", "Cast": "A cast", "Like": "like", "Between": "between",
    "In": "in", "AtTimeZone": "At time zone", "Dot": "A path", "JSONExtract": "JSON access",
}  # fmt: skip


def _is_it_text(node: exp.Expression) -> str:
    """Suggest single quotes for a name in double quotes."""
    quoted = isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and node.this.quoted
    return "A text stands in single quotes." if quoted else ""
