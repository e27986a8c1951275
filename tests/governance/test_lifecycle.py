"""A definition's history can be read, its steps bridged, and its end told, step by step, with an archive."""

import csv
from datetime import UTC, date, datetime
from itertools import product

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.app.ending import end
from leadline.app.wiring import open_published
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from leadline.errors import DefinitionError, QueryError
from leadline.governance.history import History, history
from leadline.governance.lifecycle import ALLOWED, notices
from leadline.governance.lives import life
from leadline.governance.timelines import STAGES, Stage
from leadline.governance.version_bridge import Span, VersionBridge, version_bridge
from leadline.store.effective import Deed
from leadline.store.journal import verify
from leadline.store.work_entries import Wanted
from tests.governance.company import APRIL, FILES, Company

DECEMBER = date(2026, 12, 1)
STEPS: tuple[Deed, ...] = ("deprecate", "sunset", "retire")


def told(cx: Company) -> History:
    with cx.open() as space, space.ledger.read() as reader:
        return history(reader, "metric", "csat")


def ended(cx: Company, deed: Deed, **how: object) -> None:
    with cx.open() as space:
        end(space, FixedClock(cx.now), ("metric", "csat"), deed, **how)  # type: ignore[arg-type]  # tests name what they need


def bridged(cx: Company, metric: str = "csat") -> VersionBridge:
    with cx.open() as space:
        published = open_published(space)
        with space.ledger.read() as reader:
            versions = reader.versions("metric", metric)
        return version_bridge(published, versions, metric, viewer="ann", periods=5)


@pytest.mark.thorough
def test_history_says_who_changed_what_key_by_key(cx: Company) -> None:
    cx.edit("csat", when="score >= 3", owner="finance")
    cx.apply(Effective("from_period", APRIL))
    cx.edit("csat", title="Satisfaction")
    cx.apply(Effective("restating"))
    found = told(cx)
    assert [(one.number, one.actor, one.made) for one in found.versions] == [
        ("2.2", "ann", "words"), ("2", "ann", "meaning"), ("1", "ann", "first"),
    ]  # fmt: skip
    assert {(k.path, k.before, k.after) for k in found.versions[1].keys} == {
        ("when", "score >= 4", "score >= 3"), ("owner", "cx", "finance"),
    }  # fmt: skip
    assert [deed.deed for deed in found.deeds] == ["apply", "apply", "adopt"]
    assert [segment.since for segment in found.timeline.segments] == [None, APRIL]


@pytest.mark.thorough
def test_what_the_ledger_never_saw_has_no_history(cx: Company) -> None:
    with (
        cx.open() as space,
        space.ledger.read() as reader,
        pytest.raises(QueryError, match="knows no metric"),
    ):
        history(reader, "metric", "nothing")


@pytest.mark.slow
def test_a_bridge_tells_the_definition_from_late_rows_and_adds_up(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("restating"))
    cx.refresh()
    late = "".join(f"late{i},2026-02-05,5,mail,north,z{i}@x.example\n" for i in range(8))
    cx.write({"answers/late.csv": FILES["answers/2026-01.csv"].splitlines()[0] + "\n" + late})
    cx.refresh()
    found = bridged(cx)
    by = {span.period: span for span in found.spans}
    assert (found.old_version, found.new_version) == (1, 2)
    january, february = by["2026-01"], by["2026-02"]
    assert (january.published, january.rows, january.old, january.definition, january.new) == (
        50,
        0,
        50,
        25,
        75,
    )
    assert (february.published, february.rows, february.old, february.definition, february.new) == (
        50.0, 25.0, 75.0, 12.5, 87.5,
    )  # fmt: skip
    for span in found.spans:
        assert span.total == pytest.approx((span.rows or 0.0) + (span.definition or 0.0), abs=1e-9)


@pytest.mark.slow
def test_a_bridge_has_both_sides_of_every_period(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("from_period", APRIL))
    cx.refresh()
    for metric, values in (("csat", (50.0, 75.0)), ("unhappy", (50.0, 25.0))):
        found = bridged(cx, metric)
        assert {(span.old, span.new) for span in found.spans} == {values}
        assert [span.in_force for span in found.spans] == [1, 1, 1, 2, 2]


def test_one_version_needs_no_bridge(cx: Company) -> None:
    with pytest.raises(QueryError) as caught:
        bridged(cx)
    assert caught.value.code == "one-version"


NUMBERS = st.none() | st.floats(-1e6, 1e6)


@pytest.mark.thorough
@given(NUMBERS, NUMBERS, NUMBERS)
def test_the_parts_of_a_span_add_up(first: float | None, old: float | None, new: float | None) -> None:
    rows = old - first if first is not None and old is not None else None
    definition = new - old if old is not None and new is not None else None
    span = Span("2026-01", first, old, new, rows, definition, 1)
    if rows is not None and definition is not None:
        assert span.total == pytest.approx(rows + definition, abs=1e-6)


@pytest.mark.thorough
def test_the_end_of_a_definition_is_told_to_those_who_use_it(cx: Company) -> None:
    ended(cx, "deprecate", replaced_by="answers", note="a better one")
    with cx.open() as space:
        (notice,) = notices(space.in_force(cx.now))
    assert str(notice) == ("metric csat is deprecated. Use answers instead. On it stand metric unhappy (cx).")
    ended(cx, "sunset", on=DECEMBER)
    with cx.open() as space:
        (notice,) = notices(space.in_force(cx.now))
    assert "metric csat has its sunset on 2026-12-01. Use answers instead." in str(notice)


