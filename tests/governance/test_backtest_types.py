"""Every type of metric has its difference between versions, with an interval; so have scorecards and plans."""

import random
import shutil
from collections import defaultdict
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from leadline.governance.backtest_results import BackTest, Pair
from tests.governance.company import DOCUMENTS, Company
from tests.governance.test_backtest import SCORECARD, back, many, whole

HEADER = "id,at,began,until,customer,minutes,kind,team\n"
FACTS: list[dict[str, Any]] = [
    {"kind": "fact", "name": "visit", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "until": {"type": "date"},
        "began": {"type": "instant"}, "customer": {"type": "text"},
        "minutes": {"type": "number"}, "kind": {"type": "text"}, "team": {"type": "unit"}}},
    {"kind": "source", "name": "visits", "fact": "visit", "files": "visits/*.csv"},
]  # fmt: skip
OF = {"kind": "metric", "of": "visit", "owner": "cx", "where": "kind <> 'test'"}
METRICS: list[dict[str, Any]] = [
    {**OF, "name": "half", "type": "quantile", "value": "minutes", "quantile": 0.5, "measured_in": "minutes"},
    {**OF, "name": "lasts", "type": "duration", "from": "at", "until": "until", "measured_in": "days"},
    {**OF, "name": "people", "type": "distinct", "entity": "customer"},
    {**OF, "name": "staying", "type": "stock", "from": "at", "until": "until"},
    {**OF, "name": "again", "type": "conversion", "entity": "customer", "at": "began", "within": "7 days",
     "followed_by": {"fact": "visit", "at": "began"}},
    {**OF, "name": "visits", "type": "count"},
    {**OF, "name": "minutes", "type": "sum", "value": "minutes", "measured_in": "minutes"},
    {"kind": "metric", "name": "each", "type": "derived", "formula": "visits / people", "measured_in": "count",
     "owner": "cx"},
    {"kind": "metric", "name": "so_far", "type": "cumulative", "metric": "visits", "to_date": "year", "owner": "cx",
     "measured_in": "count"},
]  # fmt: skip


