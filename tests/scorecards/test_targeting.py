"""Proposals and allotments of published figures, on the small company of the pages."""

import json
from dataclasses import replace

import pytest

from leadline.app.wiring import Workspace, open_published
from leadline.errors import QueryError
from leadline.metrics.published import Published
from leadline.scorecards.targeting import allotted, proposed
from tests.web.conftest import space  # noqa: F401 - a fixture


@pytest.fixture
def published(space: Workspace) -> Published:  # noqa: F811 - the fixture
    return open_published(space)


def test_a_share_is_told_to_all_units_and_adds_up(published: Published) -> None:
    found = allotted(published, "resolved_rate", 76.0, viewer="t")
    assert [one.part.name for one in found.allotted] == ["north", "south"]
    rows = sum(one.part.n for one in found.allotted)
    assert sum(one.goal * one.part.n for one in found.allotted) / rows == pytest.approx(76)
    assert found.reconciled.implied is None


@pytest.mark.thorough
def test_a_mix_of_cases_moves_what_is_expected(published: Published) -> None:
    found = allotted(published, "handle_time", 300.0, viewer="t", basis="mix", mix="channel")
    rows = sum(one.part.n for one in found.allotted)
    assert sum(one.base * one.part.n for one in found.allotted) / rows == pytest.approx(
        found.whole.value, rel=1e-9
    )
    assert {one.base for one in found.allotted} != {found.whole.value}
    by = allotted(published, "handle_time", 300.0, viewer="t", by="channel")
    assert {one.part.name for one in by.allotted} >= {"phone", "chat"}


@pytest.mark.thorough
def test_kinds_of_which_a_part_has_few_cases_count_in_its_mix(published: Published) -> None:
    asked = {"viewer": "t", "basis": "mix", "mix": "channel"}
    found = allotted(published, "handle_time", 300.0, **asked)
    least = min(one.part.n for one in found.allotted)
    metric = published.catalog.metrics["handle_time"].model_copy(update={"minimum_n": least})
    catalog = replace(published.catalog, metrics={**published.catalog.metrics, "handle_time": metric})
    strict = allotted(replace(published, catalog=catalog), "handle_time", 300.0, **asked)
    assert [one.base for one in strict.allotted] == [one.base for one in found.allotted]
    assert strict.unlike == ()


@pytest.mark.thorough
def test_what_cannot_be_told_to_parts_is_refused(published: Published) -> None:
    with pytest.raises(QueryError, match="do not make up the whole"):
        allotted(published, "handle_time_median", 300.0, viewer="t")
    with pytest.raises(QueryError, match="not sliced"):
        allotted(published, "resolved_rate", 76.0, viewer="t", basis="mix", mix="nothing")
    with pytest.raises(QueryError, match="no unit below"):
        allotted(published, "resolved_rate", 76.0, viewer="t", unit="north")
    with pytest.raises(QueryError, match="A mix needs"):
        allotted(published, "resolved_rate", 76.0, viewer="t", mix="channel")


@pytest.mark.thorough
def test_a_proposal_reads_final_figures_only(published: Published) -> None:
    found = proposed(published, "resolved_rate", viewer="t")
    assert found.red_flag < found.goal < found.stretch
    assert json.dumps([one.what for one in found.evidence])
    with pytest.raises(QueryError, match="which way"):
        proposed(published, "contacts", viewer="t")
    with pytest.raises(QueryError, match="needs eight"):
        proposed(published, "resolved_rate", viewer="t", grain="quarter")
