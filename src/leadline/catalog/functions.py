"""Rules for functions, casts, dates and aggregates. Leadline's own functions become marked exp.Anonymous nodes."""

import re

from sqlglot import exp

from leadline.catalog import grammar
from leadline.catalog.checker import Checker, Rule, Typed, conversion, offset, unknown_function
from leadline.catalog.grammar import Argument, Function, Refused
from leadline.catalog.operators import date_fault
from leadline.catalog.values import LOGICAL, NUMERIC, TEXTUAL, WORDS, ValueType, castable


def _call(checker: Checker, node: exp.Expression) -> Typed:
    """A function whose arguments each have their own type."""
    function = grammar.FUNCTIONS[type(node)]
    built, first = _arguments(checker, node, function)
    gives = first if function.gives == "same" else function.gives
    return Typed(type(node)(**built, **function.marks), gives)


def _aggregate(checker: Checker, node: exp.Expression) -> Typed:
    function = grammar.AGGREGATES[type(node)]
    with checker.aggregate(node):
        built, first = _arguments(checker, node, function)
    gives = first if function.gives == "same" else function.gives
    return Typed(type(node)(**built), gives)


def _arguments(
    checker: Checker, node: exp.Expression, function: Function
) -> tuple[dict[str, exp.Expression], ValueType]:
    """Check a function's arguments; give them by name, and the type of the first."""
    values = checker.take(node, *(a.key for a in function.takes), **function.marks)
    built: dict[str, exp.Expression] = {}
    first: ValueType = "null"
    for argument, value in zip(function.takes, values, strict=True):
        if value is None:
            if not argument.optional:
                raise Refused("expression-arguments", f"It is written `{function.written}`.", offset(node))
            continue
        tree, kind = checker.of(value, argument.types, function.written)
        if argument.literal:
            _written_out(tree, argument, function, node)
        built[argument.key] = tree
        first = kind if argument is function.takes[0] else first
    return built, first


def _written_out(tree: exp.Expression, argument: Argument, function: Function, node: exp.Expression) -> None:
    text = tree.name if isinstance(tree, exp.Literal) else None
    if text is None or (argument.pattern and not argument.pattern.fullmatch(text)):
        raise Refused(
            "expression-arguments", f"`{function.written}`: the {argument.key.replace('_', ' ')} is written out, "
            "and this cannot be one.", offset(node),
        )  # fmt: skip


def _many(checker: Checker, node: exp.Expression) -> Typed:
    """coalesce, greatest, least: alternatives of one type."""
    marks = {} if isinstance(node, exp.Coalesce) else {"ignore_nulls": True}
    this, others = checker.take(node, "this", "expressions", **marks)
    name = type(node).__name__.lower()
    if not isinstance(others, list) or not others:
        raise Refused("expression-arguments", f"`{name}()` takes two values or more.", offset(node))
    trees, kind = checker.same((this, *others), f"`{name}`")
    return Typed(type(node)(this=trees[0], expressions=trees[1:], **marks), kind)


def _nullif(checker: Checker, node: exp.Expression) -> Typed:
    trees, kind = checker.same(checker.take(node, "this", "expression"), "`nullif`")
    return Typed(exp.Nullif(this=trees[0], expression=trees[1]), kind)


_WRITABLE: frozenset[ValueType] = frozenset({"integer", "number", "date"})


def _concat(checker: Checker, node: exp.Expression) -> Typed:
    (values,) = checker.take(node, "expressions", safe=True, coalesce=True)
    if not node.args.get("safe") or not isinstance(values, list):
        raise Refused("expression-syntax", "Two texts stand side by side.", offset(node),
                      "Write || between them.")  # fmt: skip
    accepted = TEXTUAL.union(_WRITABLE)
    trees = [checker.of(v, accepted, "concat(text, …)").tree for v in values]
    return Typed(exp.Concat(expressions=trees, safe=True, coalesce=True), "text")


def _trim(checker: Checker, node: exp.Expression) -> Typed:
    this, characters, position = checker.take(node, "this", "expression", "position")
    if position not in {None, "LEADING", "TRAILING", "BOTH"}:
        raise Refused(
            "expression-arguments", "It is written trim(text), ltrim(text) or rtrim(text).", offset(node)
        )
    built: dict[str, object] = {"this": checker.of(this, TEXTUAL, "trim(text)").tree}
    if characters is not None:
        built["expression"] = checker.of(characters, TEXTUAL, "trim(text, characters)").tree
    if position in {"LEADING", "TRAILING"}:
        built["position"] = position
    return Typed(exp.Trim(**built), "text")


