"""A source's mapping, for the columns that one file has, as one query: typed values and the reasons against each row.

Pure: trees in, a tree out. The query reads a file's records from the table `raw`, joins nothing, and has one row for
each record: `_line`, the fact's columns as `v0`, `v1`, ..., `_reasons`, empty if nothing stands against the row,
and only if something does, `_raw` and `_text`: the list of the file's values as texts, and a broken record's text.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.checker import Scope
from leadline.catalog.compiled import nearest
from leadline.catalog.definitions import Column, ColumnType, Fact, Source
from leadline.catalog.expressions import Expression, parse
from leadline.catalog.values import ValueType, assignable, of_column
from leadline.errors import ExpressionError, SourceError, suggest
from leadline.ingest import conversions as c
from leadline.ingest.lowering import Check, Input, Lowering, Steps, flat
from leadline.ingest.reasons import Reason
from leadline.ingest.recoding import recoded
from leadline.ingest.row_checks import RowPredicate, holds_rows, predicates
from leadline.ingest.sources.reading import RawColumn, RawType, physical
from leadline.store.casts import as_type

RAW = "raw"
BETWEEN_REASONS = "\x1e"
BETWEEN_PARTS = "\x1f"
SHOWN = 200

_VALUES: Mapping[RawType, ValueType] = {
    "text": "text", "integer": "integer", "number": "number", "boolean": "boolean", "date": "date",
    "moment": "local", "instant": "instant",
}  # fmt: skip
_SQL: Mapping[ColumnType, str] = {
    "text": "VARCHAR", "unit": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN",
    "date": "DATE", "instant": "TIMESTAMPTZ",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A mapping ready to run: its query, the field of it that holds each column of the fact, and the one that says
    whether a row fails a check."""

    query: exp.Query
    fields: Mapping[str, str]
    checked: Mapping[str, str] = field(default_factory=dict)


def plan(
    catalog: Catalog, source: Source, columns: Sequence[RawColumn], released: Collection[str] = ()
) -> Plan:
    """Compile a source's mapping for a file that has these columns; the checks `released` hold none of its rows.

    Raises:
        SourceError: the mapping names a column that the file does not have, uses one as what it is not, or leaves a
            required column of the fact without a value.
    """
    return _Compilation(catalog, source, catalog.facts[source.fact], columns, released).plan()


def condition(
    catalog: Catalog, source: Source, path: tuple[str | int, ...], text: str, columns: Sequence[RawColumn]
) -> exp.Select:
    """Compile a predicate of a source over its records: `_line`, and whether it holds as `_holds` (null: cannot tell).

    Raises:
        SourceError: it names a column that the records do not have, or uses one as what it is not.
    """
    return _Compilation(catalog, source, catalog.facts[source.fact], columns).condition(path, text)


def find(name: str, columns: Sequence[RawColumn], *, exact: bool) -> int | None:
    """Give the position of the column that a name means, or None.

    A name in double quotes means itself exactly. Any other also means a column that differs in letter case or in
    blanks around it, if there is only one.

    Raises:
        SourceError: several columns are meant.
    """
    same = [i for i, column in enumerate(columns) if column.name == name]
    if same or exact:
        return same[0] if same else None
    loose = [
        i for i, column in enumerate(columns) if column.name.strip().casefold() == name.strip().casefold()
    ]
    if len(loose) > 1:
        meant = " and ".join(repr(columns[i].name) for i in loose)
        raise SourceError(
            f"{name!r} could mean {meant}.", code="ambiguous-column", hint="Put it in double quotes."
        )
    return loose[0] if loose else None


def parsed_reasons(text: str) -> Iterator[Reason]:
    """Read the `_reasons` of a row."""
    for part in text.split(BETWEEN_REASONS) if text else ():
        code, column, shown = part.split(BETWEEN_PARTS)
        yield Reason(code, column, shown)  # type: ignore[arg-type]  # written below, from Code


@dataclass(slots=True)
class _Value:
    """A fact's column on its way: its SQL, the checks of its conversion, and whether it may be infinite."""

    name: str
    column: Column
    tree: exp.Expr
    checks: Sequence[Check]
    computed: bool


