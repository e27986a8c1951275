"""What every engine is made to mean, DuckDB too: rules for what its own SQL leaves to the type of a literal or to luck.

A number with a fraction is a double, wherever it is written, and a whole one has 64 bits. What has no result is null:
a division by zero, a power that is not real or does not fit. `round` rounds halves away from zero, of the double that
is there. The remainder of fractions is x - y * trunc(x / y), which IEEE arithmetic gives alike everywhere. Texts are
read as sources read them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from leadline.store.casts import as_type
from leadline.store.engines.dialects import texts
from leadline.store.engines.dialects.kinds import Kinds, note
from leadline.store.engines.dialects.rewriting import Rules, filled

WHOLE_FROM = 2**52
"""From here on a double has no fraction."""

_POWER = (
    "CASE WHEN x = 0 THEN CASE WHEN y > 0 THEN 0 WHEN y = 0 THEN 1 END "
    "WHEN x < 0 AND y <> FLOOR(y) THEN NULL WHEN y * LN(ABS(x)) > 709.78 THEN NULL "
    "WHEN y * LN(ABS(x)) < -745 THEN 0 ELSE p END"
)
_EXPONENTIAL = "CASE WHEN x > 709.78 THEN NULL WHEN x < -745 THEN 0 ELSE p END"


@dataclass(frozen=True, slots=True)
class Words:
    """How a dialect says the few things that the rules of all need. `tries`: templates for reading texts."""

    dialect: str
    double: str
    long: str
    integer: str
    fraction: Callable[[str], exp.Expr]
    rounded: str
    truncated: str
    tries: Mapping[str, str]

    @property
    def rules(self) -> Rules:
        """Give the rules, in these words."""
        return {
            exp.Literal: self._literal,
            **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), self._arithmetic),
            exp.Nullif: self._nullif,
            exp.Div: self._divided,
            exp.Mod: self._remainder,
            exp.Round: self._rounded,
            exp.Pow: self._power,
            exp.Exp: self._exponential,
            exp.TryCast: self.tried,
        }

    def number(self, node: exp.Expr) -> exp.Expr:
        """Cast to a double."""
        return as_type(node, self.double, dialect=self.dialect)

    def fill(self, template: str, **parts: exp.Expr) -> exp.Expr:
        """Fill a template of this dialect."""
        return filled(self.dialect, template, **parts)

    def tried(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        """Read a text as a value, or give null; a cast of what is no text stays as it is."""
        target = kinds.of(node)
        if kinds.of(node.this) != "text" or target is None or target not in self.tries:
            return node
        return texts.read(self.dialect, self.tries[target], node.this, target)

    def _literal(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        if node.args.get("is_string") or kinds.of(node) != "number":
            return node
        return self.fraction(str(node.this).replace("_", ""))

    def _arithmetic(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        """What is written out is 32 bits wide, and so are the days that move a date."""
        left, right = kinds.of(node.this), kinds.of(node.expression)
        if left == right == "integer" and node.find(exp.Column) is None:
            node.set("this", as_type(node.this, self.long, dialect=self.dialect))
        elif left == "date" and right == "integer":
            node.set("expression", as_type(node.expression, self.integer, dialect=self.dialect))
        elif left == "integer" and right == "date":
            node.set("this", as_type(node.this, self.integer, dialect=self.dialect))
        return node

    def _nullif(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        """Engines do not agree whether it has the type of its first value or of both."""
        if kinds.of(node) == "number" and kinds.of(node.this) == "integer":
            node.set("this", self.number(node.this))
        return node

    def _divided(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        left = node.this if kinds.of(node.this) == "number" else self.number(node.this)
        return exp.Div(this=left, expression=_not_zero(node.expression), typed=True, safe=True)

    def _remainder(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        left, right = node.this, _not_zero(node.expression)
        if kinds.of(node) == "integer":
            return exp.Mod(this=left, expression=right)
        left = self.number(left)
        whole = self.fill(self.truncated, x=self.fill("x / y", x=left, y=right))
        return self.fill("x - y * q", x=left, y=right, q=whole)

    def _rounded(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        del kinds
        decimals = node.args.get("decimals")
        digits = int(decimals.name) if isinstance(decimals, exp.Literal) else 0
        x = self.number(node.this)
        if not digits:
            return self.fill(self.rounded, x=x)
        scale = self.fraction(f"1e{digits}")
        scaled = self.fill(self.rounded, x=self.fill("x * s", x=x, s=scale))
        limit = exp.Literal.number(WHOLE_FROM // 10**digits)
        return self.fill("CASE WHEN ABS(x) < l THEN r / s ELSE x END", x=x, l=limit, r=scaled, s=scale)

    def _power(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        del kinds
        x, y = self.number(node.this), self.number(node.expression)
        return self.fill(_POWER, x=x, y=y, p=exp.Pow(this=x.copy(), expression=y.copy()))

    def _exponential(self, node: exp.Expr, kinds: Kinds) -> exp.Expr:
        del kinds
        x = self.number(node.this)
        return self.fill(_EXPONENTIAL, x=x, p=exp.Exp(this=x.copy()))


def _not_zero(divisor: exp.Expr) -> exp.Expr:
    """Make a divisor null where it is zero, unless it is written out or so made already."""
    bare = divisor.unnest()
    if isinstance(bare, exp.Nullif) or (isinstance(bare, exp.Literal) and float(bare.name) != 0):
        return divisor
    return exp.Nullif(this=divisor, expression=exp.Literal.number(0))


def _fraction(written: str) -> exp.Expr:
    """DuckDB takes 0.5 for a decimal and 0.5e0 for a double."""
    return note(exp.Literal.number(written if "e" in written.lower() else f"{written}e0"), "number")


DUCKDB = Words(
    dialect="duckdb",
    double="DOUBLE",
    long="BIGINT",
    integer="INT",
    fraction=_fraction,
    rounded="ROUND(x)",
    truncated="TRUNC(x)",
    tries=texts.DUCKDB,
)
