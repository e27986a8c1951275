"""What has landed of a source that is declared no more is told, and goes only when a person says why."""

import json
from pathlib import Path

import pytest
import yaml

from leadline.ingest.landing.hooks import inbox
from leadline.ingest.landing.manifest import landed_folder
from tests.app.test_command_line import Run, project, run

__all__ = ["project", "run"]


@pytest.fixture
def brought(project: Path) -> list[Path]:
    """Files of a source that nobody declares."""
    folder = inbox.folder_of(project / ".leadline", "old_crm")
    files = [landed_folder(project, "old_crm") / "000001.parquet", folder / "archive/one.jsonl"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("x" * 100)
    return files


@pytest.mark.thorough
def test_it_is_told_and_goes_with_a_reason(run: Run, brought: list[Path]) -> None:
    run("refresh")
    assert all(file.exists() for file in brought)
    for command in ("check", "sources"):
        assert "old_crm brought still lies in .leadline (2 files, 0.0 MB)" in run(command)[1]
    assert json.loads(run("check", "--json")[1])["unclaimed"] == [
        {"source": "old_crm", "files": 2, "bytes": 200}
    ]
    assert "[no-reason]" in run("forget", "old_crm", "--reason", " ", code=1)[2]
    assert all(file.exists() for file in brought)
    run("forget", "old_crm", "--reason", "the CRM was switched off in May")
    assert not any(file.exists() for file in brought)
    (noted,) = [
        r
        for r in json.loads(run("audit", "log", "--limit", "0", "--json")[1])
        if r["verb"] == "forget_landed"
    ]
    assert "switched off in May" in json.dumps(noted)
    assert "old_crm" not in run("check")[1]
    assert "[not-unclaimed]" in run("forget", "old_crm", "--reason", "once more", code=1)[2]


def test_what_is_declared_stays(run: Run, brought: list[Path], project: Path) -> None:
    source = {"kind": "source", "name": "old_crm", "fact": "answer", "webhook": {"secret": "s"}}
    with (project / "leadline.yaml").open("a") as file:
        file.write("---\n" + yaml.safe_dump(source))
    assert (
        "is declared: what it brought is in use" in run("forget", "old_crm", "--reason", "why not", code=1)[2]
    )
    assert all(file.exists() for file in brought)
