"""Figures beside the raw ones, out of the engine: against the pure functions, worked through by hand from the rows."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from leadline.catalog import load
from leadline.errors import QueryError
from leadline.metrics import intervals
from leadline.metrics.adjusted import clusters, raking, standardise
from leadline.metrics.adjusting import adjusted
from leadline.metrics.query import Query
from tests.metrics.warehouse import warehouse
from tests.projects import write_project

MIX = {"large": 0.5, "small": 0.5}
MARGINS = {"segment": {"large": 50, "small": 50}, "channel": {"web": 0.6, "mail": 0.4}}
BESIDE = {"standardised": {"by": "segment", "to": MIX}, "cluster": "customer"}
DOCUMENTS = [
    {"kind": "project", "time_zone": "UTC"},
    {"kind": "unit", "name": "north"},
    {"kind": "unit", "name": "south"},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "place", "columns": {
        "id": {"type": "text"}, "at": {"type": "instant"}, "place": {"type": "unit"}, "customer": {"type": "text"},
        "segment": {"type": "text"}, "channel": {"type": "text"}, "score": {"type": "number"},
        "w": {"type": "number"}}},
    *({"kind": "metric", "of": "answer", "by": ["segment", "channel"], **metric} for metric in (
        {"name": "good", "type": "share", "when": "score >= 4", **BESIDE, "raked": {"to": MARGINS}},
        {"name": "good_weighted", "type": "share", "when": "score >= 4", "weight": "w", **BESIDE},
        {"name": "net", "type": "balance", "plus": "score = 5", "minus": "score < 3", **BESIDE,
         "raked": {"to": MARGINS, "bounds": [0.2, 5]}},
        {"name": "net_weighted", "type": "balance", "plus": "score = 5", "minus": "score < 3", "weight": "w", **BESIDE},
        {"name": "average", "type": "mean", "value": "score", "measured_in": "points", **BESIDE,
         "raked": {"to": MARGINS}},
        {"name": "average_weighted", "type": "mean", "value": "score", "weight": "w", "measured_in": "points",
         **BESIDE},
        {"name": "rate", "type": "ratio", "numerator": "score", "denominator": "w", "measured_in": "each", **BESIDE},
        {"name": "answers", "type": "count", "cluster": "customer"},
        {"name": "total", "type": "sum", "value": "score", "measured_in": "points", "cluster": "customer"},
        {"name": "guarded", "type": "share", "when": "score >= 4", "minimum_n": 5,
         "sensitivity": "confidential", **BESIDE},
        {"name": "strict", "type": "share", "when": "score >= 4",
         "standardised": {"by": "segment", "to": {**MIX, "public": 0.25}}},
        {"name": "loose", "type": "share", "when": "score >= 4",
         "standardised": {"by": "segment", "to": {**MIX, "public": 0.25}, "covering": 0.75}},
        {"name": "bare", "type": "share", "when": "score >= 4"},
    )),
]  # fmt: skip
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answers():
    rng = np.random.default_rng(11)
    found = []
    for i in range(120):
        segment = "small" if i % 6 else "large"
        customer = f"{segment}{int(rng.integers(0, 12 if segment == 'small' else 4))}" if i % 10 else None
        found.append({
            "id": str(i), "at": AT, "place": "north" if i % 5 < 3 else "south", "customer": customer,
            "segment": segment,
            "channel": ["web", "mail"][int(rng.random() < 0.3)], "w": round(float(rng.uniform(0.5, 2)), 2),
            "score": float(rng.choice([1, 2, 3, 4, 5], p=[0.1, 0.1, 0.2, 0.3, 0.3])),
        })  # fmt: skip
    return found


ROWS = answers()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    with warehouse(tmp_path_factory.mktemp("adjusted"), DOCUMENTS) as made:
        yield made.publish({"answer": {"b1": ROWS}})


def ask(published, metric, adjustment=None, **more):
    found = adjusted(published, Query(metric, "viewer", "test", "month", **more))
    return [o for o in found if o.adjustment == adjustment] if adjustment is not None else found


def the(published, metric, adjustment, **more):
    (one,) = ask(published, metric, adjustment, **more)
    return one


def ends(one):
    return (one.value, one.low, one.high)


def column(name, rows=ROWS):
    return np.array([r[name] for r in rows])


def in_segments(values):
    return [values[column("segment") == s].sum() for s in MIX]


ONES = np.ones(len(ROWS))
SCORE, W = column("score"), column("w")
GOOD, UP, DOWN = (SCORE >= 4) * 1.0, (SCORE == 5) * 1.0, (SCORE < 3) * 1.0
MIXED = list(MIX.values())


def test_raw_figures_stay_and_come_first(published):
    found = ask(published, "good")
    assert [o.adjustment for o in found] == ["", "standardised", "raked", "by cluster"]
    assert found[0].value == pytest.approx(100 * GOOD.mean())
    assert {o.n for o in found} == {len(ROWS)}
    assert found[3].value == pytest.approx(found[0].value)


def test_shares_balances_and_means_are_standardised(published):
    n = in_segments(ONES)
    expected = {
        "good": standardise.share(in_segments(GOOD), n, MIXED).times(100),
        "net": standardise.balance(in_segments(UP), in_segments(DOWN), n, MIXED).times(100),
        "average": standardise.mean(n, in_segments(SCORE), in_segments(SCORE**2), MIXED),
    }
    for metric, figure in expected.items():
        one = the(published, metric, "standardised")
        assert ends(one) == pytest.approx([float(x) for x in figure], rel=1e-9)
        assert one.method.startswith("standardised by segment, ")


def test_weighted_figures_are_standardised_on_their_effective_n(published):
    w, ww = np.array(in_segments(W)), np.array(in_segments(W**2))
    n = w**2 / ww
    good = standardise.share(np.array(in_segments(W * GOOD)) / w * n, n, MIXED).times(100)
    assert ends(the(published, "good_weighted", "standardised")) == pytest.approx([float(x) for x in good])
    net = standardise.balance(
        np.array(in_segments(W * UP)) / w * n, np.array(in_segments(W * DOWN)) / w * n, n, MIXED
    ).times(100)
    assert ends(the(published, "net_weighted", "standardised")) == pytest.approx([float(x) for x in net])
    figures = intervals.weighted_mean(
        w, ww, in_segments(W * SCORE), in_segments(W**2 * SCORE), in_segments((W * SCORE) ** 2)
    )
    mean = standardise.of_figures(figures, n - 1, MIXED)
    assert ends(the(published, "average_weighted", "standardised")) == pytest.approx([float(x) for x in mean])


def test_ratios_are_standardised(published):
    sums = [np.array(in_segments(v)) for v in (W, SCORE, W**2, SCORE**2, W * SCORE)]
    figures = intervals.delta_ratio(
        in_segments(ONES), **dict(zip(("sx", "sy", "sxx", "syy", "sxy"), sums, strict=True))
    )
    expected = standardise.of_figures(figures, sums[0] ** 2 / sums[2] - 1, MIXED)
    assert ends(the(published, "rate", "standardised")) == pytest.approx([float(x) for x in expected])


def by_customer(values):
    """Totals by customer; an answer of no known customer is a cluster of its own."""
    who = [r["customer"] or f"alone{i}" for i, r in enumerate(ROWS)]
    _, where = np.unique(who, return_inverse=True)
    return np.bincount(where, weights=values)


def test_intervals_know_of_customers_who_answer_often(published):
    x, w = by_customer(ONES), by_customer(W)
    size = len(ROWS)
    expected = {
        "good": clusters.share(clusters.sums_of(x, by_customer(GOOD)), size).times(100),
        "net": clusters.balance(
            clusters.sums_of(x, by_customer(UP - DOWN)), size, UP.sum(), DOWN.sum()
        ).times(100),
        "average": clusters.ratio(clusters.sums_of(x, by_customer(SCORE)), positive=True),
        "rate": clusters.ratio(clusters.sums_of(w, by_customer(SCORE)), positive=False),
        "answers": clusters.count(clusters.sums_of(x, 0 * x)),
        "total": intervals.compound_poisson_sum(SCORE.sum(), (by_customer(SCORE) ** 2).sum()),
    }
    for metric, figure in expected.items():
        one = the(published, metric, "by cluster")
        assert ends(one) == pytest.approx([float(end) for end in figure], rel=1e-9), metric
        assert one.note == f"{x.size} clusters."


@pytest.mark.thorough
def test_weighted_clusters_are_totals_of_weights(published):
    """Those of no known customer count as one: their sums of squared weights by answer are not kept."""
    who = [r["customer"] or "" for r in ROWS]
    _, where = np.unique(who, return_inverse=True)
    x, y = (np.bincount(where, weights=v) for v in (W, W * GOOD))
    expected = clusters.share(clusters.sums_of(x, y), W.sum() ** 2 / (W**2).sum()).times(100)
    assert ends(the(published, "good_weighted", "by cluster")) == pytest.approx(
        [float(end) for end in expected]
    )


def test_rows_are_raked_to_their_margins(published):
    cells = [(s, c) for s in ("large", "small") for c in ("web", "mail")]
    which = [cells.index((r["segment"], r["channel"])) for r in ROWS]
    codes = [(i, j) for i in range(2) for j in range(2)]

    def summed(values):
        return np.bincount(which, weights=values)

    found = raking.rake(codes, summed(ONES), [[50, 50], [0.6, 0.4]])
    share = raking.share(found.weights, codes, summed(ONES), summed(GOOD)).times(100)
    mean = raking.mean(found.weights, codes, summed(ONES), summed(SCORE), summed(SCORE**2))
    one = the(published, "good", "raked")
    assert ends(one) == pytest.approx([float(x) for x in share])
    assert one.note == f"Weighting efficiency {found.efficiency:.0%}."
    assert ends(the(published, "average", "raked")) == pytest.approx([float(x) for x in mean])
    assert the(published, "net", "raked").value is not None


def test_units_and_slices_have_figures_beside_them(published):
    found = ask(published, "good", "standardised", by_unit=True)
    assert [o.unit for o in found] == ["north", "south"]
    north = np.array([r["place"] == "north" for r in ROWS])
    expected = [
        sum(0.5 * GOOD[north & (column("segment") == s)].mean() for s in MIX),
        sum(0.5 * GOOD[~north & (column("segment") == s)].mean() for s in MIX),
    ]
    assert [o.value for o in found] == pytest.approx([100 * x for x in expected])
    web = the(published, "good", "by cluster", where={"channel": "web"})
    assert web.value == pytest.approx(100 * GOOD[column("channel") == "web"].mean())
    assert {o.slice for o in ask(published, "good", "standardised", by=("channel",))} == {
        "channel=mail",
        "channel=web",
    }


@pytest.mark.thorough
def test_what_is_not_there_is_said(published):
    strict, loose = the(published, "strict", "standardised"), the(published, "loose", "standardised")
    assert (strict.value, strict.status, strict.note) == (None, "no data", "80% of the mix has rows.")
    assert loose.value == pytest.approx(the(published, "good", "standardised").value)
    assert loose.note == "80% of the mix has rows."


@pytest.mark.thorough
def test_rows_without_a_target_are_not_raked_and_named(tmp_path):
    odd = [
        *ROWS,
        {**ROWS[0], "id": "odd", "channel": "fax"},
        {**ROWS[1], "id": "strange", "segment": "public"},
    ]
    with warehouse(tmp_path / "odd", DOCUMENTS) as made:
        now = made.publish({"answer": {"b1": odd}})
        raked = the(now, "good", "raked")
        assert raked.value is None
        assert raked.note == (
            "Not raked: rows of a category without a target: another segment than those of the margin."
        )
        assert the(now, "good", "standardised").note == "1% of the rows are of no segment of the mix."
        first = [r for r in ROWS if r["channel"] == "web"]
        assert the(made.publish({"answer": {"b2": first}}), "good", "raked").note == (
            "Not raked: no rows for a category that has a target: channel mail."
        )


@pytest.mark.thorough
def test_what_is_hidden_raw_or_in_a_stratum_is_hidden_beside(tmp_path):
    large = [r for r in ROWS if r["segment"] == "large"][:3]
    small = [r for r in ROWS if r["segment"] == "small"][:40]
    with warehouse(tmp_path / "few", DOCUMENTS) as made:
        one = the(made.publish({"answer": {"b1": large + small}}), "guarded", "standardised")
        assert (one.status, one.value, one.n) == ("suppressed", None, None)
        assert one.note == "It would tell of strata with too few rows."
        assert the(made.publish({"answer": {"b1": large + small}}), "guarded", "by cluster").value is not None
        few = ask(made.publish({"answer": {"b2": large}}), "guarded")
        assert {(o.status, o.value, o.n) for o in few} == {("suppressed", None, None)}


@pytest.mark.parametrize(
    ("metric", "more", "code"),
    [
        ("bare", {}, "nothing-adjusted"),
        ("guarded", {"by": ("channel",)}, "not-protected"),
        ("good", {"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, "empty-time"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(published, metric, more, code):
    with pytest.raises(QueryError) as refused:
        ask(published, metric, **more)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {"type": "quantile", "value": "score", "quantile": 0.5, "measured_in": "points", **BESIDE},
            "not-adjusted",
        ),
        ({"type": "count", "raked": {"to": MARGINS}}, "not-adjusted"),
        (
            {"type": "mean", "value": "score", "measured_in": "x", "weight": "w", "raked": {"to": MARGINS}},
            "not-adjusted",
        ),
        ({"type": "share", "when": "score > 1", "standardised": {"by": "customer", "to": MIX}}, "not-in-by"),
        ({"type": "share", "when": "score > 1", "cluster": "custmer"}, "unknown-column"),
        ({"type": "share", "when": "score > 1", "raked": {"to": {"chanel": {"web": 1}}}}, "unknown-column"),
    ],
)
def test_definitions_that_cannot_be_adjusted_are_refused(tmp_path, change, code):
    metric = {"kind": "metric", "name": "odd", "of": "answer", "by": ["segment"], **change}
    problems = load(write_project(tmp_path, [*DOCUMENTS[:4], metric], {})).problems
    assert code in {p.code for p in problems}
