"""What each type of detector catches, as queries over staged rows; what needs more than SQL is worked out in between.

Rows are staged as table `looked_at`: the fact's key as `k0`, `k1`, …, its columns under their own names, and `_at` as a
UTC wall clock. Nothing here depends on the order of rows or files: equal rows are caught together or not at all.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from sqlglot import exp

from leadline.catalog.definitions import (
    Burst,
    DetectorBase,
    ImpossibleTiming,
    Outlier,
    Per,
    Repeated,
    Spam,
    Speeding,
    StraightLining,
    TestRows,
)
from leadline.ingest import conversions as c
from leadline.store.casts import as_type
from leadline.store.staging import Staging

LOOKED_AT, AT = "looked_at", "_at"
_HOT = "hot"
_MAD_TO_SIGMA = 1.4826
ROBUST_Z, FENCE = 3.5, 3.0

TEST_WORDS = (
    r"^test([-_ .:#0-9]|$)",
    r"[-_ .]test$", r"^qa[-_]", r"\bplease ignore\b", r"\bdo not reply to this test\b",
    r"^(asdf|qwer|foo|foobar|xxx+|abc123|lorem ipsum)\b", r"@(example\.(com|org|net)|test\.[a-z]+)$",
)  # fmt: skip
SPAM_WORDS = (
    r"^\[?(auto|automatic|automated)\]?[ :-]", r"^\[(monitor|alert|nagios|zabbix|cron)\b",
    r"\bauto(matic)?[- ]?reply\b",
    r"\bout of (the )?office\b", r"\bdelivery (status notification|has failed|failure)\b", r"^undeliver(able|ed)\b",
    r"\bmailer-daemon\b", r"\bunsubscribe here\b", r"\b(viagra|casino|bitcoin doubler|seo services)\b",
    r"(https?://\S+.*){4,}",
)  # fmt: skip
"""Regular expressions (RE2) of texts in small letters."""


@dataclass(frozen=True, slots=True)
class Detecting:
    """One detector at work on staged rows; `keys` is the number of key columns."""

    detector: DetectorBase
    staging: Staging
    keys: int

    def caught(self) -> exp.Query | None:
        """Give the keys of the rows that are caught, and in `_shown` what of each was seen; None if there are none."""
        match self.detector:
            case Speeding():
                return _speeding(self.detector, self.keys)
            case StraightLining():
                return _straight_lining(self.detector, self.keys)
            case Repeated():
                return _repeated(self.detector, self.keys)
            case ImpossibleTiming():
                return _impossible(self.detector, self.keys)
            case Burst():
                return self._burst(self.detector)
            case TestRows():
                return _wording(self.detector, TEST_WORDS, self.keys)
            case Spam():
                return _wording(self.detector, SPAM_WORDS, self.keys)
            case Outlier():
                return _outlier(self.detector, self.keys)
            case _:
                raise AssertionError(self.detector.name)  # every type of detector is named above

    def clean(self) -> None:
        """Drop what was staged on the way."""
        self.staging.drop(_HOT)

    def _burst(self, detector: Burst) -> exp.Query | None:
        """Find the hours or days of a group that have many more rows than its others, those without rows included."""
        stretch = _stretch(detector.per)
        texts = [as_type(_named(name), "VARCHAR", dialect="duckdb") for name in detector.by]
        groups = [value.as_(f"g{n}") for n, value in enumerate(texts)]
        known = [c.present(_named(name)) for name in (*detector.by, AT)]
        by = [*(f"g{n}" for n in range(len(groups))), "b"]
        rows = exp.select(*groups, stretch.as_("b")).from_(LOOKED_AT).where(*known)
        counted = exp.select(*by, exp.Count(this=exp.Star()).as_("n")).from_(rows.subquery("r")).group_by(*by)
        counts: dict[tuple[str, ...], dict[datetime, int]] = defaultdict(dict)
        for row in self.staging.read(_candidates(counted, detector, by[:-1])).to_pylist():
            counts[tuple(row[name] for name in by[:-1])][row["b"]] = row["n"]
        ends = exp.select(exp.Min(this=exp.column("b")).as_("a"), exp.Max(this=exp.column("b")).as_("z"))
        (span,) = self.staging.read(ends.from_(rows.subquery("r"))).to_pylist()
        if span["a"] is None:
            return None
        total = (span["z"] - span["a"]) // _LENGTHS[detector.per] + 1
        hot = [
            {**{f"g{n}": value for n, value in enumerate(group)}, "b": begin, "n": number}
            for group, series in sorted(counts.items())
            for begin, number in sorted(series.items())
            if number >= detector.at_least
            and number > usual(list(series.values()), total, detector.false_alarms)
        ]
        if not hot:
            return None
        texted = [(f"g{n}", pa.string()) for n in range(len(groups))]
        schema = pa.schema([*texted, ("b", pa.timestamp("us")), ("n", pa.int64())])
        self.staging.load(_HOT, pa.Table.from_pylist(hot, schema=schema).to_reader())
        same = [exp.EQ(this=stretch.copy(), expression=exp.column("b", table=_HOT))]
        same += [
            exp.EQ(this=v.copy(), expression=exp.column(f"g{n}", table=_HOT)) for n, v in enumerate(texts)
        ]
        shown = _words(exp.column("n", table=_HOT), f" in one {detector.per}")
        return (
            exp.select(*_keys(self.keys), shown).from_(LOOKED_AT).join(exp.to_table(_HOT), on=c.all_of(*same))
        )


_LENGTHS: Mapping[Per, timedelta] = {
    "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
}  # fmt: skip


def usual(counts: Sequence[int], total: int, false_alarms: float) -> float:
    """Give the count that a group's stretch exceeds with a chance of `false_alarms` if nothing happened.

    Counts are judged on the scale of 2·sqrt(x + 3/8) (Anscombe 1948), by the median and the median absolute deviation
    of all `total` stretches, those without rows included; a spread below that of chance alone is taken as chance.
    """
    scaled = sorted(2 * math.sqrt(x + 0.375) for x in counts)
    empty, none = total - len(scaled), 2 * math.sqrt(0.375)
    middle = _middle(sorted([*scaled, *([none] if empty else [])]), none, empty)
    apart = abs(none - middle)
    deviations = sorted([*(abs(x - middle) for x in scaled), *([apart] if empty else [])])
    spread = max(1.0, _MAD_TO_SIGMA * _middle(deviations, apart, empty))
    from scipy.special import ndtri  # noqa: PLC0415 - a fifth of a second that only bursts need

    limit = middle + float(-ndtri(false_alarms)) * spread
    return max(0.0, (limit / 2) ** 2 - 0.375)


def _middle(ordered: Sequence[float], repeated: float, times: int) -> float:
    """Give the median of values, one of which stands for `times` of its like."""
    at = ordered.index(repeated) if times else -1
    weights = [times if n == at else 1 for n in range(len(ordered))]
    half, seen = sum(weights) / 2, 0
    for value, weight in zip(ordered, weights, strict=True):
        seen += weight
        if seen >= half:
            return value
    return ordered[-1]


def _candidates(counted: exp.Select, detector: Burst, groups: Sequence[str]) -> exp.Select:
    """Keep the groups that have a stretch with enough rows."""
    most = exp.Window(this=exp.Max(this=exp.column("n")), partition_by=[exp.column(g) for g in groups])
    wide = exp.select("*", most.as_("most")).from_(counted.subquery("c"))
    enough = exp.GTE(this=exp.column("most"), expression=c.number(detector.at_least))
    return exp.select(*groups, "b", "n").from_(wide.subquery("w")).where(enough)


def _speeding(detector: Speeding, keys: int) -> exp.Query:
    value = _named(detector.column)
    if detector.below is not None:
        fast = exp.LT(this=value, expression=exp.convert(detector.below))
        return exp.select(*_keys(keys), _words(value, " s")).from_(LOOKED_AT).where(fast)
    wide = _with_group(
        keys, detector.column, detector.by, {"m": c.call("median", value), "n": exp.Count(this=value)}
    )
    limit = exp.Mul(this=exp.convert(detector.share_of_median), expression=exp.column("m"))
    fast = exp.LT(this=exp.column("v"), expression=limit)
    return _judged(wide, keys, [_enough(detector.least), fast], _words(exp.column("v"), " s"))


def _straight_lining(detector: StraightLining, keys: int) -> exp.Query:
    value = _named(detector.column)
    known = [c.present(_named(name)) for name in (*detector.respondent, detector.column)]
    ends = {"lo": exp.Min(this=value), "hi": exp.Max(this=value.copy()), "n": exp.Count(this=value.copy())}
    wide = _with_group(keys, detector.column, detector.respondent, ends).where(*known)
    same = exp.EQ(this=exp.column("lo"), expression=exp.column("hi"))
    return _judged(wide, keys, [_enough(detector.questions), same], _words(exp.column("n"), " answers alike"))


def _repeated(detector: Repeated, keys: int) -> exp.Query:
    parts: list[exp.Expr] = [_named(name) for name in detector.same]
    known: list[exp.Expr] = [c.present(part) for part in (*parts, _named(AT))]
    if detector.text is not None:
        lower, marks = exp.Lower(this=_named(detector.text)), c.text(r"[^\pL\pN]")
        plain = c.call("regexp_replace", lower, marks, c.text(""), c.text("g"))
        known.append(exp.GTE(this=c.call("length", plain), expression=c.number(detector.length)))
        parts.append(plain)
    parts.append(_stretch(detector.per))
    times = exp.Window(this=exp.Count(this=exp.Star()), partition_by=parts)
    wide = exp.select(*_keys(keys), times.as_("n")).from_(LOOKED_AT).where(*known)
    many = exp.GT(this=exp.column("n"), expression=c.number(detector.at_most))
    return _judged(wide, keys, [many], _words(exp.column("n"), f" alike in one {detector.per}"))


def _impossible(detector: ImpossibleTiming, keys: int) -> exp.Query:
    amount, unit = detector.slack.split()
    slack = timedelta(**{unit.rstrip("s") + "s": int(amount)}).total_seconds()
    behind = [
        exp.Sub(this=c.call("epoch", _named(other)), expression=c.call("epoch", _named(AT)))
        for other in (f"o{n}" for n in range(len(detector.not_before)))
    ]
    most = (
        exp.Greatest(this=behind[0], expressions=behind[1:], ignore_nulls=True)
        if len(behind) > 1
        else behind[0]
    )
    before = exp.GT(this=exp.paren(most.copy()), expression=exp.convert(slack))
    seconds = c.call("round", exp.paren(most))
    return exp.select(*_keys(keys), _words(seconds, " s too early")).from_(LOOKED_AT).where(before)


def _wording(detector: TestRows | Spam, words: Sequence[str], keys: int) -> exp.Query:
    patterns = [*words, *detector.also]
    found = [
        c.call("regexp_matches", exp.Trim(this=exp.Lower(this=_named(name))), c.text(pattern))
        for name in detector.columns
        for pattern in patterns
    ]
    shown = c.call("concat_ws", c.text(" | "), *(_named(name) for name in detector.columns))
    short = c.call("left", shown, c.number(120)).as_("_shown")
    said = exp.or_(*(exp.Coalesce(this=one, expressions=[exp.false()]) for one in found))
    return exp.select(*_keys(keys), short).from_(LOOKED_AT).where(said)


def _outlier(detector: Outlier, keys: int) -> exp.Query:
    value = _named(detector.column)
    if detector.method == "limit":
        beyond: list[exp.Expr] = []
        if detector.minimum is not None:
            beyond.append(exp.LT(this=value.copy(), expression=exp.convert(detector.minimum)))
        if detector.maximum is not None:
            beyond.append(exp.GT(this=value.copy(), expression=exp.convert(detector.maximum)))
        return exp.select(*_keys(keys), _words(value, "")).from_(LOOKED_AT).where(exp.or_(*beyond))
    judged: exp.Expr = value
    if detector.log:
        judged = exp.Ln(this=c.when(exp.GT(this=value.copy(), expression=c.number(0)), value))
    low, high = c.number(1), c.number(3)
    quarter = {
        "lo": _quantile(judged, low),
        "hi": _quantile(judged, high),
        "n": exp.Count(this=judged.copy()),
    }
    middle = {"m": c.call("median", judged), "s": c.call("mad", judged), "n": exp.Count(this=judged.copy())}
    wide = _with_group(
        keys, detector.column, detector.by, middle if detector.method == "mad" else quarter, judged=judged
    )
    v = exp.column("v")
    if detector.method == "mad":
        reach = _times(detector.beyond or ROBUST_Z, _times(_MAD_TO_SIGMA, exp.column("s")))
        ends = (
            exp.Sub(this=exp.column("m"), expression=reach),
            exp.Add(this=exp.column("m"), expression=reach.copy()),
        )
        spread: exp.Expr = exp.column("s")
    else:
        spread = exp.paren(exp.Sub(this=exp.column("hi"), expression=exp.column("lo")))
        reach = _times(detector.beyond or FENCE, spread)
        ends = (
            exp.Sub(this=exp.column("lo"), expression=reach),
            exp.Add(this=exp.column("hi"), expression=reach.copy()),
        )
    outside: list[exp.Expr] = []
    if detector.side != "high":
        outside.append(exp.LT(this=v.copy(), expression=ends[0]))
    if detector.side != "low":
        outside.append(exp.GT(this=v.copy(), expression=ends[1]))
    some_spread = exp.GT(this=spread.copy(), expression=c.number(0))
    conditions = [_enough(detector.least), some_spread, exp.or_(*outside)]
    return _judged(wide, keys, conditions, _words(exp.column("w"), ""))


def _quantile(value: exp.Expr, quarters: exp.Expr) -> exp.Expr:
    return c.call("quantile_cont", value, exp.Div(this=quarters, expression=exp.Literal.number("4.0")))


def _with_group(
    keys: int,
    column: str,
    by: Sequence[str],
    aggregates: Mapping[str, exp.Expr],
    *,
    judged: exp.Expr | None = None,
) -> exp.Select:
    """Each row with its value `v` (as it stands: `w`) and aggregates over its group."""
    value = judged if judged is not None else _named(column)
    windows = [
        exp.Window(this=aggregate, partition_by=[_named(name) for name in by]).as_(alias)
        for alias, aggregate in aggregates.items()
    ]
    return exp.select(*_keys(keys), value.copy().as_("v"), _named(column).as_("w"), *windows).from_(LOOKED_AT)


def _judged(wide: exp.Select, keys: int, conditions: Sequence[exp.Expr], shown: exp.Expr) -> exp.Select:
    return exp.select(*_keys(keys), shown).from_(wide.subquery("w")).where(*conditions)


def _enough(least: int) -> exp.GTE:
    return exp.GTE(this=exp.column("n"), expression=c.number(least))


def _times(factor: float, value: exp.Expr) -> exp.Mul:
    return exp.Mul(this=exp.convert(factor), expression=value.copy())


def _stretch(per: Per) -> exp.Expr:
    return c.call("date_trunc", c.text(per), as_type(_named(AT), "TIMESTAMP", dialect="duckdb"))


def _keys(number: int) -> list[exp.Expr]:
    return [exp.column(f"k{n}") for n in range(number)]


def _named(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _words(value: exp.Expr, unit: str) -> exp.Expr:
    return c.call("concat", as_type(value.copy(), "VARCHAR", dialect="duckdb"), c.text(unit)).as_("_shown")
