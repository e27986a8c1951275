"""The parts of a step between two versions add up to it, and nothing that a definition did is told as late rows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.app.wiring import open_published
from leadline.catalog.plan import Effective
from leadline.governance.version_bridge import Span, VersionBridge, _span, version_bridge
from leadline.metrics.observation import Observation
from tests.governance.company import HEADER, Company

RESTATING = Effective("restating")
VALUES = st.none() | st.floats(-1e6, 1e6)
MAY = date(2026, 5, 1)


def figure(value: float | None, former: float | None = None) -> Observation:
    return Observation(
        "csat", 2, "2026-05", "month", None, "", value, None, None, 8, "final", "", "", MAY, date(2026, 6, 1),
        former=former,
    )  # fmt: skip


@given(first=VALUES, old=VALUES, new=VALUES, days=st.none() | st.integers(-60, 60))
def test_the_parts_add_up_to_the_step(
    first: float | None, old: float | None, new: float | None, days: int | None
) -> None:
    since = None if days is None else date(2026, 6, 1) + timedelta(days=days)
    span = _span(figure(old), figure(new), figure(new, first), since)
    parts = [part for part in (span.rows, span.definition) if part is not None]
    if span.total is not None and span.definition is not None:
        assert sum(parts) == pytest.approx(span.total, abs=1e-9 * max(1.0, *(abs(p) for p in parts)))
    if days is not None and days > 0:  # published by a version before the old one
        assert (span.published, span.rows) == (None, None)


def bridged(cx: Company) -> dict[str, Span]:
    with cx.open() as space:
        published = open_published(space)
        with space.ledger.read() as reader:
            versions = reader.versions("metric", "csat")
        found: VersionBridge = version_bridge(published, versions, "csat", viewer="ann", periods=5)
    return {span.period: span for span in found.spans}


@pytest.mark.slow
def test_late_rows_and_a_change_of_definition_are_told_apart(cx: Company) -> None:
    """Of 8 answers 4 are satisfied (50 %); 8 late ones are 5: 12 of 16 (75 %); with threes 14 of 16 (87.5 %)."""
    late = "".join(f"late{i},2026-02-05,5,mail,north,z{i}@x.example\n" for i in range(8))
    cx.write({"answers/late.csv": HEADER + late})
    cx.edit("csat", when="score >= 3")
    cx.apply(RESTATING)
    cx.refresh()
    february, january = bridged(cx)["2026-02"], bridged(cx)["2026-01"]
    assert (february.published, february.rows, february.definition, february.new) == (50.0, 25.0, 12.5, 87.5)
    assert (january.definition, january.new) == (25.0, 75.0)
    assert january.rows in {None, 0.0}
    cx.edit("csat", when="score >= 2")
    cx.apply(RESTATING)
    cx.refresh()
    assert (
        bridged(cx)["2026-02"].published is None
    )  # by the first version: not one of the two that are bridged
    assert bridged(cx)["2026-02"].definition == 6.25
