"""Checks and detectors from the command line: what they say, what they change, how it comes back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.app.cli import main
from tests.projects import write_project

pytestmark = pytest.mark.thorough

DOCUMENTS = [
    {"kind": "project", "title": "A test", "time_zone": "Europe/Berlin"},
    {"kind": "unit", "name": "all_teams", "children": [{"name": "red"}, {"name": "blue"}]},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True},
        "team": {"type": "unit"}, "score": {"type": "integer"}, "seconds": {"type": "number"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "data/*.csv"},
    {"kind": "metric", "name": "nps", "type": "balance", "of": "answer", "plus": "score >= 9",
     "minus": "score <= 6", "owner": "cx", "collected": {"every": "month"}},
    {"kind": "detector", "name": "fast", "of": "answer", "type": "speeding", "column": "seconds", "below": 5},
    {"kind": "check", "name": "scale", "of": "answer", "type": "values", "column": "score", "maximum": 10,
     "level": "stop"},
]  # fmt: skip
HEADER = "id,at,team,score,seconds\n"
Run = Callable[..., str]


def answers(people: int, bots: int) -> str:
    rows = [f"p{n},2026-01-{n % 28 + 1:02}T10:00,blue,{10 if n % 2 else 3},30\n" for n in range(people)]
    rows += [f"b{n},2026-01-10T10:00,red,10,2\n" for n in range(bots)]
    return HEADER + "".join(rows)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", DOCUMENTS, {"data/2026-01.csv": answers(60, 40)})


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


def value(run: Run, *where: str) -> tuple[float, int]:
    (row,) = json.loads(run("query", "nps", "--from", "2026-01", "--to", "2026-01", *where, "--json"))
    return row["value"], row["n"]


def test_what_is_left_out_is_shown_with_its_effect_and_comes_back(run: Run) -> None:
    run("refresh")
    assert value(run) == (pytest.approx(0), 60)
    (found,) = json.loads(run("exclusions", "--json"))
    assert (found["detector"], found["caught"], found["left_out"]) == ("fast", 40, 40)
    assert found["examples"][0] == {"key": ["b0"], "shown": "2.0 s"}
    assert len(json.loads(run("exclusions", "--rows", "--json"))) == 40
    (effect,) = json.loads(run("exclusions", "--effect", "--json"))
    assert (effect["metric"], effect["period"], effect["detectors"]) == ("nps", "2026-01", ["fast"])
    assert (effect["without"]["value"], effect["without"]["n"]) == (pytest.approx(0), 60)
    assert (effect["with"]["value"], effect["with"]["n"]) == (pytest.approx(40), 100)
    assert effect["with"]["low"] < 40 < effect["with"]["high"]
    (told,) = [f for f in json.loads(run("findings", "--json")) if f["kind"] == "survey_fraud"]
    assert (told["metric"], told["unit"], told["period"]) == ("nps", "red", "2026-01")

    run("release", "fast", "--row", "b0", "--row", "b1", "--reason", "two quick people")
    run("refresh")
    assert value(run) == (pytest.approx(100 * 2 / 62), 62)
    run("release", "fast", "--reason", "the timer was broken")
    run("refresh")
    assert value(run) == (pytest.approx(40), 100)
    assert "0 rows enter no figure" in run("exclusions")
    run("exclude", "fast", "--reason", "it was not")
    run("refresh")
    assert value(run) == (pytest.approx(0), 60)
    assert run("audit", "verify")


def test_a_stopped_file_leaves_what_was_published_until_it_is_let_pass(run: Run, project: Path) -> None:
    run("refresh")
    (project / "data/2026-01.csv").write_text(
        answers(60, 40).replace("p0,", "p0x,").replace(",3,30", ",11,30", 1)
    )
    said = run("refresh")
    assert "scale" in said
    assert value(run) == (pytest.approx(0), 60)
    rows = {(r["check"], r["said"]) for r in json.loads(run("checks", "--json"))}
    assert ("scale", "stopped") in rows
    assert "check scale" in run(
        "release", "--check", "scale", "--file", "data/2026-01.csv", "--reason", "a new question"
    )
    run("refresh")
    assert value(run)[1] == 60
    assert {r["said"] for r in json.loads(run("checks", "--json"))} == {"released"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("release", "fats", "--reason", "why not"), "unknown-detector"),
        (("release", "fast", "--row", "p1", "--reason", "why not"), "not-excluded"),
        (("release", "fast", "--reason", "-"), "no-reason"),
        (("release", "--reason", "why not"), "release-what"),
        (("release", "--check", "scales", "--file", "x", "--reason", "why not"), "unknown-check"),
        (("release", "--check", "scale", "--file", "x", "--reason", "why not"), "unknown-file"),
    ],
)
def test_what_cannot_be_released_is_refused_in_words(run: Run, arguments: tuple[str, ...], code: str) -> None:
    run("refresh")
    assert f"[{code}]" in run(*arguments, code=1)
