"""What is governed is computed as it is in force, whatever the working files say, until a plan is applied."""

from datetime import date, datetime, timedelta

import pytest

from leadline.app.planning import planned
from leadline.app.wiring import open_published
from leadline.catalog.plan import Effective
from leadline.errors import DefinitionError
from leadline.governance.trying import comparison
from leadline.metrics.editions import candidate
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import explain
from leadline.metrics.query import Query
from leadline.metrics.recompute import recompute
from leadline.store.journal import verify
from tests.governance.company import APRIL, FILES, Company, answers

RESTATING = Effective("restating")
FROM_APRIL = Effective("from_period", APRIL)
MONTHS = [f"2026-{m:02}" for m in range(1, 7)]


@pytest.mark.thorough
def test_an_edit_of_what_is_governed_changes_no_figure_until_it_is_applied(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.edit("answers", where="score > 1")  # not governed: as it is written
    cx.refresh()
    assert cx.series("csat") == dict.fromkeys(MONTHS, (1, 50.0))
    assert cx.series("answers") == dict.fromkeys(MONTHS, (2, 7.0))
    with cx.open() as space:
        assert [c.label for c in planned(space).governed] == ["metric csat"]


@pytest.mark.slow
def test_restating_computes_history_anew_and_shows_what_was(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(RESTATING)
    assert cx.series("csat")["2026-01"] == (1, 50.0)  # with the next refresh, not before
    cx.refresh()
    assert cx.series("csat") == dict.fromkeys(MONTHS, (2, 75.0))
    (january, *_) = cx.figures("csat")
    assert (january.status, january.former) == ("restated", 50.0)


@pytest.mark.thorough
def test_from_a_period_on_each_period_is_of_its_own_version(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(FROM_APRIL)
    cx.refresh()
    old, new = dict.fromkeys(MONTHS[:3], (1, 50.0)), dict.fromkeys(MONTHS[3:], (2, 75.0))
    assert cx.series("csat") == {**old, **new}
    assert cx.series("csat", "quarter") == {"2026-Q1": (1, 50.0), "2026-Q2": (2, 75.0)}
    assert cx.series("csat", "year") == {"2026": (1, 50.0)}  # a period is of one version, whole
    by_unit = cx.series("csat", by_unit=True)
    assert by_unit["2026-03 north"][0] == 1
    assert by_unit["2026-04 north"][0] == 2
    assert cx.series("csat", since=date(2026, 3, 1), until=date(2026, 5, 1)) == {
        "2026-03": (1, 50.0), "2026-04": (2, 75.0),
    }  # fmt: skip
    assert {o.status for o in cx.figures("csat") if o.version == 1} == {"final"}
    assert [o.former for o in cx.figures("csat") if o.version == 2] == [
        50.0,
        50.0,
        None,
    ]  # June was provisional


@pytest.mark.slow
def test_what_is_made_of_it_follows_period_by_period_without_being_governed(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(FROM_APRIL)
    cx.refresh()
    assert cx.series("unhappy") == {
        **dict.fromkeys(MONTHS[:3], (1, 50.0)), **dict.fromkeys(MONTHS[3:], (2, 25.0)),
    }  # fmt: skip


@pytest.mark.slow
def test_both_versions_are_proved_from_the_rows_and_explained_by_their_own(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(FROM_APRIL)
    cx.refresh()
    with cx.open() as space:
        published = open_published(space)
        found = list(recompute(published, [Query("csat", "ann", "test", "month", by=("channel",))]))
        assert {one.outcome for one in found} == {"equal"}
        assert len(found) == 12
        for month, version, words in ((3, 1, "score >= 4"), (4, 2, "score >= 3")):
            day = date(2026, month, 1)
            asked = Query("csat", "ann", "test", "month", since=day, until=day + timedelta(days=1))
            explained = explain(published, asked)
            assert (explained.definition.version, explained.agrees) == (version, True)
            assert words in " ".join(explained.words)


@pytest.mark.slow
def test_late_rows_reach_the_version_of_their_period_and_are_shown_as_restated(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(FROM_APRIL)
    cx.refresh()
    late = "".join(f"late{i},2026-02-05,5,mail,north,z{i}@x.example\n" for i in range(8))
    cx.write({"answers/late.csv": FILES["answers/2026-01.csv"].splitlines()[0] + "\n" + late})
    cx.refresh()
    february = next(o for o in cx.figures("csat") if o.period == "2026-02")
    assert (february.version, february.value, february.status, february.former) == (1, 75.0, "restated", 50.0)


@pytest.mark.slow
def test_from_now_on_the_current_period_stays_whole(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("from_now"))  # on 10 July
    cx.now = datetime.fromisoformat("2026-09-01T00:00+00:00")
    cx.write({"answers/07.csv": answers("2026-07", [3] * 28), "answers/08.csv": answers("2026-08", [3] * 28)})
    cx.refresh()
    found = cx.series("csat")
    assert found["2026-07"] == (1, 0.0)
    assert found["2026-08"] == (2, 100.0)
    days = cx.series("csat", "day", since=date(2026, 7, 9), until=date(2026, 7, 12))
    assert [version for version, _ in days.values()] == [1, 2, 2]


@pytest.mark.slow
def test_several_changes_keep_each_stretch(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("from_period", date(2026, 3, 1)))
    cx.refresh()
    cx.edit("csat", when="score >= 2")
    cx.apply(Effective("from_period", date(2026, 5, 1)))
    cx.refresh()
    assert [cx.series("csat")[month] for month in MONTHS] == [
        (1, 50.0), (1, 50.0), (2, 75.0), (2, 75.0), (3, 87.5), (3, 87.5),
    ]  # fmt: skip
    assert cx.series("unhappy")["2026-03"] == (2, 25.0)
    cx.edit("csat", when="score >= 5")
    cx.apply(Effective("from_period", date(2026, 4, 1)))  # takes the place of what came after
    cx.refresh()
    assert [cx.series("csat")[month][0] for month in MONTHS] == [1, 1, 2, 4, 4, 4]


@pytest.mark.slow
def test_words_alone_come_into_force_without_a_new_version(cx: Company) -> None:
    cx.edit("csat", title="Satisfaction")
    cx.refresh()
    with cx.open() as space:
        assert open_published(space).catalog.metrics["csat"].title is None
    cx.apply(RESTATING)
    cx.refresh()
    with cx.open() as space:
        published = open_published(space)
        assert published.catalog.metrics["csat"].title == "Satisfaction"
        version = published.versions["metric", "csat"]
    assert (version.version, version.revision) == (1, 2)


@pytest.mark.slow
def test_a_new_governed_metric_waits_until_it_is_applied(cx: Company) -> None:
    cx.edit("project", governed={"metrics": "all"})
    cx.apply(RESTATING)
    cx.refresh()
    cx.documents.append({"kind": "metric", "name": "extra", "type": "count", "of": "answer", "owner": "cx"})
    cx.write({})
    cx.refresh()
    with cx.open() as space:
        assert "extra" not in open_published(space).catalog.metrics
    cx.apply(RESTATING)
    cx.refresh()
    assert cx.series("extra")["2026-01"] == (1, 8.0)


@pytest.mark.slow
def test_what_stands_on_something_that_waits_is_refused_by_name(cx: Company) -> None:
    cx.edit("project", governed={"metrics": ["csat", "extra"]})
    cx.apply(RESTATING)
    cx.refresh()
    cx.documents.append({"kind": "metric", "name": "extra", "type": "count", "of": "answer", "owner": "cx"})
    cx.documents.append(
        {
            "kind": "metric",
            "name": "twice",
            "type": "derived",
            "formula": "2 * extra",
            "measured_in": "count",
            "owner": "cx",
        }
    )
    cx.write({})
    with pytest.raises(DefinitionError, match="does not fit") as caught:
        cx.refresh()
    assert caught.value.code == "not-in-force"
    assert "metric extra" in caught.value.hint


@pytest.mark.slow
def test_a_governed_definition_whose_file_is_deleted_stays_in_force(cx: Company) -> None:
    cx.documents[:] = [d for d in cx.documents if d.get("name") != "csat"]
    cx.write({})
    cx.refresh()
    assert cx.series("csat")["2026-01"] == (1, 50.0)


@pytest.mark.slow
def test_governance_itself_is_lifted_by_an_application_only(cx: Company) -> None:
    cx.edit("project", governed=None)
    cx.edit("csat", when="score >= 3")
    cx.refresh()
    assert cx.series("csat")["2026-01"] == (1, 50.0)
    cx.apply(RESTATING, only=[("project", "test")])
    cx.refresh()
    assert cx.series("csat")["2026-01"] == (2, 75.0)


@pytest.mark.thorough
def test_what_is_beneath_a_governed_metric_is_held_as_it_was_published(cx: Company) -> None:
    fact = next(d for d in cx.documents if d["kind"] == "fact")
    fact["columns"]["score"]["maximum"] = 4  # answers of 5 would be held in quarantine
    cx.write({})
    with cx.open() as space:
        ruling = space.in_force(cx.now)
        assert ruling.held == (("fact", "answer"),)
        assert ruling.catalog.facts["answer"].columns["score"].maximum is None
        labels = {c.label: c for c in planned(space).changes}
    assert labels["metric csat"].keys == ()
    assert labels["metric csat"].beneath == ("fact answer: columns.score.maximum nothing → 4",)


@pytest.mark.thorough
def test_what_changed_beneath_can_only_be_applied_restating(cx: Company) -> None:
    fact = next(d for d in cx.documents if d["kind"] == "fact")
    fact["columns"]["score"]["maximum"] = 4
    cx.write({})
    with pytest.raises(DefinitionError, match="stand on") as caught:
        cx.apply(FROM_APRIL)
    assert caught.value.code == "governed-beneath"
    with cx.open() as space, space.ledger.read() as reader:
        assert [deed.deed for deed in reader.effective.deeds("metric", "csat")] == ["adopt"]
    cx.apply(RESTATING)
    cx.refresh()
    assert cx.series("csat")["2026-01"][0] == 2


@pytest.mark.slow
def test_a_candidate_is_computed_beside_and_never_among_the_figures(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(RESTATING, parallel=True)
    cx.refresh()
    assert set(cx.series("csat").values()) == {(1, 50.0)}
    with cx.open() as space:
        published = open_published(space)
        tried = candidate(published, "csat")
        assert tried is not None
        found = evaluate(tried.published, Query("csat", "ann", "test", "month"))
    assert {(o.version, o.value) for o in found} == {(2, 75.0)}
    cx.apply(FROM_APRIL)
    cx.refresh()
    with cx.open() as space:
        assert candidate(open_published(space), "csat") is None
    assert cx.series("csat")["2026-05"] == (2, 75.0)


@pytest.mark.thorough
def test_a_candidate_ends_by_itself_and_what_was_compared_is_kept(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(FROM_APRIL, parallel=True, lasting=(3, "month"))  # April to June, and two days for the last rows
    with cx.open() as space:
        segment = space.in_force(cx.now).timelines["metric", "csat"].candidate
    assert segment is not None
    assert segment.until is not None
    assert date(2026, 7, 1) <= segment.until <= date(2026, 7, 10)
    cx.now = datetime.fromisoformat(f"{segment.until - timedelta(days=1)}T12:00+00:00")
    published = cx.refresh()
    assert candidate(published, "csat") is not None
    kept = comparison(published, "csat", viewer="ann")
    told = [(p["period"], p["in_force"]["value"], p["candidate"]["value"]) for p in kept["pairs"]]
    assert told[:2] == [("2026-04", 50.0, 75.0), ("2026-05", 50.0, 75.0)]
    assert (kept["in_force"], kept["candidate"]) == (1, 2)
    assert set(cx.series("csat").values()) == {(1, 50.0)}  # never among the figures
    cx.now = datetime.fromisoformat(f"{segment.until}T12:00+00:00")
    published = cx.refresh()
    assert candidate(published, "csat") is None
    assert comparison(published, "csat", viewer="ann")["pairs"] == kept["pairs"]


@pytest.mark.thorough
def test_an_application_is_bound_to_its_plan(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    with cx.open() as space:
        plan = planned(space, RESTATING)
    cx.edit("csat", when="score >= 2")
    with pytest.raises(DefinitionError, match="edited") as caught:
        cx.apply(RESTATING, bound_to=plan.to_apply.hash)
    assert caught.value.code == "apply-another"
    cx.edit("csat", when="score >= 3")
    assert cx.apply(RESTATING, bound_to=plan.to_apply.hash).plan.hash == plan.to_apply.hash


class Nobody:
    def approved(self, plan_hash: str) -> str | None:
        del plan_hash
        return None


class Everybody:
    def approved(self, plan_hash: str) -> str | None:
        return f"CR of {plan_hash[:4]}"


@pytest.mark.thorough
def test_what_was_not_approved_is_refused_and_the_approval_is_kept(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    with pytest.raises(DefinitionError) as caught:
        cx.apply(RESTATING, approvals=Nobody())
    assert caught.value.code == "apply-unapproved"
    done = cx.apply(RESTATING, approvals=Everybody())
    assert done.deeds[-1].request == f"CR of {done.plan.hash[:4]}"
    with cx.open() as space, space.ledger.read() as reader:
        assert verify(reader) == []


@pytest.mark.parametrize(
    ("only", "code"), [([], "apply-nothing"), ([("metric", "answers")], "apply-nothing")]
)
def test_nothing_governed_changes(cx: Company, only: list[tuple[str, str]], code: str) -> None:
    cx.edit("answers", where="score > 1")
    with pytest.raises(DefinitionError) as caught:
        cx.apply(RESTATING, only=only)
    assert caught.value.code == code


@pytest.mark.thorough
def test_only_metrics_with_another_meaning_can_be_tried(cx: Company) -> None:
    cx.edit("csat", title="Other")
    with pytest.raises(DefinitionError) as caught:
        cx.apply(RESTATING, parallel=True)
    assert caught.value.code == "apply-parallel"
