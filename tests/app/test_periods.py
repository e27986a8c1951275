"""Closing, restating and reopening a period through the doors that users take, with real files and a real ledger."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from leadline.app import periods
from leadline.app.auditing import _compared, closed_again, scored_again
from leadline.app.bridging import bridge
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.errors import PeriodError
from leadline.scorecards.freezing import locked, locks, segment_label
from leadline.store.closings import Closing
from leadline.store.journal import verify
from tests.app import closing_company as company
from tests.app.closing_company import APRIL, FEBRUARY, HEADER, MARCH, answers
from tests.projects import quiet

COMMENT = {"cause": "A strike in Leeds.", "action": "More people in March."}


def close(space: Workspace, *, despite: bool = False, because: str = "") -> Closing:
    published = open_published(space)
    return periods.close_period(
        space.ledger, published, "service", published.periods.parse(FEBRUARY), actor=space.actor,
        today=periods.today(published, MARCH), because=because, despite=despite,
    )  # fmt: skip


def comment(space: Workspace, parts: dict[str, str], **about: str) -> None:
    published = open_published(space)
    period = published.periods.parse(FEBRUARY)
    periods.say(space.ledger, published, "service", period, parts, actor=space.actor, **about)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """February as it was closed in the middle of March."""
    root = company.write(tmp_path_factory.mktemp("closing") / "project")
    with workspace(root, actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        comment(space, COMMENT, metric="csat", unit="emea")
        close(space)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture
def later(root: Path) -> Iterator[Workspace]:
    with workspace(root, actor="bob", clock=APRIL) as space:
        yield space


@pytest.mark.thorough
def test_a_closed_period_is_derived_again_from_its_rows_whatever_came_since(later: Workspace) -> None:
    """Every figure and every score: equal on the generation it was closed on, also when a later one says another."""
    (later.root / "answers2.csv").write_text(HEADER + answers("late", 60, 0))
    refresh(later, APRIL, quiet)
    assert figures(later), "something moved since"
    with later.ledger.read() as reader:
        closing = periods.closed(reader.frozen, "service", FEBRUARY)
        kept = reader.frozen.figures(closing.id)
    again = list(closed_again(later, closing))
    assert {(one.outcome, one.why) for one in again} == {("equal", "")}
    assert [one.kept for one in again] == kept
    assert {one.kept.node for one in again} >= {"scorecard", "perspective", "objective", "measure"}
    published = open_published(later)
    now = list(scored_again(published, "service", FEBRUARY, periods.units_of(published, "service")))
    assert {one.outcome for one in now} == {"equal"}
    assert [one.kept.value for one in now] != [one.value for one in kept]


def test_a_closed_figure_that_its_rows_do_not_give_is_told(later: Workspace) -> None:
    with later.ledger.read() as reader:
        closing = periods.closed(reader.frozen, "service", FEBRUARY)
        kept = reader.frozen.figures(closing.id)
    n = next(n for n, one in enumerate(kept) if one.metric == "csat")
    forged = [*kept[:n], replace(kept[n], value=99.0, score=10.0), *kept[n + 1 :]]
    made = [one for one in closed_again(later, closing) if one.derived is not None]
    found = list(_compared(forged, [one.derived for one in made if one.derived is not None]))
    assert [one.outcome for one in found].count("differs") == 1
    assert found[n].why.startswith("value: 99 kept, 68.75 from the rows")
    for batch in (later.home.root / "facts").rglob("*.parquet"):
        batch.unlink()
    assert {one.outcome for one in closed_again(later, closing)} == {"cannot tell"}


def figures(space: Workspace) -> dict[tuple[str, str | None], tuple[float | None, float | None, bool]]:
    """Frozen and restated value of each measure that moved."""
    with space.ledger.read() as reader:
        closing = periods.closed(reader.frozen, "service", FEBRUARY)
        return {
            (one.was.metric, one.was.unit): (one.was.value, one.now.value, one.now.withheld)
            for one in periods.beside(reader.frozen, closing)
            if one.now and one.was.metric
        }


def why(space: Workspace, metric: str, unit: str | None) -> list[tuple[str, float | None]]:
    with space.ledger.read() as reader:
        closing = periods.closed(reader.frozen, "service", FEBRUARY)
        found = reader.frozen.figures(closing.id, unit=unit, every=False)
    one = next(figure for figure in found if figure.metric == metric)
    made = bridge(space, closing, one, APRIL, viewer="bob")
    assert made.cannot_tell == ""
    assert sum(step.change or 0.0 for step in made.steps) == pytest.approx((made.now or 0) - (one.value or 0))
    return [(step.cause, round(step.change, 6) if step.change is not None else None) for step in made.steps]


@pytest.mark.thorough
def test_every_figure_of_every_reporting_unit_is_frozen(root: Path) -> None:
    with workspace(root) as space, space.ledger.read() as reader:
        closing = periods.closed(reader.frozen, "service", FEBRUARY)
        kept = {(f.node, f.unit, f.path): f for f in reader.frozen.figures(closing.id)}
        assert verify(reader) == []
    assert len(kept) == closing.figures == 3 * 5
    whole = kept["measure", None, "customer/loved/csat"]
    assert (whole.value, whole.n, whole.status, whole.version) == (pytest.approx(68.75), 800, "final", 1)
    assert kept["measure", "emea", "customer/loved/csat"].verdict == "off target"
    assert kept["measure", "amer", "customer/loved/csat"].value == pytest.approx(87.5)
    assert kept["scorecard", "amer", ""].verdict == "on target"
    assert (closing.actor, closing.lacking) == ("ann", ())


@pytest.mark.thorough
def test_a_measure_of_a_unit_that_reports_is_frozen_beside_the_same_measure_of_the_whole(
    tmp_path: Path,
) -> None:
    own = {"metric": "csat", "unit": "emea", "red_flag": 60, "goal": 80}
    with workspace(company.write(tmp_path / "project", also=[own]), actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        closing = close(space, despite=True, because="A test.")
        with space.ledger.read() as reader:
            paths = [
                (f.unit, f.path)
                for f in reader.frozen.figures(closing.id)
                if f.path.count("csat") and f.metric
            ]
    assert len(set(paths)) == len(paths) == 2 * 3
    assert {path for unit, path in paths if unit == "emea"} == {
        "customer/loved/csat",
        "customer/loved/csat@emea",
    }


@pytest.mark.thorough
def test_a_period_that_lacks_a_comment_is_closed_only_despite_it_and_says_so(tmp_path: Path) -> None:
    with workspace(company.write(tmp_path / "project"), actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        with pytest.raises(PeriodError, match="Satisfaction is off target and has no comment"):
            close(space)
        with pytest.raises(PeriodError, match="not ready"):
            close(space, despite=True)  # without a reason
        comment(space, {"cause": "A strike in Leeds."}, metric="csat", unit="emea")
        with pytest.raises(PeriodError, match="lacks: action"):
            close(space)
        made = close(space, despite=True, because="The board meets today.")
    assert made.lacking == ("Emea: Satisfaction is off target and has a comment that lacks: action.",)


def test_a_period_that_is_not_over_is_not_closed(root: Path) -> None:
    with workspace(root, actor="ann") as space:
        published = open_published(space)
        for text, what in (("2026-03", "not over"), ("2026-Q1", "is a quarter")):
            with pytest.raises(PeriodError, match=what):
                periods.close_period(
                    space.ledger, published, "service", published.periods.parse(text), actor="ann",
                    today=periods.today(published, MARCH), because="", despite=False,
                )  # fmt: skip


@pytest.mark.thorough
def test_nothing_moves_while_nothing_changes(later: Workspace) -> None:
    refresh(later, APRIL, quiet)
    assert figures(later) == {}


@pytest.mark.thorough
def test_late_rows_are_restated_beside_and_the_bridge_says_so(root: Path, later: Workspace) -> None:
    (root / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
    refresh(later, APRIL, quiet)
    assert figures(later) == {
        ("csat", None): (pytest.approx(68.75), pytest.approx(650 / 9), False),
        ("csat", "emea"): (50.0, 60.0, False),
        ("answers", None): (800, 900, False),
        ("answers", "emea"): (400, 500, False),
    }
    assert why(later, "csat", "emea") == [("late data", 10.0)]
    with later.ledger.read() as reader:
        assert verify(reader) == []
        first = reader.frozen.restated()
    refresh(later, APRIL, quiet)  # the same again is not told again
    with later.ledger.read() as reader:
        assert reader.frozen.restated() == first


@pytest.mark.thorough
def test_a_replaced_file_is_a_correction(root: Path, later: Workspace) -> None:
    (root / "answers.csv").write_text(
        company.FIRST.replace("e200,", "e200x,").replace(",e1,1\n", ",e1,5\n", 40)
    )
    refresh(later, APRIL, quiet)
    assert why(later, "csat", "emea") == [("correction", 10.0)]


@pytest.mark.thorough
def test_a_later_definition_is_told_apart_from_late_rows(root: Path, later: Workspace) -> None:
    company.write(root, {"answers_late.csv": HEADER + answers("late", 100, 0)}, when="score >= 1")
    refresh(later, APRIL, quiet)
    assert figures(later)["csat", "emea"] == (50.0, 100.0, False)
    assert why(later, "csat", "emea") == [("late data", 10.0), ("definition", 40.0)]


@pytest.mark.thorough
def test_units_that_are_drawn_anew_are_a_reclassification_or_say_that_they_cannot_be_told_apart(
    root: Path, later: Workspace
) -> None:
    company.write(root, emea=["e1", "e2", "a1"], amer=["a9"])
    refresh(later, APRIL, quiet)
    found = figures(later)
    assert found["csat", "emea"][0] == 50.0
    assert found["csat", "emea"][1] == pytest.approx(68.75)
    told = why(later, "csat", "emea")
    assert sum(change or 0 for _, change in told) == pytest.approx(18.75)


@pytest.mark.thorough
def test_how_far_a_figure_of_few_rows_moved_is_not_said(tmp_path: Path) -> None:
    root = company.write(tmp_path / "project", minimum_n=30)
    with workspace(root, actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        comment(space, COMMENT, metric="csat", unit="emea")
        close(space)
        (root / "answers_late.csv").write_text(HEADER + answers("late", 3, 0))
        refresh(space, APRIL, quiet)
        moved = figures(space)
        assert moved["csat", "emea"] == (50.0, None, True)
        assert moved["answers", "emea"] == (400, 403, False)
        with space.ledger.read() as reader:
            closing = periods.closed(reader.frozen, "service", FEBRUARY)
            scores = [b for b in periods.beside(reader.frozen, closing) if b.now and b.was.node != "measure"]
        assert scores
        assert all(one.now.withheld and one.now.score is None for one in scores if one.now)


def test_a_closed_period_refuses_comments_and_is_found_by_whoever_would_change_a_figure(root: Path) -> None:
    with workspace(root, actor="bob") as space:
        with pytest.raises(PeriodError, match="A comment would alter 2026-02 of service, which ann closed"):
            comment(space, COMMENT, metric="csat", unit="emea")
        with space.ledger.read() as reader:
            held = locked(reader.frozen, "csat", "2026-02-14", "emea")
            assert held is not None
            assert held.period == FEBRUARY
            assert locked(reader.frozen, "csat", "2026-03-01", "emea") is None
            assert locked(reader.frozen, "other", "2026-02-14") is None


def test_a_closed_figure_of_everything_locks_no_slice_and_no_slice_locks_everything(root: Path) -> None:
    days = (date(2026, 2, 1), date(2026, 3, 1))
    with workspace(root, actor="bob") as space, space.ledger.read() as reader:
        held = partial(locks, reader.frozen, {"csat"}, days, {"emea"})
        assert [one.period for one in held()] == [FEBRUARY]
        assert [one.period for one in held(part="")] == [FEBRUARY]
        assert list(held(part="segment=mass")) == []
        figure = next(f for c in reader.frozen.in_force() for f in reader.frozen.figures(c.id) if f.metric)
    of_segment = replace(figure, path="customer/loved/csat#segment=mass@emea")
    assert segment_label(of_segment) == "segment=mass"
    assert segment_label(figure) == ""


@pytest.mark.thorough
def test_a_reopened_period_is_closed_again_with_what_is_known_then(root: Path) -> None:
    (root / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
    with workspace(root, actor="ann", clock=APRIL) as space:
        refresh(space, APRIL, quiet)
        periods.reopen_period(
            space.ledger, "service", FEBRUARY, actor="ann", because="A file was late.", agree=False
        )
        with pytest.raises(PeriodError, match="closed by ann"):
            close(space)
        periods.reopen_period(space.ledger, "service", FEBRUARY, actor="bob", because="", agree=True)
        again = close(space)
        with space.ledger.read() as reader:
            both = reader.frozen.closings("service", FEBRUARY)
            assert [one.id for one in both][-1] == again.id
            assert both[0].hash != both[1].hash
            assert reader.frozen.figures(both[0].id, unit="emea", every=False)[3].value == 50.0
            assert reader.frozen.figures(both[1].id, unit="emea", every=False)[3].value == 60.0
            assert verify(reader) == []


@pytest.mark.thorough
def test_the_calendar_says_who_is_late_and_what_is_missing(root: Path) -> None:
    with workspace(root, actor="ann", clock=APRIL) as space:
        refresh(space, APRIL, quiet)
        published = open_published(space)
        with space.ledger.read() as reader:
            found = periods.calendar(
                published, reader, viewer="ann", now=periods.today(published, APRIL), count=2
            )
    march, february = found
    assert (march.period.label, march.state, march.overdue, march.is_complete) == (
        "2026-03",
        "open",
        True,
        False,
    )
    assert {(gap.kind, gap.unit, gap.metric) for gap in march.gaps} == {
        ("provisional", None, "csat"), ("provisional", None, "answers"),
        ("no figure", "emea", "csat"), ("provisional", "amer", "csat"), ("provisional", "amer", "answers"),
    }  # fmt: skip
    assert (february.state, february.overdue, february.is_complete) == ("closed", False, True)