def _power(checker: Checker, node: exp.Expression) -> Typed:
    this, exponent = checker.take(node, "this", "expression")
    base = checker.of(this, NUMERIC, "power(number, exponent)").tree
    return Typed(
        exp.Pow(this=base, expression=checker.of(exponent, NUMERIC, "power(number, exponent)").tree), "number"
    )


def _log(checker: Checker, node: exp.Expression) -> Typed:
    base, number = checker.take(node, "this", "expression")
    if number is None or not isinstance(base, exp.Literal) or base.name != "10":
        raise unknown_function("log", offset(node))
    tree = checker.of(number, NUMERIC, "log10(number)").tree
    return Typed(exp.Log(this=exp.Literal.number(10), expression=tree), "number")


def _case(checker: Checker, node: exp.Expression) -> Typed:
    this, ifs, default = checker.take(node, "this", "ifs", "default")
    branches = ifs if isinstance(ifs, list) else []
    pairs = [checker.take(branch, "this", "true") for branch in branches]
    subject: dict[str, exp.Expression] = {}
    if this is not None:
        conditions, _ = checker.same((this, *(when for when, _ in pairs)), "`case`")
        subject["this"] = conditions.pop(0)
    else:
        conditions = [checker.of(when, LOGICAL, "case when").tree for when, _ in pairs]
    values = [then for _, then in pairs] + ([default] if default is not None else [])
    trees, kind = checker.same(values, "`case`")
    rebuilt = [exp.If(this=w, true=t) for w, t in zip(conditions, trees, strict=False)]
    other = {"default": trees[-1]} if default is not None else {}
    return Typed(exp.Case(**subject, ifs=rebuilt, **other), kind)


def _cast(checker: Checker, node: exp.Expression) -> Typed:
    """cast and try_cast to the types there are, where the result means the same in every time zone."""
    this, to = checker.take(node, "this", "to", **({"safe": True} if isinstance(node, exp.TryCast) else {}))
    target = _target(node, to)
    tree, kind = checker.check(this)
    written_out = isinstance(tree, exp.Literal) and tree.is_string
    if kind == target:
        return Typed(tree, kind)
    if written_out and target in {"date", "local", "instant"}:
        if fault := date_fault(tree.name, target):
            raise Refused("expression-type", fault, offset(node))
        return Typed(exp.Cast(this=tree, to=grammar.built_type(target)), target)
    if not castable(kind, target):
        hint = (
            "instant(text[, 'format']) reads an instant." if target == "instant" else conversion(kind, target)
        )
        raise Refused("expression-type", f"{WORDS[kind].capitalize()} cannot be cast to {WORDS[target]}.",
                      offset(node), hint)  # fmt: skip
    if kind == "text" and not checker.mapping and not isinstance(node, exp.TryCast):
        raise Refused("expression-type", "A cast from text fails the whole refresh at the first text that does not "
                      "fit.", offset(node), "Write try_cast: it gives null there.")  # fmt: skip
    safe = {"safe": True} if isinstance(node, exp.TryCast) else {}
    return Typed(type(node)(this=tree, to=grammar.built_type(target), **safe), target)


def _target(node: exp.Expression, to: object) -> ValueType:
    """Read the type a cast names."""
    if not isinstance(to, exp.DataType):
        raise Refused("expression-arguments", "It is written cast(value as type).", offset(node))
    name = to.this.name if isinstance(to.this, exp.DataType.Type) else str(to.this)
    target = grammar.TYPES.get(name)
    if name == "USERDEFINED":
        target = "instant" if str(to.args.get("kind")).lower() == "instant" else None
    if target is None or to.args.get("expressions") or to.args.get("nested"):
        raise Refused("expression-type", f"A cast to {to.sql('duckdb').lower()} is not read.", offset(node),
                      "The types are text, integer, double, boolean, date and timestamp.")  # fmt: skip
    return target


def _interval(checker: Checker, node: exp.Expression) -> Typed:
    this, unit = checker.take(node, "this", "unit")
    amount = this.name if isinstance(this, exp.Literal) else ""
    name = unit.name.lower().removesuffix("s") if isinstance(unit, exp.Var) else ""
    if not re.fullmatch("[0-9]{1,9}", amount) or name not in grammar.DURATIONS:
        raise Refused("expression-arguments", "An interval is a whole number and a unit.", offset(node),
                      f"Write interval 14 day; the units are {', '.join(grammar.DURATIONS)}.")  # fmt: skip
    return Typed(
        exp.Interval(this=exp.Literal.string(str(int(amount))), unit=exp.Var(this=name.upper())), "interval"
    )