@dataclass(slots=True)
class _Compilation:
    """One mapping for one file's columns."""

    catalog: Catalog
    source: Source
    fact: Fact
    columns: Sequence[RawColumn]
    released: Collection[str] = ()
    inputs: dict[str, Input] = field(default_factory=dict)
    staged: dict[str, exp.Expr] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)

    def plan(self) -> Plan:
        """Compile everything."""
        rejections = [self._rejection(nth) for nth in range(len(self.source.reject))]
        values = [v for name in self.fact.loaded if (v := self._value(name)) is not None]
        self._refuse_gaps({v.name for v in values})
        values = self._in_new_codes(values)
        fields = {v.name: f"v{i}" for i, v in enumerate(values)}
        query = flat(self.steps.levels, self._records())
        query = self._converted(query, values, rejections)
        query = self._judged(query, values, rejections)
        ready = predicates(self.catalog, self.source, fields)
        query = self._checked_rows(query, fields, ready)
        marks = {one.check.name: f"x{n}" for n, one in enumerate(ready)}
        return Plan(self._evidenced(query, [*fields.values(), *marks.values()]), fields, marks)

    def condition(self, path: tuple[str | int, ...], text: str) -> exp.Select:
        """Compile a predicate alone."""
        expression = self._checked(path, text, "predicate")
        holds = self.steps.add(self._lowering().value(expression.tree))
        records = flat(self.steps.levels, self._records())
        return exp.select("_line", holds.as_("_holds")).from_(records.subquery("steps"))

    def _records(self) -> exp.Select:
        """The records, nulls taken out of the columns that are used."""
        taken = [tree.as_(name) for name, tree in self.staged.items()]
        return exp.select("*", *taken).from_(RAW)

    def _converted(
        self, query: exp.Query, values: Sequence[_Value], rejections: Sequence[exp.Expr]
    ) -> exp.Query:
        """Each value as `v`, what is wrong with its conversion as `e`, the declared rejections as `rejected`."""
        own = ("_line", "_fault", "_detail", "_text", *(physical(i) for i in range(len(self.columns))))
        columns = [*map(exp.column, own), _joined(rejections).as_("rejected")]
        for i, value in enumerate(values):
            columns.append(value.tree.as_(f"v{i}"))
            if value.column.type == "unit":
                columns.append(c.looked_up(value.tree, self.catalog.units.by_code).as_(f"u{i}"))
            faults = [_against(check, value.name) for check in value.checks]
            columns.append(_joined(faults).as_(f"e{i}"))
        return exp.select(*columns, copy=False).from_(query.subquery("steps"), copy=False)

    def _judged(
        self, query: exp.Query, values: Sequence[_Value], rejections: Sequence[exp.Expr]
    ) -> exp.Query:
        """The values in their final types, unit codes as units, and all reasons together."""
        own = ("_line", "_text", *(physical(i) for i in range(len(self.columns))))
        columns: list[exp.Expr] = [exp.column(name) for name in own]
        reasons: list[exp.Expr] = []
        for i, value in enumerate(values):
            given, wrong = exp.column(f"v{i}"), exp.column(f"e{i}")
            final: exp.Expr = as_type(given.copy(), _SQL[value.column.type], dialect="duckdb")
            if value.column.type == "unit":
                final = exp.column(f"u{i}")
            columns.append(final.as_(f"v{i}"))
            if value.checks:
                reasons.append(exp.Nullif(this=wrong, expression=c.text("")))
            reasons.extend(_against(check, value.name) for check in self._limits(i, value))
        fault, rejected = exp.column("_fault"), exp.column("rejected")
        broken = c.call("concat_ws", c.text(BETWEEN_PARTS), fault, c.text(""), exp.column("_detail"))
        first = [exp.If(this=c.present(fault), true=broken)]
        if rejections:
            first.append(exp.If(this=exp.NEQ(this=rejected, expression=c.text("")), true=rejected.copy()))
        together = exp.Case(ifs=first, default=_joined(reasons))
        select = exp.select(*columns, together.as_("_reasons"), copy=False)
        return select.from_(query.subquery("mapped"), copy=False)

    def _checked_rows(
        self, query: exp.Query, fields: Mapping[str, str], ready: Sequence[RowPredicate]
    ) -> exp.Query:
        """The same with whether each row fails each declared check as `x`, a reason where it is held for that."""
        if not ready:
            return query
        own = ["_line", "_text", *(physical(i) for i in range(len(self.columns))), *fields.values()]
        judged = [one.fails.as_(f"x{n}") for n, one in enumerate(ready)]
        query = exp.select(*map(exp.column, own), exp.column("_reasons"), *judged, copy=False).from_(
            query.subquery("sound"), copy=False
        )
        failing = [
            _against(Check(exp.column(f"x{n}"), "check", c.text("")), one.check.name)
            for n, one in enumerate(ready)
            if holds_rows(one.check) and one.check.name not in self.released
        ]
        known = exp.column("_reasons")
        sound = exp.EQ(this=known, expression=c.text(""))
        together = exp.Case(ifs=[exp.If(this=sound, true=_joined(failing))], default=known.copy())
        columns = [exp.column(name) for name in (*own, *(f"x{n}" for n in range(len(ready))))]
        select = exp.select(*columns, together.as_("_reasons"), copy=False)
        return select.from_(query.subquery("checked"), copy=False)

    def _evidenced(self, query: exp.Query, fields: Sequence[str]) -> exp.Select:
        """The values and reasons, with what the file says of a row if something stands against it."""
        against = exp.NEQ(this=exp.column("_reasons"), expression=c.text(""))
        raw = c.call("list_value", *(spelt(i, column) for i, column in enumerate(self.columns)))
        evidence = [c.when(against, raw).as_("_raw"), c.when(against, exp.column("_text")).as_("_text")]
        columns = [exp.column(name) for name in ("_line", *fields, "_reasons")]
        return exp.select(*columns, *evidence, copy=False).from_(query.subquery("judged"), copy=False)

    def _limits(self, i: int, value: _Value) -> Iterator[Check]:
        """What a column's definition asks of every value."""
        column, given, wrong = value.column, exp.column(f"v{i}"), exp.column(f"e{i}")
        if column.required or value.name in self.fact.key:
            sound = exp.EQ(this=wrong, expression=c.text(""))
            yield Check(c.all_of(c.absent(given), sound), "missing", c.text(""))
        if value.computed:
            yield Check(c.all_of(exp.Not(this=c.call("isfinite", given))), "not-a-number", given)
        if column.minimum is not None:
            yield Check(exp.LT(this=given.copy(), expression=exp.convert(column.minimum)), "too-small", given)
        if column.maximum is not None:
            yield Check(exp.GT(this=given.copy(), expression=exp.convert(column.maximum)), "too-large", given)
        if column.one_of is not None:
            spelt = as_type(given.copy(), "VARCHAR", dialect="duckdb")
            allowed = exp.In(this=spelt, expressions=[c.text(v) for v in column.one_of])
            yield Check(exp.Not(this=allowed), "not-one-of", given)
        if column.type == "unit":
            unknown = c.all_of(c.present(given), c.absent(exp.column(f"u{i}")))
            yield Check(unknown, "unknown-unit", given)

    def _value(self, name: str) -> _Value | None:
        """Compile a fact's column: as mapped, else the file's column of its name, else not at all."""
        column = self.fact.columns[name]
        lowering = self._lowering()
        if name in self.source.columns:
            expression = self._checked(("columns", name), self.source.columns[name], column.type)
            tree = lowering.converted(expression.tree, of_column(column.type))
            computed = expression.type == "number" and column.type == "number"
        elif (at := find(name, self.columns, exact=False)) is not None:
            raw = self.columns[at]
            self._take(name, at)
            own = exp.Column(this=exp.to_identifier(name, quoted=True))
            if not assignable(_VALUES[raw.type], column.type):
                raise SourceError(
                    f"The file's column {raw.name!r} cannot become the {column.type} column {name!r}.",
                    code="column-type", hint="Map it by an expression under `columns`.",
                )  # fmt: skip
            tree = lowering.converted(own, of_column(column.type))
            computed = raw.type == "number" and column.type == "number"
        else:
            return None
        tree = self.steps.add(tree) if column.type == "unit" else tree
        return _Value(name, column, tree, lowering.checks, computed)

    def _in_new_codes(self, values: Sequence[_Value]) -> list[_Value]:
        """Read codes that were redefined as what they are called now, by the date of the row on the source's clock."""
        dated = self.fact.at or (self.fact.valid.from_ if self.fact.valid else None)
        when = next((value for value in values if value.name == dated), None)
        if when is None:
            return list(values)
        day: exp.Expr = self.steps.add(when.tree)
        if when.column.type == "instant":
            zone = self.source.time_zone or self.catalog.project.time_zone
            day = self.steps.add(as_type(exp.paren(c.in_zone(day, zone)), "DATE", dialect="duckdb"))
        return [
            replace(value, tree=recoded(self.steps.add(value.tree), day, value.column.recoded))
            if value.column.recoded
            else value
            for value in values
        ]

    def _rejection(self, nth: int) -> exp.Expr:
        """Compile a declared rejection: its reason where it holds, or why that cannot be told."""
        rejection = self.source.reject[nth]
        expression = self._checked(("reject", nth, "when"), rejection.when, "predicate")
        lowering = self._lowering()
        holds = lowering.steps.add(lowering.value(expression.tree))
        own = _against(Check(holds, "rejected", c.text(rejection.reason)), "")
        faults = [exp.If(this=check.when, true=_words(check, "")) for check in lowering.checks]
        return exp.Case(ifs=[*own.args["ifs"], *faults])

    def _checked(self, path: tuple[str | int, ...], text: str, expects: str) -> Expression:
        """Check an expression anew, now that the file's columns and their types are known."""
        loose = self.catalog.expression(self.source, *path)
        for name in sorted(loose.columns):
            quoted = '"' + name.replace('"', '""') + '"' in text
            at = find(name, self.columns, exact=quoted)
            if at is None:
                raise self._unknown(name, path)
            self._take(name, at)
        scope = Scope({name: self.inputs[name].type for name in loose.columns}, what="the file")
        documents = self.catalog.documents_of[self.source.kind, self.source.name]
        document = nearest(documents, path)
        try:
            return parse(
                text, scope, expects=expects, mapping=True,
                place=lambda offset: document.place(*path, offset=offset),
            )  # fmt: skip
        except ExpressionError as error:
            raise SourceError(
                f"The mapping does not fit the file's types. {error.message}",
                code="column-type", place=error.place, hint=error.hint,
            ) from error  # fmt: skip

    def _take(self, name: str, at: int) -> None:
        """Note that a column of the file is used, and how its nulls are written."""
        raw = self.columns[at]
        value, staged = exp.column(physical(at)), f"n{at}"
        self.inputs[name] = Input(staged, _VALUES[raw.type])
        nulls = [c.text(v) for v in self.source.null_values if v or raw.type == "text"]
        if nulls:
            spelt = value if raw.type == "text" else as_type(value, "VARCHAR", dialect="duckdb")
            known = exp.Not(this=exp.In(this=spelt.copy(), expressions=nulls))
            self.staged[staged] = c.when(known, value)
        else:
            self.staged[staged] = value

    def _lowering(self) -> Lowering:
        zone = self.source.time_zone or self.catalog.project.time_zone
        return Lowering(self.inputs, zone, self.steps)

    def _unknown(self, name: str, path: tuple[str | int, ...]) -> SourceError:
        names = [column.name for column in self.columns]
        listed = ", ".join(repr(n) for n in names[:30]) + (" …" if len(names) > 30 else "")
        return SourceError(
            f"The file has no column {name!r}, which the mapping needs; it has {listed}.",
            code="unknown-column",
            place=self.catalog.place(self.source, *path),
            hint=suggest(name, names),
        )

    def _refuse_gaps(self, mapped: Collection[str]) -> None:
        """Refuse a file that cannot give what the fact requires of every row."""
        needed = [n for n, column in self.fact.columns.items() if column.required or n in self.fact.key]
        if gaps := [name for name in needed if name not in mapped]:
            names = [column.name for column in self.columns]
            raise SourceError(
                f"Nothing gives the required {_listed(gaps)} of {self.fact.name!r}: not mapped, and not in the file, "
                f"which has {_listed(names[:30])}.",
                code="missing-column",
                place=self.catalog.place(self.source, "columns"),
                hint=suggest(gaps[0], names) or "Map it under `columns`.",
            )


