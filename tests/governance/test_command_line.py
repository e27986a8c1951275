"""The commands of governed change, as people and scripts use them."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from leadline.app.cli.commands import app
from leadline.app.wiring import workspace
from leadline.app.work import Office
from leadline.workflow import act
from tests.governance.company import Company


def run(cx: Company, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--project", str(cx.root), *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def refused(cx: Company, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["--project", str(cx.root), *arguments])
    return str(getattr(done.exception, "code", ""))


@pytest.mark.thorough
def test_from_a_plan_to_its_history(cx: Company) -> None:
    assert "Nothing changes." in run(cx, "plan", "--exit-code")
    cx.edit("csat", when="score >= 3")
    said = json.loads(run(cx, "plan", "--json", "--exit-code", "--backtest", "--periods", "2", code=10))
    assert {c["name"] for c in said["changes"]} == {"csat", "unhappy"}
    assert said["backtest"]["metrics"][0]["pairs"][0]["difference"] == 25.0
    text = run(cx, "plan", "--restating", "--backtest", "--periods", "2")
    assert "when: score >= 4 → score >= 3" in text
    assert "metric unhappy" in text
    bound = json.loads(run(cx, "plan", "--restating", "--json"))["to_apply"]
    assert "apply-unapproved" in refused(cx, "apply", "--restating", "--plan", bound, "--only", "metric:csat")
    asked = ("--because", "Threes are content.", "--restating", "--only", "metric:csat", "--json")
    number = json.loads(run(cx, "change", "open", *asked))["item"]
    run(cx, "work", "do", str(number), "submit")
    with workspace(cx.root, actor="cx") as space:
        office = Office.of(space.ledger, space.definitions())
        with space.ledger.write(actor="cx") as writer:
            act(writer, number, "approve", people=office.people, effects=office.effects)
    applied = run(cx, "apply", "--restating", "--plan", bound, "--only", "metric:csat")
    assert "leadline refresh" in applied
    assert "version 2" in run(cx, "history", "metric", "csat")
    assert json.loads(run(cx, "history", "metric", "csat", "--json"))["deeds"][0]["plan"] == bound
    run(cx, "refresh")
    spans = json.loads(run(cx, "bridge", "csat", "--json"))["spans"]
    assert spans[-1]["definition"] == 25.0
    run(cx, "deprecate", "metric", "csat", "--replaced-by", "answers", "--reason", "done")
    assert "metric csat is deprecated. Use answers instead." in run(cx, "check")
    run(cx, "sunset", "metric", "csat", "--on", f"{datetime.now(UTC).year + 1}-01-01")


@pytest.mark.thorough
def test_a_breaking_plan_has_its_own_exit_code(cx: Company) -> None:
    cx.edit("csat", by=["channel"])
    run(cx, "plan", "--exit-code", code=11)


@pytest.mark.thorough
def test_a_candidate_is_tried_and_withdrawn(cx: Company) -> None:
    cx.edit("csat", when="score >= 3")
    run(cx, "apply", "--parallel", "--json")
    assert "withdrawn" in run(cx, "withdraw", "csat")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("apply",), "plan-effective"),
        (("apply", "--restating", "--from", "2026-01-01"), "plan-effective"),
        (("plan", "--from", "soon"), "unknown-instant"),
        (("plan", "--backtest", "--grain", "hours"), "unknown-grain"),
        (("apply", "--restating", "--only", "csat"), "bad-definition"),
        (("withdraw", "csat"), "no-candidate"),
        (("sunset", "metric", "csat", "--on", "soon"), "unknown-instant"),
        (("bridge", "csat"), "one-version"),
    ],
)
def test_what_is_refused_says_why(cx: Company, arguments: tuple[str, ...], code: str) -> None:
    assert refused(cx, *arguments) == code
