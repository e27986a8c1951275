"""Rules for names, literals and operators. What compares or combines must have types that go together."""

from datetime import date, datetime

from sqlglot import exp

from leadline.catalog import grammar
from leadline.catalog.checker import Checker, Rule, Typed, conversion, offset
from leadline.catalog.grammar import Refused
from leadline.catalog.values import LOGICAL, NUMERIC, TEXTUAL, WORDS, ValueType, together

_COMPARISONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike,
)  # fmt: skip
_RANKS: dict[type[exp.Expression], int] = {
    exp.Or: 1, exp.And: 2, exp.Not: 3, **dict.fromkeys(_COMPARISONS, 4), exp.DPipe: 5,
    exp.Add: 6, exp.Sub: 6, exp.Mul: 7, exp.Div: 7, exp.Mod: 7, exp.Neg: 8,
}  # fmt: skip
_COMPARED, _PIPE, _ARITHMETIC = 4, 5, {6, 7}
_MARKS: dict[type[exp.Expression], dict[str, object]] = {
    exp.Div: {"typed": False, "safe": False},
    exp.DPipe: {"safe": True},
}


def wrapped(tree: exp.Expression, rank: int, *, right: bool = False) -> exp.Expression:
    """Put parentheses around an operand where the meaning needs them, and nowhere else."""
    own = _RANKS.get(type(tree), 9)
    unclear = rank == _PIPE and own in _ARITHMETIC  # engines do not agree which of || and + binds tighter
    same = own == rank and (right or rank == _COMPARED)
    return exp.Paren(this=tree) if own < rank or same or unclear else tree


def binary(cls: type[exp.Expression], left: exp.Expression, right: exp.Expression) -> exp.Expression:
    """Build a binary operation with the parentheses it needs."""
    rank = _RANKS[cls]
    connector = issubclass(cls, exp.Connector)
    return cls(
        this=wrapped(left, rank), expression=wrapped(right, rank, right=not connector), **_MARKS.get(cls, {})
    )