@pytest.mark.thorough
def test_whoever_stands_on_it_is_told_at_each_step(cx: Company) -> None:
    ended(cx, "deprecate", replaced_by="answers", note="a better one")
    ended(cx, "sunset", on=DECEMBER)
    with cx.open() as space, space.ledger.read() as reader:
        told = reader.work.notices(["cx"])
        (item,) = reader.work.items(Wanted(workflow="end_notice"))
        links = {link.name for link in reader.work.links(item.number)}
        assert verify(reader) == []
    assert [one.text for one in told if "csat" in one.text][:2] == [
        "metric csat has its sunset on 2026-12-01. Use answers instead. On it stand metric unhappy (cx).",
        "metric csat is deprecated. Use answers instead. On it stand metric unhappy (cx).",
    ]
    assert (item.assignee, links >= {"metric/csat", "metric/unhappy"}) == ("cx", True)


@pytest.mark.thorough
def test_a_bridge_passes_over_what_was_only_tried(cx: Company) -> None:
    cx.edit("csat", when="score >= 5")
    cx.apply(Effective("from_now"), parallel=True)
    cx.edit("csat", when="score >= 3")
    cx.apply(Effective("restating"))
    cx.refresh()
    with cx.open() as space:
        with space.ledger.read() as reader:
            lived = life(reader, "metric", "csat")
        found = version_bridge(open_published(space), lived.versions, "csat", viewer="ann", periods=2)
    assert [v.version for v in lived.versions] == [1, 3]
    assert (found.old_version, found.new_version) == (1, 3)


@pytest.mark.thorough
def test_nothing_is_retired_before_its_day_or_while_something_stands_on_it(cx: Company) -> None:
    ended(cx, "deprecate")
    ended(cx, "sunset", on=DECEMBER)
    with pytest.raises(DefinitionError) as caught:
        ended(cx, "retire")
    assert caught.value.code == "lifecycle-day"
    cx.now = datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(DefinitionError) as caught:
        ended(cx, "retire")
    assert caught.value.code == "retire-used"


@pytest.mark.thorough
def test_what_is_retired_is_archived_and_no_longer_computed(cx: Company) -> None:
    cx.documents[:] = [d for d in cx.documents if d.get("name") != "unhappy"]
    cx.write({})
    ended(cx, "deprecate")
    ended(cx, "sunset", on=DECEMBER)
    cx.now = datetime(2027, 1, 1, tzinfo=UTC)
    ended(cx, "retire")
    folder = cx.root / ".leadline/archive/metric-csat-v1"
    with (folder / "figures.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    (march,) = [r for r in rows if r["period"] == "2026-03" and not r["unit"] and not r["slice"]]
    assert (march["value"], march["version"], march["status"]) == ("50.0", "1", "final")
    assert {r["slice"] for r in rows} > {"channel=mail"}
    assert "score >= 4" in (folder / "definition.yaml").read_text("utf-8")
    data = pq.read_table(folder / "data-csat.parquet").to_pylist()
    whole = [r for r in data if r["unit"] is None and (r["period"].year, r["period"].month) == (2026, 3)]
    assert sum(r["n"] for r in whole) == int(march["n"])
    assert 100 * sum(r["k"] for r in whole) / sum(r["n"] for r in whole) == float(march["value"])
    assert {r["channel"] for r in whole} >= {"mail"}
    cx.refresh()  # though the file still defines it
    with cx.open() as space:
        assert "csat" not in open_published(space).catalog.metrics
        with space.ledger.read() as reader:
            assert verify(reader) == []
            assert len(reader.notes("archive")) == 1
    assert told(cx).timeline.stage == "retired"


@pytest.mark.parametrize(("stage", "deed"), list(product(STAGES, STEPS)))
def test_every_step_from_every_stage(cx: Company, stage: Stage, deed: Deed) -> None:
    cx.documents[:] = [d for d in cx.documents if d.get("name") != "unhappy"]
    cx.write({})
    for done in STEPS[: STAGES.index(stage)]:
        ended(cx, done, on=DECEMBER if done == "sunset" else None)
        if done == "sunset":
            cx.now = datetime(2027, 1, 1, tzinfo=UTC)
    how = {"on": date(2028, 1, 1)} if deed == "sunset" else {}
    if (stage, deed) in ALLOWED:
        ended(cx, deed, **how)
        assert told(cx).deeds[0].deed == deed
        return
    with pytest.raises(DefinitionError) as caught:
        ended(cx, deed, **how)
    assert caught.value.code == ("not-governed" if stage == "retired" else "lifecycle-step")


@pytest.mark.thorough
def test_a_replacement_must_be_there(cx: Company) -> None:
    with pytest.raises(DefinitionError) as caught:
        ended(cx, "deprecate", replaced_by="nothing")
    assert caught.value.code == "lifecycle-replacement"


def test_what_was_never_deprecated_cannot_be_removed_by_applying(cx: Company) -> None:
    cx.documents[:] = [d for d in cx.documents if d.get("name") not in {"csat", "unhappy"}]
    cx.write({})
    with pytest.raises(DefinitionError) as caught:
        cx.apply(Effective("restating"))
    assert caught.value.code == "apply-living"
