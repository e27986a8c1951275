"""Both versions over past periods: the differences, whether they are chance, what flips, which rows moved."""

import random
from datetime import date
from typing import Any

import pytest

from leadline.app.planning import back_tested, planned
from leadline.app.refresh import refresh
from leadline.app.wiring import open_published
from leadline.catalog import load
from leadline.governance.backtest_results import BackTest, Pair
from leadline.governance.pairing import paired
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from tests.governance.company import HEADER, Company
from tests.projects import quiet

pytestmark = pytest.mark.thorough

SCORECARD = {
    "kind": "scorecard", "name": "board", "owner": "cx",
    "perspectives": [{"name": "customer", "objectives": [{"objective": "happy", "measures": [
        {"metric": "csat", "red_flag": 55, "goal": 65}]}]}],
}  # fmt: skip


def back(cx: Company, **how: Any) -> BackTest:
    with cx.open() as space:
        return back_tested(space, planned(space), viewer="ann", **how)


def whole(found: BackTest, metric: str = "csat") -> list[Pair]:
    (one,) = [m for m in found.metrics if m.metric == metric]
    return list(one.whole)


def test_both_versions_stand_side_by_side_by_unit_and_slice(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    found = back(cx, periods=3)
    pairs = whole(found)
    assert [p.period for p in pairs] == ["2026-03", "2026-04", "2026-05"]  # June is not complete
    assert {(p.old, p.new, p.difference, p.old_n, p.new_n) for p in pairs} == {(50.0, 75.0, 25.0, 8, 8)}
    (csat,) = [m for m in found.metrics if m.metric == "csat"]
    assert {p.unit for p in csat.pairs} == {None, "north", "south"}
    assert {p.slice for p in csat.pairs} > {"channel=mail", "channel=chat"}


def test_a_difference_on_the_same_rows_is_paired(cx: Company) -> None:
    """Rows: 8 a month, of which 2 change from no to yes: the differences are six 0 and two 1, with mean 0.25."""
    cx.edit("csat", when="score >= 3")
    pair = whole(back(cx, periods=1))[0]
    assert pair.low is not None
    assert pair.high is not None
    error = (0.25 * 0.75 / 8) ** 0.5 * 100  # of the mean of the differences, not of two independent shares
    half = (pair.high - pair.low) / 2
    assert half == pytest.approx(2.3646 * error, rel=0.08)  # t with 7 degrees of freedom
    independent = 2.3646 * ((0.5 * 0.5 + 0.75 * 0.25) / 8) ** 0.5 * 100
    assert half < independent * 0.75


def test_a_change_that_changes_nothing_gives_no_difference_and_no_flip(cx: Company) -> None:
    cx.documents += [SCORECARD, {"kind": "objective", "name": "happy"}]
    cx.write({})
    cx.refresh()
    cx.edit("csat", when="score > 3")  # of whole numbers: the same
    found = back(cx)
    assert {p.verdict for m in found.metrics for p in m.pairs} == {"equal"}
    assert found.flips == ()
    moved = next(m.moved for m in found.metrics if m.metric == "csat")
    assert moved is not None
    assert (moved.gained, moved.lost, moved.reclassified, moved.examples) == (0, 0, 0, ())


def test_what_is_made_of_it_is_tested_too(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    pair = whole(back(cx, periods=1), "unhappy")[0]
    assert (pair.old, pair.new, pair.difference) == (50.0, 25.0, -25.0)
    assert pair.low is not None


def test_rows_gained_lost_or_counted_otherwise_are_told_and_personal_values_masked(cx: Company) -> None:
    cx.edit("csat", where="channel = 'mail' and email is not null", when="score >= 3")
    (csat,) = [m for m in back(cx, periods=1).metrics if m.metric == "csat"]
    assert csat.moved is not None
    assert (csat.moved.rows, csat.moved.gained, csat.moved.lost, csat.moved.reclassified) == (8, 0, 4, 1)
    kinds = [e.kind for e in csat.moved.examples]
    assert kinds == ["lost"] * 4 + ["reclassified"]
    assert {e.values["email"] for e in csat.moved.examples} == {"•••"}
    assert {e.values["score"] for e in csat.moved.examples if e.kind == "reclassified"} == {"3"}


def test_a_scorecard_says_which_status_and_score_would_be_another(cx: Company) -> None:
    cx.documents += [SCORECARD, {"kind": "objective", "name": "happy"}]
    cx.write({f"answers/more-{m}.csv": many(m, 400, m) for m in (4, 5)})
    cx.refresh()
    cx.edit("csat", when="score >= 3")
    found = back(cx)
    assert found.notes == ()
    flip = next(f for f in found.flips if f.node.endswith("/ csat") and f.period == "2026-05")
    assert flip.old_status != flip.new_status == "on target"
    assert flip.new_score is not None
    assert flip.old_score is not None
    assert flip.new_score > flip.old_score


def test_what_is_beneath_is_tested_over_rows_that_are_loaded_anew(cx: Company) -> None:
    next(d for d in cx.documents if d["kind"] == "fact")["columns"]["score"]["maximum"] = 4
    cx.write({})
    found = back(cx, periods=1)
    pair = whole(found)[0]
    assert (pair.old, pair.new) == (50.0, pytest.approx(100 / 3))  # two of eight answers a month are 5
    assert found.loaded_anew == ("answer",)
    (csat,) = [m for m in found.metrics if m.metric == "csat"]
    assert csat.moved is not None
    assert (csat.moved.gained, csat.moved.lost, csat.moved.reclassified) == (0, 2, 0)
    assert {e.values["score"] for e in csat.moved.examples} == {"5"}
    assert whole(found, "answers")[0].difference == -2
    assert not list((cx.root / ".leadline" / "tmp").iterdir())  # what was loaded for the comparison is gone


def test_another_mapping_is_tested_over_rows_that_are_loaded_anew(cx: Company) -> None:
    next(d for d in cx.documents if d["kind"] == "source")["reject"] = [
        {"when": "channel = 'chat'", "reason": "chat"}
    ]
    cx.write({})
    pair = whole(back(cx, periods=1), "answers")[0]
    assert (pair.old, pair.new, pair.difference) == (8.0, 4.0, -4.0)


def test_files_that_came_since_are_not_taken_for_the_change(cx: Company) -> None:
    next(d for d in cx.documents if d["kind"] == "fact")["columns"]["score"]["maximum"] = 4
    cx.write({"answers/late.csv": HEADER + "late,2026-05-05,5,mail,north,z@x.example\n"})
    (csat,) = [m for m in back(cx).metrics if m.metric == "csat"]
    assert csat.pairs == ()
    assert csat.why.startswith("Cannot tell: Files are not as they were loaded")


def test_a_difference_of_few_rows_is_not_judged(cx: Company) -> None:
    cx.edit("answers", where="score > 1")
    pair = whole(back(cx, periods=1), "answers")[0]
    assert (pair.difference, pair.verdict, pair.low) == (-1.0, "cannot tell", None)
    assert pair.why.startswith("Too few")


def test_another_unit_of_measure_cannot_be_subtracted(cx: Company) -> None:
    cx.edit("csat", type="mean", value="score", when=None, measured_in="points")
    pair = whole(back(cx, periods=1))[0]
    assert pair.verdict == "cannot tell"
    assert "measured in percent and points" in pair.why


def many(month: int, count: int, seed: int) -> str:
    chance = random.Random(seed)
    return HEADER + "".join(
        f"x{month}-{i},2026-{month:02}-{i % 28 + 1:02},{chance.choice((1, 2, 3, 3, 4, 4, 5, 5))},mail,north,\n"
        for i in range(count)
    )


@pytest.mark.slow
def test_the_interval_of_the_difference_covers_as_often_as_it_says(cx: Company) -> None:
    """400 days with 60 answers each, of one population in which a quarter of answers are 3: the difference is 25."""
    chance = random.Random(7)
    rows = []
    for day in range(400):
        when = f"20{22 + day // 336:02}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}"
        scores = [chance.choice((1, 2, 3, 3, 4, 4, 5, 5)) for _ in range(60)]
        rows += [f"s{day}-{i},{when},{score},mail,north,\n" for i, score in enumerate(scores)]
    cx.write({"answers/simulated.csv": HEADER + "".join(rows)})
    cx.edit("csat", when="score >= 3")
    with cx.open() as space:
        refresh(space, space.clock, quiet)
        both = paired(open_published(space), load(space.root), ["csat"])
        asked = Query(
            both.change("csat"), "ann", "test", "day", since=date(2022, 1, 1), until=date(2024, 1, 1)
        )
        found = [o for o in evaluate(both.published, asked) if o.n]
    assert len(found) == 400
    covered = sum(o.low is not None and o.high is not None and o.low <= 25 <= o.high for o in found)
    assert 0.915 <= covered / 400 <= 0.985, covered / 400  # 0.95 within three standard errors