def _unit(node: object, known: frozenset[str], at: exp.Expression) -> str:
    """Read the unit of a date function, written out."""
    name = node.name.lower().removesuffix("s") if isinstance(node, exp.Literal | exp.Var) else ""
    if name not in known:
        raise Refused("expression-arguments", f"{name or 'This'!r} is not a part of time here.", offset(at),
                      f"There are {', '.join(sorted(known))}.")  # fmt: skip
    return name


def _zoneless(node: object, kind: ValueType, what: str) -> None:
    """Refuse an instant where the answer would depend on the time zone."""
    if kind == "instant":
        raise Refused("expression-type", f"{what} of an instant depends on the time zone.", offset(node),
                      "Write it of local(…): its wall-clock time.")  # fmt: skip


_TIMES: frozenset[ValueType] = frozenset({"date", "local", "instant", "any", "null"})
_LENGTHS_AND_TIMES: frozenset[ValueType] = _TIMES | frozenset({"interval"})


def _extract(checker: Checker, node: exp.Expression) -> Typed:
    part, value = checker.take(node, "this", "expression")
    name = _unit(part, grammar.PARTS, node)
    tree, kind = checker.of(value, _LENGTHS_AND_TIMES, "extract(part from time)")
    if name != "epoch":
        _zoneless(value, kind, f"The {name}")
    if kind == "interval" and name != "epoch":
        raise Refused("expression-type", "A part of a length of time misleads (90 minutes have minute 30).",
                      offset(node), "epoch(…) gives all its seconds.")  # fmt: skip
    gives: ValueType = "number" if name == "epoch" else "integer"
    return Typed(exp.Extract(this=exp.Var(this=name.upper()), expression=tree), gives)


def _truncate(checker: Checker, node: exp.Expression) -> Typed:
    value, unit = checker.take(node, "this", "unit")
    name = _unit(unit, grammar.TRUNCATIONS, node)
    tree, kind = checker.of(value, _TIMES, "date_trunc('unit', time)")
    _zoneless(value, kind, f"The {name}")
    return Typed(exp.TimestampTrunc(this=tree, unit=exp.Var(this=name.upper())), "local")


def _difference(checker: Checker, node: exp.Expression) -> Typed:
    end, start, unit = checker.take(node, "this", "expression", "unit", date_part_boundary=True)
    name = _unit(unit, grammar.DIFFERENCES, node)
    what = "date_diff('unit', start, end)"
    for value in (start, end):
        _, kind = checker.of(value, _TIMES, what)
        if name not in grammar.CLOCK_PARTS:
            _zoneless(value, kind, f"The {name}")
    trees, _ = checker.same((start, end), f"`{what}`")
    return Typed(
        exp.DateDiff(
            this=trees[1], expression=trees[0], unit=exp.Var(this=name.upper()), date_part_boundary=True
        ),
        "integer",
    )


