"""The demo's project: no problem in its definitions, the same organisation as the generator's, and truths that name
what the project defines."""

from pathlib import Path

import pytest

import leadline_demo
from leadline.catalog import load
from leadline.catalog.catalog import Catalog
from leadline_demo.company import REGIONS, TEAMS
from leadline_demo.truths import TRUTHS, Truth
from leadline_demo.truths.data import RENAMED_TEAM, UNKNOWN_TEAM

PROJECT = Path(leadline_demo.__file__).parent / "project"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project as shipped."""
    return load(PROJECT)


def test_the_definitions_have_no_problem(catalog: Catalog) -> None:
    assert [str(problem) for problem in catalog.problems] == []


def test_every_team_and_region_is_placed_under_all_its_codes(catalog: Catalog) -> None:
    codes = catalog.units.by_code
    for team in TEAMS:
        region = REGIONS[team.region]
        own = [team.code, team.name] + ([] if region.unit == "aldermann" else [team.group, team.chat])
        assert {codes[code] for code in own} == {team.name}
        assert {region.name, region.unit, "corvane"} <= set(catalog.units.ancestors(team.name))
        assert catalog.units.time_zone(team.name) == region.zone
    for region in REGIONS:
        assert codes[region.code] == region.name
    assert codes[RENAMED_TEAM.where["code"]] == RENAMED_TEAM.where["unit"]
    assert UNKNOWN_TEAM.where["code"] not in codes


def test_every_metric_type_is_used(catalog: Catalog) -> None:
    assert {metric.type for metric in catalog.metrics.values()} == {
        "share", "balance", "ratio", "mean", "sum", "count", "quantile", "stock", "duration", "derived", "index",
        "cumulative",
    }  # fmt: skip


def test_metrics_say_what_they_are_and_for_what(catalog: Catalog) -> None:
    for metric in catalog.metrics.values():
        assert metric.title, metric.name
        assert metric.owner, metric.name
        assert metric.because, metric.name
        assert metric.description, metric.name


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.id)
def test_truths_name_what_the_project_defines(catalog: Catalog, truth: Truth) -> None:
    for finding in [*truth.expect, *truth.signs, *truth.silent]:
        metric = catalog.metrics.get(str(finding.get("metric", "")))
        assert metric or "metric" not in finding, finding
        assert finding.get("source", "chats") in catalog.sources, finding
        assert finding.get("fact", "customer") in catalog.facts, finding
        assert finding.get("unit", "emea") in catalog.units.names, finding
        if metric and "slice" in finding:
            assert str(finding["slice"]).split("=")[0] in {*metric.by, "agent"}, finding
