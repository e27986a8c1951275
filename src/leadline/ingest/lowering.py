"""One checked mapping expression to steps of SQL in which nothing is lost silently.

Every conversion and every operation that can fail becomes a step: a column of a subselect that is null where it fails.
Beside it stands a `Check`: the row is at fault if the operands are there, the result is not, and the branch that holds
the operation was reached (CASE, COALESCE, AND and OR guard what stands behind them). `try_cast` has no check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from leadline.catalog import functions, operators
from leadline.catalog.checker import Checker, Scope
from leadline.catalog.values import ValueType
from leadline.ingest import conversions as c
from leadline.ingest.reasons import Code
from leadline.store.casts import as_type

_RULES = {**operators.RULES, **functions.RULES}
_DEFINED: tuple[type[exp.Expr], ...] = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Ln, exp.Log, exp.Sqrt, exp.Exp, exp.Pow,
    exp.DateDiff, exp.TimestampTrunc, exp.TimeToUnix,
)  # fmt: skip
"""Operations that have no result for some operands, where DuckDB's lines raise, or give infinity, or null."""

_TYPES: Mapping[object, ValueType] = {
    exp.DataType.Type.TEXT: "text",
    exp.DataType.Type.VARCHAR: "text",
    exp.DataType.Type.BIGINT: "integer",
    exp.DataType.Type.DOUBLE: "number",
    exp.DataType.Type.BOOLEAN: "boolean",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.TIMESTAMP: "local",
    exp.DataType.Type.TIMESTAMPNTZ: "local",
    exp.DataType.Type.TIMESTAMPTZ: "instant",
}

_CODES: dict[ValueType, Code] = {
    "integer": "not-a-whole-number",
    "number": "not-a-number",
    "boolean": "not-true-or-false",
    "date": "not-a-date",
    "local": "not-a-time",
    "instant": "not-an-instant",
}


@dataclass(frozen=True, slots=True)
class Input:
    """A file's column: the field of the staged table that holds it, nulls taken out, and its type."""

    field: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Check:
    """A way in which a row can be at fault: when, why, and the value to show."""

    when: exp.Expr
    code: Code
    shown: exp.Expr


@dataclass(slots=True)
class Steps:
    """The columns computed on the way, level by level: a level reads those below it. Shared by a file's expressions."""

    levels: list[list[tuple[str, exp.Expr]]] = field(default_factory=list)
    _level_of: dict[str, int] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def add(self, tree: exp.Expr) -> exp.Column:
        """Compute a tree in a column of its own, once however often it is asked for; a column is one already."""
        if isinstance(tree, exp.Column):
            return tree.copy()
        text = tree.sql(dialect="duckdb")
        name = self._known.get(text)
        if name is None:
            level = max(
                (self._level_of.get(col.name, -1) + 1 for col in tree.find_all(exp.Column)), default=0
            )
            name = self._known[text] = f"t{len(self._known)}"
            self._level_of[name] = level
            while len(self.levels) <= level:
                self.levels.append([])
            self.levels[level].append((name, tree))
        return exp.column(name)


