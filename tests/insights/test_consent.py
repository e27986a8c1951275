"""A planted bias by consent is measured without the answers that may not be used; a withdrawal leaves no trace."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.app.refresh import refresh
from leadline.app.wiring import open_published, workspace
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.insights.consent import consent
from leadline.metrics import rights
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from tests.projects import quiet, refreshed, write_project

pytestmark = pytest.mark.thorough

CLOCK = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
PEOPLE, GONE = 1200, 300
"""Customers, and those of them (the first) who withdraw on May 1."""


def documents(withdrawal: str = "from_then_on") -> list[dict[str, Any]]:
    return [
        {"kind": "project", "name": "voices", "purpose": "service"},
        {"kind": "policy", "name": "rights", "jurisdiction": "country", "purposes": {
            "service": {"basis": "contract"},
            "survey": {"basis": "consent", "withdrawal": withdrawal}},
         "jurisdictions": {"home": {"of": ["DE"], "default": "opt_out"}}},
        {"kind": "unit", "name": "all", "children": [{"name": "north"}, {"name": "south"}]},
        {"kind": "source", "name": "customers", "fact": "customer", "files": "customers.csv"},
        {"kind": "source", "name": "answers", "fact": "survey_response", "files": "answers*.csv",
         "columns": {"answered_at": "instant(answered_at)", "score": "number(score)"}},
        {"kind": "source", "name": "words", "fact": "consent_event", "files": "words*.csv",
         "columns": {"happened_at": "instant(happened_at)", "granted": "granted = 'yes'"}},
        {"kind": "metric", "name": "nps", "type": "balance", "of": "survey_response", "purpose": "survey",
         "by": ["segment"], "collected": {"every": "month"},
         "plus": "score >= 9", "minus": "score <= 6", "direction": "higher", "minimum_n": 5},
        {"kind": "metric", "name": "answers", "type": "count", "of": "survey_response"},
    ]  # fmt: skip


def company(root: Path, withdrawal: str = "from_then_on", *, alike: bool = False) -> Path:
    """Customers who withdraw give fewer tens, and more often are small; unless all are alike. Three answers each."""
    dice = random.Random(7)
    people, answers, words = [], [], []
    for n in range(PEOPLE):
        gone = n < GONE
        small = dice.random() < (0.5 if alike else 0.8 if gone else 0.4)
        people.append(f"C{n},DE,{'small' if small else 'large'}")
        for nth, month in enumerate((2, 4, 5)):
            happy = dice.random() < (0.5 if alike or not gone else 0.2)
            answers.append(
                f"R{n}-{nth},C{n},{'small' if small else 'large'},{10 if happy else 5},"
                f"2026-0{month}-{5 + n % 20:02d}T10:00:00Z,{('north', 'south')[n % 2]}"
            )
        if gone:
            words.append(f"W{n},C{n},survey,no,2026-05-01T00:00:00Z,")
    header = "event_id,customer,purpose,granted,happened_at,channel"
    return write_project(root, documents(withdrawal), {
        "customers.csv": "\n".join(["customer_id,country,segment", *people]) + "\n",
        "answers.csv": "\n".join(["response_id,customer,segment,score,answered_at,unit", *answers]) + "\n",
        "words.csv": "\n".join([header, *words]) + "\n",
    })  # fmt: skip


def value(published: Published, metric: str = "nps", period: str = "2026-05") -> Any:
    asked = Query(metric, "tester", "test", "month", unit=None)
    return next(o for o in evaluate(published, asked) if o.period == period)


def covered(published: Published) -> rights.Coverage:
    period = published.periods.parse("2026-05")
    (found,) = rights.coverage(published, Query("nps", "tester", "test"), period)
    return found


def test_a_planted_bias_is_measured_by_earlier_rows(tmp_path: Path) -> None:
    with refreshed(company(tmp_path), CLOCK) as (_, published):
        now, every = value(published), value(published.counting({rights.NO_CONSENT}))
        assert (now.n, every.n) == (PEOPLE - GONE, PEOPLE)
        assert value(published, "answers").value == PEOPLE, "the contract asks nobody"
        assert value(published, period="2026-04").n == PEOPLE, "it holds from then on"
        found = covered(published)
        assert (found.kept, found.left_out, found.share) == (900, 300, 0.75)
        assert found.earlier is not None
        assert found.earlier.n == 2 * GONE
        # the planted one: three tenths more are content, a quarter of the rows is left out: 2 x 30 / 4 points
        assert found.earlier.low < now.value - every.value < found.earlier.high
        assert found.earlier.low < 15 < found.earlier.high
        cases = {one.unit: one for one in consent(published, viewer="tester")}
        assert set(cases) == {None, "north", "south"}
        assert cases[None].evidence["coverage"] == 0.75
        assert cases[None].direction == "bad"
        assert "counts 75% of its rows in May 2026: 300 are left out without consent" in cases[None].statement
        said = explain(published, Query("nps", "t", "t", since=now.start, until=now.end)).words
        assert any("75% of 1,200 rows; 300 (25%) are left out" in one for one in said)
        assert any(
            one.startswith("By 600 earlier rows of customers who have withdrawn since") for one in said
        )


def test_by_mix_the_figure_is_standardised_to_all_rows(tmp_path: Path) -> None:
    with refreshed(company(tmp_path, "past_rows_too"), CLOCK) as (_, published):
        assert value(published, period="2026-02").n == PEOPLE - GONE, "past rows too"
        found = covered(published)
        assert found.earlier is None, "no earlier row of theirs may be used"
        (mix,) = found.mixes
        assert mix.column == "segment"
        assert (mix.left_out > 0.7) == (mix.of == "small")
        by = {
            o.slice: o
            for o in evaluate(published, Query("nps", "t", "t", by=("segment",)))
            if o.period == "2026-05"
        }
        counts = rights.counted(published, published.rows("nps")[0], Query(
            "nps", "t", "t", by=("segment",), since=found_month().start, until=found_month().end))  # fmt: skip
        share = {segment: sum(both) / PEOPLE for (_, segment), both in counts.items()}
        expected = sum(share[s] * by[f"segment={s}"].value for s in ("small", "large"))
        assert mix.value == pytest.approx(expected, abs=1e-9)
        assert consent(published, viewer="tester") == []


def test_rows_without_a_value_have_no_place_in_the_mix(tmp_path: Path) -> None:
    """What cannot be mixed as all rows are is not said to be."""
    root = company(tmp_path / "voices")
    (root / "answers_bare.csv").write_text(
        "response_id,customer,segment,score,answered_at,unit\n"
        + "".join(f"B{n},C{n},,10,2026-05-0{n % 9 + 1}T10:00:00Z,north\n" for n in range(250, 900)),
        encoding="utf-8",
    )
    with workspace(root, actor="tester") as space:
        refresh(space, CLOCK, quiet)
        (mix,) = covered(open_published(space)).mixes
    assert mix.value is None
    assert mix.left_out < 0.8  # of all that is left out, those without a segment too


def found_month() -> Any:
    from leadline.catalog.definitions import Calendar
    from leadline.metrics.calendars import periods_of

    return periods_of(Calendar(kind="calendar", name="common")).parse("2026-05")


def test_where_all_are_alike_nothing_is_found(tmp_path: Path) -> None:
    with refreshed(company(tmp_path, alike=True), CLOCK) as (_, published):
        assert covered(published).share == 0.75
        assert consent(published, viewer="tester") == []


def test_a_figure_is_not_given_for_another_purpose(tmp_path: Path) -> None:
    with refreshed(company(tmp_path), CLOCK) as (_, published):
        with pytest.raises(QueryError) as refused:
            evaluate(published, Query("nps", "tester", "service"))
        assert refused.value.code == "other-purpose"
        assert evaluate(published, Query("nps", "tester", "survey")) == evaluate(
            published, Query("nps", "tester", "x")
        )


def figures(published: Published) -> list[Any]:
    found = [
        o for metric in ("nps", "answers") for by in ((), ("segment",)) for grain in ("day", "month")
        if metric == "nps" or not by
        for o in evaluate(published, Query(metric, "t", "t", grain, by=by))
    ]  # fmt: skip
    return [(o.metric, o.period, o.slice, o.value, o.low, o.high, o.n) for o in found if o.n != 0]


@pytest.mark.slow
@settings(max_examples=6)
@given(
    who=st.sets(st.integers(0, 29), max_size=8), day=st.integers(0, 150), strict=st.booleans(),
    back=st.sets(st.integers(0, 29), max_size=3),
)  # fmt: skip
def test_a_withdrawal_and_a_refresh_are_as_if_these_rows_had_never_come(
    who: set[int], day: int, strict: bool, back: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At any moment: rows withdrawn are gone from every figure of the purpose, and come back with consent."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        (f"R{n}-{nth}", n, start + timedelta(days=(7 * n + 31 * nth) % 150))
        for n in range(30)
        for nth in range(3)
    ]

    def answers(kept: list[tuple[str, int, datetime]]) -> str:
        lines = [f"{row},C{n},{'ab'[n % 2]},{n % 11},{at.isoformat()},north" for row, n, at in kept]
        return "\n".join(["response_id,customer,segment,score,answered_at,unit", *lines]) + "\n"

    said = start + timedelta(days=day, hours=1)
    header = "event_id,customer,purpose,granted,happened_at,channel\n"
    files = {
        "customers.csv": "customer_id,country\n" + "".join(f"C{n},DE\n" for n in range(30)),
        "answers.csv": answers(rows),
        "words.csv": header,
    }
    withdrawal = "past_rows_too" if strict else "from_then_on"
    root = write_project(tmp_path_factory.mktemp("one") / "p", documents(withdrawal), files)
    with workspace(root, actor="tester") as space:
        refresh(space, CLOCK, quiet)
        lines = "".join(f"W{n},C{n},survey,no,{said.isoformat()},\n" for n in sorted(who))
        (root / "words2.csv").write_text(header + lines)
        refresh(space, CLOCK, quiet)
        later = said + timedelta(minutes=30)
        (root / "words3.csv").write_text(
            header + "".join(f"B{n},C{n},survey,yes,{later.isoformat()},\n" for n in sorted(back))
        )
        refresh(space, CLOCK, quiet)
        found = [f for f in figures(open_published(space)) if f[0] == "nps"]
    gone = who - back
    kept = [row for row in rows if row[1] not in gone or (not strict and row[2] < said)]
    kept = [row for row in kept if not (row[1] in who & back and said <= row[2] < later)]
    other = write_project(
        tmp_path_factory.mktemp("two") / "p", documents(), {**files, "answers.csv": answers(kept)}
    )
    with refreshed(other, CLOCK) as (_, published):
        assert found == [f for f in figures(published) if f[0] == "nps"]
