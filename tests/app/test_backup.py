"""A copy made while others work brings back everything, on either database; a copy that was touched is refused."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.ingest.landing.hooks import inbox
from leadline.ingest.landing.manifest import landed_folder
from leadline.ingest.landing.streams.connector import FOLDER
from tests.app.test_command_line import HEADER, Run, answers, project, run

pytestmark = pytest.mark.thorough

__all__ = ["project", "run"]


def figures(run: Run) -> list[dict[str, object]]:
    return json.loads(run("query", "nps", "--by", "channel", "--json")[1])


def definitions(project: Path, into: Path) -> Path:
    """Give a folder with a project's definitions and nothing else."""
    into.mkdir()
    for place in project.rglob("*.yaml"):
        if ".leadline" not in place.parts:
            (into / place.relative_to(project)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, into / place.relative_to(project))
    return into


@pytest.fixture(params=["sqlite", "postgresql"])
def another_ledger(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty ledger, or nothing: SQLite in the project."""
    if request.param == "sqlite":
        yield ""
    else:
        with request.getfixturevalue("postgresql").database() as url:
            yield url


def test_what_is_brought_back_is_what_was_kept(
    run: Run, project: Path, tmp_path: Path, another_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "data/bad.csv").write_text(HEADER + "x1,yesterday,R1,5,phone\n", encoding="utf-8")
    run("refresh")
    before, log = figures(run), run("audit", "log", "--limit", "0", "--json")[1]
    said = json.loads(run("backup", str(tmp_path / "copy"), "--json")[1])
    assert said["relations"] == 3  # two files' rows, and the held row
    if another_ledger:
        monkeypatch.setenv("LEADLINE_LEDGER", another_ledger)
    brought_back(run, definitions(project, tmp_path / "other"), tmp_path / "copy", before, log)


def brought_back(run: Run, other: Path, copy: Path, before: list[dict[str, object]], log: str) -> None:
    anchor = json.loads(run("-p", str(other), "restore", str(copy), "--json")[1])["anchor"]
    assert "The journal is whole" in run("-p", str(other), "audit", "verify", "--anchor", anchor)[1]
    assert run("-p", str(other), "audit", "log", "--limit", "0", "--json")[1] == log
    run("-p", str(other), "refresh")  # its sources' files are gone; their rows count
    assert json.loads(run("-p", str(other), "query", "nps", "--by", "channel", "--json")[1]) == before
    assert "yesterday" in run("-p", str(other), "quarantine", "list", "--rows")[1]
    run("-p", str(other), "restore", str(copy), code=1)


def test_what_a_killed_copy_left_is_told_and_brings_nothing_back(
    run: Run, project: Path, tmp_path: Path
) -> None:
    run("refresh")
    run("backup", str(tmp_path / "copy"))
    (tmp_path / "copy/backup.json").rename(
        tmp_path / "copy/.backup.json.0a1b2c3d"
    )  # it had all but its real name
    assert "a copy that was not finished" in run("backup", str(tmp_path / "copy"), code=1)[2]
    other = definitions(project, tmp_path / "other")
    assert "holds no whole backup" in run("-p", str(other), "restore", str(tmp_path / "copy"), code=1)[2]
    run("-p", str(other), "query", "nps", code=1)


def test_a_copy_is_made_while_others_write(run: Run, project: Path, tmp_path: Path) -> None:
    run("refresh")
    refreshing = subprocess.Popen(
        [sys.executable, "-c", "from leadline.app.cli import main; main()", "--project", str(project), "refresh"],
        env={**os.environ}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (project / "data/2026-02.csv").write_text(answers("2026-02", 11), encoding="utf-8")
    try:
        for nth in range(3):
            run("backup", str(tmp_path / f"copy{nth}"))
    finally:
        assert refreshing.wait(120) == 0
    for nth in range(3):
        other = definitions(project, tmp_path / f"other{nth}")
        run("-p", str(other), "restore", str(tmp_path / f"copy{nth}"))
        assert "The journal is whole" in run("-p", str(other), "audit", "verify")[1]


def test_a_copy_that_was_touched_or_not_finished_is_refused(run: Run, project: Path, tmp_path: Path) -> None:
    run("refresh")
    copy, other = tmp_path / "copy", definitions(project, tmp_path / "other")
    run("backup", str(copy))
    assert "is not empty" in run("backup", str(copy), code=1)[2]
    rows = next(copy.glob("facts/*/*.parquet"))
    whole = rows.read_bytes()
    rows.write_bytes(whole[:-1] + b"x")
    assert "is not what was copied" in run("-p", str(other), "restore", str(copy), code=1)[2]
    assert not (other / ".leadline" / "ledger.sqlite").exists()
    rows.write_bytes(whole)
    (copy / "backup.json").rename(copy / "away.json")
    assert "holds no whole backup" in run("-p", str(other), "restore", str(copy), code=1)[2]
    (copy / "away.json").rename(copy / "backup.json")
    run("-p", str(other), "restore", str(copy))


def test_no_secret_is_copied(run: Run, project: Path, tmp_path: Path) -> None:
    run("refresh")
    secrets = project / ".leadline" / "secrets.yaml"
    secrets.write_text("token: rosebud\n", encoding="utf-8")
    secrets.chmod(0o600)
    run("backup", str(tmp_path / "copy"))
    assert not any(
        b"rosebud" in place.read_bytes() for place in (tmp_path / "copy").rglob("*") if place.is_file()
    )


def test_what_was_acknowledged_and_has_not_landed_is_copied_too(
    run: Run, project: Path, tmp_path: Path
) -> None:
    """A sender is told that its event is kept, a broker that its message is: it must survive the machine."""
    run("refresh")
    home = project / ".leadline"
    waiting = {
        inbox.folder_of(home, "orders") / "ab" / "abc": b'{"event": 1}',
        landed_folder(project, "stock") / FOLDER / "00000001.jsonl": b'{"message": 1}\n',
        landed_folder(project, "stock") / "manifest.json": b"{}",
        landed_folder(project, "stock") / "s.1.parquet": b"rows",
    }
    for place, content in waiting.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    run("backup", str(tmp_path / "copy"))
    other = definitions(project, tmp_path / "other")
    run("-p", str(other), "restore", str(tmp_path / "copy"))
    found = {place: (other / place.relative_to(project)).read_bytes() for place in waiting}
    assert found == waiting