@dataclass(slots=True)
class Lowering:
    """The lowering of one expression. `zone` is where the file's wall clocks stand."""

    inputs: Mapping[str, Input]
    zone: str
    steps: Steps
    checks: list[Check] = field(default_factory=list)
    _guards: list[exp.Expr] = field(default_factory=list)

    def value(self, tree: exp.Expr) -> exp.Expr:
        """Give an expression's SQL over the staged fields and the steps."""
        match tree:
            case exp.Column():
                return exp.column(self.inputs[tree.name].field)
            case exp.Case():
                return self._case(tree)
            case exp.Coalesce():
                return self._coalesce(tree)
            case exp.And() | exp.Or():
                return self._connector(tree)
            case exp.TryCast() | exp.Cast():
                return self._cast(tree)
            case exp.StrToTime():
                return self._strptime(tree)
            case exp.Anonymous():
                return self._marked(tree)
            case _ if isinstance(tree, _DEFINED):
                return self._defined(tree)
            case _:
                return self._rebuilt(tree)

    def converted(self, tree: exp.Expr, target: ValueType) -> exp.Expr:
        """Give an expression's SQL with its value as the type of the column that takes it."""
        return self._convert(self.value(tree), self.type(tree), target, checked=True)

    def type(self, tree: exp.Expr) -> ValueType:
        """Give the type of a checked expression, or of a part of it."""
        scope = Scope({name: given.type for name, given in self.inputs.items()})
        return Checker(scope, _RULES, aggregates=False, mapping=True).check(tree).type

    def _rebuilt(self, tree: exp.Expr) -> exp.Expr:
        arguments = {
            key: [self._part(v) for v in value] if isinstance(value, list) else self._part(value)
            for key, value in tree.args.items()
        }
        return type(tree)(**arguments)

    def _part(self, value: object) -> object:
        return self.value(value) if isinstance(value, exp.Expr) else value

    def _case(self, tree: exp.Case) -> exp.Expr:
        subject = self.value(tree.this) if tree.this is not None else None
        before = len(self._guards)
        branches: list[exp.If] = []
        for branch in tree.args["ifs"]:
            condition = self.value(branch.this)
            if subject is not None:
                condition = exp.EQ(this=exp.paren(subject), expression=exp.paren(condition, copy=False))
            reached = self.steps.add(condition)
            value = self._behind(reached, branch.args["true"])
            branches.append(exp.If(this=reached, true=value))
            self._guards.append(exp.Not(this=exp.Is(this=reached.copy(), expression=exp.true())))
        default = tree.args.get("default")
        other = {} if default is None else {"default": self.value(default)}
        del self._guards[before:]
        return exp.Case(ifs=branches, **other)

    def _coalesce(self, tree: exp.Coalesce) -> exp.Expr:
        before = len(self._guards)
        values: list[exp.Expr] = []
        for alternative in (tree.this, *tree.expressions):
            value = self.value(alternative)
            if value.find(exp.Column) is not None:
                value = self.steps.add(value)
                self._guards.append(c.absent(value))
            values.append(value)
        del self._guards[before:]
        return exp.Coalesce(this=values[0], expressions=values[1:])

    def _connector(self, tree: exp.And | exp.Or) -> exp.Expr:
        left = self.steps.add(self.value(tree.this))
        decided = exp.false() if isinstance(tree, exp.And) else exp.true()
        right = self._behind(exp.Not(this=exp.Is(this=left.copy(), expression=decided)), tree.expression)
        return type(tree)(this=left, expression=exp.paren(right, copy=False))

    def _behind(self, guard: exp.Expr, tree: exp.Expr) -> exp.Expr:
        """Lower what is evaluated only where a guard holds."""
        self._guards.append(guard)
        value = self.value(tree)
        self._guards.pop()
        return value

    def _fault(self, code: Code, shown: exp.Expr, *conditions: exp.Expr) -> None:
        self.checks.append(Check(c.all_of(*self._guards, *conditions), code, shown.copy()))

    def _cast(self, tree: exp.Cast) -> exp.Expr:
        target = _TYPES[tree.to.this]
        if isinstance(tree.this, exp.Literal) and tree.this.is_string:
            return tree.copy()  # a date written out, checked in the definition
        lenient = isinstance(tree, exp.TryCast)
        return self._convert(self.value(tree.this), self.type(tree.this), target, checked=not lenient)

    def _convert(self, value: exp.Expr, source: ValueType, target: ValueType, *, checked: bool) -> exp.Expr:
        """Convert a value. What cannot be converted is null, and a fault if `checked`."""
        if source == target:
            return value
        if source == "null":
            return c.attempt(value, _SQL[target])
        given = self.steps.add(value)
        if target == "instant":
            return self._instant(given, source, checked=checked)
        made = self._strict(given, source, target)
        if checked and target != "text":
            self._fault(_CODES[target], given, c.present(given), c.absent(made))
        return made

    def _strict(self, given: exp.Column, source: ValueType, target: ValueType) -> exp.Column:
        match source, target:
            case "text", "integer":
                tree = c.whole(given)
            case "text", "number":
                read = self.steps.add(c.attempt(given, "DOUBLE"))
                tree = c.when(c.is_plain(given, read), read)
            case "text", "boolean":
                tree = c.truth(given)
            case "text", "date":
                tree = c.day(given)
            case "text", "local":
                tree = c.wall(given)
            case "number", "integer":
                tree = c.when(
                    exp.EQ(this=c.call("floor", given), expression=given.copy()), c.attempt(given, "BIGINT")
                )
            case _:
                tree = c.attempt(given, _SQL[target])
        return self.steps.add(tree)

    def _instant(self, given: exp.Column, source: ValueType, *, checked: bool) -> exp.Column:
        """Read an instant from a text, or from a wall-clock time or date in the source's zone."""
        if source != "text":
            clock = self.steps.add(as_type(given.copy(), "TIMESTAMP", dialect="duckdb"))
            return self._zoned(clock, given, checked=checked)
        clock = self.steps.add(c.wall(given))
        exact = self.steps.add(c.absolute(given, clock))
        if checked:
            self._fault("not-an-instant", given, c.present(given), c.absent(clock), c.absent(exact))
        zoned = self._zoned(clock, given, checked=checked)
        return self.steps.add(exp.Coalesce(this=exact, expressions=[zoned]))

    def _zoned(self, clock: exp.Column, given: exp.Column, *, checked: bool) -> exp.Column:
        """Place a wall-clock time in the source's zone; one that a clock change left out is at fault."""
        there = self.steps.add(c.in_zone(clock, self.zone))
        back = c.in_zone(there, self.zone)
        zoned = self.steps.add(
            c.when(exp.EQ(this=exp.paren(back, copy=False), expression=clock.copy()), there)
        )
        if checked:
            self._fault("no-such-time", given, c.present(clock), c.absent(zoned))
        return zoned

    def _strptime(self, tree: exp.StrToTime) -> exp.Expr:
        given = self.steps.add(self.value(tree.this))
        form = tree.args["format"]
        read = self.steps.add(c.formatted(given, form))
        self._fault("not-a-time", given, c.present(given), c.absent(read))
        return self.steps.add(c.in_zone(read, self.zone)) if c.has_zone(form) else read

    def _marked(self, tree: exp.Anonymous) -> exp.Expr:
        """LOCAL, INSTANT, DATE_OF and NUMBER."""
        first = tree.expressions[0]
        form = tree.expressions[1] if len(tree.expressions) > 1 else None
        if tree.name == "LOCAL":
            return c.in_zone(self.value(first), self.zone)
        if form is None:
            targets: dict[str, ValueType] = {"INSTANT": "instant", "DATE_OF": "date", "NUMBER": "number"}
            return self._convert(self.value(first), self.type(first), targets[tree.name], checked=True)
        given = self.steps.add(self.value(first))
        read = self.steps.add(c.formatted(given, form))
        code: Code = "not-an-instant" if tree.name == "INSTANT" else "not-a-date"
        self._fault(code, given, c.present(given), c.absent(read))
        if tree.name == "DATE_OF":
            local = c.in_zone(read, self.zone) if c.has_zone(form) else read
            return self.steps.add(c.attempt(local, "DATE"))
        return read if c.has_zone(form) else self._zoned(read, given, checked=True)

    def _defined(self, tree: exp.Expr) -> exp.Expr:
        """An operation without a result for some operands: null there, and a fault if its operands are known."""
        made = self._rebuilt(tree)
        operands = [
            self._operand(made, key) for key in ("this", "expression") if made.args.get(key) is not None
        ]
        safe = made
        match made:
            case exp.Div() | exp.Mod():
                made.set("expression", exp.Nullif(this=operands[1].copy(), expression=c.number(0)))
            case exp.Ln() | exp.Log():
                safe = c.when(exp.GT(this=operands[-1].copy(), expression=c.number(0)), made)
            case exp.Sqrt():
                safe = c.when(exp.GTE(this=operands[0].copy(), expression=c.number(0)), made)
        value = self.steps.add(c.call("try", safe))
        known = [c.present(o) for o in operands if isinstance(o, exp.Column)]
        shown = next((o for o in operands if isinstance(o, exp.Column)), c.text(""))
        self._fault("no-result", shown, *known, c.absent(value))
        return value

    def _operand(self, made: exp.Expr, key: str) -> exp.Expr:
        """Give an operand as a step, so that it can be looked at; a constant as it is."""
        value: exp.Expr = made.args[key]
        if value.find(exp.Column) is None:
            return value
        step = self.steps.add(value)
        made.set(key, step)
        return step


_SQL: dict[ValueType, str] = {
    "text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "local": "TIMESTAMP", "instant": "TIMESTAMPTZ",
}  # fmt: skip


def flat(levels: Sequence[Sequence[tuple[str, exp.Expr]]], start: exp.Query) -> exp.Query:
    """Give the query that computes the steps, level upon level, over `start`."""
    query = start
    for number, level in enumerate(levels):
        columns = [tree.copy().as_(name) for name, tree in level]
        query = exp.select("*", *columns, copy=False).from_(query.subquery(f"l{number}"), copy=False)
    return query