def _epoch(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this")
    accepted: frozenset[ValueType] = frozenset({"interval", "instant", "any", "null"})
    return Typed(exp.TimeToUnix(this=checker.of(this, accepted, "epoch(length or instant)").tree), "number")


def _format(checker: Checker, node: object, at: exp.Expression) -> exp.Expression:
    """A date format: written out, and of directives that strptime knows."""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise Refused("expression-arguments", "A format is a text, written out.", offset(at),
                      "For example '%d/%m/%Y %H:%M'.")  # fmt: skip
    if fault := grammar.format_fault(node.name):
        raise Refused(
            "expression-arguments", f"The format {node.name!r} cannot be read: {fault}", offset(node)
        )
    return checker.check(node).tree


def _in_sources(checker: Checker, node: exp.Expression, name: str) -> None:
    if not checker.mapping:
        raise Refused("expression-forbidden", f"`{name}()` reads texts of files, and this is a fact's column.",
                      offset(node), "Facts are typed: the source reads the text once.")  # fmt: skip


def _strptime(checker: Checker, node: exp.Expression) -> Typed:
    this, form = checker.take(node, "this", "format")
    _in_sources(checker, node, "strptime")
    tree = checker.of(this, TEXTUAL, "strptime(text, 'format')").tree
    return Typed(exp.StrToTime(this=tree, format=_format(checker, form, node)), "local")


def _date(checker: Checker, node: exp.Expression) -> Typed:
    """date(text[, format]); sqlglot reads its second argument as a zone."""
    this, form = checker.take(node, "this", "zone")
    return _marked(checker, node, "DATE_OF", [this] if form is None else [this, form])


def _by(checker: Checker, node: exp.Expression) -> Typed:
    """first(value, by) and last(value, by)."""
    values = checker.take(node, "this", "expression")
    return _marked(checker, node, f"{type(node).__name__.upper()}_BY", [v for v in values if v is not None])


def _anonymous(checker: Checker, node: exp.Expression) -> Typed:
    this, values = checker.take(node, "this", "expressions")
    name = str(this).upper()
    if name not in grammar.MARKED:
        raise unknown_function(name, offset(node))
    return _marked(checker, node, name, values if isinstance(values, list) else [])


def _marked(checker: Checker, node: exp.Expression, name: str, values: list[object]) -> Typed:
    """One of Leadline's own functions, kept in the tree for the compilers to replace."""
    written = grammar.MARKED[name]
    most = 1 if name in {"LOCAL", "NUMBER"} else 2
    least = 2 if name.endswith("_BY") or name == "BUSINESS_MINUTES" else 1
    if not least <= len(values) <= most:
        raise Refused("expression-arguments", f"It is written {written}.", offset(node))
    if name.endswith("_BY"):
        with checker.aggregate(node):
            value = checker.check(values[0])
            by = checker.of(values[1], {"instant", "date", "local", "integer", "number"}, written)
        return Typed(exp.Anonymous(this=name, expressions=[value.tree, by.tree]), value.type)
    if name == "LOCAL":
        tree = checker.of(values[0], {"instant", "any"}, written).tree
        return Typed(exp.Anonymous(this=name, expressions=[tree]), "local")
    if name == "BUSINESS_MINUTES":
        if checker.mapping:
            raise Refused("expression-forbidden", "A file's times have no calendar yet.", offset(node),
                          "Load the instants; a metric or a derived fact counts the time between them.")  # fmt: skip
        instants = [checker.of(value, {"instant", "null"}, written).tree for value in values]
        return Typed(exp.Anonymous(this=name, expressions=instants), "number")
    _in_sources(checker, node, written.split("(")[0])
    accepted: set[ValueType] = {"text", "any"}
    accepted |= {"date", "local"} if name == "INSTANT" and len(values) == 1 else set()
    built = [checker.of(values[0], accepted, written).tree]
    if len(values) == 2:
        built.append(_format(checker, values[1], node))
    gives: dict[str, ValueType] = {"INSTANT": "instant", "DATE_OF": "date", "NUMBER": "number"}
    return Typed(exp.Anonymous(this=name, expressions=built), gives[name])


def _count(checker: Checker, node: exp.Expression) -> Typed:
    (this,) = checker.take(node, "this", big_int=True)
    with checker.aggregate(node):
        counted: exp.Expression
        if this is None or isinstance(this, exp.Star):
            if isinstance(this, exp.Star):
                checker.take(this)
            counted = exp.Star()
        elif isinstance(this, exp.Distinct):
            (values,) = checker.take(this, "expressions")
            if not isinstance(values, list) or len(values) != 1:
                raise Refused("expression-arguments", "It is written count(distinct value).", offset(node))
            counted = exp.Distinct(expressions=[checker.check(values[0]).tree])
        else:
            counted = checker.check(this).tree
    return Typed(exp.Count(this=counted, big_int=True), "integer")


RULES: dict[type[exp.Expression], Rule] = {
    **dict.fromkeys(grammar.FUNCTIONS, _call), **dict.fromkeys(grammar.AGGREGATES, _aggregate),
    exp.Coalesce: _many, exp.Greatest: _many, exp.Least: _many, exp.Nullif: _nullif, exp.Concat: _concat,
    exp.Trim: _trim, exp.Pow: _power, exp.Log: _log, exp.Case: _case, exp.Cast: _cast,
    exp.TryCast: _cast, exp.Interval: _interval, exp.Extract: _extract, exp.DateTrunc: _truncate,
    exp.TimestampTrunc: _truncate, exp.DateDiff: _difference, exp.TimeToUnix: _epoch, exp.StrToTime: _strptime,
    exp.Date: _date, exp.First: _by, exp.Last: _by, exp.Anonymous: _anonymous, exp.Count: _count,
}  # fmt: skip
