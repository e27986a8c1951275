"""Trade-offs, what-if and incentives on the command line: tables for people, JSON for programs, codes for errors."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.app.cli import main
from leadline.clock import FixedClock
from tests.projects import refreshed, write_project
from tests.scorecards.service import calls, documents

pytestmark = pytest.mark.thorough

Run = Callable[..., str]
NOW = FixedClock(datetime(2026, 6, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North bought speed with resolution in May."""
    files = {"calls.csv": calls({("north", "2026-05"): (8.0, 0.5)})}
    root = write_project(tmp_path_factory.mktemp("aims") / "p", documents(), files)
    with refreshed(root, NOW):
        return root


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(project), *arguments])
        ended = 0
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    return run


def test_trade_offs(run: Run) -> None:
    said = json.loads(run("trade-offs", "--json"))
    assert said["long_term_share"] == {"service": pytest.approx(2 / 3)}
    (one,) = said["trade_offs"]
    assert one["latest"] == "2026-05"
    assert [s["unit"] for s in one["standings"] if s["conflict"] and s["period"] == "2026-05"] == ["north"]
    assert "one was bought with the other" in run("trade-offs", "speed_or_care")
    assert "unknown-trade-off" in run("trade-offs", "speed", code=1)


def test_what_if(run: Run) -> None:
    asked = ("--set", "resolved.weight=0", "--unit", "acme", "--unit", "north")
    whole, north = json.loads(run("what-if", "service", *asked, "--json"))
    assert (whole["unit"], north["unit"]) == ("acme", "north")
    assert {m["metric"]: m["then"]["share"] for m in north["measures"]}["resolved"] == 0
    assert "becomes" in run("what-if", "service", "--set", "minutes.goal=6")
    assert "what-if" in run("what-if", "service", "--set", "minute.goal=6", code=1)


def test_incentives(run: Run) -> None:
    north, south = json.loads(run("incentives", "bonus", "--json"))
    assert (north["unit"], north["state"], north["currency"]) == ("north", "due", "EUR")
    assert len(south["hash"]) == 64
    assert "Statement" in run("incentives", "bonus", "--unit", "south")
    rounds = json.loads(run("incentives", "bonus", "--simulate", "3", "--json"))
    assert sorted({one["period"] for one in rounds}) == ["2026-03", "2026-04", "2026-05"]
    assert "no approval was asked for" in run("incentives", "bonus")
    assert "2026-05: asked (work item 1)." in run("incentives", "bonus", "--ask-approval")
    assert "payout-asked" in run("incentives", "bonus", "--ask-approval", code=1)
    assert "payout-open" in run("incentives", "bonus", "--period", "2026-06", "--ask-approval", code=1)
    assert "unknown-incentive" in run("incentives", "bones", code=1)
