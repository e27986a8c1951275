"""How alike two records are in one comparison: grades, the best first, as conditions over both sides.

The shipped comparisons follow the thresholds of Splink's comparison library: names by Jaro-Winkler 0.92, 0.88, 0.7;
dates by Levenshtein 1, then a month, a year, ten years apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlglot import exp

from leadline.catalog.definitions.identity import Comparison, Identity, Shipped
from leadline.ingest import conversions as c
from leadline.ingest.identity.standard import column
from leadline.store.casts import as_type

_USER, _LIKE_USER = "same user", "user jaro_winkler 0.88"
_ALONE: Mapping[Shipped, tuple[str, ...]] = {
    "exact": ("same",),
    "name": ("same", "jaro_winkler 0.92", "jaro_winkler 0.88", "jaro_winkler 0.7"),
    "text": ("same", "jaro_winkler 0.9", "jaro_winkler 0.8"),
    "email": ("same", _USER, "jaro_winkler 0.88", _LIKE_USER),
    "phone": ("same", "damerau 1"),
    "code": ("same", "damerau 1", "damerau 2"),
    "date": ("same", "levenshtein 1", "within 1 month", "within 1 year", "within 10 years"),
    "names": (),
}
_DAYS = {"day": 1.0, "month": 365.25 / 12, "year": 365.25}
_DISTANCES = {"levenshtein": "levenshtein", "damerau": "damerau_levenshtein"}
_ALIKE = {"jaro": "jaro_similarity", "jaro_winkler": "jaro_winkler_similarity"}


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade: its words, when it holds, and the values whose being rare counts, for they are equal (or none)."""

    words: str
    condition: exp.Expr
    rare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graded:
    """A comparison as conditions: `unknown` where a side lacks it, then the grades; what is left differs."""

    name: str
    unknown: exp.Expr
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """How the two records of a pair are named."""

    left: str = "l"
    right: str = "r"
    suffixed: bool = False
    """Splink names columns `v_l` and `v_r`, not `l.v` and `r.v`."""

    def of(self, value: str) -> tuple[exp.Expr, exp.Expr]:
        """Give a value on both sides."""
        if self.suffixed:
            return tuple(exp.column(f"{column(value)}_{s}", quoted=True) for s in (self.left, self.right))  # type: ignore[return-value]  # two sides, two columns
        return tuple(exp.column(column(value), table=s, quoted=True) for s in (self.left, self.right))  # type: ignore[return-value]  # two sides, two columns


def graded(identity: Identity, sides: Sides) -> tuple[Graded, ...]:
    """Give the comparisons of an identity as conditions."""
    compared = identity.likely.compare if identity.likely else ()
    return tuple(
        Graded(one.name, _unknown(one, sides), tuple(_grades(identity, one, sides))) for one in compared
    )


def same(values: Sequence[str], sides: Sides) -> exp.Expr:
    """Both sides have all values, each equal."""
    return exp.and_(*(exp.EQ(this=one, expression=other) for one, other in map(sides.of, values)))


def agreeing(identity: Identity, values: Sequence[str], sides: Sides) -> exp.Expr:
    """Both sides have all values, each equal, or with a grade behind its name alike enough."""
    found = []
    for said in values:
        value, _, words = said.partition(" ")
        one = Comparison(of=(value,), grades=(words or "same",))
        equal = () if words else (value,)
        found.append(_condition(identity, one, words, equal, sides))
    return exp.and_(*found)


def written(one: Comparison) -> tuple[str, ...]:
    """Give the grades of a comparison as they are, or would be, written."""
    if one.by == "names":
        first, second = one.of
        return (
            "same",
            "swapped",
            "jaro_winkler 0.92",
            "jaro_winkler 0.88",
            f"same {second}",
            f"same {first}",
        )
    return one.grades or _ALONE[one.by or "exact"]


def _grades(identity: Identity, one: Comparison, sides: Sides) -> Iterator[Grade]:
    for words in written(one):
        equal: tuple[str, ...] = ()
        if words == "same":
            equal = one.of
        elif words.startswith("same ") and words != _USER:
            equal = (words.partition(" ")[2],)
        rare = equal if one.counts_rarity(equal) else ()
        yield Grade(words, _condition(identity, one, words, equal, sides), rare)


def _unknown(one: Comparison, sides: Sides) -> exp.Expr:
    """Nothing can be compared: for every value, a side lacks it."""
    lacking = [
        exp.paren(exp.or_(*(exp.Is(this=side, expression=exp.null()) for side in sides.of(value))))
        for value in one.of
    ]
    return exp.and_(*lacking)


def _condition(
    identity: Identity, one: Comparison, words: str, equal: tuple[str, ...], sides: Sides
) -> exp.Expr:
    if equal:
        return same(equal, sides)
    pairs = [sides.of(value) for value in one.of]
    if words == "swapped":
        (a, b), (x, y) = pairs
        return exp.and_(exp.EQ(this=a, expression=y), exp.EQ(this=x, expression=b))
    kind, _, amount = words.partition(" ")
    if kind == "within":
        number, unit = amount.split()
        days = round(int(number) * _DAYS[unit.rstrip("s")])
        (left, right) = pairs[0]
        apart = c.call("abs", c.call("date_diff", c.text("day"), left, right))
        return exp.LTE(this=apart, expression=c.number(timedelta(days=days).days))
    texts = [tuple(_text(identity, v, s) for s in pair) for v, pair in zip(one.of, pairs, strict=True)]
    if words in {_USER, _LIKE_USER}:
        users = [c.call("split_part", side, c.text("@"), c.number(1)) for side in texts[0]]
        if words == _USER:
            return exp.EQ(this=users[0], expression=users[1])
        return exp.GTE(this=c.call(_ALIKE["jaro_winkler"], *users), expression=exp.Literal.number("0.88"))
    if kind in _ALIKE:
        least = exp.Literal.number(amount)
        return exp.and_(*(exp.GTE(this=c.call(_ALIKE[kind], *t), expression=least.copy()) for t in texts))
    most = exp.Literal.number(amount)
    return exp.and_(*(exp.LTE(this=c.call(_DISTANCES[kind], *t), expression=most.copy()) for t in texts))


def _text(identity: Identity, value: str, side: exp.Expr) -> exp.Expr:
    dated = identity.values[value].as_ == "date"
    return as_type(side, "VARCHAR", dialect="duckdb") if dated else side
