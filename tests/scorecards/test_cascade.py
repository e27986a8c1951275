"""Scorecards of a template: a segment has its own figures and targets, and persons are protected."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.catalog import Catalog, load
from leadline.catalog.cascade import instances
from leadline.catalog.score_rules import aimed
from leadline.clock import FixedClock
from leadline.errors import QueryError
from leadline.insights.targets import targets
from leadline.metrics.comparison import day_totals
from leadline.metrics.evaluate import evaluate
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Sight, Viewer
from leadline.scorecards.targeting import proposed
from leadline.scorecards.tree import score
from tests.projects import refreshed, write_project
from tests.scorecards import service

TEAM_PLAN = {("north", "2026-05"): (9.0, 0.9), ("south", "2026-05"): (16.0, 0.5)}
MEASURES = [
    {"metric": "minutes", "red_flag": 14, "goal": 10, "targets": [
        {"where": {"product": "a"}, "red_flag": 12, "goal": 8},
        {"where": {"product": "a"}, "from": "2026-06-01", "red_flag": 11, "goal": 7},
        {"unit": "north", "red_flag": 13, "goal": 9},
        {"unit": "north", "where": {"product": "a"}, "red_flag": 10, "goal": 6}]},
    {"metric": "resolved", "red_flag": 60, "goal": 80, "weight": 2},
]  # fmt: skip


def documents(**instance: Any) -> list[dict[str, Any]]:
    made = [one for one in service.documents() if one["kind"] not in {"trade_off", "incentive", "scorecard"}]
    objective = {"objective": "calm", "measures": list(MEASURES)}
    template = {"kind": "scorecard", "name": "service", "adaptable": ["targets"], "agents": "product",
                "perspectives": [{"name": "process", "objectives": [objective]}]}  # fmt: skip
    product_a = {"kind": "scorecard", "name": "of_a", "template": "service", "where": {"product": "a"},
                 "adapts": [{"measure": "resolved", "red_flag": 70, "goal": 85}], **instance}  # fmt: skip
    return [*made, template, product_a]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    root = tmp_path_factory.mktemp("cascade") / "p"
    project = write_project(root, documents(), {"calls.csv": service.calls(TEAM_PLAN)})
    with refreshed(project, FixedClock(datetime(2026, 6, 3, tzinfo=UTC))) as (_, found):
        yield found


def catalog_of(folder: Path) -> Catalog:
    return load(write_project(folder, documents(), {}))


def test_an_instance_is_its_template_with_what_it_says_otherwise(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    assert [str(p) for p in catalog.problems if p.level == "error"] == []
    one = catalog.scorecards["of_a"]
    assert [card.name for card in instances(catalog, "service")] == ["of_a"]
    minutes, resolved = one.perspectives[0].objectives[0].measures
    assert (minutes.goal, resolved.goal, resolved.weight) == (10, 85, 2)
    assert one.where == {"product": "a"}
    # what is changed in the template changes the meaning of its instances
    other = documents()
    other[-2]["perspectives"][0]["objectives"][0]["measures"][0] = {**MEASURES[0], "goal": 9}
    changed = load(write_project(tmp_path / "other", other, {}))
    meanings = [c.fingerprint(c.scorecards["of_a"]).meaning for c in (catalog, changed)]
    assert meanings[0] != meanings[1]


@pytest.mark.parametrize(
    ("unit", "where", "day", "goal"),
    [
        (None, {}, "2026-05-31", 10),
        (None, {"product": "a"}, "2026-05-31", 8),
        (None, {"product": "a"}, "2026-06-30", 7),
        (None, {"product": "b"}, "2026-06-30", 10),
        ("north", {}, "2026-05-31", 9),
        ("north", {"product": "b"}, "2026-05-31", 9),  # the nearest unit's, of the segment's none
        ("north", {"product": "a"}, "2026-06-30", 6),
        ("south", {"product": "a"}, "2026-05-31", 8),
    ],
)
def test_targets_hold_by_unit_then_segment_then_day(
    tmp_path: Path, unit: str | None, where: dict[str, str], day: str, goal: float
) -> None:
    catalog = catalog_of(tmp_path)
    measure = catalog.scorecards["service"].perspectives[0].objectives[0].measures[0]
    assert aimed(measure, catalog.units, unit, date.fromisoformat(day), where).goal == goal


def test_findings_hold_a_segment_against_its_own_targets_and_never_the_whole(tmp_path: Path) -> None:
    found = {(t.scorecard, t.metric, t.unit, t.where): t.goal for t in targets(catalog_of(tmp_path))}
    a = (("product", "a"),)
    assert found["of_a", "resolved", None, a] == 85
    assert found["service", "resolved", None, ()] == 80
    assert found["service", "minutes", None, ()] == 10
    assert found["service", "minutes", None, a] == 7
    assert found["service", "minutes", "north", a] == 6
    assert ("of_a", "resolved", None, ()) not in found


@pytest.mark.thorough
def test_a_segments_scorecard_shows_the_segments_figures_alone(published: Published) -> None:
    whole = score(published, "service", viewer="test", unit="north")
    part = score(published, "of_a", viewer="test", unit="north")
    narrowed = score(published, "service", viewer="test", unit="north", where={"product": "a"})
    for one, other in zip(part.measures(), narrowed.measures(), strict=True):
        query = Query(one.metric.name, "test", "x", grain="month", unit="north", where={"product": "a"},
                      since=part.period.start, until=part.period.end)  # fmt: skip
        (own,) = evaluate(published, query)
        assert one.observation is not None
        assert other.observation is not None
        assert (
            (one.observation.value, one.observation.n)
            == (own.value, own.n)
            == (other.observation.value, own.n)
        )
        assert one.observation.slice == "product=a"
    rows = [next(one.measures()).observation for one in (whole, part)]
    assert rows[0] is not None
    assert rows[1] is not None
    assert rows[1].n == 150
    assert rows[0].n == 300
    assert next(part.measures()).goal == 6
    with pytest.raises(QueryError, match="not of b"):
        score(published, "of_a", viewer="test", where={"product": "b"})
    elsewhere = score(published, "service", viewer="test", where={"weather": "rain"})
    assert {m.status for m in elsewhere.measures()} == {"no data"}
    assert next(elsewhere.measures()).reason == "Minutes is not told apart by weather."


def test_persons_are_shown_to_whom_confidential_figures_are_and_found_by_nobody(published: Published) -> None:
    internal, confidential = (Viewer("v", (Sight(tier),)) for tier in ("internal", "confidential"))
    by = {"by": ("product",), "grain": "month"}
    with pytest.raises(QueryError, match="confidential"):
        evaluate(published, Query("minutes", internal, "x", **by))  # type: ignore[arg-type]  # the two of `by`
    assert evaluate(published, Query("minutes", confidential, "x", **by))  # type: ignore[arg-type]  # likewise
    places = {slice_ for table in day_totals(published, "minutes", viewer="x") for _, slice_ in table.places}
    assert places == {""}


@pytest.mark.thorough
def test_targets_are_proposed_for_a_segment_from_its_own_history(published: Published) -> None:
    part = proposed(published, "minutes", viewer="x", grain="week", where={"product": "a"})
    whole = proposed(published, "minutes", viewer="x", grain="week")
    assert part.evidence[0].value != whole.evidence[0].value
    with pytest.raises(QueryError, match="not sliced by weather"):
        proposed(published, "minutes", viewer="x", where={"weather": "rain"})
