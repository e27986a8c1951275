"""What is dear to compute is computed once per row: business time becomes a column of a row before rows are added up.

A metric names its value several times (known? how many? how much? squared?), and each mention would read the wall
clock anew; the engines do not share work between the branches of a CASE. So a query over rows that counts business time
is rebuilt in three steps: the rows with the wall-clock seconds of each instant, those with the business minutes
between them, and what the query was, over columns.
"""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from leadline.catalog.business_time import BusinessTime, since_monday, stepwise
from leadline.catalog.wall_clock import ROW, WallClock
from leadline.store.casts import as_type

MARK = "BUSINESS_MINUTES"
_PARTS = ("expressions", "where", "group", "having", "order")


def once_per_row(query: exp.Query, clock: WallClock) -> exp.Query:
    """Replace every BUSINESS_MINUTES(from, until) in a query, in place, by a column that holds it; give the query.

    It is null where an instant is, or where the end comes before the start. A clock without business time leaves the
    query as it is: the catalog refuses expressions that would need it.
    """
    if clock.business is None:
        return query
    for select in list(query.find_all(exp.Select)):
        calls = {node.sql(): node for node in _calls(select)}
        if calls:
            _rebuild(select, list(calls.values()), clock)
    return query


def _rebuild(select: exp.Select, calls: Sequence[exp.Anonymous], clock: WallClock) -> None:
    business = clock.business
    if business is None:
        raise AssertionError("the catalog refuses business time without business hours")
    columns = {column.sql(): column.copy() for column in _nodes(select, exp.Column)}
    instants = list({i.sql(): i.copy() for call in calls for i in call.expressions}.values())
    numbers = {instant.sql(): number for number, instant in enumerate(instants)}
    rows = exp.select().select(
        *(exp.alias_(column, _name(column), quoted=True, copy=False) for column in columns.values()),
        *(
            part
            for number, instant in enumerate(instants)
            for part in _clocked(number, instant, clock, business)
        ),
        copy=False,
    )
    for key in ("from_", "joins"):
        rows.set(key, select.args.get(key))
        select.set(key, None)
    _sink(select, rows)
    spans = []
    for number, call in enumerate(calls):
        start, end = (numbers[instant.sql()] for instant in call.expressions)
        spans.append(
            exp.alias_(_minutes(start, end, business), f"_business_{number}", quoted=True, copy=False)
        )
    kept = (_column(_name(column)) for column in columns.values())
    timed = exp.select().select(*kept, *spans, copy=False).from_(rows.subquery(ROW, copy=False), copy=False)
    for node in list(_calls(select)):
        number = next(n for n, call in enumerate(calls) if call.sql() == node.sql())
        node.replace(_column(f"_business_{number}"))
    for column in list(_nodes(select, exp.Column)):
        if not column.name.startswith("_business_"):
            column.replace(_column(_name(column)))
    select.from_(timed.subquery(ROW, copy=False), copy=False)


def _clocked(number: int, instant: exp.Expr, clock: WallClock, business: BusinessTime) -> Iterator[exp.Expr]:
    """Give an instant, its wall-clock seconds, and what clock changes before it have added to its business time."""
    yield exp.alias_(instant.copy(), f"_instant_{number}", quoted=True)
    yield exp.alias_(since_monday(clock.local(instant)), f"_seconds_{number}", quoted=True, copy=False)
    jumps = clock.by_zone(lambda zone: stepwise(instant, business.jumps(zone)))
    yield exp.alias_(jumps, f"_jumps_{number}", quoted=True, copy=False)


def _minutes(start: int, end: int, business: BusinessTime) -> exp.Expr:
    def until(number: int) -> exp.Expr:
        seconds = business.seconds(_column(f"_seconds_{number}"))
        return exp.paren(exp.Sub(this=seconds, expression=_column(f"_jumps_{number}")))

    elapsed = exp.paren(exp.Sub(this=until(end), expression=until(start)))
    sixty = as_type(exp.Literal.number("60.0"), "double")
    minutes = exp.Div(this=elapsed, expression=sixty, typed=False, safe=False)
    ordered = exp.GTE(this=_column(f"_instant_{end}"), expression=_column(f"_instant_{start}"))
    return exp.Case(ifs=[exp.If(this=ordered, true=minutes)])


def _sink(select: exp.Select, rows: exp.Select) -> None:
    """Let the conditions that need no business time choose the rows first."""
    where = select.args.get("where")
    if where is None:
        return
    conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    later = [c for c in conditions if any(node.name == MARK for node in c.find_all(exp.Anonymous))]
    rows.where(*(c for c in conditions if c not in later), copy=False)
    select.set("where", None)
    select.where(*later, copy=False)


def _calls(select: exp.Select) -> Iterator[exp.Anonymous]:
    for node in _nodes(select, exp.Anonymous):
        if isinstance(node, exp.Anonymous) and node.name == MARK:
            yield node


def _nodes(select: exp.Select, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Give the nodes of a kind in what a query computes itself, not in what it reads."""
    for part in _PARTS:
        value = select.args.get(part)
        for root in value if isinstance(value, list) else [value] if value is not None else []:
            yield from (
                node for node in root.walk(prune=lambda n: isinstance(n, exp.Query)) if isinstance(node, kind)
            )


def _name(column: exp.Expr) -> str:
    """Name a column of the joined rows by where it is from."""
    return ".".join(
        part for part in (column.args["table"].name if column.args.get("table") else "", column.name) if part
    )


def _column(name: str) -> exp.Column:
    return exp.column(name, table=ROW, quoted=True)
