"""`leadline add`: a standard metric becomes the project's own, and nothing that is there is overwritten."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.app.cli import main
from leadline.catalog import load
from leadline.metrics import library
from tests.projects import write_project

Run = Callable[..., tuple[str, str]]


def source(fact: str) -> dict[str, str]:
    return {"kind": "source", "name": f"{fact}_file", "fact": fact, "files": f"data/{fact}.csv"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(
        tmp_path / "project", [{"kind": "project", "owner": "cx"}, source("survey_response")], {}
    )


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(project), *arguments])
        ended = 0
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        said = capsys.readouterr()
        assert ended == code, said
        return said.out, said.err

    return run


def test_a_fresh_project_checks_cleanly_after_it(run: Run, project: Path) -> None:
    out, _ = run("add", "csat_top2")
    assert "metrics/csat_top2.yaml" in out
    assert "No source loads" not in out
    assert "0 errors, 0 warnings in 1 metrics" in run("check")[0]
    metric = load(project).metrics["csat_top2"]
    assert metric.owner == "cx"
    assert metric.model_dump(exclude={"owner"}) == library.entry("csat_top2").metric.model_dump(
        exclude={"owner"}
    )


@pytest.mark.thorough
def test_nothing_is_overwritten(run: Run, project: Path) -> None:
    run("add", "csat_top2")
    file = project / "metrics/csat_top2.yaml"
    before = file.read_text(encoding="utf-8")
    assert "has a metric 'csat_top2' already" in run("add", "csat_top2", code=1)[1]
    assert "--as" in run("add", "csat_top1", "--as", "csat_top2", code=1)[1]
    file.write_text("# only a note\n", encoding="utf-8")
    error = run("add", "csat_top2", code=1)[1]
    assert "exists already" in error
    assert "--as NAME" in error
    assert file.read_text(encoding="utf-8") == "# only a note\n"
    file.write_text(before, encoding="utf-8")
    run("add", "csat_top2", "--as", "satisfied", "--owner", "Team: Süd")
    assert load(project).metrics["satisfied"].owner == "Team: Süd"
    assert sorted(f.name for f in (project / "metrics").iterdir()) == ["csat_top2.yaml", "satisfied.yaml"]


def test_parts_come_along_when_asked_for_and_only_then(run: Run, project: Path) -> None:
    error = run("add", "stickiness_28d", code=1)[1]
    assert "active_days_28d, mau_28d, active_days, active_customers" in error
    assert "--with-parts" in error
    assert not (project / "metrics").exists()
    said = json.loads(run("add", "stickiness_28d", "--with-parts", "--as", "stickiness", "--json")[0])
    assert said == {
        "file": "metrics/stickiness.yaml", "metric": "stickiness", "owner": "cx",
        "parts": ["active_days_28d", "mau_28d", "active_days", "active_customers"], "kept": [], "kept_differs": [],
        "without_source": {"usage_day": ["customer", "used_on"]},
    }  # fmt: skip
    assert load(project).metrics.keys() == {"stickiness", *said["parts"]}
    assert "0 errors" in run("check")[0]


def test_parts_that_the_project_has_are_its_own(run: Run, project: Path) -> None:
    run("add", "csat_top2")
    file = project / "metrics/csat_top2.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("score >= 4", "score = 5"), encoding="utf-8")
    out = run("add", "engagement_score", "--with-parts")[0]
    assert "Used as the project has them: csat_top2." in out
    assert "They mean something else than in the library: csat_top2." in out
    assert "No source loads 'usage_day' yet; it needs customer, used_on." in out
    assert (
        "csat_top2"
        not in (project / "metrics/engagement_score.yaml").read_text(encoding="utf-8").split("parts:")[0]
    )
    assert "0 errors" in run("check")[0]


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_is_asked_about_parts(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda text, **_: "active_days" in text and answer)
    run("add", "stickiness_28d", code=0 if answer else 1)
    assert (project / "metrics/stickiness_28d.yaml").exists() is answer


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("csat_top",), 1, "Did you mean 'csat_top2'"),
        (("aov", "--as", "../outside"), 1, "cannot be a name"),
        (("aov", "--as", "a\nwhere: true"), 1, "cannot be a name"),
        (("--list", "surveys"), 1, "The groups are"),
        ((), 2, "Name a metric"),
    ],
)
def test_what_cannot_be_added_is_refused(
    run: Run, project: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    assert says in run("add", *arguments, code=code)[1]
    assert not (project / "metrics").exists()


def test_what_would_be_wrong_in_this_project_is_not_written(run: Run, project: Path) -> None:
    text = "kind: fact\nname: survey_response\nextends: survey_response\ncolumns: {weight: {type: text}}\n"
    (project / "facts.yaml").write_text(text, encoding="utf-8")
    error = run("add", "nps_weighted", code=1)[1]
    assert "Not added" in error
    assert not (project / "metrics/nps_weighted.yaml").exists()


def test_a_folder_that_is_no_project_gets_nothing(run: Run, project: Path) -> None:
    (project / "leadline.yaml").unlink()
    assert "no leadline.yaml" in run("add", "csat_top2", code=1)[1]
    assert not (project / "metrics").exists()


@pytest.mark.thorough
def test_the_library_is_shown_by_group(run: Run) -> None:
    out = run("add", "--list")[0]
    assert all(name in out for name in library.entries())
    shown = json.loads(run("add", "--list", "survey", "--json")[0])
    assert {s["group"] for s in shown} == {"survey"}
    (csat,) = (s for s in shown if s["metric"] == "csat_top2")
    assert csat["needs"] == {"survey_response": ["answered_at", "instrument", "score"]}
    assert csat["made_of"] == []


def test_business_time_needs_business_hours(run: Run, project: Path) -> None:
    error = run("add", "resolution_time_business", code=1)[1]
    assert "no business hours" in error
    assert "Add `business_hours:`" in error
    assert not (project / "metrics/resolution_time_business.yaml").exists()
