"""Hypothesis strategies: expressions of a wanted type over the tested columns, and definitions of every kind."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from leadline.catalog.validate import METRIC_CLASSES

WORDS_OF_SQL = Path(__file__).parent / "expressions" / "words.txt"
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=20
)


def _flat(text: str) -> bool:
    """Tell whether an expression does not pile up signs before a value, which is refused."""
    return "not not not" not in text and "- - -" not in text


def _joined(*parts: str) -> str:
    return " ".join(parts)


def texts() -> st.SearchStrategy[str]:
    """Expressions that give a text."""
    quoted = WORDS.map(lambda w: "'" + w.replace("'", "''") + "'")
    base = st.sampled_from(["channel", "customer.tier", "CHANNEL", '"order".state', "'x'"]) | quoted
    return st.recursive(
        base,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: f"{p[0]} || {p[1]}"),
            inner.map(lambda x: f"({x})"),
            inner.map(lambda x: f"upper( {x} )"),
            st.tuples(inner, inner).map(lambda p: f"coalesce({p[0]}, {p[1]})"),
            st.tuples(inner, inner).map(lambda p: f"replace({p[0]}, 'a', {p[1]})"),
            inner.map(lambda x: f"substring({x}, 2)"),
        ),
        max_leaves=4,
    )


def numbers() -> st.SearchStrategy[str]:
    """Expressions that give a number."""
    base = st.sampled_from(["score", "amount", "Score", "1", "0.5", "2.50", "1e3", "length(channel)"])
    return st.recursive(
        base,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda p: _joined(*p)),
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({_joined(*p)})"),
            inner.map(lambda x: f"- {x}"),
            inner.map(lambda x: f"abs({x})"),
            st.tuples(inner, inner).map(lambda p: f"nullif({p[0]}, {p[1]})"),
            st.tuples(inner, inner).map(lambda p: f"case when flag then {p[0]} else {p[1]} end"),
            st.just("epoch(ended_at - started_at)"),
            st.just("extract(hour from local(started_at))"),
        ),
        max_leaves=6,
    ).filter(_flat)


def predicates() -> st.SearchStrategy[str]:
    """Expressions that are true or false."""
    compared = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">=", "is distinct from"])
    base = st.one_of(
        st.sampled_from(
            ["flag", "day = date '2026-01-31'", "score is not null", "channel like 'a%'", "true"]
        ),
        st.tuples(numbers(), compared, numbers()).map(lambda p: _joined(*p)),
        st.tuples(texts(), compared, texts()).map(lambda p: _joined(*p)),
        st.tuples(texts(), texts()).map(lambda p: f"{p[0]} in ('a', {p[1]})"),
        st.tuples(numbers(), numbers()).map(lambda p: f"{p[0]} between 1 and {p[1]}"),
        st.tuples(texts(), texts()).map(lambda p: f"{p[0]} not ilike {p[1]}"),
        st.just("ended_at - started_at <= interval 14 day"),
    )
    return st.recursive(
        base,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or", "AND", "\nor"]), inner).map(lambda p: _joined(*p)),
            inner.map(lambda x: f"({x})"),
            inner.map(lambda x: f"not {x}"),
            inner.map(lambda x: f"({x}) is true"),
        ),
        max_leaves=5,
    ).filter(_flat)


def soup() -> st.SearchStrategy[str]:
    """Heaps of words and signs, most of them no expression at all."""
    words = WORDS_OF_SQL.read_text("utf-8").split()
    return st.lists(st.sampled_from(words) | st.text(max_size=3), max_size=14).map(" ".join)


def metrics() -> st.SearchStrategy[dict[str, Any]]:
    """Metrics over survey responses, as documents."""
    described = st.fixed_dictionaries(
        {"kind": st.just("metric"), "name": NAMES, "of": st.just("survey_response")},
        optional={
            "title": WORDS,
            "description": WORDS,
            "owner": WORDS,
            "tags": st.lists(WORDS, max_size=3),
            "raci": st.fixed_dictionaries(
                {}, optional={"accountable": WORDS, "informed": st.lists(WORDS, max_size=2)}
            ),
            "where": st.sampled_from(
                ["score is not null", "instrument = 'csat'", "channel = 'e-mail' and (score > 1)"]
            ),
            "by": st.lists(st.sampled_from(["channel", "customer.tier", "unit"]), unique=True),
            "direction": st.sampled_from(["higher", "lower"]),
            "minimum_n": st.integers(0, 1000),
            "decimals": st.integers(0, 9),
            "collected": st.fixed_dictionaries({"available_after": st.sampled_from(["2 days", "1 hour"])}),
        },
    )
    # manual has a fact of its own, and composed metrics need others
    assert len(METRIC_CLASSES) == 15
    typed = st.one_of(_over_rows(), _over_time())
    return st.tuples(described, typed).map(lambda parts: {**parts[0], **parts[1]})


def _over_rows() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("share"), "when": st.just("score >= 4")}),
        st.fixed_dictionaries(
            {"type": st.just("balance"), "plus": st.just("score >= 9"), "minus": st.just("score < 7")}
        ),
        st.fixed_dictionaries({"type": st.just("count")}),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["mean", "sum"]), "value": st.just("score"), "measured_in": WORDS}
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("quantile"),
                "value": st.just("score"),
                "measured_in": WORDS,
                "quantile": st.floats(0.01, 0.99),
            }
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("ratio"),
                "numerator": st.just("seconds_taken"),
                "denominator": st.just("score"),
                "measured_in": st.sampled_from(["percent", "s"]),
            }
        ),
    )


def _over_time() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("stock"), "from": st.just("invited_at"), "until": st.just("answered_at")},
            optional={"value": st.just("score"), "level": st.sampled_from(["start", "end"])},
        ),
        st.fixed_dictionaries({"type": st.just("distinct"), "entity": st.just("customer")}),
        st.fixed_dictionaries(
            {
                "type": st.just("conversion"),
                "entity": st.just("customer"),
                "followed_by": st.fixed_dictionaries(
                    {"fact": st.just("survey_response")}, optional={"where": st.just("score >= 4")}
                ),
                "within": st.sampled_from(["7 days", "90 minutes"]),
            },
            optional={"counts": st.sampled_from(["followed", "not_followed"])},
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("duration"),
                "from": st.just("invited_at"),
                "until": st.just("answered_at"),
                "measured_in": st.sampled_from(["minutes", "days"]),
            },
            optional={"quantile": st.floats(0.01, 0.99)},
        ),
    )


def units() -> st.SearchStrategy[dict[str, Any]]:
    """Unit trees, as documents."""
    node = st.fixed_dictionaries(
        {"name": NAMES}, optional={"title": WORDS, "codes": st.lists(WORDS, max_size=2)}
    )
    tree = st.recursive(
        node,
        lambda inner: st.tuples(node, st.lists(inner, max_size=3)).map(lambda p: {**p[0], "children": p[1]}),
        max_leaves=6,
    )
    return tree.map(lambda root: {"kind": "unit", **root})


def calendars() -> st.SearchStrategy[dict[str, Any]]:
    """Calendars, as documents."""
    return st.fixed_dictionaries(
        {"kind": st.just("calendar"), "name": NAMES},
        optional={
            "title": WORDS,
            "year_starts_in": st.sampled_from(["april", "october"]),
            "week_starts_on": st.sampled_from(["sunday", "monday"]),
        },
    )


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents of several kinds."""
    return st.one_of(metrics(), units(), calendars())