def visits(seed: int = 3) -> str:
    chance = random.Random(seed)
    rows = []
    for i in range(1600):
        day, month = chance.randrange(1, 29), f"2026-{4 + i % 2:02}"
        minutes = round(chance.lognormvariate(2, 1), 2)
        kind = "long" if minutes > 15 else chance.choice(("short", "web"))
        stay = chance.randrange(0, 9) + (5 if kind == "web" else 0)
        until = f"{month}-{min(day + stay, 30):02}" if chance.random() < 0.8 else ""
        when, team = f"{month}-{day:02}", ("north", "south")[i // 2 % 2]
        who = f"c{chance.randrange(400)}"
        rows.append(f"v{i},{when},{when}T{i % 24:02}:00:00+00:00,{until},{who},{minutes},{kind},{team}\n")
    return HEADER + "".join(rows)


@pytest.fixture(scope="module")
def tested(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> BackTest:
    place = tmp_path_factory.mktemp("types") / "p"
    cx = Company(shutil.copytree(founded, place), deepcopy(DOCUMENTS))
    cx.documents += [*FACTS, *[dict(m) for m in METRICS]]
    cx.write({"visits/all.csv": visits()})
    cx.refresh()
    for one in cx.documents:
        if one.get("of") == "visit" and one["kind"] == "metric":
            one["where"] = "kind <> 'web'"
    cx.write({})
    return back(cx, periods=2)


def test_every_type_has_a_difference_with_an_interval(tested: BackTest) -> None:
    known = {m.metric: m for m in tested.metrics}
    assert set(known) == {m["name"] for m in METRICS}
    for name, test in known.items():
        pairs = [p for p in whole(tested, name) if p.old is not None and p.new is not None]
        assert pairs, name
        told = [p for p in pairs if p.verdict not in {"equal", "cannot tell"}]
        assert told, (name, [p.why for p in pairs], test.why)
        for pair in told:
            assert pair.low is not None
            assert pair.high is not None
            assert pair.low <= pair.difference <= pair.high  # type: ignore[operator]  # there is one where it is told
            assert pair.p is not None
    assert {known[n].method for n in ("people", "visits", "half")} == {
        "bootstrap by customer", "bootstrap by row",
    }  # fmt: skip
    assert {p.verdict for p in whole(tested, "visits")} == {"differs"}
    assert {p.unit for p in known["half"].pairs} == {None, "north", "south"}


@pytest.mark.thorough
def test_rows_of_every_type_are_told_to_have_moved(tested: BackTest) -> None:
    lost = {m.metric: m.moved.lost for m in tested.metrics if m.moved is not None}
    assert set(lost) == {m["name"] for m in METRICS if m.get("of") == "visit"}
    rows = [line.split(",") for line in visits().splitlines()[1:]]
    web = sum(r[6] == "web" and r[1] < "2026-05" for r in rows)  # May is not complete
    assert {lost[name] for name in ("half", "people", "visits", "minutes")} == {web}
    assert {m.rows_why for m in tested.metrics if m.metric == "each"} == {
        "It is made of other metrics: see which rows of theirs move."
    }


@pytest.mark.thorough
def test_totals_vary_as_their_customers_do(tested: BackTest) -> None:
    """Of a count, rows being independent, the variance of the difference is the number of rows that are left out."""
    gone: dict[str, int] = defaultdict(int)
    for line in visits().splitlines()[1:]:
        row = line.split(",")
        gone[row[1][:7]] += row[6] == "web"
    for pair in whole(tested, "visits"):
        assert pair.difference == -gone[pair.period]
        assert pair.low is not None
        assert pair.high is not None
        error = (pair.high - pair.low) / 2 / 1.97
        assert error == pytest.approx(gone[pair.period] ** 0.5, rel=0.09)


@pytest.mark.thorough
def test_weights_and_targets_of_a_scorecard_are_tested_without_any_change_of_a_metric(cx: Company) -> None:
    cx.documents += [dict(SCORECARD), {"kind": "objective", "name": "happy"}]
    cx.documents += [
        {"kind": "incentive", "name": "bonus", "scorecard": "board", "units": ["north"], "from": "2026-01-01",
         "currency": "EUR", "amount": 1000, "curve": [[0, 0], [10, 100]], "owner": "cx"},
    ]  # fmt: skip
    cx.write({f"answers/more-{m}.csv": many(m, 400, m) for m in (4, 5)})
    cx.refresh()
    cx.edit("board", perspectives=[{"name": "customer", "objectives": [{"objective": "happy", "measures": [
        {"metric": "csat", "red_flag": 30, "goal": 45}]}]}])  # fmt: skip
    found = back(cx, periods=2)
    assert found.metrics == ()
    may = next(one for one in found.scored if one.period == "2026-05" and one.unit is None)
    assert may.old_score is not None
    assert may.new_score is not None
    assert may.new_score > may.old_score
    assert (may.old_status, may.new_status) != (may.old_status, may.old_status)
    assert any(f.node.endswith("/ csat") for f in found.flips)
    paid = [one for one in found.repaid if one.period == "2026-05"]
    assert [(one.incentive, one.unit) for one in paid] == [("bonus", "north")]
    assert (paid[0].new_would_be or 0) > (paid[0].old_would_be or 0)


@pytest.mark.thorough
def test_a_plan_of_incentives_is_tested_alone(cx: Company) -> None:
    cx.documents += [dict(SCORECARD), {"kind": "objective", "name": "happy"}]
    plan = {"kind": "incentive", "name": "bonus", "scorecard": "board", "units": ["north"], "from": "2026-01-01",
            "currency": "EUR", "amount": 1000, "curve": [[0, 0], [10, 100]], "owner": "cx"}  # fmt: skip
    cx.documents.append(plan)
    cx.write({f"answers/more-{m}.csv": many(m, 400, m) for m in (4, 5)})
    cx.refresh()
    cx.edit("bonus", amount=2000)
    found = back(cx, periods=2)
    assert (found.metrics, found.scored) == ((), ())
    both = [(one.old_would_be, one.new_would_be) for one in found.repaid]
    assert len(both) == 2
    assert all(old is not None and new == pytest.approx(2 * old, abs=0.011) for old, new in both)


@pytest.mark.thorough
def test_both_ways_of_comparing_agree_where_both_can(cx: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums of products, and drawing rows again, of the same 400 answers."""
    cx.write({"answers/more-5.csv": many(5, 400, 5)})
    cx.refresh()
    cx.edit("csat", when="score >= 3")
    closed = whole(back(cx, periods=1))[0]
    monkeypatch.setattr("leadline.governance.pairing.Paired.why_not", lambda *_: "as if there were none")
    again = whole(back(cx, periods=1))[0]
    assert (closed.method, again.method) == ("sums of products", "bootstrap by row")
    assert (closed.difference, closed.verdict) == (again.difference, again.verdict)
    assert _width(again) == pytest.approx(_width(closed), rel=0.09)


def _width(pair: Pair) -> float:
    assert pair.low is not None
    assert pair.high is not None
    return pair.high - pair.low
