"""The command line as a new user meets it: every command on a small project, and every error as a message."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.app.cli import main
from leadline.clock import SystemClock
from leadline.store.home import Home
from leadline.store.lock import writing
from tests.projects import write_project

pytestmark = pytest.mark.thorough

DOCUMENTS = [
    {"kind": "project", "title": "A test", "time_zone": "Europe/Berlin", "scorecard": "card"},
    {"kind": "unit", "name": "all_teams", "children": [{"name": "red", "codes": ["R1"]}, {"name": "blue"}]},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text", "required": True}, "at": {"type": "instant", "required": True}, "team": {"type": "unit"},
        "score": {"type": "integer", "minimum": 0, "maximum": 10}, "channel": {"type": "text"}}},
    {"kind": "source", "name": "answers", "fact": "answer", "files": "data/*.csv*", "format": "csv"},
    {"kind": "metric", "name": "nps", "type": "balance", "of": "answer", "plus": "score >= 9", "minus": "score <= 6",
     "by": ["channel"], "direction": "higher", "owner": "cx", "collected": {"every": "month"},
     "standardised": {"by": "channel", "to": {"phone": 50, "chat": 50}}, "cluster": "team"},
    {"kind": "metric", "name": "answers", "type": "count", "of": "answer", "owner": "cx",
     "collected": {"every": "month"}},
    {"kind": "objective", "name": "loyal"},
    {"kind": "scorecard", "name": "card", "perspectives": [{"name": "customer", "objectives": [
        {"objective": "loyal", "measures": [{"metric": "nps", "red_flag": 0, "goal": 30}]}]}]},
]  # fmt: skip
HEADER = "id,at,team,score,channel\n"
Run = Callable[..., tuple[int, str, str]]


def answers(month: str, count: int = 40) -> str:
    """Give a month of answers: two of three are promoters."""
    rows = [
        f"{month}-{i},{month}-{i % 28 + 1:02d}T10:00:00,{'R1' if i % 2 else 'blue'},{3 if i % 3 == 0 else 10},"
        f"{'phone' if i % 4 else 'chat'}\n"
        for i in range(count)
    ]
    return HEADER + "".join(rows)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {f"data/{month}.csv": answers(month) for month in ("2026-01", "2026-02")}
    return write_project(tmp_path / "project", DOCUMENTS, files)


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, code: int = 0) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["leadline", "--project", str(project), *arguments])
        ended = 0
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        said = capsys.readouterr()
        assert ended == code, said
        return code, said.out, said.err

    return run


def test_figures_stand_beside_the_raw_one(run: Run) -> None:
    run("refresh")
    january = ("--from", "2026-01", "--to", "2026-01", "--adjusted")
    rows = json.loads(run("query", "nps", *january, "--json")[1])
    assert [r["adjustment"] for r in rows] == ["", "standardised", "by cluster"]
    assert rows[0]["value"] == rows[2]["value"] == pytest.approx(30)
    phone, chat = (sum(1 for i in range(40) if (i % 4 > 0) == kind) for kind in (True, False))
    low = [sum(1 for i in range(40) if i % 3 == 0 and (i % 4 > 0) == kind) for kind in (True, False)]
    assert rows[1]["value"] == pytest.approx(50 * (1 - 2 * low[0] / phone) + 50 * (1 - 2 * low[1] / chat))
    written = list(csv.DictReader(io.StringIO(run("query", "nps", *january, "--csv")[1])))
    assert [r["adjustment"] for r in written] == ["", "standardised", "by cluster"]
    assert "by cluster" in run("query", "nps", *january)[1]
    assert "declares no figures beside" in run("query", "answers", *january, code=1)[2]


def test_check_refresh_query_explain(run: Run) -> None:
    assert "0 errors" in run("check")[1]
    out = run("refresh")[1]
    assert "80 rows in = 80 accepted + 0 held" in out
    rows = json.loads(
        run("query", "nps", "--by", "channel", "--from", "2026-01", "--to", "2026-01", "--json")[1]
    )
    assert [set(r) for r in rows] == [
        {
            "metric",
            "version",
            "period",
            "grain",
            "unit",
            "slice",
            "value",
            "low",
            "high",
            "n",
            "status",
            "former",
            "stated_value",
            "stated_by",
            "stated_because",
            "notice",
            "method",
            "note",
            "unreliable",
        }
    ] * 2
    assert {r["slice"] for r in rows} == {"channel=phone", "channel=chat"}
    assert all(r["low"] < r["value"] < r["high"] and r["status"] == "final" for r in rows)
    whole = run("query", "nps", "--unit", "red", "--grain", "year", "--csv")[1]
    (row,) = csv.DictReader(io.StringIO(whole))
    assert (row["unit"], row["n"], row["method"]) == ("red", "40", "adjusted Wald")
    explained = run("explain", "nps", "--period", "2026-02")[1]
    assert "(equal)" in explained
    assert "data/2026-02.csv" in explained
    assert "data/2026-01.csv" not in explained
    assert "The journal is whole" in run("audit", "verify")[1]


def test_a_second_run_loads_nothing_and_a_changed_file_supersedes(run: Run, project: Path) -> None:
    run("refresh")
    assert "2 files unchanged" in run("refresh")[1]
    (project / "data/2026-02.csv").write_text(answers("2026-02", 10), encoding="utf-8")
    assert "In all: 50 rows in = 50 accepted + 0 held" in run("refresh")[1]
    assert "40" in run("query", "answers", "--from", "2026-01", "--to", "2026-01")[1]
    (row,) = json.loads(run("query", "answers", "--from", "2026-02", "--to", "2026-02", "--json")[1])
    assert (row["value"], row["n"]) == (10, 10)


def test_held_rows_are_listed_exported_mended_and_replayed(run: Run, project: Path, tmp_path: Path) -> None:
    bad = (
        HEADER
        + "x1,2026-01-05T10:00:00,R1,11,phone\nx2,2026-01-05T10:00:00,R7,5,phone\nx3,yesterday,R1,5,phone\nx4,1\n"
    )
    (project / "data/bad.csv").write_text(bad, encoding="utf-8")
    assert "4 rows in = 0 accepted + 4 held" in run("ingest", "--source", "answers")[1].replace(
        "84 rows in = 80", "4 rows in = 0"
    )
    held = {r["file"]: r for r in json.loads(run("quarantine", "list", "--rows", "--json")[1])}
    assert held.keys() == {"data/bad.csv"}
    listed = {
        r["line"]: r["reasons"][0]["code"]
        for r in json.loads(run("quarantine", "list", "--rows", "--json")[1])
    }
    assert listed == {2: "too-large", 3: "unknown-unit", 4: "not-an-instant", 5: "fields"}
    export = tmp_path / "held.csv"
    run("quarantine", "export", "--to", str(export), "--reason", "too-large")
    export.write_text(export.read_text(encoding="utf-8").replace(",11,", ",10,"), encoding="utf-8")
    assert "1 accepted, 0 still held" in run("quarantine", "replay", "--file", str(export))[1]
    out = run("refresh")[1]
    assert "In all: 84 rows in = 81 accepted + 3 held" in out
    assert "see_personal_data" in run("audit", "log", "--limit", "100")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["query", "nsp"], "Did you mean 'nps'?"),
        (["query", "nps", "--by", "chanel"], "Did you mean 'channel'?"),
        (["query", "nps", "--unit", "blu"], "Did you mean 'blue'?"),
        (["query", "nps", "--grain", "hour"], "kept by day"),
        (["query", "nps", "--from", "March"], "is not a period"),
        (["query", "nps", "--where", "channel"], "COLUMN=VALUE"),
        (["explain", "nps", "--period", "2026-13"], "no period"),
        (["ingest", "--source", "answer"], "Did you mean 'answers'?"),
    ],
)
def test_an_error_says_what_to_do(run: Run, arguments: list[str], says: str) -> None:
    run("refresh")
    _, out, err = run(*arguments, code=1)
    assert says in err
    assert "Traceback" not in err + out


def test_nothing_published_no_project_and_busy(run: Run, project: Path, tmp_path: Path) -> None:
    assert "leadline refresh" in run("query", "nps", code=1)[2]
    with writing(Home(project / ".leadline"), "refresh", SystemClock()):
        assert "Another process is writing" in run("refresh", code=3)[2]
        error = json.loads(run("refresh", "--json", code=3)[1])["error"]
        assert error["code"] == "busy"
    run("refresh")
    (project / "leadline.yaml").rename(tmp_path / "away.yaml")
    assert "no leadline.yaml" in run("check", code=1)[1] + run("query", "nps", code=1)[2]


def test_a_broken_definition_stops_the_refresh_and_leaves_what_was_published(run: Run, project: Path) -> None:
    run("refresh")
    file = project / "leadline.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("score >= 9", "scroe >= 9"), encoding="utf-8")
    out = run("check", code=1)[1]
    assert "Did you mean 'score'?" in out
    assert "leadline.yaml:" in out
    assert "unknown-column" in run("refresh", code=1)[2]
    answer = run("query", "nps", "--from", "2026-01", "--to", "2026-01", "--json")[1]
    assert json.loads(answer)[0]["status"] == "final"
    file.write_text(text.replace("score >= 9", "score >= 10"), encoding="utf-8")
    note = run("query", "nps")[2]
    assert "Note: metric nps" in note
    run("refresh")
    assert "version 2" in run("query", "nps")[1]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("cut.csv.gz", gzip.compress(answers("2026-03").encode())[:-20], "cut"),
        ("headless.csv", b"\n\n\n", ""),
        ("rubbish.csv", bytes(range(256)) * 40, ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    run: Run, project: Path, name: str, content: bytes, says: str
) -> None:
    (project / "data" / name).write_bytes(content)
    out = run("refresh")[1]
    line = next(row for row in out.splitlines() if name in row)
    assert "refused" in line
    assert says in line
    assert "In all: 80 rows in = 80 accepted + 0 held" in out


def test_a_period_without_rows_has_a_status_and_schemas_are_written(run: Run, project: Path) -> None:
    run("refresh")
    asked = ("--from", "2026-04", "--to", "2026-05", "--json")
    assert {r["status"] for r in json.loads(run("query", "nps", *asked)[1])} == {"no data"}
    assert {(r["value"], r["status"]) for r in json.loads(run("query", "answers", *asked)[1])} == {
        (None, "no data")
    }
    run("schema")
    schema = json.loads((project / ".leadline/schema/leadline.schema.json").read_text(encoding="utf-8"))
    assert schema["required"] == ["kind"]


def test_figures_are_proved_from_their_rows_or_it_is_said_why_not(run: Run, project: Path) -> None:
    run("refresh")
    said = run("audit", "recompute")[1]
    assert "equal; generation" in said
    assert "differs" not in said
    for state in (project / ".leadline").rglob("*.parquet"):
        if "facts" in state.parts and "answer" in str(state):
            state.unlink()
    code, out = run("audit", "recompute", "answers", "--json", code=1)[:2]
    found = json.loads(out)
    assert code == 1
    assert {figure["outcome"] for figure in found["figures"]} == {"cannot tell"}
    assert found["figures"][0]["why"].startswith("Rows are gone from the warehouse: ")


def test_the_journal_is_anchored_searched_and_exported(run: Run) -> None:
    run("refresh")
    anchor = run("audit", "anchor")[1].strip()
    assert "The journal is whole" in run("audit", "verify", "--anchor", anchor)[1]
    assert "no longer holds the row" in run("audit", "verify", "--anchor", "1:abc", code=1)[1]
    (row,) = csv.DictReader(io.StringIO(run("audit", "log", "--verb", "publish", "--csv")[1]))
    assert row["subject"].startswith("generation:")
    assert json.loads(run("audit", "log", "--to", "2001-01-01", "--json")[1]) == []
    assert len(json.loads(run("audit", "log", "--limit", "0", "--json")[1])) == int(anchor.partition(":")[0])
