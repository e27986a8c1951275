"""Work on the command line, over a real project: a dispute from a figure to its end, a finding, timers, YAML only."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import leadline_demo
from leadline.app import demo_work, wiring
from leadline.app.cli.commands import app
from leadline.app.refresh import refresh
from leadline.app.wiring import workspace
from leadline.catalog import load
from leadline.errors import LeadlineError
from leadline.store.journal import verify
from leadline.workflow.files import read
from tests.projects import quiet
from tests.web import small_company

Run = Callable[..., Any]
FIGURE = "metric=resolved_rate&period=2025-11"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company, refreshed once."""
    root = small_company.write(tmp_path_factory.mktemp("made") / "small")
    with workspace(root, clock=small_company.NOW) as space:
        refresh(space, small_company.NOW, quiet)
    return root


@pytest.fixture
def company(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    root = tmp_path / "small"
    shutil.copytree(made, root)
    return root


@pytest.fixture
def run(company: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as somebody; give what it printed as JSON."""

    def invoke(who: str, *words: str) -> Any:
        monkeypatch.setattr(wiring, "_whoami", lambda: who)
        result = CliRunner().invoke(app, ["--project", str(company), *words, "--json"], catch_exceptions=True)
        if isinstance(result.exception, LeadlineError):
            raise result.exception
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    return invoke


@pytest.mark.thorough
def test_a_dispute_is_settled_on_where_the_figure_comes_from(run: Run) -> None:
    made = run(
        "sid", "work", "open", "kpi_dispute", "--figure", FIGURE, "-f", "claim=Too low", "--title", "November"
    )
    assert (made["state"], made["assignee"], made["opened_by"]) == ("open", "service-desk", "sid")
    figure = next(link for link in made["links"] if link["kind"] == "figure")
    assert figure["name"] == FIGURE
    assert figure["pin"]["value"] == pytest.approx(60, abs=15)
    assert len(figure["pin"]["hash"]) == 64
    assert [one["number"] for one in run("Service Desk", "work")["items"]] == [1]  # however it is written
    run("service_desk", "work", "do", "1", "take")
    with pytest.raises(LeadlineError) as blind:
        run(
            "service_desk",
            "work",
            "do",
            "1",
            "settle",
            "-f",
            "outcome=the figure stands",
            "-f",
            "grounds=rows",
        )
    assert blind.value.code == "work-requires"
    looked = run("service_desk", "work", "recompute", "1")
    assert (looked["outcome"], looked["unchanged"]) == ("equal", True)
    assert looked["recomputed"] == pytest.approx(figure["pin"]["value"], rel=1e-9)
    assert looked["rows"] > 100
    run("service_desk", "work", "do", "1", "settle", "-f", "outcome=the figure stands", "-f", "grounds=rows")
    with pytest.raises(LeadlineError) as others:
        run("service_desk", "work", "do", "1", "accept")
    assert others.value.code == "work-who"
    assert run("sid", "work")["told"][0]["text"] == "November: Settled"
    done = run("sid", "work", "do", "1", "accept")
    assert (done["state"], done["closed"]) == ("closed", True)
    assert run("sid", "audit", "verify") == {"faults": []}
    assert [row["verb"] for row in run("sid", "audit", "log", "--subject", "work:1/1")] == ["open_item"]


@pytest.mark.thorough
def test_a_finding_opens_work(run: Run) -> None:
    finding = next(f for f in run("sid", "findings") if f["metric"] == "resolved_rate")
    made = run("sid", "work", "open", "kpi_dispute", "--finding", finding["id"], "-f", "claim=It cannot be")
    assert made["title"] == finding["statement"][:200]
    assert {link["kind"] for link in made["links"]} >= {"finding", "metric", "figure"}
    found = run("sid", "work", "list", "--link", f"finding:{finding['id']}")
    assert [one["number"] for one in found] == [1]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("open", "kpi_disput"), "work-workflow"),
        (("open", "kpi_dispute", "--figure", "metric=nps", "-f", "claim=x"), "work-link"),
        (
            ("open", "kpi_dispute", "--figure", "metric=nps&period=2025-11&where=1", "-f", "claim=x"),
            "work-link",
        ),
        (("open", "kpi_dispute", "--figure", "metric=nbs&period=2025-11", "-f", "claim=x"), "unknown-metric"),
        (("open", "kpi_dispute", "--link", "figure", "-f", "claim=x"), "work-link"),
        (("open", "retirement", "--link", "metric:nbs"), "work-link"),
        (("open", "retirement", "--link", "unit:west"), "work-link"),
        (("open", "kpi_dispute", "--finding", "nothing", "-f", "claim=x"), "work-link"),
        (("open", "kpi_dispute", "--figure", FIGURE, "-f", "claim"), "work-form"),
        (("open", "kpi_dispute", "--figure", FIGURE, "-f", "claim=x", "--due", "soon"), "work-form"),
        (("show", "7"), "work-unknown"),
        (("attach", "7", "no-such-file"), "work-file-type"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(LeadlineError) as refused:
        run("sid", "work", *words)
    assert refused.value.code == code
    assert run("sid", "work", "list", "--all") == []


@pytest.mark.thorough
def test_small_commands(run: Run, company: Path) -> None:
    with pytest.raises(LeadlineError):
        run("sid", "work", "open", "quarterly_review", "--link", "metric:resolved_rate")
    run(
        "service-desk",
        "work",
        "open",
        "quarterly_review",
        "--link",
        "metric:resolved_rate",
        "--due",
        "2026-01-01",
    )
    (company / "note.txt").write_text("what was measured\n")
    run("sid", "work", "attach", "1", str(company / "note.txt"))
    run("sid", "work", "comment", "1", "hello")
    run("sid", "work", "assign", "1", "ann")
    run("sid", "work", "link", "1", "unit:north")
    found = run("sid", "work", "due", "1", "2030-05-31")
    assert found["due"].startswith("2030-05-31T22:00")  # the end of that day in Berlin
    assert [a["media_type"] for a in found["attachments"]] == ["text/plain"]
    assert (company / ".leadline" / "attachments").is_dir()
    assert [e["kind"] for e in found["events"]] == [
        "opened",
        "attached",
        "commented",
        "assigned",
        "linked",
        "due",
    ]
    assert run("sid", "work", "list", "--overdue") == []
    assert [w["workflow"] for w in run("sid", "work", "workflows")][:2] == ["access_request", "annual_review"]


@pytest.mark.thorough
def test_timers_go_off_by_hand_once(run: Run) -> None:
    run(
        "service-desk",
        "work",
        "open",
        "annual_review",
        "--link",
        "metric:resolved_rate",
        "--due",
        "2020-01-01",
    )
    assert [one["overdue"] for one in run("sid", "work", "list", "--overdue")] == [True]
    assert sorted(one["outcome"] for one in run("sid", "work", "tick")) == ["escalate", "remind"]
    assert run("sid", "work", "tick") == []
    assert run("sid", "work", "show", "1")["assignee"] == "role steward"


@pytest.mark.thorough
def test_a_shipped_workflow_becomes_the_projects_own(run: Run, company: Path) -> None:
    run("sid", "add", "workflow", "kpi_dispute")
    file = company / "workflows" / "kpi_dispute.yaml"
    run("sid", "work", "open", "kpi_dispute", "--figure", FIGURE, "-f", "claim=x")
    file.write_text(file.read_text().replace("to: withdrawn, who: author", "to: withdrawn, who: anyone"))
    assert [p for p in load(company).problems if p.level == "error" and "workflow" in str(p.place)] == []
    run("sid", "work", "open", "kpi_dispute", "--figure", FIGURE, "-f", "claim=x")
    assert [run("sid", "work", "show", n)["workflow_version"] for n in ("1", "2")] == [1, 2]
    with pytest.raises(LeadlineError):
        run("zoe", "work", "do", "1", "withdraw")  # it began under the shipped one
    assert run("zoe", "work", "do", "2", "withdraw")["state"] == "withdrawn"
    with pytest.raises(LeadlineError) as twice:
        run("sid", "add", "workflow", "kpi_dispute")
    assert twice.value.code == "file-exists"


AUDIT = """
kind: workflow
name: corrective_action
title: Corrective action
fields:
  cause: {type: long_text}
  action: {type: long_text}
  owner: {type: person}
  effect: {type: choice, choices: [it worked, it did not]}
  proof: {type: evidence}
opening: {who: anyone, asks: [cause], about: [finding]}
states:
  raised: {assignee: owner, due: 3 days, timers: [{do: escalate, overdue: 1 day, who: board quality}]}
  planned: {assignee: author, due: 30 days, timers: [{do: remind, overdue: 1 day, every: 7 days}]}
  checked: {assignee: board quality, due: 90 days}
  effective: {final: true}
  dropped: {final: true}
transitions:
  plan: {from: [raised], to: planned, who: owner, asks: [action, owner]}
  do: {from: [planned], to: checked, who: author or owner, asks: [proof]}
  confirm: {from: [checked], to: effective, who: not author, approvals: [quorum of board quality], asks: [effect]}
  again: {from: [checked], to: planned, who: board quality}
  drop: {from: [raised, planned], to: dropped, who: owner and not author, asks: [cause]}
---
kind: board
name: quality
members: [bea, ben, bob]
quorum: 2
"""


@pytest.mark.thorough
def test_another_kind_of_work_needs_yaml_only(run: Run, company: Path) -> None:
    """Corrective actions, assessments, agreements: no line of code."""
    (company / "actions.yaml").write_text(AUDIT)
    finding = next(f for f in run("sid", "findings") if f["metric"] == "resolved_rate")
    run("sid", "work", "open", "corrective_action", "--finding", finding["id"], "-f", "cause=a release")
    run("service-desk", "work", "do", "1", "plan", "-f", "action=train", "-f", "owner=sid")
    run("sid", "work", "do", "1", "do", "-f", "proof=https://example.org/training")
    with pytest.raises(LeadlineError):
        run("sid", "work", "do", "1", "confirm", "-f", "effect=it worked")
    assert run("bea", "work", "do", "1", "confirm", "-f", "effect=it worked")["state"] == "checked"
    assert run("bob", "work", "do", "1", "confirm", "-f", "effect=it worked")["state"] == "effective"


@pytest.mark.thorough
def test_a_worker_does_what_is_due_and_ends(run: Run, company: Path) -> None:
    run(
        "service-desk",
        "work",
        "open",
        "annual_review",
        "--link",
        "metric:resolved_rate",
        "--due",
        "2020-01-01",
    )
    start = "from leadline.app.cli import main; main()"
    command = [sys.executable, "-c", start, "--project", str(company), "worker", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count("remind") == 1
    assert done.stdout.count("escalate") == 1


@pytest.mark.thorough
def test_a_backup_brings_work_and_its_files_back(run: Run, company: Path, tmp_path: Path) -> None:
    run("service-desk", "work", "open", "quarterly_review", "--link", "metric:resolved_rate")
    (company / "note.txt").write_text("what was measured\n")
    kept = run("sid", "work", "attach", "1", str(company / "note.txt"))["attachments"][0]
    run("sid", "backup", str(tmp_path / "copy"))
    shutil.move(company / ".leadline", tmp_path / "lost")
    run("sid", "restore", str(tmp_path / "copy"))
    assert run("sid", "work", "show", "1")["attachments"] == [kept]
    with workspace(company) as space:
        assert read(space.home, kept["sha256"]) == b"what was measured\n"


@pytest.mark.thorough
def test_the_demo_company_has_work_in_flight_once(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = load(Path(leadline_demo.__file__).parent / "project")
    assert all(catalog.metrics[name].owner for name in (demo_work.LATE, demo_work.ON_TIME))
    for name, metric in {"LATE": "resolved_rate", "ON_TIME": "resolved_rate"}.items():
        monkeypatch.setattr(demo_work, name, metric)
    with workspace(company, clock=small_company.NOW) as space:
        assert demo_work.fill(space, small_company.NOW) == 2
        assert demo_work.fill(space, small_company.NOW) == 2
        with space.ledger.read() as reader:
            found = {one.title.split()[0]: one for one in reader.work.items()}
            assert verify(reader) == []
    assert found["Quarterly"].assignee == "service-desk"
    assert found["Annual"].due is not None
    assert found["Annual"].due < small_company.NOW.now()
