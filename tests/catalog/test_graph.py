"""What depends on what."""

from pathlib import Path

from leadline.catalog import Catalog, build
from leadline.catalog.documents import parse, shipped
from leadline.catalog.graph import downstream, upstream

SOUND = Path(__file__).parent / "projects" / "sound.yaml"


def sound() -> Catalog:
    found, _ = parse(SOUND.read_text("utf-8"), Path("leadline.yaml"))
    return build([*shipped(), *found], Path())


def test_upstream_is_all_that_decides_a_figure_nearest_first() -> None:
    catalog = sound()
    named = [f"{d.kind} {d.name}" for d in upstream(catalog, catalog.metrics["nps"])]
    assert named == ["fact customer", "fact survey_response", "source surveys"]
    named = [f"{d.kind} {d.name}" for d in upstream(catalog, catalog.metrics["promoters"])]
    assert named == ["fact respondent", "fact survey_response", "source surveys"]


def test_downstream_is_all_that_a_definition_decides() -> None:
    catalog = sound()
    named = {f"{d.kind} {d.name}" for d in downstream(catalog, catalog.sources["surveys"])}
    assert named == {
        "fact survey_response", "fact respondent", "metric nps", "metric promoters", "scorecard service",
    }  # fmt: skip
    assert [d.name for d in downstream(catalog, catalog.facts["customer"])] == ["nps", "service"]
    assert downstream(catalog, catalog.scorecards["service"]) == ()


def test_upstream_and_downstream_are_each_others_reverse() -> None:
    catalog = sound()
    everything = list(catalog.definitions())
    above = {(a.name, b.name) for a in everything for b in upstream(catalog, a)}
    below = {(b.name, a.name) for a in everything for b in downstream(catalog, a)}
    assert above == below