def spelt(position: int, column: RawColumn) -> exp.Expr:
    """Give a file's value as text."""
    value = exp.column(physical(position))
    return value if column.type == "text" else as_type(value, "VARCHAR", dialect="duckdb")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _against(check: Check, column: str) -> exp.Case:
    """A reason as text where a check finds fault, else null."""
    return c.when(check.when, _words(check, column))


def _words(check: Check, column: str) -> exp.Expr:
    parts = [c.text(check.code), c.text(column), _shown(check.shown)]
    return c.call("concat_ws", c.text(BETWEEN_PARTS), *parts)


def _shown(value: exp.Expr) -> exp.Expr:
    """A value as a short text without the characters that stand between reasons."""
    plain = as_type(value.copy(), "VARCHAR", dialect="duckdb")
    if isinstance(value, exp.Literal):
        return value.copy()
    marks, blanks = c.text(BETWEEN_REASONS + BETWEEN_PARTS), c.text("  ")
    return c.call("translate", c.call("left", plain, c.number(SHOWN)), marks, blanks)


def _joined(reasons: Sequence[exp.Expr]) -> exp.Expr:
    """All reasons that there are, in one text; empty if there are none."""
    return c.call("concat_ws", c.text(BETWEEN_REASONS), *reasons) if reasons else c.text("")