def _paren(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this")
    return checker.check(this)


def _connector(checker: Checker, node: exp.Expression) -> Typed:
    """A chain of one connector, left to right, without recursion into its left side."""
    cls, operands, left = type(node), [], node
    while type(left) is cls:
        this, right = checker.take(left, "this", "expression")
        operands.append(right)
        if not isinstance(this, exp.Expression):
            raise Refused("expression-syntax", "Something is missing.", offset(node))
        left = this
    operands.append(left)
    role = cls.__name__.lower()
    trees = [checker.of(operand, LOGICAL, role).tree for operand in reversed(operands)]
    flat = [part for tree in trees for part in _flat(cls, tree)]
    whole = flat[0]
    for tree in flat[1:]:
        whole = binary(cls, whole, tree)
    return Typed(whole, "boolean")


def _flat(cls: type[exp.Expression], tree: exp.Expression) -> list[exp.Expression]:
    """Give the operands of a nested chain of one connector: (a and b) and c is a and (b and c)."""
    parts: list[exp.Expression] = []
    while type(tree) is cls:
        parts.append(_bare(tree.args["expression"]))
        tree = _bare(tree.args["this"])
    return [tree, *reversed(parts)]


def _bare(tree: exp.Expression) -> exp.Expression:
    return tree.this if isinstance(tree, exp.Paren) else tree


def negation(tree: exp.Expression) -> Typed:
    """Build the negation of a predicate."""
    return Typed(exp.Not(this=wrapped(tree, 3)), "boolean")


def _not(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this")
    return negation(checker.of(this, LOGICAL, "not").tree)


def _comparison(checker: Checker, node: exp.Expression) -> Typed:
    this, other = checker.take(node, "this", "expression")
    _refuse_chain(this)
    _refuse_chain(other)
    for side in (this, other):
        if isinstance(side, exp.Null) and isinstance(node, exp.EQ | exp.NEQ):
            raise Refused("expression-type", "A comparison with null is never true.", offset(node),
                          "Write `is null` or `is not null`.")  # fmt: skip
    trees, _ = checker.same((this, other), "The comparison")
    return Typed(binary(type(node), *trees), "boolean")


def _refuse_chain(side: object) -> None:
    if isinstance(side, _COMPARISONS):
        raise Refused("expression-syntax", "Two comparisons stand in a chain.", offset(side),
                      "Write `a < b and b < c`, or put one in parentheses.")  # fmt: skip


def _is(checker: Checker, node: exp.Expression) -> Typed:
    this, other = checker.take(node, "this", "expression")
    if isinstance(other, exp.Boolean):
        tree = checker.of(this, LOGICAL, "is true").tree
    elif isinstance(other, exp.Null):
        tree = checker.check(this).tree
    else:
        raise Refused("expression-syntax", "`is` is followed by null, not null, true or false.", offset(node),
                      "Write = to compare.")  # fmt: skip
    return Typed(binary(exp.Is, tree, checker.check(other).tree), "boolean")


def _in(checker: Checker, node: exp.Expression) -> Typed:
    if node.args.get("query") or node.args.get("unnest") or node.args.get("field"):
        raise Refused("expression-forbidden", "`in` takes a list of values in parentheses.", offset(node),
                      "Write channel in ('phone', 'chat').")  # fmt: skip
    this, items = checker.take(node, "this", "expressions")
    if not isinstance(items, list) or not items:
        raise Refused("expression-syntax", "`in` has an empty list.", offset(node))
    for item in items:
        if isinstance(item, exp.Null):
            raise Refused("expression-type", "null in a list makes `not in` never true.", offset(node),
                          "Ask for it apart: … is null.")  # fmt: skip
    trees, _ = checker.same((this, *items), "The list of `in`")
    return Typed(exp.In(this=wrapped(trees[0], 4), expressions=trees[1:]), "boolean")


def _between(checker: Checker, node: exp.Expression) -> Typed:
    ends = checker.take(node, "this", "low", "high")
    trees, _ = checker.same(ends, "`between`")
    this, low, high = (wrapped(tree, 4) for tree in trees)
    return Typed(exp.Between(this=this, low=low, high=high), "boolean")


def _like(checker: Checker, node: exp.Expression) -> Typed:
    this, pattern = checker.take(node, "this", "expression", negate=True)
    left = checker.of(this, TEXTUAL, "like").tree
    tree = binary(type(node), left, checker.of(pattern, TEXTUAL, "like").tree)
    return negation(tree) if node.args.get("negate") else Typed(tree, "boolean")


def _pipe(checker: Checker, node: exp.Expression) -> Typed:
    this, other = checker.take(node, "this", "expression", safe=True)
    left = checker.of(this, TEXTUAL, "||").tree
    return Typed(binary(exp.DPipe, left, checker.of(other, TEXTUAL, "||").tree), "text")


def _arithmetic(checker: Checker, node: exp.Expression) -> Typed:
    this, other = checker.take(node, "this", "expression", **_MARKS.get(type(node), {}))
    left, right = checker.check(this), checker.check(other)
    gives = _gives(type(node), left.type, right.type)
    if gives is None:
        doing = _DOING[type(node)].format(WORDS[left.type], WORDS[right.type])
        wrong = other if left.type in NUMERIC or right.type not in NUMERIC else this
        bad = right.type if wrong is other else left.type
        raise Refused("expression-type", f"{doing} has no meaning.", offset(wrong), conversion(bad, "number"))
    return Typed(binary(type(node), left.tree, right.tree), gives)


_DOING: dict[type[exp.Expression], str] = {
    exp.Add: "Adding {} and {}", exp.Sub: "From {} taking {}", exp.Mul: "Multiplying {} by {}",
    exp.Div: "Dividing {} by {}", exp.Mod: "The remainder of {} by {}",
}  # fmt: skip


def _gives(cls: type[exp.Expression], left: ValueType, right: ValueType) -> ValueType | None:
    """Give the type of an arithmetic operation, or None where it has no meaning."""
    if left in NUMERIC and right in NUMERIC:
        if "any" in {left, right}:
            return "any" if issubclass(cls, exp.Add | exp.Sub) else "number"
        return "number" if cls is exp.Div else together(left, right)
    if issubclass(cls, exp.Add | exp.Sub):
        return _moved(cls, left, right)
    if cls is exp.Mul and {left, right} == {"interval", "integer"}:
        return "interval"
    return None


def _moved(cls: type[exp.Expression], left: ValueType, right: ValueType) -> ValueType | None:
    """Give the type of adding to, or taking from, a time."""
    if cls is exp.Add and left in {"interval", "integer"} and right not in {"interval", "integer"}:
        left, right = right, left
    if right == "interval":
        moved: dict[ValueType, ValueType] = {
            "date": "local", "local": "local", "instant": "instant", "interval": "interval", "any": "any",
        }  # fmt: skip
        return moved.get(left)
    if left == "date" and right == "integer":
        return "date"
    if cls is exp.Sub and left == right and left in {"date", "local", "instant"}:
        return "integer" if left == "date" else "interval"
    if cls is exp.Sub and {left, right} == {"date", "local"}:
        return "interval"
    times = {"date", "local", "instant", "interval"}
    return "any" if "any" in {left, right} and times & {left, right} else None


def _negative(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this")
    tree, kind = checker.of(this, NUMERIC | {"interval"}, "-")
    return Typed(exp.Neg(this=wrapped(tree, 8, right=True)), kind)


def _literal(checker: Checker, node: exp.Expression) -> Typed:
    this, text = checker.take(node, "this", "is_string")
    if text:
        return Typed(exp.Literal.string(str(this)), "text")
    if not grammar.NUMBER.fullmatch(str(this)):
        raise Refused("expression-syntax", f"{this} is not a number.", offset(node))
    whole = str(this).isdigit()
    return Typed(exp.Literal(this=str(this).lower(), is_string=False), "integer" if whole else "number")


def _boolean(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this")
    return Typed(exp.Boolean(this=bool(this)), "boolean")


def _null(checker: Checker, node: exp.Expression) -> Typed:
    checker.take(node)
    return Typed(exp.Null(), "null")


def _column(checker: Checker, node: exp.Expression) -> Typed:
    """A column, or one of the columns behind a reference. In a file's row, dots are part of the name."""
    parts = [p for p in checker.take(node, "catalog", "db", "table", "this") if p is not None]
    return _named(checker, node, parts)


def _path(checker: Checker, node: exp.Expression) -> Typed:
    """A path longer than SQL's own names (deep JSON), allowed in a file's row only."""
    this, last = checker.take(node, "this", "expression")
    parts = [last]
    while isinstance(this, exp.Dot):
        this, last = checker.take(this, "this", "expression")
        parts.insert(0, last)
    if isinstance(this, exp.Column):
        parts = [p for p in checker.take(this, "catalog", "db", "table", "this") if p is not None] + parts
    else:
        parts.insert(0, this)
    return _named(checker, node, parts)


def _named(checker: Checker, node: exp.Expression, parts: list[object]) -> Typed:
    names: list[str] = []
    for part in parts:
        if not isinstance(part, exp.Identifier):
            raise Refused("expression-forbidden", "Only names stand between dots.", offset(node))
        (name,) = checker.take(part, "this", quoted=True)
        names.append(str(name))
    if checker.mapping:
        name = ".".join(names)
        kind = checker.column(name, node)
        return Typed(exp.Column(this=exp.to_identifier(name, quoted=True)), kind)
    if len(names) > 2:
        raise Refused("unknown-column", f"{'.'.join(names)!r} goes through two references.", offset(node),
                      "One step is read: reference.column. A derived fact can bring the other near.")  # fmt: skip
    name = ".".join(names)
    if name not in checker.scope.columns and not any(
        p.quoted for p in parts if isinstance(p, exp.Identifier)
    ):
        name = name.lower()  # as SQL has it: names without quotes are the same in any case
    kind = checker.column(name, node)
    *table, column = name.split(".")
    return Typed(exp.column(column, *table, quoted=True), kind)


def date_fault(text: str, kind: ValueType) -> str:
    """Say what is wrong with a written-out date, wall-clock time or instant, or an empty string."""
    try:
        if kind == "date":
            date.fromisoformat(text)
            return "" if len(text) == 10 else "A date is written like 2026-01-31."
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"{text!r} is not a date or time that exists; it is written like 2026-01-31 17:45:00."
    if kind == "instant" and moment.tzinfo is None:
        return "An instant needs its offset, like 2026-01-31 17:45:00+00:00."
    if kind == "local" and moment.tzinfo is not None:
        return "A wall-clock time has no offset."
    return ""


RULES: dict[type[exp.Expression], Rule] = {
    exp.Paren: _paren, exp.And: _connector, exp.Or: _connector, exp.Not: _not,
    exp.EQ: _comparison, exp.NEQ: _comparison, exp.GT: _comparison, exp.GTE: _comparison, exp.LT: _comparison,
    exp.LTE: _comparison, exp.NullSafeEQ: _comparison, exp.NullSafeNEQ: _comparison, exp.Is: _is, exp.In: _in,
    exp.Between: _between, exp.Like: _like, exp.ILike: _like, exp.DPipe: _pipe, exp.Add: _arithmetic,
    exp.Sub: _arithmetic, exp.Mul: _arithmetic, exp.Div: _arithmetic, exp.Mod: _arithmetic, exp.Neg: _negative,
    exp.Literal: _literal, exp.Boolean: _boolean, exp.Null: _null, exp.Column: _column, exp.Dot: _path,
}  # fmt: skip
